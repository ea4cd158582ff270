//! Asking the model server: one POST, tried again where that can help.
//!
//! Nothing here runs on its own: dropping the future closes the connection.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::StreamExt;
use http::header::{CONTENT_TYPE, HeaderMap};
use tokio::time::timeout;
use url::Url;

use super::aws::Signer;
use super::client::{client, headers, server_url};
use super::config::{ConfigError, LlmConfig, Secret};
use super::failure::Failures;
use super::provider::Provider;
use super::retry;
use super::stream::Answer;
use super::wire::Framing;
use crate::runtime::error::AgentError;

/// Of the body of an error this much is read.
const MAX_ERROR_BYTES: usize = 64 * 1024;

/// The way to one model server.
#[derive(Debug, Clone)]
pub(super) struct Transport {
    client: reqwest::Client,
    base: Url,
    headers: HeaderMap,
    max_retries: u32,
    first_byte: Duration,
    idle: Duration,
    failures: Failures,
    framing: Framing,
    signer: Option<Signer>,
}

impl Transport {
    pub(super) fn new(
        config: &LlmConfig,
        provider: &Provider,
        base_url: &str,
        key: Option<&Secret>,
        failures: Failures,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            client: client(config.connect_timeout)?,
            base: server_url(base_url)?,
            headers: headers(config, provider, key)?,
            max_retries: config.max_retries,
            first_byte: config.first_byte_timeout,
            idle: config.idle_timeout,
            failures,
            framing: Framing::Sse,
            signer: None,
        })
    }

    /// The same, to a server that cuts its answers so, and wants its requests signed.
    pub(super) fn framed(self, framing: Framing, signer: Option<Signer>) -> Self {
        Self {
            framing,
            signer,
            ..self
        }
    }

    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    pub(super) fn failures(&self) -> &Failures {
        &self.failures
    }

    /// Sends the body until the server begins to answer with events, or has failed for good.
    pub(super) async fn ask(&self, url: Url, body: Bytes) -> Result<Answer, AgentError> {
        let mut attempt = 0;
        loop {
            let failed = match self.try_once(url.clone(), body.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            if !failed.retry || attempt >= self.max_retries {
                return Err(failed.error);
            }
            let pause = failed.wait.unwrap_or_else(|| retry::backoff(attempt));
            tracing::debug!(attempt, ?pause, error = %failed.error, "asking the model server again");
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    async fn try_once(&self, url: Url, body: Bytes) -> Result<Answer, Attempt> {
        let mut headers = self.headers.clone();
        if let Some(signer) = &self.signer {
            signer.sign(&url, &body, &mut headers, SystemTime::now());
        }
        let request = self.client.post(url).headers(headers).body(body).send();
        let response = match timeout(self.first_byte, request).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                return Err(Attempt::again(
                    self.failures.connection(error.without_url()),
                ));
            }
            // The model may be at work, and the user has waited long enough.
            Err(_) => return Err(Attempt::last(self.failures.timeout("Request timed out."))),
        };
        let status = response.status();
        if status.is_success() && !is_other_content(response.headers()) {
            return Ok(Answer::new(
                response,
                self.framing,
                self.first_byte,
                self.idle,
            ));
        }
        let headers = response.headers().clone();
        let text = self.read_error(response).await;
        if status.is_success() {
            return Err(Attempt::last(self.not_events(&headers, &text)));
        }
        Err(Attempt {
            error: self.failures.status(status, &text),
            retry: retry::worth_it(status, &headers),
            wait: retry::asked_for(&headers),
        })
    }

    async fn read_error(&self, response: reqwest::Response) -> String {
        let mut body = Vec::new();
        let mut chunks = response.bytes_stream();
        while let Ok(Some(Ok(chunk))) =
            timeout(self.idle.min(Duration::from_secs(5)), chunks.next()).await
        {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_ERROR_BYTES {
                body.truncate(MAX_ERROR_BYTES);
                break;
            }
        }
        String::from_utf8_lossy(&body).into_owned()
    }

    /// Status 200, but no event stream: an error in disguise, or not a model server at all.
    fn not_events(&self, headers: &HeaderMap, text: &str) -> AgentError {
        let error = serde_json::from_str::<serde_json::Value>(text)
            .ok()
            .and_then(|mut body| body.get_mut("error").map(serde_json::Value::take))
            .filter(|error| !error.is_null());
        if let Some(error) = error {
            return self.failures.in_stream(&error.to_string());
        }
        let content = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("nothing");
        self.failures.broken(&format!(
            "expected an event stream, but the server sent {content}: {}",
            self.failures.excerpt(text.trim())
        ))
    }
}

/// One failed request, and whether another may do better.
struct Attempt {
    error: AgentError,
    retry: bool,
    wait: Option<Duration>,
}

impl Attempt {
    fn again(error: AgentError) -> Self {
        Self {
            error,
            retry: true,
            wait: None,
        }
    }

    fn last(error: AgentError) -> Self {
        Self {
            error,
            retry: false,
            wait: None,
        }
    }
}

fn is_other_content(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|content| {
            let content = content.to_ascii_lowercase();
            content.starts_with("text/html") || content.starts_with("application/json")
        })
}
