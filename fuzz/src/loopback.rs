//! A server on loopback that answers what it is told to, in pieces, and says the rest of what such servers say by itself.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The answer to a run.
#[derive(Clone, Default)]
pub struct Answer {
    pub content_type: &'static str,
    /// The body, each piece in a chunk of its own; none is empty.
    pub pieces: Vec<Vec<u8>>,
    /// Whether the connection breaks off instead of the body's end.
    pub cut: bool,
}

/// The server; it ends with its runtime.
pub struct Loopback {
    pub address: SocketAddr,
    answer: Arc<Mutex<Answer>>,
}

impl Loopback {
    /// Listens on a free port of this runtime's.
    pub async fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let answer = Arc::new(Mutex::new(Answer::default()));
        let told = answer.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let told = told.clone();
                // Whoever reads the answer may go at any time.
                tokio::spawn(async move { serve(socket, &told).await.ok() });
            }
        });
        Self { address, answer }
    }

    /// What the next run gets.
    pub fn set(&self, answer: Answer) {
        *self.answer.lock().expect("nobody panics here") = answer;
    }
}

async fn serve(mut socket: TcpStream, told: &Mutex<Answer>) -> std::io::Result<()> {
    socket.set_nodelay(true)?;
    let mut read = Vec::new();
    while let Some(path) = request(&mut socket, &mut read).await? {
        if let Some(body) = by_itself(&path) {
            let length = body.len();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length:";
            let answer = format!("{head} {length}\r\n\r\n{body}");
            socket.write_all(answer.as_bytes()).await?;
            continue;
        }
        let answer = told.lock().expect("nobody panics here").clone();
        socket.write_all(&written(&answer)).await?;
        if answer.cut {
            return Ok(());
        }
    }
    Ok(())
}

/// Reads one request. Its path; nothing if no other comes.
async fn request(socket: &mut TcpStream, read: &mut Vec<u8>) -> std::io::Result<Option<String>> {
    loop {
        let end = read.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&read[..end]).to_ascii_lowercase();
            let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
            let length = head.split("content-length:").nth(1);
            let length = length.and_then(|rest| rest.lines().next()?.trim().parse().ok());
            let whole = end + 4 + length.unwrap_or(0);
            while read.len() < whole {
                if socket.read_buf(read).await? == 0 {
                    return Ok(None);
                }
            }
            read.drain(..whole);
            return Ok(Some(path));
        }
        if socket.read_buf(read).await? == 0 {
            return Ok(None);
        }
    }
}

fn written(answer: &Answer) -> Vec<u8> {
    let kind = answer.content_type;
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n");
    let mut bytes = head.into_bytes();
    for piece in &answer.pieces {
        bytes.extend(format!("{:x}\r\n", piece.len()).into_bytes());
        bytes.extend(piece);
        bytes.extend(b"\r\n");
    }
    if !answer.cut {
        bytes.extend(b"0\r\n\r\n");
    }
    bytes
}

/// What servers of agents say besides: those of CopilotKit's SDK, and LangGraph's.
fn by_itself(path: &str) -> Option<String> {
    let path = path.split('?').next().unwrap_or_default();
    let said = match path {
        "/remote/info" => json!({"actions": [], "agents": [
            {"name": "lg_agent", "description": "", "type": "langgraph"},
            {"name": "crew_agent", "description": "", "type": "crewai"}]}),
        "/graphs/assistants/search" => {
            json!([{"assistant_id": "asst-1", "graph_id": "agent", "config": {}, "metadata": {}}])
        }
        "/graphs/threads" => json!({"thread_id": "t"}),
        _ if path.ends_with("/graph") => {
            json!({"nodes": [{"id": "__start__"}, {"id": "chat"}, {"id": "__end__"}], "edges": []})
        }
        _ if path.ends_with("/schemas") => json!({"graph_id": "agent",
            "input_schema": {"properties": {"messages": {}, "count": {}}},
            "output_schema": {"properties": {"messages": {}, "count": {}}},
            "state_schema": {}, "config_schema": {"properties": {}}, "context_schema": null}),
        _ if path.ends_with("/state") => json!({"values": {"count": 1}, "next": [], "tasks": [],
            "metadata": {"writes": {}}, "checkpoint": {}, "config": {"configurable": {}}}),
        _ if path.ends_with("/history") => json!([]),
        _ if path.ends_with("/cancel") => json!({}),
        _ if path.starts_with("/graphs/assistants/") => {
            json!({"assistant_id": "asst-1", "graph_id": "agent", "config": {}, "metadata": {}})
        }
        _ if path.starts_with("/graphs/threads/") && !path.ends_with("/stream") => {
            json!({"thread_id": "t", "metadata": {}})
        }
        _ => return None,
    };
    Some(said.to_string())
}
