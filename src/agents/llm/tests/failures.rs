//! Model servers that fail: what the client is told, what is tried again, and what is given up in time.

use std::time::Duration;

use serde_json::json;

use super::server::{
    Act, Server, call, data, finish, head, head_of_length, raw, refusal, stream, text,
};
use super::{config, hi, outcome};
use crate::agents::llm::{LlmAgent, Secret};
use crate::runtime::error::{AgentError, ErrorCode};

async fn failure(server: &Server) -> AgentError {
    outcome(config(server), hi()).await.1.unwrap_err()
}

pub fn told(error: &AgentError) -> (&str, ErrorCode, u16, &str) {
    (&error.message, error.code, error.status, &error.kind)
}

fn error_body(message: &str) -> String {
    json!({"error": {"message": message, "type": "x", "param": null, "code": null}}).to_string()
}

#[tokio::test]
async fn refusals_keep_their_status_and_upstreams_classes() {
    use ErrorCode::{AuthenticationError, ConfigurationError, NetworkError};
    let cases = [
        (400, "bad", ConfigurationError, "BadRequestError", 1),
        (
            401,
            "Incorrect API key provided: sk-mock.",
            AuthenticationError,
            "AuthenticationError",
            1,
        ),
        (403, "no", ConfigurationError, "PermissionDeniedError", 1),
        (
            404,
            "The model `nope` does not exist",
            ConfigurationError,
            "NotFoundError",
            1,
        ),
        (
            429,
            "Rate limit reached for gpt-4o",
            ConfigurationError,
            "RateLimitError",
            3,
        ),
        (
            500,
            "The server had an error",
            NetworkError,
            "InternalServerError",
            3,
        ),
    ];
    for (status, text, code, kind, requests) in cases {
        let server = Server::start(vec![refusal(
            status,
            "retry-after-ms: 5\r\n",
            &error_body(text),
        )])
        .await;
        let error = failure(&server).await;
        let message = format!("OpenAI API error: {status} {text}");
        assert_eq!(told(&error), (message.as_str(), code, status, kind));
        assert_eq!(server.requests().len(), requests, "{status}");
    }
}

#[tokio::test]
async fn a_refusal_that_is_not_json_shows_what_it_is() {
    let server = Server::start(vec![refusal(
        503,
        "retry-after-ms: 5\r\n",
        "<html>bad gateway</html>",
    )])
    .await;
    assert_eq!(
        failure(&server).await.message,
        "OpenAI API error: 503 <html>bad gateway</html>"
    );
    let server = Server::start(vec![refusal(400, "", "")]).await;
    assert_eq!(
        failure(&server).await.message,
        "OpenAI API error: 400 status code (no body)"
    );
}

#[tokio::test]
async fn a_server_that_recovers_is_answered_from() {
    let busy = || refusal(429, "retry-after-ms: 5\r\n", "");
    let server = Server::start(vec![
        busy(),
        busy(),
        stream(vec![text("ok"), finish("stop")]),
    ])
    .await;
    let (lines, result) = outcome(config(&server), hi()).await;
    result.unwrap();
    assert_eq!(lines[1], "TEXT_MESSAGE_CONTENT chatcmpl-1 \"ok\"");
}

#[tokio::test]
async fn nobody_listening_is_a_connection_error() {
    let server = Server::start(vec![vec![Act::Cut]]).await;
    let mut config = config(&server);
    config.max_retries = 0;
    drop(server);
    let error = outcome(config, hi()).await.1.unwrap_err();
    let expected = (
        "OpenAI API error: Connection error.",
        ErrorCode::NetworkError,
        503,
        "APIConnectionError",
    );
    assert_eq!(told(&error), expected);
}

#[tokio::test]
async fn a_connection_closed_before_the_answer_is_tried_again() {
    let server = Server::start(vec![
        vec![Act::Cut],
        stream(vec![text("ok"), finish("stop")]),
    ])
    .await;
    outcome(config(&server), hi()).await.1.unwrap();
    assert_eq!(server.requests().len(), 2);
}

/// The answer breaks off after its first words: these are told, then the failure, and nothing is tried again.
async fn breaks(script: Vec<Act>) -> AgentError {
    let server = Server::start(vec![script]).await;
    let (lines, result) = outcome(config(&server), hi()).await;
    assert!(
        !lines
            .iter()
            .any(|line| line.contains("END") || line.contains("FINISHED")),
        "{lines:?}"
    );
    assert_eq!(server.requests().len(), 1);
    result.unwrap_err()
}

#[tokio::test]
async fn a_cut_is_a_premature_close() {
    let cut = |chunk| vec![head_of_length(1_000_000), data(&chunk), Act::Cut];
    for script in [
        cut(text("Hel")),
        cut(call(0, Some("call_drop"), Some("showCard"), "{\"ti")),
    ] {
        let error = breaks(script).await;
        let expected = (
            "OpenAI API error: Premature close",
            ErrorCode::NetworkError,
            503,
            "OpenAIError",
        );
        assert_eq!(told(&error), expected);
    }
}

#[tokio::test]
async fn an_end_without_a_finish_is_a_failure() {
    let error = breaks(vec![head(200, "text/event-stream"), data(&text("Hel"))]).await;
    let expected = (
        "OpenAI API error: missing finish_reason for choice 0",
        ErrorCode::NetworkError,
        503,
        "OpenAIError",
    );
    assert_eq!(told(&error), expected);
    let error = breaks(stream(vec![])).await;
    assert_eq!(
        error.message,
        "OpenAI API error: request ended without sending any chunks"
    );
}

#[tokio::test]
async fn an_error_inside_the_stream_is_told() {
    let overloaded = raw(&format!(
        "data: {}\n\n",
        error_body("Server overloaded mid-stream")
    ));
    let error = breaks(vec![
        head(200, "text/event-stream"),
        data(&text("Hel")),
        overloaded,
    ])
    .await;
    let expected = (
        "OpenAI API error: Server overloaded mid-stream",
        ErrorCode::NetworkError,
        503,
        "APIError",
    );
    assert_eq!(told(&error), expected);
}

#[tokio::test]
async fn an_error_that_is_a_whole_chunk_is_told() {
    let error = json!({"object": "error", "message": "out of memory", "type": "x", "code": 500});
    let error = breaks(vec![
        head(200, "text/event-stream"),
        data(&text("Hel")),
        data(&error),
    ])
    .await;
    assert_eq!(
        (error.message.as_str(), &*error.kind),
        ("OpenAI API error: out of memory", "APIError")
    );
}

#[tokio::test]
async fn garbage_is_named_as_such() {
    let error = breaks(vec![
        head(200, "text/event-stream"),
        data(&text("Hel")),
        raw("data: {not json}\n\n"),
    ])
    .await;
    assert!(
        error
            .message
            .starts_with("OpenAI API error: the model server sent a chunk that cannot be read"),
        "{error}"
    );

    let error = breaks(vec![head(200, "text/html"), raw("<html>Sign in</html>")]).await;
    let expected = "OpenAI API error: expected an event stream, but the server sent text/html: <html>Sign in</html>";
    assert_eq!(error.message, expected);

    let error = breaks(vec![
        head(200, "application/json"),
        raw(&error_body("quota")),
    ])
    .await;
    assert_eq!(error.message, "OpenAI API error: quota");
}

#[tokio::test]
async fn half_a_character_at_a_cut_is_no_panic() {
    let mut bytes = format!("data: {}", text("日")).into_bytes();
    let half = bytes.iter().position(|byte| *byte >= 0x80).unwrap() + 1;
    bytes.truncate(half);
    for head in [head(200, "text/event-stream"), head_of_length(1_000_000)] {
        let error = breaks(vec![
            head,
            data(&text("Hel")),
            Act::Raw(bytes.clone()),
            Act::Cut,
        ])
        .await;
        assert_eq!(
            (error.code, &*error.kind),
            (ErrorCode::NetworkError, "OpenAIError"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_character_may_come_in_two_pieces() {
    let bytes = format!("data: {}\n\ndata: {}\n\n", text("日"), finish("stop")).into_bytes();
    let half = bytes.iter().position(|byte| *byte >= 0x80).unwrap() + 1;
    let (one, two) = bytes.split_at(half);
    let pause = Act::Pause(Duration::from_millis(20));
    let script = vec![
        head(200, "text/event-stream"),
        Act::Raw(one.into()),
        pause,
        Act::Raw(two.into()),
    ];
    let server = Server::start(vec![script]).await;
    assert_eq!(
        outcome(config(&server), hi()).await.0[1],
        "TEXT_MESSAGE_CONTENT chatcmpl-1 \"日\""
    );
}

#[tokio::test]
async fn an_event_without_end_is_given_up() {
    let mut script = vec![head(200, "text/event-stream"), raw("data: ")];
    script.extend((0..20).map(|_| Act::Raw(vec![b'x'; 1024 * 1024])));
    let error = breaks(script).await;
    assert_eq!(
        error.message,
        "OpenAI API error: the server sent an event of more than 8388608 bytes"
    );
}

#[tokio::test]
async fn a_redirection_is_not_followed() {
    let elsewhere = Server::saying(vec![text("ok"), finish("stop")]).await;
    let location = format!("location: {}/chat/completions\r\n", elsewhere.url);
    let server = Server::start(vec![refusal(307, &location, "moved")]).await;
    assert_eq!(
        failure(&server).await.message,
        "OpenAI API error: 307 moved"
    );
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn a_real_key_is_never_told() {
    let key = "sk-proj-0123456789abcdef";
    let server = Server::start(vec![refusal(
        401,
        "",
        &error_body(&format!("Incorrect key {key}")),
    )])
    .await;
    let mut config = config(&server);
    config.api_key = Some(Secret::new(key));
    assert!(!format!("{config:?}").contains(key));
    assert!(!format!("{:?}", LlmAgent::new(config.clone()).unwrap()).contains(key));
    let error = outcome(config, hi()).await.1.unwrap_err();
    assert_eq!(error.message, "OpenAI API error: 401 Incorrect key ***");
}

#[tokio::test]
async fn secrets_in_headers_are_not_told_either_not_even_their_beginnings() {
    let key = "azure-0123456789abcdef";
    let long = format!("{} {key}", "x".repeat(990));
    for (script, message) in [
        (
            refusal(401, "", &error_body(&format!("Wrong key {key}"))),
            "OpenAI API error: 401 Wrong key ***".to_owned(),
        ),
        (
            vec![head(200, "text/html"), raw(&long)],
            format!(
                "OpenAI API error: expected an event stream, but the server sent text/html: {} ***",
                "x".repeat(990)
            ),
        ),
    ] {
        let server = Server::start(vec![script]).await;
        let mut config = config(&server);
        let header = Secret::new(format!("Bearer {key}"));
        config
            .headers
            .insert("x-authorization".into(), header.into());
        let error = outcome(config, hi()).await.1.unwrap_err();
        assert_eq!(error.message, message);
    }
}
