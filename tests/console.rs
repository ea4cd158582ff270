//! The console: the page and its files, what it may be told, and how it does in a real browser.

mod browser;
mod data;
mod page;

use agui_runtime::agents::demo::DemoAgent;
use agui_runtime::server::{ConsoleOptions, HttpOptions};
use agui_runtime::store::Owner;
use agui_runtime::{Principal, Runtime};
use poem::http::{Method, StatusCode};
use poem::{Endpoint, Request, Response};
use serde_json::{Value, json};

const BASE: &str = "/api/copilotkit";

/// A runtime with the demo agent and its console, without a network.
async fn runtime() -> Runtime {
    let demo = DemoAgent::with_pause(std::time::Duration::ZERO);
    let builder = Runtime::builder().agent("default", demo);
    builder.build().await.expect("a runtime")
}

fn options() -> HttpOptions {
    HttpOptions {
        console: Some(ConsoleOptions {
            configuration: "[server]\nport = 8000\n".to_owned(),
            store: "memory".to_owned(),
        }),
        ..HttpOptions::default()
    }
}

/// A request, from this owner if there is one.
fn request(who: Option<Principal>, method: Method, path: &str, body: &Value) -> Request {
    let uri = path.parse().expect("a path");
    let builder = Request::builder()
        .method(method)
        .uri(uri)
        .header("content-type", "application/json");
    let mut request = match body {
        Value::Null => builder.finish(),
        body => builder.body(body.to_string()),
    };
    if let Some(who) = who {
        request.extensions_mut().insert(who);
    }
    request
}

fn user(name: &str) -> Option<Principal> {
    Some(Principal::new(Owner::new(name)))
}

fn admin() -> Option<Principal> {
    Some(Principal {
        admin: true,
        ..Principal::new(Owner::new("root"))
    })
}

async fn call(endpoint: &impl Endpoint<Output = Response>, request: Request) -> Response {
    endpoint.call(request).await.expect("an answer")
}

/// The answer's status and JSON.
async fn told(
    endpoint: &impl Endpoint<Output = Response>,
    request: Request,
) -> (StatusCode, Value) {
    let response = call(endpoint, request).await;
    let status = response.status();
    let text = response.into_body().into_string().await.expect("a body");
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// What a run on this thread is asked.
fn input(thread: &str, text: &str) -> Value {
    json!({
        "threadId": thread, "runId": format!("run-{thread}"), "state": {}, "tools": [], "context": [], "forwardedProps": {},
        "messages": [{"id": format!("u-{thread}"), "role": "user", "content": text}],
    })
}
