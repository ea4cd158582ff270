//! Agents that say odd things: what upstream's run stops at, or for ever waits for, goes on here.

use super::*;

/// What comes of these events on a thread of their own, and then of a run that says nothing but that it ends.
async fn after(state: Value, said: Vec<Value>) -> (Vec<Value>, Binary, Model) {
    let said: Vec<u8> = said.iter().flat_map(event).collect();
    let (agent, server) = scripted("", move |mut call| {
        let said = said.clone();
        async move {
            call.begin().await;
            call.chunk(&started(&call)).await;
            if call.body["runId"] == "run" {
                call.chunk(&said).await;
            }
            call.chunk(&finished(&call)).await;
        }
    })
    .await;
    let input = |run_id: &str| {
        json!({
            "threadId": "thread", "runId": run_id, "state": state, "tools": [], "context": [], "forwardedProps": {},
            "messages": [{"id": "u", "role": "user", "content": "hi"}],
        })
    };
    let told = events(&http::ask(server.address, run(&input("run"), "")).await);
    assert_eq!(told.last().unwrap()["type"], "RUN_FINISHED", "{told:?}");
    let next = events(&http::ask(server.address, run(&input("next"), "")).await);
    assert_eq!(next.last().unwrap()["type"], "RUN_FINISHED", "{next:?}");
    (told, server, agent)
}

async fn kept(server: &Binary, what: &str) -> Value {
    let path = format!("/copilotkit/threads/thread/{what}");
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    http::ask(server.address, request.into_bytes()).await.json()[what].clone()
}

/// Libraries that write what they do not have as `null`: Pydantic's models do, if nobody tells them not to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn null_is_read_as_what_is_not_there() {
    let nothing = json!({"timestamp": null, "metadata": null, "subagentRunId": null});
    let with = |event: Value| {
        let mut event = event;
        for (key, value) in nothing.as_object().unwrap() {
            event[key] = value.clone();
        }
        event
    };
    let said = vec![
        with(json!({"type": "TEXT_MESSAGE_START", "messageId": "m", "role": null, "name": null})),
        with(json!({"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "word"})),
        with(json!({"type": "TEXT_MESSAGE_END", "messageId": "m"})),
        with(json!({"type": "MESSAGES_SNAPSHOT", "messages": [
            {"id": "u", "role": "user", "content": "hi", "name": null, "metadata": null},
            {"id": "m", "role": "assistant", "content": "word", "toolCalls": null, "metadata": null},
        ]})),
    ];
    let (told, server, _agent) = after(json!({}), said).await;
    assert!(
        told.iter().all(|event| !event.to_string().contains("null")),
        "{told:?}"
    );
    assert_eq!(told[1]["role"], "assistant");
    let events = kept(&server, "events").await;
    let events = events.as_array().unwrap();
    let snapshot = events.iter().find(|it| it["type"] == "MESSAGES_SNAPSHOT");
    let expected = json!({"id": "m", "role": "assistant", "content": "word"});
    assert_eq!(snapshot.unwrap()["messages"][1], expected, "{events:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_state_that_does_not_fit_is_left_out_and_its_run_ends() {
    let misfit = json!([{"op": "replace", "path": "/not/there", "value": 1}]);
    let fit = json!([{"op": "add", "path": "/b", "value": 2}]);
    let said = vec![
        json!({"type": "STATE_SNAPSHOT", "snapshot": {"a": 1}}),
        json!({"type": "STATE_DELTA", "delta": misfit}),
        json!({"type": "STATE_DELTA", "delta": fit}),
    ];
    let (_, server, _agent) = after(json!({}), said).await;
    let events = kept(&server, "events").await;
    assert_eq!(events[1]["snapshot"], json!({"a": 1, "b": 2}), "{events}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_are_made_to_the_state_that_the_client_brought() {
    let change = json!([{"op": "replace", "path": "/count", "value": 2}]);
    let said = vec![json!({"type": "STATE_DELTA", "delta": change})];
    let (_, server, _agent) = after(json!({"count": 1, "name": "x"}), said).await;
    let events = kept(&server, "events").await;
    let expected = json!({"count": 2, "name": "x"});
    assert_eq!(events[1]["snapshot"], expected, "{events}");
}

/// What a run's input tells a thread's later readers: all that no event before has told them whole (upstream 1.75.0).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_only_a_snapshot_or_a_call_told_is_in_the_next_runs_input() {
    let call = json!({"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}});
    let assistant = json!({"id": "called", "role": "assistant", "toolCalls": [call]});
    let said = vec![
        json!({"type": "TEXT_MESSAGE_CHUNK", "messageId": "said", "delta": "word"}),
        json!({"type": "TOOL_CALL_CHUNK", "toolCallId": "c", "toolCallName": "f", "parentMessageId": "called", "delta": "{}"}),
        json!({"type": "TOOL_CALL_RESULT", "messageId": "result", "toolCallId": "c", "content": "x"}),
    ];
    let (_, server, _agent) = after(json!({}), said).await;
    let messages = json!([
        {"id": "u", "role": "user", "content": "hi"},
        {"id": "said", "role": "assistant", "content": "word"},
        assistant,
        {"id": "result", "role": "tool", "toolCallId": "c", "content": "x"},
        {"id": "shown", "role": "assistant", "content": "by a snapshot"},
    ]);
    let input = |run_id: &str| {
        json!({
            "threadId": "thread", "runId": run_id, "state": {}, "tools": [], "context": [], "forwardedProps": {}, "messages": messages,
        })
    };
    let new = async |run_id: &str| -> Vec<Value> {
        let told = events(&http::ask(server.address, run(&input(run_id), "")).await);
        let new = told[0]["input"]["messages"].as_array().unwrap();
        new.iter().map(|message| message["id"].clone()).collect()
    };
    assert_eq!(new("third").await, ["called", "shown"]);
    assert_eq!(new("fourth").await, [] as [&str; 0]);
}
