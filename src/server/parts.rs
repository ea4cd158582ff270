//! From a configuration to a runtime. What a configuration says no different from the one before is used again, with all that
//! is known of it and open to it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::serve::{AgentConfigError, ServeError};
use crate::agents::Agent;
use crate::agents::agui::AgUiAgent;
use crate::agents::demo::DemoAgent;
use crate::agents::langgraph::LangGraphAgent;
use crate::agents::llm::LlmAgent;
use crate::agents::remote::RemoteEndpoint;
use crate::config::{AgentSection, Config};
use crate::runtime::Runtime;
use crate::runtime::builder::RuntimeBuilder;
use crate::runtime::hooks::Webhooks;
use crate::runtime::run::RunLimits;
use crate::tools::langserve::LangServeChains;
use crate::tools::mcp::McpServers;
use crate::transcribe::OpenAiTranscriber;

/// What a configuration was made into.
#[derive(Clone)]
pub(super) struct Parts {
    pub(super) config: Config,
    agents: BTreeMap<String, Made>,
    endpoints: Vec<RemoteEndpoint>,
    chains: Option<Arc<LangServeChains>>,
    mcp: Option<Arc<McpServers>>,
}

#[derive(Clone)]
struct Made {
    agent: Arc<dyn Agent>,
    /// The model provider's name, for `runtimeInfo`.
    provider: Option<&'static str>,
}

impl Parts {
    /// The parts that this configuration is made of. What can be used again is taken from those before.
    pub(super) fn make(config: Config, before: Option<&Self>) -> Result<Self, ServeError> {
        Ok(Self {
            agents: agents(&config, before)?,
            endpoints: endpoints(&config, before)?,
            chains: chains(&config, before)?,
            mcp: mcp(&config, before)?,
            config,
        })
    }

    /// A runtime of these parts, ready to be built.
    pub(super) fn builder(&self) -> Result<RuntimeBuilder, ServeError> {
        let config = &self.config;
        let mut builder = Runtime::builder()
            .run_limits(RunLimits {
                duration: Duration::from_secs(config.limits.run_seconds),
                bytes: config.limits.run_bytes,
            })
            .access(config.auth.agents.clone())
            .attached(config.runs.attached)
            .delegate(config.runs.delegate)
            .generative_ui(config.generative_ui)
            .log_content(config.telemetry.log_content)
            .guardrails(config.guardrails.guardrails()?);
        if let Some(transcription) = &config.transcription {
            builder = builder.transcriber(OpenAiTranscriber::new(transcription)?);
        }
        if config.hooks.is_used() {
            builder = builder.hook(Webhooks::new(&config.hooks)?);
        }
        if let Some(when_busy) = config.runs.when_busy {
            builder = builder.when_busy(when_busy);
        }
        for (name, made) in &self.agents {
            builder = builder.shared_agent(name, made.agent.clone());
            if let Some(provider) = made.provider {
                builder = builder.provider(provider);
            }
        }
        if let Some(chains) = &self.chains {
            builder = builder.shared_tool_source(chains.clone());
        }
        for endpoint in &self.endpoints {
            builder = builder
                .agent_source(endpoint.clone())
                .tool_source(endpoint.clone());
        }
        if let Some(mcp) = &self.mcp {
            builder = builder.shared_tool_source(mcp.clone());
        }
        Ok(builder)
    }

    /// Begins to look, every now and then, what there is elsewhere: what cannot be reached is in the log before anybody asks
    /// for it.
    pub(super) fn keep_looking(&self, before: Option<&Self>) {
        if let Some(chains) = &self.chains {
            chains.keep_looking();
        }
        for endpoint in &self.endpoints {
            let mut known = before.iter().flat_map(|it| &it.endpoints);
            if !known.any(|known| known.is(endpoint)) {
                endpoint.keep_looking();
            }
        }
    }
}

fn agents(config: &Config, before: Option<&Parts>) -> Result<BTreeMap<String, Made>, ServeError> {
    let made = config.agents.iter().map(|(name, section)| {
        let known = before.and_then(|before| {
            let same = config.says_the_same(&before.config, ["agents", name.as_str()]);
            before.agents.get(name).filter(|_| same).cloned()
        });
        let made = match known {
            Some(made) => made,
            None => agent(section).map_err(|source| ServeError::Agent {
                name: name.clone(),
                source,
            })?,
        };
        Ok((name.clone(), made))
    });
    made.collect()
}

fn agent(section: &AgentSection) -> Result<Made, AgentConfigError> {
    let (agent, provider): (Arc<dyn Agent>, _) = match section {
        AgentSection::Demo(_) => (Arc::new(DemoAgent::default()), Some("demo")),
        AgentSection::Llm(llm) => {
            let agent = LlmAgent::new((**llm).clone())?;
            let provider = agent.provider();
            (Arc::new(agent), Some(provider))
        }
        AgentSection::AgUi(agui) => (Arc::new(AgUiAgent::new((**agui).clone())?), None),
        AgentSection::LangGraph(graph) => (Arc::new(LangGraphAgent::new((**graph).clone())?), None),
    };
    Ok(Made { agent, provider })
}

fn endpoints(config: &Config, before: Option<&Parts>) -> Result<Vec<RemoteEndpoint>, ServeError> {
    let made = config.remote_endpoints.iter().enumerate();
    let made = made.map(|(n, section)| {
        let known = before.and_then(|before| {
            let mut known = before.config.remote_endpoints.iter();
            let known = known.position(|known| known == section)?;
            before.endpoints.get(known).cloned()
        });
        match known {
            Some(endpoint) => Ok(endpoint),
            None => RemoteEndpoint::new(section).map_err(|source| ServeError::RemoteEndpoint {
                number: n + 1,
                source,
            }),
        }
    });
    made.collect()
}

fn chains(
    config: &Config,
    before: Option<&Parts>,
) -> Result<Option<Arc<LangServeChains>>, ServeError> {
    if config.langserve.is_empty() {
        return Ok(None);
    }
    let known = before.filter(|before| before.config.langserve == config.langserve);
    match known.and_then(|before| before.chains.clone()) {
        Some(chains) => Ok(Some(chains)),
        None => Ok(Some(Arc::new(LangServeChains::new(&config.langserve)?))),
    }
}

fn mcp(config: &Config, before: Option<&Parts>) -> Result<Option<Arc<McpServers>>, ServeError> {
    // A request may name servers where none is configured.
    if config.mcp_servers.is_empty() && config.mcp.allow_from_requests.is_empty() {
        return Ok(None);
    }
    let known = before.and_then(|before| Some((before, before.mcp.as_ref()?)));
    let (servers, section) = (config.mcp_servers.clone(), config.mcp.clone());
    Ok(Some(match known {
        Some((before, known))
            if (&servers, &section) == (&before.config.mcp_servers, &before.config.mcp) =>
        {
            known.clone()
        }
        Some((_, known)) => Arc::new(known.followed_by(servers, section)?),
        None => Arc::new(McpServers::new(servers, section)?),
    }))
}
