//! The application's own code around requests and runs, on both faces: what it may refuse, what it learns, and that nothing it
//! does harms anybody else.

mod webhooks;

use std::sync::Arc;

use agui_runtime::Runtime;
use agui_runtime::agents::demo::DemoAgent;
use agui_runtime::agents::{Agent, EventStream, RunInput};
use agui_runtime::generated::agui::{
    TextMessageContentEvent, TextMessageEndEvent, TextMessageStartEvent,
};
use agui_runtime::runtime::builder::RuntimeBuilder;
use agui_runtime::runtime::hooks::{
    Hook, HookError, HookResult, Refusal, RequestHead, ResponseHead, RunEnd,
};
use agui_runtime::store::Owner;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, stream};
use poem::http::StatusCode;
use serde_json::{Value, json};

use crate::support::embedded::Embedded;
use crate::support::external;
use crate::support::golden::Golden;
use crate::support::hooks::Told;
use crate::support::http::{self, Exchange, Reply};
use crate::support::recorded::session::{post, run_request};
use crate::support::requests;
use crate::support::upstream::Scripted;

/// A hook made of closures that answer at once.
struct Scene<R, B> {
    request: R,
    before: B,
}

impl<R, B> Hook for Scene<R, B>
where
    R: Fn(&mut RequestHead) -> HookResult + Send + Sync + 'static,
    B: Fn(&RunInput) -> HookResult + Send + Sync + 'static,
{
    fn on_request<'a>(&'a self, request: &'a mut RequestHead) -> BoxFuture<'a, HookResult> {
        async move { (self.request)(request) }.boxed()
    }

    fn before_run<'a>(&'a self, input: &'a RunInput) -> BoxFuture<'a, HookResult> {
        async move { (self.before)(input) }.boxed()
    }
}

/// A hook for runs alone.
fn before(
    hook: impl Fn(&RunInput) -> HookResult + Send + Sync + 'static,
) -> Scene<
    impl Fn(&mut RequestHead) -> HookResult + Send + Sync + 'static,
    impl Fn(&RunInput) -> HookResult + Send + Sync + 'static,
> {
    Scene {
        request: |_: &mut RequestHead| Ok(()),
        before: hook,
    }
}

/// An agent that says who asks, and with which header.
struct Mirror;

impl Agent for Mirror {
    fn run(&self, input: Arc<RunInput>) -> EventStream {
        let tenant = input.headers.get("x-tenant").map(|it| it.to_str().unwrap());
        let said = format!("{} of {tenant:?}", input.owner.as_str());
        stream::iter([
            Ok(TextMessageStartEvent::new("m").into()),
            Ok(TextMessageContentEvent::new("m", said).into()),
            Ok(TextMessageEndEvent::new("m").into()),
        ])
        .boxed()
    }
}

fn demo() -> RuntimeBuilder {
    Runtime::builder().agent("default", DemoAgent::with_pause(std::time::Duration::ZERO))
}

fn run_on(thread: &str) -> Vec<u8> {
    let run = run_request(
        "default",
        &json!({"threadId": thread, "runId": "r", "messages": [{"id": "u", "role": "user", "content": "hi"}]}),
    );
    let path = String::from_utf8(run).unwrap();
    path.replace("/api/copilotkit/", "/copilotkit/")
        .into_bytes()
}

async fn agui(served: &Embedded) -> Reply {
    http::ask(served.address, run_on("t")).await
}

async fn graphql(served: &Embedded) -> Reply {
    http::ask(served.address, requests::chat("hi")).await
}

#[tokio::test]
async fn a_refused_run_is_told_in_each_faces_own_way() {
    let told = Told::default();
    let refuses = before(|_| Err(Refusal::new(StatusCode::PAYMENT_REQUIRED, "Pay first.").into()));
    let served = Embedded::serve_at("/copilotkit", demo().hook(refuses).hook(told.clone())).await;

    let reply = agui(&served).await;
    assert_eq!(reply.code(), 402);
    let expected = json!({"error": "run_refused", "message": "Pay first."});
    assert_eq!(reply.json(), expected);

    let reply = graphql(&served).await;
    let answer = reply.json();
    assert_eq!(answer["data"], Value::Null);
    let error = &answer["errors"][0];
    assert_eq!(error["message"], "Pay first.");
    assert_eq!(error["path"], json!(["generateCopilotResponse"]));
    assert_eq!(error["extensions"]["statusCode"], 402);
    assert_eq!(error["extensions"]["code"], "UNKNOWN");
    // Nor is anybody asked or told after that.
    assert_eq!(told.mark(), 0);
}

#[tokio::test]
async fn who_may_not_is_told_as_who_is_not_known() {
    let refuses = before(|_| Err(Refusal::new(StatusCode::FORBIDDEN, "Not yours.").into()));
    let served = Embedded::serve_at("/copilotkit", demo().hook(refuses)).await;
    let extensions = graphql(&served).await.json()["errors"][0]["extensions"].clone();
    assert_eq!(extensions["code"], "AUTHENTICATION_ERROR");
    assert_eq!(extensions["statusCode"], 403);
    assert_eq!(agui(&served).await.code(), 403);
}

#[tokio::test]
async fn a_hook_that_fails_or_panics_fails_its_own_request_alone() {
    let served = Embedded::serve_at(
        "/copilotkit",
        demo().hook(before(|input| match &*input.request.thread_id {
            "fails" => Err(HookError::Failed("password=secret".into())),
            "panics" => panic!("password=secret"),
            _ => Ok(()),
        })),
    )
    .await;
    for thread in ["fails", "panics"] {
        let reply = http::ask(served.address, run_on(thread)).await;
        assert_eq!(reply.code(), 500, "{thread}");
        assert_eq!(reply.json(), json!({"error": "internal_error"}), "{thread}");
    }
    let mut body = requests::chat_body("hi");
    body["variables"]["data"]["threadId"] = "panics".into();
    let reply = http::ask(served.address, requests::post(&body.to_string())).await;
    let message = &reply.json()["errors"][0]["message"];
    let expected = "An unexpected error occurred. Please check the logs for more details.";
    assert_eq!(message, expected);
    let reply = agui(&served).await;
    assert!(reply.text().contains("RUN_FINISHED"), "{reply:?}");
}

#[tokio::test]
async fn a_request_hook_that_panics_is_an_internal_error() {
    let panics = Scene {
        request: |request: &mut RequestHead| match &*request.path {
            "/copilotkit/info" => panic!("of all paths"),
            _ => Ok(()),
        },
        before: |_: &RunInput| Ok(()),
    };
    let served = Embedded::serve_at("/copilotkit", demo().hook(panics)).await;
    let reply = http::ask(served.address, get("/copilotkit/info")).await;
    assert_eq!(reply.code(), 500);
    assert_eq!(reply.json(), json!({"error": "internal_error"}));
    let reply = http::ask(served.address, get("/copilotkit/threads")).await;
    assert_eq!(reply.code(), 200);
}

fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").into_bytes()
}

#[tokio::test]
async fn probes_and_preflights_pass_by() {
    let refuses = Scene {
        request: |_: &mut RequestHead| Err(Refusal::new(StatusCode::FORBIDDEN, "No.").into()),
        before: |_: &RunInput| Ok(()),
    };
    let served = Embedded::serve_at("/copilotkit", demo().hook(refuses)).await;
    for path in ["/health", "/health/live"] {
        assert_eq!(http::ask(served.address, get(path)).await.code(), 200);
    }
    let preflight = "OPTIONS /copilotkit HTTP/1.1\r\nhost: localhost\r\norigin: http://a.example\r\n\
                     access-control-request-method: POST\r\nconnection: close\r\n\r\n";
    let reply = http::ask(served.address, preflight.into()).await;
    assert_eq!(reply.code(), 204);
    for path in ["/copilotkit/info", "/openapi.json", "/elsewhere"] {
        let reply = http::ask(served.address, get(path)).await;
        assert_eq!((reply.code(), reply.text()), (403, "No."), "{path}");
    }
    // A page of any origin learns why it gets nothing.
    let reply = http::ask(
        served.address,
        b"GET /copilotkit/info HTTP/1.1\r\nhost: localhost\r\norigin: http://a.example\r\nconnection: close\r\n\r\n".to_vec(),
    )
    .await;
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
}

#[tokio::test]
async fn a_hook_says_who_asks_and_what_agents_see() {
    let knows = Scene {
        request: |request: &mut RequestHead| {
            let user = request.headers.remove("x-user");
            let user = user.ok_or_else(|| Refusal::new(StatusCode::UNAUTHORIZED, "Who?"))?;
            request.owner = Owner::new(user.to_str()?);
            request.headers.insert("x-tenant", "acme".parse()?);
            Ok(())
        },
        before: |_: &RunInput| Ok(()),
    };
    let builder = Runtime::builder().agent("default", Mirror).hook(knows);
    let served = Embedded::serve_at("/copilotkit", builder).await;
    let as_user = |request: Vec<u8>, user: &str| {
        let request = String::from_utf8(request).unwrap();
        request
            .replacen("\r\n", &format!("\r\nx-user: {user}\r\n"), 1)
            .into_bytes()
    };
    let reply = http::ask(served.address, as_user(run_on("t"), "ann")).await;
    assert!(
        reply.text().contains("ann of Some(\\\"acme\\\")"),
        "{reply:?}"
    );
    let reply = http::ask(served.address, as_user(requests::chat("hi"), "ann")).await;
    assert!(reply.text().contains("ann of"), "{reply:?}");
    // What is ann's is nobody else's.
    let messages = as_user(get("/copilotkit/threads/t/messages"), "ann");
    let hers = http::ask(served.address, messages).await.json();
    assert_eq!(hers["messages"].as_array().map(Vec::len), Some(2), "{hers}");
    let messages = as_user(get("/copilotkit/threads/t/messages"), "bob");
    let his = http::ask(served.address, messages).await.json();
    assert_ne!(his["messages"].as_array().map(Vec::len), Some(2), "{his}");
    let reply = http::ask(served.address, run_on("t")).await;
    assert_eq!((reply.code(), reply.text()), (401, "Who?"));
}

/// Holds the end of a run back until it is let go.
struct Slow(Arc<tokio::sync::Semaphore>);

impl Hook for Slow {
    fn after_run<'a>(&'a self, _: &'a RunEnd) -> BoxFuture<'a, HookResult> {
        async move {
            self.0.acquire().await?.forget();
            Ok(())
        }
        .boxed()
    }
}

#[tokio::test]
async fn nobody_waits_for_what_comes_after_a_run() {
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let told = Told::default();
    let builder = demo().hook(Slow(gate.clone())).hook(told.clone());
    let served = Embedded::serve_at("/copilotkit", builder).await;
    // Both runs end, and the thread is free for the second, though the first hook has said nothing yet.
    for _ in 0..2 {
        let reply = agui(&served).await;
        assert!(reply.text().contains("RUN_FINISHED"), "{reply:?}");
    }
    let all = told.since(0, 4).await;
    let kinds: Vec<&str> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["k"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| **kind == "onAfterRequest")
            .count(),
        2
    );
    gate.add_permits(2);
}

#[tokio::test]
async fn an_answer_is_withheld_when_its_hook_fails() {
    struct Withholds;
    impl Hook for Withholds {
        fn on_response<'a>(
            &'a self,
            request: &'a RequestHead,
            response: &'a mut ResponseHead,
        ) -> BoxFuture<'a, HookResult> {
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(request.query, "a=1");
            async { Err(HookError::Failed("no".into())) }.boxed()
        }
    }
    let served = Embedded::serve_at("/copilotkit", demo().hook(Withholds)).await;
    let reply = http::ask(served.address, get("/copilotkit/info?a=1")).await;
    assert_eq!(reply.code(), 500);
    assert_eq!(reply.json(), json!({"error": "internal_error"}));
}

/// What upstream calls `onStopGeneration` (`l-abort-hooks`).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hooks_are_told_of_clients_that_go() {
    if !external::node() {
        return;
    }
    let (model, agents) = (Scripted::model(), Scripted::agents());
    let told = Told::default();
    let served = Embedded::with_hook(&model.base_url(), &agents, told.clone()).await;
    let golden = Golden::load("l-abort-hooks");
    let mut exchange = Exchange::start(served.address, golden.request()).await;
    let mut reply = Reply::default();
    exchange.head(&mut reply).await;
    while let Some(chunk) = exchange.next().await {
        if String::from_utf8_lossy(&chunk).contains("w3 ") {
            break;
        }
    }
    exchange.hang_up();
    let mut expected = golden.hooks();
    // The key is for the cloud that sold it, and stays out of the properties.
    let properties = expected[0]["properties"].as_object_mut().unwrap();
    properties.shift_remove("copilotCloudPublicApiKey").unwrap();
    assert_eq!(told.since(0, 2).await, expected);
}

/// A run over the envelope, to show that hooks do not depend on the way in.
#[tokio::test]
async fn the_envelope_asks_the_same_hooks() {
    let refuses = before(|_| Err(Refusal::new(StatusCode::CONFLICT, "Later.").into()));
    let served = Embedded::serve_at("/copilotkit", demo().hook(refuses)).await;
    let body = json!({"method": "agent/run", "params": {"agentId": "default"}, "body": {"threadId": "t", "runId": "r", "messages": []}});
    let reply = http::ask(served.address, post("/copilotkit", &body.to_string())).await;
    assert_eq!(reply.code(), 409);
    assert_eq!(reply.json()["error"], "run_refused");
}
