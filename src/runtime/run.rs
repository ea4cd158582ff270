//! One run: a task that turns an agent's stream into a run log, whoever listens.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::chunks::Chunks;
use super::error::{AgentError, ErrorCode};
use super::log::{EndReason, Entry, Follower, RunLog};
use super::transcript::Transcript;
use crate::agents::{Agent, RunInput};
use crate::generated::agui::{Event, RunErrorEvent, RunFinishedEvent, RunStartedEvent};

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

/// A run that was started.
#[derive(Debug)]
pub struct Run {
    /// The run's id.
    pub id: String,
    log: Arc<RunLog>,
    cancel: CancellationToken,
    cancelled_by: Mutex<Option<EndReason>>,
}

impl Run {
    pub(super) fn new(id: String) -> Arc<Self> {
        Arc::new(Self {
            id,
            log: Arc::default(),
            cancel: CancellationToken::new(),
            cancelled_by: Mutex::new(None),
        })
    }

    /// Reads the run from its first event on.
    pub fn follow(&self) -> Follower {
        self.log.follow(0)
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

    /// Ends the run when the guard is dropped: for a client whose going away is a cancel.
    pub fn attach(self: Arc<Self>) -> Attached {
        Attached(self)
    }

    /// Drives the agent to its end and gives what the run left behind. Followers have not seen the end yet.
    pub(super) async fn drive(
        &self,
        agent: Arc<dyn Agent>,
        input: Arc<RunInput>,
        limits: RunLimits,
    ) -> (Transcript, Ending) {
        let request = &input.request;
        let mut writer = Writer {
            log: &self.log,
            chunks: Chunks::default(),
            transcript: Transcript::new(request.state.clone(), request.messages.clone()),
            bytes: 0,
            limit: limits.bytes,
            input: &input,
        };
        let deadline = tokio::time::sleep(limits.duration);
        tokio::pin!(deadline);
        let ending = tokio::select! {
            biased;
            () = self.cancel.cancelled() => Ending::cancelled(*self.cancelled_by.lock()),
            () = &mut deadline => writer.fail(AgentError::new(
                ErrorCode::Unknown,
                format!("The run was ended after its limit of {} s (limits.run_seconds).", limits.duration.as_secs()),
            )),
            ending = writer.relay(agent) => ending,
        };
        (writer.transcript, ending)
    }

    /// Tells followers how the run ended.
    pub(super) fn end(&self, ending: Ending) {
        if let Some(last) = ending.last {
            self.log.append(last);
        }
        self.log.end(ending.reason);
    }

    /// Ends the log of a run whose task went down, so that nobody waits for ever.
    pub(super) fn crash(&self) {
        if self.log.end_reason().is_none() {
            let error = AgentError::new(
                ErrorCode::Unknown,
                "The agent crashed. The server's log says where.",
            );
            self.end(Ending::failed(error));
        }
    }
}

/// How a run ends: held back until what it left behind is stored, so that a client that has seen the end finds it there.
pub(super) struct Ending {
    last: Option<Entry>,
    reason: EndReason,
}

impl Ending {
    fn event(event: Event, size: usize, reason: EndReason) -> Self {
        let last = Some(Entry {
            event,
            error: None,
            size,
        });
        Self { last, reason }
    }

    fn failed(error: AgentError) -> Self {
        let mut event = RunErrorEvent::new(&*error.message);
        event.code = Some(error.code.as_str().to_owned());
        let last = Some(Entry {
            event: event.into(),
            error: Some(Arc::new(error)),
            size: FRAME,
        });
        Self {
            last,
            reason: EndReason::AgentFailed,
        }
    }

    fn cancelled(by: Option<EndReason>) -> Self {
        Self {
            last: None,
            reason: by.unwrap_or(EndReason::Stopped),
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

struct Writer<'a> {
    log: &'a Arc<RunLog>,
    chunks: Chunks,
    transcript: Transcript,
    bytes: usize,
    limit: usize,
    input: &'a Arc<RunInput>,
}

impl Writer<'_> {
    async fn relay(&mut self, agent: Arc<dyn Agent>) -> Ending {
        let mut events = agent.run(self.input.clone());
        let mut started = false;
        loop {
            // An agent that is always ready must still be cancelled in time.
            tokio::task::coop::consume_budget().await;
            self.log.room().await;
            match events.next().await {
                Some(Ok(event)) => {
                    if !std::mem::replace(&mut started, true)
                        && !matches!(event, Event::RunStarted(_))
                    {
                        self.start();
                    }
                    if let Some(ending) = self.take(event) {
                        return ending;
                    }
                }
                Some(Err(error)) => return self.fail(error),
                None => {
                    if !started {
                        self.start();
                    }
                    if let Some(end) = self.chunks.close() {
                        self.append(end, FRAME);
                    }
                    let request = &self.input.request;
                    let event = RunFinishedEvent::new(&*request.thread_id, &*request.run_id);
                    return Ending::event(event.into(), FRAME, EndReason::Completed);
                }
            }
        }
    }

    fn start(&mut self) {
        let request = &self.input.request;
        let event = RunStartedEvent::new(&*request.thread_id, &*request.run_id);
        self.append(event.into(), FRAME);
    }

    /// Takes one event of the agent. The end, if the run ends with it.
    fn take(&mut self, event: Event) -> Option<Ending> {
        if self.chunks.passes(&event) {
            return self.add(event);
        }
        let events = self.chunks.expand(event);
        events.into_iter().find_map(|event| self.add(event))
    }

    /// Adds one event, or gives the end that it is.
    fn add(&mut self, event: Event) -> Option<Ending> {
        let size = size(&event);
        self.bytes += size;
        if self.bytes > self.limit {
            let message = format!(
                "The run was ended after its limit of {} bytes (limits.run_bytes).",
                self.limit
            );
            return Some(self.fail(AgentError::new(ErrorCode::Unknown, message)));
        }
        match event {
            Event::RunFinished(_) => Some(Ending::event(event, size, EndReason::Completed)),
            Event::RunError(_) => Some(Ending::event(event, size, EndReason::AgentFailed)),
            event => {
                self.append(event, size);
                None
            }
        }
    }

    fn append(&mut self, event: Event, size: usize) {
        self.transcript.apply(&event);
        self.log.append(Entry {
            event,
            error: None,
            size,
        });
    }

    fn fail(&self, error: AgentError) -> Ending {
        tracing::warn!(
            run = %self.input.request.run_id,
            agent = %self.input.agent,
            code = error.code.as_str(),
            cause = error.source.as_ref().map(ToString::to_string),
            "run failed: {error}"
        );
        Ending::failed(error)
    }
}

/// What an event takes besides its content.
const FRAME: usize = 128;

/// About how many bytes an event keeps in memory.
fn size(event: &Event) -> usize {
    FRAME
        + match event {
            Event::TextMessageContent(event) => event.delta.len(),
            Event::ToolCallArgs(event) => event.delta.len(),
            Event::ReasoningMessageContent(event) => event.delta.len(),
            event => serde_json::to_string(event).map_or(0, |json| json.len()),
        }
}
