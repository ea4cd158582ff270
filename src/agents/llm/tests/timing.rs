//! Silence and departure: both end the connection in their time.

use std::time::{Duration, Instant};

use futures_util::StreamExt;

use super::failures::told;
use super::server::{Act, Server, data, finish, head, raw, text};
use super::{config, hi, outcome};
use crate::agents::Agent;
use crate::agents::llm::{LlmAgent, LlmConfig};
use crate::runtime::error::ErrorCode;

fn impatient(server: &Server) -> LlmConfig {
    LlmConfig {
        first_byte_timeout: Duration::from_millis(150),
        idle_timeout: Duration::from_millis(100),
        ..config(server)
    }
}

#[tokio::test]
async fn silence_ends_in_its_time() {
    let cases = [
        (vec![Act::Hang], "OpenAI API error: Request timed out."),
        (
            vec![head(200, "text/event-stream"), Act::Hang],
            "OpenAI API error: the model server was silent for 150ms",
        ),
        (
            vec![
                head(200, "text/event-stream"),
                data(&text("Hel")),
                Act::Hang,
            ],
            "OpenAI API error: the model server was silent for 100ms",
        ),
    ];
    for (script, message) in cases {
        let mut server = Server::start(vec![script]).await;
        let error = outcome(impatient(&server), hi()).await.1.unwrap_err();
        assert_eq!(
            told(&error),
            (
                message,
                ErrorCode::NetworkError,
                503,
                "APIConnectionTimeoutError"
            )
        );
        // And the connection is closed.
        tokio::time::timeout(Duration::from_secs(2), server.gone.recv())
            .await
            .unwrap()
            .unwrap();
    }
}

#[tokio::test]
async fn a_comment_is_a_sign_of_life() {
    let mut script = vec![head(200, "text/event-stream")];
    for _ in 0..6 {
        script.extend([
            raw(": OPENROUTER PROCESSING\n\n"),
            Act::Pause(Duration::from_millis(50)),
        ]);
    }
    script.extend([data(&text("at last")), data(&finish("stop"))]);
    let server = Server::start(vec![script]).await;
    let patient = LlmConfig {
        first_byte_timeout: Duration::from_millis(200),
        idle_timeout: Duration::from_millis(200),
        ..config(&server)
    };
    let (lines, result) = outcome(patient, hi()).await;
    result.unwrap();
    assert_eq!(lines[1], "TEXT_MESSAGE_CONTENT chatcmpl-1 \"at last\"");
}

#[tokio::test]
async fn dropping_the_run_closes_the_connection_at_once() {
    let scripts = [
        vec![Act::Hang],
        vec![
            head(200, "text/event-stream"),
            data(&text("Hel")),
            Act::Hang,
        ],
    ];
    for script in scripts {
        let mut server = Server::start(vec![script]).await;
        let mut run = LlmAgent::new(config(&server))
            .unwrap()
            .run(std::sync::Arc::new(hi()));
        let reading = async { while run.next().await.is_some() {} };
        assert!(
            tokio::time::timeout(Duration::from_millis(150), reading)
                .await
                .is_err()
        );
        let dropped = Instant::now();
        drop(run);
        tokio::time::timeout(Duration::from_secs(5), server.gone.recv())
            .await
            .unwrap()
            .unwrap();
        assert!(
            dropped.elapsed() < Duration::from_millis(200),
            "{:?}",
            dropped.elapsed()
        );
    }
}
