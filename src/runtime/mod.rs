//! The waist of the hourglass: faces hand in a [`RunInput`] and follow a run; agents never see a face.

mod active;
pub mod builder;
pub mod error;
pub mod log;
pub mod protocol;
pub mod run;
mod threads;
mod writer;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use parking_lot::Mutex;
use serde_json::{Map, Value};

use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::agents::Agent;
use crate::store::{Store, ThreadKey};
use crate::tools::ToolSet;
use crate::transcribe::Transcriber;
use builder::{DEFAULT_AGENT, RuntimeBuilder};
use error::{AgentError, ErrorCode};
use run::{Run, RunLimits};

pub use active::{StartOptions, ThreadBusy, WhenBusy};
pub use threads::{Connection, History, Stopped};
pub use writer::INCOMPLETE_STREAM;

/// How long a run waits for the store before it goes on all the same.
const STORE_PATIENCE: Duration = Duration::from_secs(5);

/// A configured runtime. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Runtime(Arc<Inner>);

struct Inner {
    parts: RuntimeParts,
    /// The active run of each thread, and after it those that wait for it.
    active: Mutex<HashMap<ThreadKey, Vec<Arc<Run>>>>,
    tasks: TaskTracker,
    shutdown: CancellationToken,
    /// Tells onlookers of runs that start.
    started: broadcast::Sender<Arc<Run>>,
}

/// Everything that a builder put together.
pub(crate) struct RuntimeParts {
    pub(crate) agents: IndexMap<String, Arc<dyn Agent>>,
    pub(crate) tools: ToolSet,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) properties: Map<String, Value>,
    pub(crate) providers: Vec<String>,
    pub(crate) run_limits: RunLimits,
    pub(crate) when_busy: Option<WhenBusy>,
    pub(crate) attached: bool,
    pub(crate) transcriber: Option<Arc<dyn Transcriber>>,
}

impl Runtime {
    /// Starts to build a runtime.
    ///
    /// ```
    /// use agui_runtime::{Runtime, agents::demo::DemoAgent};
    ///
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let runtime = Runtime::builder().agent("default", DemoAgent::default()).build().await?;
    /// let app = poem::Route::new().nest("/", runtime.endpoint()?);
    /// # drop(app);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder() -> RuntimeBuilder {
        RuntimeBuilder::default()
    }

    pub(crate) fn new(parts: RuntimeParts) -> Self {
        Self(Arc::new(Inner {
            parts,
            active: Mutex::default(),
            tasks: TaskTracker::new(),
            shutdown: CancellationToken::new(),
            started: broadcast::Sender::new(256),
        }))
    }

    /// The agents by name, in the order in which they were added.
    pub fn agents(&self) -> impl Iterator<Item = (&str, &Arc<dyn Agent>)> {
        self.0
            .parts
            .agents
            .iter()
            .map(|(name, agent)| (name.as_str(), agent))
    }

    /// The agent of this name, or the one asked when no name is given.
    pub fn agent(&self, name: Option<&str>) -> Option<(&str, &Arc<dyn Agent>)> {
        let (name, agent) = self
            .0
            .parts
            .agents
            .get_key_value(name.unwrap_or(DEFAULT_AGENT))?;
        Some((name, agent))
    }

    /// The store behind threads and states.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.0.parts.store
    }

    pub(crate) fn parts(&self) -> &RuntimeParts {
        &self.0.parts
    }

    /// Cancels every run, because the server shuts down, and waits until what they leave behind is stored.
    pub async fn shut_down(&self) {
        self.0.shutdown.cancel();
        self.0.tasks.close();
        if tokio::time::timeout(STORE_PATIENCE, self.0.tasks.wait())
            .await
            .is_err()
        {
            tracing::error!("{} runs were not stored in time", self.0.tasks.len());
        }
    }
}

/// The error for a request that names an agent that is not there, in upstream's words (1.10.6).
pub fn unknown_agent(runtime: &Runtime, name: &str) -> AgentError {
    const HELP: &str = "https://docs.copilotkit.ai/coagents/troubleshooting/common-issues#i-am-getting-agent-not-found-error";
    let known: Vec<&str> = runtime
        .agents()
        .map(|(name, _)| name)
        .filter(|name| *name != DEFAULT_AGENT)
        .collect();
    let message = if known.is_empty() {
        format!(
            "Agent '{name}' was not found. Please set up at least one agent before proceeding. See more: [{HELP}]({HELP})"
        )
    } else {
        format!(
            "Agent '{name}' was not found. Available agents are: {}. Please verify the agent name in your configuration and ensure it matches one of the available agents.\n\nSee more: [{HELP}]({HELP})",
            known.join(", ")
        )
    };
    AgentError::new(ErrorCode::AgentNotFound, message)
}
