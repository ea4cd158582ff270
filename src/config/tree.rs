//! File and environment as one tree, each value with the place it came from.

use std::collections::BTreeMap;
use std::fmt;

use indexmap::IndexMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::Problem;
use crate::agents::llm::LlmConfig;

/// Only variables with a section and a key are ours: `AGUI_SERVER__PORT`.
const PREFIX: &str = "AGUI_";
const SEPARATOR: &str = "__";

/// The whole configuration, untyped.
#[derive(Debug, Clone, Default)]
pub(super) struct Tree {
    pub root: Node,
}

/// A value and its place.
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    pub value: Value,
    pub origin: Origin,
}

/// What TOML and the environment can say.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
    List(Vec<Node>),
    Table(IndexMap<String, Node>),
}

impl Default for Value {
    fn default() -> Self {
        Self::Table(IndexMap::new())
    }
}

/// Where a value was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Origin {
    #[default]
    Default,
    File {
        name: String,
        line: usize,
    },
    Env(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => Ok(()),
            Self::File { name, line } => write!(f, "{name}:{line}"),
            Self::Env(name) => write!(f, "environment variable {name}"),
        }
    }
}

impl Tree {
    /// The file's tree, as much of it as parses, and its syntax errors.
    pub(super) fn parse(text: &str, name: &str) -> (Self, Vec<Problem>) {
        let place = |offset: usize| Origin::File {
            name: name.to_owned(),
            line: 1 + text
                .bytes()
                .take(offset)
                .filter(|byte| *byte == b'\n')
                .count(),
        };
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut problems = errors
            .into_iter()
            .map(|error| {
                let offset = error.span().map_or(0, |span| span.start);
                Problem::new(&place(offset), error.message())
            })
            .collect();
        let offset = table.span().start;
        let root = Node {
            value: table_of(table.into_inner(), &place, &mut problems),
            origin: place(offset),
        };
        (Self { root }, problems)
    }

    /// Lays every `AGUI_SECTION__KEY` over the tree. An empty variable counts as not set.
    pub(super) fn overlay(&mut self, env: &BTreeMap<String, String>) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (name, text) in env {
            let path = match name.strip_prefix(PREFIX) {
                Some(path) if path.contains(SEPARATOR) && !text.is_empty() => path,
                _ => continue,
            };
            let origin = Origin::Env(name.clone());
            let value = env_value(text, &origin);
            match self.root.at(path.split(SEPARATOR), &origin) {
                Ok(node) => *node = Node { value, origin },
                Err(message) => problems.push(Problem::new(&origin, message)),
            }
        }
        problems
    }

    /// With no agent configured there is one all the same: a model if the environment holds a key, else the demo.
    pub(super) fn add_default_agent(&mut self, env: &BTreeMap<String, String>) {
        let Value::Table(root) = &mut self.root.value else {
            return;
        };
        let agents = root.entry("agents".to_owned()).or_default();
        match &mut agents.value {
            Value::Table(agents) if agents.is_empty() => {
                let has_key = |name: &str| env.get(name).is_some_and(|key| !key.trim().is_empty());
                let agent = match &LlmConfig::for_key_in(has_key) {
                    Some(llm) => Node::table(&[("type", "llm"), ("model", &llm.model)]),
                    None => {
                        // Under its own name too, for frontends that ask for an agent by name.
                        agents.insert("demo".to_owned(), Node::table(&[("type", "demo")]));
                        Node::table(&[("type", "demo")])
                    }
                };
                agents.insert("default".to_owned(), agent);
            }
            _ => {}
        }
    }

    /// Where the value at this dotted path was written, or the nearest section above it.
    pub(super) fn origin(&self, path: &str) -> &Origin {
        let mut node = &self.root;
        for part in path.split('.') {
            match &node.value {
                Value::Table(table) => match table.get(part) {
                    Some(inner) => node = inner,
                    None => break,
                },
                Value::List(items) => match part.parse().ok().and_then(|n: usize| items.get(n)) {
                    Some(inner) => node = inner,
                    None => break,
                },
                _ => break,
            }
        }
        &node.origin
    }
}

impl Node {
    /// The node that a variable's parts lead to, made if it is not there.
    fn at<'a>(
        &mut self,
        mut parts: impl Iterator<Item = &'a str>,
        origin: &Origin,
    ) -> Result<&mut Self, String> {
        let Some(part) = parts.next() else {
            return Ok(self);
        };
        let table = match &mut self.value {
            Value::Table(table) => table,
            // The tables of `[[…]]` are counted from 0.
            Value::List(items) => {
                return match part.parse().ok().and_then(|n: usize| items.get_mut(n)) {
                    Some(item) => item.at(parts, origin),
                    None => Err(format!("there is no `{part}` in the list")),
                };
            }
            _ => return Err(format!("`{part}` lies under a key that is no section")),
        };
        let key = matching_key(table, part);
        let made = || Self {
            value: Value::default(),
            origin: origin.clone(),
        };
        table.entry(key).or_insert_with(made).at(parts, origin)
    }

    fn table(entries: &[(&str, &str)]) -> Self {
        let node = |text: &str| Self {
            value: Value::Text(text.to_owned()),
            origin: Origin::Default,
        };
        Self {
            value: Value::Table(
                entries
                    .iter()
                    .map(|(key, text)| ((*key).to_owned(), node(text)))
                    .collect(),
            ),
            origin: Origin::Default,
        }
    }
}

/// The key that a variable's part means: variables know neither lower case nor hyphens.
fn matching_key(table: &IndexMap<String, Node>, part: &str) -> String {
    let meant = |key: &&String| key.replace('-', "_").eq_ignore_ascii_case(part);
    table
        .keys()
        .find(meant)
        .cloned()
        .unwrap_or_else(|| part.to_ascii_lowercase())
}

/// A variable's text; one in brackets or braces is a TOML list or table.
fn env_value(text: &str, origin: &Origin) -> Value {
    let structured = text.trim_start().starts_with(['[', '{']);
    match DeValue::parse(text.trim()) {
        Ok(value) if structured => node_of(value, &|_| origin.clone(), &mut Vec::new()).value,
        _ => Value::Text(text.to_owned()),
    }
}

fn node_of(
    value: Spanned<DeValue<'_>>,
    place: &impl Fn(usize) -> Origin,
    problems: &mut Vec<Problem>,
) -> Node {
    let origin = place(value.span().start);
    let mut refuse = |message: String| {
        problems.push(Problem::new(&origin, message));
        Value::Text(String::new())
    };
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(integer) => Value::Integer(integer),
            Err(error) => refuse(format!("`{}`: {error}", integer.as_str())),
        },
        DeValue::Float(float) => match float.as_str().parse() {
            Ok(float) => Value::Float(float),
            Err(error) => refuse(format!("`{}`: {error}", float.as_str())),
        },
        DeValue::Boolean(boolean) => Value::Bool(boolean),
        DeValue::Datetime(time) => Value::Text(time.to_string()),
        DeValue::Array(items) => Value::List(
            items
                .into_iter()
                .map(|item| node_of(item, place, problems))
                .collect(),
        ),
        DeValue::Table(table) => table_of(table, place, problems),
    };
    Node { value, origin }
}

fn table_of(
    table: DeTable<'_>,
    place: &impl Fn(usize) -> Origin,
    problems: &mut Vec<Problem>,
) -> Value {
    let mut entries: Vec<_> = table.into_iter().collect();
    // `toml` sorts by key; problems are told in the file's order.
    entries.sort_by_key(|(key, _)| key.span().start);
    let node = |(key, value): (Spanned<_>, _)| {
        let mut node = node_of(value, place, problems);
        // A section's place is its name, not the value's first byte.
        node.origin = place(key.span().start);
        (std::borrow::Cow::into_owned(key.into_inner()), node)
    };
    Value::Table(entries.into_iter().map(node).collect())
}
