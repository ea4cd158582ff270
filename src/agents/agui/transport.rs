//! Asking the agent: one POST, never tried again, since the agent may have begun its work.
//!
//! Nothing here runs on its own: dropping the future, or the answer, closes the connection.

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use tokio::time::timeout;
use url::Url;

use super::config::{AgUiConfig, ConfigError};
use super::events::Events;
use super::failure::Failures;
use super::request::Body;
use crate::agents::RunInput;
use crate::agents::llm::client::client;
use crate::runtime::error::{AgentError, ErrorCode};

/// What some frameworks call every answer, event streams too.
const MISLABELLED: &str = "application/json";
/// Of the body of an error this much is read, for this long.
const MAX_ERROR_BYTES: usize = 64 << 10;
const ERROR_PATIENCE: Duration = Duration::from_secs(5);

/// The way to one agent.
#[derive(Debug)]
pub(super) struct Transport {
    client: reqwest::Client,
    url: Url,
    headers: HeaderMap,
    connect: Duration,
    first_byte: Duration,
    idle: Duration,
    line_bytes: usize,
    failures: Failures,
}

impl Transport {
    pub(super) fn new(config: &AgUiConfig) -> Result<Self, ConfigError> {
        let url = config.address()?;
        let client = client(config.connect_timeout);
        Ok(Self {
            client: client.map_err(|error| ConfigError::Client(error.to_string()))?,
            failures: Failures::new(&url),
            url,
            headers: config.header_map()?,
            connect: config.connect_timeout,
            first_byte: config.first_byte_timeout,
            idle: config.idle_timeout,
            line_bytes: config.line_bytes,
        })
    }

    /// Sends the run until the agent begins to answer with events.
    pub(super) async fn ask(&self, input: &RunInput) -> Result<Events, AgentError> {
        let headers = self.headers(input);
        let body = serde_json::to_vec(&Body::new(input)).map_err(unwritable)?;
        let request = self.client.post(self.url.clone());
        let request = request.headers(headers.clone()).body(body).send();
        let mut response = match timeout(self.first_byte, request).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(self.failures.unreachable(error, self.connect)),
            Err(_) => return Err(self.failures.slow_to_begin(self.first_byte)),
        };
        let status = response.status();
        if status.is_redirection() {
            let location = self.location(response.headers());
            return Err(self.failures.redirect(status, location.as_ref()));
        }
        let content = content_type(response.headers());
        match (status.is_success(), content) {
            (true, None) => Ok(self.events(response)),
            (true, Some(content)) => {
                let first = match content.eq_ignore_ascii_case(MISLABELLED) {
                    true => self.first_chunk(&mut response).await?,
                    false => Bytes::new(),
                };
                if begins_events(&first) {
                    return Ok(self.events(response).behind(first));
                }
                let body = beginning(response, first).await;
                Err(self.failures.not_events(&content, &body, &headers))
            }
            (false, _) => {
                let body = beginning(response, Bytes::new()).await;
                Err(self.failures.status(status, &body, &headers))
            }
        }
    }

    fn events(&self, response: reqwest::Response) -> Events {
        let failures = self.failures.clone();
        Events::new(response.into(), self.line_bytes, self.idle, failures)
    }

    /// What comes first of a body; nothing of one that is empty.
    async fn first_chunk(&self, response: &mut reqwest::Response) -> Result<Bytes, AgentError> {
        match timeout(self.idle, response.chunk()).await {
            Ok(Ok(chunk)) => Ok(chunk.unwrap_or_default()),
            Ok(Err(error)) => Err(self.failures.cut(error)),
            Err(_) => Err(self.failures.silent(self.idle)),
        }
    }

    /// The client's headers that may pass, under the configured ones, under those that AG-UI needs.
    fn headers(&self, input: &RunInput) -> HeaderMap {
        let mut headers = input.headers.clone();
        for (name, value) in &self.headers {
            headers.insert(name.clone(), value.clone());
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        headers
    }

    /// Where a redirect leads, without what may be secret in it.
    fn location(&self, headers: &HeaderMap) -> Option<Url> {
        let location = headers.get(LOCATION)?.to_str().ok()?;
        let mut url = self.url.join(location).ok()?;
        url.set_query(None);
        url.set_fragment(None);
        // A scheme without a host has no place for these, and nothing to hide.
        let _ = url.set_username("").and_then(|()| url.set_password(None));
        Some(url)
    }
}

/// What the answer is if it is no event stream. Agents that do not say what they send are believed to send events.
fn content_type(headers: &HeaderMap) -> Option<String> {
    let content = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let media_type = content.split(';').next().unwrap_or_default().trim();
    let events = ["text/event-stream", "text/plain", ""];
    let is_events = |known: &&str| media_type.eq_ignore_ascii_case(known);
    (!events.iter().any(is_events)).then(|| media_type.to_owned())
}

/// Whether an event stream may begin so.
fn begins_events(body: &[u8]) -> bool {
    let fields: [&[u8]; 4] = [b"data:", b"event:", b"id:", b":"];
    let body = body.trim_ascii_start();
    fields.into_iter().any(|field| body.starts_with(field))
}

/// The beginning of a body of which this was read already.
async fn beginning(response: reqwest::Response, first: Bytes) -> String {
    let mut body = first.to_vec();
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

fn unwritable(error: serde_json::Error) -> AgentError {
    let mut failure = AgentError::new(
        ErrorCode::Unknown,
        "The run's input cannot be written as JSON.",
    );
    failure.source = Some(error.into());
    failure
}
