//! HTTP/1.1 by hand: tests send exact bytes and see the answer as it arrives, chunk by chunk.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::task::JoinHandle;

use super::canonical::Answer;

/// Generous: only a server that hangs runs into it.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A connection with one request on its way.
pub struct Exchange {
    reader: OwnedReadHalf,
    /// Keeps the sending side: dropping it would tell the server that the client is gone.
    writer: JoinHandle<OwnedWriteHalf>,
    buffer: Vec<u8>,
    framing: Framing,
}

enum Framing {
    Unknown,
    Chunked,
    Remaining(usize),
    UntilClose,
    Done,
}

/// A whole answer.
#[derive(Debug, Default)]
pub struct Reply {
    /// The status line.
    pub status: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body without transfer encoding.
    pub body: Vec<u8>,
    /// Whether the body came to its end.
    pub complete: bool,
}

impl Reply {
    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("an answer in UTF-8")
    }

    /// The status code.
    pub fn code(&self) -> u16 {
        self.status
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok())
            .unwrap_or(0)
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The view that [`super::canonical::canonical`] takes.
    pub fn answer(&self) -> Answer<'_> {
        Answer {
            status: &self.status,
            headers: &self.headers,
            body: self.text(),
        }
    }
}

/// Sends one request and reads the whole answer.
pub async fn ask(address: SocketAddr, request: Vec<u8>) -> Reply {
    ask_for(address, request, PATIENCE).await
}

/// Sends one request and reads the answer until it ends or the time is over.
pub async fn ask_for(address: SocketAddr, request: Vec<u8>, time: Duration) -> Reply {
    let head_only = request.starts_with(b"HEAD ");
    let mut reply = Reply::default();
    let reading = async {
        let mut exchange = Exchange::start(address, request).await;
        exchange.head(&mut reply).await;
        if head_only {
            reply.complete = true;
            return;
        }
        while let Some(bytes) = exchange.next().await {
            reply.body.extend_from_slice(&bytes);
        }
        reply.complete = exchange.ended();
    };
    let _ = tokio::time::timeout(time, reading).await;
    reply
}

impl Exchange {
    /// Connects and sends in the background, so that an early answer can be read while a long body is still on its way.
    pub async fn start(address: SocketAddr, request: Vec<u8>) -> Self {
        let stream = TcpStream::connect(address)
            .await
            .expect("the server listens");
        stream.set_nodelay(true).expect("TCP_NODELAY");
        let (reader, mut writer) = stream.into_split();
        let writer = tokio::spawn(async move {
            // A server may answer and close before it has read everything; the answer tells.
            let _ = writer.write_all(&request).await;
            writer
        });
        Self {
            reader,
            writer,
            buffer: Vec::new(),
            framing: Framing::Unknown,
        }
    }

    /// Whether the body came to its end.
    pub fn ended(&self) -> bool {
        matches!(self.framing, Framing::Done)
    }

    /// Goes away in the middle, as a closed browser tab does: the sending side closes too.
    pub fn hang_up(self) {
        self.writer.abort();
    }

    async fn fill(&mut self) -> bool {
        let read = self.reader.read_buf(&mut self.buffer).await;
        read.is_ok_and(|count| count > 0)
    }

    /// Reads the status line and the headers into the reply; an empty status means that none came.
    pub async fn head(&mut self, reply: &mut Reply) {
        let end = loop {
            match find(&self.buffer, b"\r\n\r\n") {
                Some(end) => break end,
                None if self.fill().await => {}
                None => return,
            }
        };
        let head: Vec<u8> = self.buffer.drain(..end + 4).collect();
        let mut lines = std::str::from_utf8(&head)
            .expect("an ASCII head")
            .split("\r\n");
        reply.status = lines.next().unwrap_or_default().to_owned();
        let headers = lines.filter_map(|line| line.split_once(": "));
        reply.headers = headers
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        self.framing = match (
            reply.header("transfer-encoding"),
            reply.header("content-length"),
        ) {
            _ if reply.code() == 204 => Framing::Done,
            (Some("chunked"), _) => Framing::Chunked,
            (_, Some(length)) => Framing::Remaining(length.parse().expect("a length")),
            _ => Framing::UntilClose,
        };
    }

    /// The next piece of the body (a chunk, where it is chunked); nothing at its end or when the connection breaks.
    pub async fn next(&mut self) -> Option<Vec<u8>> {
        match self.framing {
            Framing::Chunked => self.chunk().await,
            Framing::Remaining(length) => {
                while self.buffer.len() < length {
                    if !self.fill().await {
                        return None;
                    }
                }
                self.framing = Framing::Done;
                (length > 0).then(|| self.buffer.drain(..length).collect())
            }
            Framing::UntilClose => {
                if self.buffer.is_empty() && !self.fill().await {
                    self.framing = Framing::Done;
                    return None;
                }
                Some(std::mem::take(&mut self.buffer))
            }
            Framing::Done | Framing::Unknown => None,
        }
    }

    async fn chunk(&mut self) -> Option<Vec<u8>> {
        let line = loop {
            match find(&self.buffer, b"\r\n") {
                Some(end) => break end,
                None if self.fill().await => {}
                None => return None,
            }
        };
        let size = std::str::from_utf8(&self.buffer[..line]).ok()?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        while self.buffer.len() < line + 2 + size + 2 {
            if !self.fill().await {
                return None;
            }
        }
        let chunk = self.buffer[line + 2..line + 2 + size].to_vec();
        self.buffer.drain(..line + 2 + size + 2);
        if size == 0 {
            self.framing = Framing::Done;
            return None;
        }
        Some(chunk)
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}
