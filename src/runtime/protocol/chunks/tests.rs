#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::Chunks;
use crate::generated::agui::Event;

fn expand(events: Vec<Value>) -> Result<Vec<Value>, String> {
    let mut chunks = Chunks::default();
    let mut expanded = Vec::new();
    for event in events {
        let event: Event = serde_json::from_value(event).unwrap();
        let events = match chunks.passes(&event) {
            true => vec![event],
            false => chunks.expand(event)?,
        };
        expanded.extend(
            events
                .iter()
                .map(|event| serde_json::to_value(event).unwrap()),
        );
    }
    Ok(expanded)
}

#[test]
fn all_that_a_chunk_carries_arrives() {
    let expanded = expand(vec![
        json!({"type": "TEXT_MESSAGE_CHUNK", "messageId": "m", "name": "n", "delta": "a", "timestamp": 1,
               "rawEvent": {"r": 1}, "metadata": {"k": 1}, "subagentRunId": "s", "extra": true}),
        json!({"type": "TEXT_MESSAGE_CHUNK", "subagentRunId": "s", "metadata": {"usage": 2}}),
        json!({"type": "TEXT_MESSAGE_CHUNK", "subagentRunId": "s"}),
        json!({"type": "RUN_FINISHED", "threadId": "t", "runId": "r"}),
    ]);
    assert_eq!(
        expanded.unwrap(),
        [
            json!({"type": "TEXT_MESSAGE_START", "timestamp": 1, "metadata": {"k": 1}, "subagentRunId": "s",
                   "messageId": "m", "role": "assistant", "name": "n"}),
            json!({"type": "TEXT_MESSAGE_CONTENT", "timestamp": 1, "rawEvent": {"r": 1}, "metadata": {"k": 1},
                   "subagentRunId": "s", "messageId": "m", "delta": "a", "extra": true}),
            json!({"type": "TEXT_MESSAGE_CONTENT", "metadata": {"usage": 2}, "subagentRunId": "s", "messageId": "m",
                   "delta": ""}),
            json!({"type": "TEXT_MESSAGE_END", "subagentRunId": "s", "messageId": "m"}),
            json!({"type": "RUN_FINISHED", "threadId": "t", "runId": "r"}),
        ]
    );
}

#[test]
fn an_opening_chunk_without_content_keeps_its_keys_on_the_start() {
    let expanded = expand(vec![
        json!({"type": "TOOL_CALL_CHUNK", "toolCallId": "c", "toolCallName": "n", "parentMessageId": "m",
               "rawEvent": 1, "extra": 2}),
    ]);
    assert_eq!(
        expanded.unwrap(),
        [
            json!({"type": "TOOL_CALL_START", "rawEvent": 1, "toolCallId": "c", "toolCallName": "n",
                "parentMessageId": "m", "extra": 2})
        ]
    );
}

#[test]
fn subagents_do_not_end_each_others_messages() {
    let expanded = expand(vec![
        json!({"type": "TEXT_MESSAGE_CHUNK", "messageId": "a", "delta": "1", "subagentRunId": "s1"}),
        json!({"type": "TEXT_MESSAGE_CHUNK", "messageId": "b", "delta": "2", "subagentRunId": "s2"}),
        json!({"type": "TEXT_MESSAGE_CHUNK", "delta": "3", "subagentRunId": "s1"}),
        json!({"type": "SUBAGENT_FINISHED", "subagentRunId": "s1"}),
        json!({"type": "TEXT_MESSAGE_CHUNK", "delta": "4"}),
        json!({"type": "REASONING_MESSAGE_CHUNK", "messageId": "c", "delta": "5"}),
        json!({"type": "STATE_SNAPSHOT", "snapshot": {}}),
    ]);
    let told = expanded.unwrap();
    let told: Vec<String> = told
        .iter()
        .map(|event| {
            let id = event["messageId"].as_str().unwrap_or_default();
            format!("{} {id}", event["type"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        told,
        [
            "TEXT_MESSAGE_START a",
            "TEXT_MESSAGE_CONTENT a",
            "TEXT_MESSAGE_START b",
            "TEXT_MESSAGE_CONTENT b",
            "TEXT_MESSAGE_CONTENT a",
            "TEXT_MESSAGE_END a",
            "SUBAGENT_FINISHED ",
            "TEXT_MESSAGE_CONTENT b",
            "REASONING_MESSAGE_START c",
            "REASONING_MESSAGE_CONTENT c",
            "REASONING_MESSAGE_END c",
            "STATE_SNAPSHOT ",
        ]
    );
}

#[test]
fn a_chunk_that_goes_on_with_nothing_is_refused_in_upstreams_words() {
    let text = |id: &str, subagent: &str| json!({"type": "TEXT_MESSAGE_CHUNK", "messageId": id, "subagentRunId": subagent});
    let cases = [
        (
            vec![json!({"type": "TEXT_MESSAGE_CHUNK", "delta": "x"})],
            "First TEXT_MESSAGE_CHUNK must have a messageId",
        ),
        (
            vec![json!({"type": "REASONING_MESSAGE_CHUNK", "delta": "x"})],
            "First REASONING_MESSAGE_CHUNK must have a messageId",
        ),
        (
            vec![json!({"type": "TOOL_CALL_CHUNK", "delta": "x"})],
            "First TOOL_CALL_CHUNK must have a toolCallId",
        ),
        (
            vec![json!({"type": "TOOL_CALL_CHUNK", "toolCallId": "c"})],
            "First TOOL_CALL_CHUNK must have a toolCallName",
        ),
        (
            vec![text("m", "s1"), text("m", "s2")],
            "Cannot continue text message 'm': chunk subagentRunId 's2' does not match the open stream's subagent 's1'.",
        ),
        (
            vec![
                text("a", "s1"),
                text("b", "s2"),
                json!({"type": "TEXT_MESSAGE_CHUNK", "delta": "x"}),
            ],
            "Ambiguous TEXT_MESSAGE_CHUNK: it carries neither a messageId nor a subagentRunId, but 2 lanes have an open text message. Attribute the chunk to the subagent it belongs to.",
        ),
    ];
    for (events, message) in cases {
        assert_eq!(expand(events).unwrap_err(), message);
    }
}
