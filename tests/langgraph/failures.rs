//! What goes wrong is told with the agent's name and what to mend, and nothing of what is secret.

use super::stops::served;
use super::*;
use crate::support::model::{Call, Model};
use crate::support::server::{Binary, config, free_address};

/// What an AG-UI client is told by a server that answers so to what has this in its request line.
async fn told(part: &'static str, status: &'static str, body: &'static str) -> String {
    let graphs = Model::start(move |mut call: Call| async move {
        let line = call.head.lines().next().unwrap_or_default().to_owned();
        match line.contains(part) {
            true => call.answer(status, body).await,
            false => call.json(&served(&line)).await,
        };
    })
    .await;
    failed(graphs.address, "").await
}

async fn failed(address: SocketAddr, more: &str) -> String {
    let more = format!("api_key = \"geheim-geheim\"\n{more}");
    let server = Binary::start(&config(&section(address, &more))).await;
    let told = ask(server.address, agui("t", &[user("u1", "hi")], &json!({}))).await;
    let end = told.last().expect("an end");
    assert_eq!(end["type"], "RUN_ERROR", "{told:?}");
    let message = end["message"].as_str().expect("a text").to_owned();
    assert!(!message.contains("geheim"), "{message}");
    assert!(!server.log().contains("geheim-geheim"), "{}", server.log());
    message
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_not_there_is_named() {
    let message = failed(free_address(), "").await;
    assert!(
        message.contains("agent 'lg' at http://127.0.0.1:"),
        "{message}"
    );
    assert!(
        message.contains("Is it running, and is its `url` right?"),
        "{message}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_say_what_to_mend() {
    for (part, status, body, expected) in [
        (
            "/search",
            "200 OK",
            "[]",
            "has no graph `agent`; it has none. Write one of them as `graph_id`",
        ),
        (
            "/search",
            "403 Forbidden",
            "{\"detail\":\"no geheim-geheim\"}",
            "(403: no ***). Does `api_key_env`",
        ),
        (
            "/search",
            "404 Not Found",
            "nope",
            "does not know its assistants (404). Is its `url` right?",
        ),
        (
            "/search",
            "307 Temporary Redirect",
            "",
            "a redirect, which is not followed",
        ),
        (
            "/search",
            "200 OK",
            "<html>",
            "something else than the JSON that is expected",
        ),
        (
            "/threads ",
            "422 Unprocessable",
            "{\"detail\":[{\"loc\":1}]}",
            "with HTTP 422: [{\"loc\":1}]",
        ),
        (
            "/runs/stream",
            "200 OK",
            "{}",
            "answered a run with application/json in place of an event stream",
        ),
        (
            "/runs/stream",
            "409 Conflict",
            "{\"detail\":\"busy\"}",
            "answered a run with HTTP 409: busy",
        ),
    ] {
        let message = told(part, status, body).await;
        assert!(message.contains(expected), "{part} {status}: {message}");
        assert!(message.contains("agent 'lg'"), "{message}");
    }
}

/// What is told of a run whose answer is this, and then ends so that no end of it can be seen.
async fn broken(answer: &'static str, more: &str) -> String {
    let graphs = Model::start(move |mut call: Call| async move {
        let line = call.head.lines().next().unwrap_or_default().to_owned();
        if line.contains("/runs/stream") {
            call.begin().await;
            match answer {
                "" => call.closed().await,
                answer => drop(call.chunk(answer.as_bytes()).await),
            }
        } else {
            call.json(&served(&line)).await;
        }
    })
    .await;
    failed(graphs.address, more).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_breaks_off_or_says_nonsense_fails() {
    let message = broken("event: metadata\ndata: {}\n\n", "").await;
    assert!(
        message.contains("broke off in the middle of its answer"),
        "{message}"
    );
    let message = broken("event: events\ndata: {\n\n", "").await;
    assert!(
        message.contains("sent an event that cannot be read"),
        "{message}"
    );
    let message = broken(
        "event: values\ndata: {\"long\":\"0123456789\"}\n\n",
        "line_bytes = 20",
    )
    .await;
    assert!(
        message.contains("a line of more than 20 bytes (line_bytes)"),
        "{message}"
    );
    let message = broken("", "idle_seconds = 0.2").await;
    assert!(
        message.contains("was silent for 200ms in the middle of its answer (idle_seconds)"),
        "{message}"
    );
}
