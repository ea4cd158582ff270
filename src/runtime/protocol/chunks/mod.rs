//! Expands AG-UI's chunk events into start, content and end, so that nothing behind the run has to know two ways of saying
//! the same (AG-UI 1.0, "convenience events"; rules and words of `@ag-ui/client` 0.0.59).
//!
//! A chunk that names no message goes on with the one before it. Each subagent has a lane of its own for that.

mod item;

use item::{Item, Kind, Shape};

use crate::generated::agui::{
    Event, ReasoningMessageChunkEvent, TextMessageChunkEvent, ToolCallChunkEvent,
};

/// What chunks have opened: at most one item for each subagent and one for the agent itself, in the order of opening.
#[derive(Debug, Default)]
pub(crate) struct Chunks {
    lanes: Vec<Item>,
}

impl Chunks {
    /// Whether an event passes as it is.
    pub(crate) fn passes(&self, event: &Event) -> bool {
        match event {
            Event::TextMessageChunk(_)
            | Event::ToolCallChunk(_)
            | Event::ReasoningMessageChunk(_) => false,
            _ => self.lanes.is_empty(),
        }
    }

    /// The events that one event stands for.
    ///
    /// # Errors
    /// In upstream's words, if a chunk goes on with nothing, or with what is another's.
    pub(crate) fn expand(&mut self, event: Event) -> Result<Vec<Event>, String> {
        match event {
            Event::TextMessageChunk(chunk) => self.text(chunk),
            Event::ToolCallChunk(chunk) => self.call(chunk),
            Event::ReasoningMessageChunk(chunk) => self.reasoning(chunk),
            event => {
                let mut events = self.ended_by(&event);
                events.push(event);
                Ok(events)
            }
        }
    }

    /// The ends of what an event that is no chunk ends.
    fn ended_by(&mut self, event: &Event) -> Vec<Event> {
        match event {
            Event::RunStarted(_)
            | Event::RunFinished(_)
            | Event::RunError(_)
            | Event::MessagesSnapshot(_) => self.lanes.drain(..).map(Item::end).collect(),
            Event::SubagentFinished(event) => self.close(Some(&event.subagent_run_id)),
            Event::SubagentError(event) => self.close(Some(&event.subagent_run_id)),
            event => match lane(event) {
                Some(owner) => self.close(owner),
                None => Vec::new(),
            },
        }
    }

    fn close(&mut self, owner: Option<&str>) -> Vec<Event> {
        let at = self
            .lanes
            .iter()
            .position(|item| item.owner.as_deref() == owner);
        at.map(|at| self.lanes.remove(at).end())
            .into_iter()
            .collect()
    }

    fn text(&mut self, chunk: TextMessageChunkEvent) -> Result<Vec<Event>, String> {
        let shape = Shape {
            timestamp: chunk.timestamp,
            raw_event: chunk.raw_event,
            metadata: chunk.metadata,
            tag: chunk.subagent_run_id,
            delta: chunk.delta,
            extra: chunk.extra,
        };
        let (role, name) = (chunk.role, chunk.name);
        self.take(Kind::Text, chunk.message_id, shape, |id| {
            Ok(item::text_start(id, role, name))
        })
    }

    fn call(&mut self, chunk: ToolCallChunkEvent) -> Result<Vec<Event>, String> {
        let shape = Shape {
            timestamp: chunk.timestamp,
            raw_event: chunk.raw_event,
            metadata: chunk.metadata,
            tag: chunk.subagent_run_id,
            delta: chunk.delta,
            extra: chunk.extra,
        };
        let (name, parent) = (chunk.tool_call_name, chunk.parent_message_id);
        self.take(Kind::Call, chunk.tool_call_id, shape, |id| {
            let name = name.ok_or("First TOOL_CALL_CHUNK must have a toolCallName")?;
            Ok(item::call_start(id, name, parent))
        })
    }

    fn reasoning(&mut self, chunk: ReasoningMessageChunkEvent) -> Result<Vec<Event>, String> {
        let shape = Shape {
            timestamp: chunk.timestamp,
            raw_event: chunk.raw_event,
            metadata: chunk.metadata,
            tag: chunk.subagent_run_id,
            delta: chunk.delta,
            extra: chunk.extra,
        };
        self.take(Kind::Reasoning, chunk.message_id, shape, |id| {
            Ok(item::reasoning_start(id))
        })
    }

    /// Goes on with what is open, or opens it with `start`.
    fn take(
        &mut self,
        kind: Kind,
        id: Option<String>,
        mut shape: Shape,
        start: impl FnOnce(&str) -> Result<Event, &'static str>,
    ) -> Result<Vec<Event>, String> {
        let owner = self.owner(kind, id.as_deref(), shape.tag.as_deref())?;
        let open = self.lanes.iter().find(|item| item.owner == owner);
        if let Some(open) = open
            && open.kind == kind
            && id.as_ref().is_none_or(|id| *id == open.id)
        {
            return Ok(open.go_on(shape).into_iter().collect());
        }
        let id = id.ok_or_else(|| format!("First {} must have a {}", kind.chunk(), kind.id()))?;
        let start = start(&id)?;
        let mut events = self.close(owner.as_deref());
        let item = Item { kind, id, owner };
        let content = shape.delta.take();
        match content {
            Some(delta) => {
                events.push(shape.opening().put_on(start));
                shape.delta = Some(delta);
                events.extend(item.go_on(shape));
            }
            None => events.push(shape.put_on(start)),
        }
        self.lanes.push(item);
        Ok(events)
    }

    /// Whose lane a chunk belongs to.
    fn owner(
        &self,
        kind: Kind,
        id: Option<&str>,
        tag: Option<&str>,
    ) -> Result<Option<String>, String> {
        let mut alike = self.lanes.iter().filter(|item| item.kind == kind);
        if let Some(id) = id {
            let Some(holder) = alike.find(|item| item.id == id) else {
                return Ok(tag.map(str::to_owned));
            };
            return match tag {
                Some(tag) if holder.owner.as_deref() != Some(tag) => Err(format!(
                    "Cannot continue {} '{id}': chunk subagentRunId '{tag}' does not match the open stream's subagent '{}'.",
                    kind.noun(),
                    holder.owner.as_deref().unwrap_or("(the parent agent)")
                )),
                _ => Ok(holder.owner.clone()),
            };
        }
        if tag.is_some() {
            return Ok(tag.map(str::to_owned));
        }
        let owners: Vec<&Option<String>> = alike.map(|item| &item.owner).collect();
        match &owners[..] {
            _ if owners.contains(&&None) => Ok(None),
            [] => Ok(None),
            [owner] => Ok((*owner).clone()),
            _ => Err(format!(
                "Ambiguous {}: it carries neither a {} nor a subagentRunId, but {} lanes have an open {}. Attribute the chunk to the subagent it belongs to.",
                kind.chunk(),
                kind.id(),
                owners.len(),
                kind.noun()
            )),
        }
    }
}

/// The lane that an event ends; `None` if it ends none.
fn lane(event: &Event) -> Option<Option<&str>> {
    let owner = match event {
        Event::TextMessageStart(event) => &event.subagent_run_id,
        Event::TextMessageContent(event) => &event.subagent_run_id,
        Event::TextMessageEnd(event) => &event.subagent_run_id,
        Event::ToolCallStart(event) => &event.subagent_run_id,
        Event::ToolCallArgs(event) => &event.subagent_run_id,
        Event::ToolCallEnd(event) => &event.subagent_run_id,
        Event::ToolCallResult(event) => &event.subagent_run_id,
        Event::StateSnapshot(event) => &event.subagent_run_id,
        Event::StateDelta(event) => &event.subagent_run_id,
        Event::Custom(event) => &event.subagent_run_id,
        Event::StepStarted(event) => &event.subagent_run_id,
        Event::StepFinished(event) => &event.subagent_run_id,
        Event::ReasoningStart(event) => &event.subagent_run_id,
        Event::ReasoningMessageStart(event) => &event.subagent_run_id,
        Event::ReasoningMessageContent(event) => &event.subagent_run_id,
        Event::ReasoningMessageEnd(event) => &event.subagent_run_id,
        Event::ReasoningEnd(event) => &event.subagent_run_id,
        Event::Other(event) if event.tag.starts_with("THINKING_") => &None,
        _ => return None,
    };
    Some(owner.as_deref())
}

#[cfg(test)]
mod tests;
