//! Surfaces in the results of tools: `{"a2ui_operations": [...]}`, or the failure of an agent that drew them itself.

use std::collections::HashSet;

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::{ATTEMPTS, activity, snapshot};
use crate::generated::agui::{Event, MessageContent};

const OPERATIONS: &str = "a2ui_operations";

/// The `code` of a result whose agent has given up.
const GIVEN_UP: &str = "a2ui_recovery_exhausted";

/// The activities that show a result. What is for one of the `drawn` surfaces is left out.
pub(super) fn shown(content: &MessageContent, call: &str, drawn: &HashSet<String>) -> Vec<Event> {
    let MessageContent::Text(text) = content else {
        return Vec::new();
    };
    // Most results are something else, and large.
    if !text.contains(OPERATIONS) && !text.contains(GIVEN_UP) {
        return Vec::new();
    }
    match serde_json::from_str(text) {
        Ok(Value::String(text)) => serde_json::from_str(&text)
            .ok()
            .and_then(|result| operations(result, call, drawn))
            .unwrap_or_default(),
        Ok(result) if result["code"] == GIVEN_UP => vec![failed(&result, call)],
        Ok(result) => operations(result, call, drawn).unwrap_or_default(),
        Err(_) => Vec::new(),
    }
}

fn failed(result: &Value, call: &str) -> Event {
    let error = match &result["error"] {
        Value::Null => "A2UI generation failed".to_owned(),
        Value::String(error) => error.clone(),
        error => error.to_string(),
    };
    let attempts = match &result["attempts"] {
        Value::Null => json!([]),
        attempts => attempts.clone(),
    };
    let most = attempts.as_array().map_or(0, Vec::len);
    let most = if most == 0 { ATTEMPTS } else { most };
    let content =
        json!({"status": "failed", "error": error, "attempts": attempts, "maxAttempts": most});
    snapshot(call, content)
}

/// One activity for each surface.
fn operations(mut result: Value, call: &str, drawn: &HashSet<String>) -> Option<Vec<Event>> {
    let Value::Array(operations) = result.get_mut(OPERATIONS)?.take() else {
        return None;
    };
    let mut surfaces: IndexMap<String, Vec<Value>> = IndexMap::new();
    for operation in operations.into_iter().filter(Value::is_object) {
        let surface = surface(&operation);
        if surface.is_some_and(|surface| drawn.contains(surface)) {
            continue;
        }
        let surface = surface.unwrap_or("default").to_owned();
        surfaces.entry(surface).or_default().push(operation);
    }
    let only = surfaces.len() == 1;
    let show = |(surface, operations): (String, Vec<Value>)| {
        let content = json!({ OPERATIONS: operations });
        match only {
            true => snapshot(call, content),
            false => activity(format!("a2ui-surface-{surface}-{call}"), content),
        }
    };
    Some(surfaces.into_iter().map(show).collect())
}

fn surface(operation: &Value) -> Option<&str> {
    let kinds = [
        "createSurface",
        "updateComponents",
        "updateDataModel",
        "deleteSurface",
    ];
    let mut ids = kinds
        .iter()
        .filter_map(|kind| operation[kind]["surfaceId"].as_str());
    ids.next()
}
