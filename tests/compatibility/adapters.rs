//! Adapters of upstream's that were not recorded.

use std::sync::Arc;

use agui_runtime::agents::llm::{LlmConfig, Secret};
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::support::embedded::Embedded;
use crate::support::http;
use crate::support::model::{Call, Model};
use crate::support::requests;

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
