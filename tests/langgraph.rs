//! Agents on a LangGraph server: a scripted one for what the server must see, and for what goes wrong; LangGraph's own for
//! everything else.

mod failures;
mod owners;
mod real;
pub mod stops;

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::support::canonical::canonical;
use crate::support::http::{self, Reply};
use crate::support::requests;

/// The agent `lg` on the server at this address.
fn section(address: SocketAddr, more: &str) -> String {
    format!(
        "[agents.lg]\ntype = \"langgraph\"\nurl = \"http://{address}\"\ngraph_id = \"agent\"\nretries = 0\n{more}\n"
    )
}

/// An AG-UI client's user message.
fn user(id: &str, content: &str) -> Value {
    json!({"id": id, "role": "user", "content": content})
}

/// An AG-UI client's run on a thread, with what else it brings.
fn agui(thread: &str, messages: &[Value], more: &Value) -> Vec<u8> {
    let mut input = json!({
        "threadId": thread, "runId": format!("run-{}", messages.len()), "state": {}, "tools": [], "context": [],
        "forwardedProps": {}, "messages": messages,
    });
    let brought = more.as_object().expect("an object").clone();
    input.as_object_mut().expect("an object").extend(brought);
    post("agent/lg/run", &input)
}

fn post(path: &str, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    format!(
        "POST /copilotkit/{path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// The events of an AG-UI answer.
fn events(reply: &Reply) -> Vec<Value> {
    let lines = reply.text().lines();
    let data = lines.filter_map(|line| line.strip_prefix("data: "));
    data.map(|json| serde_json::from_str(json).expect("an event"))
        .collect()
}

/// The events of one type.
fn of_type<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|it| it["type"] == kind).collect()
}

/// What was said.
fn text(events: &[Value]) -> String {
    let said = of_type(events, "TEXT_MESSAGE_CONTENT").into_iter();
    said.filter_map(|it| it["delta"].as_str()).collect()
}

/// The answer to an AG-UI client's run.
async fn ask(server: SocketAddr, request: Vec<u8>) -> Vec<Value> {
    let reply = http::ask(server, request).await;
    assert!(reply.complete, "{}", reply.text());
    events(&reply)
}

/// A GraphQL client's message on a thread, with its answer to an interrupt if it has one.
fn graphql(thread: &str, text: &str, answer: Option<&str>) -> Vec<u8> {
    let mut body = requests::chat_body(text);
    let data = &mut body["variables"]["data"];
    data["threadId"] = thread.into();
    data["agentSession"] = json!({"agentName": "lg"});
    let card =
        json!({"name": "showCard", "description": "Shows", "jsonSchema": "{\"type\":\"object\"}"});
    data["frontend"]["actions"] = json!([card]);
    if let Some(answer) = answer {
        data["metaEvents"] =
            json!([{"name": "LangGraphInterruptEvent", "value": "", "response": answer}]);
    }
    requests::post(&body.to_string())
}

/// What a GraphQL client sees at the end.
fn merged(reply: &Reply) -> Value {
    let answer = canonical(&reply.answer()).expect("an answer");
    answer["body"]["merged"]["data"]["generateCopilotResponse"].clone()
}
