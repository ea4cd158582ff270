//! Three servers on one PostgreSQL, restarted one after the other under load.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{agui_run, get};
use crate::support::postgres;
use crate::support::server::{Binary, config};

const NODES: usize = 3;
const CLIENTS: usize = 30;

/// Where the servers are, as a load balancer knows them, and how the load goes.
struct Load {
    nodes: Mutex<Vec<SocketAddr>>,
    over: AtomicBool,
    ended: AtomicUsize,
}

/// What came of one attempt to start a run.
enum Attempt {
    /// The server is not there, or does not want it: another one may.
    Elsewhere,
    /// All of its events.
    Ended(Vec<Value>),
}

async fn attempt(address: SocketAddr, request: &[u8]) -> Attempt {
    let mut raw = Vec::new();
    if let Ok(mut socket) = TcpStream::connect(address).await
        && socket.write_all(request).await.is_ok()
    {
        // A server that stops may close a connection on which nothing was answered.
        let _ = socket.read_to_end(&mut raw).await;
    }
    let text = String::from_utf8(raw).unwrap();
    if text.is_empty() || text.starts_with("HTTP/1.1 503") {
        return Attempt::Elsewhere;
    }
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    assert!(text.ends_with("\r\n0\r\n\r\n"), "cut: {text}");
    let events = text.lines().filter_map(|line| line.strip_prefix("data: "));
    Attempt::Ended(
        events
            .map(|json| serde_json::from_str(json).unwrap())
            .collect(),
    )
}

/// Starts one run after another on a thread, wherever it is taken, and gives the ids of those that were.
async fn client(load: Arc<Load>, n: usize) -> Vec<String> {
    let mut runs = Vec::new();
    let mut node = n;
    while !load.over.load(Ordering::Relaxed) {
        let run = format!("run {n} {} {node}", runs.len());
        let request = agui_run("default", &format!("t{n}"), &run);
        let address = load.nodes.lock()[node % NODES];
        match attempt(address, &request).await {
            Attempt::Elsewhere => node += 1,
            Attempt::Ended(events) => {
                let last = events
                    .last()
                    .unwrap_or_else(|| panic!("{run} said nothing"));
                assert_eq!(last["type"], "RUN_FINISHED", "{run}: {last}");
                runs.push(run);
                load.ended.fetch_add(1, Ordering::Relaxed);
                node += 1;
            }
        }
    }
    runs
}

/// Waits until so many more runs have ended.
async fn more_runs(load: &Load, more: usize) {
    let wanted = load.ended.load(Ordering::Relaxed) + more;
    while load.ended.load(Ordering::Relaxed) < wanted {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_loses_no_run() {
    let Some(store) = postgres::store() else {
        return;
    };
    let text = config("[agents.default]\ntype = \"demo\"\n");
    let text = text.replacen("[server]\n", "[server]\nshutdown_grace_seconds = 60\n", 1);
    let text = text.replacen("memory:", &store, 1);
    let mut nodes = Vec::new();
    for _ in 0..NODES {
        nodes.push(Binary::start(&text).await);
    }
    let load = Arc::new(Load {
        nodes: Mutex::new(nodes.iter().map(|node| node.address).collect()),
        over: AtomicBool::new(false),
        ended: AtomicUsize::new(0),
    });
    let clients = (0..CLIENTS).map(|n| tokio::spawn(client(load.clone(), n)));
    let clients: Vec<_> = clients.collect();
    for (n, node) in nodes.iter_mut().enumerate() {
        more_runs(&load, CLIENTS).await;
        node.signal("TERM");
        assert_eq!(node.ended().await, Some(0));
        *node = Binary::start(&text).await;
        load.nodes.lock()[n] = node.address;
    }
    more_runs(&load, CLIENTS).await;
    load.over.store(true, Ordering::Relaxed);
    let runs = join_all(clients).await.into_iter().map(Result::unwrap);
    for (n, runs) in runs.enumerate() {
        let path = format!("/copilotkit/threads/t{n}/events");
        let kept = get(nodes[n % NODES].address, &path).await.json();
        let of = |kind: &str| {
            let events = kept["events"].as_array().unwrap().iter();
            let events = events.filter(|event| event["type"] == kind);
            let ids = events.map(|event| event["runId"].as_str().unwrap().to_owned());
            ids.collect::<Vec<_>>()
        };
        assert_eq!(of("RUN_STARTED"), runs, "thread {n}");
        assert_eq!(of("RUN_FINISHED"), runs, "thread {n}");
    }
}
