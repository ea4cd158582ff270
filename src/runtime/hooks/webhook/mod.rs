//! Hooks of an application that is not written in Rust: it is asked before a run and told after it by HTTP, signed as
//! [Standard Webhooks](https://www.standardwebhooks.com) has it.

mod message;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::StatusCode;
use ring::hmac;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::message::Message;
use super::{Hook, HookError, HookResult, Refusal, RunEnd};
use crate::agents::RunInput;
use crate::runtime::service::{self, Answer, OnFailure, Service};
use crate::upstream::{ConfigError, NamedUpstream, UpstreamKind};

/// How long a message to a user may be, in characters.
const MAX_MESSAGE: usize = 1000;
/// How long it takes to the first new attempt; each further one waits four times as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// `[hooks]`: whom to ask before runs, and to tell after them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WebhooksConfig {
    /// Asked before each run. An answer with a 2xx status lets it start; 401, 402, 403, 409, 422, 429 and 451 do not, and the
    /// user is told the `message` in its JSON body. Everything else is a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"https://app.example.com/hooks/before-run")]
    pub before_run: Option<String>,
    /// Told after each run how it ended, and what was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"https://app.example.com/hooks/after-run")]
    pub after_run: Option<String>,
    /// The environment variable that holds the secret by which requests are signed; without one they are not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"WEBHOOK_SECRET")]
    pub secret_env: Option<String>,
    /// Seconds for one attempt; at most 55, as a run does not wait longer.
    pub timeout_seconds: u64,
    /// How often `after_run` is tried again: after half a second, then after four times as long each; at most 5.
    pub retries: u32,
    /// What becomes of a run whose `before_run` failed: `refuse` or `allow`.
    pub on_failure: OnFailure,
}

impl Default for WebhooksConfig {
    fn default() -> Self {
        Self {
            before_run: None,
            after_run: None,
            secret_env: None,
            timeout_seconds: 10,
            retries: 3,
            on_failure: OnFailure::default(),
        }
    }
}

/// A configuration that cannot work, and what would mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhooksConfigError {
    /// Somebody cannot be asked.
    #[error("{key}: {source}")]
    Service {
        /// The key.
        key: &'static str,
        /// Why.
        #[source]
        source: ConfigError,
    },
    /// The secret is not where the configuration says.
    #[error("secret_env: the environment variable `{0}` is not set; it should hold the secret")]
    MissingSecret(String),
    /// The secret is none.
    #[error("secret_env: what follows `whsec_` in `{0}` is not base64")]
    BadSecret(String),
}

impl WebhooksConfig {
    /// What is wrong with it, and with which key; the environment is not looked at.
    pub(crate) fn mistakes(&self) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        for (key, url) in [
            ("before_run", &self.before_run),
            ("after_run", &self.after_run),
        ] {
            let mistake = url.as_deref().and_then(service::mistake);
            found.extend(mistake.map(|mistake| (key, mistake)));
        }
        if !(1..=55).contains(&self.timeout_seconds) {
            found.push(("timeout_seconds", "is from 1 to 55".to_owned()));
        }
        if self.retries > 5 {
            found.push(("retries", "is at most 5".to_owned()));
        }
        found
    }

    /// Whether anybody is to be asked or told.
    pub(crate) fn is_used(&self) -> bool {
        self.before_run.is_some() || self.after_run.is_some()
    }
}

/// An application that is asked and told by HTTP.
pub struct Webhooks {
    before_run: Option<Service>,
    after_run: Option<Service>,
    secret: Option<hmac::Key>,
    retries: u32,
    on_failure: OnFailure,
}

impl Webhooks {
    /// Those of this configuration. The secret is looked up here, once.
    ///
    /// # Errors
    /// If an address or the secret cannot be used.
    pub fn new(config: &WebhooksConfig) -> Result<Self, WebhooksConfigError> {
        let timeout = Duration::from_secs(config.timeout_seconds);
        let service = |key, url: &Option<String>| {
            let service = url.as_deref().map(|url| Service::new(url, timeout));
            let failed = |source| WebhooksConfigError::Service { key, source };
            service.transpose().map_err(failed)
        };
        Ok(Self {
            before_run: service("before_run", &config.before_run)?,
            after_run: service("after_run", &config.after_run)?,
            secret: config.secret_env.as_deref().map(secret).transpose()?,
            retries: config.retries,
            on_failure: config.on_failure,
        })
    }

    async fn ask(&self, service: &Service, input: &RunInput) -> HookResult {
        let reason = match self.send(service, &Message::before(input)).await {
            Ok(answer) if answer.status.is_success() => return Ok(()),
            Ok(answer) if objects(answer.status) => return Err(refusal(&answer).into()),
            Ok(answer) => answer.unexpected(),
            Err(reason) => reason,
        };
        match self.on_failure {
            OnFailure::Refuse => Err(failed("before_run", &reason)),
            OnFailure::Allow => {
                tracing::warn!("hooks.before_run failed, and the run starts: {reason}");
                Ok(())
            }
        }
    }

    /// Nobody waits for it, and who gets a message twice knows it by its id: so it is sent again whatever went wrong.
    async fn tell(&self, service: &Service, end: &RunEnd) -> HookResult {
        let message = Message::after(end);
        let (mut attempts, mut pause) = (0, FIRST_PAUSE);
        loop {
            let (reason, hopeless) = match self.send(service, &message).await {
                Ok(answer) if answer.status.is_success() => return Ok(()),
                Ok(answer) => (answer.unexpected(), !passes(answer.status)),
                Err(reason) => (reason, false),
            };
            if hopeless || attempts == self.retries {
                return Err(failed("after_run", &reason));
            }
            tokio::time::sleep(pause).await;
            attempts += 1;
            pause *= 4;
        }
    }

    async fn send(&self, service: &Service, message: &Message) -> Result<Answer, String> {
        let headers = message.headers(self.secret.as_ref());
        service.post(headers, message.body.clone()).await
    }
}

impl Hook for Webhooks {
    fn before_run<'a>(&'a self, input: &'a RunInput) -> BoxFuture<'a, HookResult> {
        match &self.before_run {
            Some(service) => self.ask(service, input).boxed(),
            None => async { Ok(()) }.boxed(),
        }
    }

    fn after_run<'a>(&'a self, end: &'a RunEnd) -> BoxFuture<'a, HookResult> {
        match &self.after_run {
            Some(service) => self.tell(service, end).boxed(),
            None => async { Ok(()) }.boxed(),
        }
    }

    fn upstreams(&self) -> Vec<NamedUpstream> {
        let named = [
            ("hooks.before_run", &self.before_run),
            ("hooks.after_run", &self.after_run),
        ];
        let named = named.into_iter().filter_map(|(name, service)| {
            Some(NamedUpstream {
                kind: UpstreamKind::Webhook,
                name: name.to_owned(),
                upstream: service.as_ref()?.upstream.clone(),
            })
        });
        named.collect()
    }
}

/// Whether it is the answer of somebody who objects, not of somebody who is not there or does not understand.
fn objects(status: StatusCode) -> bool {
    matches!(status.as_u16(), 401 | 402 | 403 | 409 | 422 | 429 | 451)
}

/// Whether another attempt may go better.
fn passes(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429)
}

fn refusal(answer: &Answer) -> Refusal {
    let said = answer.body["message"].as_str();
    let said = said.unwrap_or("The application does not allow this run.");
    Refusal::new(
        answer.status,
        said.chars().take(MAX_MESSAGE).collect::<String>(),
    )
}

fn failed(key: &str, reason: &str) -> HookError {
    HookError::Failed(format!("hooks.{key}: {reason}").into())
}

/// The key in a variable: base64 behind `whsec_`, as the standard writes it, or else the text itself.
fn secret(variable: &str) -> Result<hmac::Key, WebhooksConfigError> {
    let text = std::env::var(variable).unwrap_or_default();
    let text = text.trim();
    let bytes = match text.strip_prefix("whsec_") {
        _ if text.is_empty() => {
            return Err(WebhooksConfigError::MissingSecret(variable.to_owned()));
        }
        Some(encoded) => BASE64
            .decode(encoded)
            .map_err(|_| WebhooksConfigError::BadSecret(variable.to_owned()))?,
        None => text.as_bytes().to_vec(),
    };
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}
