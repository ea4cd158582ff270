//! Starts runs, one at a time on a thread, and keeps what they leave behind.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::begin::{Beginning, Begun};
use super::content;
use super::guardrails::guarded;
use super::hooks::{HookFailure, RunEnd};
use super::log::EndReason;
use super::node::Node;
use super::protocol::Transcript;
use super::run::{Ending, Run};
use super::tools::{app_request, equipped};
use super::{Inner, Runtime};
use crate::agents::{Agent, RunInput};
use crate::generated::agui::RunAgentInput;
use crate::metrics::{RefusedBy, RunMeter};
use crate::store::ThreadKey;

/// What becomes of a run on a thread that has an active one, on whichever node.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum WhenBusy {
    /// It is refused.
    Reject,
    /// The active run is stopped, and those that wait.
    Supersede,
    /// It waits for its turn.
    Queue,
}

/// How a run is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StartOptions {
    /// If its thread has an active run.
    pub when_busy: WhenBusy,
    /// Whether it belongs to its thread: shows in its history, and is stopped with it. A suggestion does not.
    pub kept: bool,
}

/// How many runs may wait for their turn on a thread: more than a client sends in good faith.
const WAITING: usize = 16;

/// The thread has an active run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "Thread '{thread}' has an active run, '{run}'{}. Wait for its end, or stop it, before you start another.",
    with_waiting(*.waiting)
)]
pub struct ThreadBusy {
    /// The thread.
    pub thread: String,
    /// The run that is active.
    pub run: String,
    /// How many runs wait for it already.
    pub waiting: usize,
}

fn with_waiting(runs: usize) -> String {
    match runs {
        0 => String::new(),
        runs => format!(", with {runs} more waiting"),
    }
}

impl Runtime {
    /// Asks the hooks whether a run may start, which comes before [`Self::start`].
    pub(crate) async fn admit(&self, input: &RunInput) -> Result<(), HookFailure> {
        let admitted = self.hooks().before_run(input).await;
        if admitted.is_err() {
            self.metrics().run_refused(RefusedBy::Hook);
        }
        admitted
    }

    /// Whether the run is asked of a tool's server for the tool's interface, and not of its agent: it is no part of its thread.
    pub(crate) fn is_for_app(&self, request: &RunAgentInput) -> bool {
        app_request(&self.0.parts.sources, request).is_some()
    }

    /// Starts a run. Waits for nothing but, where several nodes share the store, its word that the thread is free. Hooks have a
    /// say in runs that come in through a face; of what an application starts by itself they are told the end.
    ///
    /// # Errors
    /// If its thread has an active run and [`WhenBusy::Reject`] says that this one has to stand back, or too many wait already.
    pub async fn start(
        &self,
        agent: Arc<dyn Agent>,
        input: RunInput,
        options: StartOptions,
    ) -> Result<Arc<Run>, ThreadBusy> {
        let run = Run::new(&input, &self.0.node.shutdown);
        let thread = run.thread.clone();
        let earlier = match options.kept {
            true => self.0.node.queue_up(&thread, &run, options.when_busy)?,
            false => Vec::new(),
        };
        if options.kept {
            self.0.node.journal.hold_back(&run);
        }
        let (refuse, refused) = oneshot::channel();
        let asks = options.kept
            && options.when_busy == WhenBusy::Reject
            && self.store().cluster().is_some();
        let active = Active {
            inner: self.0.clone(),
            thread: options.kept.then_some(thread),
            meter: self.metrics().run_started(&run.agent, &run.thread.owner),
            run: run.clone(),
            refuse: asks.then_some(refuse),
        };
        let drive = active.drive(agent, Arc::new(input), earlier, options.when_busy);
        self.0.node.tasks.spawn(drive.instrument(run_span(&run)));
        if asks && let Ok(busy) = refused.await {
            return Err(busy);
        }
        let _ = self.0.node.started.send(run.clone());
        Ok(run)
    }
}

impl Node {
    /// Takes a place on the thread. The ends to wait for.
    fn queue_up(
        &self,
        thread: &ThreadKey,
        run: &Arc<Run>,
        when_busy: WhenBusy,
    ) -> Result<Vec<CancellationToken>, ThreadBusy> {
        let mut active = self.active.lock();
        let runs = active.entry(thread.clone()).or_default();
        if let Some(first) = runs.first() {
            let waiting = runs.len() - 1;
            match when_busy {
                WhenBusy::Queue if waiting < WAITING => {}
                WhenBusy::Supersede => {
                    runs.iter().for_each(|run| run.cancel(EndReason::Stopped));
                }
                WhenBusy::Reject | WhenBusy::Queue => {
                    self.metrics.run_refused(RefusedBy::Busy);
                    return Err(ThreadBusy {
                        thread: thread.id.clone(),
                        run: first.id.clone(),
                        waiting,
                    });
                }
            }
        }
        let earlier = runs.iter().map(|run| run.end_token()).collect();
        runs.push(run.clone());
        Ok(earlier)
    }
}

/// What every line of the log that is about the run has. At this level, so that no setting of the log is without it.
fn run_span(run: &Run) -> tracing::Span {
    tracing::error_span!(
        "run",
        run_id = run.id,
        thread_id = run.thread.id,
        owner = run.thread.owner.as_str(),
        agent = run.agent,
    )
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A run in its thread's place. However its task ends, the log ends and the thread is free.
pub(super) struct Active {
    pub(super) inner: Arc<Inner>,
    /// `None` for a run that belongs to no thread.
    pub(super) thread: Option<ThreadKey>,
    pub(super) run: Arc<Run>,
    /// Somebody waits to hear whether another node's run has the thread.
    refuse: Option<oneshot::Sender<ThreadBusy>>,
    meter: RunMeter,
}

impl Active {
    async fn drive(
        mut self,
        agent: Arc<dyn Agent>,
        input: Arc<RunInput>,
        earlier: Vec<CancellationToken>,
        when_busy: WhenBusy,
    ) {
        let began = Instant::now();
        if let Some(ending) = self.run.queue(&earlier).await {
            return self.finish(&input, Some(Transcript::default()), ending, began);
        }
        drop(earlier);
        let beginning = self.beginning(&input, when_busy);
        if let Err(busy) = self.thread_is_free(&beginning).await {
            let message = busy.to_string();
            if let Some(refuse) = self.refuse.take() {
                let _ = refuse.send(busy);
            }
            return self.finish(&input, None, Ending::refused(message), began);
        }
        self.refuse = None;
        let log_content = self.inner.parts.log_content;
        if log_content {
            content::asked(&input);
        }
        let limits = self.inner.parts.run_limits.clone();
        let agent = guarded(agent, &self.inner.parts.guardrails);
        let agent = equipped(agent, &self.inner.parts.sources, &input.tools);
        let begun = beginning.started();
        let meter = &mut self.meter;
        let driven = self.run.drive(agent, input.clone(), begun, limits, meter);
        let (left, ending) = driven.await;
        if log_content {
            content::answered(left.clone());
        }
        let hooked = !self.inner.parts.hooks.is_empty();
        let transcript = hooked.then(|| left.clone());
        let ending = match self.thread {
            Some(_) => self.keep(beginning, left, ending).await,
            None => ending,
        };
        self.finish(&input, transcript, ending, began);
    }

    /// Where several nodes share the store, the agent waits for its word; else the two work at once.
    async fn thread_is_free(&self, beginning: &Beginning) -> Result<(), ThreadBusy> {
        if self.inner.node.store.cluster().is_none() {
            return Ok(());
        }
        match beginning.in_time(self.inner.node.journal.patience()).await {
            Some(Begun::Busy(busy)) => Err(busy),
            _ => Ok(()),
        }
    }

    /// Frees the thread and tells the end, in this order: who has seen it may start the next run at once. Its followers
    /// come before the hooks, which are told where there is a transcript.
    fn finish(
        &mut self,
        input: &Arc<RunInput>,
        transcript: Option<Transcript>,
        ending: Ending,
        began: Instant,
    ) {
        self.free();
        self.tell_end(&ending);
        let hooks = &self.inner.parts.hooks;
        let transcript = transcript.filter(|_| !hooks.is_empty());
        let end = transcript.map(|left| {
            let took = began.elapsed();
            RunEnd::new(input.clone(), left, ending.reason(), ending.error(), took)
        });
        self.run.end(ending);
        if let Some(end) = end {
            hooks.after_run(end);
        }
    }

    fn tell_end(&mut self, ending: &Ending) {
        let outcome = ending.reason().name();
        let summary = self.meter.end(outcome, ending.usage());
        tracing::info!(
            outcome,
            milliseconds = milliseconds(summary.duration),
            first_token_milliseconds = summary.first_token.map(milliseconds),
            deltas = summary.deltas,
            "run ended"
        );
    }

    /// Gives the run's place on its thread away.
    fn free(&self) {
        let Some(thread) = &self.thread else { return };
        let mut active = self.inner.node.active.lock();
        if let Some(runs) = active.get_mut(thread) {
            runs.retain(|run| !Arc::ptr_eq(run, &self.run));
            if runs.is_empty() {
                active.remove(thread);
            }
        }
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        self.free();
        self.run.crash();
    }
}
