//! The `llm` agent: any model behind a server that speaks one of the formats in `wire`.
//!
//! A run is one stream and owns everything it uses, down to the socket; there is no task to outlive it.
//!
//! ```text
//! config ─> provider ─┐
//!                     ├─> request (messages) ─> wire ─> transport ─> wire ─> answer ─> events
//!           RunInput ─┘            ^───────────────────── run: server tools, next step ───────────┘
//! ```

mod answer;
mod aws;
mod azure;
mod calls;
mod check;
mod client;
mod config;
mod content;
mod conversation;
mod failure;
mod frames;
mod handover;
mod loose;
mod messages;
mod prompt;
mod provider;
mod request;
mod run;
mod seal;
mod settings;
mod state;
mod stream;
#[cfg(test)]
mod tests;
mod transport;
mod wire;

use std::sync::Arc;

use futures_util::StreamExt;

pub use config::{ConfigError, LlmConfig, Secret};
pub(crate) use handover::is_tool_name;
pub use settings::{Overridable, Settings, ToolChoice};
pub use wire::Api;

use self::aws::Signer;
use self::failure::Failures;
use self::provider::Provider;
use self::request::Manner;
use self::run::Run;
use self::transport::Transport;
use super::{Agent, EventStream, RunInput};
use crate::generated::agui::{
    AgentCapabilities, IdentityCapabilities, ReasoningCapabilities, StateCapabilities,
    ToolsCapabilities, TransportCapabilities,
};
use crate::upstream::{HeaderSource, Upstream};

/// Answers with a model.
#[derive(Debug, Clone)]
pub struct LlmAgent(Arc<Model>);

/// What all runs of one agent share.
#[derive(Debug)]
struct Model {
    description: String,
    manner: Manner,
    transport: Transport,
    max_steps: u32,
}

impl LlmAgent {
    /// An agent of this configuration; keys are looked up in the environment here, once.
    pub fn new(config: LlmConfig) -> Result<Self, ConfigError> {
        let (provider, model) = Provider::of(&config)?;
        let key = config.key(&provider)?;
        let signer = match &key {
            None if provider.name == aws::NAME => Some(Signer::from_env(&config)?),
            _ => None,
        };
        let signing = signer.as_ref().map(Signer::secrets).unwrap_or_default();
        let sent: Result<Vec<_>, _> = config.headers.values().map(HeaderSource::value).collect();
        let failures = Failures::new(&provider, key.iter().chain(&signing).chain(&sent?));
        let api = config.api.unwrap_or(provider.api);
        let base_url = config.base_url(&provider, api)?;
        let transport = Transport::new(&config, &provider, &base_url, key.as_ref(), failures)?
            .framed(api.wire().framing(), signer);
        Ok(Self(Arc::new(Model {
            description: config
                .description
                .unwrap_or_else(|| format!("{model} by {}", provider.label)),
            max_steps: config.max_steps.max(1),
            transport,
            manner: Manner {
                provider,
                model,
                allowed_models: config
                    .allowed_models
                    .iter()
                    .map(|model| provider.own_name(model).to_owned())
                    .collect(),
                settings: config.settings,
                overridable: config.overridable,
                prompt: config.prompt,
                state_tools: config.state_tools,
                agents_as_tools: config.agents_as_tools,
                keep_system_role: config.keep_system_role.unwrap_or(provider.keep_system_role),
                forward_system_messages: config.forward_system_messages,
                forward_developer_messages: config.forward_developer_messages,
                parallel_tool_calls: config.parallel_tool_calls,
                usage: config.usage,
                prompt_caching: config.prompt_caching,
                wire: api.wire(),
            },
        })))
    }

    /// Whose dialect the model server speaks: `openai` where the configured model names no provider.
    ///
    /// ```
    /// use agui_runtime::agents::llm::{LlmAgent, LlmConfig};
    ///
    /// for (model, provider) in [("groq/llama", "groq"), ("gemini/gemini-2.5-pro", "google"), ("my-model", "openai"), ("team/my-model", "openai")] {
    ///     let mut config = LlmConfig::new(model);
    ///     config.base_url = Some("http://localhost:9000/v1".into());
    ///     assert_eq!(LlmAgent::new(config)?.provider(), provider);
    /// }
    /// # Ok::<(), agui_runtime::agents::llm::ConfigError>(())
    /// ```
    pub fn provider(&self) -> &'static str {
        self.0.manner.provider.name
    }
}

impl Agent for LlmAgent {
    fn description(&self) -> &str {
        &self.0.description
    }

    fn capabilities(&self) -> Option<AgentCapabilities> {
        let manner = &self.0.manner;
        let mut capabilities = AgentCapabilities::new();
        capabilities.identity = Some(IdentityCapabilities {
            provider: Some(self.provider().into()),
            ..IdentityCapabilities::new()
        });
        capabilities.tools = Some(ToolsCapabilities {
            supported: Some(true),
            client_provided: Some(true),
            parallel_calls: Some(manner.parallel_tool_calls.unwrap_or(true)),
            ..ToolsCapabilities::new()
        });
        capabilities.transport = Some(TransportCapabilities {
            streaming: Some(true),
            ..TransportCapabilities::new()
        });
        capabilities.state = manner.state_tools.then(|| StateCapabilities {
            snapshots: Some(true),
            deltas: Some(true),
            ..StateCapabilities::new()
        });
        capabilities.reasoning = Some(ReasoningCapabilities {
            streaming: Some(true),
            ..ReasoningCapabilities::new()
        });
        Some(capabilities)
    }

    fn upstream(&self) -> Option<&Upstream> {
        Some(self.0.transport.upstream())
    }

    fn run(&self, input: Arc<RunInput>) -> EventStream {
        let run = Box::new(Run::new(self.0.clone(), input));
        futures_util::stream::unfold(run, |mut run| async move {
            run.next().await.map(|event| (event, run))
        })
        .boxed()
    }
}
