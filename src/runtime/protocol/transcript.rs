//! What a run leaves behind: the agent's state and the thread's messages, folded from the events.

use std::collections::HashMap;

use serde_json::Value;

use crate::generated::agui::{
    AssistantMessage, Event, FunctionCall, Message, TextMessageRole, ToolCall, ToolMessage,
};

/// The state and messages of a thread as the events of a run change them.
#[derive(Debug, Clone, Default)]
pub struct Transcript {
    /// The last state; `None` if neither the client nor the run set one.
    pub state: Option<Value>,
    /// The thread's messages, in order.
    pub messages: Vec<Message>,
    /// Where the message of an id is.
    messages_by_id: HashMap<String, usize>,
    /// In which message, and where in it, a tool call is.
    calls: HashMap<String, (usize, usize)>,
}

impl Transcript {
    /// Starts from what the client sent.
    pub fn new(state: Option<Value>, messages: Vec<Message>) -> Self {
        let mut transcript = Self {
            state,
            ..Self::default()
        };
        transcript.reset(messages);
        transcript
    }

    fn reset(&mut self, messages: Vec<Message>) {
        self.messages = messages;
        self.messages_by_id.clear();
        self.calls.clear();
        for (at, message) in self.messages.iter().enumerate() {
            if let Message::Assistant(message) = message {
                self.messages_by_id.insert(message.id.clone(), at);
                for (call_at, call) in message.tool_calls.iter().flatten().enumerate() {
                    self.calls.insert(call.id.clone(), (at, call_at));
                }
            }
        }
    }

    /// Follows one event. Events that leave nothing behind change nothing.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::StateSnapshot(event) => self.state = Some(event.snapshot.clone()),
            Event::StateDelta(event) => self.patch(&event.delta),
            Event::MessagesSnapshot(event) => self.reset(event.messages.clone()),
            Event::TextMessageStart(event) => match event.role {
                None | Some(TextMessageRole::Assistant) => {
                    self.assistant(&event.message_id);
                }
                Some(_) => {}
            },
            Event::TextMessageContent(event) => {
                if let Some(at) = self.messages_by_id.get(&event.message_id)
                    && let Some(Message::Assistant(message)) = self.messages.get_mut(*at)
                {
                    message
                        .content
                        .get_or_insert_default()
                        .push_str(&event.delta);
                }
            }
            Event::ToolCallStart(event) => {
                let id = event.parent_message_id.as_ref();
                let at = self.assistant(id.unwrap_or(&event.tool_call_id));
                if let Some(Message::Assistant(message)) = self.messages.get_mut(at) {
                    let calls = message.tool_calls.get_or_insert_default();
                    calls.push(ToolCall::new(
                        event.tool_call_id.clone(),
                        FunctionCall::new(event.tool_call_name.clone(), ""),
                    ));
                    let place = (at, calls.len() - 1);
                    self.calls.insert(event.tool_call_id.clone(), place);
                }
            }
            Event::ToolCallArgs(event) => {
                if let Some((at, call_at)) = self.calls.get(&event.tool_call_id)
                    && let Some(Message::Assistant(message)) = self.messages.get_mut(*at)
                    && let Some(call) = message.tool_calls.iter_mut().flatten().nth(*call_at)
                {
                    call.function.arguments.push_str(&event.delta);
                }
            }
            Event::ToolCallResult(event) => self.messages.push(
                ToolMessage::new(
                    event.message_id.clone(),
                    event.content.clone(),
                    event.tool_call_id.clone(),
                )
                .into(),
            ),
            _ => {}
        }
    }

    /// The assistant message of this id, made if it is new.
    fn assistant(&mut self, id: &str) -> usize {
        if let Some(at) = self.messages_by_id.get(id) {
            return *at;
        }
        self.messages.push(AssistantMessage::new(id).into());
        let at = self.messages.len() - 1;
        self.messages_by_id.insert(id.to_owned(), at);
        at
    }

    /// Applies a JSON Patch; one that does not fit is ignored whole, as AG-UI's clients do.
    fn patch(&mut self, delta: &[crate::generated::agui::JsonPatchOperation]) {
        let Ok(patch) =
            serde_json::to_value(delta).and_then(serde_json::from_value::<json_patch::Patch>)
        else {
            return;
        };
        let mut state = self
            .state
            .clone()
            .unwrap_or_else(|| Value::Object(Default::default()));
        if let Err(error) = json_patch::patch(&mut state, &patch) {
            tracing::warn!(%error, "a state delta does not fit the state and is left out");
            return;
        }
        self.state = Some(state);
    }
}
