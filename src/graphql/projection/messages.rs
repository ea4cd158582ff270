//! A thread's messages inside an agent's state: AG-UI's while the run goes on, upstream's old flat ones at its end (1.10.6).

use serde_json::{Map, Value, json};

use crate::generated::agui::{
    ContentPart, FunctionCall, Message, MessageContent, ToolCall, ToolMessage,
};

/// AG-UI's form, `id` and `role` in front as agents write it.
pub(super) fn current(messages: &[Message]) -> Value {
    messages.iter().map(in_order).collect()
}

fn in_order(message: &Message) -> Value {
    let Ok(Value::Object(mut message)) = serde_json::to_value(message) else {
        return Value::Null;
    };
    let mut ordered = Map::new();
    for key in ["id", "role"] {
        if let Some(value) = message.shift_remove(key) {
            ordered.insert(key.to_owned(), value);
        }
    }
    ordered.extend(message);
    Value::Object(ordered)
}

/// The old form: texts, calls and results each stand for themselves. What it has no word for is left out.
pub(crate) fn flat(messages: &[Message]) -> Vec<Value> {
    let mut flat = Vec::new();
    for message in messages {
        match message {
            Message::System(it) => flat.extend(text(&it.id, "system", &it.content)),
            Message::User(it) => flat.extend(text(&it.id, "user", &plain(&it.content))),
            Message::Assistant(it) => {
                let content = it.content.as_deref().unwrap_or_default();
                flat.extend(text(&it.id, "assistant", content));
                let calls = it.tool_calls.iter().flatten();
                flat.extend(calls.map(|made| call(made, &it.id)));
            }
            Message::Tool(it) => flat.push(result(it, messages)),
            Message::Developer(_)
            | Message::Activity(_)
            | Message::Reasoning(_)
            | Message::Other(_) => {}
        }
    }
    flat
}

fn text(id: &str, role: &str, content: &str) -> Option<Value> {
    (!content.is_empty()).then(|| json!({"id": id, "role": role, "content": content}))
}

fn call(call: &ToolCall, parent: &str) -> Value {
    let FunctionCall {
        name, arguments, ..
    } = &call.function;
    let arguments = serde_json::from_str(arguments).unwrap_or_else(|_| json!(arguments));
    json!({"id": call.id, "name": name, "arguments": arguments, "parentMessageId": parent})
}

fn result(message: &ToolMessage, messages: &[Message]) -> Value {
    let calls = messages.iter().filter_map(|message| match message {
        Message::Assistant(message) => message.tool_calls.as_ref(),
        _ => None,
    });
    let mut calls = calls.flatten();
    let call = calls.find(|call| call.id == message.tool_call_id);
    json!({
        "id": message.id,
        "result": plain(&message.content),
        "actionExecutionId": message.tool_call_id,
        "actionName": call.map_or("unknown", |call| &*call.function.name),
    })
}

/// The text of a message's content; parts without text have no place in the old form.
pub(super) fn plain(content: &MessageContent) -> String {
    match content {
        MessageContent::Text(text) => text.clone(),
        MessageContent::Parts(parts) => {
            let texts = parts.iter().filter_map(|part| match part {
                ContentPart::Text(part) if !part.text.is_empty() => Some(part.text.as_str()),
                _ => None,
            });
            texts.collect::<Vec<_>>().join("\n")
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn messages_become_flat() {
        let messages: Vec<Message> = serde_json::from_value(json!([
            {"id": "s", "role": "system", "content": "be nice"},
            {"id": "d", "role": "developer", "content": "unseen"},
            {"id": "u", "role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": ""}, {"type": "text", "text": "b"}]},
            {"id": "a", "role": "assistant", "toolCalls": [
                {"id": "c", "type": "function", "function": {"name": "look", "arguments": "{\"q\":1}"}},
                {"id": "d", "type": "function", "function": {"name": "odd", "arguments": "{\"q\""}},
            ]},
            {"id": "r", "role": "tool", "content": "found", "toolCallId": "c"},
            {"id": "o", "role": "tool", "content": "lost", "toolCallId": "x"},
            {"id": "t", "role": "reasoning", "content": "hm"},
        ]))
        .unwrap();
        let expected = json!([
            {"id": "s", "role": "system", "content": "be nice"},
            {"id": "u", "role": "user", "content": "a\nb"},
            {"id": "c", "name": "look", "arguments": {"q": 1}, "parentMessageId": "a"},
            {"id": "d", "name": "odd", "arguments": "{\"q\"", "parentMessageId": "a"},
            {"id": "r", "result": "found", "actionExecutionId": "c", "actionName": "look"},
            {"id": "o", "result": "lost", "actionExecutionId": "x", "actionName": "unknown"},
        ]);
        assert_eq!(Value::from(flat(&messages)), expected);
    }
}
