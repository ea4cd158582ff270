//! Verifies the order of a run's events, knows what is open, and ends it.
//!
//! The rules and words are those of `verifyEvents` in `@ag-ui/client` 0.0.59 and 1.0. What either accepts is accepted; what is
//! written, both accept.

mod close;
mod open;
mod reasoning;
mod steps;
mod streams;
mod thinking;
mod unknown;

#[cfg(test)]
mod tests;

use crate::generated::agui::{
    Event, Message, ReasoningEncryptedValueEvent, ReasoningEncryptedValueSubtype,
};
pub(in crate::runtime) use close::Why;
use open::{Open, Owners, agree};
use reasoning::Reasoning;
use steps::{Steps, Subagents};
use streams::Streams;
use thinking::Thinking;

/// Where the run is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Phase {
    #[default]
    Before,
    Running,
    Finished,
    Errored,
}

/// What a run's events have said so far.
#[derive(Debug)]
pub(in crate::runtime) struct Verifier {
    phase: Phase,
    texts: Streams,
    calls: Streams,
    /// The calls of this run, ended or not, that have no result.
    unanswered: Open,
    activities: Owners,
    reasoning: Reasoning,
    thinking: Thinking,
    steps: Steps,
    subagents: Subagents,
}

impl Default for Verifier {
    fn default() -> Self {
        Self {
            phase: Phase::default(),
            texts: Streams::texts(),
            calls: Streams::calls(),
            unanswered: Open::default(),
            activities: Owners::default(),
            reasoning: Reasoning::default(),
            thinking: Thinking::default(),
            steps: Steps::default(),
            subagents: Subagents::default(),
        }
    }
}

impl Verifier {
    /// What events have said that were checked before.
    pub(in crate::runtime) fn after<'a>(said: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut verifier = Self::default();
        for event in said {
            let _ = verifier.check(event);
        }
        verifier
    }

    /// What has to come before an event so that clients of every version accept it.
    pub(in crate::runtime) fn mend(&self, event: &Event) -> Vec<Event> {
        match event {
            Event::RunFinished(_) if self.phase == Phase::Running => self.end_of_thought(),
            event => self.reasoning.mend(event).into_iter().collect(),
        }
    }

    /// Takes note of an event; the reason, in upstream's words, if it may not come now.
    pub(in crate::runtime) fn check(&mut self, event: &Event) -> Result<(), String> {
        self.check_phase(event)?;
        match event {
            Event::TextMessageStart(event) => self
                .texts
                .start(&event.message_id, event.subagent_run_id.as_deref()),
            Event::TextMessageContent(event) => self.texts.go_on(
                "TEXT_MESSAGE_CONTENT",
                &event.message_id,
                event.subagent_run_id.as_deref(),
            ),
            Event::TextMessageEnd(event) => self
                .texts
                .end(&event.message_id, event.subagent_run_id.as_deref()),
            Event::ToolCallStart(event) => {
                self.calls.start_in(&self.texts.owners, event)?;
                self.unanswered.start(&event.tool_call_id);
                Ok(())
            }
            Event::ToolCallArgs(event) => self.calls.go_on(
                "TOOL_CALL_ARGS",
                &event.tool_call_id,
                event.subagent_run_id.as_deref(),
            ),
            Event::ToolCallEnd(event) => self
                .calls
                .end(&event.tool_call_id, event.subagent_run_id.as_deref()),
            Event::ToolCallResult(event) => {
                let tag = event.subagent_run_id.as_deref();
                self.texts.owners.set(&event.message_id, tag);
                self.unanswered.end(&event.tool_call_id);
                Ok(())
            }
            Event::RunFinished(_) => {
                self.nothing_open()?;
                self.phase = Phase::Finished;
                Ok(())
            }
            event => self.check_rare(event),
        }
    }

    fn check_rare(&mut self, event: &Event) -> Result<(), String> {
        match event {
            Event::ReasoningStart(event) => self
                .reasoning
                .start_span(&event.message_id, event.subagent_run_id.as_deref()),
            Event::ReasoningMessageStart(event) => self
                .reasoning
                .start_message(&event.message_id, event.subagent_run_id.as_deref()),
            Event::ReasoningMessageContent(event) => self.reasoning.go_on(
                "REASONING_MESSAGE_CONTENT",
                &event.message_id,
                event.subagent_run_id.as_deref(),
            ),
            Event::ReasoningMessageEnd(event) => self
                .reasoning
                .end_message(&event.message_id, event.subagent_run_id.as_deref()),
            Event::ReasoningEnd(event) => self
                .reasoning
                .end_span(&event.message_id, event.subagent_run_id.as_deref()),
            Event::ReasoningEncryptedValue(event) => self.encrypted(event),
            Event::StepStarted(event) => self.steps.start(&event.step_name, &event.subagent_run_id),
            Event::StepFinished(event) => {
                self.steps.finish(&event.step_name, &event.subagent_run_id)
            }
            Event::SubagentStarted(event) => self.subagents.start(event),
            Event::SubagentFinished(event) => self.subagents.end(
                "SUBAGENT_FINISHED",
                &event.subagent_run_id,
                event.outcome.as_ref(),
            ),
            Event::SubagentError(event) => {
                self.subagents
                    .end("SUBAGENT_ERROR", &event.subagent_run_id, None)
            }
            event => self.check_whole(event),
        }
    }

    /// Events that stand alone.
    fn check_whole(&mut self, event: &Event) -> Result<(), String> {
        match event {
            Event::ActivitySnapshot(event) => {
                let tag = event.subagent_run_id.as_deref();
                match event.replace {
                    Some(false) => self.activities.claim(&event.message_id, tag),
                    _ => self.activities.set(&event.message_id, tag),
                }
                Ok(())
            }
            Event::ActivityDelta(event) => self.activities.agree(
                "ACTIVITY_DELTA",
                event.subagent_run_id.as_deref(),
                "activity",
                &event.message_id,
            ),
            Event::MessagesSnapshot(event) => {
                self.seed(&event.messages, Owners::set);
                Ok(())
            }
            Event::RunStarted(event) => {
                self.phase = Phase::Running;
                if let Some(input) = &event.input {
                    self.seed(&input.messages, Owners::claim);
                }
                Ok(())
            }
            Event::RunError(_) => {
                self.phase = Phase::Errored;
                Ok(())
            }
            Event::Other(event) => self.thinking.check(&event.tag).unwrap_or_else(|| {
                unknown::note(&event.tag);
                Ok(())
            }),
            _ => Ok(()),
        }
    }

    fn check_phase(&mut self, event: &Event) -> Result<(), String> {
        let started = matches!(event, Event::RunStarted(_));
        let errored = matches!(event, Event::RunError(_));
        match self.phase {
            Phase::Before if started || errored => Ok(()),
            Phase::Before => Err("First event must be 'RUN_STARTED'".to_owned()),
            Phase::Running if started => Err(
                "Cannot send 'RUN_STARTED' while a run is still active. The previous run must be finished with 'RUN_FINISHED' before starting a new run."
                    .to_owned(),
            ),
            Phase::Running => Ok(()),
            Phase::Finished | Phase::Errored if started => {
                *self = Self::default();
                Ok(())
            }
            Phase::Finished if errored => Ok(()),
            Phase::Finished => Err(format!(
                "Cannot send event type '{}': The run has already finished with 'RUN_FINISHED'. Start a new run with 'RUN_STARTED'.",
                event.event_type()
            )),
            Phase::Errored => Err(format!(
                "Cannot send event type '{}': The run has already errored with 'RUN_ERROR'. No further events can be sent.",
                event.event_type()
            )),
        }
    }

    fn nothing_open(&self) -> Result<(), String> {
        self.steps.none_before_finish()?;
        self.texts.open.none_before_finish("text messages")?;
        self.calls.open.none_before_finish("tool calls")?;
        self.subagents.none_before_finish()
    }

    fn encrypted(&self, event: &ReasoningEncryptedValueEvent) -> Result<(), String> {
        let Some(tag) = &event.subagent_run_id else {
            return Ok(());
        };
        let id = &*event.entity_id;
        let (noun, owner) = match event.subtype {
            ReasoningEncryptedValueSubtype::ToolCall => ("tool call", self.calls.owners.get(id)),
            ReasoningEncryptedValueSubtype::Message => {
                let text = self.texts.owners.get(id);
                ("message", text.or_else(|| self.reasoning.owners.get(id)))
            }
        };
        agree("REASONING_ENCRYPTED_VALUE", tag, owner, noun, id)
    }

    /// Notes to whom the messages of a thread belong.
    fn seed(&mut self, messages: &[Message], note: fn(&mut Owners, &str, Option<&str>)) {
        for message in messages {
            let Some(id) = message.id() else { continue };
            let tag = message.subagent_run_id();
            let owners = match message {
                Message::Reasoning(_) => &mut self.reasoning.owners,
                Message::Activity(_) => &mut self.activities,
                _ => &mut self.texts.owners,
            };
            note(owners, id, tag);
            if let Message::Assistant(message) = message {
                for call in message.tool_calls.iter().flatten() {
                    note(&mut self.calls.owners, &call.id, tag);
                }
            }
        }
    }
}
