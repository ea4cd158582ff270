//! Text messages and tool calls: what has a start, deltas and an end.

use super::open::{Open, Owners, named};
use crate::generated::agui::ToolCallStartEvent;

/// Items of one kind that are streamed, and the words for them.
#[derive(Debug)]
pub(super) struct Streams {
    noun: &'static str,
    /// How an error about its owner calls it.
    owned: &'static str,
    start: &'static str,
    end: &'static str,
    pub(super) open: Open,
    pub(super) owners: Owners,
}

impl Streams {
    pub(super) fn texts() -> Self {
        Self {
            noun: "text message",
            owned: "message",
            start: "TEXT_MESSAGE_START",
            end: "TEXT_MESSAGE_END",
            open: Open::default(),
            owners: Owners::default(),
        }
    }

    pub(super) fn calls() -> Self {
        Self {
            noun: "tool call",
            owned: "tool call",
            start: "TOOL_CALL_START",
            end: "TOOL_CALL_END",
            open: Open::default(),
            owners: Owners::default(),
        }
    }

    pub(super) fn started(&self, id: &str) -> Result<(), String> {
        if !self.open.contains(id) {
            return Ok(());
        }
        let Self {
            noun, start, end, ..
        } = self;
        Err(format!(
            "Cannot send '{start}' event: A {noun} with ID '{id}' is already in progress. Complete it with '{end}' first."
        ))
    }

    /// Opens an item; the first who did so owns it.
    pub(super) fn start(&mut self, id: &str, tag: Option<&str>) -> Result<(), String> {
        self.started(id)?;
        self.owners.agree(self.start, tag, self.owned, id)?;
        self.open.start(id);
        self.owners.claim(id, tag);
        Ok(())
    }

    pub(super) fn go_on(&self, event: &str, id: &str, tag: Option<&str>) -> Result<(), String> {
        if !self.open.contains(id) {
            let Self { noun, start, .. } = self;
            return Err(format!(
                "Cannot send '{event}' event: No active {noun} found with ID '{id}'. Start a {noun} with '{start}' first."
            ));
        }
        self.owners.agree(event, tag, self.owned, id)
    }

    pub(super) fn end(&mut self, id: &str, tag: Option<&str>) -> Result<(), String> {
        if !self.open.contains(id) {
            let Self {
                noun, start, end, ..
            } = self;
            return Err(format!(
                "Cannot send '{end}' event: No active {noun} found with ID '{id}'. A '{start}' event must be sent first."
            ));
        }
        self.owners.agree(self.end, tag, self.owned, id)?;
        self.open.end(id);
        Ok(())
    }

    /// Opens a tool call: it belongs to whom its message belongs.
    pub(super) fn start_in(
        &mut self,
        messages: &Owners,
        event: &ToolCallStartEvent,
    ) -> Result<(), String> {
        const REASON: &str = "A tool call belongs to the message that carries it.";
        let id = &*event.tool_call_id;
        let tag = event.subagent_run_id.as_deref();
        self.started(id)?;
        let Some((parent, owner)) = event
            .parent_message_id
            .as_deref()
            .and_then(|parent| Some((parent, messages.get(parent)?)))
        else {
            return self.start(id, tag);
        };
        if let Some(tag) = tag
            && owner.as_deref() != Some(tag)
        {
            return Err(format!(
                "Cannot send 'TOOL_CALL_START': subagentRunId '{tag}' does not match its parent message '{parent}' owner '{}'. {REASON}",
                named(owner)
            ));
        }
        if tag.is_none()
            && let Some(known) = self.owners.get(id)
            && known != owner
        {
            return Err(format!(
                "Cannot send 'TOOL_CALL_START': tool call '{id}' is owned by '{}' but its parent message '{parent}' is owned by '{}'. {REASON}",
                named(known),
                named(owner)
            ));
        }
        self.start(id, tag.or(owner.as_deref()))
    }
}
