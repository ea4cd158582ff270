//! One MCP server as runs see it: connected when it is first needed, reconnected when it is needed again, and never waited
//! for longer than a run has patience.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use parking_lot::Mutex;
use rmcp::model::{CallToolResult, JsonObject, ReadResourceResult};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection::{CallFailure, Connection, Failure, Target};
use crate::upstream::{self, Refusal, Upstream};

/// For the model, and so for the client. Why is logged by the attempt.
const NOT_THERE: &str = "the server is not there";

/// A server, and the connection to it that all runs share.
pub(super) struct Server {
    pub(super) name: String,
    target: Target,
    /// The only tools that are offered.
    allowed: Option<Vec<String>>,
    /// Whether clients draw its tools' interfaces.
    pub(super) has_apps: bool,
    connect: Duration,
    call: Duration,
    state: Mutex<State>,
    upstream: Upstream,
    shutdown: Shutdown,
}

/// What ends with this server.
#[derive(Clone, Default)]
pub(super) struct Shutdown {
    pub(super) stop: CancellationToken,
    pub(super) tasks: TaskTracker,
}

/// What a server is made of.
pub(super) struct Setup {
    pub(super) name: String,
    pub(super) target: Target,
    pub(super) allowed: Option<Vec<String>>,
    pub(super) has_apps: bool,
    pub(super) connect: Duration,
    pub(super) call: Duration,
    pub(super) upstream: Upstream,
}

#[derive(Default)]
struct State {
    connection: Option<Arc<Connection>>,
    /// Underway, for all who wait.
    attempt: Option<Attempt>,
    /// Whether the last one took too long.
    slow: bool,
}

#[derive(Clone)]
struct Attempt {
    since: Instant,
    outcome: Shared<BoxFuture<'static, Outcome>>,
}

type Outcome = Result<Arc<Connection>, Arc<Failure>>;

impl Server {
    pub(super) fn new(setup: Setup, shutdown: Shutdown) -> Arc<Self> {
        Arc::new(Self {
            name: setup.name,
            target: setup.target,
            allowed: setup.allowed,
            has_apps: setup.has_apps,
            connect: setup.connect,
            call: setup.call,
            state: Mutex::default(),
            upstream: setup.upstream,
            shutdown,
        })
    }

    /// How the server does, as of now.
    pub(super) fn upstream(&self) -> &Upstream {
        self.upstream.tell(match self.still_open() {
            Some(connection) => format!("connected, {} tools", connection.tools.len()),
            None => "not connected".to_owned(),
        });
        &self.upstream
    }

    /// Whether a tool of this name is offered.
    pub(super) fn allows(&self, tool: &str) -> bool {
        let allowed = self.allowed.as_ref();
        allowed.is_none_or(|allowed| allowed.iter().any(|allowed| allowed == tool))
    }

    /// The connection for a run that starts; nothing if there is none in time. Patience is counted from the moment at which
    /// somebody began to connect: who comes later need not wait as long, and nobody waits for a server that was too slow the
    /// last time.
    pub(super) async fn connection(
        self: &Arc<Self>,
        patience: Duration,
    ) -> Option<Arc<Connection>> {
        let slow = self.state.lock().slow;
        let attempt = match self.reach() {
            Reach::Ready(connection) => return Some(connection),
            Reach::Underway(attempt) => attempt,
            Reach::LeftAlone(refusal) => {
                tracing::debug!(server = self.name, "the MCP server {refusal}");
                return None;
            }
        };
        let patience = if slow { Duration::ZERO } else { patience };
        match timeout_at(attempt.since + patience, attempt.outcome).await {
            Ok(Ok(connection)) => Some(connection),
            // Logged by the attempt.
            Ok(Err(_)) => None,
            Err(_) => self.still_open().or_else(|| {
                self.not_waited_for(patience);
                None
            }),
        }
    }

    fn not_waited_for(&self, patience: Duration) {
        let server = &self.name;
        if patience.is_zero() {
            tracing::debug!(server, "the run goes on without the MCP server's tools");
            return;
        }
        tracing::warn!(
            server,
            "the MCP server is not connected after {} s (mcp.wait_seconds): the run goes on without its tools",
            patience.as_secs()
        );
    }

    /// Calls a tool, on a new connection if the old one is gone. Never called twice: the tool may have done its work.
    pub(super) async fn call(
        self: &Arc<Self>,
        tool: &str,
        arguments: JsonObject,
    ) -> Result<CallToolResult, String> {
        let connection = self.connected().await.ok_or(NOT_THERE)?;
        let called = connection.call(tool, arguments);
        self.answered(&connection, Asked::Tool(tool), called).await
    }

    /// Reads a resource, as it is.
    pub(super) async fn read(self: &Arc<Self>, uri: &str) -> Result<ReadResourceResult, String> {
        let connection = self.connected().await.ok_or("")?;
        let read = connection.read(uri);
        self.answered(&connection, Asked::Resource, read).await
    }

    /// The connection that there is, or else a new one; nothing if there is none to be had. Why is logged by the attempt, and
    /// nothing for clients.
    pub(super) async fn connected(self: &Arc<Self>) -> Option<Arc<Connection>> {
        if let Some(connection) = self.still_open() {
            return Some(connection);
        }
        match self.reach() {
            Reach::Ready(connection) => Some(connection),
            Reach::Underway(attempt) => attempt.outcome.await.ok(),
            Reach::LeftAlone(_) => None,
        }
    }

    /// What the server answers in time, for clients.
    async fn answered<T>(
        &self,
        connection: &Connection,
        what: Asked<'_>,
        asked: impl Future<Output = Result<T, CallFailure>>,
    ) -> Result<T, String> {
        let place = self.upstream.enter().await;
        let _place = place.map_err(|refusal| format!("the server {refusal}"))?;
        match timeout(self.call, asked).await {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(failure)) => {
                if let Some(cause) = failure.cause {
                    self.upstream.fails(&*failure.told);
                    let cause = self.target.scrub(&cause);
                    tracing::warn!(server = self.name, "{what} failed: {cause}");
                }
                Err(failure.told)
            }
            Err(_) => {
                connection.doubt();
                let told = format!("no answer within {} s", self.call.as_secs_f64());
                self.upstream.fails(&*told);
                Err(told)
            }
        }
    }

    /// What was connected before, even if its tools may have changed.
    fn still_open(&self) -> Option<Arc<Connection>> {
        let state = self.state.lock();
        state
            .connection
            .clone()
            .filter(|connection| connection.is_open())
    }

    /// The connection, or the attempt to make one: one at a time.
    fn reach(self: &Arc<Self>) -> Reach {
        let mut state = self.state.lock();
        if let Some(connection) = &state.connection
            && connection.is_open()
            && !connection.is_stale()
        {
            return Reach::Ready(connection.clone());
        }
        if let Some(attempt) = &state.attempt {
            return Reach::Underway(attempt.clone());
        }
        let counted = match self.upstream.admit() {
            Ok(counted) => counted,
            Err(refusal) => return Reach::LeftAlone(refusal),
        };
        let server = self.clone();
        // On its own: it serves also those who come after the run that began it is gone.
        let task = self
            .shutdown
            .tasks
            .spawn(async move { server.attempt(counted).await });
        let outcome = task.map(|done| done.unwrap_or_else(|_| Err(Arc::new(Failure::Crashed))));
        let attempt = Attempt {
            since: Instant::now(),
            outcome: outcome.boxed().shared(),
        };
        state.attempt = Some(attempt.clone());
        Reach::Underway(attempt)
    }

    async fn attempt(&self, mut counted: upstream::Attempt) -> Outcome {
        let _done = Done(&self.state);
        let before = self.still_open();
        let outcome = tokio::select! {
            () = self.shutdown.stop.cancelled() => Err(Failure::ShutDown),
            outcome = timeout(self.connect, self.establish(before)) => {
                outcome.unwrap_or_else(|_| Err(Failure::Slow(self.connect)))
            }
        };
        let outcome = outcome.map(Arc::new);
        match &outcome {
            Ok(connection) => {
                counted.worked();
                tracing::info!(
                    server = self.name,
                    "the MCP server has {} tools",
                    connection.tools.len()
                );
            }
            Err(failure) => {
                match failure {
                    Failure::ShutDown => {}
                    Failure::Slow(_) => counted.failed(failure.shown()),
                    // What fails at once costs nobody time, and may be well again the next time.
                    _ => counted.erred(failure.shown()),
                }
                tracing::warn!(
                    server = self.name,
                    "the MCP server's tools are not to be had: {}",
                    self.target.scrub(&failure.to_string())
                );
            }
        }
        let mut state = self.state.lock();
        state.slow = matches!(&outcome, Err(Failure::Slow(_)));
        state.connection = outcome.as_ref().ok().cloned();
        drop(state);
        outcome.map_err(Arc::new)
    }

    /// Asks again on the connection that there is, then on a new one.
    async fn establish(&self, before: Option<Arc<Connection>>) -> Result<Connection, Failure> {
        if let Some(before) = before
            && let Ok(refreshed) = before.refreshed().await
        {
            return Ok(refreshed);
        }
        Connection::open(&self.name, &self.target, self.has_apps, &self.shutdown).await
    }
}

/// What a server is asked, for the log.
#[derive(Clone, Copy)]
enum Asked<'a> {
    Tool(&'a str),
    Resource,
}

impl fmt::Display for Asked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tool(name) => write!(f, "a call of the MCP tool {name:?}"),
            Self::Resource => f.write_str("the reading of an MCP resource"),
        }
    }
}

enum Reach {
    Ready(Arc<Connection>),
    Underway(Attempt),
    /// It failed so often that nobody tries for a while.
    LeftAlone(Refusal),
}

/// Makes room for the next attempt, however this one ends.
struct Done<'a>(&'a Mutex<State>);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.lock().attempt = None;
    }
}
