//! A service beside the runtime that has a say in runs, asked by HTTP: webhooks and guardrails.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::upstream;

/// Of an answer this much is read.
const MAX_ANSWER_BYTES: usize = 64 << 10;

/// What becomes of a run when somebody who has a say in it cannot be asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnFailure {
    /// It is refused.
    #[default]
    Refuse,
    /// It goes on.
    Allow,
}

/// A service that cannot be asked as it is configured, and what would mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// The address is none.
    #[error("`{0}`: write an address that begins with http:// or https://")]
    BadUrl(String),
    /// The client cannot be made.
    #[error("the HTTP client cannot be made: {0}")]
    Client(String),
}

/// One address that is asked by POST.
pub(crate) struct Service {
    client: reqwest::Client,
    url: Url,
    timeout: Duration,
}

/// What a service says.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// `null` if it is no JSON.
    pub(crate) body: Value,
}

impl Service {
    pub(crate) fn new(url: &str, timeout: Duration) -> Result<Self, ServiceError> {
        let url = address(url)?;
        let client = upstream::client(Duration::from_secs(10))
            .map_err(|error| ServiceError::Client(error.to_string()))?;
        Ok(Self {
            client,
            url,
            timeout,
        })
    }

    /// Asks once. Why there is no answer is for the log: nothing of the address is in it.
    pub(crate) async fn post(&self, headers: HeaderMap, body: Bytes) -> Result<Answer, String> {
        let request = self.client.post(self.url.clone()).timeout(self.timeout);
        let request = request.header(CONTENT_TYPE, "application/json");
        let sent = request.headers(headers).body(body).send().await;
        let mut response = sent.map_err(|error| self.reason(&error))?;
        let mut answer = Vec::new();
        while let Some(part) = response
            .chunk()
            .await
            .map_err(|error| self.reason(&error))?
        {
            answer.extend_from_slice(&part);
            if answer.len() > MAX_ANSWER_BYTES {
                return Err(format!(
                    "its answer is longer than {MAX_ANSWER_BYTES} bytes"
                ));
            }
        }
        Ok(Answer {
            status: response.status(),
            body: serde_json::from_slice(&answer).unwrap_or_default(),
        })
    }

    fn reason(&self, error: &reqwest::Error) -> String {
        if error.is_timeout() {
            return format!("no answer within {} s", self.timeout.as_secs());
        }
        // The innermost reason says most, and nothing of the address.
        let mut reason: &dyn Error = error;
        while let Some(source) = reason.source() {
            reason = source;
        }
        reason.to_string()
    }
}

impl Answer {
    /// As a reason why it is none.
    pub(crate) fn unexpected(&self) -> String {
        format!("its answer is {}", self.status)
    }
}

/// The address in a configuration.
pub(crate) fn address(url: &str) -> Result<Url, ServiceError> {
    match Url::parse(url) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
        _ => Err(ServiceError::BadUrl(crate::store::without_secrets(url))),
    }
}
