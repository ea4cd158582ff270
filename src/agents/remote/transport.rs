//! The way to one endpoint: a POST, tried again where that can do no harm and the endpoint may do better later.
//!
//! Nothing here runs on its own: dropping the future, or the answer, closes the connection.

use bytes::Bytes;
use futures_util::StreamExt;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::asked::Said;
use super::config::{RemoteConfigError, RemoteEndpointConfig};
use super::failure::Failures;
use crate::runtime::error::AgentError;
use crate::upstream::{Answer, Body, Failed, Repeat, Upstream, header_map};

/// The longest answer that is no stream.
const MAX_ANSWER_BYTES: usize = 64 << 20;

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

    fn repeat(self) -> Repeat {
        match self {
            Self::Info | Self::AgentState => Repeat::Reads,
            Self::ExecuteAgent | Self::ExecuteAction => Repeat::Acts,
        }
    }
}

/// The way to one endpoint.
#[derive(Debug)]
pub(super) struct Transport {
    upstream: Upstream,
    url: Url,
    headers: HeaderMap,
    pub(super) line_bytes: usize,
    pub(super) failures: Failures,
}

impl Transport {
    pub(super) fn new(config: &RemoteEndpointConfig) -> Result<Self, RemoteConfigError> {
        let url = config.check_url()?;
        Ok(Self {
            upstream: Upstream::at(&url, config.settings())?,
            failures: Failures::new(&url),
            url,
            headers: header_map(&config.headers)?,
            line_bytes: config.line_bytes,
        })
    }

    pub(super) fn upstream(&self) -> &Upstream {
        &self.upstream
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
    ) -> Result<Body, AgentError> {
        let (headers, body) = (self.headers(said), self.written(body)?);
        let request = || self.request(method, headers.clone(), body.clone());
        let answer = self.upstream.send(method.repeat(), request).await;
        self.good(method, &headers, answer).await
    }

    /// What the endpoint has. It is asked however it does: the answer tells.
    pub(super) async fn look<T: DeserializeOwned>(
        &self,
        said: &Said,
        body: &impl Serialize,
    ) -> Result<T, AgentError> {
        let (method, headers) = (Method::Info, self.headers(said));
        let request = self.request(method, headers.clone(), self.written(body)?);
        let answer = self.upstream.look(request).await;
        let body = self.good(method, &headers, answer).await?;
        let told = self.read(method, body).await;
        if told.is_err() {
            self.upstream.fails("it does not tell what it has");
        }
        told
    }

    /// An answer that is one JSON value.
    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        method: Method,
        mut answer: Body,
    ) -> Result<T, AgentError> {
        let mut body = Vec::new();
        while let Some(chunk) = answer.next().await {
            body.extend_from_slice(&chunk.map_err(|error| self.failures.broke_off(error))?);
            if body.len() > MAX_ANSWER_BYTES {
                return Err(self.failures.too_long("an answer", MAX_ANSWER_BYTES));
            }
        }
        serde_json::from_slice(&body).map_err(|error| self.failures.not_json(method, &error))
    }

    /// The body of an answer that is what was asked for.
    async fn good(
        &self,
        method: Method,
        sent: &HeaderMap,
        answer: Result<Answer, Failed>,
    ) -> Result<Body, AgentError> {
        let answer = answer.map_err(|failed| {
            let connect = self.upstream.settings().timeouts.connect;
            self.failures.no_answer(failed, connect)
        })?;
        if answer.status.is_success() {
            return Ok(answer.body);
        }
        let body = answer.body.beginning(Bytes::new()).await;
        Err(self.failures.status(method, answer.status, &body, sent))
    }

    fn request(&self, method: Method, headers: HeaderMap, body: Bytes) -> reqwest::RequestBuilder {
        let request = self
            .upstream
            .request(http::Method::POST, self.address(method));
        request.headers(headers).body(body)
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

    fn written(&self, body: &impl Serialize) -> Result<Bytes, AgentError> {
        let written = serde_json::to_vec(body).map_err(|error| self.failures.unwritable(error))?;
        Ok(written.into())
    }
}
