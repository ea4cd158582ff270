//! Under five hundred streams.

use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::sync::Barrier;

use super::{agui_run, endless, get, with};
use crate::support::http::{Exchange, Reply};
use crate::support::requests;
use crate::support::server::Binary;

/// Half of them of each face.
const STREAMS: usize = 500;
/// One in so many does not end by itself.
const ENDLESS: usize = 5;

/// What one client read.
struct Read {
    thread: String,
    /// Of which face it is.
    agui: bool,
    /// Whether its agent ends by itself.
    ends: bool,
    /// What the agent said.
    said: String,
    whole: bool,
    last: Value,
}

fn agent(n: usize) -> &'static str {
    if n.is_multiple_of(ENDLESS) {
        "endless"
    } else {
        "default"
    }
}

fn request(n: usize, thread: &str) -> Vec<u8> {
    if n.is_multiple_of(2) {
        return agui_run(agent(n), thread, &format!("r{n}"));
    }
    let mut body = requests::chat_body("Tell me a story.");
    let data = &mut body["variables"]["data"];
    data["threadId"] = thread.into();
    data["agentSession"] = json!({"agentName": agent(n)});
    requests::post(&body.to_string())
}

/// Reads a stream to its end; tells when it has begun.
async fn read(address: SocketAddr, n: usize, begun: Arc<Barrier>) -> Read {
    let thread = format!("t{n}");
    let mut exchange = Exchange::start(address, request(n, &thread)).await;
    let mut reply = Reply::default();
    exchange.head(&mut reply).await;
    assert_eq!(reply.code(), 200, "{reply:?}");
    let mut parts = vec![exchange.next().await.expect("it begins")];
    begun.wait().await;
    while let Some(part) = exchange.next().await {
        parts.push(part);
    }
    let text = String::from_utf8(parts.concat()).unwrap();
    let read = if n.is_multiple_of(2) {
        of_agui
    } else {
        of_graphql
    };
    let (said, last) = read(&text);
    Read {
        thread,
        agui: n.is_multiple_of(2),
        ends: agent(n) == "default",
        said,
        whole: exchange.ended(),
        last,
    }
}

/// All text deltas, and the last event.
fn of_agui(text: &str) -> (String, Value) {
    let events = text.lines().filter_map(|line| line.strip_prefix("data: "));
    let events: Vec<Value> = events
        .map(|json| serde_json::from_str(json).unwrap())
        .collect();
    let deltas = events.iter().filter_map(|event| event["delta"].as_str());
    (deltas.collect(), events.last().unwrap().clone())
}

/// All pieces of text, and the last payload.
fn of_graphql(text: &str) -> (String, Value) {
    let payloads = text.lines().filter(|line| line.starts_with('{'));
    let payloads: Vec<Value> = payloads
        .map(|json| serde_json::from_str(json).unwrap())
        .collect();
    let mut said = String::new();
    let patches = payloads
        .iter()
        .filter_map(|it| it["incremental"].as_array());
    for patch in patches.flatten() {
        let path = patch["path"].as_array().unwrap();
        if path.iter().any(|it| it == "content") {
            let items = patch["items"].as_array().unwrap();
            said.extend(items.iter().filter_map(Value::as_str));
        }
    }
    (said, payloads.last().unwrap().clone())
}

/// What is kept of a thread: what was said, and the last event.
async fn kept(address: SocketAddr, thread: &str) -> (String, Value) {
    let kept = get(address, &format!("/copilotkit/threads/{thread}/events")).await;
    let kept = kept.json();
    let events = kept["events"]
        .as_array()
        .unwrap_or_else(|| panic!("{thread}: {kept}"));
    let deltas = events.iter().filter_map(|event| event["delta"].as_str());
    (deltas.collect(), events.last().unwrap().clone())
}

/// That a client was told the end, and what else it was told is kept.
fn assert_told_and_kept(read: &Read, said: &str, last: &Value) {
    let Read {
        thread, said: seen, ..
    } = read;
    assert!(read.whole, "{thread} was cut after {}", read.last);
    assert!(!seen.is_empty(), "{thread} said nothing");
    match read.agui {
        true => {
            assert_eq!(read.last["type"], last["type"], "{thread}");
            assert_eq!(said, seen, "{thread} was read to its end");
        }
        false => {
            assert_eq!(read.last["hasNext"], false, "{thread}: {}", read.last);
            let kept = said.starts_with(seen.as_str());
            assert!(kept, "{thread}: {seen:?} was read, {said:?} is kept");
        }
    }
}

async fn stop_under_load(store: &str) {
    let model = endless().await;
    let config = with("shutdown_grace_seconds = 8", store, &model);
    let mut server = Binary::start(&config).await;
    let begun = Arc::new(Barrier::new(STREAMS + 1));
    let clients = (0..STREAMS).map(|n| tokio::spawn(read(server.address, n, begun.clone())));
    let clients: Vec<_> = clients.collect();
    begun.wait().await;
    server.signal("TERM");
    let reads = join_all(clients).await.into_iter().map(Result::unwrap);
    let reads: Vec<_> = reads.collect();
    assert_eq!(server.ended().await, Some(0));
    let again = Binary::start(&config).await;
    let mut finished = 0;
    for read in &reads {
        let (said, last) = kept(again.address, &read.thread).await;
        assert_told_and_kept(read, &said, &last);
        match last["type"].as_str() {
            Some("RUN_FINISHED") if read.ends => finished += 1,
            // Where the machine is busy, the time of grace may be too short for some that would end.
            Some("RUN_ERROR") => assert_eq!(last["code"], "abort", "{last}"),
            _ => panic!("{} ends with {last}", read.thread),
        }
    }
    assert!(finished > 0, "nobody had the time to finish");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_stream_ends_without_a_last_word_and_no_event_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    stop_under_load(&format!("sqlite:{}", folder.path().join("x.db").display())).await;
}
