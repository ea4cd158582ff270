//! What a graph tells by hand: messages, calls and state that no model made (`copilotkit_emit_message` and its like).

use serde::Deserialize;
use serde_json::Value;

use super::event::{StreamEvent, json_of, read};
use super::told::Told;

/// What a custom event left to do.
#[derive(Debug, PartialEq)]
pub(in crate::agents) enum Manual {
    /// Nothing: it is told.
    Told,
    /// The state is this, until the graph's own is known again.
    State(Value),
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ManualMessage {
    message_id: String,
    message: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ManualCall {
    id: String,
    name: String,
    args: Value,
}

/// `on_custom_event`. Names are CopilotKit's, or AG-UI's own, which lack the prefix.
pub(in crate::agents) fn by_hand(event: &StreamEvent<'_>, told: &mut Told) -> Manual {
    let name = event.name();
    match name.strip_prefix("copilotkit_").unwrap_or(&name) {
        "manually_emit_message" => {
            let data: ManualMessage = read(event.data);
            told.text(&data.message_id, &data.message);
            told.text_ends(&data.message_id);
        }
        "manually_emit_tool_call" => {
            let data: ManualCall = read(event.data);
            told.call_starts(&data.id, &data.name, &data.id);
            told.call_goes_on(&data.id, &arguments(&data.args));
            told.call_ends(&data.id);
        }
        "manually_emit_intermediate_state" | "manually_emit_state" => {
            return Manual::State(json_of(event.data));
        }
        "exit" => told.custom("Exit", Value::Object(Default::default())),
        _ => told.custom(&name, json_of(event.data)),
    }
    Manual::Told
}

/// Arguments as they are streamed: JSON, or the text of it.
fn arguments(args: &Value) -> String {
    match args {
        Value::String(text) => text.clone(),
        args => args.to_string(),
    }
}
