//! A client of AG-UI, as far as tests of threads need one: it starts runs, comes back to them, stops them, and reads.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;

use super::http::{self, Exchange, PATIENCE, Reply};

/// A request to the default agent.
fn post(route: &str, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    format!(
        "POST /copilotkit/agent/default/{route} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A request that starts a run with one message.
pub fn run(thread: &str, run: &str, text: &str) -> Vec<u8> {
    run_from(thread, run, text, &json!({}))
}

/// The same, from this state on.
pub fn run_from(thread: &str, run: &str, text: &str, state: &Value) -> Vec<u8> {
    let input = json!({
        "threadId": thread, "runId": run, "state": state, "tools": [], "context": [], "forwardedProps": {},
        "messages": [{"id": format!("u {run}"), "role": "user", "content": text}],
    });
    post("run", &input)
}

/// A request of somebody who comes back to a thread.
pub fn connect(thread: &str) -> Vec<u8> {
    let input = json!({
        "threadId": thread, "runId": "c", "state": {}, "tools": [], "context": [], "forwardedProps": {}, "messages": [],
    });
    post("connect", &input)
}

/// Stops what goes on on a thread.
pub async fn stop(address: SocketAddr, thread: &str) -> Reply {
    http::ask(address, post(&format!("stop/{thread}"), &json!({}))).await
}

/// The events of a stream, each of them whole.
pub fn events(text: &str) -> Vec<Value> {
    let whole = text.split_inclusive('\n');
    let frames = whole.filter(|line| line.ends_with('\n'));
    let events = frames.filter_map(|line| line.strip_prefix("data: "));
    let parse = |json| serde_json::from_str(json).unwrap_or_else(|it| panic!("{it}: {json}"));
    events.map(parse).collect()
}

/// What a client that comes back to the thread reads, to the end of the run that may still go on, run by run.
pub async fn connected(address: SocketAddr, thread: &str) -> Vec<Vec<Value>> {
    let reply = http::ask(address, connect(thread)).await;
    assert!(reply.complete, "a run of {thread} goes on for ever");
    by_run(events(reply.text()))
}

/// What is kept of a thread, run by run.
pub async fn kept(address: SocketAddr, thread: &str) -> Vec<Vec<Value>> {
    let request = format!(
        "GET /copilotkit/threads/{thread}/events HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    );
    let kept = http::ask(address, request.into_bytes()).await.json();
    by_run(kept["events"].as_array().expect("events").clone())
}

fn by_run(events: Vec<Value>) -> Vec<Vec<Value>> {
    let mut runs: Vec<Vec<Value>> = Vec::new();
    let ends = |event: &Value| event["type"] == "RUN_FINISHED" || event["type"] == "RUN_ERROR";
    for event in events {
        // One that was ended before it said anything is nothing but its end.
        match runs.last_mut() {
            Some(run) if !run.last().is_some_and(ends) => run.push(event),
            _ => runs.push(vec![event]),
        }
    }
    runs
}

/// A stream of events that is read as it comes.
pub struct Stream {
    exchange: Exchange,
    /// The status code.
    pub code: u16,
    unread: String,
    /// What came so far.
    pub events: Vec<Value>,
}

impl Stream {
    /// Sends the request, and waits for the answer's head.
    pub async fn open(address: SocketAddr, request: Vec<u8>) -> Self {
        let mut exchange = Exchange::start(address, request).await;
        let mut head = Reply::default();
        let came = timeout(PATIENCE, exchange.head(&mut head)).await;
        came.expect("an answer");
        Self {
            exchange,
            code: head.code(),
            unread: String::new(),
            events: Vec::new(),
        }
    }

    /// Reads more; whether there was any.
    async fn read(&mut self) -> bool {
        let Some(bytes) = self.exchange.next().await else {
            return false;
        };
        self.unread
            .push_str(std::str::from_utf8(&bytes).expect("text"));
        let whole = self.unread.rfind('\n').map_or(0, |end| end + 1);
        self.events.extend(events(&self.unread[..whole]));
        self.unread.drain(..whole);
        true
    }

    /// Reads on until so many words were said.
    pub async fn words(&mut self, words: usize) {
        let said = async {
            while self
                .events
                .iter()
                .filter(|it| it.get("delta").is_some())
                .count()
                < words
            {
                assert!(self.read().await, "it ends with {:?}", self.events.last());
            }
        };
        timeout(PATIENCE, said).await.expect("it says more");
    }

    /// Reads what comes in that time; how many events.
    pub async fn read_for(&mut self, time: Duration) -> usize {
        let before = self.events.len();
        let reading = async { while self.read().await {} };
        let _ = timeout(time, reading).await;
        self.events.len() - before
    }

    /// Reads to the end. The last event's type, and all of them.
    pub async fn rest(mut self) -> (String, Vec<Value>) {
        let reading = async { while self.read().await {} };
        timeout(PATIENCE, reading).await.expect("it ends");
        let last = self.events.last().map(|it| &it["type"]);
        let last = last.and_then(Value::as_str).unwrap_or_default();
        (last.to_owned(), self.events)
    }
}
