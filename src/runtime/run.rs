//! One run: a task that turns an agent's stream into a run log, whoever listens.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

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

    /// Drives the agent to its end and gives what the run left behind. The log is still open then.
    pub(super) async fn drive(
        &self,
        agent: Arc<dyn Agent>,
        input: Arc<RunInput>,
        limits: RunLimits,
    ) -> (Transcript, EndReason) {
        let request = &input.request;
        let mut writer = Writer {
            log: &self.log,
            transcript: Transcript::new(request.state.clone(), request.messages.clone()),
            bytes: 0,
            limit: limits.bytes,
            input: &input,
        };
        let deadline = tokio::time::sleep(limits.duration);
        tokio::pin!(deadline);
        let reason = tokio::select! {
            biased;
            () = self.cancel.cancelled() => self.cancelled_by.lock().unwrap_or(EndReason::Stopped),
            () = &mut deadline => writer.fail(AgentError::new(
                ErrorCode::Unknown,
                format!("The run was ended after its limit of {} s (limits.run_seconds).", limits.duration.as_secs()),
            )),
            reason = writer.relay(agent) => reason,
        };
        (writer.transcript, reason)
    }

    pub(super) fn end(&self, reason: EndReason) {
        self.log.end(reason);
    }

    /// Ends the log of a run whose task went down, so that nobody waits for ever.
    pub(super) fn crash(&self) {
        if self.log.end_reason().is_none() {
            let error = AgentError::new(
                ErrorCode::Unknown,
                "The agent crashed. The server's log says where.",
            );
            append_error(&self.log, error);
            self.log.end(EndReason::AgentFailed);
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
    transcript: Transcript,
    bytes: usize,
    limit: usize,
    input: &'a Arc<RunInput>,
}

impl Writer<'_> {
    async fn relay(&mut self, agent: Arc<dyn Agent>) -> EndReason {
        let mut events = agent.run(self.input.clone());
        let mut started = false;
        loop {
            self.log.room().await;
            match events.next().await {
                Some(Ok(event)) => {
                    if !std::mem::replace(&mut started, true)
                        && !matches!(event, Event::RunStarted(_))
                    {
                        self.start();
                    }
                    if let Some(reason) = self.take(event) {
                        return reason;
                    }
                }
                Some(Err(error)) => return self.fail(error),
                None => {
                    let request = &self.input.request;
                    let event = RunFinishedEvent::new(&*request.thread_id, &*request.run_id);
                    self.append(event.into(), FRAME);
                    return EndReason::Completed;
                }
            }
        }
    }

    fn start(&mut self) {
        let request = &self.input.request;
        let event = RunStartedEvent::new(&*request.thread_id, &*request.run_id);
        self.append(event.into(), FRAME);
    }

    /// Adds one event of the agent. The reason, if the run ends with it.
    fn take(&mut self, event: Event) -> Option<EndReason> {
        let end = match &event {
            Event::RunFinished(_) => Some(EndReason::Completed),
            Event::RunError(_) => Some(EndReason::AgentFailed),
            _ => None,
        };
        let size = size(&event);
        self.bytes += size;
        if self.bytes > self.limit {
            let message = format!(
                "The run was ended after its limit of {} bytes (limits.run_bytes).",
                self.limit
            );
            return Some(self.fail(AgentError::new(ErrorCode::Unknown, message)));
        }
        self.append(event, size);
        end
    }

    fn append(&mut self, event: Event, size: usize) {
        self.transcript.apply(&event);
        self.log.append(Entry {
            event,
            error: None,
            size,
        });
    }

    fn fail(&mut self, error: AgentError) -> EndReason {
        tracing::warn!(
            run = %self.input.request.run_id,
            agent = %self.input.agent,
            code = error.code.as_str(),
            cause = error.source.as_ref().map(ToString::to_string),
            "run failed: {error}"
        );
        append_error(self.log, error);
        EndReason::AgentFailed
    }
}

fn append_error(log: &RunLog, error: AgentError) {
    let mut event = RunErrorEvent::new(&*error.message);
    event.code = Some(error.code.as_str().to_owned());
    log.append(Entry {
        event: event.into(),
        error: Some(Arc::new(error)),
        size: FRAME,
    });
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
