//! What an agent waits for, as meta-events: AG-UI's interrupts, and the custom events by which LangGraph's agents told of
//! them before (upstream 1.10.6).

use chrono::Utc;
use serde_json::Value;
use uuid::Uuid;

use super::status::success;
use crate::generated::agui::{CustomEvent, RunFinishedEvent, RunFinishedOutcome};
use crate::generated::graphql::{
    ActionExecutionMessageOutput, BaseMessageOutput, BaseMetaEvent,
    CopilotKitLangGraphInterruptEvent, CopilotKitLangGraphInterruptEventData,
    LangGraphInterruptEvent, MessageRole, MetaEventName, TextMessageOutput,
};
use crate::graphql::deferred::Deferred;
use crate::graphql::streamed::Streamed;

/// The meta-event of a custom event, if it is an interrupt.
pub(super) fn of_custom(event: &CustomEvent) -> Option<BaseMetaEvent> {
    match event.name.as_str() {
        "on_interrupt" | "LangGraphInterruptEvent" => Some(interrupt(text(&event.value))),
        "CopilotKitLangGraphInterruptEvent" => Some(with_messages(&event.value)),
        _ => None,
    }
}

/// The meta-event of a run that ended because it waits for answers: its value is the JSON list of AG-UI's interrupts.
/// With the client's answer it comes back, and tells which interrupts are meant.
pub(super) fn of_end(event: &RunFinishedEvent) -> Option<BaseMetaEvent> {
    match &event.outcome {
        Some(RunFinishedOutcome::Interrupt(outcome)) if !outcome.interrupts.is_empty() => {
            serde_json::to_string(&outcome.interrupts)
                .ok()
                .map(interrupt)
        }
        _ => None,
    }
}

fn interrupt(value: String) -> BaseMetaEvent {
    BaseMetaEvent::LangGraphInterruptEvent(LangGraphInterruptEvent {
        name: MetaEventName::LangGraphInterruptEvent,
        response: None,
        r#type: "MetaEvent".to_owned(),
        value,
    })
}

/// An interrupt that shows messages of its own.
fn with_messages(value: &Value) -> BaseMetaEvent {
    let messages = value["messages"].as_array().into_iter().flatten();
    BaseMetaEvent::CopilotKitLangGraphInterruptEvent(CopilotKitLangGraphInterruptEvent {
        data: CopilotKitLangGraphInterruptEventData {
            messages: messages.filter_map(message).collect(),
            value: text(value.get("value").unwrap_or(value)),
        },
        name: MetaEventName::CopilotKitLangGraphInterruptEvent,
        response: None,
        r#type: "MetaEvent".to_owned(),
    })
}

fn message(message: &Value) -> Option<BaseMessageOutput> {
    let id = message["id"].as_str();
    let id = id.map_or_else(|| format!("ck-{}", Uuid::new_v4()), str::to_owned);
    let created_at = Utc::now().into();
    if let Some(content) = message.get("content") {
        let message = TextMessageOutput {
            content: whole(text(content)),
            created_at,
            id,
            parent_message_id: None,
            role: role(message["role"].as_str()),
            status: Deferred::ready(success()),
        };
        return Some(message.into());
    }
    let message = ActionExecutionMessageOutput {
        arguments: whole(text(message.get("arguments")?)),
        created_at,
        id,
        name: message["name"].as_str()?.to_owned(),
        parent_message_id: None,
        scope: None,
        status: Deferred::ready(success()),
    };
    Some(message.into())
}

fn whole(text: String) -> Streamed<String> {
    Streamed::new(futures_util::stream::iter([text]))
}

fn role(role: Option<&str>) -> MessageRole {
    match role {
        Some("user") => MessageRole::User,
        Some("system") => MessageRole::System,
        Some("developer") => MessageRole::Developer,
        Some("tool") => MessageRole::Tool,
        _ => MessageRole::Assistant,
    }
}

/// GraphQL has a string here; other values go as JSON.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
