#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::*;
use crate::generated::agui::RunAgentInput;

/// What A2UI makes of these events, as JSON, for a run of this input.
fn shown(request: &Value, events: &[Value]) -> Vec<Value> {
    let request: RunAgentInput = serde_json::from_value(request.clone()).unwrap();
    let mut surfaces = A2ui::of(&request);
    let mut out = Vec::new();
    for event in events {
        surfaces.take(serde_json::from_value(event.clone()).unwrap(), &mut out);
    }
    let json = |event: &Event| serde_json::to_value(event).unwrap();
    out.iter().map(json).collect()
}

fn request() -> Value {
    json!({"threadId": "t", "runId": "r", "messages": [], "tools": [], "context": []})
}

fn start(id: &str, name: &str) -> Value {
    json!({"type": "TOOL_CALL_START", "toolCallId": id, "toolCallName": name})
}

fn args(id: &str, delta: &str) -> Value {
    json!({"type": "TOOL_CALL_ARGS", "toolCallId": id, "delta": delta})
}

fn result(id: &str, content: &str) -> Value {
    json!({"type": "TOOL_CALL_RESULT", "messageId": "m", "toolCallId": id, "content": content})
}

fn finished() -> Value {
    json!({"type": "RUN_FINISHED", "threadId": "t", "runId": "r"})
}

/// The contents of activities, with the id of each.
fn activities(shown: &[Value]) -> Vec<(&str, &Value)> {
    let activities = shown.iter().filter(|event| event["type"] == "ACTIVITY_SNAPSHOT");
    activities
        .map(|event| (event["messageId"].as_str().unwrap(), &event["content"]))
        .collect()
}

const LIST: &str = r#"{"surfaceId": "s", "components": [{"id": "root", "component": "List",
    "children": {"componentId": "c", "path": "/rows"}}, {"id": "c", "component": "Text"}], "data": {"rows": ["#;

#[test]
fn data_comes_item_by_item_after_the_components() {
    let events = [
        start("c", TOOL), args("c", LIST), args("c", "{\"a\": 1}"), args("c", ", {\"a\""),
        args("c", ": 2}]"), args("c", "}}"),
    ];
    let shown = shown(&request(), &events);
    let last = activities(&shown);
    let data: Vec<&Value> = last
        .iter()
        .map(|(_, content)| &content["a2ui_operations"][2]["updateDataModel"]["value"])
        .collect();
    let rows = |rows: Value| json!({ "rows": rows });
    let expected = [
        Value::Null, Value::Null, Value::Null, rows(json!([{"a": 1}])), rows(json!([{"a": 1}, {"a": 2}])),
        rows(json!([{"a": 1}, {"a": 2}])),
    ];
    assert_eq!(data, expected.iter().collect::<Vec<_>>(), "{shown:#?}");
}
