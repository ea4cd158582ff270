//! `GET {base}/usage`: what the asking owner's runs used.

use serde_json::{Value, json};

use super::{agent, config, get, model, post, run};
use crate::support::http;
use crate::support::requests::chat;
use crate::support::server::Binary;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_of_both_faces_are_told_by_agent_and_model() {
    let (model, agent) = (model().await, agent().await);
    let server = Binary::start(&config(&model, &agent, "")).await;
    let ask = async |request| http::ask(server.address, request).await;
    assert!(ask(chat("hello")).await.complete);
    ask(run("default", "t1", "hello", "")).await;
    ask(run("remote", "t2", "hello", "")).await;
    let reply = ask(get("/copilotkit/usage?days=1")).await;
    assert_eq!(reply.code(), 200);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let told = reply.json();
    assert!(told["since"].is_string());
    let rows = told["usage"].as_array().expect("rows");
    let of = |agent: &str| {
        let found = rows.iter().find(|row| row["agent"] == agent);
        found
            .unwrap_or_else(|| panic!("no {agent} in {told}"))
            .clone()
    };
    assert_eq!(rows.len(), 2, "{told}");
    let used = of("default");
    for (key, value) in [
        ("owner", json!("anonymous")),
        ("model", json!("gpt-4o")),
        ("provider", json!("openai")),
        ("runs", json!(2)),
        ("inputTokens", json!(22)),
        ("outputTokens", json!(4)),
        ("totalTokens", json!(26)),
    ] {
        assert_eq!(used[key], value, "{key} in {used}");
    }
    // What tells of no model is counted all the same.
    let remote = of("remote");
    assert_eq!(
        (&remote["model"], &remote["runs"]),
        (&Value::Null, &json!(1))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_asked_is_told() {
    let (model, agent) = (model().await, agent().await);
    let server = Binary::start(&config(&model, &agent, "")).await;
    for days in ["0", "-1", "x", "99999"] {
        let asked = get(&format!("/copilotkit/usage?days={days}"));
        let reply = http::ask(server.address, asked).await;
        assert_eq!(reply.code(), 400, "{days}");
        assert!(
            reply.json()["message"]
                .as_str()
                .is_some_and(|it| it.contains("`days`"))
        );
    }
    let posted = http::ask(server.address, post("/copilotkit/usage", "", &json!({}))).await;
    assert_eq!((posted.code(), posted.header("allow")), (405, Some("GET")));
}
