//! Issues in zod 3's form, with its keys in their order: what upstream puts into `details`.

use serde_json::{Map, Value, json};

/// Where a value stands.
pub(super) type Path = Vec<Step>;

/// One step of a path.
#[derive(Clone)]
pub(super) enum Step {
    Key(&'static str),
    Index(usize),
}

/// Something wrong with a value.
pub(super) struct Issue(Map<String, Value>);

impl Issue {
    /// From the keys before `path`, the path, and the message.
    fn new(keys: Value, path: &[Step], message: impl Into<String>) -> Self {
        let mut issue = match keys {
            Value::Object(keys) => keys,
            _ => Map::new(),
        };
        issue.insert("path".to_owned(), json_path(path));
        issue.insert("message".to_owned(), message.into().into());
        Self(issue)
    }

    /// Whether the value has the right types and breaks a rule beyond them.
    pub(super) fn is_rule(&self) -> bool {
        self.0.get("code").is_some_and(|code| code == "custom")
    }
}

fn json_path(path: &[Step]) -> Value {
    let steps = path.iter().map(|step| match step {
        Step::Key(key) => json!(key),
        Step::Index(index) => json!(index),
    });
    steps.collect()
}

/// The issues as the text that an exception of zod's has.
pub(super) fn told(issues: &[Issue]) -> String {
    let issues: Vec<_> = issues.iter().map(|issue| &issue.0).collect();
    serde_json::to_string_pretty(&issues).unwrap_or_default()
}

/// What JavaScript calls the type of a value.
fn type_of(value: Option<&Value>) -> &'static str {
    match value {
        None => "undefined",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(_)) => "number",
        Some(Value::String(_)) => "string",
        Some(Value::Array(_)) => "array",
        Some(Value::Object(_)) => "object",
    }
}

fn type_message(expected: &str, received: Option<&Value>) -> String {
    match received {
        None => "Required".to_owned(),
        received => format!("Expected {expected}, received {}", type_of(received)),
    }
}

fn quoted(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
    quoted.join(" | ")
}

pub(super) fn invalid_type(expected: &str, received: Option<&Value>, path: &[Step]) -> Issue {
    let keys = json!({"code": "invalid_type", "expected": expected, "received": type_of(received)});
    Issue::new(keys, path, type_message(expected, received))
}

pub(super) fn invalid_literal(literal: &str, received: Option<&Value>, path: &[Step]) -> Issue {
    let mut keys = Map::new();
    if let Some(received) = received {
        keys.insert("received".to_owned(), received.clone());
    }
    keys.insert("code".to_owned(), json!("invalid_literal"));
    keys.insert("expected".to_owned(), json!(literal));
    let message = format!("Invalid literal value, expected {}", json!(literal));
    Issue::new(keys.into(), path, message)
}

pub(super) fn invalid_word(words: &[&str], received: Option<&Value>, path: &[Step]) -> Issue {
    let expected = quoted(words);
    match received {
        Some(Value::String(text)) => {
            let keys = json!({"received": text, "code": "invalid_enum_value", "options": words});
            let message = format!("Invalid enum value. Expected {expected}, received '{text}'");
            Issue::new(keys, path, message)
        }
        other => {
            let keys =
                json!({"expected": expected, "received": type_of(other), "code": "invalid_type"});
            Issue::new(keys, path, type_message(&expected, other))
        }
    }
}

pub(super) fn unknown_tag(tag: &'static str, names: &[&str], path: &[Step]) -> Issue {
    let keys = json!({"code": "invalid_union_discriminator", "options": names});
    let path = [path, &[Step::Key(tag)]].concat();
    let message = format!("Invalid discriminator value. Expected {}", quoted(names));
    Issue::new(keys, &path, message)
}

/// A value that is neither of two shapes, with the issues of each.
pub(super) fn neither(issues: &[Vec<Issue>], path: &[Step]) -> Issue {
    let errors = issues.iter().map(|issues| {
        let issues: Value = issues.iter().map(|issue| issue.0.clone()).collect();
        json!({"issues": issues, "name": "ZodError"})
    });
    let keys = json!({"code": "invalid_union", "unionErrors": errors.collect::<Value>()});
    Issue::new(keys, path, "Invalid input")
}

/// A binary part without anything to read.
pub(super) fn no_payload(path: &[Step]) -> Issue {
    const MESSAGE: &str = "BinaryInputContent requires at least one of id, url, or data.";
    let path = [path, &[Step::Key("id")]].concat();
    Issue(Map::from_iter([
        ("code".to_owned(), json!("custom")),
        ("message".to_owned(), json!(MESSAGE)),
        ("path".to_owned(), json_path(&path)),
    ]))
}
