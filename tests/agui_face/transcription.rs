//! Speech to text, with a transcriber of the application's own.

use agui_runtime::server::HttpOptions;
use agui_runtime::transcribe::{
    Audio, OpenAiTranscriber, Transcriber, TranscriptionConfig, TranscriptionError,
};
use futures_util::future::BoxFuture;
use poem::http::Method;
use serde_json::{Value, json};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{builder, demo, serve};
use crate::support::server::free_address;

/// Says what it got, or fails as it is told.
struct Parrot;

impl Transcriber for Parrot {
    fn transcribe(&self, audio: Audio) -> BoxFuture<'_, Result<String, TranscriptionError>> {
        Box::pin(async move {
            match &audio.bytes[..] {
                b"auth" => Err(TranscriptionError::AuthFailed),
                b"rate" => Err(TranscriptionError::RateLimited),
                b"short" => Err(TranscriptionError::TooShort),
                b"broken" => Err(TranscriptionError::Provider("provider broke".to_owned())),
                bytes => Ok(format!("transcript of {} {}", audio.filename, bytes.len())),
            }
        })
    }
}

#[tokio::test]
async fn a_recording_becomes_text_over_rest_and_in_an_envelope() {
    let face = serve(builder().transcriber(Parrot), HttpOptions::default()).await;
    let info = face.get("/info").await.json().await;
    assert_eq!(info["audioFileTranscriptionEnabled"], true);
    let body =
        json!({"audio": "aGVsbG8=", "mimeType": "audio/webm;codecs=opus", "filename": "r.webm"});
    let expected =
        json!({"text": "transcript of r.webm 5", "size": 5, "type": "audio/webm;codecs=opus"});
    assert_eq!(face.post("/transcribe", &body).await.json().await, expected);
    let call = json!({"method": "transcribe", "body": body});
    assert_eq!(face.envelope(call).await.json().await, expected);
}

#[tokio::test]
async fn a_failure_has_upstreams_code() {
    let face = serve(builder().transcriber(Parrot), HttpOptions::default()).await;
    for (audio, status, expected) in [
        (
            "YXV0aA==",
            401,
            json!({"error": "auth_failed", "message": "Authentication failed with transcription provider", "retryable": false}),
        ),
        (
            "cmF0ZQ==",
            429,
            json!({"error": "rate_limited", "message": "Rate limited. Please try again later.", "retryable": true}),
        ),
        (
            "c2hvcnQ=",
            400,
            json!({"error": "audio_too_short", "message": "Audio is too short to transcribe", "retryable": false}),
        ),
        (
            "YnJva2Vu",
            500,
            json!({"error": "provider_error", "message": "provider broke", "retryable": true}),
        ),
    ] {
        let answer = face
            .post(
                "/transcribe",
                &json!({"audio": audio, "mimeType": "audio/webm"}),
            )
            .await;
        assert_eq!(answer.status.as_u16(), status);
        assert_eq!(answer.json().await, expected);
    }
    let bad: Value = face
        .ask(Method::POST, "/transcribe", "{x")
        .await
        .json()
        .await;
    assert_eq!(bad["message"], "Request body must be valid JSON");
    let text = face
        .request(
            Method::POST,
            "/transcribe",
            &[("content-type", "text/plain")],
            "x",
        )
        .await;
    assert_eq!(text.status.as_u16(), 400);
}

#[tokio::test]
async fn without_a_transcriber_nobody_writes() {
    let answer = demo()
        .await
        .post(
            "/transcribe",
            &json!({"audio": "aGk=", "mimeType": "audio/webm"}),
        )
        .await;
    assert_eq!(answer.status.as_u16(), 503);
    assert_eq!(answer.json().await["error"], "service_not_configured");
}

/// A server that gives one answer to one request. Its address, and the request that it got.
async fn provider(
    status: &'static str,
    answer: &'static str,
) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let serving = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.expect("a request");
        let mut request = Vec::new();
        while !request.ends_with(b"--\r\n") {
            let read = socket.read_buf(&mut request).await.expect("a form");
            assert!(read > 0, "the form has no end");
        }
        let length = answer.len();
        let reply = format!(
            "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{answer}"
        );
        socket.write_all(reply.as_bytes()).await.expect("a reader");
        String::from_utf8_lossy(&request).into_owned()
    });
    (format!("http://{address}/v1"), serving)
}

fn openai(base_url: String) -> OpenAiTranscriber {
    let config = TranscriptionConfig {
        base_url,
        max_bytes: 100,
        ..TranscriptionConfig::default()
    };
    OpenAiTranscriber::new(&config).expect("a transcriber")
}

#[tokio::test]
async fn an_openai_compatible_server_writes() {
    let (base_url, got) = provider("200 OK", r#"{"text": "hello there"}"#).await;
    let face = serve(
        builder().transcriber(openai(base_url)),
        HttpOptions::default(),
    )
    .await;
    let body = json!({"audio": "aGVsbG8=", "mimeType": "audio/webm", "filename": "r.webm"});
    let answer = face.post("/transcribe", &body).await.json().await;
    assert_eq!(
        answer,
        json!({"text": "hello there", "size": 5, "type": "audio/webm"})
    );
    let request = got.await.expect("a request");
    assert!(
        request.starts_with("POST /v1/audio/transcriptions HTTP/1.1"),
        "{request}"
    );
    assert!(
        request.contains("name=\"model\"\r\n\r\nwhisper-1\r\n"),
        "{request}"
    );
    assert!(
        request.contains("filename=\"r.webm\"\r\nContent-Type: audio/webm\r\n\r\nhello\r\n"),
        "{request}"
    );
    assert!(
        !request.to_lowercase().contains("authorization"),
        "{request}"
    );
}

#[tokio::test]
async fn what_a_provider_says_of_its_inside_stays_here() {
    for (status, answer, expected) in [
        ("401 Unauthorized", "{}", (401, "auth_failed")),
        ("429 Too Many Requests", "", (429, "rate_limited")),
        ("500 Oops", "secret sk-123", (500, "provider_error")),
        ("200 OK", "<html>", (500, "provider_error")),
        ("302 Found", "", (500, "provider_error")),
    ] {
        let (base_url, _got) = provider(status, answer).await;
        let face = serve(
            builder().transcriber(openai(base_url)),
            HttpOptions::default(),
        )
        .await;
        let told = face
            .post(
                "/transcribe",
                &json!({"audio": "aGk=", "mimeType": "audio/webm"}),
            )
            .await;
        let code = told.status.as_u16();
        let told = told.json().await;
        assert_eq!(
            (code, told["error"].as_str().expect("a code")),
            expected,
            "{status}"
        );
        assert!(!told.to_string().contains("sk-123"), "{told}");
    }
    let nobody = openai(format!("http://{}/v1", free_address()));
    let face = serve(builder().transcriber(nobody), HttpOptions::default()).await;
    let ask = |audio: String| json!({"audio": audio, "mimeType": "audio/webm"});
    let unreached = face.post("/transcribe", &ask("aGk=".to_owned())).await;
    assert_eq!(unreached.status.as_u16(), 502);
    assert_eq!(unreached.json().await["error"], "network_error");
    let long = face.post("/transcribe", &ask("aGk0".repeat(50))).await;
    assert_eq!(long.json().await["error"], "audio_too_long");
}
