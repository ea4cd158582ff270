//! The HTTP server: the one place that turns requests into calls of the faces.

pub mod address;
mod agui;
mod app;
pub mod auth;
mod body;
mod connections;
mod console;
mod cors;
mod files;
mod forward;
mod graphiql;
mod graphql;
mod health;
mod hooks;
pub mod limits;
mod live;
mod options;
mod parts;
mod refusal;
mod serve;
mod shutdown;
pub mod telemetry;
mod tls;
mod usage;
mod watch;

pub use app::EndpointError;
pub use console::ConsoleOptions;
pub(crate) use console::fits_beside;
pub use cors::{CorsOptions, Origins};
pub use forward::HeaderForwarding;
pub use live::Reload;
pub use serve::{AgentConfigError, ServeError, serve, serve_and_reload};
pub use tls::{TlsError, TlsSection};

use std::time::Duration;

use futures_util::StreamExt;

use self::auth::Auth;
use self::limits::Limits;
use crate::graphql::document::Limits as DocumentLimits;
use crate::reply::{Body, Reply};

/// A face's answer as Poem's.
fn respond(reply: Reply) -> poem::Response {
    let body = match reply.body {
        Body::Full(bytes) => poem::Body::from_bytes(bytes),
        Body::Stream(parts) => poem::Body::from_bytes_stream(parts.map(Ok::<_, std::io::Error>)),
    };
    let mut response = poem::Response::builder().status(reply.status).body(body);
    for (name, value) in reply.headers {
        response.headers_mut().insert(name, value);
    }
    response
}

/// How a runtime is reached over HTTP.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// The path of both faces, `/api/copilotkit` by default.
    pub base_path: String,
    /// Who may read answers from another origin.
    pub cors: CorsOptions,
    /// The longest request body, in bytes; 25,000,000 by default (upstream 1.10.6).
    pub body_bytes: usize,
    /// How long a request body may take to arrive; 30 s by default.
    pub body_read: Duration,
    /// How many messages a request may carry; 10,000 by default.
    pub messages: usize,
    /// How many tools a request may bring; 1,000 by default.
    pub tools: usize,
    /// How much one owner and one address may ask for; as much as they like by default.
    pub limits: Limits,
    /// Who may ask; everybody by default, as nobody in particular.
    pub auth: Auth,
    /// Which request headers reach agents.
    pub forward: HeaderForwarding,
    /// How long an AG-UI stream may be silent before it says that it is still there; 15 s by default (upstream 1.75.0).
    /// `None` never says so.
    pub keep_alive: Option<Duration>,
    /// Whether `{base_path}/cpk-debug-events` shows the events of all runs of the asking owner; not by default.
    pub debug_events: bool,
    /// Whether `/metrics` shows figures for Prometheus; they are of the whole server, and of no owner.
    pub metrics: bool,
    /// Bounds on GraphQL documents.
    pub documents: DocumentLimits,
    /// Whether the schema can be asked for.
    pub introspection: bool,
    /// Whether a browser gets GraphiQL at the base path; it needs the schema.
    pub graphiql: bool,
    /// The console, at `/console` and for browsers at `/`; not by default, as an application may have a page of its own there.
    pub console: Option<ConsoleOptions>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            base_path: "/api/copilotkit".to_owned(),
            cors: CorsOptions::default(),
            body_bytes: 25_000_000,
            body_read: Duration::from_secs(30),
            messages: 10_000,
            tools: 1_000,
            limits: Limits::default(),
            auth: Auth::default(),
            forward: HeaderForwarding::default(),
            keep_alive: Some(Duration::from_secs(15)),
            debug_events: false,
            metrics: true,
            documents: DocumentLimits::default(),
            introspection: true,
            graphiql: true,
            console: None,
        }
    }
}
