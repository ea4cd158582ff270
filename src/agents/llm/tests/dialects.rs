//! Servers that stray from OpenAI's form, and are understood all the same.

use serde_json::{Value, json};

use super::server::{Server, call, chunk, finish, text};
use super::{events, hi};

async fn told(chunks: Vec<Value>) -> Vec<String> {
    events(&Server::saying(chunks).await, hi()).await
}

#[tokio::test]
async fn texts_may_come_in_parts_and_arguments_as_an_object() {
    let mut first = chunk(
        json!({"content": [
            {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]},
            {"type": "text", "text": "One "}, {"type": "text", "text": "two"}, {"type": "reference", "reference_ids": [1]},
        ]}),
        None,
    );
    first["choices"][0]["index"] = Value::Null;
    let function = json!({"name": "showCard", "arguments": {"title": "A"}});
    let calls = json!({"tool_calls": [{"index": 0, "id": "call_A", "function": function}]});
    let mut last = finish("tool_calls");
    last["usage"] = json!("12 tokens");
    assert_eq!(
        told(vec![first, chunk(calls, None), last]).await,
        [
            "REASONING_START reasoning-chatcmpl-1:0",
            "REASONING_MESSAGE_START reasoning-chatcmpl-1:0",
            "REASONING_MESSAGE_CONTENT reasoning-chatcmpl-1:0 \"Hm\"",
            "REASONING_MESSAGE_END reasoning-chatcmpl-1:0",
            "REASONING_END reasoning-chatcmpl-1:0",
            "TEXT_MESSAGE_START chatcmpl-1",
            "TEXT_MESSAGE_CONTENT chatcmpl-1 \"One two\"",
            "TEXT_MESSAGE_END chatcmpl-1",
            "TOOL_CALL_START call_A showCard chatcmpl-1",
            "TOOL_CALL_ARGS call_A \"{\\\"title\\\":\\\"A\\\"}\"",
            "TOOL_CALL_END call_A",
            "RUN_FINISHED tool-calls",
        ]
    );
}

#[tokio::test]
async fn what_follows_the_finish_is_ended_too() {
    let late_call = call(0, Some("call_A"), Some("showCard"), "{}");
    assert_eq!(
        told(vec![finish("stop"), text("late"), late_call]).await,
        [
            "TEXT_MESSAGE_START chatcmpl-1",
            "TEXT_MESSAGE_CONTENT chatcmpl-1 \"late\"",
            "TEXT_MESSAGE_END chatcmpl-1",
            "TOOL_CALL_START call_A showCard chatcmpl-1",
            "TOOL_CALL_ARGS call_A \"{}\"",
            "TOOL_CALL_END call_A",
            "RUN_FINISHED stop",
        ]
    );
}

#[tokio::test]
async fn a_new_id_without_a_name_continues_the_call() {
    let chunks = vec![
        call(0, Some("call_A"), Some("showCard"), "{\"a\""),
        call(0, Some("call_other"), None, ":1}"),
        finish("tool_calls"),
    ];
    assert_eq!(
        told(chunks).await,
        [
            "TOOL_CALL_START call_A showCard chatcmpl-1",
            "TOOL_CALL_ARGS call_A \"{\\\"a\\\"\"",
            "TOOL_CALL_ARGS call_A \":1}\"",
            "TOOL_CALL_END call_A",
            "RUN_FINISHED tool-calls",
        ]
    );
}

#[tokio::test]
async fn a_name_after_a_whole_call_begins_another() {
    let chunks = vec![
        call(0, None, Some("showCard"), "{}"),
        call(0, None, Some("getWeather"), "{\"b\""),
        call(0, None, None, ":2}"),
        finish("tool_calls"),
    ];
    let lines = told(chunks).await;
    let words: Vec<Vec<_>> = lines.iter().map(|line| line.split(' ').collect()).collect();
    let (one, two) = (words[0][1], words[3][1]);
    assert_ne!(one, two);
    assert_eq!(
        lines,
        [
            format!("TOOL_CALL_START {one} showCard chatcmpl-1"),
            format!("TOOL_CALL_ARGS {one} \"{{}}\""),
            format!("TOOL_CALL_END {one}"),
            format!("TOOL_CALL_START {two} getWeather chatcmpl-1"),
            format!("TOOL_CALL_ARGS {two} \"{{\\\"b\\\"\""),
            format!("TOOL_CALL_ARGS {two} \":2}}\""),
            format!("TOOL_CALL_END {two}"),
            "RUN_FINISHED tool-calls".to_owned(),
        ]
    );
}
