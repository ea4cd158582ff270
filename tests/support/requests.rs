//! Requests that no recording holds, made from the real client's.

use serde_json::{Value, json};

use super::golden::Golden;

/// What the client accepts.
pub const ACCEPT: &str = "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed";

/// The client's mutation with one user message.
pub fn chat(text: &str) -> Vec<u8> {
    post(&chat_body(text).to_string())
}

/// The body of [`chat`].
pub fn chat_body(text: &str) -> Value {
    let mut body = Golden::load("a-text").part("request")["body"].clone();
    body["variables"]["data"]["messages"][1]["textMessage"]["content"] = text.into();
    body
}

/// A recorded request, asking the default agent.
pub fn as_default(golden: &Golden) -> Vec<u8> {
    let mut body = golden.part("request")["body"].clone();
    if let Some(data) = body["variables"]["data"].as_object_mut() {
        data.shift_remove("agentSession");
    }
    post(&body.to_string())
}

/// A mutation with one user message that selects just this of the answer.
pub fn selecting(selection: &str, text: &str) -> Vec<u8> {
    let mut body = chat_body(text);
    body["query"] = format!(
        "mutation generateCopilotResponse($data: GenerateCopilotResponseInput!) {{ generateCopilotResponse(data: $data) {{ {selection} }} }}"
    )
    .into();
    post(&body.to_string())
}

/// The smallest query.
pub fn hello() -> Vec<u8> {
    post(&json!({"query": "{ hello }"}).to_string())
}

/// A POST of this body, as the client would send it.
pub fn post(body: &str) -> Vec<u8> {
    post_bytes(body.as_bytes())
}

/// A POST of these bytes.
pub fn post_bytes(body: &[u8]) -> Vec<u8> {
    let mut request = head(body.len()).into_bytes();
    request.extend_from_slice(body);
    request
}

/// The head of a POST that announces this many bytes.
pub fn head(length: usize) -> String {
    format!(
        "POST /copilotkit HTTP/1.1\r\nhost: localhost\r\naccept: {ACCEPT}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n"
    )
}
