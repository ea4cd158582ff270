//! What a model agent is configured with: the keys of an `[agents.*]` table with `type = "llm"`.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::aws;
use super::azure;
use super::provider::Provider;
use super::settings::{Overridable, Settings};
use super::wire::Api;
pub use crate::upstream::Secret;
use crate::upstream::{
    self, BreakerSettings, HeaderSource, LimitSettings, Seconds, Timeouts, UpstreamSettings,
    default_connect,
};

/// The configuration of one [`LlmAgent`](super::LlmAgent).
///
/// ```
/// use agui_runtime::agents::llm::{LlmAgent, LlmConfig};
///
/// let mut config = LlmConfig::new("ollama/llama3.2");
/// config.prompt = Some("Answer in one sentence.".into());
/// assert!(LlmAgent::new(config).is_ok());
/// ```
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LlmConfig {
    /// The model, such as `openai/gpt-4o-mini`; without a known provider in front, the name as the server knows it.
    ///
    /// A known provider in front is taken off with `base_url` set, too. Where the server's own name for the model begins
    /// with one, it stands there twice: `openai/openai/gpt-oss-20b` asks for `openai/gpt-oss-20b`.
    #[schemars(example = &"openai/gpt-4o-mini")]
    pub model: String,
    /// One sentence for people and for models that may call this agent.
    #[serde(default)]
    #[schemars(example = &"Writes texts")]
    pub description: Option<String>,
    /// Where the server's interface begins, such as `http://localhost:11434/v1`. The provider's usual key does not go
    /// there: name one with `api_key_env`. For Azure the resource's address, such as `https://name.openai.azure.com`;
    /// that is where Azure's key goes.
    #[serde(default)]
    #[schemars(example = &"http://localhost:11434/v1")]
    pub base_url: Option<String>,
    /// The wire format, where it is not the provider's usual one: `responses` asks OpenAI or Azure by the newer of their
    /// interfaces, in which their models tell what they think.
    #[serde(default)]
    #[schemars(example = &"chat")]
    pub api: Option<Api>,
    /// The version of Azure's interface. By default the newest that is no preview.
    #[serde(default)]
    #[schemars(example = &"2024-10-21")]
    pub api_version: Option<String>,
    /// The region in which Bedrock is asked, such as `us-east-1`. Unset, that of `AWS_REGION` or `AWS_DEFAULT_REGION`.
    #[serde(default)]
    #[schemars(example = &"us-east-1")]
    pub region: Option<String>,
    /// Whether Anthropic or Bedrock is asked to keep the prompt and the conversation in its cache, which makes long ones
    /// cheaper.
    #[serde(default)]
    pub prompt_caching: bool,
    /// The key itself; naming a variable with `api_key_env` keeps it out of files.
    #[serde(default)]
    #[schemars(example = &"sk-…")]
    pub api_key: Option<Secret>,
    /// The environment variable that holds the key.
    #[serde(default)]
    #[schemars(example = &"OPENAI_API_KEY")]
    pub api_key_env: Option<String>,
    /// Headers for every request to the model server, as `x-team = "a"` or `x-key = { env = "TEAM_KEY" }`.
    #[serde(default)]
    #[schemars(example = serde_json::json!({"x-team": "a"}))]
    pub headers: BTreeMap<String, HeaderSource>,
    /// A system prompt that goes before the conversation. To AG-UI clients' runs the application's context and state are
    /// added; those of GraphQL write them into a message themselves.
    #[serde(default)]
    #[schemars(example = &"You are brief.")]
    pub prompt: Option<String>,
    /// The models that a frontend may ask for in place of `model`, in the same notation, with the provider in front or
    /// without; `*` allows any.
    #[serde(default)]
    #[schemars(example = ["openai/gpt-4o"])]
    pub allowed_models: Vec<String>,
    /// How the model answers, such as `{ temperature = 0.2 }`.
    #[serde(default)]
    pub settings: Settings,
    /// Which of `settings`, and whether any `model`, an AG-UI client may choose in its `forwardedProps`. By default only
    /// the tool to call, which CopilotKit's suggestions need.
    #[serde(default = "default_overridable")]
    pub overridable: Vec<Overridable>,
    /// Whether the model is offered the tools `AGUISendStateSnapshot` and `AGUISendStateDelta` in runs of AG-UI clients.
    /// `false` for models that take no tools.
    #[serde(default = "default_state_tools")]
    pub state_tools: bool,
    /// The other agents that the model may call as tools, by name; `*` for all. Unset, it may call any in runs of GraphQL
    /// clients that name no agent (upstream 1.10.6), and none in other runs. A called agent takes the run over: its answer
    /// is the end of it, and it is offered no agents in turn. Only names of letters, digits, `_` and `-` can be called.
    #[serde(default)]
    #[schemars(example = ["*"])]
    pub agents_as_tools: Option<Vec<String>>,
    /// Whether an AG-UI client's messages of the role `system` reach the model. Those of GraphQL clients do.
    #[serde(default)]
    pub forward_system_messages: bool,
    /// Whether an AG-UI client's messages of the role `developer` reach the model. Those of GraphQL clients do.
    #[serde(default)]
    pub forward_developer_messages: bool,
    /// How often the model is asked in one run. Above 1 it goes on by itself with the results of server tools.
    #[serde(default = "default_max_steps")]
    pub max_steps: u32,
    /// Whether `system` stays `system`, instead of becoming OpenAI's `developer`. By default as the provider needs it.
    #[serde(default)]
    #[schemars(example = true)]
    pub keep_system_role: Option<bool>,
    /// `false` asks the model for one tool call at a time; unset leaves it to the model.
    #[serde(default)]
    #[schemars(example = false)]
    pub parallel_tool_calls: Option<bool>,
    /// Whether to ask for token counts, which `RUN_FINISHED` then carries. By default in runs of AG-UI clients.
    #[serde(default)]
    #[schemars(example = true)]
    pub usage: Option<bool>,
    /// How often a failed request is tried again before the model has answered anything.
    #[serde(default = "default_max_retries")]
    pub max_retries: u32,
    /// Seconds to reach the model server.
    #[serde(
        default = "default_connect",
        rename = "connect_seconds",
        with = "Seconds"
    )]
    pub connect_timeout: Duration,
    /// Seconds until the model server begins its answer.
    #[serde(
        default = "default_wait",
        rename = "first_byte_seconds",
        with = "Seconds"
    )]
    pub first_byte_timeout: Duration,
    /// Seconds of silence in an answer that has begun.
    #[serde(default = "default_wait", rename = "idle_seconds", with = "Seconds")]
    pub idle_timeout: Duration,
    /// When a model server that fails is left alone.
    #[serde(default)]
    pub breaker: BreakerSettings,
    /// How many answers the model gives at once.
    #[serde(default)]
    pub limit: LimitSettings,
}

impl LlmConfig {
    /// This model, everything else by default.
    pub fn new(model: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            description: None,
            base_url: None,
            api: None,
            api_version: None,
            region: None,
            prompt_caching: false,
            api_key: None,
            api_key_env: None,
            headers: BTreeMap::new(),
            prompt: None,
            allowed_models: Vec::new(),
            settings: Settings::default(),
            overridable: default_overridable(),
            state_tools: default_state_tools(),
            agents_as_tools: None,
            forward_system_messages: false,
            forward_developer_messages: false,
            max_steps: default_max_steps(),
            keep_system_role: None,
            parallel_tool_calls: None,
            usage: None,
            max_retries: default_max_retries(),
            connect_timeout: default_connect(),
            first_byte_timeout: default_wait(),
            idle_timeout: default_wait(),
            breaker: BreakerSettings::default(),
            limit: LimitSettings::default(),
        }
    }

    /// The configuration for the first provider whose key is in the environment, with a small model of theirs.
    pub fn from_env() -> Option<Self> {
        Self::for_key_in(|name| env(name).is_some())
    }

    /// The same for any set of variables, told by name.
    pub fn for_key_in(has: impl Fn(&str) -> bool) -> Option<Self> {
        Provider::ALL
            .iter()
            .find(|it| !it.default_model.is_empty() && it.api_key_env.iter().any(|name| has(name)))
            .map(|provider| Self::new(format!("{}/{}", provider.name, provider.default_model)))
    }

    /// How the model server is asked.
    pub(super) fn upstream(&self) -> UpstreamSettings {
        let timeouts = Timeouts {
            connect: self.connect_timeout,
            first_byte: self.first_byte_timeout,
            idle: self.idle_timeout,
        };
        UpstreamSettings {
            retries: self.max_retries,
            breaker: self.breaker,
            limit: self.limit,
            ..UpstreamSettings::new(timeouts)
        }
    }

    /// Where the requests go, without the model's own part.
    pub(super) fn base_url(&self, provider: &Provider, api: Api) -> Result<String, ConfigError> {
        let base_url = self
            .base_url
            .clone()
            .or_else(|| provider.base_url_env.and_then(env))
            .unwrap_or_else(|| provider.base_url.to_owned());
        if base_url.is_empty() && provider.name == aws::NAME {
            return aws::base_url(self);
        }
        if base_url.is_empty() {
            return Err(ConfigError::MissingUrl {
                provider: provider.label,
                env: provider.base_url_env.unwrap_or_default(),
            });
        }
        match provider.name {
            "azure" => azure::base_url(&base_url, self, api),
            _ => Ok(base_url),
        }
    }

    /// The key: given here, or in the named variable, or in the provider's usual one.
    pub(super) fn key(&self, provider: &Provider) -> Result<Option<Secret>, ConfigError> {
        match (&self.api_key, &self.api_key_env) {
            (Some(key), _) => Ok(Some(key.clone())),
            (None, Some(name)) => env(name)
                .map(|key| Some(Secret::new(key)))
                .ok_or_else(|| ConfigError::MissingKey(name.clone())),
            // A server of one's own must not be handed the key of the provider whose dialect it speaks. Azure has no other.
            (None, None) if self.base_url.is_some() && !provider.base_url.is_empty() => Ok(None),
            // Without a token there may be an access key, which signs.
            (None, None) if provider.name == aws::NAME => Ok(env(aws::TOKEN).map(Secret::new)),
            (None, None) => match provider.api_key_env {
                [] => Ok(None),
                names @ [first, ..] => names
                    .iter()
                    .find_map(|name| env(name))
                    .map(|key| Some(Secret::new(key)))
                    .ok_or_else(|| ConfigError::MissingKey((*first).to_owned())),
            },
        }
    }
}

/// A configuration that cannot work, and what would mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The model's provider is not known and no server is named.
    #[error(
        "model `{model}`: unknown provider; known are {known}; for another server set `base_url`"
    )]
    UnknownProvider {
        /// The model as configured.
        model: String,
        /// The providers there are.
        known: String,
    },
    /// The key is not where the configuration says.
    #[error("the environment variable `{0}` is not set; it should hold the model server's key")]
    MissingKey(String),
    /// Nothing tells who asks Bedrock.
    #[error(
        "there are no AWS credentials: set the environment variables `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, \
         or `{}`",
        aws::TOKEN
    )]
    MissingCredentials,
    /// Bedrock has an address in each region.
    #[error("no region: set `region`, or the environment variable `AWS_REGION`")]
    MissingRegion,
    /// The provider has no address that is everybody's.
    #[error(
        "{provider} has no address of its own: set `base_url`, or the environment variable `{env}`"
    )]
    MissingUrl {
        /// The provider.
        provider: &'static str,
        /// The variable that may hold the address.
        env: &'static str,
    },
    /// The address of the server is none.
    #[error("base_url `{url}`: {reason}")]
    BadUrl {
        /// The address as configured.
        url: String,
        /// Why it does not do.
        reason: String,
    },
    /// A header cannot be sent, or the HTTP client not be set up.
    #[error(transparent)]
    Upstream(#[from] upstream::ConfigError),
}

pub(super) fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().and_then(|value| trimmed(&value))
}

/// What a variable holds: a key read from a file often has its line's end, which no header may.
pub(super) fn trimmed(value: &str) -> Option<String> {
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

fn default_overridable() -> Vec<Overridable> {
    vec![Overridable::ToolChoice]
}

fn default_state_tools() -> bool {
    true
}

fn default_max_steps() -> u32 {
    1
}

fn default_max_retries() -> u32 {
    2
}

fn default_wait() -> Duration {
    Duration::from_secs(120)
}
