//! What the client sees of answers that come whole.

use serde_json::json;

use super::server::{Act, Server, call, chunk, finish, head, raw, stream, text};
use super::{config, events, hi, outcome};

#[tokio::test]
async fn text_streams_under_the_id_of_the_chunks() {
    let server = Server::saying(vec![
        chunk(
            json!({"role": "assistant", "content": "", "refusal": null}),
            None,
        ),
        text("Zażółć "),
        text("日本語 👩‍👩‍👧‍👦"),
        text("\u{2028}\"\\\n\t"),
        finish("stop"),
    ])
    .await;
    assert_eq!(
        events(&server, hi()).await,
        [
            "TEXT_MESSAGE_START chatcmpl-1",
            "TEXT_MESSAGE_CONTENT chatcmpl-1 \"Zażółć \"",
            "TEXT_MESSAGE_CONTENT chatcmpl-1 \"日本語 👩‍👩‍👧‍👦\"",
            "TEXT_MESSAGE_CONTENT chatcmpl-1 \"\u{2028}\\\"\\\\\\n\\t\"",
            "TEXT_MESSAGE_END chatcmpl-1",
            "RUN_FINISHED stop",
        ]
    );
}

#[tokio::test]
async fn an_empty_answer_and_a_refusal_give_no_message() {
    for deltas in [
        json!({"content": ""}),
        json!({"refusal": "I cannot", "content": null}),
    ] {
        let server = Server::saying(vec![chunk(deltas, None), finish("stop")]).await;
        assert_eq!(events(&server, hi()).await, ["RUN_FINISHED stop"]);
    }
}

#[tokio::test]
async fn arguments_come_as_they_grow() {
    let server = Server::saying(vec![
        chunk(json!({"role": "assistant", "content": null}), None),
        call(0, Some("call_A"), Some("showCard"), ""),
        call(0, None, None, "{\"ti"),
        call(0, None, None, "tle\":3}"),
        finish("tool_calls"),
    ])
    .await;
    assert_eq!(
        events(&server, hi()).await,
        [
            "TOOL_CALL_START call_A showCard chatcmpl-1",
            "TOOL_CALL_ARGS call_A \"{\\\"ti\"",
            "TOOL_CALL_ARGS call_A \"tle\\\":3}\"",
            "TOOL_CALL_END call_A",
            "RUN_FINISHED tool-calls",
        ]
    );
}

#[tokio::test]
async fn text_ends_where_a_call_begins_and_goes_on_under_the_same_id() {
    let server = Server::saying(vec![
        text("Before "),
        call(0, Some("call_A"), Some("showCard"), "{\"title\":\"m\"}"),
        text("After"),
        finish("stop"),
    ])
    .await;
    assert_eq!(
        events(&server, hi()).await,
        [
            "TEXT_MESSAGE_START chatcmpl-1",
            "TEXT_MESSAGE_CONTENT chatcmpl-1 \"Before \"",
            "TEXT_MESSAGE_END chatcmpl-1",
            "TOOL_CALL_START call_A showCard chatcmpl-1",
            "TOOL_CALL_ARGS call_A \"{\\\"title\\\":\\\"m\\\"}\"",
            "TOOL_CALL_END call_A",
            "TEXT_MESSAGE_START chatcmpl-1",
            "TEXT_MESSAGE_CONTENT chatcmpl-1 \"After\"",
            "TEXT_MESSAGE_END chatcmpl-1",
            "RUN_FINISHED stop",
        ]
    );
}

const TWO_CALLS_IN_TURN: [&str; 7] = [
    "TOOL_CALL_START call_A showCard chatcmpl-1",
    "TOOL_CALL_ARGS call_A \"{\\\"title\\\":\\\"A\\\"}\"",
    "TOOL_CALL_END call_A",
    "TOOL_CALL_START call_B showCard chatcmpl-1",
    "TOOL_CALL_ARGS call_B \"{\\\"title\\\":\\\"B\\\"}\"",
    "TOOL_CALL_END call_B",
    "RUN_FINISHED tool-calls",
];

#[tokio::test]
async fn two_calls_in_one_chunk_are_two_calls() {
    let function =
        |title: &str| json!({"name": "showCard", "arguments": json!({"title": title}).to_string()});
    let calls = json!([
        {"index": 0, "id": "call_A", "type": "function", "function": function("A")},
        {"index": 1, "id": "call_B", "type": "function", "function": function("B")},
    ]);
    let server = Server::saying(vec![
        chunk(json!({"tool_calls": calls}), None),
        finish("tool_calls"),
    ])
    .await;
    assert_eq!(events(&server, hi()).await, TWO_CALLS_IN_TURN);
}

#[tokio::test]
async fn calls_with_one_index_are_told_apart_by_their_ids() {
    let server = Server::saying(vec![
        call(0, Some("call_A"), Some("showCard"), "{\"title\":\"A\"}"),
        call(0, Some("call_B"), Some("showCard"), "{\"title\":\"B\"}"),
        finish("tool_calls"),
    ])
    .await;
    assert_eq!(events(&server, hi()).await, TWO_CALLS_IN_TURN);
}

#[tokio::test]
async fn interleaved_arguments_land_on_their_calls() {
    let server = Server::saying(vec![
        call(0, Some("call_A"), Some("showCard"), ""),
        call(1, Some("call_B"), Some("showCard"), ""),
        call(0, None, None, "{\"title\":\"A\"}"),
        call(1, None, None, "{\"title\":\"B\"}"),
        finish("tool_calls"),
    ])
    .await;
    assert_eq!(
        events(&server, hi()).await,
        [
            "TOOL_CALL_START call_A showCard chatcmpl-1",
            "TOOL_CALL_START call_B showCard chatcmpl-1",
            "TOOL_CALL_ARGS call_A \"{\\\"title\\\":\\\"A\\\"}\"",
            "TOOL_CALL_ARGS call_B \"{\\\"title\\\":\\\"B\\\"}\"",
            "TOOL_CALL_END call_A",
            "TOOL_CALL_END call_B",
            "RUN_FINISHED tool-calls",
        ]
    );
}

#[tokio::test]
async fn reasoning_comes_before_the_text_and_ends_where_it_begins() {
    let thought = |text: &str| chunk(json!({"reasoning_content": text}), None);
    let server = Server::saying(vec![
        thought(""),
        thought("Let me"),
        thought(" think"),
        text("Answer"),
        finish("stop"),
    ])
    .await;
    assert_eq!(
        events(&server, hi()).await,
        [
            "REASONING_START reasoning-chatcmpl-1:0",
            "REASONING_MESSAGE_START reasoning-chatcmpl-1:0",
            "REASONING_MESSAGE_CONTENT reasoning-chatcmpl-1:0 \"Let me\"",
            "REASONING_MESSAGE_CONTENT reasoning-chatcmpl-1:0 \" think\"",
            "REASONING_MESSAGE_END reasoning-chatcmpl-1:0",
            "REASONING_END reasoning-chatcmpl-1:0",
            "TEXT_MESSAGE_START chatcmpl-1",
            "TEXT_MESSAGE_CONTENT chatcmpl-1 \"Answer\"",
            "TEXT_MESSAGE_END chatcmpl-1",
            "RUN_FINISHED stop",
        ]
    );
}

#[tokio::test]
async fn token_counts_after_the_finish_reach_run_finished() {
    use crate::agents::{Agent, llm::LlmAgent};
    use futures_util::StreamExt;

    let usage = json!({"id": "chatcmpl-1", "choices": [], "usage": {
        "prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12,
        "prompt_tokens_details": {"cached_tokens": 4}, "completion_tokens_details": {"reasoning_tokens": 1}}});
    let server = Server::saying(vec![text("hi"), finish("stop"), usage]).await;
    let run = LlmAgent::new(config(&server))
        .unwrap()
        .run(std::sync::Arc::new(hi()));
    let last = run
        .map(Result::unwrap)
        .collect::<Vec<_>>()
        .await
        .pop()
        .unwrap();
    assert_eq!(
        serde_json::to_value(last).unwrap(),
        json!({
            "type": "RUN_FINISHED", "threadId": "thread", "runId": "run", "finishReason": "stop",
            "usage": [{"provider": "openai", "model": "gpt-4o", "inputTokens": 9, "outputTokens": 3, "totalTokens": 12,
                "reasoningTokens": 1, "cachedInputTokens": 4}],
        })
    );
}

#[tokio::test]
async fn servers_differ_in_small_things() {
    // CRLF, comments, an event's name, no blank line and no [DONE] at the end, ids missing, null where nothing is.
    let first = json!({"choices": [{"delta": {"content": "a", "tool_calls": null}, "finish_reason": null}], "error": null, "usage": null});
    let last = json!({"choices": [{"delta": null, "finish_reason": "length"}]});
    let body =
        format!(": ping\r\n\r\nevent: message\r\ndata: {first}\r\n\r\nid: 7\r\n\r\ndata:{last}");
    let server = Server::start(vec![vec![head(200, "text/plain"), raw(&body), Act::Cut]]).await;
    let lines = events(&server, hi()).await;
    assert!(lines[0].starts_with("TEXT_MESSAGE_START ck-"), "{lines:?}");
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[3], "RUN_FINISHED length");
}

#[tokio::test]
async fn a_cut_after_the_finish_is_no_failure() {
    let mut script = stream(vec![text("all"), finish("stop")]);
    script.pop();
    script[0] = super::server::head_of_length(1_000_000);
    script.push(Act::Cut);
    let server = Server::start(vec![script]).await;
    let (lines, result) = outcome(config(&server), hi()).await;
    result.unwrap();
    assert_eq!(lines.last().unwrap(), "RUN_FINISHED stop");
}
