//! Who stops, or goes, ends the work on the server: the connection closes and the run there is cancelled.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::*;
use crate::support::http::{Exchange, PATIENCE};
use crate::support::model::{Call, Model};
use crate::support::server::{Binary, config};

const THREAD: &str = "66666666-6666-4666-8666-666666666666";
/// The time in which the server must hear of it, after a stop is sent or the client's connection closed.
const LIMIT: Duration = Duration::from_millis(200);

/// What the server heard, when.
#[derive(Debug)]
enum Heard {
    Closed(Instant),
    Cancelled(Instant, String),
}

/// A LangGraph server whose one run goes on until its connection closes.
async fn endless() -> (Model, mpsc::Receiver<Heard>) {
    let (tell, heard) = mpsc::channel(4);
    let server = Model::start(move |call: Call| answer(call, tell.clone())).await;
    (server, heard)
}

async fn answer(mut call: Call, tell: mpsc::Sender<Heard>) {
    let line = call.head.lines().next().unwrap_or_default().to_owned();
    if line.contains("/cancel") {
        call.json("{}").await;
        let _ = tell.send(Heard::Cancelled(Instant::now(), line)).await;
    } else if line.contains("/runs/stream") {
        call.begin().await;
        call.chunk(b"event: metadata\ndata: {\"run_id\":\"run-7\"}\n\n")
            .await;
        let chunk = json!({"event": "on_chat_model_stream", "run_id": "m", "metadata": {"langgraph_node": "chat"},
            "data": {"chunk": {"content": "more", "id": "msg", "type": "AIMessageChunk"}}});
        call.chunk(format!("event: events\ndata: {chunk}\n\n").as_bytes())
            .await;
        call.closed().await;
        let _ = tell.send(Heard::Closed(Instant::now())).await;
    } else {
        call.json(&served(&line)).await;
    }
}

/// What a LangGraph server says of its one assistant, and of a thread that has nothing.
pub fn served(line: &str) -> String {
    match line {
        line if line.contains("/search") => json!([{"assistant_id": "asst", "graph_id": "agent"}]),
        line if line.contains("/state") => json!({"values": {}, "next": [], "tasks": []}),
        _ => json!({}),
    }
    .to_string()
}

async fn begun(server: &Binary, request: Vec<u8>) -> Exchange {
    let mut exchange = Exchange::start(server.address, request).await;
    let mut reply = Reply::default();
    exchange.head(&mut reply).await;
    while let Some(chunk) = exchange.next().await {
        if String::from_utf8_lossy(&chunk).contains("more") {
            break;
        }
    }
    exchange
}

/// The server hears both, soon after that moment.
async fn ends(mut heard: mpsc::Receiver<Heard>, since: Instant) {
    let (mut closed, mut cancelled) = (false, false);
    while !(closed && cancelled) {
        let next = tokio::time::timeout(PATIENCE, heard.recv()).await;
        let at = match next.expect("in time").expect("the server lives") {
            Heard::Closed(at) => {
                closed = true;
                at
            }
            Heard::Cancelled(at, line) => {
                let path =
                    format!("post /threads/{THREAD}/runs/run-7/cancel?wait=0&action=interrupt ");
                assert!(line.starts_with(&path), "{line}");
                cancelled = true;
                at
            }
        };
        let took = at.saturating_duration_since(since);
        assert!(took < LIMIT, "the server was left working for {took:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_cancels_the_run() {
    let (graphs, heard) = endless().await;
    let server = Binary::start(&config(&section(graphs.address, ""))).await;
    let _client = begun(&server, agui(THREAD, &[user("u1", "hi")], &json!({}))).await;
    let since = Instant::now();
    let stopped = http::ask(
        server.address,
        post(&format!("agent/lg/stop/{THREAD}"), &json!({})),
    )
    .await;
    assert_eq!(stopped.json()["stopped"], true);
    ends(heard, since).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_graphql_client_that_goes_cancels_its_run() {
    let (graphs, heard) = endless().await;
    let server = Binary::start(&config(&section(graphs.address, ""))).await;
    let client = begun(&server, graphql(THREAD, "hi", None)).await;
    let since = Instant::now();
    client.hang_up();
    ends(heard, since).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_holds_its_place_until_it_is_cancelled() {
    let (graphs, heard) = endless().await;
    let one = section(graphs.address, "limit = { at_once = 1 }");
    let server = Binary::start(&config(&one)).await;
    let client = begun(&server, graphql(THREAD, "hi", None)).await;
    let since = Instant::now();
    client.hang_up();
    // The word that ends it needs no place of its own.
    ends(heard, since).await;
}
