//! Ends what a run leaves open, so that its clients need not wait for ends that never come.

use serde_json::json;

use super::Verifier;
use crate::generated::agui::{Event, TextMessageEndEvent, ToolCallEndEvent, ToolCallResultEvent};

/// Why a run ends before its time: what the results say that calls get in place of their tools'.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::runtime) enum Why<'a> {
    /// Somebody stopped it.
    Stopped,
    /// Its stream broke, or broke a rule or a limit; with the message of the `RUN_ERROR` that follows.
    Incomplete(&'a str),
    /// Its agent said so; with the message of its `RUN_ERROR`.
    AgentError(&'a str),
}

impl Why<'_> {
    /// The content of the result (`@copilotkit/shared` 1.75.0; `run_error` is ours, where upstream leaves calls open).
    fn result(self) -> String {
        let (status, reason, message) = match self {
            Self::Stopped => ("stopped", "stop_requested", "Run stopped by user"),
            Self::Incomplete(message) => ("error", "missing_terminal_event", message),
            Self::AgentError(message) => ("error", "run_error", message),
        };
        json!({"status": status, "reason": reason, "message": message}).to_string()
    }
}

impl Verifier {
    /// The events that end what is open, to come before the run's own end.
    pub(in crate::runtime) fn close(&mut self, why: Why<'_>) -> Vec<Event> {
        let mut closing = self.text_ends();
        self.texts.open.take();
        closing.extend(self.end_of_thought());
        self.reasoning = Default::default();
        self.thinking = Default::default();
        for id in self.unanswered.take() {
            let owner = self.calls.owners.tag(&id);
            if self.calls.open.end(&id) {
                let mut end = ToolCallEndEvent::new(&*id);
                end.subagent_run_id = owner.clone();
                closing.push(end.into());
            }
            let mut result = ToolCallResultEvent::new(format!("{id}-result"), &*id, why.result());
            result.subagent_run_id = owner;
            result.extra.insert("role".to_owned(), "tool".into());
            closing.push(result.into());
        }
        closing.extend(self.ends());
        self.calls.open.take();
        closing
    }

    /// The ends of the messages and calls of an agent that is done and has left them open.
    pub(in crate::runtime) fn ends(&self) -> Vec<Event> {
        let mut ends = self.text_ends();
        let calls = self.calls.open.in_order().into_iter().map(|id| {
            let mut end = ToolCallEndEvent::new(id);
            end.subagent_run_id = self.calls.owners.tag(id);
            Event::from(end)
        });
        ends.extend(calls);
        ends
    }

    fn text_ends(&self) -> Vec<Event> {
        let ids = self.texts.open.in_order().into_iter();
        ids.map(|id| {
            let mut end = TextMessageEndEvent::new(id);
            end.subagent_run_id = self.texts.owners.tag(id);
            end.into()
        })
        .collect()
    }

    /// The ends of open reasoning and thinking.
    pub(super) fn end_of_thought(&self) -> Vec<Event> {
        let reasoning = self.reasoning.closing();
        reasoning.chain(self.thinking.closing()).collect()
    }
}
