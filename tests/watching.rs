//! What whoever runs the server sees of it: its log, its figures, its traces.

mod dashboard;
mod logs;
mod metrics;
mod samples;
mod traces;
mod usage;

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::support::agui::section;
use crate::support::http::{self, Reply};
use crate::support::model::{Call, Model};
use crate::support::server::model_at;

/// What no log, metric or trace may have.
const SECRET: &str = "hush-4711";

/// A model that does what the last message says.
async fn model() -> Model {
    Model::start(async |mut call: Call| {
        let text = call.text().to_owned();
        if text.contains("fail") {
            let said = json!({"error": {"message": format!("no {SECRET}"), "type": "server_error"}});
            call.answer("400 Bad Request", &said.to_string()).await;
            return;
        }
        call.begin().await;
        if text.contains("hang") {
            call.token("so").await;
            call.closed().await;
            return;
        }
        call.token("one ").await;
        call.token("two").await;
        let usage = json!({
            "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o", "choices": [],
            "usage": {"prompt_tokens": 11, "completion_tokens": 2, "total_tokens": 13},
        });
        call.chunk(format!("data: {usage}\n\n").as_bytes()).await;
        call.end().await;
    })
    .await
}

/// An AG-UI agent that says one word.
async fn agent() -> Model {
    Model::start(async |mut call: Call| {
        let (thread, run) = (&call.body["threadId"], &call.body["runId"]);
        let events = [
            json!({"type": "RUN_STARTED", "threadId": thread, "runId": run}),
            json!({"type": "TEXT_MESSAGE_START", "messageId": "m", "role": "assistant"}),
            json!({"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": SECRET}),
            json!({"type": "TEXT_MESSAGE_END", "messageId": "m"}),
            json!({"type": "RUN_FINISHED", "threadId": thread, "runId": run}),
        ];
        call.begin().await;
        for event in events {
            call.chunk(format!("data: {event}\n\n").as_bytes()).await;
        }
        call.raw(b"0\r\n\r\n").await;
    })
    .await
}

/// A server that keeps what is said in a file, with that model as its default agent and that agent as `remote`.
fn config(model: &Model, agent: &Model, more: &str) -> String {
    let url = format!("http://{}/path?key={SECRET}", agent.address);
    format!(
        "[server]\nbase_path = \"/copilotkit\"\n\n[store]\nurl = \"sqlite:test.db\"\n\n{}\n{}\n{more}\n",
        model_at(&model.base_url()),
        section("remote", &url, ""),
    )
}

fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").into_bytes()
}

fn post(path: &str, headers: &str, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{headers}\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A run of an AG-UI client; its id is the thread's.
fn run(agent: &str, thread: &str, text: &str, headers: &str) -> Vec<u8> {
    let input = json!({
        "threadId": thread, "runId": thread, "state": {}, "tools": [], "context": [], "forwardedProps": {},
        "messages": [{"id": "u", "role": "user", "content": text}],
    });
    post(&format!("/copilotkit/agent/{agent}/run"), headers, &input)
}

/// Stops the thread's run.
async fn stop(address: SocketAddr, thread: &str) -> Reply {
    let path = format!("/copilotkit/agent/default/stop/{thread}");
    http::ask(address, post(&path, "", &json!({}))).await
}
