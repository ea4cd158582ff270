//! Every kind of agent in one configuration, through both faces: nobody sees another's run, and a stop ends the work of all.

mod upstreams;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::mpsc;

use self::upstreams::{Heard, KINDS, Kind, sections, that_end, that_go_on};
use crate::support::canonical::canonical;
use crate::support::http::{self, Exchange, PATIENCE, Reply};
use crate::support::requests;
use crate::support::server::{Binary, config};

/// How many runs go on at the same time.
const RUNS: usize = 200;

/// The time in which an upstream must see its connection closed, after a stop is sent or the client's connection closed. It is
/// a fraction of 200 ms where nothing else runs; other tests do.
const LIMIT: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug)]
enum Face {
    GraphQl,
    AgUi,
}

fn with_header(request: Vec<u8>, mark: &str) -> Vec<u8> {
    let request = String::from_utf8(request).expect("UTF-8");
    let header = format!("\r\nx-run: {mark}\r\ncontent-type:");
    request
        .replacen("\r\ncontent-type:", &header, 1)
        .into_bytes()
}

/// A chat on a thread of its own; the mark is in the text, the state and a header.
fn chat(face: Face, kind: Kind, mark: &str) -> Vec<u8> {
    let request = match face {
        Face::GraphQl => {
            let mut body = requests::chat_body(mark);
            let data = &mut body["variables"]["data"];
            data["threadId"] = mark.into();
            data["agentSession"] = json!({"agentName": kind.agent(), "threadId": mark});
            let state = json!({"of": mark}).to_string();
            data["agentStates"] = json!([{"agentName": kind.agent(), "state": state}]);
            requests::post(&body.to_string())
        }
        Face::AgUi => {
            let path = format!("agent/{}/run", kind.agent());
            let messages = json!([{"id": format!("{mark}-m"), "role": "user", "content": mark}]);
            let input = json!({"threadId": mark, "runId": format!("{mark}-r"), "state": {"of": mark}, "tools": [],
                "context": [], "forwardedProps": {}, "messages": messages});
            agui(&path, &input)
        }
    };
    with_header(request, mark)
}

fn agui(path: &str, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    format!(
        "POST /copilotkit/{path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// The text that the answer holds.
fn text(face: Face, reply: &Reply) -> String {
    match face {
        Face::GraphQl => {
            let answer = canonical(&reply.answer()).expect("an answer");
            let response = &answer["body"]["merged"]["data"]["generateCopilotResponse"];
            let messages = response["messages"].as_array().expect("messages").iter();
            let words = messages.filter_map(|message| message["content"].as_array());
            words.flatten().filter_map(Value::as_str).collect()
        }
        Face::AgUi => {
            let events = reply.text().lines();
            let events = events.filter_map(|line| line.strip_prefix("data: "));
            let events = events.filter_map(|json| serde_json::from_str::<Value>(json).ok());
            events
                .filter_map(|event| event["delta"].as_str().map(str::to_owned))
                .collect()
        }
    }
}

/// The state that the run left on its thread.
async fn state(address: SocketAddr, mark: &str) -> Value {
    let path = format!("/copilotkit/threads/{mark}/state");
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    http::ask(address, request.into_bytes()).await.json()
}

async fn is_alone(address: SocketAddr, face: Face, kind: Kind, run: usize) {
    let mark = format!("run{run}x");
    let reply = http::ask(address, chat(face, kind, &mark)).await;
    let told = format!("{face:?} {kind:?} {mark}: {}", reply.text());
    assert!(reply.complete, "{told}");
    assert_eq!(text(face, &reply), mark.repeat(10), "{told}");
    if kind.leaves_state() {
        let state = state(address, &mark).await;
        assert_eq!(state["state"]["seen"], *mark, "{state} {told}");
    }
}

async fn with_all_agents(address: SocketAddr) {
    let query = json!({"query": "{ availableAgents { agents { name } } }"}).to_string();
    let started = Instant::now();
    loop {
        let reply = http::ask(address, requests::post(&query)).await;
        let listed = reply.text();
        if KINDS
            .iter()
            .all(|kind| listed.contains(&format!("\"{}\"", kind.agent())))
        {
            return;
        }
        assert!(started.elapsed() < PATIENCE, "{listed}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_runs_of_all_kinds_do_not_mix() {
    let upstreams = that_end().await;
    let server = Binary::start(&config(&sections(&upstreams))).await;
    let address = server.address;
    with_all_agents(address).await;
    let runs = (0..RUNS).map(|run| {
        let kind = KINDS[run % KINDS.len()];
        let face = match run / KINDS.len() % 2 {
            0 => Face::GraphQl,
            _ => Face::AgUi,
        };
        tokio::spawn(is_alone(address, face, kind, run))
    });
    let runs: Vec<_> = runs.collect();
    for run in runs {
        run.await.expect("no run sees another's");
    }
}

async fn next(heard: &mut mpsc::Receiver<Heard>) -> Heard {
    let event = tokio::time::timeout(PATIENCE, heard.recv()).await;
    event.ok().flatten().expect("the upstream tells")
}

async fn closes_in_time(heard: &mut mpsc::Receiver<Heard>, kind: Kind, since: Instant) {
    let Heard::Closed(closed, at) = next(heard).await else {
        panic!("{kind:?}: asked again");
    };
    assert_eq!(closed, kind);
    let took = at.saturating_duration_since(since);
    assert!(took < LIMIT, "{kind:?} worked on for {took:?}");
}

async fn begins(heard: &mut mpsc::Receiver<Heard>, kind: Kind) {
    assert!(matches!(next(heard).await, Heard::Begun(begun) if begun == kind));
}

/// Reads until the agent's word comes.
async fn until_it_speaks(exchange: &mut Exchange) {
    exchange.head(&mut Reply::default()).await;
    let mut seen = String::new();
    while let Some(bytes) = exchange.next().await {
        seen += &String::from_utf8_lossy(&bytes);
        if seen.contains("\"on\"") {
            return;
        }
    }
    panic!("the answer ended: {seen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_graphql_client_that_goes_ends_the_work_of_every_kind() {
    let (upstreams, mut heard) = that_go_on().await;
    let server = Binary::start(&config(&sections(&upstreams))).await;
    with_all_agents(server.address).await;
    for kind in KINDS {
        let request = chat(Face::GraphQl, kind, &format!("gone-{kind:?}"));
        let mut exchange = Exchange::start(server.address, request).await;
        begins(&mut heard, kind).await;
        until_it_speaks(&mut exchange).await;
        let since = Instant::now();
        exchange.hang_up();
        closes_in_time(&mut heard, kind, since).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_ends_the_work_of_every_kind() {
    let (upstreams, mut heard) = that_go_on().await;
    let server = Binary::start(&config(&sections(&upstreams))).await;
    with_all_agents(server.address).await;
    for kind in KINDS {
        let thread = format!("stopped-{kind:?}");
        let mut exchange = Exchange::start(server.address, chat(Face::AgUi, kind, &thread)).await;
        begins(&mut heard, kind).await;
        until_it_speaks(&mut exchange).await;
        let stop = agui(&format!("agent/{}/stop/{thread}", kind.agent()), &json!({}));
        let since = Instant::now();
        let stopped = http::ask(server.address, stop);
        let (reply, ()) = tokio::join!(stopped, closes_in_time(&mut heard, kind, since));
        assert_eq!(reply.json()["stopped"], true, "{}", reply.text());
        let mut rest = String::new();
        while let Some(bytes) = exchange.next().await {
            rest += &String::from_utf8_lossy(&bytes);
        }
        assert!(rest.contains("\"code\":\"abort\""), "{kind:?}: {rest}");
    }
}
