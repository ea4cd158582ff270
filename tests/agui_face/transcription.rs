//! Speech to text, with a transcriber of the application's own.

use agui_runtime::server::HttpOptions;
use agui_runtime::transcribe::{Audio, Transcriber, TranscriptionError};
use futures_util::future::BoxFuture;
use poem::http::Method;
use serde_json::{Value, json};

use super::{builder, demo, serve};

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
