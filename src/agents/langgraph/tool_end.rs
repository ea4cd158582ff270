//! The results of tools that a graph calls itself, and the calls of those that no model was seen to call.

use serde_json::Value;
use uuid::Uuid;

use super::reader::data_of;
use crate::agents::langchain::{Models, StreamEvent, Told};

/// `on_tool_end`: the tool gave a message, or a command that has some for the state.
pub(super) fn tell(event: &StreamEvent<'_>, models: &Models, told: &mut Told) {
    let data = data_of(event);
    let output = &data["output"];
    let in_command = output["update"]["messages"]
        .as_array()
        .into_iter()
        .flatten();
    let results = std::iter::once(output).chain(in_command);
    for result in results.filter(|it| it["tool_call_id"].is_string()) {
        let call = result["tool_call_id"].as_str().unwrap_or_default();
        if models.hides(call) {
            continue;
        }
        let given = result["id"].as_str().map(str::to_owned);
        if !told.knows_call(call) {
            let message = given.clone().unwrap_or_else(|| Uuid::new_v4().to_string());
            let name = result["name"].as_str().unwrap_or_default();
            told.call_starts(call, name, &message);
            told.call_goes_on(call, &data["input"].to_string());
        }
        let id = given.unwrap_or_else(|| format!("result-{call}"));
        told.result_as(&id, call, content(&result["content"]));
    }
}

fn content(content: &Value) -> String {
    match content {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(blocks) => {
            let texts = blocks.iter().map(|block| match block {
                Value::String(text) => text.clone(),
                block if block["type"] == "text" => {
                    block["text"].as_str().unwrap_or_default().to_owned()
                }
                block => block.to_string(),
            });
            texts.collect()
        }
        other => other.to_string(),
    }
}
