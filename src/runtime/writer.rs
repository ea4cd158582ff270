//! Writes an agent's events into the run log, by AG-UI's rules.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::StreamExt;

use super::STORE_PATIENCE;
use super::error::{AgentError, ErrorCode};
use super::log::{Entry, Origin, RunLog};
use super::protocol::{Chunks, Transcript, Verifier, Why};
use super::run::{Ending, Started};
use crate::agents::{Agent, EventStream, RunInput};
use crate::generated::agui::{Event, Message, RunAgentInput, RunFinishedEvent, RunStartedEvent};
use crate::metrics::RunMeter;
use crate::store::StartedRun;

/// The writing end of one run.
pub(super) struct Writer<'a> {
    log: &'a Arc<RunLog>,
    input: &'a Arc<RunInput>,
    chunks: Chunks,
    verifier: Verifier,
    transcript: Transcript,
    started: bool,
    /// What the store knew of the thread before; `None` until it has answered, and for a run that is not kept.
    begun: Option<Arc<StartedRun>>,
    bytes: usize,
    limit: usize,
    meter: &'a mut RunMeter,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        log: &'a Arc<RunLog>,
        input: &'a Arc<RunInput>,
        limit: usize,
        meter: &'a mut RunMeter,
    ) -> Self {
        let request = &input.request;
        Self {
            log,
            input,
            chunks: Chunks::default(),
            verifier: Verifier::default(),
            transcript: Transcript::new(request.state.clone(), request.messages.clone()),
            started: false,
            begun: None,
            bytes: 0,
            limit,
            meter,
        }
    }

    /// What the run leaves behind besides its events.
    pub(super) fn into_transcript(self) -> Transcript {
        self.transcript
    }

    /// Takes all that the agent says, until its end.
    pub(super) async fn relay(&mut self, agent: Arc<dyn Agent>, begun: Started) -> Ending {
        let mut events = agent.run(self.input.clone());
        let (begun, mut ahead) = begin(begun, &mut events).await;
        self.begun = begun;
        loop {
            let next = match ahead.pop_front() {
                Some(next) => next,
                None => events.next().await,
            };
            let ending = match next {
                Some(Ok(event)) => self.take(event),
                Some(Err(error)) => Some(self.fail(error)),
                None => Some(self.finish()),
            };
            if let Some(ending) = ending {
                return ending;
            }
            // An agent that is always ready must still be cancelled in time.
            tokio::task::coop::consume_budget().await;
            self.log.room().await;
        }
    }

    /// The end of a run whose agent is done but does not say that it finished, nor perhaps that its last message is whole.
    fn finish(&mut self) -> Ending {
        self.chunks = Chunks::default();
        for end in self.verifier.ends() {
            if let Some(ending) = self.add(end) {
                return ending;
            }
        }
        let request = &self.input.request;
        let event = RunFinishedEvent::new(&*request.thread_id, &*request.run_id);
        self.take(event.into())
            .unwrap_or_else(|| unreachable!("a run ends with RUN_FINISHED"))
    }

    /// Takes one event of the agent. The end, if the run ends with it.
    fn take(&mut self, event: Event) -> Option<Ending> {
        if !self.started && !matches!(event, Event::RunStarted(_) | Event::RunError(_)) {
            let request = &self.input.request;
            let started = RunStartedEvent::new(&*request.thread_id, &*request.run_id);
            if let Some(ending) = self.add(started.into()) {
                return Some(ending);
            }
        }
        if self.chunks.passes(&event) {
            return self.add(event);
        }
        match self.chunks.expand(event) {
            Ok(events) => events.into_iter().find_map(|event| self.add(event)),
            Err(reason) => Some(self.refuse(reason)),
        }
    }

    /// Adds one event, and before it what clients of every version want there. Or gives the end that it is.
    fn add(&mut self, event: Event) -> Option<Ending> {
        let mended = self.verifier.mend(&event).into_iter();
        mended.chain([event]).find_map(|event| self.put(event))
    }

    fn put(&mut self, mut event: Event) -> Option<Ending> {
        if let Event::RunStarted(event) = &mut event {
            self.enrich(event);
        }
        let size = size(&event);
        self.bytes += size;
        // Before the event counts as said: what is not said is not closed either.
        if self.bytes > self.limit {
            let message = format!(
                "The run was ended after its limit of {} bytes (limits.run_bytes).",
                self.limit
            );
            return Some(self.fail(AgentError::new(ErrorCode::Unknown, message)));
        }
        if let Err(reason) = self.verifier.check(&event) {
            return Some(self.refuse(reason));
        }
        self.started |= matches!(event, Event::RunStarted(_));
        match event {
            Event::RunFinished(_) => Some(Ending::told(event, size, Vec::new())),
            Event::RunError(ref error) => {
                let closing = self.close(Why::AgentError(&error.message));
                Some(Ending::told(event, size, closing))
            }
            event => {
                if is_delta(&event) {
                    self.meter.delta();
                }
                self.transcript.apply(&event);
                self.log.append(Entry::new(event, Origin::Agent, size));
                None
            }
        }
    }

    /// Puts the run's input into its first event, with those of its messages that are new to the thread: what a later
    /// reader of the thread's events knows the user's side from (upstream 1.75.0).
    fn enrich(&self, event: &mut RunStartedEvent) {
        if event.input.is_none()
            && let Some(begun) = &self.begun
        {
            let mut input: RunAgentInput = self.input.request.clone();
            let new = |message: &Message| message.id().is_none_or(|id| !begun.known.contains(id));
            input.messages.retain(new);
            event.input = Some(Box::new(input));
        }
    }

    /// The ends of what is open. They are for those who read the events; the thread's messages are what the agent made them
    /// (upstream 1.75.0).
    pub(super) fn close(&mut self, why: Why<'_>) -> Vec<Event> {
        self.verifier.close(why)
    }

    /// The end of a run whose agent breaks AG-UI's rules.
    fn refuse(&mut self, reason: String) -> Ending {
        let mut error = AgentError::new(ErrorCode::Unknown, reason);
        // Upstream has no class for it (1.10.6).
        error.kind = "".into();
        error.event_code = Some(INCOMPLETE_STREAM);
        self.fail(error)
    }

    pub(super) fn fail(&mut self, error: AgentError) -> Ending {
        tracing::warn!(
            code = error.event_code.unwrap_or(error.code.as_str()),
            cause = error.source.as_ref().map(ToString::to_string),
            "run failed: {error}"
        );
        let closing = self.close(Why::Incomplete(&error.message));
        Ending::failed(error, closing)
    }
}

/// How many events are taken from an agent before the store has answered: most say at once that they begin, and ask their
/// model then.
const AHEAD: usize = 2;

/// What an agent's stream gives.
type Next = Option<Result<Event, AgentError>>;

/// Lets the agent work while the store takes note: what the store says, and what the agent has said meanwhile.
async fn begin(
    beginning: Started,
    events: &mut EventStream,
) -> (Option<Arc<StartedRun>>, VecDeque<Next>) {
    let mut ahead = VecDeque::new();
    let beginning = tokio::time::timeout(STORE_PATIENCE, beginning);
    tokio::pin!(beginning);
    loop {
        let goes_on = !matches!(ahead.back(), Some(None | Some(Err(_))));
        tokio::select! {
            biased;
            next = events.next(), if goes_on && ahead.len() < AHEAD => ahead.push_back(next),
            begun = &mut beginning => return (begun.ok().flatten(), ahead),
        }
    }
}

/// The `code` of the `RUN_ERROR` for an agent that breaks AG-UI's rules (upstream 1.75.0).
pub const INCOMPLETE_STREAM: &str = "INCOMPLETE_STREAM";

/// What an event takes besides its content.
pub(super) const FRAME: usize = 128;

/// Whether it is a piece of an answer.
fn is_delta(event: &Event) -> bool {
    matches!(
        event,
        Event::TextMessageContent(_) | Event::ToolCallArgs(_) | Event::ReasoningMessageContent(_)
    )
}

/// About how many bytes an event keeps in memory.
fn size(event: &Event) -> usize {
    let delta = match event {
        Event::TextMessageContent(event) if event.extra.is_empty() => Some(&event.delta),
        Event::ToolCallArgs(event) if event.extra.is_empty() => Some(&event.delta),
        Event::ReasoningMessageContent(event) if event.extra.is_empty() => Some(&event.delta),
        _ => None,
    };
    let bare = event.raw_event().is_none() && event.metadata().is_none();
    FRAME
        + match delta {
            Some(delta) if bare => delta.len(),
            _ => serde_json::to_string(event).map_or(0, |json| json.len()),
        }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use futures_util::{FutureExt, stream};
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn an_agent_works_on_while_the_store_is_slow() {
        let (noted, note) = oneshot::channel::<()>();
        let beginning = async move {
            note.await.unwrap();
            None
        };
        let started = RunStartedEvent::new("t", "r").into();
        // What comes after the first event lets the store answer: whoever waits for that in between waits for ever.
        let works = stream::once(async move {
            noted.send(()).unwrap();
            std::future::pending().await
        });
        let mut events = stream::iter([Ok(started)]).chain(works).boxed();
        let (begun, ahead) = begin(beginning.boxed().shared(), &mut events).await;
        assert!(begun.is_none());
        assert_eq!(ahead.len(), 1);
        assert!(matches!(ahead[0], Some(Ok(Event::RunStarted(_)))));
    }

    #[tokio::test]
    async fn an_agent_at_its_end_is_not_asked_again() {
        let beginning = tokio::task::yield_now().map(|()| None);
        let mut events =
            stream::once(async { Err(AgentError::new(ErrorCode::Unknown, "no")) }).boxed();
        let (_, ahead) = begin(beginning.boxed().shared(), &mut events).await;
        assert_eq!(ahead.len(), 1);
    }
}
