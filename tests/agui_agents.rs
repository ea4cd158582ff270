//! AG-UI agents behind the binary: what they are asked, what becomes of their answers, and that nothing they do harms others.

mod asked;
mod failures;
mod headers;
mod interrupts;
mod lives;
mod odd;

use std::future::Future;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::agui::section;
use crate::support::blank::blank_text;
use crate::support::canonical::canonical;
use crate::support::http::{self, Reply};
use crate::support::meanwhile::meanwhile;
use crate::support::model::{Call, Model};
use crate::support::requests;
use crate::support::server::{Binary, config};

/// Impatient, so that a test need not wait.
const SHORT: &str = "first_byte_seconds = 1\nidle_seconds = 1";

/// The configuration of one agent, asked by default.
fn one_agent(url: &str, more: &str) -> String {
    config(&section("default", url, more))
}

/// A message from a GraphQL client.
fn graphql(text: &str) -> Vec<u8> {
    requests::chat(text)
}

/// The run of an AG-UI client.
fn agui(text: &str) -> Vec<u8> {
    let input = json!({
        "threadId": "thread", "runId": "run", "state": {}, "tools": [], "context": [], "forwardedProps": {},
        "messages": [{"id": "u", "role": "user", "content": text}],
    });
    run(&input, "")
}

/// A run of the default agent with this input and these headers.
fn run(input: &Value, headers: &str) -> Vec<u8> {
    let body = input.to_string();
    format!(
        "POST /copilotkit/agent/default/run HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{headers}\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// The events of an AG-UI answer.
fn events(reply: &Reply) -> Vec<Value> {
    let text = reply.text();
    let data = text
        .split("\n\n")
        .filter_map(|event| event.strip_prefix("data: "));
    data.map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

/// The merged answer to a GraphQL client.
fn merged(reply: &Reply) -> Value {
    let answer =
        canonical(&reply.answer()).unwrap_or_else(|error| panic!("{error} in {}", reply.text()));
    answer["body"]["merged"]["data"]["generateCopilotResponse"].clone()
}

/// A server whose only agent answers as the handler says.
async fn scripted<R>(
    more: &str,
    handler: impl Fn(Call) -> R + Send + Sync + 'static,
) -> (Model, Binary)
where
    R: Future<Output = ()> + Send + 'static,
{
    let agent = Model::start(handler).await;
    let url = format!("http://{}/agent", agent.address);
    let server = Binary::start(&one_agent(&url, more)).await;
    (agent, server)
}

/// What both faces say of an agent that fails. Meanwhile others are served, and afterwards the server is well.
async fn told(server: &mut Binary, limit: Duration) -> String {
    let address = server.address;
    let reply = meanwhile(server, limit, http::ask(address, graphql("hi"))).await;
    assert!(reply.complete, "the answer comes to its end");
    let status = merged(&reply)["status"].clone();
    assert_eq!(status["code"], "Failed", "{status}");
    let graphql = status["details"]["description"]
        .as_str()
        .unwrap()
        .to_owned();
    let reply = meanwhile(server, limit, http::ask(address, agui("hi"))).await;
    assert!(reply.complete, "the answer comes to its end");
    let events = events(&reply);
    let last = events.last().expect("an event");
    assert_eq!(last["type"], "RUN_ERROR", "{events:?}");
    assert_eq!(last["code"], "INCOMPLETE_STREAM", "{events:?}");
    let agui = last["message"].as_str().unwrap();
    // The canonical form of the one has no ports.
    assert_eq!(blank_text(agui), graphql, "both faces say the same");
    agui.to_owned()
}

/// An event as an agent sends it.
fn event(event: &Value) -> Vec<u8> {
    format!("data: {event}\n\n").into_bytes()
}

fn started(call: &Call) -> Vec<u8> {
    event(
        &json!({"type": "RUN_STARTED", "threadId": call.body["threadId"], "runId": call.body["runId"]}),
    )
}

fn finished(call: &Call) -> Vec<u8> {
    event(
        &json!({"type": "RUN_FINISHED", "threadId": call.body["threadId"], "runId": call.body["runId"]}),
    )
}

/// An open message and its first word.
fn begun() -> Vec<u8> {
    [
        event(&json!({"type": "TEXT_MESSAGE_START", "messageId": "m", "role": "assistant"})),
        event(&json!({"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "word"})),
    ]
    .concat()
}
