//! An item that chunks have opened, and the events that chunks of it become.

use serde_json::Value;

use crate::generated::agui::{
    Event, Extra, ReasoningMessageContentEvent, ReasoningMessageEndEvent,
    ReasoningMessageStartEvent, TextMessageContentEvent, TextMessageEndEvent, TextMessageRole,
    TextMessageStartEvent, ToolCallArgsEvent, ToolCallEndEvent, ToolCallStartEvent,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Call,
    Reasoning,
}

impl Kind {
    pub(super) fn chunk(self) -> &'static str {
        match self {
            Self::Text => "TEXT_MESSAGE_CHUNK",
            Self::Call => "TOOL_CALL_CHUNK",
            Self::Reasoning => "REASONING_MESSAGE_CHUNK",
        }
    }

    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Text => "text message",
            Self::Call => "tool call",
            Self::Reasoning => "reasoning message",
        }
    }

    /// The key of its id.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Call => "toolCallId",
            Self::Text | Self::Reasoning => "messageId",
        }
    }
}

#[derive(Debug)]
pub(super) struct Item {
    pub(super) kind: Kind,
    pub(super) id: String,
    /// The subagent's run whose lane it is in; `None` for the agent's own.
    pub(super) owner: Option<String>,
}

impl Item {
    /// What a chunk adds. `None` if it says nothing.
    pub(super) fn go_on(&self, mut shape: Shape) -> Option<Event> {
        if shape.is_empty() {
            return None;
        }
        let delta = shape.delta.take().unwrap_or_default();
        if shape.tag.is_none() {
            shape.tag = self.owner.clone();
        }
        let id = &*self.id;
        Some(shape.put_on(match self.kind {
            Kind::Text => TextMessageContentEvent::new(id, delta).into(),
            Kind::Call => ToolCallArgsEvent::new(id, delta).into(),
            Kind::Reasoning => ReasoningMessageContentEvent::new(id, delta).into(),
        }))
    }

    pub(super) fn end(self) -> Event {
        let shape = Shape {
            tag: self.owner,
            ..Shape::default()
        };
        shape.put_on(match self.kind {
            Kind::Text => TextMessageEndEvent::new(self.id).into(),
            Kind::Call => ToolCallEndEvent::new(self.id).into(),
            Kind::Reasoning => ReasoningMessageEndEvent::new(self.id).into(),
        })
    }
}

pub(super) fn text_start(id: &str, role: Option<TextMessageRole>, name: Option<String>) -> Event {
    let mut start = TextMessageStartEvent::new(id);
    start.role = Some(role.unwrap_or(TextMessageRole::Assistant));
    start.name = name;
    start.into()
}

pub(super) fn call_start(id: &str, name: String, parent: Option<String>) -> Event {
    let mut start = ToolCallStartEvent::new(id, name);
    start.parent_message_id = parent;
    start.into()
}

pub(super) fn reasoning_start(id: &str) -> Event {
    ReasoningMessageStartEvent::new(id).into()
}

/// What chunks of every kind may carry.
#[derive(Debug, Default)]
pub(super) struct Shape {
    pub(super) timestamp: Option<i64>,
    pub(super) raw_event: Option<Box<Value>>,
    pub(super) metadata: Option<Box<Value>>,
    pub(super) tag: Option<String>,
    pub(super) delta: Option<String>,
    pub(super) extra: Extra,
}

impl Shape {
    fn is_empty(&self) -> bool {
        self.delta.is_none()
            && self.raw_event.is_none()
            && self.metadata.is_none()
            && self.extra.is_empty()
    }

    /// What goes on the start of an item whose first chunk also has content: the rest goes on the content (AG-UI 1.0).
    pub(super) fn opening(&self) -> Self {
        Self {
            timestamp: self.timestamp,
            metadata: self.metadata.clone(),
            tag: self.tag.clone(),
            ..Self::default()
        }
    }

    /// The event with everything but the delta.
    pub(super) fn put_on(self, mut event: Event) -> Event {
        macro_rules! fill {
            ($($variant:ident),*) => {
                match &mut event {
                    $(Event::$variant(event) => {
                        event.timestamp = self.timestamp;
                        event.raw_event = self.raw_event;
                        event.metadata = self.metadata;
                        event.subagent_run_id = self.tag;
                        event.extra = self.extra;
                    })*
                    _ => {}
                }
            };
        }
        fill!(
            TextMessageStart,
            TextMessageContent,
            TextMessageEnd,
            ToolCallStart,
            ToolCallArgs,
            ToolCallEnd,
            ReasoningMessageStart,
            ReasoningMessageContent,
            ReasoningMessageEnd
        );
        event
    }
}
