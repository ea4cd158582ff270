//! One sample of each kind goes in and comes out the same.

use std::collections::BTreeSet;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::types::*;

/// Reads `value` as text (borrowed keys) and as a value (owned keys), and writes it again.
fn round_trip<T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(value: &Value) -> T {
    let read: T =
        serde_json::from_str(&value.to_string()).unwrap_or_else(|error| panic!("{value}: {error}"));
    assert_eq!(read, serde_json::from_value(value.clone()).unwrap());
    assert_eq!(&serde_json::to_value(&read).unwrap(), value);
    read
}

fn events() -> Vec<Value> {
    let patch = json!([
        {"op": "add", "path": "/a", "value": 1}, {"op": "remove", "path": "/b"}, {"op": "replace", "path": "", "value": null},
        {"op": "move", "from": "/a", "path": "/c"}, {"op": "copy", "from": "/a", "path": "/d"}, {"op": "test", "path": "/e", "value": []},
    ]);
    let usage = json!([{"provider": "openai", "model": "gpt", "inputTokens": 1, "outputTokens": 2, "cacheWriteInputTokens": 0}]);
    vec![
        json!({"type": "TEXT_MESSAGE_START", "messageId": "m", "role": "assistant", "name": "Ada"}),
        json!({"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "Hé\n\u{1F600}", "timestamp": 1_764_000_000_000_i64}),
        json!({"type": "TEXT_MESSAGE_END", "messageId": "m", "rawEvent": null}),
        json!({"type": "TEXT_MESSAGE_CHUNK", "role": "user", "delta": "x"}),
        json!({"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": "weather", "parentMessageId": "m"}),
        json!({"type": "TOOL_CALL_ARGS", "toolCallId": "c", "delta": "{\"city\":"}),
        json!({"type": "TOOL_CALL_END", "toolCallId": "c"}),
        json!({"type": "TOOL_CALL_CHUNK", "toolCallId": "c", "delta": "}"}),
        json!({"type": "TOOL_CALL_RESULT", "messageId": "r", "toolCallId": "c", "content": "21", "role": "tool"}),
        json!({"type": "TOOL_CALL_RESULT", "messageId": "r", "toolCallId": "c", "content": [{"type": "text", "text": "21"}]}),
        json!({"type": "STATE_SNAPSHOT", "snapshot": {"steps": [null, 1.5]}, "subagentRunId": "s"}),
        json!({"type": "STATE_DELTA", "delta": patch}),
        json!({"type": "MESSAGES_SNAPSHOT", "messages": messages()}),
        json!({"type": "ACTIVITY_SNAPSHOT", "messageId": "a", "activityType": "plan", "content": {}, "replace": false}),
        json!({"type": "ACTIVITY_DELTA", "messageId": "a", "activityType": "plan", "patch": []}),
        json!({"type": "RAW", "event": {"on": "chat"}, "source": "langgraph"}),
        json!({"type": "CUSTOM", "name": "on_interrupt", "value": null}),
        json!({"type": "RUN_STARTED", "threadId": "t", "runId": "r", "parentRunId": "q", "protocolVersion": "1.0", "input": input()}),
        json!({"type": "RUN_FINISHED", "threadId": "t", "runId": "r", "result": null, "usage": usage,
            "outcome": {"type": "success", "pendingToolCallIds": ["c"]}}),
        json!({"type": "RUN_FINISHED", "threadId": "t", "runId": "r", "outcome": {"type": "cancelled"}}),
        json!({"type": "RUN_FINISHED", "threadId": "t", "runId": "r", "outcome": {"type": "interrupt", "interrupts": [
            {"id": "i", "reason": "approval", "responseSchema": {"type": "object"}, "expiresAt": "2026-11-22T00:00:00Z"}]}}),
        json!({"type": "RUN_ERROR", "message": "no", "code": "NETWORK_ERROR", "usage": usage}),
        json!({"type": "STEP_STARTED", "stepName": "think"}),
        json!({"type": "STEP_FINISHED", "stepName": "think"}),
        json!({"type": "REASONING_START", "messageId": "m"}),
        json!({"type": "REASONING_MESSAGE_START", "messageId": "m", "role": "reasoning"}),
        json!({"type": "REASONING_MESSAGE_CONTENT", "messageId": "m", "delta": "hm"}),
        json!({"type": "REASONING_MESSAGE_END", "messageId": "m"}),
        json!({"type": "REASONING_MESSAGE_CHUNK"}),
        json!({"type": "REASONING_END", "messageId": "m"}),
        json!({"type": "REASONING_ENCRYPTED_VALUE", "subtype": "tool-call", "entityId": "c", "encryptedValue": "x"}),
        json!({"type": "SUBAGENT_STARTED", "subagentRunId": "s", "name": "researcher", "parentToolCallId": "c"}),
        json!({"type": "SUBAGENT_FINISHED", "subagentRunId": "s", "outcome": {"type": "suspended", "interruptIds": ["i"]}}),
        json!({"type": "SUBAGENT_ERROR", "subagentRunId": "s", "message": "no"}),
    ]
}

fn messages() -> Value {
    let source = json!({"type": "url", "value": "https://example.org/a.png"});
    json!([
        {"role": "developer", "id": "1", "content": "be brief"},
        {"role": "system", "id": "2", "content": "be kind", "name": "ops"},
        {"role": "user", "id": "3", "content": "hello"},
        {"role": "user", "id": "4", "content": [
            {"type": "text", "text": "look", "id": "p"},
            {"type": "image", "source": source},
            {"type": "audio", "source": {"type": "data", "value": "AAAA", "mimeType": "audio/wav"}},
            {"type": "video", "source": {"type": "file", "value": "f", "provider": "openai"}, "metadata": {"a": 1}},
            {"type": "document", "source": source},
            {"type": "binary", "mimeType": "image/png", "data": "AAAA"},
        ]},
        {"role": "assistant", "id": "5", "toolCalls": [
            {"id": "c", "type": "function", "function": {"name": "weather", "arguments": "{}"}, "encryptedValue": "x"}]},
        {"role": "tool", "id": "6", "content": "21", "toolCallId": "c", "error": "cold"},
        {"role": "activity", "id": "7", "activityType": "plan", "content": {"steps": []}},
        {"role": "reasoning", "id": "8", "content": "hm", "subagentRunId": "s"},
    ])
}

fn input() -> Value {
    json!({
        "threadId": "t", "runId": "r", "protocolVersion": "1.0", "parentRunId": "q", "state": null, "messages": messages(),
        "tools": [{"name": "weather", "description": "The weather", "parameters": {"type": "object"}, "metadata": {"x": 1}}],
        "context": [{"description": "who", "value": "Ada"}], "forwardedProps": {"a": [1]},
        "resume": [{"interruptId": "i", "status": "resolved", "payload": true}, {"interruptId": "j", "status": "cancelled"}],
    })
}

#[test]
fn every_event_survives_a_round_trip() {
    let mut seen = BTreeSet::new();
    for event in events() {
        let read: Event = round_trip(&event);
        assert!(!matches!(read, Event::Other(_)), "{event}");
        assert_eq!(event["type"], read.event_type());
        seen.insert(read.event_type().to_owned());
    }
    let schema: Value =
        serde_json::from_str(include_str!("../../../schema/ag-ui.schema.json")).unwrap();
    let known = schema["$defs"]["EventType"]["enum"]
        .as_array()
        .unwrap()
        .iter();
    assert_eq!(
        seen,
        known
            .map(|name| name.as_str().unwrap().to_owned())
            .collect()
    );
}

#[test]
fn unknown_keys_survive_at_every_level() {
    for mut event in events()
        .into_iter()
        .chain([input(), json!({"role": "user", "id": "u", "content": []})])
    {
        add_keys(&mut event);
        if event.get("type").is_some() {
            round_trip::<Event>(&event);
        } else if event.get("role").is_some() {
            round_trip::<Message>(&event);
        } else {
            round_trip::<RunAgentInput>(&event);
        }
    }
}

fn add_keys(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.values_mut().for_each(add_keys);
            map.insert("x-new".into(), json!({"deep": [1, null]}));
        }
        Value::Array(items) => items.iter_mut().for_each(add_keys),
        _ => {}
    }
}

#[test]
fn events_of_other_versions_survive() {
    for event in [
        json!({"type": "THINKING_START", "title": "hm", "timestamp": 1.5}),
        json!({"type": "THINKING_TEXT_MESSAGE_CONTENT", "delta": "x"}),
        json!({"type": "SOMETHING_NEW"}),
    ] {
        let Event::Other(unknown) = round_trip(&event) else {
            panic!("{event}")
        };
        assert_eq!(event["type"], unknown.tag.as_str());
    }
    let role = round_trip::<Message>(&json!({"role": "critic", "id": "m", "content": 7}));
    assert_eq!((role.role(), role.id()), ("critic", Some("m")));
}

#[test]
fn what_0_0_59_leaves_out_or_widens_is_read() {
    let read = |text: &str| serde_json::from_str::<Event>(text).unwrap();
    assert_eq!(
        read(r#"{"type":"STATE_SNAPSHOT"}"#),
        StateSnapshotEvent::new(Value::Null).into()
    );
    assert_eq!(
        read(r#"{"type":"CUSTOM","name":"n"}"#),
        CustomEvent::new("n", Value::Null).into()
    );
    assert_eq!(
        read(r#"{"type":"TOOL_CALL_END","toolCallId":"c","timestamp":1.0}"#).timestamp(),
        Some(1)
    );
    assert_eq!(
        read(
            r#"{"type":"TOOL_CALL_START","toolCallId":"c","toolCallName":"n","parentMessageId":null}"#
        ),
        ToolCallStartEvent::new("c", "n").into()
    );
    assert_eq!(
        read(r#"{"type":"RUN_FINISHED","threadId":"t","runId":"r","outcome":null}"#),
        RunFinishedEvent::new("t", "r").into()
    );
    let old: Value =
        serde_json::from_str(include_str!("../../../schema/ag-ui-0.0.59.schema.json")).unwrap();
    for name in old["$defs"]["BaseEvent"]["properties"]["type"]["enum"]
        .as_array()
        .unwrap()
    {
        let known = events().into_iter().any(|event| event["type"] == *name);
        assert!(
            known || name.as_str().unwrap().starts_with("THINKING_"),
            "{name}"
        );
    }
}

#[test]
fn the_tag_is_written_first_and_may_be_read_last() {
    let text = r#"{"delta":"x","later":[1],"messageId":"m","type":"TEXT_MESSAGE_CONTENT"}"#;
    let read: Event = serde_json::from_str(text).unwrap();
    assert_eq!(
        serde_json::to_string(&read).unwrap(),
        r#"{"type":"TEXT_MESSAGE_CONTENT","messageId":"m","delta":"x","later":[1]}"#
    );
    let event: TextMessageContentEvent = serde_json::from_str(text).unwrap();
    assert_eq!(Event::from(event), read);
    let call = ToolCall::new("c", FunctionCall::new("f", "{}"));
    assert_eq!(
        serde_json::to_string(&call).unwrap(),
        r#"{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}"#
    );
    let start = Event::from(ReasoningMessageStartEvent::new("m"));
    assert_eq!(
        serde_json::to_string(&start).unwrap(),
        r#"{"type":"REASONING_MESSAGE_START","role":"reasoning","messageId":"m"}"#
    );
}

#[test]
fn shared_fields_are_read_without_knowing_the_kind() {
    let ids: Vec<Message> = serde_json::from_value(messages()).unwrap();
    let ids: Vec<_> = ids
        .iter()
        .map(|message| message.id().unwrap().parse::<usize>().unwrap())
        .collect();
    assert_eq!(ids, (1..=8).collect::<Vec<_>>());
    let event: Event =
        serde_json::from_str(r#"{"type":"NEW","timestamp":5,"rawEvent":"x"}"#).unwrap();
    assert_eq!(
        (event.timestamp(), event.raw_event(), event.metadata()),
        (Some(5), Some(&json!("x")), None)
    );
}

#[test]
fn capabilities_survive_a_round_trip() {
    round_trip::<AgentCapabilities>(&json!({
        "identity": {"name": "a", "type": "llm"}, "transport": {"streaming": true}, "tools": {"items": [{"name": "n", "description": ""}]},
        "multiAgent": {"subagents": [{"name": "s"}]}, "execution": {"maxIterations": 3}, "custom": {"x": 1},
    }));
    assert_eq!(Role::Assistant.to_string(), "assistant");
}
