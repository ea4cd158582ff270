//! Texts that some servers send as something else.

use serde_json::Value;

/// What a delta's `content` says, and what it thinks. Usually a string; Mistral's reasoning models send parts.
pub(super) fn spoken(content: Value) -> (String, String) {
    let mut said = (String::new(), String::new());
    match content {
        Value::Null => {}
        Value::String(text) => said.0 = text,
        Value::Array(parts) => parts.into_iter().for_each(|part| add(part, &mut said)),
        part => add(part, &mut said),
    }
    said
}

/// A text as it is, anything else as its JSON.
pub(super) fn text(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    }
}

fn add(part: Value, (said, thought): &mut (String, String)) {
    match part {
        Value::String(text) => said.push_str(&text),
        Value::Object(mut part) => {
            if let Some(thinking) = part.remove("thinking") {
                thought.push_str(&spoken(thinking).0);
            } else if let Some(text) = part.remove("text") {
                said.push_str(&self::text(text));
            } else if !part.contains_key("type") {
                // Structured output that the server has parsed already.
                said.push_str(&Value::Object(part).to_string());
            }
        }
        _ => {}
    }
}
