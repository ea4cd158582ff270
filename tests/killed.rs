//! A server that is killed at any moment, under load: what clients were shown is there when it is back, once, and no thread
//! is left busy.
//!
//! `KILL_ROUNDS=200` asks for more than the few rounds of every day.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::http;
use crate::support::server::Binary;

const THREADS: usize = 12;

fn rounds() -> usize {
    let asked = std::env::var("KILL_ROUNDS").ok();
    asked.map_or(4, |rounds| rounds.parse().expect("a number of rounds"))
}

fn config(url: &str, durability: &str) -> String {
    format!(
        "[server]\nbase_path = \"/copilotkit\"\n[store]\nurl = \"{url}\"\ndurability = \"{durability}\"\n\
         lease_seconds = 1\n[agents.default]\ntype = \"demo\"\n"
    )
}

/// What a client read of one run until its connection broke.
#[derive(Default)]
struct Read {
    thread: String,
    run: String,
    refused: bool,
    events: Vec<Value>,
}

/// Starts a run and reads what comes, until nothing does any more.
async fn read(address: SocketAddr, thread: String, run: String) -> Read {
    let input = json!({
        "threadId": thread, "runId": run, "state": {}, "tools": [], "context": [], "forwardedProps": {},
        "messages": [{"id": format!("u {run}"), "role": "user", "content": "Tell me a story."}],
    });
    let body = input.to_string();
    let request = format!(
        "POST /copilotkit/agent/default/run HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut raw = Vec::new();
    if let Ok(mut socket) = TcpStream::connect(address).await
        && socket.write_all(request.as_bytes()).await.is_ok()
    {
        // It ends with an error, when the server is killed.
        let _ = socket.read_to_end(&mut raw).await;
    }
    let text = String::from_utf8_lossy(&raw);
    let whole = text.split_inclusive('\n');
    let frames = whole.filter(|line| line.ends_with('\n'));
    let events = frames.filter_map(|line| line.strip_prefix("data: "));
    Read {
        thread,
        run,
        refused: text.starts_with("HTTP/1.1 4"),
        events: events
            .map(|json| serde_json::from_str(json).unwrap())
            .collect(),
    }
}

/// What events say, message by message and call by call.
fn texts(events: &[Value]) -> HashMap<String, String> {
    let mut texts: HashMap<String, String> = HashMap::new();
    for event in events {
        let id = event["messageId"].as_str().or(event["toolCallId"].as_str());
        if let (Some(id), Some(delta)) = (id, event["delta"].as_str()) {
            texts.entry(id.to_owned()).or_default().push_str(delta);
        }
    }
    texts
}

/// What is kept of the runs of a thread, each from its beginning to its end.
async fn kept(address: SocketAddr, thread: &str) -> Vec<Vec<Value>> {
    let request = format!(
        "GET /copilotkit/threads/{thread}/events HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    );
    let kept = http::ask(address, request.into_bytes()).await.json();
    let mut runs: Vec<Vec<Value>> = Vec::new();
    for event in kept["events"].as_array().unwrap() {
        if event["type"] == "RUN_STARTED" {
            runs.push(Vec::new());
        }
        runs.last_mut().expect("a run begins").push(event.clone());
    }
    runs
}

/// That what a client read is there, and once.
fn assert_kept(read: &Read, runs: &[Vec<Value>]) {
    let of_run = |run: &&Vec<Value>| run[0]["runId"] == read.run;
    let kept: Vec<_> = runs.iter().filter(of_run).collect();
    assert_eq!(kept.len(), 1, "{} is there once", read.run);
    let (seen, kept) = (texts(&read.events), texts(kept[0]));
    for (id, seen) in &seen {
        let kept = kept.get(id).map(String::as_str).unwrap_or_default();
        assert!(
            kept.starts_with(seen.as_str()),
            "of {id} {seen:?} was shown, and {kept:?} is kept"
        );
    }
}

/// Kills the server so many times, and looks at what its clients had been shown.
async fn kill(url: &str, durability: &str) {
    let config = config(url, durability);
    let mut lost: Vec<Read> = Vec::new();
    for round in 0..=rounds() {
        let server = Binary::start(&config).await;
        for read in lost.drain(..) {
            let runs = kept(server.address, &read.thread).await;
            for run in &runs {
                let last = run[run.len() - 1]["type"].as_str().unwrap();
                assert!(
                    ["RUN_ERROR", "RUN_FINISHED"].contains(&last),
                    "{run:?} goes on for ever"
                );
            }
            if durability == "strict" && !read.events.is_empty() {
                assert_kept(&read, &runs);
            }
            let ids: Vec<_> = runs
                .iter()
                .map(|run| run[0]["runId"].as_str().unwrap())
                .collect();
            let mut once = ids.clone();
            once.dedup();
            assert_eq!(ids, once, "no run is there twice");
        }
        let address = server.address;
        let clients: Vec<_> = (0..THREADS)
            .map(|n| tokio::spawn(read(address, format!("t{n}"), format!("r {round} {n}"))))
            .collect();
        // At some moment of the run, another one each time.
        let moment = Duration::from_millis(30 + 97 * round as u64 % 700);
        tokio::time::sleep(moment).await;
        drop(server);
        for read in join_all(clients).await {
            let read = read.unwrap();
            assert!(!read.refused, "the thread of {} is not free", read.run);
            lost.push(read);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_shown_is_there_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("x.db").display());
    kill(&url, "strict").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn threads_are_usable_after_a_kill_whatever_was_lost() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("x.db").display());
    kill(&url, "batched").await;
}
