//! Which headers an agent gets, and which of two wins.

use tokio::sync::mpsc;

use super::*;
use crate::support::external;
use crate::support::upstream::Scripted;

const SENT: &str = "authorization: Bearer user\r\nx-custom: c\r\nx-server: client\r\nx-forwarded-for: 1.1.1.1\r\ncookie: a=b\r\nx-copilotcloud-public-api-key: ck\r\n";

fn input() -> Value {
    json!({
        "threadId": "t", "runId": "r", "state": {}, "tools": [], "context": [], "forwardedProps": {},
        "messages": [{"id": "u", "role": "user", "content": "hi"}],
    })
}

/// The headers that the agent got of a request with [`SENT`].
async fn got(request: Vec<u8>, rules: &str) -> Value {
    let agents = Scripted::agents();
    let agent = section(
        "default",
        &agents.agent("text"),
        "headers = { x-server = \"server\" }",
    );
    let server = Binary::start(&format!("{}\n{rules}\n", config(&agent))).await;
    let reply = http::ask(server.address, request).await;
    assert!(reply.complete, "{reply:?}");
    agents.asked_since(0, 1).await[0]["headers"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agui_clients_own_headers_reach_the_agent_and_configured_ones_win() {
    if !external::node() {
        return;
    }
    let expected = json!({
        "content-type": "application/json", "accept": "text/event-stream",
        "authorization": "Bearer user", "x-custom": "c", "x-server": "server",
    });
    assert_eq!(got(run(&input(), SENT), "").await, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_change_what_reaches_the_agent() {
    if !external::node() {
        return;
    }
    let expected = json!({
        "content-type": "application/json", "accept": "text/event-stream",
        "cookie": "a=b", "x-server": "server",
    });
    let rules = "[headers]\nallow = [\"cookie\", \"x-cust*\"]\ndeny = [\"x-custom\"]";
    assert_eq!(got(run(&input(), SENT), rules).await, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_graphql_clients_headers_reach_the_agent_where_they_are_listed() {
    if !external::node() {
        return;
    }
    let request = String::from_utf8(graphql("hi")).unwrap();
    let request = request.replace(
        "connection: close\r\n",
        &format!("connection: close\r\n{SENT}"),
    );
    let expected = json!({
        "content-type": "application/json", "accept": "text/event-stream", "x-server": "server",
    });
    assert_eq!(got(request.clone().into_bytes(), "").await, expected);
    let rules = "[headers]\nallow = [\"authorization\"]";
    let listed = got(request.into_bytes(), rules).await;
    assert_eq!(listed["authorization"], "Bearer user");
}

/// What a body says, and what it leaves out (upstream 1.75.0: `golden/ag-ui/run_echo`, `extra_top_level_fields`, `message_roles_all`).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_is_asked_in_upstreams_words() {
    let (tell, mut asked) = mpsc::channel(1);
    let (_agent, server) = scripted("", move |mut call| {
        let tell = tell.clone();
        async move {
            call.begin().await;
            call.chunk(&finished(&call)).await;
            tell.send(call.body.clone()).await.unwrap();
        }
    })
    .await;
    let mut input = input();
    input["state"] = Value::Null;
    input["extra"] = 1.into();
    input["messages"] = json!([
        {"id": "1", "role": "developer", "content": "d", "unknown": 1},
        {"id": "2", "role": "assistant", "toolCalls": [{"id": "t", "type": "function", "function": {"name": "f", "arguments": "{}", "odd": 1}, "odd": 1}]},
        {"id": "3", "role": "tool", "toolCallId": "t", "content": "r", "error": "e"},
        {"id": "4", "role": "activity", "activityType": "PLAN", "content": {"a": 1}},
    ]);
    http::ask(server.address, run(&input, "")).await;
    let body = asked.recv().await.unwrap();
    let keys: Vec<_> = body.as_object().unwrap().keys().collect();
    let expected = [
        "threadId",
        "runId",
        "tools",
        "context",
        "forwardedProps",
        "state",
        "messages",
    ];
    assert_eq!(keys, expected);
    assert_eq!(body["state"], json!({}));
    let expected = json!([
        {"id": "1", "role": "developer", "content": "d"},
        {"id": "2", "role": "assistant", "toolCalls": [{"id": "t", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"id": "3", "role": "tool", "toolCallId": "t", "content": "r", "error": "e"},
    ]);
    assert_eq!(body["messages"], expected);
}
