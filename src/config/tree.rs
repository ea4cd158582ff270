//! File and environment as one tree, each value with the place it came from.

use std::collections::BTreeMap;
use std::fmt;

use indexmap::IndexMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Argument;
use super::env;
use super::path::Path;
use super::problem::Found;
use crate::agents::llm::LlmConfig;

const PREFIX: &str = "AGUI_";

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

/// Where a value was written, in the order in which mistakes are told.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    /// Somewhere in this file.
    File(String),
    Line {
        file: String,
        line: usize,
    },
    Env(String),
    /// On the command line, by this flag.
    Argument(&'static str),
    #[default]
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => Ok(()),
            Self::File(file) => f.write_str(file),
            Self::Line { file, line } => write!(f, "{file}:{line}"),
            Self::Env(name) => write!(f, "environment variable {name}"),
            Self::Argument(flag) => write!(f, "command line, {flag}"),
        }
    }
}

impl Tree {
    /// The file's tree, as much of it as parses.
    pub(super) fn parse(text: &str, name: &str, found: &mut Found) -> Self {
        let place = |offset: usize| Origin::Line {
            file: name.to_owned(),
            line: 1 + text
                .bytes()
                .take(offset)
                .filter(|byte| *byte == b'\n')
                .count(),
        };
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let span = error.span().unwrap_or_default();
            let message = match (error.message(), text.get(span.clone())) {
                ("duplicate key", Some(key)) => {
                    format!("duplicate key `{key}`: it is set above already; remove one of the two")
                }
                (message, _) => message.to_owned(),
            };
            found.refuse_line(place(span.start), message);
        }
        let offset = table.span().start;
        let root = Node {
            value: table_of(table.into_inner(), &place, found),
            origin: place(offset),
        };
        Self { root }
    }

    /// Lays every `AGUI_SECTION__KEY` over the tree. An empty variable counts as not set.
    pub(super) fn overlay(&mut self, env: &BTreeMap<String, String>, found: &mut Found) {
        for (name, text) in env {
            let path = match name.strip_prefix(PREFIX) {
                Some(path) if !text.is_empty() && !env::is_for_others(path, text) => path,
                _ => continue,
            };
            let origin = Origin::Env(name.clone());
            if let Some(message) = env::mistake(name, path) {
                found.refuse_line(origin, message);
                continue;
            }
            let value = env::value(text, &origin);
            match self.root.at(path.split(env::SEPARATOR), &origin) {
                Ok(node) => *node = Node { value, origin },
                Err(message) => found.refuse_line(origin, message),
            }
        }
    }

    /// Lays what the command line says over the tree.
    pub(super) fn argue(&mut self, argument: &Argument) {
        let origin = Origin::Argument(argument.flag);
        let value = Value::Text(argument.value.clone());
        if let Ok(node) = self.root.at(argument.key.split('.'), &origin) {
            *node = Node { value, origin };
        }
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

    /// The names of all agents, whether their sections can be read or not.
    pub(super) fn agents(&self) -> impl Iterator<Item = &str> {
        let agents = match self.root.child("agents").map(|node| &node.value) {
            Some(Value::Table(agents)) => Some(agents.keys()),
            _ => None,
        };
        agents.into_iter().flatten().map(String::as_str)
    }

    /// Where the value at this path was written, or the nearest section above it.
    pub(super) fn origin(&self, path: &Path) -> &Origin {
        let mut node = &self.root;
        for key in path.keys() {
            match node.child(key) {
                Some(inner) => node = inner,
                None => break,
            }
        }
        &node.origin
    }

    /// Where the value at this path was written, if it was: as a whole, or as a part of a list or a text.
    pub(super) fn written(&self, path: &Path) -> Origin {
        let mut node = &self.root;
        for key in path.keys() {
            match (node.child(key), &node.value) {
                (Some(inner), _) => node = inner,
                (None, Value::Table(_)) => return Origin::Default,
                (None, _) => break,
            }
        }
        node.origin.clone()
    }

    /// The value at this path.
    pub(super) fn get(&self, path: &Path) -> Option<&Node> {
        path.keys()
            .try_fold(&self.root, |node, key| node.child(key))
    }

    /// The value at this path.
    pub(super) fn get_mut(&mut self, path: &Path) -> Option<&mut Node> {
        let mut node = &mut self.root;
        for key in path.keys() {
            node = match &mut node.value {
                Value::Table(table) => table.get_mut(key)?,
                Value::List(items) => items.get_mut(key.parse::<usize>().ok()?)?,
                _ => return None,
            };
        }
        Some(node)
    }
}

impl Node {
    /// What a key, or an item's number, leads to.
    fn child(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Table(table) => table.get(key),
            Value::List(items) => items.get(key.parse::<usize>().ok()?),
            _ => None,
        }
    }

    /// Whether both are one value, wherever they were written.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (Value::Text(one), Value::Text(other)) => one == other,
            (Value::Integer(one), Value::Integer(other)) => one == other,
            (Value::Float(one), Value::Float(other)) => one == other,
            (Value::Bool(one), Value::Bool(other)) => one == other,
            (Value::List(one), Value::List(other)) => {
                let mut both = one.iter().zip(other);
                one.len() == other.len() && both.all(|(one, other)| one.says_the_same(other))
            }
            (Value::Table(one), Value::Table(other)) => {
                let same = |(key, node): (&String, &Self)| {
                    let there = other.get(key);
                    there.is_some_and(|there| node.says_the_same(there))
                };
                one.len() == other.len() && one.iter().all(same)
            }
            _ => false,
        }
    }

    /// What stands where a value is wanted that nobody has written.
    pub(super) fn stand_in() -> Self {
        Self {
            value: Value::Text(String::new()),
            origin: Origin::Default,
        }
    }

    pub(super) fn is_stand_in(&self) -> bool {
        let empty = matches!(&self.value, Value::Text(text) if text.is_empty());
        empty && self.origin == Origin::Default
    }

    /// The node that a variable's parts lead to, made if it is not there.
    fn at<'a>(
        &mut self,
        mut parts: impl Iterator<Item = &'a str>,
        origin: &Origin,
    ) -> Result<&mut Self, String> {
        let Some(part) = parts.next() else {
            return Ok(self);
        };
        let made = || Self {
            value: Value::default(),
            origin: origin.clone(),
        };
        let table = match &mut self.value {
            Value::Table(table) => table,
            // The tables of `[[…]]` are counted from 0; the one after the last is a new one.
            Value::List(items) => {
                let count = items.len();
                let number = part.parse().ok().filter(|n: &usize| *n <= count);
                if number == Some(count) {
                    items.push(made());
                }
                return match number.and_then(|n| items.get_mut(n)) {
                    Some(item) => item.at(parts, origin),
                    None => Err(format!(
                        "there is no `{part}` in the list: it has {count}, counted from 0"
                    )),
                };
            }
            _ => {
                return Err(format!(
                    "`{part}` lies under a key that is no section; remove the variable"
                ));
            }
        };
        let key = matching_key(table, part);
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

pub(super) fn node_of(
    value: Spanned<DeValue<'_>>,
    place: &impl Fn(usize) -> Origin,
    found: &mut Found,
) -> Node {
    let origin = place(value.span().start);
    let mut refuse = |message: String| {
        found.refuse_line(origin.clone(), message);
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
                .map(|item| node_of(item, place, found))
                .collect(),
        ),
        DeValue::Table(table) => table_of(table, place, found),
    };
    Node { value, origin }
}

fn table_of(table: DeTable<'_>, place: &impl Fn(usize) -> Origin, found: &mut Found) -> Value {
    let mut entries: Vec<_> = table.into_iter().collect();
    // `toml` sorts by key; problems are told in the file's order.
    entries.sort_by_key(|(key, _)| key.span().start);
    let node = |(key, value): (Spanned<_>, _)| {
        let mut node = node_of(value, place, found);
        // A section's place is its name, not the value's first byte.
        node.origin = place(key.span().start);
        (std::borrow::Cow::into_owned(key.into_inner()), node)
    };
    Value::Table(entries.into_iter().map(node).collect())
}
