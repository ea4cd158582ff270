//! The clients: they send upstream's own mutation, read all, and count.

use std::net::SocketAddr;
use std::sync::Arc;
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

/// Runs this many streams at once.
pub async fn round(address: SocketAddr, streams: usize) -> Round {
    let request = Arc::new(request());
    let streams: Vec<_> = (0..streams)
        .map(|_| tokio::spawn(stream(address, Arc::clone(&request))))
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

/// The client's mutation, as it was recorded.
fn request() -> Vec<u8> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/golden/graphql/a-text.json"
    );
    let golden = std::fs::read_to_string(path).expect("the golden is there");
    let golden: serde_json::Value = serde_json::from_str(&golden).expect("JSON");
    let body = golden["request"]["body"].to_string();
    let accept = golden["request"]["headers"]["accept"]
        .as_str()
        .expect("an accept header");
    let length = body.len();
    format!(
        "POST /copilotkit HTTP/1.1\r\nhost: localhost\r\naccept: {accept}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
    .into_bytes()
}

async fn stream(address: SocketAddr, request: Arc<Vec<u8>>) -> (usize, u128) {
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
