//! Model servers that fail in odd ways: each is told of clearly and within its time, and nobody else waits.

use std::future::Future;
use std::time::Duration;

use serde_json::Value;

use crate::support::canonical::canonical;
use crate::support::http;
use crate::support::meanwhile::meanwhile;
use crate::support::model::{Call, Model, token};
use crate::support::requests;
use crate::support::server::{Binary, config, free_address, model_at};

/// Asks a model server that misbehaves, and gives the failed response's status.
async fn failure_of(agent: String, limit: Duration) -> Value {
    let mut server = Binary::start(&config(&agent)).await;
    let address = server.address;
    let reply = meanwhile(&mut server, limit, http::ask(address, requests::chat("hi"))).await;
    assert!(reply.complete, "the answer comes to its end");
    let answer =
        canonical(&reply.answer()).unwrap_or_else(|error| panic!("{error} in {}", reply.text()));
    let status = answer["body"]["merged"]["data"]["generateCopilotResponse"]["status"].clone();
    assert_eq!(status["code"], "Failed", "{status}");
    let described = status["details"]["description"]
        .as_str()
        .unwrap_or_default();
    assert!(
        !described.is_empty() && !described.contains(".rs"),
        "clear and without insides: {status}"
    );
    status
}

async fn failure_of_model<R>(
    limit: Duration,
    handler: impl Fn(Call) -> R + Send + Sync + 'static,
) -> Value
where
    R: Future<Output = ()> + Send + 'static,
{
    let model = Model::start(handler).await;
    let impatient =
        model_at(&model.base_url()).replace("first_byte_seconds = 20", "first_byte_seconds = 2");
    failure_of(
        impatient.replace("idle_seconds = 20", "idle_seconds = 2"),
        limit,
    )
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_server_that_refuses_is_reported() {
    let status = failure_of(
        model_at(&format!("http://{}/v1", free_address())),
        Duration::from_secs(20),
    )
    .await;
    assert_eq!(status["details"]["originalError"]["code"], "NETWORK_ERROR");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_server_that_answers_html_is_reported() {
    failure_of_model(Duration::from_secs(20), |mut call| async move {
        let page = "<html><body>Welcome to the proxy</body></html>";
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\r\n",
            page.len()
        );
        call.raw(format!("{head}{page}").as_bytes()).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_server_that_cuts_a_token_in_two_is_reported() {
    let status = failure_of_model(Duration::from_secs(20), |mut call| async move {
        let text = token("never whole");
        call.begin().await;
        call.token("whole").await;
        call.chunk(&text.as_bytes()[..text.len() / 2]).await;
    })
    .await;
    assert_eq!(status["details"]["originalError"]["code"], "NETWORK_ERROR");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_server_that_ends_in_half_a_character_is_reported() {
    failure_of_model(Duration::from_secs(20), |mut call| async move {
        let text = token("日本");
        let half = text.find('本').expect("it is there") + 1;
        call.begin().await;
        call.chunk(&text.as_bytes()[..half]).await;
        call.chunk(b"\"}}]}\n\n").await;
        call.end().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_character_in_two_pieces_is_put_together() {
    let model = Model::start(|mut call| async move {
        let text = token("日本");
        let half = text.find('本').expect("it is there") + 1;
        call.begin().await;
        call.chunk(&text.as_bytes()[..half]).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        call.chunk(&text.as_bytes()[half..]).await;
        call.end().await;
    })
    .await;
    let server = Binary::start(&config(&model_at(&model.base_url()))).await;
    let reply = http::ask(server.address, requests::chat("hi")).await;
    assert!(reply.text().contains("日本"), "{}", reply.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_server_that_never_answers_is_reported() {
    failure_of_model(Duration::from_secs(30), |mut call| async move {
        call.closed().await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_server_that_falls_silent_is_reported() {
    failure_of_model(Duration::from_secs(30), |mut call| async move {
        call.begin().await;
        call.token("and then").await;
        call.closed().await;
    })
    .await;
}
