//! One client: it sends what upstream's own send, reads the answer as it comes, and counts.

use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use memchr::memmem::{self, Finder};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::chunks::Chunks;
use super::request::Face;

/// What the scripted upstream says again and again, as it stands in the JSON of either face.
static TOKEN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"token \""));

/// How much of an answer is kept to tell what was wrong with it.
const SHOWN: usize = 300;

/// A client with a connection that it keeps, as browsers do.
pub struct Client {
    address: SocketAddr,
    face: Face,
    socket: Option<TcpStream>,
}

/// What an answer brought.
pub struct Answer {
    pub tokens: usize,
    /// From the request to the first token.
    pub first_token: Duration,
}

impl Client {
    pub fn new(address: SocketAddr, face: Face) -> Self {
        Self {
            address,
            face,
            socket: None,
        }
    }

    /// One run: asks, and reads the answer to its end. Each token is told as it arrives.
    pub async fn run(&mut self, mut told: impl FnMut(usize)) -> Result<Answer, String> {
        let started = Instant::now();
        let mut socket = match self.socket.take() {
            Some(socket) => socket,
            None => connect(self.address).await?,
        };
        let request = self.face.request();
        let sent = socket.write_all(&request).await;
        sent.map_err(|error| format!("nothing can be sent: {error}"))?;
        let mut reader = Reader::default();
        let mut first_token = None;
        let mut received = Vec::with_capacity(64 << 10);
        while !reader.complete {
            received.clear();
            let read = socket.read_buf(&mut received).await;
            match read.map_err(|error| format!("nothing can be read: {error}"))? {
                0 => return Err(reader.cut("the connection was closed")),
                _ => told(reader.read(&received)?),
            }
            if first_token.is_none() && reader.tokens > 0 {
                first_token = Some(started.elapsed());
            }
        }
        self.socket = Some(socket);
        Ok(Answer {
            tokens: reader.tokens,
            first_token: first_token.ok_or_else(|| reader.cut("there is no token"))?,
        })
    }
}

async fn connect(address: SocketAddr) -> Result<TcpStream, String> {
    let refused = |error| format!("no connection: {error}");
    let socket = TcpStream::connect(address).await.map_err(refused)?;
    socket.set_nodelay(true).map_err(refused)?;
    Ok(socket)
}

/// Reads one answer.
#[derive(Default)]
struct Reader {
    /// The head, as long as it is not complete.
    head: Vec<u8>,
    /// What of the body may still be part of a token, or tells what is wrong.
    body: Vec<u8>,
    chunks: Option<Chunks>,
    tokens: usize,
    complete: bool,
}

impl Reader {
    /// How many tokens came with these bytes.
    fn read(&mut self, bytes: &[u8]) -> Result<usize, String> {
        let mut rest = bytes;
        let head;
        if self.chunks.is_none() {
            self.head.extend_from_slice(bytes);
            let Some(end) = memmem::find(&self.head, b"\r\n\r\n") else {
                return Ok(0);
            };
            head = std::mem::take(&mut self.head);
            if !head.starts_with(b"HTTP/1.1 200 ") {
                let line = head.split(|&byte| byte == b'\r').next().unwrap_or_default();
                return Err(format!("{} was answered", String::from_utf8_lossy(line)));
            }
            rest = &head[end + 4..];
        }
        let known = self.body.len();
        let chunks = self.chunks.get_or_insert_default();
        self.complete = chunks.read(rest, &mut self.body)?;
        // A token that ended before was counted before.
        let unseen = known.saturating_sub(TOKEN.needle().len() - 1);
        let found = TOKEN.find_iter(&self.body[unseen..]).count();
        self.tokens += found;
        if self.body.len() > 8 * SHOWN {
            self.body.drain(..self.body.len() - SHOWN);
        }
        Ok(found)
    }

    /// An answer that ended too early, and how.
    fn cut(&self, reason: &str) -> String {
        let last = &self.body[self.body.len().saturating_sub(SHOWN)..];
        let last = String::from_utf8_lossy(last);
        format!("{reason}; the answer ends with {last:?}")
    }
}
