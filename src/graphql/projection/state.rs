//! Steps, state and interrupts of an agent: what upstream 1.10.6 shows as AgentStateMessage and as meta-events.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::status::success;
use super::{Subject, now};
use crate::generated::agui::Event;
use crate::generated::graphql::{
    AgentStateMessageOutput, BaseMetaEvent, LangGraphInterruptEvent, MessageRole, MetaEventName,
};
use crate::graphql::deferred::Deferred;

/// The agent as the client knows it: where it is and what its state is.
pub(super) struct AgentStateView {
    state: Value,
    node: String,
    active: bool,
    running: bool,
    /// Whether the run has set a state at all.
    stateful: bool,
}

impl Default for AgentStateView {
    fn default() -> Self {
        Self {
            state: Value::Object(Map::new()),
            node: String::new(),
            active: true,
            running: true,
            stateful: false,
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
        match event {
            Event::StepStarted(event) => {
                self.node.clone_from(&event.step_name);
                self.active = true;
            }
            Event::StepFinished(event) => {
                self.node.clone_from(&event.step_name);
                self.active = false;
            }
            Event::StateSnapshot(event) => self.set(event.snapshot.clone()),
            Event::StateDelta(event) => {
                let patch = serde_json::to_value(&event.delta).ok()?;
                let patch: json_patch::Patch = serde_json::from_value(patch).ok()?;
                let mut state = self.state.clone();
                json_patch::patch(&mut state, &patch).ok()?;
                self.set(state);
            }
            _ => return None,
        }
        Some(self.message(subject))
    }

    fn set(&mut self, state: Value) {
        self.state = state;
        self.stateful = true;
        self.active = true;
    }

    pub(super) fn custom(&mut self, name: &str) {
        if name == "Exit" {
            self.running = false;
        }
    }

    /// The last word on the state, for a run that had one.
    pub(super) fn finished(&mut self, subject: &Subject) -> Option<AgentStateMessageOutput> {
        self.active = false;
        self.stateful.then(|| self.message(subject))
    }

    fn message(&self, subject: &Subject) -> AgentStateMessageOutput {
        let mut state = self.state.clone();
        if let Some(state) = state.as_object_mut() {
            state.shift_remove("messages");
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

/// The meta-event of a custom event: an interrupt, whose value must be a string here.
pub(super) fn meta_event(name: &str, value: &Value) -> Option<BaseMetaEvent> {
    matches!(name, "on_interrupt" | "LangGraphInterruptEvent").then(|| {
        BaseMetaEvent::LangGraphInterruptEvent(LangGraphInterruptEvent {
            name: MetaEventName::LangGraphInterruptEvent,
            response: None,
            r#type: "MetaEvent".to_owned(),
            value: match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            },
        })
    })
}
