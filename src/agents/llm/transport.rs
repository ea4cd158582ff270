//! Asking the model server: one POST, tried again where that can help.
//!
//! Nothing here runs on its own: dropping the future closes the connection.

use std::time::SystemTime;

use bytes::Bytes;
use http::Method;
use http::header::{CONTENT_TYPE, HeaderMap};
use url::Url;

use super::aws::Signer;
use super::client::{headers, server_url};
use super::config::{ConfigError, LlmConfig, Secret};
use super::failure::Failures;
use super::provider::Provider;
use super::stream::Answer;
use super::wire::Framing;
use crate::runtime::error::AgentError;
use crate::upstream::{Failed, Repeat, Upstream};

/// The way to one model server.
#[derive(Debug, Clone)]
pub(super) struct Transport {
    upstream: Upstream,
    base: Url,
    headers: HeaderMap,
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
        let base = server_url(base_url)?;
        Ok(Self {
            upstream: Upstream::at(&base, config.upstream())?,
            base,
            headers: headers(config, provider, key)?,
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

    pub(super) fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    pub(super) fn failures(&self) -> &Failures {
        &self.failures
    }

    /// Sends the body until the server begins to answer with events, or has failed for good.
    pub(super) async fn ask(&self, url: Url, body: Bytes) -> Result<Answer, AgentError> {
        let request = || {
            let mut headers = self.headers.clone();
            if let Some(signer) = &self.signer {
                signer.sign(&url, &body, &mut headers, SystemTime::now());
            }
            let request = self.upstream.request(Method::POST, url.clone());
            request.headers(headers).body(body.clone())
        };
        let answer = match self.upstream.send(Repeat::Model, request).await {
            Ok(answer) => answer,
            Err(Failed::Unreachable(error)) => return Err(self.failures.connection(error)),
            Err(Failed::Slow(_)) => return Err(self.failures.timeout("Request timed out.")),
            Err(Failed::Refused(refusal)) => return Err(self.failures.refused(&refusal)),
        };
        if answer.status.is_success() && !is_other_content(&answer.headers) {
            let first_byte = self.upstream.settings().timeouts.first_byte;
            let body = answer.body.first_within(first_byte);
            return Ok(Answer::new(body, self.framing));
        }
        let text = answer.body.beginning(Bytes::new()).await;
        Err(match answer.status.is_success() {
            true => self.not_events(&answer.headers, &text),
            false => self.failures.status(answer.status, &text),
        })
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

fn is_other_content(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|content| {
            let content = content.to_ascii_lowercase();
            content.starts_with("text/html") || content.starts_with("application/json")
        })
}
