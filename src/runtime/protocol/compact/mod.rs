//! Compacts the events of runs that have ended, for the thread's history.
//!
//! As `compactEvents` of `@ag-ui/client` does, with these differences: nothing that events carry is lost when they are joined;
//! an item stays where it began, so that the order of messages does not change and what is left open does not come after the
//! run's end; what does not fit is left out instead of failing.

use std::collections::HashMap;

use serde_json::Value;

use super::document::Document;
use super::metadata;
use crate::generated::agui::{
    Event, Extra, StateSnapshotEvent, TextMessageContentEvent, ToolCallArgsEvent,
};

/// The events of whole runs, joined: one delta for each message and each tool call, one snapshot of the state before a run's
/// end. What came within a message comes after it.
///
/// Compacting what is compact changes nothing, and whoever folds the compacted events into messages and a state gets the same
/// as from all of them.
pub fn compact(events: impl IntoIterator<Item = Event>) -> Vec<Event> {
    let mut compaction = Compaction::default();
    for event in events {
        compaction.take(event);
    }
    compaction.state.flush(&mut compaction.slots);
    let slots = compaction.slots.into_iter();
    slots.flat_map(Slot::into_events).collect()
}

/// A place in the result.
#[expect(
    clippy::large_enum_variant,
    reason = "most events are whole, and go from vector to vector"
)]
enum Slot {
    Whole(Event),
    Item(Box<Item>),
}

/// A message or call, or the part of it that can be joined.
#[derive(Default)]
struct Item {
    start: Option<Event>,
    /// The subagent that started it.
    owner: Option<String>,
    delta: Option<Event>,
    end: Option<Event>,
}

impl Slot {
    fn into_events(self) -> impl Iterator<Item = Event> {
        let events = match self {
            Self::Whole(event) => [Some(event), None, None],
            Self::Item(item) => [item.start, item.delta, item.end],
        };
        events.into_iter().flatten()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Id {
    Text(String),
    Call(String),
}

#[derive(Default)]
struct Compaction {
    slots: Vec<Slot>,
    /// Where the items are that are open.
    open: HashMap<Id, usize>,
    state: StateWindow,
}

impl Compaction {
    fn take(&mut self, event: Event) {
        match event {
            Event::TextMessageStart(ref start) => {
                let (id, owner) = (start.message_id.clone(), start.subagent_run_id.clone());
                self.start(Id::Text(id), owner, event);
            }
            Event::ToolCallStart(ref start) => {
                let (id, owner) = (start.tool_call_id.clone(), start.subagent_run_id.clone());
                self.start(Id::Call(id), owner, event);
            }
            Event::TextMessageContent(delta) => {
                let by = delta.subagent_run_id.as_deref();
                let item = self.item(Id::Text(delta.message_id.clone()), by);
                match &mut item.delta {
                    Some(Event::TextMessageContent(first)) => join_text(first, delta),
                    _ => item.delta = Some(delta.into()),
                }
            }
            Event::ToolCallArgs(delta) => {
                let by = delta.subagent_run_id.as_deref();
                let item = self.item(Id::Call(delta.tool_call_id.clone()), by);
                match &mut item.delta {
                    Some(Event::ToolCallArgs(first)) => join_args(first, delta),
                    _ => item.delta = Some(delta.into()),
                }
            }
            Event::TextMessageEnd(ref end) => {
                let (id, by) = (end.message_id.clone(), end.subagent_run_id.clone());
                self.end(Id::Text(id), by.as_deref(), event);
            }
            Event::ToolCallEnd(ref end) => {
                let (id, by) = (end.tool_call_id.clone(), end.subagent_run_id.clone());
                self.end(Id::Call(id), by.as_deref(), event);
            }
            Event::StateSnapshot(_) | Event::StateDelta(_) => self.state.events.push(event),
            event => self.whole(event),
        }
    }

    fn whole(&mut self, event: Event) {
        match &event {
            Event::RunStarted(_) | Event::RunFinished(_) | Event::RunError(_) => {
                self.open.clear();
                self.state.flush(&mut self.slots);
            }
            // What comes after a snapshot goes on with what the snapshot says.
            Event::MessagesSnapshot(_) => self.open.clear(),
            _ => {}
        }
        if let Event::RunStarted(event) = &event {
            let input = event.input.as_ref();
            self.state.base = input.and_then(|input| input.state.clone());
        }
        self.slots.push(Slot::Whole(event));
    }

    fn start(&mut self, id: Id, owner: Option<String>, event: Event) {
        self.open.remove(&id);
        let item = self.item(id, None);
        item.start = Some(event);
        item.owner = owner;
    }

    fn end(&mut self, id: Id, by: Option<&str>, event: Event) {
        self.item(id.clone(), by).end = Some(event);
        self.open.remove(&id);
    }

    /// The open item of this id that takes what this subagent says; a new one, without a start, if there is none.
    fn item(&mut self, id: Id, by: Option<&str>) -> &mut Item {
        let next = self.slots.len();
        let at = self.open.get(&id).copied();
        let at = at.filter(|at| self.is_joined(*at, by)).unwrap_or(next);
        self.open.insert(id, at);
        if at == next {
            self.slots.push(Slot::Item(Box::default()));
        }
        match &mut self.slots[at] {
            Slot::Item(item) => item,
            Slot::Whole(_) => unreachable!("only items are open"),
        }
    }

    /// Whether an open item takes more from this subagent. One whose start was elsewhere must not be moved: what came in
    /// between may make the message that it goes on with. Nor what another one says than who began: what came in between may
    /// have made the id its own.
    fn is_joined(&self, at: usize, by: Option<&str>) -> bool {
        match &self.slots[at] {
            Slot::Item(item) if item.start.is_some() => by.is_none() || by == item.owner.as_deref(),
            _ => at + 1 == self.slots.len(),
        }
    }
}

/// The events since the last beginning or end of a run that change the state.
#[derive(Default)]
struct StateWindow {
    /// The state that the client sent with the run.
    base: Option<Value>,
    events: Vec<Event>,
}

impl StateWindow {
    /// Puts one snapshot in the place of the events.
    fn flush(&mut self, slots: &mut Vec<Slot>) {
        let mut events = std::mem::take(&mut self.events);
        if let [Event::StateSnapshot(_)] = &events[..] {
            slots.extend(events.pop().map(Slot::Whole));
            return;
        }
        let base = self.base.take().filter(|base| !base.is_null());
        let mut state = Document::new(base);
        let mut changed = false;
        let mut joined: Option<StateSnapshotEvent> = None;
        for event in events {
            let carrier = match event {
                Event::StateSnapshot(mut event) => {
                    changed |= state.set(&event.snapshot).is_ok();
                    event.snapshot = Value::Null;
                    event
                }
                Event::StateDelta(event) => {
                    changed |= state.patch(&event.delta).is_ok();
                    StateSnapshotEvent {
                        timestamp: event.timestamp,
                        raw_event: event.raw_event,
                        metadata: event.metadata,
                        subagent_run_id: event.subagent_run_id,
                        snapshot: Value::Null,
                        extra: event.extra,
                    }
                }
                _ => continue,
            };
            match &mut joined {
                Some(first) => join_state(first, carrier),
                None => joined = Some(carrier),
            }
        }
        if let (true, Some(mut event), Some(state)) = (changed, joined, state.into_value()) {
            event.snapshot = state;
            slots.push(Slot::Whole(event.into()));
        }
    }
}

fn join_text(first: &mut TextMessageContentEvent, later: TextMessageContentEvent) {
    first.delta.push_str(&later.delta);
    first.timestamp = first.timestamp.or(later.timestamp);
    first.raw_event = first.raw_event.take().or(later.raw_event);
    first.subagent_run_id = first.subagent_run_id.take().or(later.subagent_run_id);
    metadata::merge(&mut first.metadata, later.metadata.as_deref());
    keep(&mut first.extra, later.extra);
}

fn join_args(first: &mut ToolCallArgsEvent, later: ToolCallArgsEvent) {
    first.delta.push_str(&later.delta);
    first.timestamp = first.timestamp.or(later.timestamp);
    first.raw_event = first.raw_event.take().or(later.raw_event);
    first.subagent_run_id = first.subagent_run_id.take().or(later.subagent_run_id);
    metadata::merge(&mut first.metadata, later.metadata.as_deref());
    keep(&mut first.extra, later.extra);
}

fn join_state(first: &mut StateSnapshotEvent, later: StateSnapshotEvent) {
    first.timestamp = first.timestamp.or(later.timestamp);
    first.raw_event = first.raw_event.take().or(later.raw_event);
    // A state that several have changed is nobody's.
    if first.subagent_run_id != later.subagent_run_id {
        first.subagent_run_id = None;
    }
    metadata::merge(&mut first.metadata, later.metadata.as_deref());
    keep(&mut first.extra, later.extra);
}

/// Adds the keys that are not there yet.
fn keep(extra: &mut Extra, later: Extra) {
    for (key, value) in later {
        extra.entry(key).or_insert(value);
    }
}

#[cfg(test)]
mod tests;
