//! Who may ask: keys, tokens, a proxy in front; a table of attacks, each with what comes of it; and a crawl with another owner's
//! ids over every route there is. `docs/SECURITY.md` has the table for people.

mod agents;
mod attacks;
mod configured;
mod crawl;
mod documented;
mod elsewhere;
mod key_sets;
mod known;
mod tokens;
mod world;

use std::net::SocketAddr;

use crate::support::http::{self, Reply};

/// Asks by hand, so that headers go out as they are written.
async fn ask(
    address: SocketAddr,
    line: &str,
    headers: &[(&str, &str)],
    body: impl AsRef<[u8]>,
) -> Reply {
    let body = body.as_ref();
    let mut request = format!("{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
    if !body.is_empty() {
        let length = body.len();
        request += &format!("content-type: application/json\r\ncontent-length: {length}\r\n");
    }
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    let mut bytes = (request + "\r\n").into_bytes();
    bytes.extend_from_slice(body);
    http::ask(address, bytes).await
}

/// A run that the demo agent answers at once.
const RUN: &str = r#"{"threadId": "t", "runId": "r", "messages": [{"id": "u", "role": "user", "content": "hi"}], "tools": [], "context": []}"#;
const HELLO: &str = r#"{"query": "{ hello }"}"#;
const GRAPHQL: (&str, &str) = ("accept", "application/graphql-response+json");
