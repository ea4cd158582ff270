//! Connections between server and agents: who goes takes nobody along but those who work for nobody else.

use std::time::Instant;

use tokio::sync::mpsc;

use super::*;
use crate::support::agui::sections;
use crate::support::external;
use crate::support::golden::Golden;
use crate::support::http::Exchange;
use crate::support::meanwhile::others_are_served;
use crate::support::upstream::Scripted;

/// The time in which an agent must see its connection closed.
const LIMIT: Duration = Duration::from_millis(500);

async fn wait_for(text: &str, exchange: &mut Exchange) {
    let mut reply = Reply::default();
    exchange.head(&mut reply).await;
    while let Some(chunk) = exchange.next().await {
        if String::from_utf8_lossy(&chunk).contains(text) {
            return;
        }
    }
    panic!("the answer ended before {text:?} came");
}

async fn rest(exchange: &mut Exchange) -> String {
    let mut text = Vec::new();
    while let Some(chunk) = exchange.next().await {
        text.extend(chunk);
    }
    String::from_utf8(text).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_is_killed_in_mid_stream_ends_its_run_alone() {
    if !external::node() {
        return;
    }
    for request in [graphql("hi"), agui("hi")] {
        let agents = Scripted::agents();
        let mut server = Binary::start(&one_agent(&agents.agent("slow"), "")).await;
        let mut exchange = Exchange::start(server.address, request.clone()).await;
        wait_for("s1 ", &mut exchange).await;
        drop(agents);
        let rest = rest(&mut exchange).await;
        assert!(
            rest.contains("broke off in the middle of its answer"),
            "{rest}"
        );
        match request == agui("hi") {
            true => {
                let end = rest
                    .find("TEXT_MESSAGE_END")
                    .expect("the open message is closed");
                assert!(end < rest.find("RUN_ERROR").unwrap(), "{rest}");
            }
            false => assert!(rest.contains("FailedMessageStatus"), "{rest}"),
        }
        others_are_served(server.address).await;
        assert!(server.lives());
    }
}

/// An agent that talks until its connection is closed, and tells when it begins and when that was.
async fn endless() -> (Model, Binary, mpsc::Receiver<Instant>) {
    let (tell, heard) = mpsc::channel(4);
    let (agent, server) = scripted("", move |mut call| {
        let tell = tell.clone();
        async move {
            call.begin().await;
            call.chunk(&started(&call)).await;
            call.chunk(&begun()).await;
            tell.send(Instant::now()).await.unwrap();
            call.closed().await;
            tell.send(Instant::now()).await.unwrap();
        }
    })
    .await;
    (agent, server, heard)
}

async fn heard(heard: &mut mpsc::Receiver<Instant>) -> Instant {
    let at = tokio::time::timeout(http::PATIENCE, heard.recv()).await;
    at.expect("the agent is left").expect("the agent tells")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_graphql_client_that_goes_stops_the_agent_and_the_next_one_is_served() {
    let (_agent, server, mut agent) = endless().await;
    let request = requests::as_default(&Golden::load("l-abort-persist2-agui"));
    let mut exchange = Exchange::start(server.address, request).await;
    wait_for("word", &mut exchange).await;
    heard(&mut agent).await;
    let left = Instant::now();
    exchange.hang_up();
    let closed = heard(&mut agent).await;
    assert!(closed.saturating_duration_since(left) < LIMIT);
    // Upstream 1.10.6 aborts the agent for good; here the next run is a run like any other.
    let request = requests::as_default(&Golden::load("l-after-abort-persist2-agui"));
    let mut exchange = Exchange::start(server.address, request).await;
    wait_for("word", &mut exchange).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_stopped_stops_the_agent() {
    let (_agent, server, mut agent) = endless().await;
    let mut exchange = Exchange::start(server.address, agui("hi")).await;
    wait_for("word", &mut exchange).await;
    heard(&mut agent).await;
    let stopped = Instant::now();
    let stop = "POST /copilotkit/agent/default/stop/thread HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let reply = http::ask(server.address, stop.as_bytes().to_vec()).await;
    assert_eq!(reply.json()["stopped"], true);
    let closed = heard(&mut agent).await;
    assert!(closed.saturating_duration_since(stopped) < LIMIT);
    assert!(rest(&mut exchange).await.contains("RUN_ERROR"));
}

/// Upstream 1.10.6 forgets all agents but the one that is asked first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_is_there_after_another_was_asked() {
    if !external::node() {
        return;
    }
    let agents = Scripted::agents();
    let server = Binary::start(&config(&sections(&agents))).await;
    for (golden, says) in [
        ("f-agui-persist-1-text", "Plain agent text"),
        ("f-agui-persist-3-other-agent", "Hello from agent"),
    ] {
        let reply = http::ask(server.address, Golden::load(golden).request()).await;
        let answer = merged(&reply);
        assert_eq!(answer["status"]["code"], "Success", "{answer}");
        let messages = answer["messages"].as_array().unwrap();
        let chunks = messages
            .iter()
            .find_map(|message| message["content"].as_array());
        let words: String = chunks.unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(words, says);
    }
}

/// What the agent sends piles up nowhere: once the client stops reading, the agent cannot go on writing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_stalls_slows_the_agent_down() {
    const FLOOD: usize = 40_000_000;
    let (tell, mut stalled) = mpsc::channel(1);
    let (_agent, server) = scripted("", move |mut call| {
        let tell = tell.clone();
        async move {
            call.begin().await;
            call.chunk(&started(&call)).await;
            call.chunk(&begun()).await;
            let word = json!({"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "x".repeat(10_000)});
            let word = event(&word);
            let mut sent = 0;
            while sent < FLOOD {
                let write = call.chunk(&word);
                if tokio::time::timeout(Duration::from_secs(2), write).await.is_err() {
                    break;
                }
                sent += word.len();
            }
            tell.send(sent).await.unwrap();
        }
    })
    .await;
    let mut exchange = Exchange::start(server.address, agui("hi")).await;
    wait_for("RUN_STARTED", &mut exchange).await;
    let sent = stalled.recv().await.unwrap();
    assert!(sent < FLOOD, "the agent was never slowed down");
    others_are_served(server.address).await;
}
