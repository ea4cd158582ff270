//! Agents that break the rules, or break down: both faces tell of it clearly and in time.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::support::server::free_address;

const LIMIT: Duration = Duration::from_secs(20);

/// Sends these bytes and closes.
async fn answers(bytes: Vec<u8>) -> String {
    let (_agent, mut server) = scripted(SHORT, move |mut call| {
        let bytes = bytes.clone();
        async move {
            call.raw(&bytes).await;
        }
    })
    .await;
    told(&mut server, LIMIT).await
}

/// Answers with these events, whole.
async fn sends(events: Vec<Vec<u8>>) -> String {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    answers([&head[..], &events.concat()].concat()).await
}

fn head(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn start() -> Vec<u8> {
    event(&json!({"type": "RUN_STARTED", "threadId": "t", "runId": "r"}))
}

fn contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in {text:?}");
    }
}

/// Found by fuzzing: the answer was refused when its first piece had less than a field's name.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_are_called_json_are_read_however_they_are_cut() {
    let whole = [
        start(),
        event(&json!({"type": "RUN_FINISHED", "threadId": "t", "runId": "r"})),
    ]
    .concat();
    for first in [1, 4, 5, 6, whole.len()] {
        let (first, rest) = whole.split_at(first);
        let pieces = [first.to_vec(), rest.to_vec()];
        let (_agent, server) = scripted(SHORT, move |mut call| {
            let pieces = pieces.clone();
            async move {
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";
                call.raw(head.as_bytes()).await;
                for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
                    call.chunk(piece).await;
                }
                call.raw(b"0\r\n\r\n").await;
            }
        })
        .await;
        let reply = http::ask(server.address, agui("hi")).await;
        contains(reply.text(), &["RUN_FINISHED"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_listens() {
    let address = free_address();
    let url = format!("http://user:geheim@{address}/secret-path?key=geheim");
    let mut server = Binary::start(&one_agent(&url, "")).await;
    let told = told(&mut server, LIMIT).await;
    contains(
        &told,
        &[
            &format!("http://{address} "),
            "cannot be reached",
            "refused",
            "url",
        ],
    );
    for secret in ["geheim", "secret-path"] {
        assert!(
            !told.contains(secret) && !server.log().contains(secret),
            "{told}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn html_is_no_answer() {
    let page = head(
        "200 OK",
        "content-type: text/html; charset=utf-8\r\n",
        "<html>Welcome to the proxy</html>",
    );
    let told = answers(page).await;
    contains(
        &told,
        &["text/html", "event stream", "Welcome to the proxy", "url"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_is_not_followed() {
    let elsewhere = "location: https://u:geheim@elsewhere.example/agent?key=geheim\r\n";
    let told = answers(head("307 Temporary Redirect", elsewhere, "")).await;
    contains(
        &told,
        &["307", "https://elsewhere.example,", "not followed", "url"],
    );
    for hidden in ["geheim", "/agent"] {
        assert!(!told.contains(hidden), "{told}");
    }
    let told = answers(head("301 Moved Permanently", "location: /new\r\n", "")).await;
    contains(&told, &["301", "an address at http://127.0.0.1:"]);
    assert!(!told.contains("/new"), "{told}");
    let told = answers(head(
        "308 Permanent Redirect",
        "location: /agent\r\nconnection: close\r\n",
        "",
    ))
    .await;
    contains(&told, &["308", "not followed"]);
}

/// FastAPI does so with an address that lacks the slash at its end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_to_another_path_of_the_same_server_is_followed() {
    let (_agent, server) = scripted("headers = { x-server = \"server\" }", |mut call| async move {
        if call.head.starts_with("post /agent ") {
            let to = head("307 Temporary Redirect", "location: /agent/?a=1\r\nconnection: close\r\n", "");
            call.raw(&to).await;
            return;
        }
        assert!(call.head.starts_with("post /agent/?a=1 "), "{}", call.head);
        assert!(call.head.contains("x-server: server"), "{}", call.head);
        call.begin().await;
        call.chunk(&started(&call)).await;
        let answer = json!({"type": "TEXT_MESSAGE_CHUNK", "messageId": "m", "delta": call.body["messages"][0]["content"]});
        call.chunk(&event(&answer)).await;
        call.chunk(&finished(&call)).await;
    })
    .await;
    let told = events(&http::ask(server.address, agui("hi")).await);
    assert_eq!(told.last().unwrap()["type"], "RUN_FINISHED", "{told:?}");
    assert!(told.iter().any(|event| event["delta"] == "hi"), "{told:?}");
}

/// Clients end their streams at them without a word.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_no_client_reads_are_told() {
    let activity =
        json!({"type": "ACTIVITY_SNAPSHOT", "messageId": "m", "activityType": "a", "content": [1]});
    let result = json!({"type": "TOOL_CALL_RESULT", "messageId": "m", "toolCallId": "c", "content": "x", "role": "user"});
    let described = json!({"type": "CUSTOM", "name": "n", "value": 1, "metadata": "m"});
    let asking = json!({"type": "RUN_FINISHED", "threadId": "t", "runId": "r", "outcome": {"type": "interrupt", "interrupts": []}});
    for (bad, key) in [
        (activity, "content"),
        (result, "role"),
        (described, "metadata"),
        (asking, "outcome"),
    ] {
        let told = sends(vec![start(), event(&bad)]).await;
        contains(&told, &["in this shape: ", key]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_told_with_its_body() {
    let json = "content-type: application/json\r\n";
    let told = answers(head("401 Unauthorized", json, "{ \"detail\": \"no key\" }")).await;
    assert_eq!(told, "HTTP 401: {\"detail\":\"no key\"}");
    let told = answers(head("500 Internal Server Error", "", "it broke\n")).await;
    assert_eq!(told, "HTTP 500: it broke");
    let told = answers(head("503 Service Unavailable", "", &"x".repeat(200_000))).await;
    assert!(told.len() < 1100, "{}", told.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_json_is_told() {
    let told = sends(vec![start(), b"data: {\"type\":\"TEXT_MESS\n\n".to_vec()]).await;
    contains(&told, &["not JSON", "EOF while parsing a string"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_the_wrong_shape_is_told_with_its_path() {
    let wrong = json!({"type": "MESSAGES_SNAPSHOT", "messages": [{"id": 7, "role": "user", "content": "x"}]});
    let told = sends(vec![start(), event(&wrong)]).await;
    contains(
        &told,
        &["MESSAGES_SNAPSHOT: messages[0].id: invalid type: integer `7`, expected a string"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_out_of_order_are_told() {
    let early = json!({"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "x"});
    let told = sends(vec![start(), event(&early)]).await;
    contains(&told, &["Cannot send 'TEXT_MESSAGE_CONTENT' event", "'m'"]);
    let told = sends(vec![start(), start()]).await;
    contains(&told, &["RUN_STARTED"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_does_not_begin_with_the_run_is_told_and_not_relayed() {
    let finished = json!({"type": "RUN_FINISHED", "threadId": "t", "runId": "r"});
    let (_agent, server) = scripted(SHORT, move |mut call| {
        let finished = event(&finished);
        async move {
            call.begin().await;
            call.chunk(&[begun(), finished].concat()).await;
        }
    })
    .await;
    let reply = http::ask(server.address, agui("hi")).await;
    let told: Vec<_> = events(&reply)
        .iter()
        .map(|it| (it["type"].clone(), it["message"].clone()))
        .collect();
    let failed = (
        json!("RUN_ERROR"),
        json!("First event must be 'RUN_STARTED'"),
    );
    assert_eq!(told.last(), Some(&failed));
    assert!(
        told.iter().all(|(kind, _)| kind != "TEXT_MESSAGE_START"),
        "{told:?}"
    );
    assert_eq!(
        sends(vec![begun()]).await,
        "First event must be 'RUN_STARTED'"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_with_an_unknown_role_is_told() {
    let snapshot = json!({"type": "MESSAGES_SNAPSHOT", "messages": [{"id": "1", "role": "alien", "content": "x"}]});
    let told = sends(vec![start(), event(&snapshot)]).await;
    contains(&told, &["MESSAGES_SNAPSHOT", "unknown role", "\"alien\""]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_believed_though_they_are_called_json() {
    let json = "content-type: application/json\r\n";
    let told = answers(head("200 OK", json, "{\"detail\": \"not here\"}")).await;
    contains(&told, &["application/json", "not here"]);
    let error = json!({"type": "RUN_ERROR", "message": "it broke", "code": "INCOMPLETE_STREAM"});
    for before in ["", ": hello\n\n", "event: message\n", "id: 1\n"] {
        let stream = [before.as_bytes(), &event(&error)].concat();
        let stream = String::from_utf8(stream).unwrap();
        assert_eq!(answers(head("200 OK", json, &stream)).await, "it broke");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_without_an_end_is_told() {
    for events in [vec![], vec![start()], vec![start(), begun()]] {
        assert_eq!(
            sends(events).await,
            "Run ended without emitting a terminal event"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_closes_at_once_is_told() {
    let told = answers(Vec::new()).await;
    contains(&told, &["broke off before it answered"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_in_mid_stream_is_told() {
    let (_agent, mut server) = scripted(SHORT, |mut call| async move {
        call.begin().await;
        call.chunk(&started(&call)).await;
        call.chunk(&begun()).await;
    })
    .await;
    contains(
        &told(&mut server, LIMIT).await,
        &["broke off in the middle of its answer"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_does_not_begin_is_left_after_its_time() {
    let (_agent, mut server) = scripted(SHORT, |mut call| async move { call.closed().await }).await;
    contains(
        &told(&mut server, LIMIT).await,
        &["did not begin to answer within 1s", "first_byte_seconds"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_falls_silent_is_left_after_its_time() {
    let (_agent, mut server) = scripted(SHORT, |mut call| async move {
        call.begin().await;
        call.chunk(&started(&call)).await;
        call.closed().await;
    })
    .await;
    contains(
        &told(&mut server, LIMIT).await,
        &["was silent for 1s", "idle_seconds"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn comments_keep_a_stream_alive() {
    let (_agent, server) = scripted("idle_seconds = 0.6", |mut call| async move {
        call.begin().await;
        call.chunk(&started(&call)).await;
        for _ in 0..5 {
            tokio::time::sleep(Duration::from_millis(300)).await;
            call.chunk(b": keep-alive\n\n").await;
        }
        call.chunk(&finished(&call)).await;
    })
    .await;
    let reply = http::ask(server.address, graphql("hi")).await;
    assert_eq!(merged(&reply)["status"]["code"], "Success");
}

/// What a line has that never ends, and what the server had read of it when it left.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endless_line_is_left_early_and_not_kept() {
    const PIECE: usize = 64 << 10;
    const WHOLE: usize = 1 << 30;
    let (tell, mut sent) = tokio::sync::mpsc::channel(2);
    let (_agent, mut server) = scripted("line_bytes = 1_000_000", move |mut call| {
        let tell = tell.clone();
        async move {
            call.begin().await;
            call.chunk(b"data: {\"type\":\"RAW\",\"event\":\"").await;
            let piece = vec![b'x'; PIECE];
            let mut taken = 0;
            while taken < WHOLE && call.chunk(&piece).await {
                taken += PIECE;
            }
            tell.send(taken).await.unwrap();
        }
    })
    .await;
    let before = memory(&server);
    let told = told(&mut server, LIMIT).await;
    contains(&told, &["a line of more than 1000000 bytes", "line_bytes"]);
    for _ in 0..2 {
        let taken = sent.recv().await.unwrap();
        assert!(taken < 64 << 20, "{taken} bytes were taken before the end");
    }
    let grown = memory(&server).saturating_sub(before);
    assert!(grown < 48 << 20, "the server grew by {grown} bytes");
}

/// The most memory that the process ever had, in bytes.
fn memory(server: &Binary) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    let kilobytes: usize = line.trim().trim_end_matches(" kB").parse().unwrap();
    kilobytes << 10
}
