//! What the README promises to somebody who has just cloned this.

use serde_json::Value;

use crate::support::canonical::canonical;
use crate::support::golden::root;
use crate::support::http;
use crate::support::requests;
use crate::support::server::Binary;

/// The request of the README's curl command.
fn body() -> String {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("the README");
    let command = readme.split_once("\ncurl -N ").expect("a curl command").1;
    assert!(
        command.starts_with("http://127.0.0.1:8000/api/copilotkit "),
        "the default address"
    );
    let (_, data) = command.split_once(" -d '").expect("a body");
    data.split_once("}'\n")
        .expect("the body's end")
        .0
        .to_owned()
        + "}"
}

async fn ask(server: &Binary, body: &str, accept: &str) -> Value {
    let request = String::from_utf8(requests::post(body)).expect("UTF-8");
    let request = request
        .replace(requests::ACCEPT, accept)
        .replace("/copilotkit", "/api/copilotkit");
    let reply = http::ask(server.address, request.into_bytes()).await;
    assert!(
        reply.complete && reply.code() == 200,
        "{} {}",
        reply.status,
        reply.text()
    );
    assert!(
        reply
            .header("content-type")
            .is_some_and(|kind| kind.starts_with(accept)),
        "{accept}"
    );
    canonical(&reply.answer()).unwrap_or_else(|error| panic!("{accept}: {error}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_agent_streams_without_any_configuration() {
    let server = Binary::fresh().await;
    let (streaming, plain) = (body(), body().replace(" @stream", ""));
    let whole = &ask(&server, &plain, "application/json").await["body"];
    let chunks = &whole["data"]["generateCopilotResponse"]["messages"][0]["content"];
    assert!(
        chunks.as_array().is_some_and(|chunks| chunks.len() > 10),
        "token by token: {whole}"
    );
    for accept in ["text/event-stream", "multipart/mixed"] {
        let streamed = &ask(&server, &streaming, accept).await["body"];
        let response = &streamed["merged"]["data"]["generateCopilotResponse"];
        assert_eq!(&response["messages"][0]["content"], chunks, "{accept}");
        let records = &streamed["records"]["generateCopilotResponse.messages.0.content[]"];
        assert_eq!(
            records.as_array().map(Vec::len),
            chunks.as_array().map(Vec::len),
            "a record for each token"
        );
    }
}

/// With them it would take a third more memory at rest. Only Linux has them, and tells.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_in_memory_without_huge_pages() {
    let server = Binary::fresh().await;
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id()));
    let status = status.unwrap_or_default();
    let told = status
        .lines()
        .find_map(|line| line.strip_prefix("THP_enabled:"));
    if let Some(told) = told {
        assert_eq!(told.trim(), "0");
    }
}
