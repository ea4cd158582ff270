#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::Transcript;
use crate::generated::agui::Message;

/// The state and messages after events.
fn fold(state: Value, messages: Value, events: Vec<Value>) -> (Option<Value>, Value) {
    let messages: Vec<Message> = serde_json::from_value(messages).unwrap();
    let mut transcript = Transcript::new(Some(state), messages);
    for event in events {
        transcript.apply(&serde_json::from_value(event).unwrap());
    }
    let (state, messages) = transcript.into_parts();
    (state, serde_json::to_value(messages).unwrap())
}

#[test]
fn a_client_without_a_state_leaves_none() {
    assert_eq!(fold(json!({}), json!([]), vec![]).0, None);
    assert_eq!(fold(json!(null), json!([]), vec![]).0, None);
    let set = json!({"type": "STATE_SNAPSHOT", "snapshot": {}});
    assert_eq!(fold(json!({}), json!([]), vec![set]).0, Some(json!({})));
    let delta = json!({"type": "STATE_DELTA", "delta": [{"op": "add", "path": "/a", "value": 1}]});
    assert_eq!(
        fold(json!({}), json!([]), vec![delta]).0,
        Some(json!({"a": 1}))
    );
}

#[test]
fn every_kind_of_message_is_kept() {
    let told = fold(
        json!(null),
        json!([]),
        vec![
            json!({"type": "RUN_STARTED", "threadId": "t", "runId": "r", "input": {"threadId": "t", "runId": "r",
                   "messages": [{"role": "user", "id": "u", "content": "hi"}]}}),
            json!({"type": "REASONING_MESSAGE_START", "messageId": "m", "role": "reasoning", "subagentRunId": "s"}),
            json!({"type": "REASONING_MESSAGE_CONTENT", "messageId": "m", "delta": "hm"}),
            json!({"type": "REASONING_ENCRYPTED_VALUE", "subtype": "message", "entityId": "m", "encryptedValue": "e"}),
            json!({"type": "TEXT_MESSAGE_START", "messageId": "m", "name": "n"}),
            json!({"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "yes"}),
            json!({"type": "TEXT_MESSAGE_END", "messageId": "m", "metadata": {"tokens": 1}}),
            json!({"type": "TEXT_MESSAGE_START", "messageId": "v", "role": "user"}),
            json!({"type": "TEXT_MESSAGE_CONTENT", "messageId": "v", "delta": "said for the user"}),
            json!({"type": "ACTIVITY_SNAPSHOT", "messageId": "a", "activityType": "PLAN", "content": {"steps": []}}),
            json!({"type": "ACTIVITY_SNAPSHOT", "messageId": "a", "activityType": "PLAN", "content": 0, "replace": false}),
            json!({"type": "ACTIVITY_DELTA", "messageId": "a", "activityType": "PLAN",
                   "patch": [{"op": "add", "path": "/steps/-", "value": 1}]}),
            json!({"type": "ACTIVITY_DELTA", "messageId": "a", "activityType": "PLAN",
                   "patch": [{"op": "remove", "path": "/no"}]}),
        ],
    );
    assert_eq!(
        told.1,
        json!([
            {"role": "user", "id": "u", "content": "hi"},
            {"role": "reasoning", "subagentRunId": "s", "id": "m", "content": "hm", "encryptedValue": "e"},
            {"role": "assistant", "id": "m", "name": "n", "metadata": {"tokens": 1}, "content": "yes"},
            {"role": "user", "id": "v", "content": "said for the user"},
            {"role": "activity", "id": "a", "activityType": "PLAN", "content": {"steps": [1]}},
        ])
    );
}

#[test]
fn results_stand_behind_their_calls() {
    let call = |id: &str| json!({"type": "TOOL_CALL_START", "toolCallId": id, "toolCallName": "f", "parentMessageId": "p"});
    let result = |id: &str, content: Value| json!({"type": "TOOL_CALL_RESULT", "messageId": format!("r-{id}"), "toolCallId": id, "content": content});
    let told = fold(
        json!(null),
        json!([]),
        vec![
            call("1"),
            call("2"),
            json!({"type": "TOOL_CALL_ARGS", "toolCallId": "2", "delta": "{}"}),
            result("1", json!("one")),
            json!({"type": "TEXT_MESSAGE_START", "messageId": "after"}),
            result("2", json!([{"type": "text", "text": "two"}])),
            result("unknown", json!("three")),
        ],
    );
    let order: Vec<&str> = told
        .1
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["id"].as_str().unwrap())
        .collect();
    assert_eq!(order, ["p", "r-1", "r-2", "after", "r-unknown"]);
    assert_eq!(told.1[0]["toolCalls"][1]["function"]["arguments"], "{}");
    assert_eq!(
        told.1[2]["content"],
        json!([{"type": "text", "text": "two"}])
    );
}

#[test]
fn a_snapshot_keeps_what_agents_do_not_keep_track_of() {
    let before = json!([
        {"role": "user", "id": "u", "content": "hi"},
        {"role": "reasoning", "id": "r", "content": "hm"},
        {"role": "activity", "id": "a", "activityType": "t", "content": {}},
        {"role": "assistant", "id": "gone", "content": "x"},
        {"role": "assistant", "id": "m", "content": "old"},
    ]);
    let snapshot =
        |messages: Value| vec![json!({"type": "MESSAGES_SNAPSHOT", "messages": messages})];
    let ids = |messages: Value| -> Vec<String> {
        let ids = messages
            .as_array()
            .unwrap()
            .iter()
            .map(|message| message["id"].as_str().unwrap().to_owned());
        ids.collect()
    };
    let new = json!([{"role": "assistant", "id": "n", "content": "new"}, {"role": "assistant", "id": "m", "content": "new"},
                     {"role": "user", "id": "u", "content": "hi"}]);
    let (_, told) = fold(json!(null), before.clone(), snapshot(new));
    assert_eq!(ids(told.clone()), ["u", "r", "a", "m", "n"]);
    assert_eq!(told[3]["content"], "new");
    let with_reasoning = json!([{"role": "reasoning", "id": "r2", "content": "hm"}]);
    let (_, told) = fold(json!(null), before, snapshot(with_reasoning));
    assert_eq!(ids(told), ["a", "r2"]);
}

#[test]
fn a_call_that_starts_again_is_one_call() {
    let history = json!([{"role": "assistant", "id": "m",
        "toolCalls": [{"id": "c", "type": "function", "function": {"name": "old", "arguments": "{}"}}]}]);
    let again = json!({"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": "new"});
    let (_, told) = fold(json!(null), history, vec![again]);
    assert_eq!(
        told,
        json!([{"role": "assistant", "id": "m",
            "toolCalls": [{"id": "c", "type": "function", "function": {"name": "new", "arguments": "{}"}}]}])
    );
}

#[test]
fn activities_cannot_take_all_memory() {
    let mut events = Vec::new();
    for id in ["a", "b", "c"] {
        events.push(
            json!({"type": "ACTIVITY_SNAPSHOT", "messageId": id, "activityType": "t",
                           "content": {"list": ["x".repeat(100_000)]}}),
        );
        for _ in 0..12 {
            events.push(
                json!({"type": "ACTIVITY_DELTA", "messageId": id, "activityType": "t",
                               "patch": [{"op": "copy", "from": "/list", "path": "/list/-"}]}),
            );
        }
    }
    let (_, told) = fold(json!(null), json!([]), events);
    let size = told.to_string().len();
    assert!((1 << 20..17 << 20).contains(&size), "{size}");
}
