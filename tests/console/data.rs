//! What the page is told: everybody of what is theirs, admins of others' threads too, and no page of another origin anything.

use poem::http::{Method, StatusCode};
use poem::{Endpoint, Response};
use serde_json::{Value, json};

use super::{BASE, admin, call, input, options, request, runtime, told, user};
use crate::support::http;
use crate::support::server::Binary;

/// A server on which Ann has a thread; secrets are in its answers only if somebody leaks them.
async fn with_ann_s_thread() -> impl Endpoint<Output = Response> {
    let endpoint = runtime()
        .await
        .endpoint_with(options())
        .expect("an endpoint");
    say(&endpoint, "ann", "secret plans").await;
    endpoint
}

async fn say(endpoint: &impl Endpoint<Output = Response>, owner: &str, text: &str) {
    let path = format!("{BASE}/agent/default/run");
    let run = request(user(owner), Method::POST, &path, &input("t", text));
    let events = call(endpoint, run).await.into_body().into_string().await;
    assert!(events.expect("events").contains("RUN_FINISHED"));
}

#[tokio::test]
async fn an_admin_reads_and_deletes_what_others_have() {
    let endpoint = with_ann_s_thread().await;
    let ask = |method: Method, path: &str| {
        let body = match method == Method::POST {
            true => input("t", "x"),
            false => Value::Null,
        };
        request(admin(), method, &format!("/console/api/{path}"), &body)
    };
    let (status, own) = told(&endpoint, ask(Method::GET, "threads")).await;
    assert_eq!((status, &own["threads"]), (StatusCode::OK, &json!([])));
    let (_, hers) = told(&endpoint, ask(Method::GET, "threads?owner=ann&limit=5")).await;
    assert_eq!(hers["threads"][0]["id"], "t");
    let (_, messages) = told(&endpoint, ask(Method::GET, "threads/t/messages?owner=ann")).await;
    assert_eq!(messages["messages"][0]["content"], "secret plans");
    let connect = ask(Method::POST, "agent/default/connect?owner=ann");
    let events = call(&endpoint, connect).await.into_body().into_string();
    assert!(events.await.expect("events").contains("secret plans"));
    let (_, owners) = told(&endpoint, ask(Method::GET, "owners")).await;
    assert_eq!(owners["owners"], json!(["ann"]));

    // Nobody speaks, renames or clears in another's name.
    for (method, path) in [
        (Method::POST, "agent/default/run?owner=ann"),
        (Method::PATCH, "threads/t?owner=ann"),
        (Method::POST, "threads/t/archive?owner=ann"),
        (Method::POST, "threads/clear?owner=ann"),
    ] {
        let (status, answer) = told(&endpoint, ask(method, path)).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(answer["error"], "not_for_admins", "{path}");
    }
    let (_, gone) = told(&endpoint, ask(Method::DELETE, "threads/t?owner=ann")).await;
    assert_eq!(gone["deleted"], true);
    let (_, hers) = told(&endpoint, ask(Method::GET, "threads?owner=ann")).await;
    assert_eq!(hers["threads"], json!([]));
}

#[tokio::test]
async fn nobody_else_sees_what_others_have() {
    let endpoint = with_ann_s_thread().await;
    for who in [user("bob"), None] {
        for (method, path) in [
            (Method::GET, "threads?owner=ann"),
            (Method::GET, "threads/t/messages?owner=ann"),
            (Method::GET, "threads/t/events?owner=ann"),
            (Method::GET, "threads/t/state?owner=ann"),
            (Method::POST, "agent/default/connect?owner=ann"),
            (Method::POST, "agent/default/stop/t?owner=ann"),
            (Method::DELETE, "threads/t?owner=ann"),
            (Method::GET, "owners"),
            (Method::GET, "configuration"),
        ] {
            let asked = request(
                who.clone(),
                method,
                &format!("/console/api/{path}"),
                &input("t", "x"),
            );
            let (status, answer) = told(&endpoint, asked).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
            assert_eq!(answer["error"], "admins_only", "{path}");
        }
    }
    // One's own are there by the same way, and nothing else is.
    let own = request(
        user("ann"),
        Method::GET,
        "/console/api/threads?owner=ann",
        &Value::Null,
    );
    assert_eq!(told(&endpoint, own).await.1["threads"][0]["id"], "t");
    let none = request(
        user("ann"),
        Method::GET,
        "/console/api/nothing",
        &Value::Null,
    );
    assert_eq!(told(&endpoint, none).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn runs_are_seen_and_stopped_while_they_go_on() {
    let demo =
        agui_runtime::agents::demo::DemoAgent::with_pause(std::time::Duration::from_secs(3600));
    let runtime = agui_runtime::Runtime::builder().agent("default", demo);
    let runtime = runtime.build().await.expect("a runtime");
    let endpoint = runtime.endpoint_with(options()).expect("an endpoint");
    let path = format!("{BASE}/agent/default/run");
    let run = request(user("ann"), Method::POST, &path, &input("t", "long"));
    let running = call(&endpoint, run).await;
    let runs = |who| request(who, Method::GET, "/console/api/runs", &Value::Null);
    let (_, seen) = told(&endpoint, runs(admin())).await;
    let listed = &seen["runs"][0];
    assert_eq!(
        (&listed["owner"], &listed["threadId"]),
        (&json!("ann"), &json!("t"))
    );
    assert_eq!(
        (&listed["agentId"], &listed["waiting"]),
        (&json!("default"), &json!(0))
    );
    assert!(
        listed["startedAtMs"].as_i64() > Some(1_700_000_000_000),
        "{listed}"
    );
    assert_eq!(told(&endpoint, runs(user("ann"))).await.1["total"], 1);
    assert_eq!(
        told(&endpoint, runs(user("bob"))).await.1,
        json!({"runs": [], "total": 0})
    );

    let stop = "/console/api/agent/default/stop/t?owner=ann";
    let stop = request(admin(), Method::POST, stop, &json!({"runId": "run-t"}));
    assert_eq!(told(&endpoint, stop).await.1["stopped"], true);
    let events = running.into_body().into_string().await.expect("events");
    assert!(events.contains("RUN_ERROR"), "{events}");
    assert_eq!(told(&endpoint, runs(admin())).await.1["total"], 0);
}

#[tokio::test]
async fn pages_of_other_origins_are_told_nothing() {
    let binary = Binary::start("[store]\nurl = \"memory:\"\n").await;
    let address = binary.address;
    let ask = async |method: &str, path: &str, headers: &str| {
        let request =
            format!("{method} /console/api/{path} HTTP/1.1\r\n{headers}connection: close\r\n\r\n");
        http::ask(address, request.into_bytes()).await
    };
    let here = format!("host: {address}\r\n");
    let own = ask("GET", "session", &here).await;
    assert_eq!(
        (own.code(), own.json()["admin"].clone()),
        (200, json!(true))
    );
    assert_eq!(own.header("cache-control"), Some("no-store, private"));

    let evil = format!("{here}origin: https://evil.example\r\n");
    for (method, path) in [
        ("GET", "session"),
        ("GET", "configuration"),
        ("DELETE", "threads/t"),
    ] {
        let refused = ask(method, path, &evil).await;
        assert_eq!(refused.code(), 403, "{path}");
        assert_eq!(refused.json()["error"], "origin_not_allowed");
        assert_eq!(refused.header("access-control-allow-origin"), None);
    }
    let preflight = format!("{evil}access-control-request-method: DELETE\r\n");
    let preflight = ask("OPTIONS", "threads/t", &preflight).await;
    assert_eq!(preflight.header("access-control-allow-origin"), None);

    // A page whose name was made to mean this machine, and whoever comes through a proxy.
    for elsewhere in [
        "host: evil.example\r\n".to_owned(),
        format!("{here}x-forwarded-for: 203.0.113.7\r\n"),
    ] {
        let session = ask("GET", "session", &elsewhere).await;
        assert_eq!(session.json()["admin"], false, "{elsewhere}");
        assert_eq!(ask("GET", "configuration", &elsewhere).await.code(), 403);
    }
}

#[tokio::test]
async fn the_configuration_is_shown_without_secrets() {
    let config = "[store]\nurl = \"memory:\"\n[agents.default]\ntype = \"llm\"\nmodel = \"openai/gpt-4o\"\n\
                  api_key = \"sk-geheim\"\nbase_url = \"http://127.0.0.1:9\"\n";
    let binary = Binary::start(config).await;
    let request = format!(
        "GET /console/api/configuration HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n",
        binary.address
    );
    let answer = http::ask(binary.address, request.into_bytes()).await;
    let text = answer.json()["toml"].as_str().expect("a text").to_owned();
    assert!(
        text.contains("[agents.default]") && text.contains("console = true"),
        "{text}"
    );
    assert!(!text.contains("geheim"), "{text}");
}
