//! The language of CrewAI agents: upstream's own runtime events (1.10.6), one JSON object in a line.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::failure;
use super::langgraph::BY_MESSAGE;
use crate::agents::langchain::{Told, Where};
use crate::runtime::error::AgentError;

/// What a run has told so far, as far as it matters for what comes.
#[derive(Default)]
pub(super) struct Crew {
    /// The id here of a message that has none there.
    nameless: Option<String>,
}

/// A runtime event.
#[derive(Deserialize)]
#[serde(tag = "type")]
enum RuntimeEvent {
    #[serde(rename_all = "camelCase")]
    TextMessageStart {
        message_id: String,
    },
    #[serde(rename_all = "camelCase")]
    TextMessageContent {
        message_id: String,
        content: String,
    },
    #[serde(rename_all = "camelCase")]
    TextMessageEnd {
        message_id: String,
    },
    #[serde(rename_all = "camelCase")]
    ActionExecutionStart {
        action_execution_id: String,
        action_name: String,
        #[serde(default)]
        parent_message_id: Option<String>,
    },
    #[serde(rename_all = "camelCase")]
    ActionExecutionArgs {
        action_execution_id: String,
        args: String,
    },
    #[serde(rename_all = "camelCase")]
    ActionExecutionEnd {
        action_execution_id: String,
    },
    #[serde(rename_all = "camelCase")]
    ActionExecutionResult {
        action_execution_id: String,
        #[serde(default)]
        result: Value,
    },
    AgentStateMessage(AgentStateMessage),
    MetaEvent {
        name: String,
        #[serde(default)]
        value: Value,
        #[serde(default)]
        data: Value,
    },
    RunError {
        #[serde(default)]
        error: Value,
    },
    /// The beginnings and ends of runs and nodes, which a state message tells again.
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AgentStateMessage {
    #[serde(default)]
    thread_id: String,
    #[serde(default)]
    agent_name: String,
    #[serde(default)]
    node_name: String,
    #[serde(default)]
    run_id: String,
    #[serde(default)]
    active: bool,
    #[serde(default)]
    running: bool,
    /// JSON in a text.
    #[serde(default)]
    state: Value,
}

impl From<AgentStateMessage> for Where {
    fn from(told: AgentStateMessage) -> Self {
        let state = match told.state {
            Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
            state => state,
        };
        Self {
            thread_id: told.thread_id,
            agent_name: told.agent_name,
            node_name: told.node_name,
            run_id: told.run_id,
            active: told.active,
            running: told.running,
            state,
        }
    }
}

impl Crew {
    /// Takes one line in. The failure that it tells of, if it does.
    pub(super) fn take(
        &mut self,
        line: &[u8],
        told: &mut Told,
    ) -> Result<Option<AgentError>, serde_json::Error> {
        match serde_json::from_slice(line)? {
            RuntimeEvent::TextMessageStart { message_id } => {
                self.nameless = None;
                told.text_starts(&self.id(&message_id));
            }
            RuntimeEvent::TextMessageContent {
                message_id,
                content,
            } => told.text(&self.id(&message_id), &content),
            RuntimeEvent::TextMessageEnd { message_id } => told.text_ends(&self.id(&message_id)),
            RuntimeEvent::ActionExecutionStart {
                action_execution_id: id,
                action_name,
                parent_message_id,
            } => {
                let parent = parent_message_id.filter(|parent| !parent.is_empty());
                told.call_starts(&id, &action_name, parent.as_ref().unwrap_or(&id));
            }
            RuntimeEvent::ActionExecutionArgs {
                action_execution_id,
                args,
            } => told.call_goes_on(&action_execution_id, &args),
            RuntimeEvent::ActionExecutionEnd {
                action_execution_id,
            } => told.call_ends(&action_execution_id),
            RuntimeEvent::ActionExecutionResult {
                action_execution_id,
                result,
            } => told.result(&action_execution_id, text(result)),
            RuntimeEvent::AgentStateMessage(message) => told.is_at(message.into()),
            RuntimeEvent::MetaEvent { name, value, data } => meta(&name, value, data, told),
            RuntimeEvent::RunError { error } => {
                let message = error["message"].as_str().map(str::to_owned);
                let message = message.unwrap_or_else(|| text(error));
                return Ok(Some(failure::told(None, &message, None)));
            }
            RuntimeEvent::Other => {}
        }
        Ok(None)
    }

    /// The message's id, or one for it: what the Python SDK (0.1.69) streams of a model has the id "", each time.
    fn id<'a>(&mut self, given: &'a str) -> Cow<'a, str> {
        if !given.is_empty() {
            return given.into();
        }
        let id = self
            .nameless
            .get_or_insert_with(|| Uuid::new_v4().to_string());
        id.clone().into()
    }
}

fn meta(name: &str, value: Value, data: Value, told: &mut Told) {
    match name {
        "LangGraphInterruptEvent" => told.waits("on_interrupt", value, ""),
        "CopilotKitLangGraphInterruptEvent" => told.waits(name, data, BY_MESSAGE),
        name => told.custom(name, value),
    }
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
