//! From a configuration to a listening server, and down again.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use super::app::EndpointError;
use super::auth::{AuthConfigError, KeyCaches};
use super::{ConsoleOptions, CorsOptions, HeaderForwarding, HttpOptions, Origins, connections};
use crate::agents::agui::{self, AgUiAgent};
use crate::agents::demo::DemoAgent;
use crate::agents::langgraph::{LangGraphAgent, LangGraphConfigError};
use crate::agents::llm::{self, LlmAgent};
use crate::agents::remote::{RemoteConfigError, RemoteEndpoint};
use crate::config::{AgentSection, AnyOr, Config, StoreSection};
use crate::graphql::document::Limits;
use crate::runtime::Runtime;
use crate::runtime::builder::BuildError;
use crate::runtime::guardrails::GuardrailsConfigError;
use crate::runtime::hooks::{Webhooks, WebhooksConfigError};
use crate::runtime::run::RunLimits;
use crate::store::{self, StoreError, StoreLimits, StoreOptions};
use crate::tools::langserve::{LangServeChains, LangServeError};
use crate::tools::mcp::{McpError, McpServers};
use crate::transcribe::{OpenAiTranscriber, TranscriptionConfigError};

/// How long clients have to read how their runs were ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A server that cannot start: which part, and why.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; choose another with --host and --port")]
    Listen {
        /// Host and port.
        address: String,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// Others can reach the address, and nobody is asked who they are.
    #[error("{address}: {reason}")]
    Open {
        /// The address.
        address: SocketAddr,
        /// Why not, and what to do.
        reason: &'static str,
    },
    /// The section about who may ask cannot be used.
    #[error(transparent)]
    Auth(#[from] AuthConfigError),
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An agent's section cannot be used.
    #[error("[agents.{name}]: {source}")]
    Agent {
        /// The agent.
        name: String,
        /// What is wrong with it.
        #[source]
        source: AgentConfigError,
    },
    /// A remote endpoint's section cannot be used.
    #[error("[[remote_endpoints]] number {number}: {source}")]
    RemoteEndpoint {
        /// Which one, from 1.
        number: usize,
        /// What is wrong with it.
        #[source]
        source: RemoteConfigError,
    },
    /// The transcription server's section cannot be used.
    #[error("[transcription]: {0}")]
    Transcription(#[from] TranscriptionConfigError),
    /// The webhooks' section cannot be used.
    #[error("[hooks]: {0}")]
    Hooks(#[from] WebhooksConfigError),
    /// The guardrails' section cannot be used.
    #[error("[guardrails]: {0}")]
    Guardrails(#[from] GuardrailsConfigError),
    /// An MCP server cannot be used as it is configured.
    #[error(transparent)]
    Mcp(#[from] McpError),
    /// A LangServe chain's section cannot be used.
    #[error(transparent)]
    LangServe(#[from] LangServeError),
    /// The runtime cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The runtime cannot be served.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
}

/// What is wrong with an agent's section.
#[derive(Debug, thiserror::Error)]
pub enum AgentConfigError {
    /// With a model's.
    #[error(transparent)]
    Llm(#[from] llm::ConfigError),
    /// With an AG-UI agent's.
    #[error(transparent)]
    AgUi(#[from] agui::ConfigError),
    /// With a LangGraph agent's.
    #[error(transparent)]
    LangGraph(#[from] LangGraphConfigError),
}

/// Serves what `config` says until `stop` resolves, then lets streams finish for the configured grace time.
///
/// # Errors
/// If the server cannot start. Once it listens, it runs.
pub async fn serve(config: Config, stop: impl Future<Output = ()>) -> Result<(), ServeError> {
    let listen_error = |source| ServeError::Listen {
        address: format!("{}:{}", config.server.host, config.server.port),
        source,
    };
    let listener = connections::listen(&config.server.host, config.server.port)
        .await
        .map_err(listen_error)?;
    let local = listener.local_addr().map_err(listen_error)?;
    if let Some(reason) = config.auth.refusal(local.ip()) {
        let address = local;
        return Err(ServeError::Open { address, reason });
    }
    let key_caches = KeyCaches::default();
    // After the address, which the server that is to be replaced may still have: its store is left alone.
    let runtime = runtime(&config).await?;
    let stop = async {
        stop.await;
        runtime.begin_shut_down();
    };
    let mut options = http_options(&config);
    options.auth = config
        .auth
        .auth(&key_caches)?
        .operator(local.ip().to_canonical().is_loopback());
    key_caches.fetch();
    let endpoint = runtime.endpoint_with(options)?;
    tracing::info!("listening on http://{local}{}", config.server.base_path);
    let grace = Duration::from_secs(config.server.shutdown_grace_seconds);
    let open = connections::run(listener, endpoint, stop, grace).await;
    runtime.shut_down().await;
    // The runs' last words are on their way.
    if tokio::time::timeout(LAST_WORDS, open.wait()).await.is_err() {
        tracing::warn!("{} connections were cut", open.len());
    }
    if let Err(error) = runtime.store().close().await {
        tracing::error!(%error, "the store was not closed cleanly");
    }
    Ok(())
}

async fn runtime(config: &Config) -> Result<Runtime, ServeError> {
    let mut builder = Runtime::builder()
        .store(store::open(&config.store.url, store_options(&config.store)).await?)
        .run_limits(RunLimits {
            duration: Duration::from_secs(config.limits.run_seconds),
            bytes: config.limits.run_bytes,
        })
        .access(config.auth.agents.clone())
        .attached(config.runs.attached)
        .delegate(config.runs.delegate)
        .generative_ui(config.generative_ui)
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
    for (name, section) in &config.agents {
        builder = match section {
            AgentSection::Demo(_) => builder.provider("demo").agent(name, DemoAgent::default()),
            AgentSection::Llm(llm) => {
                let agent = LlmAgent::new((**llm).clone());
                let agent = agent.map_err(|source| unusable(name, source))?;
                builder.provider(agent.provider()).agent(name, agent)
            }
            AgentSection::AgUi(agui) => {
                let agent = AgUiAgent::new((**agui).clone());
                builder.agent(name, agent.map_err(|source| unusable(name, source))?)
            }
            AgentSection::LangGraph(graph) => {
                let agent = LangGraphAgent::new((**graph).clone());
                builder.agent(name, agent.map_err(|source| unusable(name, source))?)
            }
        };
    }
    if !config.langserve.is_empty() {
        let chains = LangServeChains::new(&config.langserve)?;
        chains.keep_looking();
        builder = builder.tool_source(chains);
    }
    for (n, section) in config.remote_endpoints.iter().enumerate() {
        let endpoint = RemoteEndpoint::new(section);
        let endpoint = endpoint.map_err(|source| ServeError::RemoteEndpoint {
            number: n + 1,
            source,
        })?;
        // What cannot be reached is in the log before anybody asks for it.
        endpoint.keep_looking();
        builder = builder.agent_source(endpoint.clone()).tool_source(endpoint);
    }
    // A request may name servers where none is configured.
    if !config.mcp_servers.is_empty() || !config.mcp.allow_from_requests.is_empty() {
        let servers = McpServers::new(config.mcp_servers.clone(), config.mcp.clone())?;
        builder = builder.tool_source(servers);
    }
    Ok(builder.build().await?)
}

fn store_options(section: &StoreSection) -> StoreOptions {
    const DAY: u64 = 24 * 60 * 60;
    let days = section.max_age_days;
    StoreOptions {
        limits: StoreLimits {
            threads: section.threads,
            runs_per_thread: section.runs_per_thread,
            bytes: section.bytes,
            age: days.map(|days| Duration::from_secs(u64::from(days) * DAY)),
            state_versions: Some(section.state_versions),
        },
        durability: section.durability,
        lease: Duration::from_secs(section.lease_seconds),
        ..StoreOptions::default()
    }
}

fn unusable(name: &str, source: impl Into<AgentConfigError>) -> ServeError {
    ServeError::Agent {
        name: name.to_owned(),
        source: source.into(),
    }
}

fn http_options(config: &Config) -> HttpOptions {
    let limits = &config.limits;
    HttpOptions {
        base_path: config.server.base_path.clone(),
        cors: CorsOptions {
            origins: match &config.cors.origins {
                AnyOr::Any => Origins::Any,
                AnyOr::These(these) => Origins::List(these.clone()),
            },
            credentials: config.cors.credentials,
            headers: match &config.cors.headers {
                AnyOr::Any => Vec::new(),
                AnyOr::These(these) => these.clone(),
            },
            max_age: config.cors.max_age,
        },
        forward: HeaderForwarding::new(config.headers.allow.clone(), config.headers.deny.clone()),
        body_bytes: limits.body_bytes,
        messages: limits.messages,
        debug_events: config.telemetry.debug_events,
        body_read: Duration::from_secs(limits.body_read_seconds),
        keep_alive: Some(Duration::from_secs(config.server.keep_alive_seconds))
            .filter(|period| !period.is_zero()),
        documents: Limits {
            tokens: limits.query_tokens,
            depth: limits.query_depth,
            complexity: limits.query_complexity,
        },
        console: config.server.console.then(|| ConsoleOptions {
            configuration: config.to_toml(),
            store: store::kind(&config.store.url).to_owned(),
        }),
        ..HttpOptions::default()
    }
}
