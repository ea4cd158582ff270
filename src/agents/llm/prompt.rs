//! The system prompt of a run: the configured one, then the application's context and state, under upstream's headings
//! (1.75.0).

use serde_json::Value;

use super::messages::{ChatMessage, Content};
use super::state::{DELTA_TOOL, SNAPSHOT_TOOL};
use crate::generated::agui::RunAgentInput;

/// The prompt; `None` where there is nothing to say.
pub(super) fn with_application(
    prompt: Option<&str>,
    request: &RunAgentInput,
    state_tools: bool,
) -> Option<String> {
    let mut text = prompt.unwrap_or_default().to_owned();
    let context = request.context.as_deref().unwrap_or_default();
    if !context.is_empty() {
        text.push_str("\n## Context from the application\n");
        for entry in context {
            text.push_str(&format!("{}:\n{}\n", entry.description, entry.value));
        }
    }
    if let Some(state) = request.state.as_ref().filter(|state| says_something(state)) {
        text.push_str("\n## Application State\nThe state that the user's application holds.");
        if state_tools {
            text.push_str(&format!(
                " To change it, call {DELTA_TOOL} for parts of it or {SNAPSHOT_TOOL} for all of it."
            ));
        }
        text.push_str(&format!("\n```json\n{state:#}\n```\n"));
    }
    (!text.is_empty()).then_some(text)
}

/// Adds what is said of tools to the application's first system message, or makes one of it (upstream 1.10.6).
pub(super) fn instruct<'a>(
    conversation: &mut Vec<ChatMessage<'a>>,
    system_role: &'static str,
    instructions: &'a str,
) {
    let system = conversation
        .iter_mut()
        .find_map(|message| match &mut message.content {
            Some(Content::Text(text)) if message.role == system_role => Some(text),
            _ => None,
        });
    match system {
        Some(text) if text.is_empty() => *text = instructions.into(),
        Some(text) => text.to_mut().push_str(&format!("\n\n{instructions}")),
        None => conversation.insert(0, ChatMessage::text(system_role, instructions)),
    }
}

fn says_something(state: &Value) -> bool {
    match state {
        Value::Null => false,
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => true,
    }
}
