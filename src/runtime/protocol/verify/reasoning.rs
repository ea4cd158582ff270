//! Reasoning: spans, and the messages in them. AG-UI 0.0.59 lets their events come in any order, 1.0 does not: what only the
//! older one accepts is mended.

use super::open::{Open, Owners};
use crate::generated::agui::{
    Event, ReasoningEndEvent, ReasoningMessageEndEvent, ReasoningMessageStartEvent,
    ReasoningStartEvent,
};

/// What is open of the agent's reasoning. A span and a message in it may have the same id.
#[derive(Debug, Default)]
pub(super) struct Reasoning {
    spans: Open,
    messages: Open,
    pub(super) owners: Owners,
}

impl Reasoning {
    pub(super) fn start_span(&mut self, id: &str, tag: Option<&str>) -> Result<(), String> {
        self.owners
            .agree("REASONING_START", tag, "reasoning message", id)?;
        self.owners.claim(id, tag);
        self.spans.start(id);
        Ok(())
    }

    pub(super) fn start_message(&mut self, id: &str, tag: Option<&str>) -> Result<(), String> {
        self.owners
            .agree("REASONING_MESSAGE_START", tag, "reasoning message", id)?;
        self.owners.claim(id, tag);
        self.messages.start(id);
        Ok(())
    }

    pub(super) fn go_on(&self, event: &str, id: &str, tag: Option<&str>) -> Result<(), String> {
        self.owners.agree(event, tag, "reasoning message", id)
    }

    pub(super) fn end_message(&mut self, id: &str, tag: Option<&str>) -> Result<(), String> {
        self.go_on("REASONING_MESSAGE_END", id, tag)?;
        self.messages.end(id);
        Ok(())
    }

    pub(super) fn end_span(&mut self, id: &str, tag: Option<&str>) -> Result<(), String> {
        self.go_on("REASONING_END", id, tag)?;
        self.spans.end(id);
        Ok(())
    }

    /// What has to come before an event so that AG-UI 1.0 accepts it.
    pub(super) fn mend(&self, event: &Event) -> Option<Event> {
        match event {
            Event::ReasoningStart(event) if self.spans.contains(&event.message_id) => {
                Some(self.span_end(&event.message_id))
            }
            Event::ReasoningMessageStart(event) if self.messages.contains(&event.message_id) => {
                Some(self.message_end(&event.message_id))
            }
            Event::ReasoningMessageContent(event) => {
                self.message_start(&event.message_id, &event.subagent_run_id)
            }
            Event::ReasoningMessageEnd(event) => {
                self.message_start(&event.message_id, &event.subagent_run_id)
            }
            Event::ReasoningEnd(event) if !self.spans.contains(&event.message_id) => {
                let mut start = ReasoningStartEvent::new(&*event.message_id);
                start.subagent_run_id = event.subagent_run_id.clone();
                Some(start.into())
            }
            _ => None,
        }
    }

    /// The events that end it.
    pub(super) fn closing(&self) -> impl Iterator<Item = Event> {
        let messages = self.messages.in_order().into_iter();
        let spans = self.spans.in_order().into_iter();
        messages
            .map(|id| self.message_end(id))
            .chain(spans.map(|id| self.span_end(id)))
    }

    fn message_start(&self, id: &str, tag: &Option<String>) -> Option<Event> {
        (!self.messages.contains(id)).then(|| {
            let mut start = ReasoningMessageStartEvent::new(id);
            start.subagent_run_id = tag.clone();
            start.into()
        })
    }

    fn message_end(&self, id: &str) -> Event {
        let mut end = ReasoningMessageEndEvent::new(id);
        end.subagent_run_id = self.owners.tag(id);
        end.into()
    }

    fn span_end(&self, id: &str) -> Event {
        let mut end = ReasoningEndEvent::new(id);
        end.subagent_run_id = self.owners.tag(id);
        end.into()
    }
}
