//! From a configuration to a listening server, and down again.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use poem::listener::{Acceptor, Listener, TcpListener};
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Endpoint, Server};
use tokio::net::TcpStream;

use super::app::EndpointError;
use super::{CorsOptions, HttpOptions, Origins};
use crate::agents::demo::DemoAgent;
use crate::agents::llm::{self, LlmAgent};
use crate::config::{AgentSection, AnyOr, Config};
use crate::graphql::document::Limits;
use crate::runtime::Runtime;
use crate::runtime::builder::BuildError;
use crate::runtime::run::RunLimits;
use crate::store::{self, StoreError};

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
        source: llm::ConfigError,
    },
    /// The runtime cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The runtime cannot be served.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
}

/// Serves what `config` says until `stop` resolves, then lets streams finish for the configured grace time.
///
/// # Errors
/// If the server cannot start. Once it listens, it runs.
pub async fn serve(config: Config, stop: impl Future<Output = ()>) -> Result<(), ServeError> {
    let address = format!("{}:{}", config.server.host, config.server.port);
    let runtime = runtime(&config).await?;
    let endpoint = runtime.endpoint_with(http_options(&config))?;
    let listen_error = |source| ServeError::Listen {
        address: address.clone(),
        source,
    };
    let acceptor = TcpListener::bind(address.clone())
        .into_acceptor()
        .await
        .map_err(listen_error)?;
    for local in acceptor.local_addr() {
        if let Some(local) = local.as_socket_addr() {
            tracing::info!("listening on http://{local}{}", config.server.base_path);
        }
    }
    let grace = Duration::from_secs(config.server.shutdown_grace_seconds);
    let served = run(acceptor, endpoint, stop, grace).await;
    runtime.shut_down();
    if let Err(error) = runtime.store().close().await {
        tracing::error!(%error, "the store was not closed cleanly");
    }
    served.map_err(listen_error)
}

async fn run(
    acceptor: impl Acceptor<Io = TcpStream> + 'static,
    endpoint: impl Endpoint + 'static,
    stop: impl Future<Output = ()>,
    grace: Duration,
) -> io::Result<()> {
    Server::new_with_acceptor(NoDelay(acceptor))
        .run_with_graceful_shutdown(endpoint, stop, Some(grace))
        .await
}

/// Sends every token at once: without it, the kernel holds a small write back until the one before is acknowledged.
struct NoDelay<A>(A);

impl<A: Acceptor<Io = TcpStream>> Acceptor for NoDelay<A> {
    type Io = TcpStream;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.0.local_addr()
    }

    async fn accept(
        &mut self,
    ) -> io::Result<(TcpStream, LocalAddr, RemoteAddr, http::uri::Scheme)> {
        let accepted = self.0.accept().await?;
        accepted.0.set_nodelay(true)?;
        Ok(accepted)
    }
}

async fn runtime(config: &Config) -> Result<Runtime, ServeError> {
    let mut builder = Runtime::builder()
        .store(store::open(&config.store.url).await?)
        .run_limits(RunLimits {
            duration: Duration::from_secs(config.limits.run_seconds),
            bytes: config.limits.run_bytes,
        });
    for (name, section) in &config.agents {
        builder = match section {
            AgentSection::Demo(_) => builder.provider("demo").agent(name, DemoAgent::default()),
            AgentSection::Llm(llm) => {
                let provider = llm.model.split('/').next().unwrap_or_default().to_owned();
                let agent = LlmAgent::new((**llm).clone()).map_err(|source| ServeError::Agent {
                    name: name.clone(),
                    source,
                })?;
                builder
                    .provider(provider)
                    .shared_agent(name, Arc::new(agent))
            }
        };
    }
    Ok(builder.build().await?)
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
        body_bytes: limits.body_bytes,
        messages: limits.messages,
        body_read: Duration::from_secs(limits.body_read_seconds),
        documents: Limits {
            tokens: limits.query_tokens,
            depth: limits.query_depth,
            complexity: limits.query_complexity,
        },
        ..HttpOptions::default()
    }
}
