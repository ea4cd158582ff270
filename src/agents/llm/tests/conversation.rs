//! The conversation as the model server gets it.

use serde_json::{Value, json};

use super::server::{Server, finish, text};
use super::{config, input, outcome};

async fn sent(messages: Value) -> Value {
    let server = Server::saying(vec![text("ok"), finish("stop")]).await;
    outcome(config(&server), input(messages)).await.1.unwrap();
    server.requests().remove(0)["messages"].take()
}

fn call(id: &str) -> Value {
    json!({"id": id, "type": "function", "function": {"name": "showCard", "arguments": "{}"}})
}

fn assistant(id: &str, calls: &[&str]) -> Value {
    let calls: Vec<_> = calls.iter().map(|id| call(id)).collect();
    json!({"id": id, "role": "assistant", "toolCalls": calls})
}

fn result(of: &str, text: &str) -> Value {
    json!({"id": format!("result-{text}"), "role": "tool", "toolCallId": of, "content": text})
}

fn user(text: &str) -> Value {
    json!({"id": text, "role": "user", "content": text})
}

fn sent_calls(ids: &[&str]) -> Value {
    let calls: Vec<_> = ids.iter().map(|id| call(id)).collect();
    json!({"role": "assistant", "content": null, "tool_calls": calls})
}

fn sent_result(of: &str, text: &str) -> Value {
    json!({"role": "tool", "content": text, "tool_call_id": of})
}

fn sent_user(text: &str) -> Value {
    json!({"role": "user", "content": text})
}

#[tokio::test]
async fn calls_without_results_are_left_out() {
    let mut spoken = assistant("a2", &["c"]);
    spoken["content"] = "Look:".into();
    let messages = sent(json!([
        assistant("a1", &["a", "b"]),
        result("b", "B"),
        user("never mind"),
        spoken,
        assistant("a3", &["d"]),
        {"id": "a4", "role": "assistant", "content": ""},
        user("hi"),
    ]))
    .await;
    assert_eq!(
        messages,
        json!([
            sent_calls(&["b"]),
            sent_result("b", "B"),
            sent_user("never mind"),
            {"role": "assistant", "content": "Look:"},
            sent_user("hi"),
        ])
    );
}

#[tokio::test]
async fn results_move_to_their_calls() {
    let messages = sent(json!([
        result("early", "E"),
        assistant("a1", &["a", "early", "b"]),
        user("meanwhile"),
        result("b", "B"),
        result("a", "A"),
        result("a", "again"),
    ]))
    .await;
    assert_eq!(
        messages,
        json!([
            sent_calls(&["a", "early", "b"]),
            sent_result("a", "A"),
            sent_result("early", "E"),
            sent_result("b", "B"),
            sent_user("meanwhile"),
        ])
    );
}

#[tokio::test]
async fn calls_in_a_row_are_one_message_and_those_after_results_another() {
    let messages = sent(json!([
        assistant("a1", &["a"]),
        assistant("a2", &["b"]),
        result("a", "A"),
        result("b", "B"),
        assistant("a3", &["c"]),
        result("c", "C"),
        // Some servers count the calls of every answer from the same number.
        assistant("a4", &["a"]),
        result("a", "A2"),
    ]))
    .await;
    assert_eq!(
        messages,
        json!([
            sent_calls(&["a", "b"]),
            sent_result("a", "A"),
            sent_result("b", "B"),
            sent_calls(&["c"]),
            sent_result("c", "C"),
            sent_calls(&["a"]),
            sent_result("a", "A2"),
        ])
    );
}
