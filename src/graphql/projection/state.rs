//! Steps and state of an agent: what upstream 1.10.6 shows as AgentStateMessage.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::predict::Predictions;
use super::status::success;
use super::told::{self, Told};
use super::{Subject, messages, now};
use crate::generated::agui::{
    CustomEvent, Event, JsonPatchOperation, Message, ToolCallArgsEvent, ToolCallStartEvent,
};
use crate::generated::graphql::{AgentStateMessageOutput, MessageRole};
use crate::graphql::deferred::Deferred;

/// The agent as the client knows it: where it is and what its state is.
pub(super) struct AgentStateView {
    state: Value,
    /// The thread's messages, once the agent has told them: they show in its state.
    messages: Option<Vec<Message>>,
    predictions: Predictions,
    node: String,
    active: bool,
    running: bool,
    /// Whether the agent tells all this itself: nothing is added to it then.
    told: bool,
}

impl Default for AgentStateView {
    /// Upstream begins with an empty state, whatever the client holds (1.10.6).
    fn default() -> Self {
        Self {
            state: Value::Object(Map::new()),
            messages: None,
            predictions: Predictions::default(),
            node: String::new(),
            active: true,
            running: true,
            told: false,
        }
    }
}

impl AgentStateView {
    /// The message that shows what `event` changed, if it changed something.
    pub(super) fn take(
        &mut self,
        event: &Event,
        subject: &Subject,
    ) -> Option<AgentStateMessageOutput> {
        if let Some(told) = told::of(event) {
            self.told = true;
            return self.of_told(event, told);
        }
        let mut shown = None;
        match event {
            Event::StepStarted(event) => {
                event.step_name.clone_into(&mut self.node);
                self.step(true);
            }
            // Where steps overlap, the agent is where the last one began (upstream 1.10.6).
            Event::StepFinished(_) => self.step(false),
            Event::StateSnapshot(event) => self.set(event.snapshot.clone()),
            Event::StateDelta(event) => self.patch(&event.delta)?,
            Event::MessagesSnapshot(event) => {
                self.active = true;
                self.messages = Some(event.messages.clone());
                shown = Some(messages::current(&event.messages));
            }
            _ => return None,
        }
        Some(self.message(subject, shown))
    }

    /// What the agent says of itself, with the state as it is in its words. Steps say nothing that the state does not.
    fn of_told(&mut self, event: &Event, told: Told) -> Option<AgentStateMessageOutput> {
        let Event::StateSnapshot(event) = event else {
            return None;
        };
        self.set(event.snapshot.clone());
        Some(AgentStateMessageOutput {
            active: told.active,
            agent_name: told.agent_name,
            created_at: now(),
            id: format!("ck-{}", Uuid::new_v4()),
            node_name: told.node_name,
            role: MessageRole::Assistant,
            run_id: told.run_id,
            running: told.running,
            state: event.snapshot.to_string(),
            status: Deferred::ready(success()),
            thread_id: told.thread_id,
        })
    }

    fn step(&mut self, active: bool) {
        self.active = active;
        self.predictions.clear();
    }

    fn set(&mut self, state: Value) {
        self.state = state;
        self.active = true;
    }

    /// Applies a JSON Patch. One that does not fit changes nothing.
    fn patch(&mut self, delta: &[JsonPatchOperation]) -> Option<()> {
        let patch = serde_json::to_value(delta).ok()?;
        let patch: json_patch::Patch = serde_json::from_value(patch).ok()?;
        json_patch::patch(&mut self.state, &patch).ok()?;
        self.active = true;
        Some(())
    }

    pub(super) fn custom(&mut self, event: &CustomEvent) {
        if event.name == "Exit" {
            self.running = false;
        }
        self.predictions.announce(event);
    }

    pub(super) fn call_started(&mut self, event: &ToolCallStartEvent) {
        self.predictions.start(event);
    }

    /// The message that shows the state which arguments of a tool call tell of.
    pub(super) fn predicted(
        &mut self,
        event: &ToolCallArgsEvent,
        subject: &Subject,
    ) -> Option<AgentStateMessageOutput> {
        let (key, value) = self.predictions.predict(event)?;
        if !self.state.is_object() {
            self.state = Value::Object(Map::new());
        }
        self.state.as_object_mut()?.insert(key, value);
        self.active = true;
        Some(self.message(subject, None))
    }

    /// The last word on the state, for a run that has one.
    pub(super) fn finished(&mut self, subject: &Subject) -> Option<AgentStateMessageOutput> {
        if self.told {
            return None;
        }
        self.active = false;
        let empty = match &self.state {
            Value::Object(state) => state.keys().all(|key| key == "messages"),
            _ => true,
        };
        if empty && self.messages.is_none() {
            return None;
        }
        let shown = self
            .messages
            .as_deref()
            .map(messages::flat)
            .map(Value::from);
        Some(self.message(subject, shown))
    }

    /// The state as it is; `messages` in it are the thread's, and shown only where the agent has just told them.
    fn message(&self, subject: &Subject, messages: Option<Value>) -> AgentStateMessageOutput {
        let mut state = self.state.clone();
        if let Some(state) = state.as_object_mut() {
            state.shift_remove("messages");
            if let Some(messages) = messages {
                state.insert("messages".to_owned(), messages);
            }
        }
        AgentStateMessageOutput {
            active: self.active,
            agent_name: subject.agent.clone(),
            created_at: now(),
            id: format!("ck-{}", Uuid::new_v4()),
            node_name: self.node.clone(),
            role: MessageRole::Assistant,
            run_id: subject.run_id.clone(),
            running: self.running,
            state: state.to_string(),
            status: Deferred::ready(success()),
            thread_id: subject.thread_id.clone(),
        }
    }
}
