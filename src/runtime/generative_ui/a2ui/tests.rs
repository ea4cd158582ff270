#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::*;

/// What A2UI makes of these events, as JSON, for a run of this input.
fn shown_for(request: &Value, events: &[Value]) -> Vec<Value> {
    let request: RunAgentInput = serde_json::from_value(request.clone()).unwrap();
    let mut surfaces = A2ui::of(&request);
    let mut out = Vec::new();
    for event in events {
        surfaces.take(serde_json::from_value(event.clone()).unwrap(), &mut out);
    }
    let json = |event: &Event| serde_json::to_value(event).unwrap();
    out.iter().map(json).collect()
}

fn shown(events: &[Value]) -> Vec<Value> {
    shown_for(&request(&json!([]), &json!([])), events)
}

fn request(messages: &Value, context: &Value) -> Value {
    json!({"threadId": "t", "runId": "r", "messages": messages, "tools": [], "context": context})
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

/// The activities among events: the id of each and its content.
fn activities(shown: &[Value]) -> Vec<(&str, &Value)> {
    let activities = shown
        .iter()
        .filter(|event| event["type"] == "ACTIVITY_SNAPSHOT");
    activities
        .map(|event| (event["messageId"].as_str().unwrap(), &event["content"]))
        .collect()
}

/// The results that were added: whose, and with what content.
fn results(shown: &[Value]) -> Vec<(&str, Value)> {
    let results = shown
        .iter()
        .filter(|event| event["type"] == "TOOL_CALL_RESULT");
    let result = |event: &'_ Value| {
        let content = event["content"].as_str().unwrap();
        serde_json::from_str::<Value>(content).unwrap()
    };
    results
        .map(|event| (event["toolCallId"].as_str().unwrap(), result(event)))
        .collect()
}

const LIST: &str = r#"{"surfaceId": "s", "components": [{"id": "root", "component": "List",
    "children": {"componentId": "c", "path": "/rows"}}, {"id": "c", "component": "Text"}], "data": {"rows": ["#;

const TEXT: &str = r#"{"surfaceId": "s", "components": [{"id": "root", "component": "Text"}]}"#;

const ROOTLESS: &str = r#"{"surfaceId": "s", "components": [{"id": "a", "component": "Text"}]}"#;

#[test]
fn data_comes_item_by_item_after_the_components() {
    let deltas = [LIST, "{\"a\": 1}", ", {\"a\"", ": 2}]", "}}"];
    let events = deltas.iter().map(|delta| args("c", delta));
    let events: Vec<Value> = [start("c", TOOL)].into_iter().chain(events).collect();
    let shown = shown(&events);
    let value = |content: &Value| content["a2ui_operations"][2]["updateDataModel"]["value"].clone();
    let drawn = activities(&shown)
        .into_iter()
        .filter(|(_, content)| content["status"].is_null());
    let rows: Vec<Value> = drawn.map(|(_, content)| value(content)).collect();
    let two = json!({"rows": [{"a": 1}, {"a": 2}]});
    let one = json!({"rows": [{"a": 1}]});
    assert_eq!(rows, [Value::Null, one, two.clone(), two]);
}

#[test]
fn long_data_is_not_repeated_for_every_item() {
    let mut events = vec![start("c", TOOL), args("c", LIST)];
    events.push(args("c", "\"first\""));
    events.extend((0..20_000).map(|_| args("c", ",\"more\"")));
    events.push(args("c", "]}}"));
    let size = |events: &[Value]| {
        events
            .iter()
            .map(|event| event.to_string().len())
            .sum::<usize>()
    };
    let given = size(&events);
    let shown = shown(&events);
    assert!(size(&shown) < 8 * given, "{} of {given}", size(&shown));
    let last = activities(&shown).last().unwrap().1;
    let rows = &last["a2ui_operations"][2]["updateDataModel"]["value"]["rows"];
    assert_eq!(rows.as_array().unwrap().len(), 20_001);
}

#[test]
fn the_catalog_is_the_frontends_or_the_calls_or_the_basic_one() {
    let description = "A2UI Component Schema — available components for generating UI surfaces. Use these component names and properties when creating A2UI operations.";
    let context = |value: &str| json!([{"description": description, "value": value}]);
    let own = TEXT.replace("}]}", "}], \"catalogId\": \"own\"}");
    let first = TEXT.replace("{\"surfaceId\"", "{\"catalogId\": \"own\", \"surfaceId\"");
    let basic = "https://a2ui.org/specification/v0_9/basic_catalog.json";
    for (context, arguments, catalog) in [
        (context("{\"catalogId\": \"theirs\"}"), &*first, "theirs"),
        (context("{\"catalogId\": \"\"}"), &first, "own"),
        (context("no JSON"), &own, "own"),
        (json!([]), &first.replace("own", "basic"), basic),
        (json!([]), TEXT, basic),
    ] {
        let request = request(&json!([]), &context);
        let shown = shown_for(&request, &[start("c", TOOL), args("c", arguments)]);
        let surface = &activities(&shown)[1].1["a2ui_operations"][0]["createSurface"];
        assert_eq!(surface["catalogId"], catalog, "{arguments} {context}");
    }
}

#[test]
fn attempts_within_another_call_are_one_activity() {
    let events = [
        start("outer", "generate"),
        start("one", TOOL),
        args("one", ROOTLESS),
        start("two", TOOL),
        args("two", TEXT),
        result("two", "{}"),
        result(
            "outer",
            &json!({"a2ui_operations": [{"deleteSurface": {"surfaceId": "x"}}]}).to_string(),
        ),
        start("three", TOOL),
    ];
    let shown = shown(&events);
    let activities = activities(&shown);
    let ids: Vec<&str> = activities.iter().map(|(id, _)| *id).collect();
    assert_eq!(
        ids,
        [
            "a2ui-surface-outer",
            "a2ui-surface-outer",
            "a2ui-surface-outer",
            "a2ui-surface-three"
        ]
    );
    let retrying = activities[1].1;
    assert_eq!(
        (
            &retrying["status"],
            &retrying["attempt"],
            &retrying["maxAttempts"]
        ),
        (&json!("retrying"), &json!(2), &json!(3))
    );
    assert_eq!(retrying["errors"][0]["code"], "no_root");
    assert!(activities[2].1["a2ui_operations"].is_array());
}

#[test]
fn results_of_other_tools_are_drawn() {
    let create =
        |id: &str| json!({"version": "v0.9", "createSurface": {"surfaceId": id, "catalogId": "c"}});
    let one = json!({"a2ui_operations": [create("a"), 1, null]});
    let two = json!({"a2ui_operations": [create("a"), create("b"), create("a")]});
    let twice = Value::String(one.to_string()).to_string();
    for (content, ids) in [
        (one.to_string(), &["a2ui-surface-c"][..]),
        (twice, &["a2ui-surface-c"]),
        (two.to_string(), &["a2ui-surface-a-c", "a2ui-surface-b-c"]),
        ("{\"a2ui_operations\": 1}".to_owned(), &[]),
        ("a2ui_operations".to_owned(), &[]),
        ("plain".to_owned(), &[]),
    ] {
        let shown = shown(&[start("c", "other"), result("c", &content)]);
        let found: Vec<&str> = activities(&shown).iter().map(|(id, _)| *id).collect();
        assert_eq!(found, ids, "{content}");
        assert_eq!(
            shown[1]["type"], "TOOL_CALL_RESULT",
            "the result comes first"
        );
    }
    let given_up = json!({"code": "a2ui_recovery_exhausted", "error": "no", "attempts": [1, 2]});
    let shown = shown(&[start("c", "other"), result("c", &given_up.to_string())]);
    let expected = json!({"status": "failed", "error": "no", "attempts": [1, 2], "maxAttempts": 2});
    assert_eq!(activities(&shown), [("a2ui-surface-c", &expected)]);
}

#[test]
fn a_surface_that_was_drawn_is_not_drawn_again() {
    let again = json!({"a2ui_operations": [{"updateComponents": {"surfaceId": "s"}}]}).to_string();
    let own = shown(&[start("c", TOOL), args("c", TEXT), result("c", &again)]);
    assert_eq!(activities(&own).len(), 2);
    let events = [
        start("c", TOOL),
        args("c", TEXT),
        start("d", "other"),
        result("d", &again),
    ];
    assert_eq!(activities(&shown(&events)).len(), 2);
}

#[test]
fn calls_without_a_result_are_answered_at_the_end() {
    let messages = json!([
        {"id": "a", "role": "assistant", "toolCalls": [
            {"id": "old", "type": "function", "function": {"name": TOOL, "arguments": ""}},
            {"id": "answered", "type": "function", "function": {"name": TOOL, "arguments": ""}},
            {"id": "other", "type": "function", "function": {"name": "other", "arguments": ""}},
        ]},
        {"id": "t", "role": "tool", "toolCallId": "answered", "content": ""},
    ]);
    let events = [
        start("c", TOOL),
        args("c", TEXT),
        start("d", TOOL),
        result("d", "{}"),
        finished(),
    ];
    let shown = shown_for(&request(&messages, &json!([])), &events);
    let rendered = json!({"status": "rendered"});
    assert_eq!(
        results(&shown),
        [("d", json!({})), ("old", rendered.clone()), ("c", rendered)]
    );
    assert_eq!(shown.last().unwrap()["type"], "RUN_FINISHED");
}

#[test]
fn of_what_cannot_be_drawn_the_model_is_told() {
    for (arguments, error) in [
        (ROOTLESS, "No component has the id 'root'"),
        ("{\"surfaceId\": oh}", "the arguments are no JSON"),
        (
            "{\"surfaceId\": \"s\"}",
            "the arguments need a `surfaceId` and a list of `components`, each with its `component`",
        ),
    ] {
        let shown = shown(&[start("c", TOOL), args("c", arguments), finished()]);
        let failed = json!({"status": "failed", "error": error});
        assert_eq!(results(&shown), [("c", failed)], "{arguments}");
        let last = activities(&shown).last().unwrap().1.clone();
        assert_eq!(
            (&last["status"], &last["error"]),
            (&json!("failed"), &json!(error))
        );
    }
}
