//! From a configuration to a listening server, and down again.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::stream::{self, Stream};
use tokio_util::task::AbortOnDropHandle;

use super::app::EndpointError;
use super::auth::{AuthConfigError, Door};
use super::live::{Live, Reload};
use super::tls::TlsError;
use super::{connections, shutdown};
use crate::agents::agui;
use crate::agents::langgraph::LangGraphConfigError;
use crate::agents::llm;
use crate::agents::remote::RemoteConfigError;
use crate::config::Config;
use crate::runtime::builder::BuildError;
use crate::runtime::guardrails::GuardrailsConfigError;
use crate::runtime::hooks::WebhooksConfigError;
use crate::store::StoreError;
use crate::tools::langserve::LangServeError;
use crate::tools::mcp::McpError;
use crate::transcribe::TranscriptionConfigError;

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
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// TLS cannot be spoken with this certificate.
    #[error("[server.tls]: {0}")]
    Rustls(#[from] rustls::Error),
    /// A proxy is not an address.
    #[error("`server.trusted_proxies`: {0}")]
    Proxies(String),
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
    serve_and_reload(config, stream::pending(), stop).await
}

/// The same, and serves each of `reloads` in place of the one before as it comes, without touching what goes on: requests and
/// runs under way keep the configuration that they began with. Of one that is not usable, and of keys that need a restart,
/// the log tells; what was served before goes on being served.
///
/// # Errors
/// If the server cannot start. Once it listens, it runs.
pub async fn serve_and_reload(
    config: Config,
    reloads: impl Stream<Item = Reload> + Send + 'static,
    stop: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let listen_error = |source| ServeError::Listen {
        address: format!("{}:{}", config.server.host, config.server.port),
        source,
    };
    let listener = connections::listen(&config.server.host, config.server.port)
        .await
        .map_err(listen_error)?;
    let local = listener.local_addr().map_err(listen_error)?;
    let server = config.server.clone();
    let door = Door::at(local);
    tokio::pin!(stop);
    // After the address, which the server that is to be replaced may still have: its store is left alone.
    let live = tokio::select! {
        live = Live::start(config, door) => live?,
        () = &mut stop => return Ok(()),
    };
    let current = live.current();
    let entrance = live.entrance()?;
    let scheme = if entrance.tls.is_some() {
        "https"
    } else {
        "http"
    };
    tracing::info!("listening on {scheme}://{local}{}", server.base_path);
    let reloading = AbortOnDropHandle::new(tokio::spawn(live.reload_all(reloads)));
    let stop = async {
        stop.await;
        tracing::info!("told to stop");
        current.runtime().begin_shut_down();
        tokio::time::sleep(Duration::from_secs(server.shutdown_delay_seconds)).await;
    };
    let open = connections::run(listener, entrance, stop).await;
    drop(reloading);
    let grace = Duration::from_secs(server.shutdown_grace_seconds);
    shutdown::finish(&current.runtime(), &open, grace).await;
    Ok(())
}
