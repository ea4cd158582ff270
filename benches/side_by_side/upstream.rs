//! A model server that costs little: it sends the same prepared token at a steady pace.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// Starts the model; it serves as long as this process lives.
pub async fn start(tokens: usize, pause_ms: u64) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let token = Arc::new(chunk("{\"content\":\"token \"}", "null"));
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let token = Arc::clone(&token);
            tokio::spawn(async move {
                // A client that hangs up is none of the model's business.
                let _ = answer(socket, &token, tokens, Duration::from_millis(pause_ms)).await;
            });
        }
    });
    address
}

fn chunk(delta: &str, finish: &str) -> Vec<u8> {
    let event = format!(
        "data: {{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1760000000,\"model\":\"gpt-4o\",\
         \"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{finish}}}]}}\n\n"
    );
    format!("{:x}\r\n{event}\r\n", event.len()).into_bytes()
}

/// Answers the requests of one connection; both runtimes may keep it open for the next.
async fn answer(
    mut socket: TcpStream,
    token: &[u8],
    tokens: usize,
    pause: Duration,
) -> std::io::Result<()> {
    socket.set_nodelay(true)?;
    let mut received = Vec::new();
    while request(&mut socket, &mut received).await? {
        socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n").await?;
        socket
            .write_all(&chunk("{\"role\":\"assistant\",\"content\":\"\"}", "null"))
            .await?;
        let mut ticks = interval_at(Instant::now() + pause, pause);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        for _ in 0..tokens {
            ticks.tick().await;
            socket.write_all(token).await?;
        }
        let mut end = chunk("{}", "\"stop\"");
        end.extend_from_slice(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n");
        socket.write_all(&end).await?;
    }
    Ok(())
}

/// Reads one request; `false` when there is none any more.
async fn request(socket: &mut TcpStream, received: &mut Vec<u8>) -> std::io::Result<bool> {
    loop {
        if let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&received[..end]).to_lowercase();
            let length = head
                .split("content-length: ")
                .nth(1)
                .and_then(|rest| rest.split("\r\n").next());
            let total = end
                + 4
                + length
                    .and_then(|length| length.parse::<usize>().ok())
                    .unwrap_or(0);
            if received.len() >= total {
                received.drain(..total);
                return Ok(true);
            }
        }
        if socket.read_buf(received).await? == 0 {
            return Ok(false);
        }
    }
}
