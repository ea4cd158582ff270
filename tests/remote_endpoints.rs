//! CopilotKit remote endpoints behind the binary: they may be down when it starts, and their agents run behind both faces.

mod asked;
mod discovery;
mod others;
mod sdk;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::canonical::canonical;
use crate::support::golden::Golden;
use crate::support::http::{self, Exchange, PATIENCE, Reply};
use crate::support::model::{Call, Model};
use crate::support::requests;
use crate::support::server::{Binary, config, free_address};
use tokio::sync::mpsc;

fn endpoint(address: SocketAddr) -> String {
    config(&format!(
        "[agents.demo]\ntype = \"demo\"\n[[remote_endpoints]]\nurl = \"http://{address}/ck\"\nrefresh_seconds = 0.1\n"
    ))
}

/// An endpoint with one agent, which tells its line, here.
async fn echo(address: SocketAddr) -> Model {
    Model::start_at(address, answer).await
}

async fn answer(mut call: Call) {
    let body = match call.body.get("name") {
        None => {
            json!({"actions": [], "agents": [{"name": "echo", "description": "says it", "type": "langgraph"}]})
        }
        Some(_) => json!({
            "event": "on_custom_event", "name": "copilotkit_manually_emit_message",
            "data": {"message_id": "m", "message": format!("you said {}", call.text())},
        }),
    };
    let body = format!("{body}\n");
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    call.raw(format!("{head}{body}").as_bytes()).await;
}

async fn listed(server: &Binary) -> (Vec<String>, Vec<String>) {
    let query = json!({"query": "{ availableAgents { agents { name } } }"});
    let reply = http::ask(server.address, requests::post(&query.to_string())).await;
    let agents = reply.json()["data"]["availableAgents"]["agents"].clone();
    let graphql = agents.as_array().expect("agents").iter();
    let graphql = graphql.map(|agent| agent["name"].as_str().expect("a name").to_owned());
    let info = "GET /copilotkit/info HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let reply = http::ask(server.address, info.into()).await.json();
    let agui = reply["agents"].as_object().expect("agents").keys().cloned();
    (graphql.collect(), agui.collect())
}

/// A message to the agent, from a GraphQL client.
fn graphql(agent: &str) -> Vec<u8> {
    let mut body = requests::chat_body("hi");
    body["variables"]["data"]["agentSession"] = json!({"agentName": agent});
    requests::post(&body.to_string())
}

/// The same from an AG-UI client.
fn agui(agent: &str) -> Vec<u8> {
    let messages = json!([{"id": "u", "role": "user", "content": "hi"}]);
    agui_run(agent, "thread", messages, json!({}), "")
}

/// An AG-UI client's request, with these keys besides, and these headers.
fn agui_run(agent: &str, thread: &str, messages: Value, more: Value, headers: &str) -> Vec<u8> {
    let mut input = json!({
        "threadId": thread, "runId": "run", "state": {}, "tools": [], "context": [], "forwardedProps": {},
        "messages": messages,
    });
    for (key, value) in more.as_object().expect("keys") {
        input[key] = value.clone();
    }
    let body = input.to_string();
    format!(
        "POST /copilotkit/agent/{agent}/run HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n{headers}\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// The events of an AG-UI answer.
fn events(reply: &Reply) -> Vec<Value> {
    let data = reply.text().split("\n\n");
    let data = data.filter_map(|event| event.strip_prefix("data: "));
    data.map(|data| serde_json::from_str(data).expect("an event"))
        .collect()
}

fn of_type<'a>(events: &'a [Value], kind: &str) -> impl DoubleEndedIterator<Item = &'a Value> {
    let kind = kind.to_owned();
    events.iter().filter(move |event| event["type"] == *kind)
}

fn merged(reply: &Reply) -> Value {
    let answer = canonical(&reply.answer()).expect("an answer");
    answer["body"]["merged"]["data"]["generateCopilotResponse"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_is_down_at_the_start_is_picked_up_when_it_comes() {
    let address = free_address();
    let server = Binary::start(&endpoint(address)).await;
    assert_eq!(
        listed(&server).await,
        (vec!["demo".to_owned()], vec!["demo".to_owned()])
    );
    assert!(
        server.log().contains("cannot be reached"),
        "{}",
        server.log()
    );
    let endpoint = echo(address).await;
    let both = vec!["demo".to_owned(), "echo".to_owned()];
    let started = Instant::now();
    while listed(&server).await != (both.clone(), both.clone()) {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "it is picked up"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let reply = http::ask(server.address, graphql("echo")).await;
    let answer = merged(&reply);
    assert_eq!(
        answer["messages"][0]["content"][0], "you said hi",
        "{answer}"
    );
    let reply = http::ask(server.address, agui("echo")).await;
    assert!(
        reply.text().contains("\"delta\":\"you said hi\""),
        "{}",
        reply.text()
    );
    assert!(reply.text().contains("RUN_FINISHED"), "{}", reply.text());
    // Down again: its agent is known, and says why it does not answer.
    drop(endpoint);
    let reply = http::ask(server.address, agui("demo")).await;
    assert!(reply.text().contains("RUN_FINISHED"), "others are served");
    let told = server.log().matches("is not known").count();
    assert!(told <= 2, "each time once: {}", server.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_hangs_delays_nobody_for_long() {
    let hanging = Model::start(|mut call: Call| async move { call.closed().await }).await;
    let server = Binary::start(&endpoint(hanging.address)).await;
    let started = Instant::now();
    let reply = http::ask(server.address, graphql("demo")).await;
    assert_eq!(merged(&reply)["status"]["code"], "Success");
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "{:?}",
        started.elapsed()
    );
}

/// What the recording calls `l-abort-remote-lg`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_goes_ends_the_agents_work() {
    let (tell, mut heard) = mpsc::channel(1);
    let agent = Model::start(move |mut call: Call| {
        let tell = tell.clone();
        async move {
            if call.body.get("name").is_none() {
                let info = "{\"agents\":[{\"name\":\"lg_agent\",\"type\":\"langgraph\"}]}";
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{info}", info.len());
                call.raw(head.as_bytes()).await;
                return;
            }
            call.begin().await;
            call.chunk(b"{\"event\":\"on_chat_model_stream\",\"data\":{\"chunk\":{\"content\":\"more\",\"id\":\"m\"}}}\n").await;
            call.closed().await;
            let _ = tell.send(Instant::now()).await;
        }
    })
    .await;
    let server = Binary::start(&endpoint(agent.address)).await;
    let request = Golden::load("l-abort-remote-lg").request();
    let mut exchange = Exchange::start(server.address, request).await;
    let mut reply = Reply::default();
    exchange.head(&mut reply).await;
    while let Some(chunk) = exchange.next().await {
        if String::from_utf8_lossy(&chunk).contains("more") {
            break;
        }
    }
    let left = Instant::now();
    exchange.hang_up();
    let closed = tokio::time::timeout(PATIENCE, heard.recv()).await;
    let took = closed
        .expect("in time")
        .expect("closed")
        .saturating_duration_since(left);
    assert!(
        took < Duration::from_millis(200),
        "the agent was left working for {took:?}"
    );
}
