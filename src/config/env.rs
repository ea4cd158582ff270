//! Environment variables as values: which are ours, and what they say.

use indexmap::IndexMap;
use serde_json::Value as Json;
use toml::de::DeValue;

use super::problem::Found;
use super::schema;
use super::tree::{Node, Origin, Value, node_of};

/// Between the keys of a path: `AGUI_SERVER__PORT`.
pub(super) const SEPARATOR: &str = "__";
/// What a client's variable is called.
const CLIENTS: &str = "URL";

/// Whether a variable that begins like ours is for somebody else: for the clients in this binary; or for nobody, as
/// Kubernetes tells every program of every service, and a service may be called like this one.
pub(super) fn is_for_others(name: &str, text: &str) -> bool {
    if name.contains(SEPARATOR) {
        return false;
    }
    let of_service = name.ends_with("_SERVICE_HOST") || name.contains("_SERVICE_PORT");
    let address = ["tcp://", "udp://", "sctp://"];
    let of_port =
        name.contains("_PORT_") && ["_TCP", "_UDP", "_SCTP"].iter().any(|it| name.contains(it));
    let of_link = name.ends_with("_PORT") && address.iter().any(|it| text.starts_with(it));
    name == CLIENTS || of_service || of_port || of_link
}

/// What is wrong with a variable of this name. `path` is the name without what ours begin with.
pub(super) fn mistake(name: &str, path: &str) -> Option<String> {
    if path.contains(SEPARATOR) || schema::is_section(path) {
        return None;
    }
    Some(match schema::variable_meant(name) {
        Some(meant) => format!("there is no such variable; did you mean `{meant}`?"),
        None => "there is no such variable; write `AGUI_SECTION__KEY`, or remove it".to_owned(),
    })
}

/// A variable's text; one in brackets or braces is a list or a table, in TOML or JSON.
pub(super) fn value(text: &str, origin: &Origin) -> Value {
    let text = text.trim();
    let untouched = || Value::Text(text.to_owned());
    if !text.starts_with(['[', '{']) {
        return untouched();
    }
    if let Ok(value) = DeValue::parse(text) {
        return node_of(value, &|_| origin.clone(), &mut Found::default()).value;
    }
    let json = serde_json::from_str(text).ok();
    json.map_or_else(untouched, |json| of_json(json, origin).value)
}

fn of_json(json: Json, origin: &Origin) -> Node {
    let value = match json {
        Json::Null => Value::Text(String::new()),
        Json::Bool(boolean) => Value::Bool(boolean),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => Value::Integer(integer),
            (None, Some(float)) => Value::Float(float),
            (None, None) => Value::Text(number.to_string()),
        },
        Json::String(text) => Value::Text(text),
        Json::Array(items) => Value::List(
            items
                .into_iter()
                .map(|item| of_json(item, origin))
                .collect(),
        ),
        Json::Object(table) => {
            let set = table.into_iter().filter(|(_, value)| !value.is_null());
            let table = set.map(|(key, value)| (key, of_json(value, origin)));
            Value::Table(IndexMap::from_iter(table))
        }
    };
    Node {
        value,
        origin: origin.clone(),
    }
}
