//! Turns what a model says in one answer into AG-UI events, and keeps track of what is open.

use std::mem;

use serde::de::IgnoredAny;
use uuid::Uuid;

use super::request::SealedThought;
use super::seal::sealed;
use super::wire::{CallDelta, Delta, Usage};
use crate::generated::agui::{
    Event, ReasoningEncryptedValueEvent, ReasoningEncryptedValueSubtype, ReasoningEndEvent,
    ReasoningMessageContentEvent, ReasoningMessageEndEvent, ReasoningMessageStartEvent,
    ReasoningStartEvent, TextMessageContentEvent, TextMessageEndEvent, TextMessageRole,
    TextMessageStartEvent, ToolCallArgsEvent, ToolCallEndEvent, ToolCallStartEvent,
};

/// What comes out of what the model says.
#[derive(Debug, PartialEq)]
// A handful at a time; a box for each event would cost more than the room.
#[allow(clippy::large_enum_variant)]
pub(super) enum Output {
    Event(Event),
    /// The call at this place is whole; its end has been told.
    Called(usize),
}

/// A tool call as it grows.
#[derive(Debug)]
pub(super) struct GrowingCall {
    index: Option<u32>,
    pub id: String,
    pub name: String,
    pub arguments: String,
    /// What the provider wants back with it.
    pub seal: Option<String>,
    /// The same, before the client has been told.
    unsealed: Option<String>,
    started: bool,
    ended: bool,
}

/// One answer of the model.
#[derive(Debug, Default)]
pub(super) struct Building {
    /// Whose seals the thoughts have.
    provider: &'static str,
    /// The id of the answer: of the text on the wire, and of the calls' parent.
    id: String,
    /// The message that calls belong to: that of the last text, or this answer's.
    pub parent: String,
    pub text: String,
    pub calls: Vec<GrowingCall>,
    text_open: bool,
    /// The id of the open reasoning.
    reasoning: Option<String>,
    reasonings: usize,
    /// The open thought.
    thought: String,
    pub thoughts: Vec<SealedThought>,
    pub finish_reason: Option<String>,
    pub usage: Option<Usage>,
    /// How many events of the server's it has taken.
    pub events: usize,
}

impl Building {
    pub(super) fn by(provider: &'static str) -> Self {
        Self {
            provider,
            ..Self::default()
        }
    }

    /// Whether the model has said nothing at all.
    pub(super) fn is_silent(&self) -> bool {
        self.text.is_empty() && self.calls.is_empty() && self.reasonings == 0
    }

    /// Must come before the first chunk.
    pub(super) fn name(&mut self, id: String) {
        if self.parent.is_empty() {
            self.parent.clone_from(&id);
        }
        self.id = id;
    }

    /// Takes in what the model says.
    pub(super) fn push(&mut self, delta: Delta, out: &mut impl Extend<Output>) {
        match delta {
            Delta::Text(text) => self.say(text, out),
            Delta::Thought(thought) => self.think(thought, out),
            Delta::Seal(seal) => self.seal(seal, out),
            Delta::Call(call) => self.call(call, out),
            Delta::Usage(usage) => self.usage = Some(usage),
            Delta::Finish(reason) if self.finish_reason.is_none() => {
                self.finish_reason = Some(reason);
                self.finish(out);
            }
            Delta::Finish(_) | Delta::Id(_) | Delta::Over => {}
        }
    }

    fn think(&mut self, delta: String, out: &mut impl Extend<Output>) {
        let id = self.open_reasoning(out);
        self.thought.push_str(&delta);
        emit(out, ReasoningMessageContentEvent::new(id, delta));
    }

    /// What the provider wants back ends the thought that it belongs to.
    fn seal(&mut self, seal: String, out: &mut impl Extend<Output>) {
        let id = self.open_reasoning(out);
        let value = sealed(self.provider, &seal);
        let of = ReasoningEncryptedValueSubtype::Message;
        emit(out, ReasoningEncryptedValueEvent::new(of, id, value));
        let text = mem::take(&mut self.thought);
        self.thoughts.push(SealedThought { text, seal });
        self.end_reasoning(out);
    }

    fn open_reasoning(&mut self, out: &mut impl Extend<Output>) -> String {
        match &self.reasoning {
            Some(id) => id.clone(),
            None => {
                self.end_text(out);
                let id = format!("reasoning-{}:{}", self.id, self.reasonings);
                self.reasonings += 1;
                self.reasoning = Some(id.clone());
                emit(out, ReasoningStartEvent::new(id.clone()));
                emit(out, ReasoningMessageStartEvent::new(id.clone()));
                id
            }
        }
    }

    fn say(&mut self, delta: String, out: &mut impl Extend<Output>) {
        if !self.text_open {
            self.end_reasoning(out);
            self.end_whole_calls(out);
            self.text_open = true;
            self.parent.clone_from(&self.id);
            let mut start = TextMessageStartEvent::new(self.id.clone());
            start.role = Some(TextMessageRole::Assistant);
            emit(out, start);
        }
        self.text.push_str(&delta);
        emit(out, TextMessageContentEvent::new(self.id.clone(), delta));
    }

    fn call(&mut self, delta: CallDelta, out: &mut impl Extend<Output>) {
        let place = match self.place_of(&delta) {
            Some(place) => place,
            None => {
                self.end_reasoning(out);
                self.end_text(out);
                self.end_whole_calls(out);
                self.calls.push(GrowingCall::new(&delta));
                self.calls.len() - 1
            }
        };
        let call = &mut self.calls[place];
        if delta.seal.is_some() {
            call.unsealed = delta.seal;
        }
        if let Some(name) = delta.name
            && !call.started
        {
            call.name.push_str(&name);
        }
        let arguments = delta.arguments;
        call.arguments.push_str(&arguments);
        if call.ended {
            return;
        }
        let delta = if call.started {
            arguments
        } else if call.name.is_empty() {
            return;
        } else {
            call.started = true;
            let mut start = ToolCallStartEvent::new(call.id.clone(), call.name.clone());
            start.parent_message_id = Some(self.parent.clone());
            emit(out, start);
            call.arguments.clone()
        };
        if !delta.is_empty() {
            emit(out, ToolCallArgsEvent::new(call.id.clone(), delta));
        }
        if let Some(seal) = call.unsealed.take() {
            let value = sealed(self.provider, &seal);
            let of = ReasoningEncryptedValueSubtype::ToolCall;
            emit(
                out,
                ReasoningEncryptedValueEvent::new(of, call.id.clone(), value),
            );
            call.seal = Some(seal);
        }
    }

    /// The call that a delta continues. By its index; but some servers give every call the index 0 and tell calls
    /// apart by their ids, and some give no index at all.
    fn place_of(&self, delta: &CallDelta) -> Option<usize> {
        let id = delta.id.as_deref().filter(|id| !id.is_empty());
        let named = delta.name.as_ref().is_some_and(|name| !name.is_empty());
        let last = |holds: &dyn Fn(&GrowingCall) -> bool| self.calls.iter().rposition(holds);
        let at_index = |call: &GrowingCall| delta.index.is_none() || call.index == delta.index;
        if let Some(id) = id {
            let same = last(&|call| call.id == id && at_index(call));
            // Some servers make up an id for every delta: what has no name begins nothing.
            return match named {
                true => same,
                false => same
                    .or_else(|| last(&|call| call.id == id))
                    .or_else(|| last(&at_index)),
            };
        }
        // A name after a whole call begins another, where a server gives neither ids nor indices of their own.
        last(&at_index).filter(|place| {
            let call = &self.calls[*place];
            !(named && call.started && call.is_whole())
        })
    }

    /// Ends what is open.
    pub(super) fn finish(&mut self, out: &mut impl Extend<Output>) {
        self.end_reasoning(out);
        self.end_text(out);
        for place in 0..self.calls.len() {
            self.end_call(place, out);
        }
    }

    /// A call whose arguments are whole cannot grow; one that is not may get more, later and in between others
    /// (upstream 1.10.6 puts that on the wrong call).
    fn end_whole_calls(&mut self, out: &mut impl Extend<Output>) {
        for place in 0..self.calls.len() {
            let call = &self.calls[place];
            if !call.ended && call.is_whole() {
                self.end_call(place, out);
            }
        }
    }

    fn end_call(&mut self, place: usize, out: &mut impl Extend<Output>) {
        let call = &mut self.calls[place];
        if call.started && !mem::replace(&mut call.ended, true) {
            emit(out, ToolCallEndEvent::new(call.id.clone()));
            out.extend([Output::Called(place)]);
        }
    }

    fn end_text(&mut self, out: &mut impl Extend<Output>) {
        if mem::take(&mut self.text_open) {
            emit(out, TextMessageEndEvent::new(self.id.clone()));
        }
    }

    fn end_reasoning(&mut self, out: &mut impl Extend<Output>) {
        self.thought.clear();
        if let Some(id) = self.reasoning.take() {
            emit(out, ReasoningMessageEndEvent::new(id.clone()));
            emit(out, ReasoningEndEvent::new(id));
        }
    }
}

impl GrowingCall {
    fn new(delta: &CallDelta) -> Self {
        let id = match &delta.id {
            Some(id) if !id.is_empty() => id.clone(),
            _ => format!("call_{}", Uuid::new_v4().simple()),
        };
        Self {
            index: delta.index,
            id,
            name: String::new(),
            arguments: String::new(),
            seal: None,
            unsealed: None,
            started: false,
            ended: false,
        }
    }

    /// Whether its arguments have begun and break off.
    pub(super) fn is_cut(&self) -> bool {
        !self.arguments.trim().is_empty() && !self.is_whole()
    }

    fn is_whole(&self) -> bool {
        serde_json::from_str::<IgnoredAny>(&self.arguments).is_ok()
    }
}

fn emit(out: &mut impl Extend<Output>, event: impl Into<Event>) {
    out.extend([Output::Event(event.into())]);
}
