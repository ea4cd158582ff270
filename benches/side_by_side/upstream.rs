//! What stands behind the runtimes and costs little: a model at `/v1/…` and an AG-UI agent at `/agent`, both of which send the
//! same prepared token again and again.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::{MissedTickBehavior, interval};

/// As many as come at once: who is not let in at once tries again only after a second.
const BACKLOG: u32 = 4096;
/// What an upstream without a pause writes at once.
const WRITTEN: usize = 16 << 10;

/// How an upstream speaks.
#[derive(Clone, Copy)]
pub struct Speech {
    /// Tokens of an answer.
    pub tokens: usize,
    /// Between two of them; the first comes at once.
    pub pause: Duration,
}

/// A socket on a free port that takes many connections at once.
pub fn listen() -> io::Result<(TcpListener, SocketAddr)> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    let listener = socket.listen(BACKLOG)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Starts the server; it serves as long as this process lives.
pub fn start(speech: Speech) -> SocketAddr {
    let (listener, address) = listen().expect("a free port");
    let scripts = Arc::new([Script::model(), Script::agent()]);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let scripts = Arc::clone(&scripts);
            tokio::spawn(async move {
                // A client that hangs up is none of its business.
                let _ = answer(socket, &scripts, speech).await;
            });
        }
    });
    address
}

/// What one kind of upstream says.
struct Script {
    begin: Vec<u8>,
    token: Vec<u8>,
    end: Vec<u8>,
}

impl Script {
    fn model() -> Self {
        let chunk = |delta: &str, finish: &str| {
            part(&format!(
                "{{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1760000000,\"model\":\"gpt-4o\",\
                 \"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{finish}}}]}}"
            ))
        };
        Self {
            begin: chunk("{\"role\":\"assistant\",\"content\":\"\"}", "null"),
            token: chunk("{\"content\":\"token \"}", "null"),
            end: [chunk("{}", "\"stop\""), part("[DONE]")].concat(),
        }
    }

    fn agent() -> Self {
        let begin = [
            "{\"type\":\"RUN_STARTED\",\"threadId\":\"t\",\"runId\":\"r\"}",
            "{\"type\":\"TEXT_MESSAGE_START\",\"messageId\":\"m\",\"role\":\"assistant\"}",
        ];
        let end = [
            "{\"type\":\"TEXT_MESSAGE_END\",\"messageId\":\"m\"}",
            "{\"type\":\"RUN_FINISHED\",\"threadId\":\"t\",\"runId\":\"r\"}",
        ];
        let token = "{\"type\":\"TEXT_MESSAGE_CONTENT\",\"messageId\":\"m\",\"delta\":\"token \"}";
        Self {
            begin: begin.map(part).concat(),
            token: part(token),
            end: end.map(part).concat(),
        }
    }
}

/// An event in a chunk of its own.
fn part(json: &str) -> Vec<u8> {
    let event = format!("data: {json}\n\n");
    format!("{:x}\r\n{event}\r\n", event.len()).into_bytes()
}

/// Answers the requests of one connection; a runtime may keep it open for the next.
async fn answer(
    mut socket: TcpStream,
    [model, agent]: &[Script; 2],
    speech: Speech,
) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut received = Vec::new();
    while let Some(head) = request(&mut socket, &mut received).await? {
        let script = if head.starts_with("post /agent") {
            agent
        } else {
            model
        };
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        let begin = [head.as_bytes(), &script.begin].concat();
        socket.write_all(&begin).await?;
        speak(&mut socket, &script.token, speech).await?;
        let end = [&*script.end, b"0\r\n\r\n"].concat();
        socket.write_all(&end).await?;
    }
    Ok(())
}

async fn speak(socket: &mut TcpStream, token: &[u8], speech: Speech) -> io::Result<()> {
    if speech.pause.is_zero() {
        let at_once = WRITTEN / token.len();
        let many = token.repeat(at_once);
        for begun in (0..speech.tokens).step_by(at_once) {
            let left = at_once.min(speech.tokens - begun);
            socket.write_all(&many[..left * token.len()]).await?;
        }
        return Ok(());
    }
    let mut ticks = interval(speech.pause);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for _ in 0..speech.tokens {
        ticks.tick().await;
        socket.write_all(token).await?;
    }
    Ok(())
}

/// Reads one request; its head in small letters, or `None` when there is none any more.
async fn request(socket: &mut TcpStream, received: &mut Vec<u8>) -> io::Result<Option<String>> {
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
                return Ok(Some(head));
            }
        }
        if socket.read_buf(received).await? == 0 {
            return Ok(None);
        }
    }
}
