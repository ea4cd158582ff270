//! What a run leaves behind: the agent's state and the thread's messages, folded from the events as `@ag-ui/client` does.

mod activity;
mod list;
mod snapshot;

#[cfg(test)]
mod tests;

use serde_json::Value;

use super::document::{Document, Room, Unfit};
use super::metadata;
use crate::generated::agui::{
    AssistantMessage, DeveloperMessage, Event, FunctionCall, Message, MessageContent,
    ReasoningEncryptedValueEvent, ReasoningEncryptedValueSubtype, ReasoningMessage,
    ReasoningMessageStartEvent, SystemMessage, TextMessageRole, TextMessageStartEvent, ToolCall,
    ToolCallResultEvent, ToolCallStartEvent, ToolMessage, UserMessage,
};
use list::{Kind, List};

/// The state and messages of a thread as the events of a run change them.
#[derive(Debug, Clone, Default)]
pub struct Transcript {
    state: Document,
    list: List,
    /// What activities show.
    activities: Room,
    /// Whether the log knows that something was left out.
    complained: bool,
}

impl Transcript {
    /// Starts from what the client sent. A client without a state sends `{}`.
    pub fn new(state: Option<Value>, messages: Vec<Message>) -> Self {
        let state = state.filter(|state| match state {
            Value::Null => false,
            Value::Object(state) => !state.is_empty(),
            _ => true,
        });
        Self {
            state: Document::new(state),
            list: List::new(messages),
            ..Self::default()
        }
    }

    /// The last state, `None` if neither the client nor the run set one, and the thread's messages, in order.
    pub fn into_parts(self) -> (Option<Value>, Vec<Message>) {
        (self.state.into_value(), self.list.into_messages())
    }

    /// Follows one event. Events that leave nothing behind change nothing.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::TextMessageStart(event) => self.start_text(event),
            Event::TextMessageContent(event) => {
                if let Some(message) = self.list.get_mut(Kind::Text, &event.message_id) {
                    push_text(message, &event.delta);
                    merge_metadata(message, event.metadata.as_deref());
                }
            }
            Event::TextMessageEnd(event) => {
                self.describe(Kind::Text, &event.message_id, event.metadata.as_deref());
            }
            Event::ToolCallStart(event) => self.start_call(event),
            Event::ToolCallArgs(event) => {
                if let Some(call) = self.list.call_mut(&event.tool_call_id) {
                    call.function.arguments.push_str(&event.delta);
                    metadata::merge(&mut call.metadata, event.metadata.as_deref());
                }
            }
            Event::ToolCallEnd(event) => {
                if let Some(call) = self.list.call_mut(&event.tool_call_id) {
                    metadata::merge(&mut call.metadata, event.metadata.as_deref());
                }
            }
            Event::ToolCallResult(event) => self.result(event),
            Event::ReasoningMessageStart(event) => self.start_reasoning(event),
            Event::ReasoningMessageContent(event) => {
                let message = self.list.get_mut(Kind::Reasoning, &event.message_id);
                if let Some(Message::Reasoning(message)) = message {
                    message.content.push_str(&event.delta);
                    metadata::merge(&mut message.metadata, event.metadata.as_deref());
                }
            }
            Event::ReasoningMessageEnd(event) => {
                self.describe(
                    Kind::Reasoning,
                    &event.message_id,
                    event.metadata.as_deref(),
                );
            }
            Event::ReasoningEncryptedValue(event) => self.encrypted(event),
            event => self.apply_whole(event),
        }
    }

    /// Events that stand alone.
    fn apply_whole(&mut self, event: &Event) {
        let applied = match event {
            Event::StateSnapshot(event) => self.state.set(&event.snapshot),
            Event::StateDelta(event) => self.state.patch(&event.delta),
            Event::ActivitySnapshot(event) => {
                activity::snapshot(&mut self.list, &mut self.activities, event)
            }
            Event::ActivityDelta(event) => {
                activity::delta(&mut self.list, &mut self.activities, event)
            }
            Event::MessagesSnapshot(event) => {
                snapshot::apply(&mut self.list, event);
                Ok(())
            }
            Event::RunStarted(event) => {
                let input = event.input.iter();
                for message in input.flat_map(|input| &input.messages) {
                    self.list.add_new(message);
                }
                Ok(())
            }
            _ => Ok(()),
        };
        if let Err(unfit) = applied {
            self.complain(event, &unfit);
        }
    }

    /// Logs the first change that was left out; an agent may send many.
    fn complain(&mut self, event: &Event, unfit: &Unfit) {
        if !std::mem::replace(&mut self.complained, true) {
            tracing::warn!(
                error = %unfit,
                event = event.event_type(),
                "a change of an agent's state or activity does not fit and is left out, as are others like it in this run"
            );
        }
    }

    fn start_text(&mut self, event: &TextMessageStartEvent) {
        let id = &*event.message_id;
        if self.list.get_mut(Kind::Text, id).is_none() {
            let (name, subagent_run_id) = (event.name.clone(), event.subagent_run_id.clone());
            self.list.push(match event.role {
                None | Some(TextMessageRole::Assistant) => AssistantMessage {
                    name,
                    subagent_run_id,
                    content: Some(String::new()),
                    ..AssistantMessage::new(id)
                }
                .into(),
                Some(TextMessageRole::User) => UserMessage {
                    name,
                    subagent_run_id,
                    ..UserMessage::new(id, "")
                }
                .into(),
                Some(TextMessageRole::Developer) => DeveloperMessage {
                    name,
                    subagent_run_id,
                    ..DeveloperMessage::new(id, "")
                }
                .into(),
                Some(TextMessageRole::System) => SystemMessage {
                    name,
                    subagent_run_id,
                    ..SystemMessage::new(id, "")
                }
                .into(),
            });
        }
        self.describe(Kind::Text, id, event.metadata.as_deref());
    }

    fn start_reasoning(&mut self, event: &ReasoningMessageStartEvent) {
        let id = &*event.message_id;
        if self.list.get_mut(Kind::Reasoning, id).is_none() {
            let mut message = ReasoningMessage::new(id, "");
            message.subagent_run_id = event.subagent_run_id.clone();
            self.list.push(message.into());
        }
        self.describe(Kind::Reasoning, id, event.metadata.as_deref());
    }

    /// A call that is known already, as when an interrupted run goes on, is started anew but not made twice.
    fn start_call(&mut self, event: &ToolCallStartEvent) {
        let id = &*event.tool_call_id;
        if let Some(call) = self.list.call_mut(id) {
            call.function.name.clone_from(&event.tool_call_name);
            metadata::merge(&mut call.metadata, event.metadata.as_deref());
            return;
        }
        let mut call = ToolCall::new(id, FunctionCall::new(&*event.tool_call_name, ""));
        call.metadata = event.metadata.as_deref().cloned();
        self.list.push_call(
            event.parent_message_id.as_deref(),
            call,
            event.subagent_run_id.as_ref(),
        );
    }

    fn result(&mut self, event: &ToolCallResultEvent) {
        let id = &*event.message_id;
        let mut message = ToolMessage::new(id, event.content.clone(), &*event.tool_call_id);
        message.subagent_run_id = event.subagent_run_id.clone();
        message.metadata = event.metadata.clone();
        self.list.push_result(message);
    }

    fn encrypted(&mut self, event: &ReasoningEncryptedValueEvent) {
        let id = &*event.entity_id;
        let value = match event.subtype {
            ReasoningEncryptedValueSubtype::ToolCall => {
                self.list.call_mut(id).map(|call| &mut call.encrypted_value)
            }
            ReasoningEncryptedValueSubtype::Message => {
                let kind = match self.list.get_mut(Kind::Reasoning, id) {
                    Some(_) => Kind::Reasoning,
                    None => Kind::Text,
                };
                let message = self.list.get_mut(kind, id);
                message.and_then(encrypted_value)
            }
        };
        if let Some(value) = value {
            *value = Some(event.encrypted_value.clone());
        }
    }

    fn describe(&mut self, kind: Kind, id: &str, later: Option<&Value>) {
        if later.is_some()
            && let Some(message) = self.list.get_mut(kind, id)
        {
            merge_metadata(message, later);
        }
    }
}

fn push_text(message: &mut Message, delta: &str) {
    match message {
        Message::Assistant(message) => message.content.get_or_insert_default().push_str(delta),
        Message::Developer(message) => message.content.push_str(delta),
        Message::System(message) => message.content.push_str(delta),
        Message::User(UserMessage { content, .. }) | Message::Tool(ToolMessage { content, .. }) => {
            if let MessageContent::Text(text) = content {
                text.push_str(delta);
            }
        }
        Message::Activity(_) | Message::Reasoning(_) | Message::Other(_) => {}
    }
}

fn merge_metadata(message: &mut Message, later: Option<&Value>) {
    let metadata = match message {
        Message::Developer(message) => &mut message.metadata,
        Message::System(message) => &mut message.metadata,
        Message::Assistant(message) => &mut message.metadata,
        Message::User(message) => &mut message.metadata,
        Message::Tool(message) => &mut message.metadata,
        Message::Activity(message) => &mut message.metadata,
        Message::Reasoning(message) => &mut message.metadata,
        Message::Other(_) => return,
    };
    metadata::merge(metadata, later);
}

fn encrypted_value(message: &mut Message) -> Option<&mut Option<String>> {
    Some(match message {
        Message::Developer(message) => &mut message.encrypted_value,
        Message::System(message) => &mut message.encrypted_value,
        Message::Assistant(message) => &mut message.encrypted_value,
        Message::User(message) => &mut message.encrypted_value,
        Message::Tool(message) => &mut message.encrypted_value,
        Message::Reasoning(message) => &mut message.encrypted_value,
        Message::Activity(_) | Message::Other(_) => return None,
    })
}
