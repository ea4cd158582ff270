//! An agent that waits for an answer gets it, whichever face asked and whichever answers.

use tokio::sync::mpsc;

use super::*;

/// An agent that asks first, and then says what it was answered; and what it was asked.
async fn asking() -> (Model, Binary, mpsc::Receiver<Value>) {
    let (tell, asked) = mpsc::channel(4);
    let (agent, server) = scripted("", move |call| answer(call, tell.clone())).await;
    (agent, server, asked)
}

async fn answer(mut call: Call, tell: mpsc::Sender<Value>) {
    call.begin().await;
    call.chunk(&started(&call)).await;
    let mut end = json!({"type": "RUN_FINISHED", "threadId": call.body["threadId"], "runId": call.body["runId"]});
    if call.body.get("resume").is_none() {
        end["outcome"] = json!({"type": "interrupt", "interrupts": [{"id": "int-1", "reason": "tool_call", "message": "Approve?"}]});
    }
    call.chunk(&event(&end)).await;
    call.raw(b"0\r\n\r\n").await;
    tell.send(call.body.clone()).await.unwrap();
}

/// A GraphQL client's message on the thread, with its answer to a meta-event of this value.
fn answering(value: &str, response: &str) -> Vec<u8> {
    let mut body = requests::chat_body("go");
    let data = &mut body["variables"]["data"];
    data["threadId"] = "thread".into();
    if !response.is_empty() {
        data["metaEvents"] =
            json!([{"name": "LangGraphInterruptEvent", "value": value, "response": response}]);
    }
    requests::post(&body.to_string())
}

fn resuming() -> Vec<u8> {
    let input = json!({
        "threadId": "thread", "runId": "run-2", "state": {}, "tools": [], "context": [], "forwardedProps": {},
        "messages": [{"id": "u", "role": "user", "content": "go"}],
        "resume": [{"interruptId": "int-1", "status": "resolved", "payload": {"approved": true}}],
    });
    run(&input, "")
}

fn approved() -> Value {
    json!([{"interruptId": "int-1", "status": "resolved", "payload": {"approved": true}}])
}

/// Asks over GraphQL, and gives the value of the meta-event that shows.
async fn interrupted(server: &Binary) -> String {
    let reply = http::ask(server.address, answering("", "")).await;
    let answer = merged(&reply);
    assert_eq!(answer["status"]["code"], "Success", "{answer}");
    let events = answer["metaEvents"].as_array().unwrap();
    assert_eq!(events.len(), 1, "{answer}");
    assert_eq!(events[0]["name"], "LangGraphInterruptEvent");
    events[0]["value"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_graphql_client_is_asked_and_answers() {
    let (_agent, server, mut asked) = asking().await;
    let value = interrupted(&server).await;
    let shown: Value = serde_json::from_str(&value).unwrap();
    assert_eq!(
        shown,
        json!([{"id": "int-1", "reason": "tool_call", "message": "Approve?"}])
    );
    let reply = http::ask(server.address, answering(&value, r#"{"approved":true}"#)).await;
    assert_eq!(merged(&reply)["metaEvents"], json!([]));
    assert_eq!(asked.recv().await.unwrap().get("resume"), None);
    let second = asked.recv().await.unwrap();
    assert_eq!(second["resume"], approved());
    assert_eq!(
        second["forwardedProps"]["command"]["resume"],
        r#"{"approved":true}"#
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_graphql_client_is_asked_and_an_agui_client_answers() {
    let (_agent, server, mut asked) = asking().await;
    interrupted(&server).await;
    let reply = http::ask(server.address, resuming()).await;
    assert_eq!(events(&reply).last().unwrap()["type"], "RUN_FINISHED");
    asked.recv().await.unwrap();
    let second = asked.recv().await.unwrap();
    assert_eq!(second["resume"], approved());
    assert_eq!(second["threadId"], "thread");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agui_client_is_asked_and_a_graphql_client_answers() {
    let (_agent, server, mut asked) = asking().await;
    let reply = http::ask(server.address, agui("go")).await;
    let events = events(&reply);
    assert_eq!(
        events.last().unwrap()["outcome"]["type"],
        "interrupt",
        "{events:?}"
    );
    let answer = answering("Approve?", r#"{"approved":true}"#);
    http::ask(server.address, answer).await;
    asked.recv().await.unwrap();
    assert_eq!(asked.recv().await.unwrap()["resume"], approved());
}

/// Agents of LangGraph's adapters tell of one interrupt in LangGraph's way and in AG-UI's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupt_told_twice_shows_once() {
    let (_agent, server) = scripted("", |mut call| async move {
        call.begin().await;
        call.chunk(&started(&call)).await;
        let old = json!({"type": "CUSTOM", "name": "on_interrupt", "value": "Approve?"});
        call.chunk(&event(&old)).await;
        let end = json!({"type": "RUN_FINISHED", "threadId": "t", "runId": "r",
            "outcome": {"type": "interrupt", "interrupts": [{"id": "int-1", "reason": "ask"}]}});
        call.chunk(&event(&end)).await;
        call.raw(b"0\r\n\r\n").await;
    })
    .await;
    assert_eq!(interrupted(&server).await, "Approve?");
}
