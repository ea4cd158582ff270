//! The HTTP server: the one place that turns requests into calls of the faces.

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
mod live;
mod options;
mod parts;
mod serve;

pub use app::EndpointError;
pub use console::ConsoleOptions;
pub(crate) use console::fits_beside;
pub use cors::{CorsOptions, Origins};
pub use forward::HeaderForwarding;
pub use live::Reload;
pub use serve::{AgentConfigError, ServeError, serve, serve_and_reload};

use std::time::Duration;

use futures_util::StreamExt;

use self::auth::Auth;
use crate::graphql::document::Limits;
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
    /// Who may ask; everybody by default, as nobody in particular.
    pub auth: Auth,
    /// Which request headers reach agents.
    pub forward: HeaderForwarding,
    /// How long an AG-UI stream may be silent before it says that it is still there; 15 s by default (upstream 1.75.0).
    /// `None` never says so.
    pub keep_alive: Option<Duration>,
    /// Whether `{base_path}/cpk-debug-events` shows the events of all runs of the asking owner; not by default.
    pub debug_events: bool,
    /// Bounds on GraphQL documents.
    pub documents: Limits,
    /// Whether the schema can be asked for, by introspection and GraphiQL.
    pub introspection: bool,
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
            auth: Auth::default(),
            forward: HeaderForwarding::default(),
            keep_alive: Some(Duration::from_secs(15)),
            debug_events: false,
            documents: Limits::default(),
            introspection: true,
            console: None,
        }
    }
}
