//! Guardrails of a service that speaks upstream's protocol (1.10.6): `POST {url}/guardrails/validate`.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::json;

use super::{Guardrail, GuardrailError, Question, Topics, Verdict};
use crate::runtime::service::Service;
use crate::upstream::{ConfigError, NamedUpstream, UpstreamKind};

/// How long a reason for a user may be, in characters.
const MAX_REASON: usize = 1000;
/// The header that holds the key (upstream 1.10.6).
const KEY: HeaderName = HeaderName::from_static("x-copilotcloud-public-api-key");

/// A service that judges.
pub struct GuardrailService {
    service: Service,
    headers: HeaderMap,
    topics: Topics,
}

/// Its verdict.
#[derive(Deserialize)]
#[serde(tag = "status", rename_all = "lowercase")]
enum Told {
    Allowed,
    Denied {
        #[serde(default)]
        reason: Option<String>,
    },
}

impl GuardrailService {
    /// The service at this address, before `/guardrails/validate`, with its key, and what it is to hold conversations to besides
    /// what a GraphQL client asks for.
    ///
    /// # Errors
    /// If the address is none.
    pub fn new(
        url: &str,
        key: Option<HeaderValue>,
        timeout: Duration,
        topics: Topics,
    ) -> Result<Self, ConfigError> {
        let url = format!("{}/guardrails/validate", url.trim_end_matches('/'));
        Ok(Self {
            service: Service::new(&url, timeout)?,
            headers: key.map(|key| (KEY, key)).into_iter().collect(),
            topics,
        })
    }

    async fn ask(&self, question: &Question) -> Result<Verdict, GuardrailError> {
        let both = |own: &[String], asked: &[String]| [own, asked].concat();
        let body = json!({
            "input": question.text,
            "validTopics": both(&self.topics.valid, &question.topics.valid),
            "invalidTopics": both(&self.topics.invalid, &question.topics.invalid),
            "messages": question.before,
        });
        let sent = self
            .service
            .post(self.headers.clone(), body.to_string().into());
        let answer = sent.await?;
        if !answer.status.is_success() {
            return Err(answer.unexpected().into());
        }
        let told = serde_json::from_value(answer.body)
            .map_err(|error| format!("its answer is no verdict: {error}"))?;
        Ok(match told {
            Told::Allowed => Verdict::Allowed,
            Told::Denied { reason } => {
                let reason = reason.unwrap_or_else(|| "This is not allowed here.".to_owned());
                Verdict::Denied(reason.chars().take(MAX_REASON).collect())
            }
        })
    }
}

impl Guardrail for GuardrailService {
    fn judge<'a>(
        &'a self,
        question: &'a Question,
    ) -> BoxFuture<'a, Result<Verdict, GuardrailError>> {
        self.ask(question).boxed()
    }

    fn upstreams(&self) -> Vec<NamedUpstream> {
        let upstream = self.service.upstream.clone();
        vec![NamedUpstream {
            kind: UpstreamKind::Guardrails,
            name: upstream.label().to_owned(),
            upstream,
        }]
    }
}
