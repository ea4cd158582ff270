//! Starts runs, one at a time on a thread, and keeps what they leave behind.

use std::sync::Arc;

use futures_util::FutureExt;
use serde_json::value::RawValue;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::guardrails::guarded;
use super::hooks::{HookFailure, RunEnd};
use super::log::EndReason;
use super::protocol::{Transcript, compact};
use super::run::{Beginning, Ending, Run};
use super::tools::{app_request, equipped};
use super::writer::Left;
use super::{Inner, Runtime, STORE_PATIENCE};
use crate::agents::{Agent, RunInput};
use crate::generated::agui::{Message, RunAgentInput};
use crate::store::{EndedRun, NewRun, StateChange, StoreError, ThreadKey};

/// What becomes of a run on a thread that has an active one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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
        self.hooks().before_run(input).await
    }

    /// Whether the run is asked of a tool's server for the tool's interface, and not of its agent: it is no part of its thread.
    pub(crate) fn is_for_app(&self, request: &RunAgentInput) -> bool {
        app_request(&self.0.parts.sources, request).is_some()
    }

    /// Starts a run. Hooks have a say in those that come in through a face; of what an application starts by itself they are
    /// told the end.
    ///
    /// # Errors
    /// If its thread has an active run and [`WhenBusy::Reject`] says that this one has to stand back, or too many wait already.
    pub fn start(
        &self,
        agent: Arc<dyn Agent>,
        input: RunInput,
        options: StartOptions,
    ) -> Result<Arc<Run>, ThreadBusy> {
        let run = Run::new(&input, &self.0.shutdown);
        let thread = ThreadKey {
            owner: input.owner.clone(),
            id: input.request.thread_id.clone(),
        };
        let earlier = match options.kept {
            true => self.0.queue_up(&thread, &run, options.when_busy)?,
            false => Vec::new(),
        };
        let active = Active {
            inner: self.0.clone(),
            thread: options.kept.then_some(thread),
            run: run.clone(),
        };
        self.0
            .tasks
            .spawn(active.drive(agent, Arc::new(input), earlier));
        let _ = self.0.started.send(run.clone());
        Ok(run)
    }
}

impl Inner {
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

/// A run in its thread's place. However its task ends, the log ends and the thread is free.
struct Active {
    inner: Arc<Inner>,
    /// `None` for a run that belongs to no thread.
    thread: Option<ThreadKey>,
    run: Arc<Run>,
}

impl Active {
    async fn drive(
        self,
        agent: Arc<dyn Agent>,
        input: Arc<RunInput>,
        earlier: Vec<CancellationToken>,
    ) {
        let began = Instant::now();
        if let Some(ending) = self.run.queue(&earlier).await {
            self.free();
            let end = self.end_for_hooks(&input, Transcript::default, &ending, began);
            return self.end(ending, end);
        }
        drop(earlier);
        let beginning = self.beginning(&input);
        let limits = self.inner.parts.run_limits.clone();
        let agent = guarded(agent, &self.inner.parts.guardrails);
        let agent = equipped(agent, &self.inner.parts.sources, &input.tools);
        let driven = self
            .run
            .drive(agent, input.clone(), beginning.clone(), limits)
            .await;
        let (left, ending) = driven;
        let end = self.end_for_hooks(&input, || left.transcript.clone(), &ending, began);
        if let Some(thread) = &self.thread {
            let left = self.left(left, &ending);
            self.keep(thread.clone(), beginning, left).await;
        }
        // Before the end is told: who has seen it may start the next run at once.
        self.free();
        self.end(ending, end);
    }

    /// What hooks are to be told of the run, if there are any.
    fn end_for_hooks(
        &self,
        input: &Arc<RunInput>,
        left: impl FnOnce() -> Transcript,
        ending: &Ending,
        began: Instant,
    ) -> Option<RunEnd> {
        if self.inner.parts.hooks.is_empty() {
            return None;
        }
        let (input, took) = (input.clone(), began.elapsed());
        let end = RunEnd::new(input, left(), ending.reason(), ending.error(), took);
        Some(end)
    }

    /// Tells the run's end: its followers first.
    fn end(&self, ending: Ending, end: Option<RunEnd>) {
        self.run.end(ending);
        if let Some(end) = end {
            self.inner.parts.hooks.after_run(end);
        }
    }

    /// Gives the run's place on its thread away.
    fn free(&self) {
        let Some(thread) = &self.thread else { return };
        let mut active = self.inner.active.lock();
        if let Some(runs) = active.get_mut(thread) {
            runs.retain(|run| !Arc::ptr_eq(run, &self.run));
            if runs.is_empty() {
                active.remove(thread);
            }
        }
    }

    /// Notes in the store that the run begins. A store that fails is logged, and the run goes on unkept.
    fn beginning(&self, input: &RunInput) -> Beginning {
        let Some(thread) = self.thread.clone() else {
            return async { None }.boxed().shared();
        };
        let store = self.inner.parts.store.clone();
        let request = &input.request;
        let numbered = self.run.clone();
        let run = NewRun {
            id: request.run_id.clone(),
            agent: input.agent.clone(),
            parent: request.parent_run_id.clone(),
            messages: ids(&request.messages),
        };
        async move {
            let started = store.start_run(&thread, run).await;
            let not_stored =
                |error: &StoreError| tracing::error!(%error, "a run that begins is not stored");
            let started = started.inspect_err(not_stored).ok()?;
            numbered.set_number(started.number);
            Some(Arc::new(started))
        }
        .boxed()
        .shared()
    }

    /// What the store is to keep of the run.
    fn left(&self, left: Left, ending: &Ending) -> EndedRun {
        let events = compact(self.run.events(ending));
        let (state, messages) = left.transcript.into_parts();
        EndedRun {
            status: ending.status(),
            events: events.iter().filter_map(raw).collect(),
            // What came with a run that never began is in none of its events: to the thread it is still new.
            messages: match left.started {
                true => ids(&messages),
                false => Vec::new(),
            },
            state: StateChange::Run {
                messages: messages
                    .iter()
                    .map(serde_json::to_value)
                    .filter_map(Result::ok)
                    .collect(),
                state,
            },
        }
    }

    /// Stores what the run left behind. A store that fails is logged, and one that is slow goes on behind the run's back: the
    /// answer itself is not lost with it.
    async fn keep(&self, thread: ThreadKey, beginning: Beginning, left: EndedRun) {
        let (store, run) = (self.inner.parts.store.clone(), self.run.id.clone());
        let mut stored = async move {
            let begun = beginning.await?;
            let ended = store.end_run(&thread, begun.number, left).await;
            ended
                .inspect_err(
                    |error| tracing::error!(%error, run, "a run that has ended is not stored"),
                )
                .ok()
        }
        .boxed();
        if tokio::time::timeout(STORE_PATIENCE, &mut stored)
            .await
            .is_err()
        {
            tracing::error!(run = %self.run.id, "the store is slow; the run's end is told before it is stored");
            self.inner.tasks.spawn(stored);
        }
    }
}

fn raw(event: &crate::generated::agui::Event) -> Option<Box<RawValue>> {
    serde_json::value::to_raw_value(event)
        .inspect_err(|error| tracing::error!(%error, "an event cannot be written as JSON"))
        .ok()
}

fn ids(messages: &[Message]) -> Vec<String> {
    let ids = messages.iter().filter_map(Message::id);
    ids.map(str::to_owned).collect()
}

impl Drop for Active {
    fn drop(&mut self) {
        self.free();
        self.run.crash();
    }
}
