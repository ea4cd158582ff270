//! What a LangGraph or CrewAI agent tells, as AG-UI events in an order that AG-UI allows: the languages of both leave open what
//! began, and begin what is open.

use std::collections::VecDeque;

use indexmap::{IndexMap, IndexSet};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::agents::RunInput;
use crate::generated::agui::{
    CustomEvent, Event, Interrupt, Message, MessageContent, MessagesSnapshotEvent,
    ReasoningEncryptedValueEvent, ReasoningEncryptedValueSubtype, ReasoningEndEvent,
    ReasoningMessageContentEvent, ReasoningMessageEndEvent, ReasoningMessageStartEvent,
    ReasoningStartEvent, RunFinishedEvent, RunFinishedInterruptOutcome, StateSnapshotEvent,
    StepFinishedEvent, StepStartedEvent, TextMessageContentEvent, TextMessageEndEvent,
    TextMessageStartEvent, TokenUsage, ToolCallArgsEvent, ToolCallEndEvent, ToolCallResultEvent,
    ToolCallStartEvent,
};

/// The nodes before the first and after the last of a graph: nothing runs there.
const NO_STEPS: [&str; 3] = ["", "__start__", "__end__"];

/// The events of one run, as they are made.
pub(in crate::agents) struct Told {
    thread: String,
    run: String,
    ready: VecDeque<Event>,
    texts: IndexSet<String>,
    /// The open calls, each with the message that it belongs to.
    calls: IndexMap<String, String>,
    ended_calls: IndexSet<String>,
    /// The id of what is thought just now.
    reasoning: Option<String>,
    step: Option<String>,
    interrupts: Vec<Interrupt>,
    /// Of each model that was asked.
    usage: Vec<TokenUsage>,
}

/// Where an agent is, and with what state: upstream's AgentStateMessage.
#[derive(Debug, Default)]
pub(in crate::agents) struct Where {
    pub(in crate::agents) thread_id: String,
    pub(in crate::agents) agent_name: String,
    pub(in crate::agents) node_name: String,
    pub(in crate::agents) run_id: String,
    pub(in crate::agents) active: bool,
    pub(in crate::agents) running: bool,
    pub(in crate::agents) state: Value,
}

impl Told {
    pub(in crate::agents) fn new(input: &RunInput) -> Self {
        Self {
            thread: input.request.thread_id.clone(),
            run: input.request.run_id.clone(),
            ready: VecDeque::new(),
            texts: IndexSet::new(),
            calls: IndexMap::new(),
            ended_calls: IndexSet::new(),
            reasoning: None,
            step: None,
            interrupts: Vec::new(),
            usage: Vec::new(),
        }
    }

    /// The next event that is there.
    pub(in crate::agents) fn next(&mut self) -> Option<Event> {
        self.ready.pop_front()
    }

    fn put(&mut self, event: impl Into<Event>) {
        self.ready.push_back(event.into());
    }

    pub(in crate::agents) fn text_starts(&mut self, id: &str) {
        if self.texts.insert(id.to_owned()) {
            self.put(TextMessageStartEvent::new(id));
        }
    }

    pub(in crate::agents) fn text(&mut self, id: &str, delta: &str) {
        if !delta.is_empty() {
            self.text_starts(id);
            self.put(TextMessageContentEvent::new(id, delta));
        }
    }

    pub(in crate::agents) fn text_ends(&mut self, id: &str) {
        if self.texts.shift_remove(id) {
            self.put(TextMessageEndEvent::new(id));
        }
    }

    /// A call begins; one that has been told already does not.
    pub(in crate::agents) fn call_starts(&mut self, id: &str, name: &str, message: &str) {
        if self.ended_calls.contains(id) || self.calls.contains_key(id) {
            return;
        }
        self.calls.insert(id.to_owned(), message.to_owned());
        let mut start = ToolCallStartEvent::new(id, name);
        start.parent_message_id = Some(message.to_owned());
        self.put(start);
    }

    pub(in crate::agents) fn call_goes_on(&mut self, id: &str, delta: &str) {
        if !delta.is_empty() && self.calls.contains_key(id) {
            self.put(ToolCallArgsEvent::new(id, delta));
        }
    }

    pub(in crate::agents) fn call_ends(&mut self, id: &str) {
        if self.calls.shift_remove(id).is_some() {
            self.ended_calls.insert(id.to_owned());
            self.put(ToolCallEndEvent::new(id));
        }
    }

    /// The calls of a message end.
    pub(in crate::agents) fn calls_end(&mut self, message: &str) {
        let calls = self.calls.iter().filter(|(_, of)| *of == message);
        let ids: Vec<String> = calls.map(|(id, _)| id.clone()).collect();
        for id in ids {
            self.call_ends(&id);
        }
    }

    /// Whether a call has been told, from its beginning on.
    pub(in crate::agents) fn knows_call(&self, id: &str) -> bool {
        self.calls.contains_key(id) || self.ended_calls.contains(id)
    }

    pub(in crate::agents) fn result(&mut self, call: &str, result: String) {
        self.result_as(&format!("result-{call}"), call, result);
    }

    /// A result that is a message of its own to the agent.
    pub(in crate::agents) fn result_as(&mut self, message: &str, call: &str, result: String) {
        self.call_ends(call);
        let content = MessageContent::Text(result);
        self.put(ToolCallResultEvent::new(message, call, content));
    }

    pub(in crate::agents) fn reasoning_starts(&mut self, id: &str) {
        self.reasoning_ends();
        self.put(ReasoningStartEvent::new(id));
        self.put(ReasoningMessageStartEvent::new(id));
        self.reasoning = Some(id.to_owned());
    }

    pub(in crate::agents) fn reasoning(&mut self, delta: &str) {
        if let Some(id) = self.reasoning.clone() {
            self.put(ReasoningMessageContentEvent::new(id, delta));
        }
    }

    /// What the provider wants back with a thought.
    pub(in crate::agents) fn reasoning_encrypted(&mut self, id: &str, value: &str) {
        let of = ReasoningEncryptedValueSubtype::Message;
        self.put(ReasoningEncryptedValueEvent::new(of, id, value));
    }

    pub(in crate::agents) fn reasoning_ends(&mut self) {
        if let Some(id) = self.reasoning.take() {
            self.put(ReasoningMessageEndEvent::new(&*id));
            self.put(ReasoningEndEvent::new(id));
        }
    }

    /// Whether something is being said.
    pub(in crate::agents) fn is_speaking(&self) -> bool {
        !self.texts.is_empty() || !self.calls.is_empty() || self.reasoning.is_some()
    }

    /// What a model counted.
    pub(in crate::agents) fn used(&mut self, usage: TokenUsage) {
        let same = |known: &&mut TokenUsage| {
            known.provider == usage.provider && known.model == usage.model
        };
        match self.usage.iter_mut().find(same) {
            Some(known) => add(known, &usage),
            None => self.usage.push(usage),
        }
    }

    /// The agent is at a node of its graph, by name; at none that anybody should see without one.
    pub(in crate::agents) fn at_node(&mut self, node: Option<&str>) {
        let node = node.filter(|node| !NO_STEPS.contains(node));
        if self.step.as_deref() == node {
            return;
        }
        self.step_ends(None);
        if let Some(node) = node {
            self.put(StepStartedEvent::new(node));
            self.step = Some(node.to_owned());
        }
    }

    pub(in crate::agents) fn state(&mut self, state: Value) {
        self.put(StateSnapshotEvent::new(state));
    }

    pub(in crate::agents) fn messages(&mut self, messages: Vec<Message>) {
        self.put(MessagesSnapshotEvent::new(messages));
    }

    pub(in crate::agents) fn custom(&mut self, name: &str, value: Value) {
        self.put(CustomEvent::new(name, value));
    }

    /// The agent is somewhere. `rawEvent` keeps what AG-UI has no word for; the GraphQL face shows it.
    pub(in crate::agents) fn is_at(&mut self, at: Where) {
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
            self.step_ends(Some(&raw));
        }
        if at.active && !same && !NO_STEPS.contains(&&*at.node_name) {
            let mut start = StepStartedEvent::new(&*at.node_name);
            start.raw_event = Some(raw.clone().into());
            self.put(start);
            self.step = Some(at.node_name);
        }
        let mut snapshot = StateSnapshotEvent::new(at.state);
        snapshot.raw_event = Some(raw.clone().into());
        self.put(snapshot);
        if !at.active {
            self.step_ends(Some(&raw));
        }
    }

    fn step_ends(&mut self, raw: Option<&Value>) {
        if let Some(step) = self.step.take() {
            let mut end = StepFinishedEvent::new(step);
            end.raw_event = raw.cloned().map(Box::new);
            self.put(end);
        }
    }

    /// The agent waits for an answer: `name` and `value` tell GraphQL clients, the run's end tells AG-UI's.
    pub(in crate::agents) fn waits(&mut self, name: &str, value: Value, id_prefix: &str) {
        let id = format!("{id_prefix}{}", Uuid::new_v4());
        let asked = value.get("value").unwrap_or(&value);
        let mut interrupt = Interrupt::new(id, name);
        interrupt.message = asked.as_str().map(str::to_owned);
        interrupt.metadata = Some(json!({"value": value}));
        self.waits_for(interrupt, name, value);
    }

    /// The same, in AG-UI's words and in those of a custom event.
    pub(in crate::agents) fn waits_for(&mut self, interrupt: Interrupt, name: &str, value: Value) {
        self.interrupts.push(interrupt);
        self.custom(name, value);
    }

    /// The agent is done: all that is open ends.
    pub(in crate::agents) fn end(&mut self) {
        self.reasoning_ends();
        for id in std::mem::take(&mut self.texts) {
            self.put(TextMessageEndEvent::new(id));
        }
        for (id, _) in std::mem::take(&mut self.calls) {
            self.put(ToolCallEndEvent::new(id));
        }
        self.step_ends(Some(&json!({"type": "AgentStateMessage"})));
        let mut end = RunFinishedEvent::new(&*self.thread, &*self.run);
        let interrupts = std::mem::take(&mut self.interrupts);
        if !interrupts.is_empty() {
            end.outcome = Some(RunFinishedInterruptOutcome::new(interrupts).into());
        }
        let usage = std::mem::take(&mut self.usage);
        end.usage = (!usage.is_empty()).then_some(usage);
        if end.outcome.is_some() || end.usage.is_some() {
            self.put(end);
        }
    }
}

fn add(known: &mut TokenUsage, usage: &TokenUsage) {
    let sums = [
        (&mut known.input_tokens, usage.input_tokens),
        (&mut known.output_tokens, usage.output_tokens),
        (&mut known.total_tokens, usage.total_tokens),
        (&mut known.reasoning_tokens, usage.reasoning_tokens),
        (&mut known.cached_input_tokens, usage.cached_input_tokens),
        (
            &mut known.cache_write_input_tokens,
            usage.cache_write_input_tokens,
        ),
    ];
    for (sum, more) in sums {
        if let Some(more) = more {
            *sum = Some(sum.unwrap_or_default() + more);
        }
    }
}
