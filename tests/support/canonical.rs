//! The canonical form of an answer: what a golden and our server must have in common, and nothing that may differ.

use serde_json::{Map, Value, json};

use super::blank::{blank, blank_text};
use super::{introspection, payloads};

/// The response headers that clients and proxies look at.
const ASSERTED: [&str; 7] = [
    "content-type",
    "allow",
    "accept",
    "vary",
    "cache-control",
    "content-encoding",
    "x-copilotkit-runtime-version",
];

/// One answer, recorded or received.
pub struct Answer<'a> {
    /// The whole status line.
    pub status: &'a str,
    /// Names in lower case.
    pub headers: &'a [(String, String)],
    /// The body without transfer encoding.
    pub body: &'a str,
}

/// The canonical form; an answer that breaks its own framing has none.
pub fn canonical(answer: &Answer<'_>) -> Result<Value, String> {
    let headers: Map<String, Value> = answer
        .headers
        .iter()
        .filter(|(name, _)| {
            ASSERTED.contains(&name.as_str()) || name.starts_with("access-control-")
        })
        .map(|(name, value)| (name.clone(), blank_text(value).into()))
        .collect();
    Ok(json!({"status": answer.status, "headers": headers, "body": body(answer)?}))
}

fn body(answer: &Answer<'_>) -> Result<Value, String> {
    if answer.body.is_empty() {
        return Ok(Value::Null);
    }
    let content_type = answer
        .headers
        .iter()
        .find(|(name, _)| name == "content-type")
        .map_or("", |(_, value)| value.as_str());
    let media_type = content_type.split(';').next().unwrap_or_default();
    let (payloads, ended) = match media_type {
        "multipart/mixed" => payloads::multipart(answer.body)?,
        "text/event-stream" => payloads::events(answer.body)?,
        "application/json" | "application/graphql-response+json" => {
            if let Some(readable) = introspection::of_cut_recording(answer.body) {
                return Ok(readable);
            }
            let json: Value = serde_json::from_str(answer.body)
                .map_err(|error| format!("{error} in {:?}", answer.body))?;
            return Ok(introspection::in_order(blank(&json)));
        }
        _ => return Ok(blank_text(answer.body).into()),
    };
    let payloads: Vec<Value> = payloads.iter().map(blank).collect();
    payloads::canonical(&payloads, ended)
}
