//! What no recording of upstream shows: adapters that were not recorded, and the level of the log.

use std::sync::Arc;
use std::time::{Duration, Instant};

use agui_runtime::agents::llm::{LlmConfig, Secret};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::embedded::Embedded;
use crate::support::http::{self, PATIENCE};
use crate::support::model::{Call, Model};
use crate::support::requests;
use crate::support::server::{Binary, config};

/// What a model of this configuration is asked by a 1.10 client, and what the client gets: head and body, and the answer.
async fn asked(model: &str, key: Option<&str>) -> (String, Value, String) {
    let seen = Arc::new(Mutex::new(None));
    let kept = seen.clone();
    let server = Model::start(move |mut call: Call| {
        *kept.lock() = Some((call.head.clone(), call.body.clone()));
        async move {
            call.begin().await;
            call.token("Good day").await;
            call.end().await;
        }
    })
    .await;
    let mut config = LlmConfig::new(model);
    config.base_url = Some(server.base_url());
    config.api_key = key.map(Secret::new);
    let served = Embedded::with_tools_and(config).await;
    let reply = http::ask(served.address, requests::chat("Hello")).await;
    assert!(reply.complete, "{reply:?}");
    let (head, body) = seen.lock().take().expect("the model was asked");
    (head, body, reply.text().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ollama_is_asked_with_roles_and_tools() {
    let (head, body, told) = asked("ollama/llama3:latest", None).await;
    assert!(head.starts_with("post /v1/chat/completions "), "{head}");
    assert!(!head.contains("authorization"), "{head}");
    assert_eq!(body["model"], "llama3:latest");
    let roles: Vec<_> = body["messages"]
        .as_array()
        .expect("messages")
        .iter()
        .collect();
    let roles: Vec<_> = roles.iter().map(|message| &message["role"]).collect();
    assert_eq!(roles, ["system", "user"]);
    let tools = body["tools"].as_array().expect("tools");
    assert!(
        tools
            .iter()
            .any(|tool| tool["function"]["name"] == "getWeather")
    );
    assert!(told.contains("Good day"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unify_is_a_server_of_openais_dialect() {
    let (head, body, told) = asked("llama-3.1-8b@together-ai", Some("unify-key")).await;
    assert!(head.starts_with("post /v1/chat/completions "), "{head}");
    assert!(head.contains("authorization: bearer unify-key"), "{head}");
    assert_eq!(body["model"], "llama-3.1-8b@together-ai");
    assert_eq!(body["stream"], json!(true));
    assert!(
        told.contains("Good day") && !told.contains("Model used"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_has_the_level_that_is_set() {
    let broken = "a connection broke off";
    for (level, shown) in [
        ("debug", true),
        ("info,agui_runtime::server=debug", true),
        ("info", false),
    ] {
        let configuration = config(&format!(
            "[telemetry]\nlevel = \"{level}\"\n[agents.default]\ntype = \"demo\"\n"
        ));
        let server = Binary::start(&configuration).await;
        // Half of a request, which is told at `debug`, and a whole one.
        let half = b"POST /copilotkit HTTP/1.1\r\ncontent-length: 9\r\n\r\n{";
        let socket = TcpStream::connect(server.address).await;
        let mut socket = socket.expect("the server listens");
        socket.write_all(half).await.expect("half of a request");
        drop(socket);
        let reply = http::ask(server.address, requests::hello()).await;
        assert_eq!(reply.code(), 200);
        let started = Instant::now();
        while shown && !server.log().contains(broken) {
            assert!(started.elapsed() < PATIENCE, "{level}: {}", server.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(server.log().contains(broken), shown, "{level}");
    }
}
