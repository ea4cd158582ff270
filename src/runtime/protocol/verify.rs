//! Verifies the order of a run's events, and knows what is open.

use crate::generated::agui::{Event, TextMessageEndEvent, ToolCallEndEvent};

/// What is open in a run.
#[derive(Debug, Default)]
pub(in crate::runtime) struct Verifier {
    texts: Vec<String>,
    calls: Vec<String>,
}

impl Verifier {
    /// Takes note of an event; the reason, in upstream's words, if it may not come now.
    pub(in crate::runtime) fn check(&mut self, event: &Event) -> Result<(), String> {
        match event {
            Event::TextMessageStart(event) => self.texts.push(event.message_id.clone()),
            Event::TextMessageEnd(event) => self.texts.retain(|id| *id != event.message_id),
            Event::ToolCallStart(event) => self.calls.push(event.tool_call_id.clone()),
            Event::ToolCallEnd(event) => self.calls.retain(|id| *id != event.tool_call_id),
            _ => {}
        }
        Ok(())
    }

    /// The events that end what is open.
    pub(in crate::runtime) fn close(&mut self) -> Vec<Event> {
        let texts = std::mem::take(&mut self.texts).into_iter();
        let calls = std::mem::take(&mut self.calls).into_iter();
        let texts = texts.map(|id| TextMessageEndEvent::new(id).into());
        let calls = calls.map(|id| ToolCallEndEvent::new(id).into());
        texts.chain(calls).collect()
    }
}
