//! Messages that wait to be taken out of a projection: without the views of it that they will hold, which would keep the
//! projection, and with it the run, alive for ever.

use super::status::success;
use super::{Projection, now};
use crate::generated::agui::{
    ContentPart, MessageContent, TextMessageRole, TextMessageStartEvent, ToolCallResultEvent,
    ToolCallStartEvent,
};
use crate::generated::graphql::{
    ActionExecutionMessageOutput, AgentStateMessageOutput, BaseMessageOutput, MessageRole,
    ResultMessageOutput, TextMessageOutput,
};
use crate::graphql::deferred::Deferred;
use crate::graphql::scalars::DateTimeIso;

pub(super) struct Draft {
    created_at: DateTimeIso,
    kind: DraftKind,
}

enum DraftKind {
    Text {
        id: String,
        role: MessageRole,
        slot: usize,
    },
    Call {
        id: String,
        name: String,
        parent: Option<String>,
        slot: usize,
    },
    Result {
        call: String,
        name: String,
        result: String,
    },
    State(Box<AgentStateMessageOutput>),
}

impl From<DraftKind> for Draft {
    fn from(kind: DraftKind) -> Self {
        Self {
            created_at: now(),
            kind,
        }
    }
}

impl Draft {
    pub(super) fn text(event: &TextMessageStartEvent, slot: usize) -> Self {
        let id = event.message_id.clone();
        let role = role(event.role);
        DraftKind::Text { id, role, slot }.into()
    }

    pub(super) fn call(event: &ToolCallStartEvent, slot: usize) -> Self {
        DraftKind::Call {
            id: event.tool_call_id.clone(),
            name: event.tool_call_name.clone(),
            parent: event.parent_message_id.clone(),
            slot,
        }
        .into()
    }

    pub(super) fn result(event: &ToolCallResultEvent, name: String) -> Self {
        DraftKind::Result {
            call: event.tool_call_id.clone(),
            name,
            result: text(&event.content),
        }
        .into()
    }

    pub(super) fn state(message: AgentStateMessageOutput) -> Self {
        DraftKind::State(Box::new(message)).into()
    }

    /// Where its text or arguments arrive.
    pub(super) fn slot(&self) -> Option<usize> {
        match self.kind {
            DraftKind::Text { slot, .. } | DraftKind::Call { slot, .. } => Some(slot),
            DraftKind::Result { .. } | DraftKind::State(_) => None,
        }
    }

    /// The message, with its views.
    pub(super) fn finish(self, projection: &Projection) -> BaseMessageOutput {
        let created_at = self.created_at;
        match self.kind {
            DraftKind::Text { id, role, slot } => TextMessageOutput {
                content: projection.chunks(slot),
                created_at,
                id,
                parent_message_id: None,
                role,
                status: projection.message_status(slot),
            }
            .into(),
            DraftKind::Call {
                id,
                name,
                parent,
                slot,
            } => ActionExecutionMessageOutput {
                arguments: projection.chunks(slot),
                created_at,
                id,
                name,
                parent_message_id: parent,
                scope: None,
                status: projection.message_status(slot),
            }
            .into(),
            DraftKind::Result { call, name, result } => ResultMessageOutput {
                action_name: name,
                created_at,
                id: format!("result-{call}"),
                action_execution_id: call,
                result,
                status: Deferred::ready(success()),
            }
            .into(),
            DraftKind::State(message) => (*message).into(),
        }
    }
}

fn role(role: Option<TextMessageRole>) -> MessageRole {
    match role {
        None | Some(TextMessageRole::Assistant) => MessageRole::Assistant,
        Some(TextMessageRole::Developer) => MessageRole::Developer,
        Some(TextMessageRole::System) => MessageRole::System,
        Some(TextMessageRole::User) => MessageRole::User,
    }
}

/// A tool's result as GraphQL carries it: text. Parts without text have no place in this schema.
fn text(content: &MessageContent) -> String {
    match content {
        MessageContent::Text(text) => text.clone(),
        MessageContent::Parts(parts) => parts
            .iter()
            .filter_map(|part| match part {
                ContentPart::Text(part) => Some(part.text.as_str()),
                _ => None,
            })
            .collect::<Vec<_>>()
            .join("\n"),
    }
}
