//! The way to one endpoint: a POST, tried again where nothing of an answer came and the endpoint may do better later.
//!
//! Nothing here runs on its own: dropping the future, or the answer, closes the connection.

use std::time::Duration;

use futures_util::StreamExt;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use url::Url;

use super::asked::Said;
use super::config::{RemoteConfigError, RemoteEndpointConfig};
use super::failure::Failures;
use crate::agents::agui;
use crate::runtime::error::AgentError;

/// Of the body of an error this much is read, for this long.
const MAX_ERROR_BYTES: usize = 64 << 10;
const ERROR_PATIENCE: Duration = Duration::from_secs(5);
/// The longest answer that is no stream.
const MAX_ANSWER_BYTES: usize = 64 << 20;
/// The pause before the first further attempt; it doubles (upstream 1.10.6).
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What is asked of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Info,
    ExecuteAgent,
    AgentState,
    ExecuteAction,
}

impl Method {
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Info => "/info",
            Self::ExecuteAgent => "/agents/execute",
            Self::AgentState => "/agents/state",
            Self::ExecuteAction => "/actions/execute",
        }
    }
}

/// The way to one endpoint.
#[derive(Debug)]
pub(super) struct Transport {
    client: reqwest::Client,
    url: Url,
    headers: HeaderMap,
    connect: Duration,
    first_byte: Duration,
    retries: u32,
    pub(super) idle: Duration,
    pub(super) line_bytes: usize,
    pub(super) failures: Failures,
}

impl Transport {
    pub(super) fn new(config: &RemoteEndpointConfig) -> Result<Self, RemoteConfigError> {
        let url = config.check_url()?;
        let client = crate::agents::http_client(config.connect_timeout);
        Ok(Self {
            client: client.map_err(agui::ConfigError::Client)?,
            failures: Failures::new(&url),
            url,
            headers: agui::header_map(&config.headers)?,
            connect: config.connect_timeout,
            first_byte: config.first_byte_timeout,
            retries: config.retries,
            idle: config.idle_timeout,
            line_bytes: config.line_bytes,
        })
    }

    /// Where the endpoint is, fit for the log.
    pub(super) fn origin(&self) -> &str {
        self.failures.origin()
    }

    /// Asks until the endpoint begins to answer, or there is no point in asking on.
    pub(super) async fn ask(
        &self,
        method: Method,
        said: &Said,
        body: &impl Serialize,
    ) -> Result<reqwest::Response, AgentError> {
        let body = self.written(body)?;
        let mut attempt = 0;
        loop {
            match self.once(method, said, body.clone()).await {
                Err(refused) if refused.passing && attempt < self.retries => {
                    tracing::debug!(
                        attempt,
                        "{} is asked again: {}",
                        self.origin(),
                        refused.error
                    );
                    tokio::time::sleep(pause(attempt)).await;
                    attempt += 1;
                }
                Err(refused) => return Err(refused.error),
                Ok(answer) => return Ok(answer),
            }
        }
    }

    /// As [`Self::ask`], once, for an answer that is one JSON value.
    pub(super) async fn ask_once<T: DeserializeOwned>(
        &self,
        method: Method,
        said: &Said,
        body: &impl Serialize,
    ) -> Result<T, AgentError> {
        let answer = self.once(method, said, self.written(body)?).await;
        self.read(method, answer.map_err(|refused| refused.error)?)
            .await
    }

    /// An answer that is one JSON value.
    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        method: Method,
        answer: reqwest::Response,
    ) -> Result<T, AgentError> {
        let mut body = Vec::new();
        let mut chunks = answer.bytes_stream();
        while let Some(chunk) = timeout(self.idle, chunks.next())
            .await
            .map_err(|_| self.failures.silent(self.idle))?
        {
            body.extend_from_slice(&chunk.map_err(|error| self.failures.cut(error))?);
            if body.len() > MAX_ANSWER_BYTES {
                return Err(self.failures.too_long("an answer", MAX_ANSWER_BYTES));
            }
        }
        serde_json::from_slice(&body).map_err(|error| self.failures.not_json(method, &error))
    }

    async fn once(
        &self,
        method: Method,
        said: &Said,
        body: bytes::Bytes,
    ) -> Result<reqwest::Response, Refused> {
        let headers = self.headers(said);
        let request = self.client.post(self.address(method));
        let request = request.headers(headers.clone()).body(body).send();
        let response = match timeout(self.first_byte, request).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                return Err(Refused {
                    passing: true,
                    error: self.failures.unreachable(error, self.connect),
                });
            }
            Err(_) => {
                return Err(Refused {
                    passing: false,
                    error: self.failures.slow_to_begin(self.first_byte),
                });
            }
        };
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = beginning(response).await;
        Err(Refused {
            passing: matches!(status.as_u16(), 408 | 429 | 502..=504),
            error: self.failures.status(method, status, &body, &headers),
        })
    }

    /// The client's headers that may pass, under the configured ones.
    fn headers(&self, said: &Said) -> HeaderMap {
        let mut headers = said.headers.clone();
        for (name, value) in &self.headers {
            headers.insert(name.clone(), value.clone());
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers
    }

    fn address(&self, method: Method) -> Url {
        let mut url = self.url.clone();
        let path = format!("{}{}", url.path().trim_end_matches('/'), method.path());
        url.set_path(&path);
        url
    }

    fn written(&self, body: &impl Serialize) -> Result<bytes::Bytes, AgentError> {
        let written = serde_json::to_vec(body).map_err(|error| self.failures.unwritable(error))?;
        Ok(written.into())
    }
}

/// A request that was not answered as it should be.
struct Refused {
    /// Whether the same may go well later.
    passing: bool,
    error: AgentError,
}

/// The pause after the attempt of this number, from 0: up to a quarter shorter by chance.
fn pause(attempt: u32) -> Duration {
    let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(attempt));
    pause
        .min(LONGEST_PAUSE)
        .mul_f64(1.0 - rand::random::<f64>() * 0.25)
}

async fn beginning(response: reqwest::Response) -> String {
    let mut body = Vec::new();
    let mut chunks = response.bytes_stream();
    let read = async {
        while let Some(Ok(chunk)) = chunks.next().await {
            body.extend_from_slice(&chunk);
            if body.len() >= MAX_ERROR_BYTES {
                break;
            }
        }
    };
    // What came in time will do.
    let _ = timeout(ERROR_PATIENCE, read).await;
    body.truncate(MAX_ERROR_BYTES);
    String::from_utf8_lossy(&body).into_owned()
}
