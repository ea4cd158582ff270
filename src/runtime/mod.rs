//! The waist of the hourglass: faces hand in a [`RunInput`] and follow a run; agents never see a face.

pub mod builder;
mod chunks;
pub mod error;
pub mod log;
pub mod run;
mod transcript;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use parking_lot::Mutex;
use serde_json::{Map, Value};

use crate::agents::{Agent, RunInput};
use crate::store::{Owner, StateChange, StateKey, Store};
use crate::tools::ToolSet;
use builder::{DEFAULT_AGENT, RuntimeBuilder};
use error::{AgentError, ErrorCode};
use log::EndReason;
use run::{Run, RunLimits};
use tokio_util::task::TaskTracker;
use transcript::Transcript;

/// How long the end of a run waits for the store before it is told to clients all the same.
const STORE_PATIENCE: Duration = Duration::from_secs(5);

/// A configured runtime. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Runtime(Arc<Inner>);

struct Inner {
    parts: RuntimeParts,
    /// The active run of each thread.
    active: Mutex<HashMap<(Owner, String), Arc<Run>>>,
    tasks: TaskTracker,
}

/// Everything that a builder put together.
pub(crate) struct RuntimeParts {
    pub(crate) agents: IndexMap<String, Arc<dyn Agent>>,
    pub(crate) tools: ToolSet,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) properties: Map<String, Value>,
    pub(crate) providers: Vec<String>,
    pub(crate) run_limits: RunLimits,
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

    /// Starts a run. A thread has one active run: one that is still going on is stopped by this one.
    pub fn start(&self, agent: Arc<dyn Agent>, input: RunInput) -> Arc<Run> {
        let run = Run::new(input.request.run_id.clone());
        let thread = (input.owner.clone(), input.request.thread_id.clone());
        if let Some(earlier) = self.0.active.lock().insert(thread.clone(), run.clone()) {
            earlier.cancel(EndReason::Stopped);
        }
        let active = Active {
            inner: self.0.clone(),
            thread,
            run: run.clone(),
        };
        self.0.tasks.spawn(active.drive(agent, Arc::new(input)));
        run
    }

    /// Cancels every run, because the server shuts down, and waits until what they leave behind is stored.
    pub async fn shut_down(&self) {
        for run in self.0.active.lock().values() {
            run.cancel(EndReason::Shutdown);
        }
        self.0.tasks.close();
        if tokio::time::timeout(STORE_PATIENCE, self.0.tasks.wait())
            .await
            .is_err()
        {
            tracing::error!("{} runs were not stored in time", self.0.tasks.len());
        }
    }
}

/// A run in its thread's place. However its task ends, the log ends and the thread is free.
struct Active {
    inner: Arc<Inner>,
    thread: (Owner, String),
    run: Arc<Run>,
}

impl Active {
    async fn drive(self, agent: Arc<dyn Agent>, input: Arc<RunInput>) {
        let limits = self.inner.parts.run_limits.clone();
        let (transcript, ending) = self.run.drive(agent, input.clone(), limits).await;
        self.keep(&input, transcript).await;
        self.run.end(ending);
    }

    /// Stores what the run left behind. A store that fails is logged: the answer itself is not lost with it.
    async fn keep(&self, input: &RunInput, transcript: Transcript) {
        let key = StateKey {
            owner: input.owner.clone(),
            thread_id: input.request.thread_id.clone(),
            agent_name: input.agent.clone(),
        };
        let messages = transcript.messages.iter().map(serde_json::to_value);
        let change = StateChange::Run {
            state: transcript.state,
            messages: messages.filter_map(Result::ok).collect(),
        };
        let stored = self.inner.parts.store.change_state(&key, change);
        match tokio::time::timeout(STORE_PATIENCE, stored).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::error!(%error, run = %self.run.id, "the run was not stored"),
            Err(_) => tracing::error!(run = %self.run.id, "the run was not stored in time"),
        }
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        self.run.crash();
        let mut active = self.inner.active.lock();
        if active
            .get(&self.thread)
            .is_some_and(|run| Arc::ptr_eq(run, &self.run))
        {
            active.remove(&self.thread);
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
