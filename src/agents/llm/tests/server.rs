//! A model server that plays a script: raw bytes, pauses and cuts, one script for each request in turn.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// What a server does next.
pub enum Act {
    /// Sends these bytes as they are.
    Raw(Vec<u8>),
    Pause(Duration),
    /// Closes the connection in the middle of everything.
    Cut,
    /// Says nothing any more; reports when the client has gone.
    Hang,
}

/// A server on loopback, gone with the test.
pub struct Server {
    pub url: String,
    requests: Arc<Mutex<Vec<Value>>>,
    pub gone: mpsc::Receiver<()>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Plays one script for each request; the last one for all that follow.
    pub async fn start(scripts: Vec<Vec<Act>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (went, gone) = mpsc::channel(64);
        let seen = requests.clone();
        let task = tokio::spawn(async move {
            let mut turn = 0;
            while let Ok((socket, _)) = listener.accept().await {
                let mut socket = BufReader::new(socket);
                let request = read_request(&mut socket).await;
                seen.lock().push(request);
                play(
                    &scripts[turn.min(scripts.len() - 1)],
                    socket.get_mut(),
                    &went,
                )
                .await;
                turn += 1;
            }
        });
        Self {
            url,
            requests,
            gone,
            task,
        }
    }

    /// Answers every request with these chunks.
    pub async fn saying(chunks: Vec<Value>) -> Self {
        Self::start(vec![stream(chunks)]).await
    }

    /// The bodies that were asked, with the headers as `_headers`.
    pub fn requests(&self) -> Vec<Value> {
        self.requests.lock().clone()
    }
}

async fn read_request(socket: &mut BufReader<TcpStream>) -> Value {
    let (mut line, mut length, mut headers) = (String::new(), 0, String::new());
    while socket.read_line(&mut line).await.unwrap() > 2 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        headers.push_str(&line);
        line.clear();
    }
    let mut body = vec![0; length];
    socket.read_exact(&mut body).await.unwrap();
    let mut body: Value = serde_json::from_slice(&body).unwrap();
    body["_headers"] = headers.into();
    body
}

async fn play(script: &[Act], socket: &mut TcpStream, went: &mpsc::Sender<()>) {
    for act in script {
        match act {
            Act::Raw(bytes) => {
                // The client may have what it wants and be gone.
                let _ = socket.write_all(bytes).await;
                let _ = socket.flush().await;
            }
            Act::Pause(time) => tokio::time::sleep(*time).await,
            Act::Cut => return,
            Act::Hang => {
                while matches!(socket.read(&mut [0; 64]).await, Ok(1..)) {}
                let _ = went.send(()).await;
                return;
            }
        }
    }
}

/// One chunk of the answer `chatcmpl-1`.
pub fn chunk(delta: Value, finish_reason: Option<&str>) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o", "system_fingerprint": "fp",
        "choices": [{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish_reason}],
    })
}

pub fn text(text: &str) -> Value {
    chunk(json!({"content": text}), None)
}

pub fn call(index: u32, id: Option<&str>, name: Option<&str>, arguments: &str) -> Value {
    let mut call = json!({"index": index, "function": {"arguments": arguments}});
    if let Some(id) = id {
        call["id"] = id.into();
        call["type"] = "function".into();
    }
    if let Some(name) = name {
        call["function"]["name"] = name.into();
    }
    chunk(json!({"tool_calls": [call]}), None)
}

pub fn finish(reason: &str) -> Value {
    chunk(json!({}), Some(reason))
}

/// A whole answer of these chunks.
pub fn stream(chunks: Vec<Value>) -> Vec<Act> {
    let mut acts = vec![head(200, "text/event-stream")];
    acts.extend(chunks.iter().map(data));
    acts.push(raw("data: [DONE]\n\n"));
    acts
}

pub fn data(chunk: &Value) -> Act {
    raw(&format!("data: {chunk}\n\n"))
}

/// The head of an answer that ends with its connection.
pub fn head(status: u16, content_type: &str) -> Act {
    raw(&format!(
        "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-type: {content_type}\r\n\r\n"
    ))
}

/// The head of an answer whose length is announced, so that a cut shows.
pub fn head_of_length(length: usize) -> Act {
    raw(&format!(
        "HTTP/1.1 200 X\r\nconnection: close\r\ncontent-type: text/event-stream\r\ncontent-length: {length}\r\n\r\n"
    ))
}

pub fn refusal(status: u16, headers: &str, body: &str) -> Vec<Act> {
    vec![raw(&format!(
        "HTTP/1.1 {status} X\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    ))]
}

pub fn raw(text: &str) -> Act {
    Act::Raw(text.as_bytes().to_vec())
}
