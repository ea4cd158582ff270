//! AG-UI 0.0.59's thinking events, which have no ids and which AG-UI 1.0 knows no more.

use serde_json::Map;

use crate::generated::agui::{Event, Unknown};

const START: &str = "THINKING_START";
const END: &str = "THINKING_END";
const MESSAGE_START: &str = "THINKING_TEXT_MESSAGE_START";
const MESSAGE_CONTENT: &str = "THINKING_TEXT_MESSAGE_CONTENT";
const MESSAGE_END: &str = "THINKING_TEXT_MESSAGE_END";

/// What is open of the agent's thinking.
#[derive(Debug, Default)]
pub(super) struct Thinking {
    step: bool,
    message: bool,
}

impl Thinking {
    /// `None` if the type is none of thinking's.
    pub(super) fn check(&mut self, event: &str) -> Option<Result<(), String>> {
        let (allowed, reason) = match event {
            START => (
                !self.step,
                "A thinking step is already in progress. End it with 'THINKING_END' first.",
            ),
            END => (
                self.step,
                "No active thinking step found. A 'THINKING_START' event must be sent first.",
            ),
            MESSAGE_START if !self.step => (
                false,
                "A thinking step is not in progress. Create one with 'THINKING_START' first.",
            ),
            MESSAGE_START => (
                !self.message,
                "A thinking message is already in progress. Complete it with 'THINKING_TEXT_MESSAGE_END' first.",
            ),
            MESSAGE_CONTENT => (
                self.message,
                "No active thinking message found. Start a message with 'THINKING_TEXT_MESSAGE_START' first.",
            ),
            MESSAGE_END => (
                self.message,
                "No active thinking message found. A 'THINKING_TEXT_MESSAGE_START' event must be sent first.",
            ),
            _ => return None,
        };
        if !allowed {
            return Some(Err(format!("Cannot send '{event}' event: {reason}")));
        }
        match event {
            START => self.step = true,
            END => self.step = false,
            MESSAGE_START => self.message = true,
            MESSAGE_END => self.message = false,
            _ => {}
        }
        Some(Ok(()))
    }

    /// The events that end it.
    pub(super) fn closing(&self) -> impl Iterator<Item = Event> {
        let message = self.message.then_some(MESSAGE_END);
        let step = self.step.then_some(END);
        message.into_iter().chain(step).map(|tag| {
            Event::Other(Unknown {
                tag: tag.to_owned(),
                fields: Map::new(),
            })
        })
    }
}
