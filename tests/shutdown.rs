//! A server that is told to stop: no client is cut off without a last word, and nothing that was said is lost.

mod load;
mod rolling;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::http::{self, Exchange, PATIENCE, Reply};
use crate::support::model::{Call, Model};
use crate::support::requests;
use crate::support::server::{Binary, config};

/// A configuration with these keys in `[server]`, a store in this file, the demo agent, and one that never ends.
fn with(server: &str, store: &str, endless: &Model) -> String {
    let agents = format!(
        "[agents.default]\ntype = \"demo\"\n[agents.endless]\ntype = \"ag-ui\"\nurl = \"http://{}/\"\n",
        endless.address
    );
    let text = config(&agents).replacen("[server]\n", &format!("[server]\n{server}\n"), 1);
    text.replacen("memory:", store, 1)
}

/// An agent that never ends by itself.
async fn endless() -> Model {
    Model::start(talk).await
}

async fn talk(mut call: Call) {
    let message = json!({"messageId": "m", "role": "assistant"});
    let said = [
        json!({"type": "RUN_STARTED", "threadId": call.body["threadId"], "runId": call.body["runId"]}),
        json!({"type": "TEXT_MESSAGE_START", "messageId": "m", "role": message["role"]}),
    ];
    call.begin().await;
    for event in said {
        call.chunk(format!("data: {event}\n\n").as_bytes()).await;
    }
    for n in 0.. {
        let event =
            json!({"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": format!("{n} ")});
        if !call.chunk(format!("data: {event}\n\n").as_bytes()).await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A run by AG-UI's client.
fn agui_run(agent: &str, thread: &str, run: &str) -> Vec<u8> {
    let input = json!({
        "threadId": thread, "runId": run, "state": {}, "tools": [], "context": [], "forwardedProps": {},
        "messages": [{"id": format!("u {run}"), "role": "user", "content": "Tell me a story."}],
    });
    let body = input.to_string();
    let head = format!(
        "POST /copilotkit/agent/{agent}/run HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    (head + &body).into_bytes()
}

async fn get(address: SocketAddr, path: &str) -> Reply {
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    http::ask(address, request.into_bytes()).await
}

/// A stream that has begun to say something.
async fn begun(address: SocketAddr, request: Vec<u8>) -> Exchange {
    let mut exchange = Exchange::start(address, request).await;
    let mut reply = Reply::default();
    exchange.head(&mut reply).await;
    assert_eq!(reply.code(), 200, "{reply:?}");
    exchange.next().await.expect("it begins");
    exchange
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readiness_goes_before_the_server_does_and_a_second_signal_does_not_wait() {
    let model = endless().await;
    let keys = "shutdown_delay_seconds = 600\nshutdown_grace_seconds = 600";
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let mut server = Binary::start(&with(keys, "memory:", &model)).await;
        let address = server.address;
        let _stream = begun(address, agui_run("endless", "t", "r")).await;
        assert_eq!(get(address, "/health/ready").await.code(), 200);
        server.signal(signal);
        server.logged("told to stop", 1).await;
        let ready = get(address, "/health/ready").await;
        assert_eq!(ready.code(), 503);
        assert_eq!(ready.json()["reason"], "the server shuts down");
        // Load balancers do not know yet.
        assert_eq!(get(address, "/health/live").await.code(), 200);
        let run = http::ask(address, agui_run("default", "u", "r")).await;
        assert!(run.text().contains("RUN_FINISHED"), "{}", run.text());
        let began = Instant::now();
        server.signal(signal);
        assert_eq!(server.ended().await, Some(code));
        assert!(began.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_without_a_request_are_closed_at_once() {
    let model = endless().await;
    let mut server = Binary::start(&with("shutdown_grace_seconds = 600", "memory:", &model)).await;
    let mut kept = TcpStream::connect(server.address).await.unwrap();
    let request = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n";
    kept.write_all(request).await.unwrap();
    let mut head = [0; 12];
    kept.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200");
    let mut unused = TcpStream::connect(server.address).await.unwrap();
    let began = Instant::now();
    server.signal("TERM");
    for socket in [&mut kept, &mut unused] {
        let mut rest = Vec::new();
        let reading = tokio::time::timeout(PATIENCE, socket.read_to_end(&mut rest));
        let _ = reading.await.expect("it is closed");
    }
    assert_eq!(server.ended().await, Some(0));
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
}

/// A load balancer opens a connection just before the server is told to stop.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_whose_first_request_is_on_its_way_is_answered() {
    let model = endless().await;
    let mut server = Binary::start(&with("shutdown_grace_seconds = 60", "memory:", &model)).await;
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    server.signal("TERM");
    server.logged("told to stop", 1).await;
    let request = agui_run("default", "t", "r");
    socket.write_all(&request).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains("RUN_FINISHED"), "{answer}");
    assert_eq!(server.ended().await, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_nobody_follows_has_its_time_of_grace() {
    let model = endless().await;
    let folder = tempfile::tempdir().unwrap();
    let store = format!("sqlite:{}", folder.path().join("x.db").display());
    let config = with("shutdown_grace_seconds = 60", &store, &model);
    let mut server = Binary::start(&config).await;
    begun(server.address, agui_run("default", "t", "r"))
        .await
        .hang_up();
    server.signal("TERM");
    assert_eq!(server.ended().await, Some(0));
    let again = Binary::start(&config).await;
    let kept = get(again.address, "/copilotkit/threads/t/events")
        .await
        .json();
    let last = kept["events"].as_array().unwrap().last().unwrap();
    assert_eq!(last["type"], "RUN_FINISHED", "{kept}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_does_not_end_in_time_is_ended_in_both_faces() {
    let model = endless().await;
    let mut server = Binary::start(&with("shutdown_grace_seconds = 0", "memory:", &model)).await;
    let mut agui = begun(server.address, agui_run("endless", "t", "r")).await;
    let mut body = requests::chat_body("hello");
    body["variables"]["data"]["agentSession"] = json!({"agentName": "endless"});
    let mut graphql = begun(server.address, requests::post(&body.to_string())).await;
    server.signal("TERM");
    let agui_said = rest(&mut agui).await;
    assert!(agui.ended(), "cut after {agui_said}");
    let last = agui_said.trim_end().rsplit("data: ").next().unwrap();
    let last: serde_json::Value = serde_json::from_str(last).unwrap();
    assert_eq!(
        (&last["type"], &last["code"]),
        (&json!("RUN_ERROR"), &json!("abort"))
    );
    let graphql_said = rest(&mut graphql).await;
    assert!(graphql.ended(), "cut after {graphql_said}");
    assert!(graphql_said.contains("\"hasNext\":false"), "{graphql_said}");
    assert!(
        graphql_said.contains("FailedResponseStatus"),
        "{graphql_said}"
    );
    assert_eq!(server.ended().await, Some(0));
}

async fn rest(exchange: &mut Exchange) -> String {
    let mut read = Vec::new();
    while let Some(part) = exchange.next().await {
        read.extend(part);
    }
    String::from_utf8(read).unwrap()
}
