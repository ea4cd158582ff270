//! Where upstream's answer never ends, by what an operation does not select.
//!
//! Upstream's resolver makes three of its fields of others' streams, which only do something when somebody reads them: the
//! answer's `status` is told by who reads `messages` or `metaEvents`, and a message's by who reads its `content` or `arguments`.
//! An operation that selects such a status without its stream waits for ever. The operations of the fuzzer select the streams.

use serde_json::json;

use super::upstream::Script;
use super::{ENDLESS, World};
use crate::support::diff::diff;
use crate::support::http::PATIENCE;
use crate::support::npm;

/// What waits, and what it waits for.
const WAITS: [(&str, &str); 3] = [
    ("status { __typename }", "metaEvents { __typename }"),
    (
        "messages { ... on TextMessageOutput { status { __typename } } }",
        "messages { ... on TextMessageOutput { content } }",
    ),
    (
        "messages { ... on ActionExecutionMessageOutput { status { __typename } } }",
        "messages { ... on ActionExecutionMessageOutput { arguments } }",
    ),
];

fn body(selected: &str) -> String {
    let data = json!({
        "agentSession": {"agentName": "agent"},
        "frontend": {"actions": []},
        "messages": [],
        "metadata": {},
        "threadId": "thread-endless"
    });
    let query = format!(
        "mutation Made($data: GenerateCopilotResponseInput!) {{ generateCopilotResponse(data: $data) {{ {selected} }} }}"
    );
    json!({"operationName": "Made", "query": query, "variables": {"data": data}}).to_string()
}

fn script() -> Script {
    Script::of(vec![
        json!({"type": "TEXT_MESSAGE_START", "messageId": "m-1", "role": "assistant"}),
        json!({"type": "TEXT_MESSAGE_CONTENT", "messageId": "m-1", "delta": "hi"}),
        json!({"type": "TEXT_MESSAGE_END", "messageId": "m-1"}),
        json!({"type": "TOOL_CALL_START", "toolCallId": "c-1", "toolCallName": "search"}),
        json!({"type": "TOOL_CALL_ARGS", "toolCallId": "c-1", "delta": "{}"}),
        json!({"type": "TOOL_CALL_END", "toolCallId": "c-1"}),
    ])
}

#[tokio::test]
async fn upstream_waits_for_streams_that_nobody_reads_and_ours_ends() {
    if !npm::runtime() {
        return;
    }
    let world = World::new().await;
    for (waits, reads) in WAITS {
        let (theirs, ours) = world.both(&body(waits), &script(), ENDLESS).await;
        assert!(
            !theirs.reply.complete,
            "upstream ends: {waits}: {:?}",
            theirs.reply
        );
        assert!(ours.reply.complete, "ours has no end: {waits}");
        let both = format!("{waits} {reads}");
        let (theirs, ours) = world.both(&body(&both), &script(), PATIENCE).await;
        assert!(theirs.reply.complete, "upstream has no end: {both}");
        let differences = diff(&theirs.canonical().unwrap(), &ours.canonical().unwrap());
        assert!(differences.is_empty(), "{both}\n{differences:?}");
    }
}
