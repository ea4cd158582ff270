//! Asking the agent: one POST, tried again only where the agent has surely not begun its work.
//!
//! Nothing here runs on its own: dropping the future, or the answer, closes the connection.

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use http::{Method, StatusCode};
use url::Url;

use super::config::AgUiConfig;
use super::events::Events;
use super::failure::Failures;
use super::request::Body;
use crate::agents::RunInput;
use crate::runtime::error::{AgentError, ErrorCode};
use crate::upstream::{self, Answer, ConfigError, Repeat, Upstream};

/// What some frameworks call every answer, event streams too.
const MISLABELLED: &str = "application/json";

/// The way to one agent.
#[derive(Debug)]
pub(super) struct Transport {
    upstream: Upstream,
    url: Url,
    headers: HeaderMap,
    line_bytes: usize,
    failures: Failures,
}

impl Transport {
    pub(super) fn new(config: &AgUiConfig) -> Result<Self, ConfigError> {
        let url = config.address()?;
        Ok(Self {
            upstream: Upstream::at(&url, config.settings())?,
            failures: Failures::new(&url),
            url,
            headers: config.header_map()?,
            line_bytes: config.line_bytes,
        })
    }

    pub(super) fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    /// Sends the run until the agent begins to answer with events.
    pub(super) async fn ask(&self, input: &RunInput) -> Result<Events, AgentError> {
        let headers = self.headers(input);
        let body = Bytes::from(serde_json::to_vec(&Body::new(input)).map_err(unwritable)?);
        let mut answer = self.post(&self.url, &headers, &body).await?;
        if let Some(url) = self.further(&answer) {
            answer = self.post(&url, &headers, &body).await?;
        }
        if answer.status.is_redirection() {
            let location = self.location(&answer.headers);
            return Err(self.failures.redirect(answer.status, location.as_ref()));
        }
        let content = content_type(&answer.headers);
        match (answer.status.is_success(), content) {
            (true, None) => Ok(self.events(answer.body)),
            (true, Some(content)) => {
                let first = match content.eq_ignore_ascii_case(MISLABELLED) {
                    true => self.first_bytes(&mut answer.body).await?,
                    false => Bytes::new(),
                };
                if begins_events(&first) {
                    return Ok(self.events(answer.body).behind(first));
                }
                let body = answer.body.beginning(first).await;
                Err(self.failures.not_events(&content, &body, &headers))
            }
            (false, _) => {
                let body = answer.body.beginning(Bytes::new()).await;
                Err(self.failures.status(answer.status, &body, &headers))
            }
        }
    }

    async fn post(
        &self,
        url: &Url,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<Answer, AgentError> {
        let request = || {
            let request = self.upstream.request(Method::POST, url.clone());
            request.headers(headers.clone()).body(body.clone())
        };
        let answer = self.upstream.send(Repeat::Acts, request).await;
        answer.map_err(|failed| {
            let connect = self.upstream.settings().timeouts.connect;
            self.failures.no_answer(failed, connect)
        })
    }

    /// Where on the same server the request belongs: frameworks such as FastAPI send it on when a slash at the address's end
    /// is missing or too much. Nothing goes to another server.
    fn further(&self, answer: &Answer) -> Option<Url> {
        let on = [
            StatusCode::TEMPORARY_REDIRECT,
            StatusCode::PERMANENT_REDIRECT,
        ];
        let location = answer.headers.get(LOCATION)?.to_str().ok()?;
        let mut url = self.url.join(location).ok()?;
        if !on.contains(&answer.status) || url.origin() != self.url.origin() {
            return None;
        }
        let _ = url.set_username(self.url.username());
        let _ = url.set_password(self.url.password());
        Some(url)
    }

    fn events(&self, body: upstream::Body) -> Events {
        Events::new(body, self.line_bytes, self.failures.clone())
    }

    /// The beginning of a body, as much of it as tells whether events follow, however it is cut; nothing of one that is empty.
    async fn first_bytes(&self, body: &mut upstream::Body) -> Result<Bytes, AgentError> {
        let mut first = BytesMut::new();
        while may_begin_events(&first) {
            let Some(chunk) = body.next().await else {
                break;
            };
            let chunk = chunk.map_err(|error| self.failures.broke_off(error))?;
            first.extend_from_slice(match first.is_empty() {
                true => chunk.trim_ascii_start(),
                false => &chunk,
            });
        }
        Ok(first.freeze())
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

/// How the first line of an event stream may begin.
const FIELDS: [&[u8]; 4] = [b"data:", b"event:", b"id:", b":"];

/// Whether this is the beginning of an event stream.
fn begins_events(body: &[u8]) -> bool {
    FIELDS.into_iter().any(|field| body.starts_with(field))
}

/// Whether what comes next tells if this is the beginning of an event stream.
fn may_begin_events(body: &[u8]) -> bool {
    let begun = |field: &[u8]| field.len() > body.len() && field.starts_with(body);
    !begins_events(body) && FIELDS.into_iter().any(begun)
}

fn unwritable(error: serde_json::Error) -> AgentError {
    let mut failure = AgentError::new(
        ErrorCode::Unknown,
        "The run's input cannot be written as JSON.",
    );
    failure.source = Some(error.into());
    failure
}
