//! What an endpoint's agent tells, as AG-UI events in an order that AG-UI allows: the languages of both kinds of agents leave
//! open what began, and begin what is open.

use std::collections::VecDeque;

use indexmap::{IndexMap, IndexSet};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::agents::RunInput;
use crate::generated::agui::{
    CustomEvent, Event, Interrupt, MessageContent, RunFinishedEvent, RunFinishedInterruptOutcome,
    StateSnapshotEvent, StepFinishedEvent, StepStartedEvent, TextMessageContentEvent,
    TextMessageEndEvent, TextMessageStartEvent, ToolCallArgsEvent, ToolCallEndEvent,
    ToolCallResultEvent, ToolCallStartEvent,
};

/// The nodes before the first and after the last of a graph: nothing runs there.
const NO_STEPS: [&str; 3] = ["", "__start__", "__end__"];

/// The events of one run, as they are made.
pub(super) struct Told {
    thread: String,
    run: String,
    ready: VecDeque<Event>,
    texts: IndexSet<String>,
    /// The open calls, each with the message that it belongs to.
    calls: IndexMap<String, String>,
    ended_calls: IndexSet<String>,
    step: Option<String>,
    interrupts: Vec<Interrupt>,
}

/// Where an agent is, and with what state: upstream's AgentStateMessage.
#[derive(Debug, Default)]
pub(super) struct Where {
    pub(super) thread_id: String,
    pub(super) agent_name: String,
    pub(super) node_name: String,
    pub(super) run_id: String,
    pub(super) active: bool,
    pub(super) running: bool,
    pub(super) state: Value,
}

impl Told {
    pub(super) fn new(input: &RunInput) -> Self {
        Self {
            thread: input.request.thread_id.clone(),
            run: input.request.run_id.clone(),
            ready: VecDeque::new(),
            texts: IndexSet::new(),
            calls: IndexMap::new(),
            ended_calls: IndexSet::new(),
            step: None,
            interrupts: Vec::new(),
        }
    }

    /// The next event that is there.
    pub(super) fn next(&mut self) -> Option<Event> {
        self.ready.pop_front()
    }

    fn put(&mut self, event: impl Into<Event>) {
        self.ready.push_back(event.into());
    }

    pub(super) fn text_starts(&mut self, id: &str) {
        if self.texts.insert(id.to_owned()) {
            self.put(TextMessageStartEvent::new(id));
        }
    }

    pub(super) fn text(&mut self, id: &str, delta: &str) {
        if !delta.is_empty() {
            self.text_starts(id);
            self.put(TextMessageContentEvent::new(id, delta));
        }
    }

    pub(super) fn text_ends(&mut self, id: &str) {
        if self.texts.shift_remove(id) {
            self.put(TextMessageEndEvent::new(id));
        }
    }

    /// A call begins; one that has been told already does not.
    pub(super) fn call_starts(&mut self, id: &str, name: &str, message: &str) {
        if self.ended_calls.contains(id) || self.calls.contains_key(id) {
            return;
        }
        self.calls.insert(id.to_owned(), message.to_owned());
        let mut start = ToolCallStartEvent::new(id, name);
        start.parent_message_id = Some(message.to_owned());
        self.put(start);
    }

    pub(super) fn call_goes_on(&mut self, id: &str, delta: &str) {
        if !delta.is_empty() && self.calls.contains_key(id) {
            self.put(ToolCallArgsEvent::new(id, delta));
        }
    }

    pub(super) fn call_ends(&mut self, id: &str) {
        if self.calls.shift_remove(id).is_some() {
            self.ended_calls.insert(id.to_owned());
            self.put(ToolCallEndEvent::new(id));
        }
    }

    /// The calls of a message end.
    pub(super) fn calls_end(&mut self, message: &str) {
        let calls = self.calls.iter().filter(|(_, of)| *of == message);
        let ids: Vec<String> = calls.map(|(id, _)| id.clone()).collect();
        for id in ids {
            self.call_ends(&id);
        }
    }

    pub(super) fn result(&mut self, call: &str, result: String) {
        self.call_ends(call);
        let content = MessageContent::Text(result);
        self.put(ToolCallResultEvent::new(
            format!("result-{call}"),
            call,
            content,
        ));
    }

    pub(super) fn custom(&mut self, name: &str, value: Value) {
        self.put(CustomEvent::new(name, value));
    }

    /// The agent is somewhere. `rawEvent` keeps what AG-UI has no word for; the GraphQL face shows it.
    pub(super) fn is_at(&mut self, at: Where) {
        let raw = json!({
            "type": "AgentStateMessage",
            "threadId": at.thread_id,
            "agentName": at.agent_name,
            "nodeName": at.node_name,
            "runId": at.run_id,
            "active": at.active,
            "running": at.running,
            "role": "assistant",
        });
        let same = self.step.as_deref() == Some(&*at.node_name);
        if !same {
            self.step_ends(&raw);
        }
        if at.active && !same && !NO_STEPS.contains(&&*at.node_name) {
            let mut start = StepStartedEvent::new(&*at.node_name);
            start.raw_event = Some(raw.clone());
            self.put(start);
            self.step = Some(at.node_name);
        }
        let mut snapshot = StateSnapshotEvent::new(at.state);
        snapshot.raw_event = Some(raw.clone());
        self.put(snapshot);
        if !at.active {
            self.step_ends(&raw);
        }
    }

    fn step_ends(&mut self, raw: &Value) {
        if let Some(step) = self.step.take() {
            let mut end = StepFinishedEvent::new(step);
            end.raw_event = Some(raw.clone());
            self.put(end);
        }
    }

    /// The agent waits for an answer: `name` and `value` tell GraphQL clients, the run's end tells AG-UI's.
    pub(super) fn waits(&mut self, name: &str, value: Value, id_prefix: &str) {
        let id = format!("{id_prefix}{}", Uuid::new_v4());
        let asked = value.get("value").unwrap_or(&value);
        let mut interrupt = Interrupt::new(id, name);
        interrupt.message = asked.as_str().map(str::to_owned);
        interrupt.metadata = Some(json!({"value": value}));
        self.interrupts.push(interrupt);
        self.custom(name, value);
    }

    /// The agent is done: all that is open ends.
    pub(super) fn end(&mut self) {
        for id in std::mem::take(&mut self.texts) {
            self.put(TextMessageEndEvent::new(id));
        }
        for (id, _) in std::mem::take(&mut self.calls) {
            self.put(ToolCallEndEvent::new(id));
        }
        if let Some(step) = self.step.take() {
            let mut end = StepFinishedEvent::new(step);
            end.raw_event = Some(json!({"type": "AgentStateMessage"}));
            self.put(end);
        }
        if !self.interrupts.is_empty() {
            let mut end = RunFinishedEvent::new(&*self.thread, &*self.run);
            let interrupts = std::mem::take(&mut self.interrupts);
            end.outcome = Some(RunFinishedInterruptOutcome::new(interrupts).into());
            self.put(end);
        }
    }
}
