//! Tools of MCP servers: over streamable HTTP, over its predecessor with server-sent events, and of programs on this machine.
//!
//! ```text
//! config ─┐                       ┌─> connection ─> stdio, sse, streamable HTTP (rmcp)
//!         ├─> server ─ one a time ┤
//! request ┘  (requested)          └─> names ─> tool, instructions ─> Offer
//! ```
//!
//! A server that is down, slow or odd costs a run its tools and nothing else.

mod apps;
mod config;
mod connection;
mod http;
mod instructions;
mod names;
mod requested;
mod server;
mod sse;
mod stdio;
mod tool;
mod trace;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use parking_lot::Mutex;
use serde_json::Value;

pub use config::{ConfigError, McpConfig, McpSection, McpTransport};

use self::config::address;
use self::connection::Target;
use self::names::{Renamed, name_all};
use self::requested::Requested;
use self::server::{Server, Setup, Shutdown};
use self::stdio::Program;
use super::{AppRequest, Offer, RunFacts, ToolSource};
use crate::upstream::{NamedUpstream, Upstream, UpstreamKind};

/// How long programs have to end when this server does.
const CLOSING: Duration = Duration::from_secs(5);

/// The configured servers, and those that requests may name.
///
/// ```
/// use agui_runtime::Runtime;
/// use agui_runtime::tools::mcp::{McpConfig, McpSection, McpServers};
///
/// let docs = McpConfig::at("docs", "http://localhost:3001/mcp");
/// let servers = McpServers::new(vec![docs], McpSection::default())?;
/// let builder = Runtime::builder().tool_source(servers);
/// # drop(builder);
/// # Ok::<(), agui_runtime::tools::mcp::McpError>(())
/// ```
pub struct McpServers {
    servers: Vec<Configured>,
    requested: Requested,
    patience: Duration,
    /// What was said of names already.
    told: Mutex<HashSet<Renamed>>,
    shutdown: Shutdown,
}

#[derive(Clone)]
struct Configured {
    config: McpConfig,
    server: Arc<Server>,
}

/// A server that cannot be used as it is configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("[[mcp_servers]] `{name}`: {source}")]
pub struct McpError {
    /// The server's name.
    pub name: String,
    /// What is wrong.
    #[source]
    pub source: ConfigError,
}

impl McpServers {
    /// These servers. None is connected yet; what they need of the environment is looked up here, once.
    ///
    /// # Errors
    /// If a server's keys do not make a server, or name a variable that is not set.
    pub fn new(configs: Vec<McpConfig>, section: McpSection) -> Result<Self, McpError> {
        Self::with(configs, section, &[], Shutdown::default())
    }

    /// Servers that take the place of these. Those whose configuration is the same are the same: they stay connected. The
    /// others are closed when the last run that uses them has ended.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn followed_by(
        &self,
        configs: Vec<McpConfig>,
        section: McpSection,
    ) -> Result<Self, McpError> {
        Self::with(configs, section, &self.servers, self.shutdown.clone())
    }

    fn with(
        configs: Vec<McpConfig>,
        section: McpSection,
        before: &[Configured],
        shutdown: Shutdown,
    ) -> Result<Self, McpError> {
        let servers = configs.into_iter().map(|config| {
            if let Some(same) = before.iter().find(|it| it.config == config) {
                return Ok(same.clone());
            }
            let name = config.name.clone();
            let configured = Configured::new(config, &shutdown);
            configured.map_err(|source| McpError { name, source })
        });
        let servers = servers.collect::<Result<_, _>>()?;
        let requested = requested(&section, &shutdown).map_err(|source| McpError {
            name: "mcp".to_owned(),
            source,
        })?;
        Ok(Self {
            servers,
            requested,
            patience: Duration::from_secs(section.wait_seconds),
            told: Mutex::default(),
            shutdown,
        })
    }

    /// The servers for a run, the configured ones first.
    fn of(&self, run: RunFacts<'_>) -> Vec<Arc<Server>> {
        let configured = |url: &str| {
            self.servers
                .iter()
                .any(|it| it.config.url.as_deref() == Some(url))
        };
        let named = self.requested.of(run.owner, run.properties, configured);
        let servers = self.servers.iter().map(|it| it.server.clone());
        servers.chain(named).collect()
    }

    async fn tools(&self, run: RunFacts<'_>) -> Offer {
        let connected = self.of(run).into_iter().map(|server| async move {
            let connection = server.connection(self.patience).await?;
            Some((server, connection))
        });
        let connected: Vec<_> = join_all(connected).await.into_iter().flatten().collect();
        let (tools, renamed) = name_all(&connected, run.tools);
        self.tell(renamed);
        Offer {
            instructions: instructions::of(&tools),
            tools,
        }
    }

    /// Logs what is new.
    fn tell(&self, renamed: Vec<Renamed>) {
        let mut told = self.told.lock();
        for it in renamed {
            if told.contains(&it) {
                continue;
            }
            let Renamed { server, tool, name } = &it;
            match name {
                Some(name) => tracing::info!(
                    server,
                    tool,
                    "the MCP server's tool is offered as `{name}`: its own name is taken or not allowed"
                ),
                None => tracing::warn!(
                    server,
                    tool,
                    "the MCP server's tool is not offered: its name is taken"
                ),
            }
            told.insert(it);
        }
    }

    async fn end(&self) {
        self.shutdown.stop.cancel();
        self.shutdown.tasks.close();
        let ended = tokio::time::timeout(CLOSING, self.shutdown.tasks.wait());
        if ended.await.is_err() {
            tracing::warn!("not all MCP servers were closed in time");
        }
    }
}

impl ToolSource for McpServers {
    fn upstreams(&self) -> Vec<NamedUpstream> {
        let servers = self.servers.iter().map(|it| &it.server);
        let named = servers.map(|server| NamedUpstream {
            kind: UpstreamKind::McpServer,
            name: server.name.clone(),
            upstream: server.upstream().clone(),
        });
        named.collect()
    }

    fn offer<'a>(&'a self, run: RunFacts<'a>) -> BoxFuture<'a, Offer> {
        self.tools(run).boxed()
    }

    fn has_apps(&self) -> bool {
        self.any_apps()
    }

    fn ask<'a>(&'a self, request: &'a AppRequest) -> BoxFuture<'a, Option<Result<Value, String>>> {
        self.answer(request).boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.end().boxed()
    }
}

impl Configured {
    fn new(config: McpConfig, shutdown: &Shutdown) -> Result<Self, ConfigError> {
        config.check()?;
        let upstream = Upstream::called(&config.name, config.settings());
        let upstream = upstream.map_err(|error| ConfigError::new("url", &error.to_string()))?;
        let target = match &config.url {
            Some(url) => Target::Url {
                url: url.clone(),
                transport: config.transport.unwrap_or(McpTransport::Http),
                headers: config.header_map()?,
                client: upstream.client().clone(),
            },
            None => Target::Program(Program {
                command: config.command.clone().unwrap_or_default(),
                args: config.args.clone(),
                env: config.variables()?,
            }),
        };
        let setup = Setup {
            name: config.name.clone(),
            target,
            allowed: config.tools.clone(),
            has_apps: config.apps,
            connect: config.connect_timeout,
            call: config.call_timeout,
            upstream,
        };
        Ok(Self {
            config,
            server: Server::new(setup, shutdown.clone()),
        })
    }
}

fn requested(section: &McpSection, shutdown: &Shutdown) -> Result<Requested, ConfigError> {
    let allowed = section.allow_from_requests.iter().map(|url| {
        address(url).map_err(|message| ConfigError::new("allow_from_requests", message))
    });
    let allowed = allowed.collect::<Result<_, _>>()?;
    Ok(Requested::new(allowed, shutdown.clone()))
}
