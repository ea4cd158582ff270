//! An MCP server written in the test, over streamable HTTP: what a real one does, and what a broken one may do.

use std::net::SocketAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// A running server; its connections end with this value.
pub struct McpServer {
    /// Where it listens.
    pub address: SocketAddr,
    script: Arc<Script>,
    serving: JoinHandle<()>,
}

/// How the server answers a request that asks for this method, if otherwise than a good one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// Never.
    Silence,
    /// With a web page.
    Html,
    /// With half of a message.
    Half,
    /// With an answer to another question.
    Nonsense,
    /// It closes the connection.
    Cut,
}

struct Script {
    tools: Mutex<Value>,
    fault: Mutex<Option<(&'static str, Fault)>>,
    /// All messages that came, in order.
    asked: watch::Sender<Vec<Value>>,
    /// The headers of the last request, in lower case.
    head: Mutex<String>,
}

impl McpServer {
    /// A server with these tools on a free port.
    pub async fn start(tools: Value) -> Self {
        Self::at(([127, 0, 0, 1], 0).into(), tools).await
    }

    /// A server with these tools at this address.
    pub async fn at(address: SocketAddr, tools: Value) -> Self {
        let listener = TcpListener::bind(address).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let script = Arc::new(Script {
            tools: Mutex::new(tools),
            fault: Mutex::new(None),
            asked: watch::Sender::new(Vec::new()),
            head: Mutex::default(),
        });
        let scripted = script.clone();
        let serving = tokio::spawn(async move {
            // Dropped with this task, and all connections with it.
            let mut connections = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                let script = scripted.clone();
                connections.spawn(async move { script.serve(socket).await });
            }
        });
        Self {
            address,
            script,
            serving,
        }
    }

    /// The address to configure.
    pub fn url(&self) -> String {
        format!("http://{}/mcp", self.address)
    }

    /// From now on requests for this method go wrong.
    pub fn fails(&self, method: &'static str, fault: Fault) {
        *self.script.fault.lock() = Some((method, fault));
    }

    /// From now on all goes well again.
    pub fn heals(&self) {
        *self.script.fault.lock() = None;
    }

    /// From now on there are these tools.
    pub fn has(&self, tools: Value) {
        *self.script.tools.lock() = tools;
    }

    /// How many messages of this method have come.
    pub fn count(&self, method: &str) -> usize {
        let asked = self.script.asked.borrow();
        asked.iter().filter(|it| it["method"] == method).count()
    }

    /// The first message of this method, once it has come.
    pub async fn asked(&self, method: &str) -> Value {
        let mut asked = self.script.asked.subscribe();
        let of = |messages: &Vec<Value>| messages.iter().find(|it| it["method"] == method).cloned();
        let came = asked.wait_for(|messages| of(messages).is_some());
        let came = tokio::time::timeout(super::http::PATIENCE, came).await;
        of(&came.expect("the message comes").expect("the server lives")).expect("it came")
    }

    /// The headers of the last request, in lower case.
    pub fn head(&self) -> String {
        self.script.head.lock().clone()
    }
}

impl Drop for McpServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Script {
    async fn serve(&self, mut socket: TcpStream) -> Option<()> {
        let (head, body) = read(&mut socket).await?;
        *self.head.lock() = head.to_lowercase();
        let Ok(message) = serde_json::from_slice::<Value>(&body) else {
            // No stream of its own, and no sessions to end.
            return respond(&mut socket, "405 Method Not Allowed", "text/plain", "").await;
        };
        self.asked.send_modify(|asked| asked.push(message.clone()));
        let method = message["method"].as_str().unwrap_or_default().to_owned();
        let fault = *self.fault.lock();
        let fault = fault
            .filter(|(at, _)| *at == method)
            .map(|(_, fault)| fault);
        let json = "application/json";
        match fault {
            Some(Fault::Silence) => std::future::pending().await,
            Some(Fault::Cut) => None,
            Some(Fault::Html) => {
                respond(&mut socket, "200 OK", "text/html", "<h1>It works!</h1>").await
            }
            Some(Fault::Half) => {
                respond(&mut socket, "200 OK", json, "{\"jsonrpc\":\"2.0\",").await
            }
            Some(Fault::Nonsense) => {
                let answer = json!({"jsonrpc": "2.0", "id": message["id"], "result": 42});
                respond(&mut socket, "200 OK", json, &answer.to_string()).await
            }
            None if message.get("id").is_none() => {
                respond(&mut socket, "202 Accepted", json, "").await
            }
            None => {
                let (kind, body) = self.answer(&method, &message);
                respond(&mut socket, "200 OK", kind, &body).await
            }
        }
    }

    fn answer(&self, method: &str, message: &Value) -> (&'static str, String) {
        let result = match method {
            "initialize" => json!({
                "protocolVersion": "2025-06-18",
                "capabilities": {"tools": {"listChanged": true}},
                "serverInfo": {"name": "scripted", "version": "1"},
            }),
            "tools/list" => json!({"tools": *self.tools.lock()}),
            "tools/call" => call(&message["params"]),
            "resources/read" => json!({"contents": [{
                "uri": message["params"]["uri"],
                "mimeType": "text/html;profile=mcp-app",
                "text": "<h1>Hi</h1>",
                "_meta": {"ui": {"prefersBorder": true}},
            }]}),
            _ => json!({}),
        };
        let answer = json!({"jsonrpc": "2.0", "id": message["id"], "result": result});
        if message["params"]["name"] == "change" {
            let change = json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"});
            let events = format!("data: {change}\n\ndata: {answer}\n\n");
            return ("text/event-stream", events);
        }
        ("application/json", answer.to_string())
    }
}

/// What the tools of the recordings gave, and some more.
fn call(params: &Value) -> Value {
    let text = |text: String| json!({"content": [{"type": "text", "text": text}]});
    match params["name"].as_str().unwrap_or_default() {
        "boom" => {
            json!({"content": [{"type": "text", "text": "mcp tool failed"}], "isError": true})
        }
        "picture" => json!({
            "content": [
                {"type": "image", "data": "iVBORw0KGgo=", "mimeType": "image/png"},
                {"type": "resource", "resource": {"uri": "file:///a.txt", "text": "inside"}},
                {"type": "resource", "resource": {"uri": "file:///a.bin", "blob": "AAAA", "mimeType": "application/zip"}},
            ],
            "structuredContent": {"width": 1},
            "_meta": {"trace": "x"},
        }),
        _ => text(format!("found {}", params["arguments"])),
    }
}

async fn read(socket: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
            break end;
        }
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let mut body = bytes.split_off(end + 4);
    let length = head.to_lowercase();
    let length = length.split("content-length: ").nth(1);
    let length = length.and_then(|rest| rest.split("\r\n").next()?.parse().ok());
    while body.len() < length.unwrap_or(0) {
        if socket.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some((head, body))
}

async fn respond(socket: &mut TcpStream, status: &str, kind: &str, body: &str) -> Option<()> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await.ok()?;
    socket.write_all(body.as_bytes()).await.ok()
}

/// The tools of the recordings, with their full schemas.
pub fn recorded() -> Value {
    json!([
        {"name": "search", "description": "Search the docs", "inputSchema": {
            "type": "object",
            "properties": {
                "query": {"type": "string", "description": "q"},
                "limit": {"type": "number"},
                "kind": {"type": "string", "enum": ["a", "b"]},
                "tags": {"type": "array", "items": {"type": "string"}},
                "objs": {"type": "array", "items": {"type": "object", "properties": {"k": {"type": "string"}}}},
                "o": {"type": "object", "properties": {"z": {"type": "number"}}},
            },
            "required": ["query"],
        }},
        {"name": "boom", "description": "fails", "inputSchema": {"type": "object"}},
    ])
}

/// A tool of this name without parameters.
pub fn tool(name: &str) -> Value {
    json!({"name": name, "description": format!("does {name}"), "inputSchema": {"type": "object"}})
}
