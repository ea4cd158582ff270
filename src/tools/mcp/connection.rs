//! One open connection to an MCP server, and the tools that the server told.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use rmcp::ClientHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ClientCapabilities, ClientConfig,
    Implementation, JsonObject, PaginatedRequestParams, ProtocolVersion, ReadResourceRequestParams,
    ReadResourceResult, Tool,
};
use rmcp::service::{
    ClientCacheConfig, ClientInitializeError, NotificationContext, Peer, RoleClient,
    RunningService, ServiceError, serve_client_with_ct,
};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::Instrument;
use url::Url;

use super::apps;
use super::config::McpTransport;
use super::http::Http;
use super::server::Shutdown;
use super::sse::SseTransport;
use super::stdio;
use super::trace;
use crate::upstream::trace_span;

/// The most pages of a list of tools: a server that never comes to an end is not read for ever.
const MOST_PAGES: usize = 100;

/// Where a server is.
#[derive(Debug, Clone)]
pub(super) enum Target {
    /// At an address.
    Url {
        url: String,
        transport: McpTransport,
        headers: HashMap<HeaderName, HeaderValue>,
        client: reqwest::Client,
    },
    /// A program of this machine.
    Program(stdio::Program),
}

impl Target {
    /// A text for the log without what may be secret in the address.
    pub(super) fn scrub(&self, text: &str) -> String {
        let Self::Url { url, .. } = self else {
            return text.to_owned();
        };
        let url = Url::parse(url).ok();
        let secrets = url.as_ref().map(|url| [url.query(), url.password()]);
        let secrets = secrets.into_iter().flatten().flatten();
        secrets
            .filter(|secret| !secret.is_empty())
            .fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
    }
}

/// Why there is no connection, or no answer on it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("the program `{0}` cannot be started: {1}")]
    NoProgram(String, #[source] std::io::Error),
    #[error("{0}")]
    Sse(#[from] super::sse::SseError),
    #[error("it cannot be reached as an MCP server: {0}")]
    Handshake(String),
    #[error("it does not tell its tools: {0}")]
    NoTools(String),
    #[error("it did not answer within {} s (connect_seconds)", .0.as_secs_f64())]
    Slow(Duration),
    #[error("connecting to it failed unexpectedly")]
    Crashed,
    #[error("the server shuts down")]
    ShutDown,
}

impl Failure {
    /// For anybody: neither an address, nor a program, nor anything that the server said.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::NoProgram(..) => "its program cannot be started".to_owned(),
            Self::Sse(_) | Self::Handshake(_) => "it cannot be reached as an MCP server".to_owned(),
            Self::NoTools(_) => "it does not tell its tools".to_owned(),
            Self::Slow(_) | Self::Crashed | Self::ShutDown => self.to_string(),
        }
    }
}

/// A connection that other runs share. It closes when the last of them lets go of it.
#[derive(Debug)]
pub(super) struct Connection {
    link: Arc<Link>,
    /// What the server told last.
    pub(super) tools: Vec<Tool>,
}

#[derive(Debug)]
struct Link {
    peer: Peer<RoleClient>,
    /// Whether the server has said that its tools are others now.
    changed: Arc<AtomicBool>,
    /// Whether a request went nowhere.
    broken: AtomicBool,
    _close: DropGuard,
}

impl Connection {
    /// Connects, and asks for the tools. Dropping the future ends what it has begun.
    pub(super) async fn open(
        name: &str,
        target: &Target,
        has_apps: bool,
        shutdown: &Shutdown,
    ) -> Result<Self, Failure> {
        let stop = shutdown.stop.child_token();
        let close = stop.clone().drop_guard();
        let client = Client::new(name, has_apps);
        let changed = client.changed.clone();
        let service = connect(client, target, stop.clone()).await?;
        let peer = service.peer().clone();
        // A list that is older than the connection must not hide that the server does not answer.
        let cache = ClientCacheConfig::disabled();
        peer.set_response_cache_config(cache).await;
        shutdown.tasks.spawn(watch(name.to_owned(), service, stop));
        let link = Arc::new(Link {
            peer,
            changed,
            broken: AtomicBool::new(false),
            _close: close,
        });
        Self::with(link).await
    }

    /// The same connection, with the tools that the server has now.
    pub(super) async fn refreshed(&self) -> Result<Self, Failure> {
        Self::with(self.link.clone()).await
    }

    async fn with(link: Arc<Link>) -> Result<Self, Failure> {
        // Before the question: a change that comes after it is another.
        link.changed.store(false, Ordering::SeqCst);
        let told = list(&link.peer).await;
        let tools = told.map_err(|error| Failure::NoTools(error.to_string()))?;
        Ok(Self { link, tools })
    }

    /// Whether requests can still be sent on it.
    pub(super) fn is_open(&self) -> bool {
        !self.link.peer.is_transport_closed() && !self.link.broken.load(Ordering::SeqCst)
    }

    /// Whether the tools may be others by now.
    pub(super) fn is_stale(&self) -> bool {
        self.link.changed.load(Ordering::SeqCst)
    }

    /// Has the tools asked for again before the next run, and with them whether the server still answers.
    pub(super) fn doubt(&self) {
        self.link.changed.store(true, Ordering::SeqCst);
    }

    /// Calls a tool. Dropping the future tells the server that nobody waits any more.
    pub(super) async fn call(
        &self,
        tool: &str,
        arguments: JsonObject,
    ) -> Result<CallToolResult, CallFailure> {
        let mut params = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
        let span = trace_span(tool, 0);
        params.meta = trace::meta(&span);
        let called = self.link.peer.call_tool_once(params).instrument(span);
        match called.await {
            Ok(CallToolResponse::Complete(result)) => Ok(result),
            Ok(_) => Err(CallFailure::told(
                "the server asks for more than the call, which is not supported",
            )),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Reads a resource. Dropping the future tells the server that nobody waits any more.
    pub(super) async fn read(&self, uri: &str) -> Result<ReadResourceResult, CallFailure> {
        let params = ReadResourceRequestParams::new(uri);
        let read = self.link.peer.read_resource(params).await;
        read.map_err(|error| self.failed(error))
    }

    /// What went wrong with a call, and what that says of the connection.
    fn failed(&self, error: ServiceError) -> CallFailure {
        let told = match &error {
            ServiceError::McpError(error) => {
                // A server's own errors, as of a session that it has forgotten, may mean that all of it has changed.
                if (-32099..=-32000).contains(&error.code.0) {
                    self.doubt();
                }
                return CallFailure::told(&*error.message);
            }
            ServiceError::UnexpectedResponse => "the server's answer is none to a call",
            ServiceError::Cancelled { .. } => "the server cancelled the call",
            ServiceError::TransportClosed => "the connection to the server was lost",
            _ => "the server could not be asked",
        };
        self.link.broken.store(true, Ordering::SeqCst);
        CallFailure {
            cause: Some(error.to_string()),
            ..CallFailure::told(told)
        }
    }
}

/// Why a call gave nothing.
pub(super) struct CallFailure {
    /// For the model, and so for the client: nothing of where and how the server is reached.
    pub(super) told: String,
    /// For the log.
    pub(super) cause: Option<String>,
}

impl CallFailure {
    fn told(told: impl Into<String>) -> Self {
        Self {
            told: told.into(),
            cause: None,
        }
    }
}

async fn connect(
    client: Client,
    target: &Target,
    stop: CancellationToken,
) -> Result<RunningService<RoleClient, Client>, Failure> {
    let served = match target {
        Target::Program(program) => {
            let transport = program
                .start(&client.name)
                .map_err(|error| Failure::NoProgram(program.command.clone(), error))?;
            serve_client_with_ct(client, transport, stop).await
        }
        Target::Url {
            url,
            transport: McpTransport::Sse,
            headers,
            client: http,
        } => {
            let transport = SseTransport::open(http, url, headers).await?;
            serve_client_with_ct(client, transport, stop).await
        }
        Target::Url {
            url,
            headers,
            client: http,
            ..
        } => {
            let config = StreamableHttpClientTransportConfig::with_uri(url.as_str())
                .custom_headers(headers.clone());
            let http = Http {
                client: http.clone(),
                changed: client.changed.clone(),
            };
            let transport = StreamableHttpClientTransport::with_client(http, config);
            serve_client_with_ct(client, transport, stop).await
        }
    };
    served.map_err(|error| Failure::Handshake(handshake(error)))
}

/// The innermost reason says most.
fn handshake(error: ClientInitializeError) -> String {
    let ClientInitializeError::TransportError { error, .. } = error else {
        return error.to_string();
    };
    let mut reason: &(dyn std::error::Error + 'static) = error.error.as_ref();
    let mut text = reason.to_string();
    while let Some(source) = reason.source() {
        reason = source;
        let inner = reason.to_string();
        if !text.contains(&inner) {
            text = format!("{text}: {inner}");
        }
    }
    text
}

async fn list(peer: &Peer<RoleClient>) -> Result<Vec<Tool>, ServiceError> {
    let (mut tools, mut cursor) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let params = PaginatedRequestParams::default().with_cursor(cursor);
        let page = peer.list_tools(Some(params)).await?;
        tools.extend(page.tools);
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok(tools)
}

/// Holds the service until it ends, and says so if nobody wanted it to.
async fn watch(name: String, service: RunningService<RoleClient, Client>, stop: CancellationToken) {
    let ended = service.waiting().await;
    if !stop.is_cancelled() {
        tracing::warn!(
            server = name,
            "the MCP server has closed the connection ({ended:?}); it is reconnected when next needed"
        );
    }
}

/// What the server may say by itself.
struct Client {
    name: String,
    /// Whether clients draw the interfaces of its tools.
    has_apps: bool,
    changed: Arc<AtomicBool>,
}

impl Client {
    fn new(name: &str, has_apps: bool) -> Self {
        Self {
            name: name.to_owned(),
            has_apps,
            changed: Arc::default(),
        }
    }
}

impl ClientHandler for Client {
    async fn on_tool_list_changed(&self, _: NotificationContext<RoleClient>) {
        tracing::debug!(server = self.name, "the MCP server has other tools now");
        self.changed.store(true, Ordering::SeqCst);
    }

    /// Nothing is supported that a server could ask of us: there is nobody to answer. Interfaces are drawn elsewhere.
    fn get_info(&self) -> ClientConfig {
        let implementation = Implementation::new("agui-runtime", env!("CARGO_PKG_VERSION"));
        let mut capabilities = ClientCapabilities::default();
        capabilities.extensions = self.has_apps.then(apps::capability);
        ClientConfig::new(capabilities, implementation)
            .with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE)
    }
}
