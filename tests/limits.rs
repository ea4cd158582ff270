//! Who asks for too much is refused, in the shape of the face that was asked, and nobody else notices.

mod connections;
mod documents;

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::support::http::{self, Exchange, Reply};
use crate::support::model::{Call, Model};
use crate::support::requests;
use crate::support::server::{Binary, config};

const DEMO: &str = "[agents.default]\ntype = \"demo\"\n";

/// A server with the demo agent and these keys besides.
async fn server(keys: &str) -> Binary {
    Binary::start(&config(&format!("{DEMO}{keys}"))).await
}

/// A request by AG-UI's client.
fn agui(method: &str, path: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "{method} /copilotkit/{path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{headers}\
         content-length: {length}\r\nconnection: close\r\n\r\n"
    );
    (head + body).into_bytes()
}

fn info(headers: &str) -> Vec<u8> {
    agui("GET", "info", headers, "")
}

fn run(thread: &str) -> Vec<u8> {
    let input = json!({
        "threadId": thread, "runId": format!("run of {thread}"), "state": {}, "tools": [], "context": [],
        "messages": [{"id": "1", "role": "user", "content": "hello"}], "forwardedProps": {},
    });
    agui("POST", "agent/default/run", "", &input.to_string())
}

/// The request with another header.
fn with(request: Vec<u8>, header: &str) -> Vec<u8> {
    let request = String::from_utf8(request).unwrap();
    let with = format!("HTTP/1.1\r\n{header}\r\n");
    request.replacen("HTTP/1.1\r\n", &with, 1).into_bytes()
}

async fn probe(address: SocketAddr) -> u16 {
    let request = b"GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    http::ask(address, request.to_vec()).await.code()
}

fn assert_refused_by_agui(reply: &Reply, key: &str) {
    assert_eq!(reply.code(), 429, "{reply:?}");
    assert_eq!(reply.json()["error"], "too_many_requests");
    let message = reply.json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains(key), "{message}");
    let seconds: u64 = reply.header("retry-after").unwrap().parse().unwrap();
    assert!(seconds >= 1);
}

fn assert_refused_by_graphql(reply: &Reply, key: &str) {
    let error = &reply.json()["errors"][0];
    assert!(error["message"].as_str().unwrap().contains(key), "{error}");
    assert_eq!(error["extensions"]["statusCode"], 429);
    // What upstream's page does not know, it breaks at.
    assert_eq!(error["extensions"]["code"], "UNKNOWN");
    assert!(reply.header("retry-after").is_some());
    assert!(reply.header("x-copilotkit-runtime-version").is_some());
}

#[tokio::test]
async fn an_address_that_asks_too_often_waits() {
    let server =
        server("[limits.address]\nrequests_per_second = 0.001\nrequests_burst = 2\n").await;
    let ask = |request| http::ask(server.address, request);
    let origin = "origin: https://app.example.com\r\n";
    assert_eq!(ask(info(origin)).await.code(), 200);
    assert_eq!(ask(requests::hello()).await.code(), 200);
    let key = "limits.address.requests_per_second";
    let reply = ask(info(origin)).await;
    assert_refused_by_agui(&reply, key);
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    let exposed = reply.header("access-control-expose-headers");
    assert_eq!(exposed, Some("retry-after"));
    let seconds: u64 = reply.header("retry-after").unwrap().parse().unwrap();
    assert!((990..=1000).contains(&seconds), "{seconds}");
    let reply = ask(with(requests::hello(), origin.trim_end())).await;
    assert_eq!(reply.code(), 429);
    assert_refused_by_graphql(&reply, key);
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    // Upstream's client reads nothing of an answer with 429.
    let upstreams = with(
        requests::hello(),
        "x-copilotkit-runtime-client-gql-version: 1.10.6",
    );
    let reply = ask(upstreams).await;
    assert_eq!(reply.code(), 200);
    assert_refused_by_graphql(&reply, key);
    // Whose request this is cannot be told without its body.
    let reply = ask(agui("POST", "", "", "{}")).await;
    assert_refused_by_agui(&reply, key);
    assert_eq!(reply.json()["errors"][0]["extensions"]["statusCode"], 429);
    assert_eq!(probe(server.address).await, 200);
}

#[tokio::test]
async fn only_a_trusted_proxy_says_where_a_request_comes_from() {
    let limit = "[limits.address]\nrequests_per_second = 0.001\n";
    let untrusting = server(limit).await;
    let ask = async |server: &Binary, from: &str| {
        let request = info(&format!("x-forwarded-for: {from}\r\n"));
        http::ask(server.address, request).await.code()
    };
    assert_eq!(ask(&untrusting, "203.0.113.1").await, 200);
    assert_eq!(ask(&untrusting, "203.0.113.2").await, 429);
    let config = config(&format!("{DEMO}{limit}"));
    let proxies = "[server]\ntrusted_proxies = [\"127.0.0.0/8\"]\n";
    let trusting = Binary::start(&config.replacen("[server]\n", proxies, 1)).await;
    assert_eq!(ask(&trusting, "203.0.113.1").await, 200);
    assert_eq!(ask(&trusting, "203.0.113.2").await, 200);
    assert_eq!(ask(&trusting, "203.0.113.2").await, 429);
    assert_eq!(ask(&trusting, "203.0.113.3, 203.0.113.1").await, 429);
    assert_eq!(ask(&trusting, "2001:db8::1").await, 200);
    assert_eq!(ask(&trusting, "2001:db8::2").await, 429);
}

/// An agent that says a word and then goes on until the test lets it end.
async fn held_agent() -> (Model, tokio::sync::watch::Sender<bool>) {
    let (release, released) = tokio::sync::watch::channel(false);
    let model = Model::start(move |call| hold(call, released.clone())).await;
    (model, release)
}

async fn hold(mut call: Call, mut released: tokio::sync::watch::Receiver<bool>) {
    let ids = json!({"threadId": call.body["threadId"], "runId": call.body["runId"]});
    let event = |kind: &str, more: Value| {
        let mut event = json!({"type": kind});
        let fields = more.as_object().unwrap().clone();
        event.as_object_mut().unwrap().extend(fields);
        format!("data: {event}\n\n")
    };
    call.begin().await;
    let said = [
        event("RUN_STARTED", ids.clone()),
        event(
            "TEXT_MESSAGE_START",
            json!({"messageId": "m", "role": "assistant"}),
        ),
        event(
            "TEXT_MESSAGE_CONTENT",
            json!({"messageId": "m", "delta": "word"}),
        ),
    ];
    call.chunk(said.concat().as_bytes()).await;
    let _ = released.wait_for(|released| *released).await;
    let said = [
        event("TEXT_MESSAGE_END", json!({"messageId": "m"})),
        event("RUN_FINISHED", ids),
    ];
    call.chunk(said.concat().as_bytes()).await;
    call.raw(b"0\r\n\r\n").await;
}

fn agent(model: &Model) -> String {
    let url = format!("http://{}/", model.address);
    format!("[agents.default]\ntype = \"ag-ui\"\nurl = \"{url}\"\n")
}

/// A stream, read until its first word.
async fn begun(address: SocketAddr, request: Vec<u8>) -> Exchange {
    let mut exchange = Exchange::start(address, request).await;
    let mut reply = Reply::default();
    exchange.head(&mut reply).await;
    assert_eq!(reply.code(), 200);
    loop {
        let part = exchange.next().await.expect("a word comes");
        if String::from_utf8_lossy(&part).contains("word") {
            return exchange;
        }
    }
}

async fn to_the_end(mut exchange: Exchange) -> String {
    let mut read = Vec::new();
    while let Some(part) = exchange.next().await {
        read.extend(part);
    }
    assert!(exchange.ended());
    String::from_utf8(read).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_has_so_many_runs_at_once_in_both_faces() {
    let (model, release) = held_agent().await;
    let limit = "[limits.owner]\nruns_at_once = 2\n";
    let server = Binary::start(&config(&(agent(&model) + limit))).await;
    let agui = begun(server.address, run("a")).await;
    let graphql = begun(server.address, requests::chat("hello")).await;
    let key = "limits.owner.runs_at_once";
    let refused = http::ask(server.address, run("b")).await;
    assert_refused_by_agui(&refused, key);
    let refused = http::ask(server.address, requests::chat("hello")).await;
    assert_eq!(refused.code(), 429);
    assert_refused_by_graphql(&refused, key);
    // All else goes on, and a client that goes leaves an AG-UI run behind, which has its place yet.
    assert_eq!(http::ask(server.address, info("")).await.code(), 200);
    agui.hang_up();
    let refused = http::ask(server.address, run("b")).await;
    assert_refused_by_agui(&refused, key);
    release.send(true).unwrap();
    assert!(to_the_end(graphql).await.contains("\"hasNext\":false"));
    loop {
        let reply = http::ask(server.address, run("b")).await;
        // The run that nobody follows ends about now.
        if reply.code() != 429 {
            assert!(reply.text().contains("RUN_FINISHED"), "{}", reply.text());
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_has_so_many_requests_at_once_streams_until_their_end() {
    let (model, release) = held_agent().await;
    let limit = "[limits.address]\nrequests_at_once = 2\n";
    let server = Binary::start(&config(&(agent(&model) + limit))).await;
    let first = begun(server.address, run("a")).await;
    let second = begun(server.address, run("b")).await;
    let key = "limits.address.requests_at_once";
    let refused = http::ask(server.address, info("")).await;
    assert_refused_by_agui(&refused, key);
    assert_eq!(refused.header("retry-after"), Some("1"));
    second.hang_up();
    while http::ask(server.address, info("")).await.code() == 429 {}
    release.send(true).unwrap();
    assert!(to_the_end(first).await.contains("RUN_FINISHED"));
}

#[tokio::test]
async fn runs_have_a_rate_of_their_own() {
    let server = server("[limits.owner]\nruns_per_second = 0.001\n").await;
    let reply = http::ask(server.address, run("a")).await;
    assert!(reply.text().contains("RUN_FINISHED"));
    let key = "limits.owner.runs_per_second";
    assert_refused_by_agui(&http::ask(server.address, run("b")).await, key);
    let reply = http::ask(server.address, requests::chat("hello")).await;
    assert_refused_by_graphql(&reply, key);
    for _ in 0..5 {
        assert_eq!(http::ask(server.address, info("")).await.code(), 200);
    }
}
