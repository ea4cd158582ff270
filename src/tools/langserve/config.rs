//! What a chain is configured with: one `[[langserve]]` table.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::schema::Input;
use crate::agents::llm::is_tool_name;
use crate::upstream::{
    BreakerSettings, HeaderSource, LimitSettings, Seconds, Timeouts, UpstreamSettings, address,
    default_connect,
};

/// `[[langserve]]`: one LangServe chain, which models may call as a tool.
///
/// ```
/// use agui_runtime::tools::langserve::LangServeConfig;
///
/// assert!(LangServeConfig::new("summarize", "http://localhost:8002/summarize").check().is_ok());
/// assert!(LangServeConfig::new("a name", "http://localhost:8002/summarize").check().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LangServeConfig {
    /// What the model calls it.
    #[schemars(example = &"summarize")]
    pub name: String,
    /// What it does, for the model.
    #[serde(default)]
    #[schemars(example = &"Summarizes a text")]
    pub description: String,
    /// Where the chain is: the address before `/invoke`.
    #[schemars(example = &"http://localhost:8002/summarize")]
    pub url: String,
    /// Headers for every request. Those of a client that bear the same name do not reach the chain.
    #[serde(default)]
    #[schemars(example = serde_json::json!({"authorization": {"env": "CHAIN_AUTHORIZATION"}}))]
    pub headers: BTreeMap<String, HeaderSource>,
    /// JSON Schema of what the chain takes. Unset, the chain is asked for it.
    #[serde(default)]
    #[schemars(example = serde_json::json!({"type": "object", "properties": {"text": {"type": "string"}}}))]
    pub parameters: Option<Value>,
    /// Seconds after which the chain is asked again what it takes.
    #[serde(
        default = "default_refresh",
        rename = "refresh_seconds",
        with = "Seconds"
    )]
    pub refresh: Duration,
    /// Seconds for which the first runs wait to learn what the chain takes.
    #[serde(
        default = "default_discovery",
        rename = "discovery_seconds",
        with = "Seconds"
    )]
    pub discovery_timeout: Duration,
    /// Seconds to reach the chain.
    #[serde(
        default = "default_connect",
        rename = "connect_seconds",
        with = "Seconds"
    )]
    pub connect_timeout: Duration,
    /// Seconds for one call.
    #[serde(default = "default_call", rename = "call_seconds", with = "Seconds")]
    pub call_timeout: Duration,
    /// How often a call is tried again that failed before it can have begun.
    #[serde(default = "default_retries")]
    pub retries: u32,
    /// When a chain that fails is left alone.
    #[serde(default)]
    pub breaker: BreakerSettings,
    /// How many calls the chain gets at once.
    #[serde(default)]
    pub limit: LimitSettings,
}

impl LangServeConfig {
    /// A chain of this name at this address, everything else by default.
    pub fn new(name: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            description: String::new(),
            url: url.into(),
            headers: BTreeMap::new(),
            parameters: None,
            refresh: default_refresh(),
            discovery_timeout: default_discovery(),
            connect_timeout: default_connect(),
            call_timeout: default_call(),
            retries: default_retries(),
            breaker: BreakerSettings::default(),
            limit: LimitSettings::default(),
        }
    }

    /// How the chain is asked.
    pub(super) fn settings(&self) -> UpstreamSettings {
        let timeouts = Timeouts {
            connect: self.connect_timeout,
            first_byte: self.call_timeout,
            idle: self.call_timeout,
        };
        UpstreamSettings {
            retries: self.retries,
            breaker: self.breaker,
            limit: self.limit,
            ..UpstreamSettings::new(timeouts)
        }
    }

    /// Whether these keys make a chain.
    ///
    /// # Errors
    /// The key that cannot stay as it is, and what would mend it.
    pub fn check(&self) -> Result<(), LangServeError> {
        if !is_tool_name(&self.name) {
            let message = "models can only call names of up to 64 letters, digits, `_` and `-`";
            return Err(self.error("name", message));
        }
        self.address()?;
        self.given_input().map(drop)
    }

    pub(super) fn address(&self) -> Result<Url, LangServeError> {
        let url = address(&self.url).map_err(|error| {
            let message = error.to_string();
            self.error("url", message.strip_prefix("url: ").unwrap_or(&message))
        })?;
        let path = url.path().trim_end_matches('/');
        match ["/invoke", "/input_schema", "/playground"]
            .iter()
            .find(|end| path.ends_with(**end))
        {
            Some(end) => {
                Err(self.error("url", &format!("ends before `{end}`, which is added to it")))
            }
            None => Ok(url),
        }
    }

    /// What the chain takes, if that is configured.
    pub(super) fn given_input(&self) -> Result<Option<Input>, LangServeError> {
        let given = self.parameters.as_ref().map(|schema| match schema {
            Value::Object(_) => {
                Input::of(schema.clone()).map_err(|reason| self.error("parameters", &reason))
            }
            _ => Err(self.error("parameters", "is JSON Schema: a table")),
        });
        given.transpose()
    }

    pub(super) fn error(&self, key: &str, message: &str) -> LangServeError {
        LangServeError {
            name: self.name.clone(),
            key: key.to_owned(),
            message: message.to_owned(),
        }
    }
}

/// What is wrong with a chain's table: the key, and what would mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("[[langserve]] `{name}`: {key}: {message}")]
pub struct LangServeError {
    /// The chain's name.
    pub name: String,
    /// The key.
    pub key: String,
    /// What is wrong, and what to do.
    pub message: String,
}

/// A schema changes when somebody changes the chain.
fn default_refresh() -> Duration {
    Duration::from_secs(60)
}

fn default_discovery() -> Duration {
    Duration::from_secs(2)
}

/// As long as agents elsewhere may think.
fn default_call() -> Duration {
    Duration::from_secs(300)
}

fn default_retries() -> u32 {
    2
}
