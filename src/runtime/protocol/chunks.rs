//! Expands AG-UI's chunk events into start, content and end, so that nothing behind the run has to know two ways of saying
//! the same (AG-UI 1.0, "convenience events").

use crate::generated::agui::{
    Event, TextMessageChunkEvent, TextMessageContentEvent, TextMessageEndEvent,
    TextMessageStartEvent, ToolCallArgsEvent, ToolCallChunkEvent, ToolCallEndEvent,
    ToolCallStartEvent,
};

/// The message or call that chunks have opened.
#[derive(Debug, Default)]
pub(in crate::runtime) enum Chunks {
    #[default]
    Closed,
    Text(String),
    Call(String),
}

impl Chunks {
    /// Whether an event passes as it is.
    pub(in crate::runtime) fn passes(&self, event: &Event) -> bool {
        match event {
            Event::TextMessageChunk(_) | Event::ToolCallChunk(_) => false,
            Event::Raw(_) => true,
            _ => matches!(self, Self::Closed),
        }
    }

    /// The events that one event stands for. Any but a chunk of the same message ends what chunks opened.
    pub(in crate::runtime) fn expand(&mut self, event: Event) -> Vec<Event> {
        let mut events = Vec::new();
        match event {
            Event::TextMessageChunk(chunk) => self.text(chunk, &mut events),
            Event::ToolCallChunk(chunk) => self.call(chunk, &mut events),
            event => {
                events.extend(self.close());
                events.push(event);
            }
        }
        events
    }

    /// The end of what is open.
    pub(in crate::runtime) fn close(&mut self) -> Option<Event> {
        match std::mem::take(self) {
            Self::Closed => None,
            Self::Text(id) => Some(TextMessageEndEvent::new(id).into()),
            Self::Call(id) => Some(ToolCallEndEvent::new(id).into()),
        }
    }

    fn text(&mut self, chunk: TextMessageChunkEvent, events: &mut Vec<Event>) {
        if let Some(id) = chunk.message_id
            && !matches!(self, Self::Text(open) if *open == id)
        {
            events.extend(self.close());
            let mut start = TextMessageStartEvent::new(&*id);
            start.role = chunk.role;
            start.name = chunk.name;
            events.push(start.into());
            *self = Self::Text(id);
        }
        match (self, chunk.delta) {
            (Self::Text(id), Some(delta)) if !delta.is_empty() => {
                events.push(TextMessageContentEvent::new(&**id, delta).into());
            }
            (Self::Text(_), _) => {}
            _ => tracing::warn!("left out a text chunk that belongs to no message"),
        }
    }

    fn call(&mut self, chunk: ToolCallChunkEvent, events: &mut Vec<Event>) {
        if let (Some(id), Some(name)) = (chunk.tool_call_id, chunk.tool_call_name)
            && !matches!(self, Self::Call(open) if *open == id)
        {
            events.extend(self.close());
            let mut start = ToolCallStartEvent::new(&*id, name);
            start.parent_message_id = chunk.parent_message_id;
            events.push(start.into());
            *self = Self::Call(id);
        }
        match (self, chunk.delta) {
            (Self::Call(id), Some(delta)) if !delta.is_empty() => {
                events.push(ToolCallArgsEvent::new(&**id, delta).into());
            }
            (Self::Call(_), _) => {}
            _ => tracing::warn!("left out a tool call chunk that belongs to no call"),
        }
    }
}
