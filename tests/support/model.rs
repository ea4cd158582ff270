//! A model server written in the test: for what the recorded one does not do (dying in odd ways, watching its connections).

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A running model server; it ends with this value.
pub struct Model {
    /// Where it listens.
    pub address: SocketAddr,
    serving: JoinHandle<()>,
}

/// One request to the model, its body read.
pub struct Call {
    /// The request line and the headers, in lower case.
    pub head: String,
    /// The request's JSON.
    pub body: Value,
    socket: TcpStream,
}

impl Model {
    /// Answers each request, on a connection of its own, with the handler.
    pub async fn start<F, R>(handler: F) -> Self
    where
        F: Fn(Call) -> R + Send + Sync + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        Self::start_at(([127, 0, 0, 1], 0).into(), handler).await
    }

    /// As [`Self::start`], at this address.
    pub async fn start_at<F, R>(address: SocketAddr, handler: F) -> Self
    where
        F: Fn(Call) -> R + Send + Sync + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(address).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let handler = Arc::new(handler);
        let serving = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let handler = Arc::clone(&handler);
                tokio::spawn(async move {
                    if let Some(call) = Call::read(socket).await {
                        handler(call).await;
                    }
                });
            }
        });
        Self { address, serving }
    }

    /// The base URL to configure.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Call {
    async fn read(mut socket: TcpStream) -> Option<Self> {
        socket.set_nodelay(true).ok()?;
        let mut bytes = Vec::new();
        let (head, text, length) = loop {
            if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                let head = std::str::from_utf8(&bytes[..end]).ok()?.to_lowercase();
                // A GET has none, and no body.
                let length = match head.split("content-length: ").nth(1) {
                    Some(length) => length.split("\r\n").next()?.parse::<usize>().ok()?,
                    None => 0,
                };
                break (end + 4, head, length);
            }
            if socket.read_buf(&mut bytes).await.ok()? == 0 {
                return None;
            }
        };
        while bytes.len() < head + length {
            if socket.read_buf(&mut bytes).await.ok()? == 0 {
                return None;
            }
        }
        let body = match length {
            0 => Value::Null,
            length => serde_json::from_slice(&bytes[head..head + length]).ok()?,
        };
        Some(Self {
            head: text,
            body,
            socket,
        })
    }

    /// The text of the last message.
    pub fn text(&self) -> &str {
        let last = self.body["messages"]
            .as_array()
            .and_then(|messages| messages.last());
        last.and_then(|message| message["content"].as_str())
            .unwrap_or_default()
    }

    /// Sends bytes as they are; whether the other side still takes them.
    pub async fn raw(&mut self, bytes: &[u8]) -> bool {
        self.socket.write_all(bytes).await.is_ok()
    }

    /// Answers with this body, and is done.
    pub async fn answer(&mut self, status: &str, body: &str) -> bool {
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        self.raw(format!("{head}{body}").as_bytes()).await
    }

    /// Answers with this JSON, and is done.
    pub async fn json(&mut self, body: &str) -> bool {
        self.answer("200 OK", body).await
    }

    /// Begins a streaming answer, after which the connection closes: nobody should send another request along it.
    pub async fn begin(&mut self) -> bool {
        self.raw(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n").await
    }

    /// Sends a piece of the streaming answer.
    pub async fn chunk(&mut self, bytes: &[u8]) -> bool {
        let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
        chunk.extend_from_slice(bytes);
        chunk.extend_from_slice(b"\r\n");
        self.raw(&chunk).await
    }

    /// Sends a token.
    pub async fn token(&mut self, text: &str) -> bool {
        self.chunk(token(text).as_bytes()).await
    }

    /// Ends a streaming answer as models do.
    pub async fn end(&mut self) {
        let stop = event(&json!({}), Some("stop"));
        self.chunk(stop.as_bytes()).await;
        self.chunk(b"data: [DONE]\n\n").await;
        self.raw(b"0\r\n\r\n").await;
    }

    /// Ends a streaming answer with the call of a tool.
    pub async fn tool_call(&mut self, name: &str, arguments: &str) {
        let call = json!({"index": 0, "id": "call_1", "type": "function", "function": {"name": name, "arguments": arguments}});
        self.begin().await;
        self.chunk(event(&json!({"tool_calls": [call]}), None).as_bytes())
            .await;
        self.chunk(event(&json!({}), Some("tool_calls")).as_bytes())
            .await;
        self.chunk(b"data: [DONE]\n\n").await;
        self.raw(b"0\r\n\r\n").await;
    }

    /// Waits until the other side closes the connection.
    pub async fn closed(&mut self) {
        until_closed(&mut self.socket).await;
    }

    /// Sends a token again and again until the other side closes the connection.
    pub async fn tokens_until_closed(&mut self, text: &str, pause: Duration) {
        self.repeats_until_closed(&token(text), pause).await;
    }

    /// Sends a piece of the streaming answer again and again until the other side closes the connection.
    pub async fn repeats_until_closed(&mut self, piece: &str, pause: Duration) {
        let chunk = format!("{:x}\r\n{piece}\r\n", piece.len());
        let (mut reader, mut writer) = self.socket.split();
        let talk = async {
            while writer.write_all(chunk.as_bytes()).await.is_ok() {
                tokio::time::sleep(pause).await;
            }
        };
        tokio::select! {
            () = until_closed(&mut reader) => {}
            () = talk => {}
        }
    }
}

async fn until_closed(reader: &mut (impl AsyncRead + Unpin)) {
    let mut rest = [0; 64];
    while reader.read(&mut rest).await.is_ok_and(|count| count > 0) {}
}

/// The event that carries a token.
pub fn token(text: &str) -> String {
    event(&json!({"content": text}), None)
}

fn event(delta: &Value, finish: Option<&str>) -> String {
    let chunk = json!({
        "id": "chatcmpl-test", "object": "chat.completion.chunk", "created": 1_760_000_000, "model": "gpt-4o",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    });
    format!("data: {chunk}\n\n")
}
