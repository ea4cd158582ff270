//! What no client should send, and what it is told.

use agui_runtime::server::HttpOptions;
use poem::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{builder, demo, input, serve};

#[tokio::test]
async fn a_bad_body_is_told_as_upstream_tells_it() {
    let face = demo().await;
    // Here there are bounds where V8 has none.
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    for route in ["run", "connect", "suggest"] {
        let path = format!("/agent/default/{route}");
        for (body, told) in [
            (&*deep, "recursion limit exceeded"),
            ("{\"state\":1e999}", "number out of range"),
            ("", "Unexpected end of JSON input"),
            ("[]", "Expected object, received array"),
            ("{}", "\"threadId\"\n    ],\n    \"message\": \"Required\""),
            (
                "not json",
                "Unexpected token 'o', \"not json\" is not valid JSON",
            ),
        ] {
            let answer = face.ask(Method::POST, &path, body).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
            let answer = answer.json().await;
            assert_eq!(answer["error"], "Invalid request body");
            let details = answer["details"].as_str().expect("details");
            assert!(details.contains(told), "{body}: {details}");
        }
    }
}

#[tokio::test]
async fn an_agent_is_looked_for_before_the_body_is_looked_at() {
    let face = demo().await;
    let expected = json!({"error": "Agent not found", "message": "Agent 'no/pe' does not exist"});
    for route in ["run", "connect", "suggest", "stop/t"] {
        let body = if route == "stop/t" { "{}" } else { "not json" };
        let answer = face
            .ask(Method::POST, &format!("/agent/no%2Fpe/{route}"), body)
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert_eq!(answer.json().await, expected, "{route}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_told_in_json() {
    let face = demo().await;
    for (method, path, status, allow) in [
        (Method::POST, "/nothing/here", 404, ""),
        (Method::POST, "/agent/%zz/run", 404, ""),
        (Method::GET, "/memories", 404, ""),
        (Method::POST, "/memories/recall", 404, ""),
        (Method::GET, "/agent/default/run", 405, "POST"),
        (Method::PUT, "/agent/default/run", 405, "POST"),
        (Method::GET, "/agent/default/stop/t", 405, "POST"),
        (Method::POST, "/info", 405, "GET"),
        (Method::HEAD, "/info", 405, "GET"),
        (Method::GET, "/threads/clear", 405, "POST"),
        (Method::GET, "/threads/t", 405, "PATCH, DELETE"),
        (Method::PUT, "", 405, "POST"),
        (Method::POST, "/annotate", 422, ""),
        (Method::POST, "/threads/subscribe", 422, ""),
    ] {
        let answer = face.ask(method.clone(), path, "{}").await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}");
        assert_eq!(answer.header("allow"), allow, "{method} {path}");
        assert_eq!(
            answer.header("content-type"),
            "application/json",
            "{method} {path}"
        );
        let text = answer.text().await;
        assert_eq!(
            text.contains("\"error\""),
            method != Method::HEAD,
            "{method} {path}"
        );
    }
    let metadata = face.get("/inspector-metadata").await;
    assert_eq!(metadata.status, StatusCode::NO_CONTENT);
    assert_eq!(metadata.header("cache-control"), "no-store, private");
}

#[tokio::test]
async fn a_route_is_a_route_whatever_type_its_body_has() {
    let face = demo().await;
    let body = format!("\u{feff}{}", input("t", "hello"));
    let kind = [("content-type", "application/graphql")];
    let run = face.request(Method::POST, "/agent/default/run", &kind, body);
    let events = run.await.events().await;
    assert_eq!(events[0]["type"], "RUN_STARTED");
    let envelope = "\u{feff}{\"method\": \"info\"}";
    let info = face.ask(Method::POST, "", envelope).await;
    assert_eq!(info.status, StatusCode::OK);
}

#[tokio::test]
async fn what_is_elsewhere_is_not_found_in_json() {
    let face = demo().await;
    for path in ["x/info", "x", "%2Finfo"] {
        let answer = face.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.json().await, json!({"error": "Not found"}), "{path}");
    }
}

#[tokio::test]
async fn a_body_on_the_base_path_that_is_no_envelope_is_told_so() {
    let face = demo().await;
    for (body, kind, status, message) in [
        ("[]", "application/json", 400, "Missing method field"),
        ("\"info\"", "application/json", 400, "Missing method field"),
        (
            r#"{"method":"foo/bar"}"#,
            "application/json",
            400,
            "Unsupported method 'foo/bar'",
        ),
        (
            r#"{"method":"info"}"#,
            "text/plain",
            415,
            "Single-route endpoint expects JSON payloads",
        ),
    ] {
        let answer = face
            .request(Method::POST, "", &[("content-type", kind)], body)
            .await;
        assert_eq!(answer.status.as_u16(), status, "{body}");
        let expected = json!({"error": "invalid_request", "message": message});
        assert_eq!(answer.json().await, expected);
    }
}

#[tokio::test]
async fn more_than_the_limits_is_refused_and_the_limit_named() {
    let options = HttpOptions {
        messages: 2,
        body_bytes: 1_000,
        ..HttpOptions::default()
    };
    let face = serve(builder(), options).await;
    let mut three = input("t", "x");
    three["messages"] = Value::Array(vec![three["messages"][0].clone(); 3]);
    let large = input("t", &"x".repeat(1_000));
    for (body, error, limit) in [
        (three, "too_many_messages", "limits.messages"),
        (large, "body_too_large", "limits.body_bytes"),
    ] {
        let answer = face.post("/agent/default/run", &body).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
        let answer = answer.json().await;
        assert_eq!(answer["error"], error);
        assert!(
            answer["message"]
                .as_str()
                .expect("a message")
                .contains(limit)
        );
    }
}

#[tokio::test]
async fn ids_may_be_anything() {
    let face = demo().await;
    for id in ["a/b", "🦀 crab", "%", "..", "?#&", &"x".repeat(10_000)] {
        let events = face.run(id, "hello").await.events().await;
        assert_eq!(events[0]["threadId"], *id);
        let encoded: String = id.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let messages = face.get(&format!("/threads/{encoded}/messages")).await;
        assert_eq!(
            messages.json().await["messages"][0]["content"],
            "hello",
            "{id}"
        );
        let stop = face
            .post(&format!("/agent/default/stop/{encoded}"), &json!({}))
            .await;
        let expected =
            json!({"stopped": false, "message": format!("No active run for thread '{id}'.")});
        assert_eq!(stop.json().await, expected);
    }
    // As upstream has it, a thread may even have no name.
    let unnamed = face.run("", "hello").await.events().await;
    assert_eq!(unnamed[0]["threadId"], "");
}
