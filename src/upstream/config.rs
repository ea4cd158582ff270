//! What every upstream can be configured with, and how addresses, headers and times are read.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::Duration;

use http::header::{HeaderMap, HeaderName, HeaderValue};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::retry::Backoff;
use super::seconds::Seconds;
use super::secret::HeaderSource;

/// How one upstream is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UpstreamSettings {
    /// How long it is waited for.
    pub(crate) timeouts: Timeouts,
    /// How often a request is tried again.
    pub(crate) retries: u32,
    /// The pauses in between.
    pub(crate) backoff: Backoff,
    /// When it is left alone.
    pub(crate) breaker: BreakerSettings,
    /// How much is asked of it at once.
    pub(crate) limit: LimitSettings,
}

impl UpstreamSettings {
    /// With these times: asked once, everything else by default.
    pub(crate) fn new(timeouts: Timeouts) -> Self {
        Self {
            timeouts,
            retries: 0,
            backoff: Backoff::default(),
            breaker: BreakerSettings::default(),
            limit: LimitSettings::default(),
        }
    }
}

/// How long an upstream is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timeouts {
    /// Until there is a connection (`connect_seconds`).
    pub(crate) connect: Duration,
    /// Until the answer begins (`first_byte_seconds`).
    pub(crate) first_byte: Duration,
    /// In the silence of an answer that has begun (`idle_seconds`).
    pub(crate) idle: Duration,
}

/// `breaker = { failures = 5, seconds = 10 }`: when an upstream that fails is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BreakerSettings {
    /// After so many failures in a row requests are refused at once; 0 for never. Failures are: no connection, no answer in
    /// time, an answer that breaks off, and the statuses 502, 503 and 504.
    pub failures: u32,
    /// Seconds for which they are. Then one request tries whether the upstream is back.
    #[serde(rename = "seconds", with = "Seconds")]
    pub pause: Duration,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            failures: 5,
            pause: Duration::from_secs(10),
        }
    }
}

/// `limit = { at_once = 20 }`: how many requests one upstream gets at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    /// The most at once, each counted until its answer has ended; unset for as many as come.
    #[schemars(example = 20)]
    pub at_once: Option<NonZeroUsize>,
    /// The most that wait for their turn; more are refused.
    pub waiting: usize,
    /// Seconds for which one waits before it is refused.
    #[serde(rename = "wait_seconds", with = "Seconds")]
    pub patience: Duration,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            at_once: None,
            waiting: 100,
            patience: Duration::from_secs(30),
        }
    }
}

/// A configuration that cannot work, and what would mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The address is none. It is not repeated here, for it may hold a secret.
    #[error("url: {0}")]
    BadUrl(String),
    /// A header that HTTP does not allow.
    #[error("header `{0}`: not a valid name or value")]
    BadHeader(String),
    /// A header's value is not where the configuration says.
    #[error("the environment variable `{0}` is not set; it should hold a header's value")]
    MissingHeader(String),
    /// The HTTP client cannot be set up, for want of root certificates for example.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(String),
}

/// An address, if it is one that can be asked.
pub(crate) fn address(text: &str) -> Result<Url, ConfigError> {
    let url = Url::parse(text).map_err(|error| ConfigError::BadUrl(error.to_string()))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        scheme => Err(ConfigError::BadUrl(format!(
            "begins with http:// or https://, not with {scheme}:"
        ))),
    }
}

/// Configured headers, with what the environment holds of them.
pub(crate) fn header_map(
    sources: &BTreeMap<String, HeaderSource>,
) -> Result<HeaderMap, ConfigError> {
    let mut headers = HeaderMap::new();
    for (name, source) in sources {
        let bad = || ConfigError::BadHeader(name.clone());
        let parsed = HeaderName::try_from(name).map_err(|_| bad())?;
        let value = sensitive(source.value()?.expose()).ok_or_else(bad)?;
        headers.insert(parsed, value);
    }
    Ok(headers)
}

/// What is wrong with configured headers, each by the keys to it.
pub(crate) fn header_mistakes(
    sources: &BTreeMap<String, HeaderSource>,
) -> impl Iterator<Item = (Vec<&str>, String)> {
    sources.iter().filter_map(|(name, source)| {
        let alone = BTreeMap::from([(name.clone(), source.clone())]);
        let error = header_map(&alone).err()?;
        Some((vec!["headers", name.as_str()], error.to_string()))
    })
}

/// A header's value that no log shows; nothing of a text that no header can hold.
pub(crate) fn sensitive(value: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// What is waited for a connection where nothing else is configured.
pub(crate) fn default_connect() -> Duration {
    Duration::from_secs(10)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::*;
    use crate::config::{AgentSection, Config};

    fn parsed(keys: &str, env: &[(&str, &str)]) -> Result<Config, String> {
        let text = format!("[agents.a]\ntype = 'ag-ui'\nurl = 'http://h/a'\n{keys}");
        let env = env
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()));
        Config::parse(&text, "x.toml", env).map_err(|error| error.to_string())
    }

    #[test]
    fn breaker_and_limit_are_tables_of_their_own_with_defaults() {
        let keys = "breaker = { failures = 3 }\nlimit = { at_once = 8, wait_seconds = 0.5 }";
        let config = parsed(keys, &[("AGUI_AGENTS__A__BREAKER__SECONDS", "1.5")]).unwrap();
        let AgentSection::AgUi(agent) = &config.agents["a"] else {
            panic!("{:?}", config.agents);
        };
        let breaker = BreakerSettings {
            failures: 3,
            pause: Duration::from_millis(1500),
        };
        let limit = LimitSettings {
            at_once: NonZeroUsize::new(8),
            waiting: 100,
            patience: Duration::from_millis(500),
        };
        assert_eq!(
            (agent.breaker, agent.limit, agent.retries),
            (breaker, limit, 0)
        );
    }

    #[test]
    fn a_mistake_in_them_is_told_with_its_line() {
        for (keys, expected) in [
            (
                "breaker = { failure = 3 }",
                "x.toml:4: unknown key `agents.a.breaker.failure`; did you mean `agents.a.breaker.failures`?",
            ),
            (
                "breaker = { seconds = 0 }",
                "`agents.a.breaker.seconds`: must be a number of seconds above 0",
            ),
            (
                "limit = { at_once = 0 }",
                "x.toml:4: `agents.a.limit.at_once`: ",
            ),
            ("limit = 8", "x.toml:4: `agents.a.limit`: is a section"),
        ] {
            let error = parsed(keys, &[]).unwrap_err();
            assert!(error.contains(expected), "{keys} is told as {error}");
        }
    }
}
