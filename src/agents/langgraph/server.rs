//! The way to one LangGraph server, and what one run asks there.
//!
//! Nothing here runs on its own: dropping a future, or an answer, closes the connection.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use url::Url;

use super::config::{LangGraphConfig, LangGraphConfigError};
use super::failure::Failures;
use crate::agents::agui::ConfigError;
use crate::runtime::error::AgentError;

/// Of the body of an error this much is read, for this long.
const MAX_ERROR_BYTES: usize = 64 << 10;
const ERROR_PATIENCE: Duration = Duration::from_secs(5);
/// The longest answer that is no stream: the states of a long thread.
const MAX_ANSWER_BYTES: usize = 64 << 20;

/// The way to one server.
#[derive(Debug)]
pub(super) struct Server {
    client: reqwest::Client,
    url: Url,
    headers: HeaderMap,
    connect: Duration,
    first_byte: Duration,
    idle: Duration,
    line_bytes: usize,
    failures: Failures,
}

impl Server {
    pub(super) fn new(config: &LangGraphConfig) -> Result<Self, LangGraphConfigError> {
        let url = config.address()?;
        let client = crate::agents::http_client(config.connect_timeout);
        Ok(Self {
            client: client.map_err(ConfigError::Client)?,
            failures: Failures::new(&url),
            url,
            headers: config.header_map()?,
            connect: config.connect_timeout,
            first_byte: config.first_byte_timeout,
            idle: config.idle_timeout,
            line_bytes: config.line_bytes,
        })
    }

    /// What somebody asks who brought these headers along, of an agent by this name if they said so.
    pub(super) fn session(self: &Arc<Self>, given: &HeaderMap, agent: Option<&str>) -> Session {
        // The client's headers that may pass, under the configured ones.
        let mut headers = given.clone();
        for (name, value) in &self.headers {
            headers.insert(name.clone(), value.clone());
        }
        Session {
            failures: match agent {
                Some(agent) => self.failures.of(agent),
                None => self.failures.clone(),
            },
            server: self.clone(),
            headers,
        }
    }

    /// The address of a path that begins with a slash.
    fn address(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        url.set_path(&format!("{}{path}", url.path().trim_end_matches('/')));
        if !query.is_empty() {
            url.set_query(Some(query));
        }
        url
    }
}

/// What one run, or one question, asks of the server.
#[derive(Debug, Clone)]
pub(super) struct Session {
    server: Arc<Server>,
    headers: HeaderMap,
    pub(super) failures: Failures,
}

/// One request: what it is about in words, and where it goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    /// As it stands in errors.
    pub(super) what: &'a str,
    /// From the server's address on.
    pub(super) path: &'a str,
}

impl Session {
    pub(super) fn idle(&self) -> Duration {
        self.server.idle
    }

    pub(super) fn line_bytes(&self) -> usize {
        self.server.line_bytes
    }

    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        question: Question<'_>,
    ) -> Result<T, AgentError> {
        let url = self.server.address(question.path);
        let request = self.server.client.get(url).headers(self.headers.clone());
        let answer = self.answer(question.what, request).await?;
        self.read(question.what, answer).await
    }

    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        question: Question<'_>,
        body: &impl Serialize,
    ) -> Result<T, AgentError> {
        let answer = self.answer(question.what, self.posting(question, body)?);
        self.read(question.what, answer.await?).await
    }

    /// As [`Self::post`], for an answer that says nothing.
    pub(super) async fn tell(&self, question: Question<'_>) -> Result<(), AgentError> {
        let request = self.posting(question, &serde_json::json!({}))?;
        self.answer(question.what, request).await.map(drop)
    }

    /// Starts a run: an answer of server-sent events.
    pub(super) async fn stream(
        &self,
        question: Question<'_>,
        body: &impl Serialize,
    ) -> Result<reqwest::Response, AgentError> {
        let request = self.posting(question, body)?;
        let answer = self.answer(question.what, request).await?;
        let content = answer.headers().get(CONTENT_TYPE);
        let content = content.and_then(|it| it.to_str().ok()).unwrap_or_default();
        let media_type = content.split(';').next().unwrap_or_default().trim();
        match media_type.eq_ignore_ascii_case("text/event-stream") || media_type.is_empty() {
            true => Ok(answer),
            false => Err(self.failures.not_events(media_type)),
        }
    }

    fn posting(
        &self,
        question: Question<'_>,
        body: &impl Serialize,
    ) -> Result<reqwest::RequestBuilder, AgentError> {
        let body = serde_json::to_vec(body).map_err(|error| self.failures.unwritable(error))?;
        let url = self.server.address(question.path);
        let json = HeaderValue::from_static("application/json");
        let request = self.server.client.post(url).headers(self.headers.clone());
        Ok(request.header(CONTENT_TYPE, json).body(body))
    }

    /// Sends a request until the server begins to answer it as it should.
    async fn answer(
        &self,
        what: &str,
        request: reqwest::RequestBuilder,
    ) -> Result<reqwest::Response, AgentError> {
        let wait = self.server.first_byte;
        let response = match timeout(wait, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(self.failures.unreachable(error, self.server.connect)),
            Err(_) => return Err(self.failures.slow_to_begin(wait)),
        };
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = beginning(response).await;
        Err(self.failures.status(what, status, &body, &self.headers))
    }

    async fn read<T: DeserializeOwned>(
        &self,
        what: &str,
        answer: reqwest::Response,
    ) -> Result<T, AgentError> {
        let (failures, idle) = (&self.failures, self.server.idle);
        let mut body = Vec::new();
        let mut chunks = answer.bytes_stream();
        while let Some(chunk) = timeout(idle, chunks.next())
            .await
            .map_err(|_| failures.silent(idle))?
        {
            body.extend_from_slice(&chunk.map_err(|error| failures.cut(error))?);
            if body.len() > MAX_ANSWER_BYTES {
                return Err(failures.too_long("an answer", MAX_ANSWER_BYTES));
            }
        }
        serde_json::from_slice(&body).map_err(|error| failures.not_json(what, &error))
    }
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
