//! `[hooks]`: an application is asked before runs and told after them by HTTP.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use poem::http::StatusCode;
use serde_json::{Value, json};

use super::run_on;
use crate::support::http::{self, Reply};
use crate::support::requests;
use crate::support::server::{Binary, MODEL_KEY, config, free_address};
use crate::support::service::{Asked, Service};

/// A server with the demo agent and this section.
async fn serve(section: &str) -> Binary {
    Binary::start(&config(&format!(
        "[agents.default]\ntype = \"demo\"\n\n[hooks]\n{section}\n"
    )))
    .await
}

async fn agui(server: &Binary) -> Reply {
    http::ask(server.address, run_on("t")).await
}

fn data(asked: &Asked) -> Value {
    asked.json()["data"].clone()
}

#[tokio::test]
async fn an_application_is_asked_and_told() {
    let service = Service::start(|_, _| async { (StatusCode::NO_CONTENT, String::new()) }).await;
    let section = format!(
        "before_run = \"{}\"\nafter_run = \"{}\"\nsecret_env = \"TEST_MODEL_KEY\"",
        service.url("/before"),
        service.url("/after")
    );
    let server = serve(&section).await;
    let mut body = requests::chat_body("hi");
    body["variables"]["properties"] = json!({"plan": "free"});
    let reply = http::ask(server.address, requests::post(&body.to_string())).await;
    assert!(reply.text().contains("\"Success\""), "{reply:?}");

    let asked = service.asked(2).await;
    assert_eq!((&*asked[0].path, &*asked[1].path), ("/before", "/after"));
    let before = data(&asked[0]);
    assert_eq!(asked[0].json()["type"], "run.before");
    assert_eq!(
        (&before["owner"], &before["agent"]),
        (&json!("anonymous"), &json!("default"))
    );
    assert_eq!(before["inputMessages"][1]["content"], "hi");
    assert_eq!(before["properties"], json!({"plan": "free"}));
    assert_eq!(before["url"], "http://localhost:3000/");
    let after = data(&asked[1]);
    assert_eq!(asked[1].json()["type"], "run.after");
    for key in [
        "owner",
        "agent",
        "threadId",
        "runId",
        "inputMessages",
        "properties",
        "url",
    ] {
        assert_eq!(after[key], before[key], "{key}");
    }
    assert_eq!(after["outcome"], "completed");
    assert_eq!(after["outputMessages"][0]["role"], "assistant");
    assert!(after["durationMs"].is_u64(), "{after}");
    for asked in asked {
        assert_eq!(asked.header("webhook-signature"), signature(&asked));
    }
}

/// What the receiver of a message computes.
fn signature(asked: &Asked) -> String {
    let (id, timestamp) = (
        asked.header("webhook-id"),
        asked.header("webhook-timestamp"),
    );
    let age = timestamp.parse::<u64>().unwrap().abs_diff(now());
    assert!(age < 60, "{timestamp}");
    let start = format!("{id}.{timestamp}.");
    let signed = [start.as_bytes(), &asked.body].concat();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, MODEL_KEY.as_bytes());
    format!("v1,{}", BASE64.encode(ring::hmac::sign(&key, &signed)))
}

fn now() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.unwrap().as_secs()
}

#[tokio::test]
async fn an_application_may_object() {
    let service = Service::start(|before, _| async move {
        match before {
            0 => (
                StatusCode::PAYMENT_REQUIRED,
                json!({"message": "No credit left."}).to_string(),
            ),
            _ => (StatusCode::FORBIDDEN, "<h1>Forbidden</h1>".to_owned()),
        }
    })
    .await;
    let server = serve(&format!("before_run = \"{}\"", service.url("/"))).await;
    let reply = agui(&server).await;
    let expected = json!({"error": "run_refused", "message": "No credit left."});
    assert_eq!((reply.code(), reply.json()), (402, expected));
    // What is no JSON is for nobody's eyes.
    let reply = agui(&server).await;
    let expected =
        json!({"error": "run_refused", "message": "The application does not allow this run."});
    assert_eq!((reply.code(), reply.json()), (403, expected));
    assert!(
        !service.asked(1).await[0]
            .headers
            .contains_key("webhook-signature")
    );
}

#[tokio::test]
async fn an_application_that_is_not_there_refuses_or_allows() {
    let nowhere = format!("before_run = \"http://{}/hook?key=geheim\"", free_address());
    let server = serve(&nowhere).await;
    let reply = agui(&server).await;
    assert_eq!(
        (reply.code(), reply.json()),
        (500, json!({"error": "internal_error"}))
    );
    let log = server.log();
    assert!(log.contains("hooks.before_run"), "{log}");
    assert!(!log.contains("geheim"), "{log}");
    let ready = http::ask(server.address, super::get("/health/ready")).await;
    assert_eq!(ready.code(), 200);
    let ready = ready.json()["missing"].to_string();
    assert!(ready.contains("webhook hooks.before_run"), "{ready}");

    let server = serve(&format!("{nowhere}\non_failure = \"allow\"")).await;
    let reply = agui(&server).await;
    assert!(reply.text().contains("RUN_FINISHED"), "{reply:?}");
}

#[tokio::test]
async fn an_application_that_does_not_answer_is_waited_for_no_longer_than_configured() {
    let service = Service::start(|_, _| async {
        std::future::pending::<()>().await;
        (StatusCode::OK, String::new())
    })
    .await;
    let section = format!("before_run = \"{}\"\ntimeout_seconds = 1", service.url("/"));
    let server = serve(&section).await;
    let began = std::time::Instant::now();
    assert_eq!(agui(&server).await.code(), 500);
    assert!(began.elapsed() < Duration::from_secs(10));
    let log = server.log();
    assert!(log.contains("no answer within 1s"), "{log}");
}

#[tokio::test]
async fn what_follows_a_run_is_told_again_until_it_is_heard() {
    let service = Service::start(|before, _| async move {
        match before {
            0 => (StatusCode::BAD_GATEWAY, String::new()),
            _ => (StatusCode::OK, String::new()),
        }
    })
    .await;
    let server = serve(&format!("after_run = \"{}\"", service.url("/"))).await;
    let reply = agui(&server).await;
    // The client has its end, though nobody has heard of it yet.
    assert!(reply.text().contains("RUN_FINISHED"), "{reply:?}");
    let asked = service.asked(2).await;
    assert_eq!(asked[0].body, asked[1].body);
    assert_eq!(asked[0].header("webhook-id"), asked[1].header("webhook-id"));
}

#[tokio::test]
async fn a_failed_run_is_told_with_its_error() {
    let service = Service::start(|_, _| async { (StatusCode::OK, String::new()) }).await;
    let section = format!(
        "[agents.default]\ntype = \"ag-ui\"\nurl = \"http://{}/\"\n\n[hooks]\nafter_run = \"{}\"\n",
        free_address(),
        service.url("/")
    );
    let server = Binary::start(&config(&section)).await;
    let reply = agui(&server).await;
    let told = data(&service.asked(1).await[0]);
    assert_eq!(
        (&told["outcome"], &told["outputMessages"]),
        (&json!("failed"), &json!([]))
    );
    let message = told["error"]["message"].as_str().unwrap();
    assert!(message.contains("cannot be reached"), "{message}");
    assert!(reply.text().contains("cannot be reached"), "{reply:?}");
}
