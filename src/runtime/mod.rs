//! The waist of the hourglass: faces hand in a [`RunInput`] and follow a run; agents never see a face.

mod access;
mod active;
mod agents;
mod begin;
pub mod builder;
mod content;
pub mod error;
mod figures;
pub(crate) mod gate;
pub mod generative_ui;
pub mod guardrails;
pub mod hooks;
pub mod housekeeping;
mod journal;
mod keep;
mod left;
pub mod log;
mod node;
pub mod protocol;
mod remote;
pub mod run;
mod service;
mod so_far;
mod threads;
mod tools;
mod upstreams;
mod writer;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use parking_lot::Mutex;
use serde_json::{Map, Value};

use tokio_util::sync::CancellationToken;

use crate::agents::AgentSource;
use crate::metrics::Metrics;
use crate::store::Store;
use crate::tools::{ToolSet, ToolSource};
use crate::transcribe::Transcriber;
use builder::RuntimeBuilder;
use generative_ui::GenerativeUi;
use guardrails::Guardrails;
use hooks::Hooks;
use node::Node;
use run::RunLimits;

pub use access::{Access, Users};
pub use active::{StartOptions, ThreadBusy, WhenBusy};
pub use agents::{Agents, unknown_agent};
pub use service::OnFailure;
pub use threads::{ActiveRun, Connection, History, Stopped};
pub use writer::INCOMPLETE_STREAM;

/// How long a run waits for the store before it goes on all the same.
const STORE_PATIENCE: Duration = Duration::from_secs(5);

/// A configured runtime. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Runtime(Arc<Inner>);

struct Inner {
    parts: RuntimeParts,
    /// What there is of runs, whichever configuration they came with.
    node: Arc<Node>,
    /// The names that two agents have, as far as the log knows.
    clashes: Mutex<HashSet<String>>,
}

/// Everything that a builder put together.
pub(crate) struct RuntimeParts {
    pub(crate) agents: Agents,
    pub(crate) agent_sources: Vec<Arc<dyn AgentSource>>,
    pub(crate) access: Access,
    pub(crate) tools: ToolSet,
    pub(crate) sources: Arc<[Arc<dyn ToolSource>]>,
    pub(crate) properties: Map<String, Value>,
    pub(crate) providers: Vec<String>,
    pub(crate) run_limits: RunLimits,
    pub(crate) when_busy: Option<WhenBusy>,
    pub(crate) attached: bool,
    pub(crate) delegate: bool,
    pub(crate) generative_ui: GenerativeUi,
    pub(crate) transcriber: Option<Arc<dyn Transcriber>>,
    pub(crate) hooks: Hooks,
    pub(crate) guardrails: Guardrails,
    pub(crate) log_content: bool,
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

    pub(crate) fn new(parts: RuntimeParts, node: Arc<Node>) -> Self {
        let inner = Arc::new(Inner {
            parts,
            node: node.clone(),
            clashes: Mutex::default(),
        });
        node.enter(&inner);
        Self(inner)
    }

    /// The store behind threads and states.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.0.node.store
    }

    /// What is counted and measured.
    pub fn metrics(&self) -> &Metrics {
        &self.0.node.metrics
    }

    pub(crate) fn parts(&self) -> &RuntimeParts {
        &self.0.parts
    }

    pub(crate) fn hooks(&self) -> &Hooks {
        &self.0.parts.hooks
    }

    /// Ends the streams that only look on, as the server is about to shut down: they would end with nothing else. Runs go on.
    pub fn begin_shut_down(&self) {
        self.0.node.closing.cancel();
    }

    /// What [`Self::begin_shut_down`] sets off.
    pub(crate) fn closing(&self) -> CancellationToken {
        self.0.node.closing.clone()
    }

    /// Waits until no run goes on here, and what they left behind is stored.
    pub(crate) async fn runs_ended(&self) {
        let tasks = &self.0.node.tasks;
        tasks.close();
        tasks.wait().await;
    }

    /// How many runs go on here, with those that wait for their turn.
    pub(crate) fn runs_under_way(&self) -> usize {
        self.0.node.active.lock().values().map(Vec::len).sum()
    }

    /// Cancels every run, because the server shuts down, and waits until what they leave behind is stored. Runs of the
    /// runtimes before this one are meant too ([`RuntimeBuilder::build_after`]).
    pub async fn shut_down(&self) {
        let node = &self.0.node;
        self.begin_shut_down();
        node.shutdown.cancel();
        node.mirrors.cut();
        node.tasks.close();
        if tokio::time::timeout(STORE_PATIENCE, node.tasks.wait())
            .await
            .is_err()
        {
            tracing::error!("{} runs were not stored in time", node.tasks.len());
        }
        // Who comes later tells hooks by the same means: this waits for all that is told.
        self.hooks().close(STORE_PATIENCE).await;
        let runtimes = node.runtimes();
        let sources = runtimes.iter().flat_map(|it| it.parts.sources.iter());
        join_all(sources.map(|source| source.close())).await;
    }
}
