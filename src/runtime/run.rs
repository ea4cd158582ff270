//! One run: a task that turns an agent's stream into a run log, whoever listens.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::error::{AgentError, ErrorCode};
use super::gate::RunPass;
use super::log::{EndReason, Entry, Follower, Origin, RunLog};
use super::protocol::{Transcript, Verifier, Why};
use super::writer::{FRAME, INCOMPLETE_STREAM, Writer};
use crate::agents::{Agent, RunInput};
use crate::generated::agui::{Event, RunErrorEvent, TokenUsage};
use crate::metrics::RunMeter;
use crate::store::{RunStatus, StartedRun, StoredRun, ThreadKey};

/// What one run may take.
#[derive(Debug, Clone)]
pub struct RunLimits {
    /// How long it may last.
    pub duration: Duration,
    /// How many bytes of text, arguments, results and state it may produce.
    pub bytes: usize,
}

impl Default for RunLimits {
    /// An hour and 64 MiB.
    fn default() -> Self {
        Self {
            duration: Duration::from_secs(3600),
            bytes: 64 << 20,
        }
    }
}

/// What clients are told of a run that ends with the server.
const SHUTDOWN: &str = "The server shuts down and ended the run.";

/// What they are told when another node has ended the run.
const LOST: &str =
    "The server was away for too long, or the thread was deleted; the run was ended.";

/// What they are told where nothing is shown that is not stored.
const STORE_FAILED: &str =
    "The thread store did not keep what was said in time; the run was ended.";

/// What the store knows of the thread as a run begins; `None` if nothing is kept of it or the store failed.
pub(super) type Started = Shared<BoxFuture<'static, Option<Arc<StartedRun>>>>;

/// A run that was started.
#[derive(Debug)]
pub struct Run {
    /// The run's id.
    pub id: String,
    /// The name of its agent.
    pub agent: String,
    /// The thread that it names, and whose it is.
    pub thread: ThreadKey,
    /// When it was asked for, in milliseconds since 1970.
    pub started_at_ms: i64,
    /// Its number in the thread, once the store has given it.
    number: OnceLock<u64>,
    log: Arc<RunLog>,
    cancel: CancellationToken,
    cancelled_by: Mutex<Option<EndReason>>,
    ended: CancellationToken,
    /// What let the run in, until it ends.
    pass: Mutex<Option<RunPass>>,
}

impl Run {
    /// A run that also ends with `shutdown`.
    pub(super) fn new(input: &RunInput, shutdown: &CancellationToken) -> Arc<Self> {
        Arc::new(Self {
            id: input.request.run_id.clone(),
            agent: input.agent.clone(),
            thread: ThreadKey {
                owner: input.owner.clone(),
                id: input.request.thread_id.clone(),
            },
            started_at_ms: chrono::Utc::now().timestamp_millis(),
            number: OnceLock::new(),
            log: Arc::default(),
            cancel: shutdown.child_token(),
            cancelled_by: Mutex::new(None),
            ended: CancellationToken::new(),
            pass: Mutex::new(None),
        })
    }

    /// A run of another node, whose log is filled from the store. Cancelling it does nothing: it is not here.
    pub(super) fn mirrored(thread: &ThreadKey, run: &StoredRun, log: Arc<RunLog>) -> Arc<Self> {
        Arc::new(Self {
            id: run.id.clone(),
            agent: run.agent.clone(),
            thread: thread.clone(),
            started_at_ms: run.started_at_ms,
            number: OnceLock::from(run.number),
            log,
            cancel: CancellationToken::new(),
            cancelled_by: Mutex::new(None),
            ended: CancellationToken::new(),
            pass: Mutex::new(None),
        })
    }

    pub(super) fn number(&self) -> Option<u64> {
        self.number.get().copied()
    }

    pub(super) fn set_number(&self, number: u64) {
        self.number.get_or_init(|| number);
    }

    /// Reads the run from its first event on.
    pub fn follow(&self) -> Follower {
        self.log.follow()
    }

    /// As [`Self::follow`], but the run waits for other followers only: for an onlooker.
    pub fn observe(&self) -> Follower {
        self.log.observe()
    }

    /// Ends the run; the connection behind its agent is dropped at once. The first reason stands.
    pub fn cancel(&self, reason: EndReason) {
        self.cancelled_by.lock().get_or_insert(reason);
        self.cancel.cancel();
    }

    /// Why the run ended; `None` while it runs.
    pub fn end_reason(&self) -> Option<EndReason> {
        self.log.end_reason()
    }

    /// Waits until the run has ended and what it left behind is stored.
    pub async fn ended(&self) {
        self.ended.cancelled().await;
    }

    /// Holds what let the run in until it has ended.
    pub(crate) fn keep(&self, pass: RunPass) {
        let mut kept = self.pass.lock();
        // It may have ended by now.
        *kept = Some(pass).filter(|_| !self.ended.is_cancelled());
    }

    fn has_ended(&self) {
        let mut kept = self.pass.lock();
        self.ended.cancel();
        *kept = None;
    }

    /// What [`Self::ended`] waits for, without the run and its log.
    pub(super) fn end_token(&self) -> CancellationToken {
        self.ended.clone()
    }

    /// Ends the run when the guard is dropped: for a client whose going away is a cancel.
    pub fn attach(self: Arc<Self>) -> Attached {
        Attached(self)
    }

    /// What is cancelled with the run.
    pub(super) fn cancel_token(&self) -> CancellationToken {
        self.cancel.clone()
    }

    pub(super) fn log(&self) -> &Arc<RunLog> {
        &self.log
    }

    /// Waits for the ends of the runs before it. The end of this one, if it is cancelled meanwhile.
    pub(super) async fn queue(&self, earlier: &[CancellationToken]) -> Option<Ending> {
        let turn = async {
            for end in earlier {
                end.cancelled().await;
            }
        };
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Some(self.cancelled(|_| Vec::new())),
            () = turn => None,
        }
    }

    /// Drives the agent to its end and gives what the run left behind. Followers have not seen the end yet.
    pub(super) async fn drive(
        &self,
        agent: Arc<dyn Agent>,
        input: Arc<RunInput>,
        begun: Started,
        limits: RunLimits,
        meter: &mut RunMeter,
    ) -> (Transcript, Ending) {
        let mut writer = Writer::new(&self.log, &input, limits.bytes, meter);
        let deadline = tokio::time::sleep(limits.duration);
        tokio::pin!(deadline);
        let ending = tokio::select! {
            biased;
            () = self.cancel.cancelled() => self.cancelled(|why| writer.close(why)),
            () = &mut deadline => writer.fail(AgentError::new(
                ErrorCode::Unknown,
                format!("The run was ended after its limit of {} s (limits.run_seconds).", limits.duration.as_secs()),
            )),
            ended = AssertUnwindSafe(writer.relay(agent, begun)).catch_unwind() => match ended {
                Ok(ending) => ending,
                // The panic itself is in the log. What the agent said before is kept.
                Err(_) => writer.fail(crash()),
            },
        };
        (writer.into_transcript(), ending)
    }

    fn cancelled(&self, close: impl FnOnce(Why<'_>) -> Vec<Event>) -> Ending {
        let reason = self.cancelled_by.lock().unwrap_or(EndReason::Shutdown);
        let closing = match reason {
            EndReason::Shutdown => close(Why::Incomplete(SHUTDOWN)),
            EndReason::Lost | EndReason::StoreFailed => return self.given_up(reason),
            _ => close(Why::Stopped),
        };
        Ending::cancelled(reason, closing)
    }

    /// The end of a run that can go on nowhere, though neither its agent nor anybody else ended it. What nobody was shown,
    /// since the store does not have it, was not said.
    pub(super) fn given_up(&self, reason: EndReason) -> Ending {
        self.log.retract();
        let message = match reason {
            EndReason::StoreFailed => STORE_FAILED,
            _ => LOST,
        };
        let said = self.log.entries();
        let said = said.iter().map(|entry| &entry.event);
        let closing = Verifier::after(said).close(Why::Incomplete(message));
        let mut error = AgentError::new(ErrorCode::Unknown, message);
        error.event_code = Some(INCOMPLETE_STREAM);
        Ending {
            reason,
            ..Ending::failed(error, closing)
        }
    }

    /// As [`Self::events`], each as JSON.
    pub(super) fn said(&self, ending: &Ending) -> Vec<Bytes> {
        let entries = self.log.entries();
        let said = entries.iter().map(|entry| entry.json());
        let closing = ending.closing.iter();
        let closing = closing.filter_map(|event| serde_json::to_vec(event).ok().map(Bytes::from));
        said.chain(closing).chain([ending.last.json()]).collect()
    }

    /// All events of the run, with those of the end that followers have not seen yet: one by one, since they are many.
    pub(super) fn events(&self, ending: &Ending) -> impl Iterator<Item = Event> {
        let entries = self.log.entries().into_iter();
        let seen = entries.map(|entry| entry.event.clone());
        seen.chain(ending.events().cloned())
    }

    /// Tells followers how the run ended.
    pub(super) fn end(&self, ending: Ending) {
        for event in ending.closing {
            self.log.append(Entry::new(event, Origin::Closing, FRAME));
        }
        self.log.append(ending.last);
        self.log.end(ending.reason);
        self.has_ended();
    }

    /// Ends the log of a run whose task went down, so that nobody waits for ever.
    pub(super) fn crash(&self) {
        if self.log.end_reason().is_none() {
            self.end(Ending::failed(crash(), Vec::new()));
        }
        self.has_ended();
    }
}

fn crash() -> AgentError {
    AgentError::new(
        ErrorCode::Unknown,
        "The agent crashed. The server's log says where.",
    )
}

/// How a run ends: held back until what it left behind is stored, so that a client that has seen the end finds it there.
pub(super) struct Ending {
    /// The ends of what the agent left open.
    closing: Vec<Event>,
    last: Entry,
    reason: EndReason,
}

impl Ending {
    /// The agent's own end.
    pub(super) fn told(last: Event, size: usize, closing: Vec<Event>) -> Self {
        let reason = match last {
            Event::RunError(_) => EndReason::AgentFailed,
            _ => EndReason::Completed,
        };
        Self {
            closing,
            last: Entry::new(last, Origin::Agent, size),
            reason,
        }
    }

    pub(super) fn failed(mut error: AgentError, closing: Vec<Event>) -> Self {
        let event = error.event.take().map_or_else(
            || {
                let mut event = RunErrorEvent::new(&*error.message);
                event.code = error.event_code.map(str::to_owned);
                event
            },
            |event| *event,
        );
        Self {
            closing,
            last: Entry::new(event.into(), Origin::Failed(Arc::new(error)), FRAME),
            reason: EndReason::AgentFailed,
        }
    }

    /// The end of a run whose thread another node's run has.
    pub(super) fn refused(message: String) -> Self {
        let mut error = AgentError::new(ErrorCode::Misuse, message);
        error.event_code = Some("thread_busy");
        Self::failed(error, Vec::new())
    }

    /// Upstream 1.75.0 says so of every stop; what its clients know.
    fn cancelled(reason: EndReason, closing: Vec<Event>) -> Self {
        let mut event = match reason {
            EndReason::Shutdown => RunErrorEvent::new(SHUTDOWN),
            _ => RunErrorEvent::new("This operation was aborted"),
        };
        event.code = Some("abort".to_owned());
        event.raw_event = Some(Box::new(serde_json::json!({})));
        Self {
            closing,
            last: Entry::new(event.into(), Origin::Cancelled, FRAME),
            reason,
        }
    }

    fn events(&self) -> impl Iterator<Item = &Event> {
        self.closing.iter().chain([&self.last.event])
    }

    pub(super) fn reason(&self) -> EndReason {
        self.reason
    }

    /// What models counted, as the agent tells it.
    pub(super) fn usage(&self) -> &[TokenUsage] {
        let usage = match &self.last.event {
            Event::RunFinished(event) => event.usage.as_deref(),
            Event::RunError(event) => event.usage.as_deref(),
            _ => None,
        };
        usage.unwrap_or_default()
    }

    /// What clients are told of a failure.
    pub(super) fn error(&self) -> Option<&RunErrorEvent> {
        match &self.last.event {
            Event::RunError(event) if self.reason == EndReason::AgentFailed => Some(event),
            _ => None,
        }
    }

    /// How the store calls it.
    pub(super) fn status(&self) -> RunStatus {
        match self.reason {
            EndReason::Completed => RunStatus::Completed,
            EndReason::AgentFailed | EndReason::StoreFailed => RunStatus::Failed,
            EndReason::ClientGone | EndReason::Stopped | EndReason::Shutdown | EndReason::Lost => {
                RunStatus::Stopped
            }
        }
    }
}

/// Cancels its run when dropped.
#[derive(Debug)]
pub struct Attached(Arc<Run>);

impl Drop for Attached {
    fn drop(&mut self) {
        self.0.cancel(EndReason::ClientGone);
    }
}
