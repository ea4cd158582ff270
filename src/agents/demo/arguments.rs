//! Plausible arguments for a tool, made from its JSON Schema.

use serde_json::{Map, Value, json};

/// A schema may refer to itself.
const MAX_DEPTH: usize = 6;

/// A value that the schema allows, as far as it says so in the usual ways.
pub(super) fn plausible(schema: &Value) -> Value {
    value("value", schema, 0)
}

fn value(name: &str, schema: &Value, depth: usize) -> Value {
    if let Some(given) = given(schema) {
        return given;
    }
    if depth >= MAX_DEPTH {
        return Value::Null;
    }
    for choice in ["anyOf", "oneOf", "allOf"] {
        if let Some(first) = schema[choice].get(0) {
            return value(name, first, depth + 1);
        }
    }
    match kind(schema) {
        "object" => object(schema, depth),
        "array" => match schema.get("items") {
            Some(items) => json!([value(name, items, depth + 1)]),
            None => json!([]),
        },
        "integer" => schema["minimum"]
            .as_f64()
            .map_or(json!(3), |least| json!(least.ceil() as i64)),
        "number" => schema.get("minimum").cloned().unwrap_or(json!(3)),
        "boolean" => json!(true),
        "null" => Value::Null,
        _ => json!(text(name, schema["format"].as_str())),
    }
}

/// What the schema itself names as a value.
fn given(schema: &Value) -> Option<Value> {
    let named = schema.get("const").or_else(|| schema.get("default"));
    named
        .or_else(|| schema["enum"].get(0))
        .or_else(|| schema["examples"].get(0))
        .cloned()
}

fn kind(schema: &Value) -> &str {
    let named = match &schema["type"] {
        Value::Array(kinds) => kinds.first().and_then(Value::as_str),
        kind => kind.as_str(),
    };
    match named {
        Some(kind) => kind,
        None if schema.get("properties").is_some() => "object",
        None => "string",
    }
}

fn object(schema: &Value, depth: usize) -> Value {
    let properties = schema["properties"].as_object();
    properties
        .into_iter()
        .flatten()
        .map(|(name, property)| (name.clone(), value(name, property, depth + 1)))
        .collect::<Map<_, _>>()
        .into()
}

/// Words that suit a property of this name.
fn text(name: &str, format: Option<&str>) -> &'static str {
    match format {
        Some("date") => return "2026-05-17",
        Some("date-time") => return "2026-05-17T12:00:00Z",
        Some("time") => return "12:00:00",
        Some("email") => return "ada@example.org",
        Some("uri" | "url") => return "https://example.org/",
        Some("uuid") => return "00000000-0000-4000-8000-000000000000",
        _ => {}
    }
    let name = name.to_lowercase();
    let known = [
        ("color", "teal"),
        ("colour", "teal"),
        ("city", "Oslo"),
        ("location", "Oslo"),
        ("country", "Norway"),
        ("email", "ada@example.org"),
        ("url", "https://example.org/"),
        ("date", "2026-05-17"),
        ("title", "State"),
        ("message", "Show me your state"),
        ("name", "Ada"),
        ("description", "Made up by the demo agent"),
        ("id", "demo-1"),
    ];
    known
        .iter()
        .find(|(part, _)| name.contains(part))
        .map_or("example", |(_, text)| text)
}
