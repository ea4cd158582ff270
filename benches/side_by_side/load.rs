//! The clients: they send what upstream's own send, read all, and count.

use std::net::SocketAddr;
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What one round of streams brought.
pub struct Round {
    /// Tokens that arrived, in all.
    pub tokens: usize,
    /// Of each stream, the time from the request to its first token.
    pub first_token_ms: Vec<u128>,
}

/// Whom the clients talk to.
#[derive(Clone, Copy)]
pub enum Face {
    /// Upstream's mutation of 1.10.6, over multipart.
    GraphQl,
    /// An AG-UI run, over server-sent events.
    AgUi,
}

/// Runs this many streams at once.
pub async fn round(address: SocketAddr, face: Face, streams: usize) -> Round {
    let streams: Vec<_> = (0..streams)
        .map(|_| tokio::spawn(stream(address, face.request())))
        .collect();
    let mut round = Round {
        tokens: 0,
        first_token_ms: Vec::new(),
    };
    for stream in streams {
        let (tokens, first_token_ms) = stream.await.expect("a stream");
        round.tokens += tokens;
        round.first_token_ms.push(first_token_ms);
    }
    round
}

impl Face {
    fn request(self) -> Vec<u8> {
        match self {
            Self::GraphQl => mutation(),
            Self::AgUi => run(),
        }
    }
}

/// The client's mutation, as it was recorded.
fn mutation() -> Vec<u8> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/golden/graphql/a-text.json"
    );
    let golden = std::fs::read_to_string(path).expect("the golden is there");
    let golden: serde_json::Value = serde_json::from_str(&golden).expect("JSON");
    let accept = golden["request"]["headers"]["accept"].as_str();
    let accept = accept.expect("an accept header");
    post("/copilotkit", accept, &golden["request"]["body"])
}

/// A run on a thread of its own.
fn run() -> Vec<u8> {
    let body = serde_json::json!({
        "threadId": uuid::Uuid::new_v4().to_string(), "runId": uuid::Uuid::new_v4().to_string(), "state": {}, "tools": [], "context": [],
        "messages": [{"id": "u", "role": "user", "content": "hello"}], "forwardedProps": {},
    });
    post("/copilotkit/agent/relayed/run", "text/event-stream", &body)
}

fn post(path: &str, accept: &str, body: &serde_json::Value) -> Vec<u8> {
    let body = body.to_string();
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\naccept: {accept}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
    .into_bytes()
}

async fn stream(address: SocketAddr, request: Vec<u8>) -> (usize, u128) {
    const TOKEN: &[u8] = b"\"token \"";
    let started = Instant::now();
    let mut socket = TcpStream::connect(address)
        .await
        .expect("the server listens");
    socket.write_all(&request).await.expect("the server reads");
    let mut received = Vec::with_capacity(64 * 1024);
    let mut first_token_ms = None;
    while socket
        .read_buf(&mut received)
        .await
        .expect("the server answers")
        > 0
    {
        if first_token_ms.is_none() && count(&received, TOKEN) > 0 {
            first_token_ms = Some(started.elapsed().as_millis());
        }
    }
    let said = || String::from_utf8_lossy(&received).into_owned();
    (
        count(&received, TOKEN),
        first_token_ms.unwrap_or_else(|| panic!("no token in {}", said())),
    )
}

fn count(haystack: &[u8], needle: &[u8]) -> usize {
    haystack
        .windows(needle.len())
        .filter(|window| *window == needle)
        .count()
}
