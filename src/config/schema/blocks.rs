//! The schema as a configuration file has it: sections, and the keys of each with a value to show.

use serde_json::{Map, Value, json};

use super::super::path::Path;

/// Keys that stand together under one header.
#[derive(Debug)]
pub(super) struct Block {
    /// The keys to the section, with the name that the example gives to what has none of its own.
    pub(super) path: Vec<Step>,
    /// What it is for.
    pub(super) about: String,
    /// Whether an empty one is no different from none.
    pub(super) is_harmless: bool,
    pub(super) keys: Vec<Key>,
}

/// One step on the way to a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// A key.
    Key(String),
    /// The first item of the list of this name.
    Item(String),
}

/// One key of a section.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) value: Value,
    pub(super) shown: Shown,
}

/// What the value of a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// What is so anyway.
    Default,
    /// One that it may have; by default it is not set.
    Example,
    /// The same, and there is no section without the key.
    Required,
}

/// The names in the example of what users name.
const NAMES: [(&str, &str); 3] = [
    ("llm", "default"),
    ("ag-ui", "researcher"),
    ("langgraph", "planner"),
];

/// All sections of a schema, in its order.
pub(super) fn blocks(schema: &Value) -> Vec<Block> {
    let mut blocks = Vec::new();
    for (name, section) in properties(schema) {
        of_key(&[], name, section, true, &mut blocks);
    }
    blocks
}

/// The section, or sections, that a key leads to; nothing for a plain value.
fn of_key(above: &[Step], name: &str, schema: &Value, is_harmless: bool, blocks: &mut Vec<Block>) {
    let optional = is_optional(schema);
    let about = text(schema, "description");
    let schema = set(schema);
    let step = |step: Step| [above, &[step]].concat();
    if schema["properties"].is_object() {
        let path = step(Step::Key(name.to_owned()));
        table(&path, about, schema, is_harmless && !optional, blocks);
    } else if schema["items"]["properties"].is_object() {
        table(
            &step(Step::Item(name.to_owned())),
            about,
            &schema["items"],
            false,
            blocks,
        );
    } else {
        for (kind, each) in named(schema) {
            let called = NAMES.iter().find(|(known, _)| *known == kind);
            let called = called.map_or(kind, |(_, called)| called);
            let path = [
                step(Step::Key(name.to_owned())),
                vec![Step::Key(called.to_owned())],
            ];
            let about = match text(each, "description") {
                own if own.is_empty() => about.clone(),
                own => own,
            };
            table(&path.concat(), about, each, false, blocks);
        }
    }
}

/// The kinds of sections in a table whose keys users choose.
fn named(schema: &Value) -> Vec<(&str, &Value)> {
    let each = &schema["additionalProperties"];
    match each["oneOf"].as_array() {
        Some(kinds) => {
            let kinds = kinds.iter();
            let kinds = kinds
                .filter_map(|kind| Some((kind["properties"]["type"]["const"].as_str()?, kind)));
            kinds.collect()
        }
        None if each["properties"].is_object() => vec![("default", each)],
        None => Vec::new(),
    }
}

/// A section's own keys, once for each way to fill it in, then the sections in it.
fn table(path: &[Step], about: String, schema: &Value, is_harmless: bool, blocks: &mut Vec<Block>) {
    let plain: Vec<_> = properties(schema)
        .filter(|(_, schema)| !leads_to_sections(schema))
        .collect();
    let mut ways: Vec<Option<&str>> = Vec::new();
    for (_, schema) in &plain {
        let way = schema["x-for"].as_str();
        if way.is_some() && !ways.contains(&way) {
            ways.push(way);
        }
    }
    if ways.is_empty() {
        ways.push(None);
    }
    for (n, way) in ways.into_iter().enumerate() {
        // What is the same whatever way is taken is said once.
        let fits = |name: &str, it: &Value| match it["x-for"].as_str() {
            None => n == 0 || is_required(schema, name),
            own => own == way,
        };
        let keys = plain.iter().filter(|(name, schema)| fits(name, schema));
        blocks.push(Block {
            path: path.to_vec(),
            about: about.clone(),
            is_harmless,
            keys: keys
                .map(|(name, it)| key(name, it, is_required(schema, name)))
                .collect(),
        });
    }
    for (name, section) in properties(schema) {
        of_key(path, name, section, is_harmless, blocks);
    }
}

fn key(name: &str, schema: &Value, is_required: bool) -> Key {
    let example = schema["examples"].get(0);
    let is_empty = |value: &Value| match value {
        Value::Array(items) => items.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    };
    let default = schema.get("default");
    let default = default.filter(|value| !is_empty(value) || example.is_none());
    let constant = set(schema).get("const");
    let (value, shown) = match (constant.or(default), example) {
        (Some(value), _) if is_required => (value.clone(), Shown::Required),
        (Some(value), _) => (value.clone(), Shown::Default),
        (None, Some(example)) if is_required => (example.clone(), Shown::Required),
        (None, Some(example)) => (example.clone(), Shown::Example),
        (None, None) => (of_kind(set(schema)), Shown::Example),
    };
    let mut about = text(schema, "description");
    let words = words(set(schema));
    if !words.is_empty()
        && !words
            .iter()
            .any(|word| about.contains(&format!("`{word}`")))
    {
        let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
        about = format!("{about} One of {}.", words.join(", "));
    }
    Key {
        name: name.to_owned(),
        about: about.trim().to_owned(),
        value,
        shown,
    }
}

/// A value of this kind.
fn of_kind(schema: &Value) -> Value {
    match kind(schema) {
        _ if !words(schema).is_empty() => words(schema)[0].clone().into(),
        Some("boolean") => true.into(),
        Some("integer" | "number") => 1.into(),
        Some("array") => json!([]),
        Some("object") => json!({}),
        _ => "…".into(),
    }
}

/// The words that a value may be, if it is one of some.
fn words(schema: &Value) -> Vec<String> {
    let list = schema["enum"].as_array();
    let described = schema["oneOf"].as_array().into_iter().flatten();
    let described = described.flat_map(|one| {
        let several = one["enum"].as_array().into_iter().flatten();
        one.get("const").into_iter().chain(several)
    });
    let words = list.into_iter().flatten().chain(described);
    words
        .filter_map(|word| Some(word.as_str()?.to_owned()))
        .collect()
}

fn leads_to_sections(schema: &Value) -> bool {
    let schema = set(schema);
    schema["properties"].is_object()
        || schema["items"]["properties"].is_object()
        || !named(schema).is_empty()
}

/// The schema of what is set, where it may be unset.
pub(super) fn set(schema: &Value) -> &Value {
    let kinds = schema["anyOf"].as_array();
    let nothing = |kind: &&Value| kind["type"] == "null";
    match kinds.filter(|kinds| kinds.len() == 2 && kinds.iter().any(|kind| nothing(&kind))) {
        Some(kinds) => kinds.iter().find(|kind| !nothing(kind)).unwrap_or(schema),
        None => schema,
    }
}

fn is_optional(schema: &Value) -> bool {
    let kinds = schema["type"].as_array();
    let or_null = kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "null"));
    or_null || !std::ptr::eq(set(schema), schema)
}

/// What a value is, if it is set.
fn kind(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::Array(kinds) => kinds
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null"),
        kind => kind.as_str(),
    }
}

fn is_required(schema: &Value, name: &str) -> bool {
    let required = schema["required"].as_array();
    required.is_some_and(|names| names.iter().any(|it| it == name))
}

pub(super) fn properties(schema: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let properties = schema["properties"].as_object();
    let properties = properties.into_iter().flat_map(Map::iter);
    properties.map(|(name, schema)| (name.as_str(), schema))
}

fn text(schema: &Value, key: &str) -> String {
    schema[key].as_str().unwrap_or_default().to_owned()
}

impl Block {
    /// The header as TOML has it.
    pub(super) fn header(&self) -> String {
        let keys = self.path.iter().map(|step| match step {
            Step::Key(key) | Step::Item(key) => key.as_str(),
        });
        let path = Path::default().children(keys);
        match self.path.last() {
            Some(Step::Item(_)) => format!("[[{path}]]"),
            _ => format!("[{path}]"),
        }
    }

    /// The environment variable of one of its keys.
    pub(super) fn variable(&self, key: &Key) -> String {
        let mut name = "AGUI_".to_owned();
        for step in &self.path {
            match step {
                Step::Key(key) => name.push_str(&format!("{key}__")),
                Step::Item(key) => name.push_str(&format!("{key}__0__")),
            }
        }
        (name + &key.name).replace('-', "_").to_ascii_uppercase()
    }
}
