//! What an AG-UI agent is configured with: the keys of an `[agents.*]` table with `type = "ag-ui"`.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use http::header::{HeaderMap, HeaderName, HeaderValue};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use url::Url;

use crate::agents::llm::Secret;

/// The configuration of one [`AgUiAgent`](super::AgUiAgent).
///
/// ```
/// use agui_runtime::agents::agui::{AgUiAgent, AgUiConfig};
///
/// let mut config = AgUiConfig::new("http://localhost:8001/agent");
/// config.description = Some("Looks things up".into());
/// assert!(AgUiAgent::new(config).is_ok());
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgUiConfig {
    /// Where runs are posted to.
    pub url: String,
    /// One sentence for people and for models that may call this agent.
    #[serde(default)]
    pub description: Option<String>,
    /// Headers for every request. Those of a client that bear the same name do not reach the agent.
    #[serde(default)]
    pub headers: BTreeMap<String, HeaderSource>,
    /// Seconds to reach the agent.
    #[serde(
        default = "default_connect",
        rename = "connect_seconds",
        deserialize_with = "seconds"
    )]
    pub connect_timeout: Duration,
    /// Seconds until the agent begins its answer.
    #[serde(
        default = "default_wait",
        rename = "first_byte_seconds",
        deserialize_with = "seconds"
    )]
    pub first_byte_timeout: Duration,
    /// Seconds of silence in an answer that has begun. Comments that keep a stream open count as signs of life.
    #[serde(
        default = "default_wait",
        rename = "idle_seconds",
        deserialize_with = "seconds"
    )]
    pub idle_timeout: Duration,
    /// The longest line that the agent may send, in bytes: an event is one line.
    #[serde(default = "default_line_bytes")]
    pub line_bytes: usize,
}

impl AgUiConfig {
    /// This address, everything else by default.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            description: None,
            headers: BTreeMap::new(),
            connect_timeout: default_connect(),
            first_byte_timeout: default_wait(),
            idle_timeout: default_wait(),
            line_bytes: default_line_bytes(),
        }
    }

    /// The address, if it is one that can be asked.
    pub(super) fn address(&self) -> Result<Url, ConfigError> {
        address(&self.url)
    }

    /// The configured headers, with what the environment holds of them.
    pub(super) fn header_map(&self) -> Result<HeaderMap, ConfigError> {
        header_map(&self.headers)
    }
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
        let mut value = HeaderValue::from_str(source.value()?.expose()).map_err(|_| bad())?;
        value.set_sensitive(true);
        headers.insert(parsed, value);
    }
    Ok(headers)
}

/// Where the value of a header comes from: `authorization = "Bearer …"`, or `authorization = { env = "AGENT_AUTH" }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderSource {
    /// Written down.
    Value(Secret),
    /// In the environment variable of this name.
    Env(String),
}

impl HeaderSource {
    pub(crate) fn value(&self) -> Result<Secret, ConfigError> {
        match self {
            Self::Value(value) => Ok(value.clone()),
            Self::Env(name) => match std::env::var(name) {
                // What was read from a file often has its line's end, which no header may.
                Ok(value) if !value.trim().is_empty() => Ok(Secret::new(value.trim())),
                _ => Err(ConfigError::MissingHeader(name.clone())),
            },
        }
    }
}

impl From<&str> for HeaderSource {
    fn from(value: &str) -> Self {
        Self::Value(Secret::new(value))
    }
}

impl<'de> Deserialize<'de> for HeaderSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SourceVisitor)
    }
}

struct SourceVisitor;

impl<'de> Visitor<'de> for SourceVisitor {
    type Value = HeaderSource;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or `{ env = \"NAME\" }` for one in the environment")
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<HeaderSource, E> {
        Ok(HeaderSource::Value(Secret::new(value)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<HeaderSource, A::Error> {
        match map.next_entry::<String, String>()? {
            Some((key, name)) if key == "env" => Ok(HeaderSource::Env(name)),
            Some((key, _)) => Err(A::Error::custom(format_args!(
                "unknown key `{key}`; write `{{ env = \"NAME\" }}`"
            ))),
            None => Err(A::Error::missing_field("env")),
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

fn default_connect() -> Duration {
    Duration::from_secs(10)
}

/// What Node's `fetch` waits, and so upstream: an agent may think, or use a slow tool, for minutes.
fn default_wait() -> Duration {
    Duration::from_secs(300)
}

/// More than a request may have by default: agents send back what they were sent, as messages in one event.
fn default_line_bytes() -> usize {
    32 << 20
}

pub(crate) fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let seconds = f64::deserialize(deserializer)?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err(D::Error::custom("must be a number of seconds above 0")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::*;
    use crate::config::{AgentSection, Config};

    fn parsed(section: &str) -> Result<AgUiConfig, String> {
        let text = format!("[agents.a]\ntype = 'ag-ui'\n{section}");
        let config =
            Config::parse(&text, "x.toml", Vec::new()).map_err(|error| error.to_string())?;
        match &config.agents["a"] {
            AgentSection::AgUi(config) => Ok((**config).clone()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_section_says_all_that_there_is_to_say() {
        let text = "url = 'http://h/a'\nheaders = { authorization = 'Bearer x', x-env = { env = 'PATH' } }\nidle_seconds = 0.5\nline_bytes = 7";
        let config = parsed(text).unwrap();
        assert_eq!(config.idle_timeout, Duration::from_millis(500));
        assert_eq!(config.line_bytes, 7);
        let headers = config.header_map().unwrap();
        assert_eq!(headers["authorization"], "Bearer x");
        assert_eq!(
            headers["x-env"].to_str().unwrap(),
            std::env::var("PATH").unwrap()
        );
        assert!(!format!("{headers:?}{config:?}").contains("Bearer"));
    }

    #[test]
    fn a_mistake_is_told() {
        for (section, expected) in [
            ("", "x.toml:1: `agents.a`: needs `url`"),
            ("url = 'x'\nulr = 1", "unknown key `agents.a.ulr`"),
            (
                "url = 'x'\nidle_seconds = 0",
                "must be a number of seconds above 0",
            ),
            (
                "url = 'x'\nheaders = { a = { ven = 'X' } }",
                "unknown key `ven`; write `{ env = \"NAME\" }`",
            ),
            (
                "url = 'x'\nheaders = { a = 1 }",
                "expected a text, or `{ env = \"NAME\" }`",
            ),
        ] {
            let error = parsed(section).unwrap_err();
            assert!(error.contains(expected), "{section:?} is told as {error}");
        }
    }

    #[test]
    fn what_cannot_be_asked_is_told_before_it_is_asked() {
        let error = |change: fn(&mut AgUiConfig)| {
            let mut config = AgUiConfig::new("http://h/a");
            change(&mut config);
            super::super::AgUiAgent::new(config)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            error(|config| config.url = "localhost:1/a".into()),
            "url: begins with http:// or https://, not with localhost:"
        );
        assert_eq!(
            error(|config| config.url = "geheim".into()),
            "url: relative URL without a base"
        );
        let missing =
            "the environment variable `AGUI_NOT_SET` is not set; it should hold a header's value";
        assert_eq!(
            error(|config| {
                let source = HeaderSource::Env("AGUI_NOT_SET".into());
                config.headers.insert("a".into(), source);
            }),
            missing
        );
        assert_eq!(
            error(|config| drop(config.headers.insert("a b".into(), "c".into()))),
            "header `a b`: not a valid name or value"
        );
    }
}
