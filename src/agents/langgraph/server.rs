//! The way to one LangGraph server, and what one run asks there.
//!
//! Nothing here runs on its own: dropping a future, or an answer, closes the connection.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use http::Method;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::config::{LangGraphConfig, LangGraphConfigError};
use super::failure::Failures;
use crate::runtime::error::AgentError;
use crate::upstream::{Answer, Body, Failed, Repeat, Upstream};

/// The longest answer that is no stream: the states of a long thread.
const MAX_ANSWER_BYTES: usize = 64 << 20;

/// The way to one server.
#[derive(Debug)]
pub(super) struct Server {
    upstream: Upstream,
    url: Url,
    headers: HeaderMap,
    line_bytes: usize,
    failures: Failures,
}

impl Server {
    pub(super) fn new(config: &LangGraphConfig) -> Result<Self, LangGraphConfigError> {
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

/// A request that can be sent more than once.
struct Request {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Bytes,
}

impl Session {
    pub(super) fn line_bytes(&self) -> usize {
        self.server.line_bytes
    }

    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        question: Question<'_>,
    ) -> Result<T, AgentError> {
        let answer = self.send(Repeat::Reads, self.getting(question)).await;
        self.read(question, answer).await
    }

    /// A question that is asked by POST, and that changes nothing or the same a second time.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        question: Question<'_>,
        body: &impl Serialize,
    ) -> Result<T, AgentError> {
        let request = self.posting(question, body)?;
        let answer = self.send(Repeat::Reads, request).await;
        self.read(question, answer).await
    }

    /// Tells the server something, whether or not there is a place for more to be asked.
    pub(super) async fn tell(&self, question: Question<'_>) -> Result<(), AgentError> {
        let request = self.posting(question, &serde_json::json!({}))?;
        let answer = self.look(request).await;
        self.good(question, answer).await.map(drop)
    }

    /// Starts a run: an answer of server-sent events.
    pub(super) async fn stream(
        &self,
        question: Question<'_>,
        body: &impl Serialize,
    ) -> Result<Answer, AgentError> {
        let request = self.posting(question, body)?;
        let answer = self.send(Repeat::Acts, request).await;
        let answer = self.good(question, answer).await?;
        let content = answer.headers.get(CONTENT_TYPE);
        let content = content.and_then(|it| it.to_str().ok()).unwrap_or_default();
        let media_type = content.split(';').next().unwrap_or_default().trim();
        match media_type.eq_ignore_ascii_case("text/event-stream") || media_type.is_empty() {
            true => Ok(answer),
            false => Err(self.failures.not_events(media_type)),
        }
    }

    /// That something is not there is an answer too: nothing is wrong with the server.
    pub(super) fn is_fine(&self) {
        if let Ok(mut attempt) = self.server.upstream.admit() {
            attempt.worked();
        }
    }

    fn getting(&self, question: Question<'_>) -> Request {
        Request {
            method: Method::GET,
            url: self.server.address(question.path),
            headers: self.headers.clone(),
            body: Bytes::new(),
        }
    }

    fn posting(
        &self,
        question: Question<'_>,
        body: &impl Serialize,
    ) -> Result<Request, AgentError> {
        let body = serde_json::to_vec(body).map_err(|error| self.failures.unwritable(error))?;
        let mut headers = self.headers.clone();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(Request {
            method: Method::POST,
            url: self.server.address(question.path),
            headers,
            body: body.into(),
        })
    }

    async fn send(&self, repeat: Repeat, request: Request) -> Result<Answer, Failed> {
        let upstream = &self.server.upstream;
        upstream.send(repeat, || self.built(&request)).await
    }

    async fn look(&self, request: Request) -> Result<Answer, Failed> {
        self.server.upstream.look(self.built(&request)).await
    }

    fn built(&self, request: &Request) -> reqwest::RequestBuilder {
        let upstream = &self.server.upstream;
        let built = upstream.request(request.method.clone(), request.url.clone());
        let built = built.headers(request.headers.clone());
        match request.body.is_empty() {
            true => built,
            false => built.body(request.body.clone()),
        }
    }

    /// An answer that is what was asked for.
    async fn good(
        &self,
        question: Question<'_>,
        answer: Result<Answer, Failed>,
    ) -> Result<Answer, AgentError> {
        let answer = answer.map_err(|failed| {
            let connect = self.server.upstream.settings().timeouts.connect;
            self.failures.no_answer(failed, connect)
        })?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        let body = answer.body.beginning(Bytes::new()).await;
        let (what, failures) = (question.what, &self.failures);
        Err(failures.status(what, answer.status, &body, &self.headers))
    }

    /// An answer that is one JSON value.
    async fn read<T: DeserializeOwned>(
        &self,
        question: Question<'_>,
        answer: Result<Answer, Failed>,
    ) -> Result<T, AgentError> {
        let mut chunks: Body = self.good(question, answer).await?.body;
        let mut body = Vec::new();
        while let Some(chunk) = chunks.next().await {
            body.extend_from_slice(&chunk.map_err(|error| self.failures.broke_off(error))?);
            if body.len() > MAX_ANSWER_BYTES {
                return Err(self.failures.too_long("an answer", MAX_ANSWER_BYTES));
            }
        }
        serde_json::from_slice(&body).map_err(|error| self.failures.not_json(question.what, &error))
    }
}
