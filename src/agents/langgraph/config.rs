//! What a LangGraph agent is configured with: the keys of an `[agents.*]` table with `type = "langgraph"`.

use std::collections::BTreeMap;
use std::time::Duration;

use http::header::{HeaderMap, HeaderName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use crate::agents::agui::NO_LINE;
use crate::upstream::{
    BreakerSettings, ConfigError, HeaderSource, LimitSettings, Seconds, Secret, Timeouts,
    UpstreamSettings, address, default_connect, header_map, header_mistakes, sensitive,
};

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The configuration of one [`LangGraphAgent`](super::LangGraphAgent).
///
/// ```
/// use agui_runtime::agents::langgraph::{LangGraphAgent, LangGraphConfig};
///
/// let mut config = LangGraphConfig::new("http://localhost:2024", "agent");
/// config.description = Some("Plans trips".into());
/// assert!(LangGraphAgent::new(config).is_ok());
/// ```
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LangGraphConfig {
    /// Where the LangGraph server is: a deployment's address, or that of `langgraph dev`.
    #[schemars(example = &"http://localhost:2024")]
    pub url: String,
    /// The graph, as `langgraph.json` calls it: its default assistant is asked.
    #[serde(default)]
    #[schemars(example = &"agent")]
    pub graph_id: Option<String>,
    /// One assistant, in place of the graph's default one.
    #[serde(default)]
    #[schemars(example = &"fe096781-5601-53d2-b2f6-0d3403f7e9ca")]
    pub assistant_id: Option<String>,
    /// One sentence for people and for models that may call this agent.
    #[serde(default)]
    #[schemars(example = &"Plans trips")]
    pub description: Option<String>,
    /// The key of the deployment; naming a variable with `api_key_env` keeps it out of files.
    #[serde(default)]
    #[schemars(example = &"lsv2_…")]
    pub api_key: Option<Secret>,
    /// The environment variable that holds the key.
    #[serde(default)]
    #[schemars(example = &"LANGSMITH_API_KEY")]
    pub api_key_env: Option<String>,
    /// Headers for every request. Those of a client that bear the same name do not reach the server.
    #[serde(default)]
    #[schemars(example = serde_json::json!({"x-team": "a"}))]
    pub headers: BTreeMap<String, HeaderSource>,
    /// What every run is configured with: `recursion_limit`, `tags`, `configurable`. A client may add to it and change it,
    /// but not raise the limit.
    #[serde(default)]
    #[schemars(example = serde_json::json!({"recursion_limit": 50, "configurable": {"tone": "dry"}}))]
    pub config: Map<String, Value>,
    /// Seconds to reach the server.
    #[serde(
        default = "default_connect",
        rename = "connect_seconds",
        with = "Seconds"
    )]
    pub connect_timeout: Duration,
    /// Seconds until the server begins an answer.
    #[serde(
        default = "default_wait",
        rename = "first_byte_seconds",
        with = "Seconds"
    )]
    pub first_byte_timeout: Duration,
    /// Seconds of silence in an answer that has begun. Comments that keep a stream open count as signs of life.
    #[serde(default = "default_wait", rename = "idle_seconds", with = "Seconds")]
    pub idle_timeout: Duration,
    /// The longest line that the server may send, in bytes: an event is one line, and may hold the whole state.
    #[serde(default = "default_line_bytes")]
    pub line_bytes: usize,
    /// How often a request is sent again that can do no harm a second time, and a run that has surely not begun.
    #[serde(default = "default_retries")]
    pub retries: u32,
    /// When a server that fails is left alone.
    #[serde(default)]
    pub breaker: BreakerSettings,
    /// How many requests the server gets at once; a run is one until it ends.
    #[serde(default)]
    pub limit: LimitSettings,
}

impl LangGraphConfig {
    /// A graph at this address, everything else by default.
    pub fn new(url: impl Into<String>, graph_id: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            graph_id: Some(graph_id.into()),
            assistant_id: None,
            description: None,
            api_key: None,
            api_key_env: None,
            headers: BTreeMap::new(),
            config: Map::new(),
            connect_timeout: default_connect(),
            first_byte_timeout: default_wait(),
            idle_timeout: default_wait(),
            line_bytes: default_line_bytes(),
            retries: default_retries(),
            breaker: BreakerSettings::default(),
            limit: LimitSettings::default(),
        }
    }

    /// How the server is asked.
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

    /// What keeps the graph from being asked here and now, by the keys to it.
    pub(crate) fn mistakes(&self) -> Vec<(Vec<&str>, String)> {
        let mut found: Vec<_> = header_mistakes(&self.headers).collect();
        let mut refuse = |key, message: String| found.push((vec![key], message));
        if let Err(ConfigError::BadUrl(reason)) = address(&self.url) {
            refuse("url", reason);
        }
        if let Err(error) = self.wanted() {
            refuse("graph_id", error.to_string());
        }
        if let Err(error) = self.key() {
            refuse("api_key_env", error.to_string());
        }
        if self.api_key.is_some() && self.api_key_env.is_some() {
            let message = "`api_key_env` names another; remove one of the two";
            refuse("api_key", message.to_owned());
        }
        if self.line_bytes == 0 {
            refuse("line_bytes", NO_LINE.to_owned());
        }
        found
    }

    pub(super) fn address(&self) -> Result<Url, LangGraphConfigError> {
        Ok(address(&self.url)?)
    }

    /// The configured headers and the key, with what the environment holds of them.
    pub(super) fn header_map(&self) -> Result<HeaderMap, LangGraphConfigError> {
        let mut headers = header_map(&self.headers)?;
        if let Some(key) = self.key()? {
            let value = sensitive(key.expose()).ok_or(LangGraphConfigError::BadKey)?;
            headers.insert(API_KEY, value);
        }
        Ok(headers)
    }

    fn key(&self) -> Result<Option<Secret>, LangGraphConfigError> {
        match (&self.api_key, &self.api_key_env) {
            (Some(key), _) => Ok(Some(key.clone())),
            (None, None) => Ok(None),
            (None, Some(name)) => match std::env::var(name) {
                // What was read from a file often has its line's end, which no header may.
                Ok(key) if !key.trim().is_empty() => Ok(Some(Secret::new(key.trim()))),
                _ => Err(LangGraphConfigError::MissingKey(name.clone())),
            },
        }
    }

    /// Which assistant is asked.
    pub(super) fn wanted(&self) -> Result<Wanted, LangGraphConfigError> {
        let given = |id: &Option<String>| id.clone().filter(|id| !id.trim().is_empty());
        match (given(&self.assistant_id), given(&self.graph_id)) {
            (Some(assistant), _) => Ok(Wanted::Assistant(assistant)),
            (None, Some(graph)) => Ok(Wanted::Graph(graph)),
            (None, None) => Err(LangGraphConfigError::NoGraph),
        }
    }
}

/// The assistant that is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The one with this id.
    Assistant(String),
    /// The default one of this graph.
    Graph(String),
}

/// A configuration that cannot work, and what would mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LangGraphConfigError {
    /// With the address, or a header.
    #[error(transparent)]
    Http(#[from] ConfigError),
    /// Nothing says what to ask.
    #[error(
        "needs `graph_id`, the name of a graph in the server's `langgraph.json`, or `assistant_id`"
    )]
    NoGraph,
    /// The key is not where the configuration says.
    #[error("the environment variable `{0}` is not set; it should hold the LangGraph server's key")]
    MissingKey(String),
    /// HTTP does not allow the key.
    #[error("the key has characters that no HTTP header may have")]
    BadKey,
}

/// What Node's `fetch` waits, and so upstream: an agent may think, or use a slow tool, for minutes.
fn default_wait() -> Duration {
    Duration::from_secs(300)
}

/// Many events repeat the whole state.
fn default_line_bytes() -> usize {
    32 << 20
}

/// Upstream's client tries four times, and lets its user wait a quarter of a minute to hear that nobody is there.
fn default_retries() -> u32 {
    2
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::*;
    use crate::config::{AgentSection, Config};

    fn parsed(section: &str) -> LangGraphConfig {
        let text = format!("[agents.a]\ntype = 'langgraph'\nurl = 'http://h'\n{section}");
        let config = Config::parse(&text, "x.toml", Vec::new()).unwrap();
        match &config.agents["a"] {
            AgentSection::LangGraph(config) => (**config).clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_section_says_all_that_there_is_to_say() {
        let config = parsed(
            "graph_id = 'g'\napi_key = 'geheim'\nheaders = { x-a = 'b' }\nidle_seconds = 0.5\n\
             config = { recursion_limit = 50, configurable = { model = 'm' } }",
        );
        assert_eq!(config.wanted(), Ok(Wanted::Graph("g".to_owned())));
        assert_eq!(config.idle_timeout, Duration::from_millis(500));
        assert_eq!(config.config["recursion_limit"], 50);
        assert_eq!(config.config["configurable"]["model"], "m");
        let headers = config.header_map().unwrap();
        assert_eq!(
            (&headers["x-api-key"], &headers["x-a"]),
            (&"geheim".parse().unwrap(), &"b".parse().unwrap())
        );
        assert!(!format!("{headers:?}{config:?}").contains("geheim"));
        let config = parsed("graph_id = 'g'\nassistant_id = 'one'");
        assert_eq!(config.wanted(), Ok(Wanted::Assistant("one".to_owned())));
    }

    #[test]
    fn what_cannot_be_asked_is_told_before_it_is_asked() {
        let error = |section: &str| {
            super::super::LangGraphAgent::new(parsed(section))
                .unwrap_err()
                .to_string()
        };
        assert!(error("").contains("`graph_id`"));
        assert!(error("graph_id = ' '").contains("`graph_id`"));
        let missing = error("graph_id = 'g'\napi_key_env = 'AGUI_NOT_SET'");
        assert!(missing.contains("`AGUI_NOT_SET` is not set"), "{missing}");
        assert!(error("graph_id = 'g'\napi_key = \"a\\nb\"").contains("the key"));
    }
}
