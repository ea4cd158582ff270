//! A service beside the runtime that has a say in runs, asked by HTTP: webhooks and guardrails.

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::timeout;
use url::Url;

use crate::upstream::{
    self, ConfigError, Failed, Repeat, Timeouts, Upstream, UpstreamSettings, default_connect,
    innermost,
};

/// Of an answer this much is read.
const MAX_ANSWER_BYTES: usize = 64 << 10;

/// What becomes of a run when somebody who has a say in it cannot be asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnFailure {
    /// It is refused.
    #[default]
    Refuse,
    /// It goes on.
    Allow,
}

/// One address that is asked by POST.
pub(crate) struct Service {
    pub(crate) upstream: Upstream,
    url: Url,
    patience: Duration,
}

/// What a service says.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// `null` if it is no JSON.
    pub(crate) body: Value,
}

impl Service {
    pub(crate) fn new(url: &str, patience: Duration) -> Result<Self, ConfigError> {
        let url = upstream::address(url)?;
        let timeouts = Timeouts {
            connect: default_connect(),
            first_byte: patience,
            idle: patience,
        };
        Ok(Self {
            upstream: Upstream::at(&url, UpstreamSettings::new(timeouts))?,
            url,
            patience,
        })
    }

    /// Asks once. Why there is no answer is for the log: nothing of the address is in it.
    pub(crate) async fn post(&self, headers: HeaderMap, body: Bytes) -> Result<Answer, String> {
        let asked = timeout(self.patience, self.ask(headers, body)).await;
        asked.unwrap_or_else(|_| Err(self.slow()))
    }

    async fn ask(&self, headers: HeaderMap, body: Bytes) -> Result<Answer, String> {
        let request = || {
            let request = self.upstream.request(Method::POST, self.url.clone());
            let request = request.header(CONTENT_TYPE, "application/json");
            request.headers(headers.clone()).body(body.clone())
        };
        let answer = self.upstream.send(Repeat::Acts, request).await;
        let upstream::Answer { status, body, .. } = answer.map_err(|failed| match failed {
            Failed::Unreachable(error) => innermost(&error),
            Failed::Slow(_) => self.slow(),
            Failed::Refused(refusal) => format!("it {refusal}"),
        })?;
        let body = whole(body).await?;
        Ok(Answer {
            status,
            body: serde_json::from_slice(&body).unwrap_or_default(),
        })
    }

    fn slow(&self) -> String {
        format!("no answer within {:?}", self.patience)
    }
}

async fn whole(mut body: upstream::Body) -> Result<Vec<u8>, String> {
    let mut whole = Vec::new();
    while let Some(part) = body.next().await {
        whole.extend_from_slice(&part.map_err(|_| "its answer broke off")?);
        if whole.len() > MAX_ANSWER_BYTES {
            return Err(format!(
                "its answer is longer than {MAX_ANSWER_BYTES} bytes"
            ));
        }
    }
    Ok(whole)
}

impl Answer {
    /// As a reason why it is none.
    pub(crate) fn unexpected(&self) -> String {
        format!("its answer is {}", self.status)
    }
}

/// What is wrong with an address, without its key.
pub(crate) fn mistake(url: &str) -> Option<String> {
    let message = upstream::address(url).err()?.to_string();
    Some(message.strip_prefix("url: ").unwrap_or(&message).to_owned())
}
