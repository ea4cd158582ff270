//! What an AG-UI agent is configured with: the keys of an `[agents.*]` table with `type = "ag-ui"`.

use std::collections::BTreeMap;
use std::time::Duration;

use http::header::HeaderMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::upstream::{
    BreakerSettings, ConfigError, HeaderSource, LimitSettings, Seconds, Timeouts, UpstreamSettings,
    address, default_connect, header_map, header_mistakes,
};

pub(in crate::agents) const NO_LINE: &str =
    "0 would refuse every event; leave the key out for the default";

/// The configuration of one [`AgUiAgent`](super::AgUiAgent).
///
/// ```
/// use agui_runtime::agents::agui::{AgUiAgent, AgUiConfig};
///
/// let mut config = AgUiConfig::new("http://localhost:8001/agent");
/// config.description = Some("Looks things up".into());
/// assert!(AgUiAgent::new(config).is_ok());
/// ```
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgUiConfig {
    /// Where runs are posted to.
    #[schemars(example = &"http://localhost:8001/agent")]
    pub url: String,
    /// One sentence for people and for models that may call this agent.
    #[serde(default)]
    #[schemars(example = &"Looks things up")]
    pub description: Option<String>,
    /// Headers for every request. Those of a client that bear the same name do not reach the agent.
    #[serde(default)]
    #[schemars(example = serde_json::json!({"authorization": {"env": "RESEARCHER_AUTHORIZATION"}}))]
    pub headers: BTreeMap<String, HeaderSource>,
    /// Seconds to reach the agent.
    #[serde(
        default = "default_connect",
        rename = "connect_seconds",
        with = "Seconds"
    )]
    pub connect_timeout: Duration,
    /// Seconds until the agent begins its answer.
    #[serde(
        default = "default_wait",
        rename = "first_byte_seconds",
        with = "Seconds"
    )]
    pub first_byte_timeout: Duration,
    /// Seconds of silence in an answer that has begun. Comments that keep a stream open count as signs of life.
    #[serde(default = "default_wait", rename = "idle_seconds", with = "Seconds")]
    pub idle_timeout: Duration,
    /// The longest line that the agent may send, in bytes: an event is one line.
    #[serde(default = "default_line_bytes")]
    pub line_bytes: usize,
    /// How often a run is sent again that the agent has surely not begun. By default never (upstream 1.75.0).
    #[serde(default)]
    pub retries: u32,
    /// When an agent that fails is left alone.
    #[serde(default)]
    pub breaker: BreakerSettings,
    /// How many runs the agent gets at once.
    #[serde(default)]
    pub limit: LimitSettings,
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
            retries: 0,
            breaker: BreakerSettings::default(),
            limit: LimitSettings::default(),
        }
    }

    /// What keeps the agent from being asked here and now, by the keys to it.
    pub(crate) fn mistakes(&self) -> Vec<(Vec<&str>, String)> {
        let url = self.address().err().map(|error| {
            let message = error.to_string();
            let message = message.strip_prefix("url: ").unwrap_or(&message);
            (vec!["url"], message.to_owned())
        });
        let no_line = (self.line_bytes == 0).then(|| (vec!["line_bytes"], NO_LINE.to_owned()));
        let mistakes = url.into_iter().chain(no_line);
        mistakes.chain(header_mistakes(&self.headers)).collect()
    }

    /// The address, if it is one that can be asked.
    pub(super) fn address(&self) -> Result<Url, ConfigError> {
        address(&self.url)
    }

    /// The configured headers, with what the environment holds of them.
    pub(super) fn header_map(&self) -> Result<HeaderMap, ConfigError> {
        header_map(&self.headers)
    }

    /// How the agent is asked.
    pub(super) fn settings(&self) -> UpstreamSettings {
        let timeouts = Timeouts {
            connect: self.connect_timeout,
            first_byte: self.first_byte_timeout,
            idle: self.idle_timeout,
        };
        UpstreamSettings {
            retries: self.retries,
            breaker: self.breaker,
            limit: self.limit,
            ..UpstreamSettings::new(timeouts)
        }
    }
}

/// What Node's `fetch` waits, and so upstream: an agent may think, or use a slow tool, for minutes.
fn default_wait() -> Duration {
    Duration::from_secs(300)
}

/// More than a request may have by default: agents send back what they were sent, as messages in one event.
fn default_line_bytes() -> usize {
    32 << 20
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
