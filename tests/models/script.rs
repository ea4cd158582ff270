//! What a model says, written as each provider's public documentation has it.

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use serde_json::{Value, json};

/// One provider's wire format.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wire {
    Anthropic,
    Bedrock,
    Google,
    Responses,
}

pub const WIRES: [Wire; 4] = [
    Wire::Anthropic,
    Wire::Bedrock,
    Wire::Google,
    Wire::Responses,
];

/// One thing that a model says.
#[derive(Clone, Copy)]
pub enum Say {
    Text(&'static str),
    /// With what the provider wants back with it.
    Thought(&'static str, &'static str),
    /// Id, tool and arguments.
    Call(&'static str, &'static str, &'static str),
}

/// The bytes of an answer of which only the beginning has been said.
pub fn begin(wire: Wire, says: &[Say]) -> Vec<u8> {
    match wire {
        Wire::Anthropic => anthropic(says).into_bytes(),
        Wire::Bedrock => bedrock(says),
        Wire::Google => says
            .iter()
            .flat_map(|say| google(*say).into_bytes())
            .collect(),
        Wire::Responses => responses(says).into_bytes(),
    }
}

/// A whole answer.
pub fn answer(wire: Wire, says: &[Say]) -> Vec<u8> {
    let calls = says.iter().any(|say| matches!(say, Say::Call(..)));
    let mut bytes = begin(wire, says);
    bytes.extend(end(wire, calls));
    bytes
}

/// A message of AWS's event streams: an `event` or an `exception` of this type.
pub fn message(kind: &str, what: &str, payload: &Value) -> Vec<u8> {
    let text = |text: &str| HeaderValue::String(text.to_owned().into());
    let message = Message::new(payload.to_string().into_bytes())
        .add_header(Header::new(format!(":{kind}-type"), text(what)))
        .add_header(Header::new(":content-type", text("application/json")))
        .add_header(Header::new(":message-type", text(kind)));
    let mut bytes = Vec::new();
    write_message_to(&message, &mut bytes).expect("a message");
    bytes
}

fn bedrock(says: &[Say]) -> Vec<u8> {
    let mut bytes = message(
        "event",
        "messageStart",
        &json!({"role": "assistant", "p": "abc"}),
    );
    let mut tell = |what: &str, payload: Value| bytes.extend(message("event", what, &payload));
    for (index, say) in says.iter().enumerate() {
        let deltas = match *say {
            Say::Text(text) => vec![json!({"text": text})],
            Say::Thought(thought, signature) => vec![
                json!({"reasoningContent": {"text": thought}}),
                json!({"reasoningContent": {"signature": signature}}),
            ],
            Say::Call(id, name, arguments) => {
                let start = json!({"toolUse": {"toolUseId": id, "name": name}});
                tell(
                    "contentBlockStart",
                    json!({"contentBlockIndex": index, "start": start}),
                );
                vec![json!({"toolUse": {"input": arguments}})]
            }
        };
        for delta in deltas {
            let payload = json!({"contentBlockIndex": index, "delta": delta, "p": "abcdefgh"});
            tell("contentBlockDelta", payload);
        }
        tell("contentBlockStop", json!({"contentBlockIndex": index}));
    }
    bytes
}

fn event(data: Value) -> String {
    match data["type"].as_str() {
        Some(kind) => format!("event: {kind}\ndata: {data}\n\n"),
        None => format!("data: {data}\n\n"),
    }
}

fn anthropic(says: &[Say]) -> String {
    let usage = json!({"input_tokens": 10, "cache_creation_input_tokens": 3, "cache_read_input_tokens": 4, "output_tokens": 1});
    let mut text = event(json!({"type": "message_start", "message":
        {"id": "msg_1", "type": "message", "role": "assistant", "content": [], "stop_reason": null, "usage": usage}}));
    text += &event(json!({"type": "ping"}));
    for (index, say) in says.iter().enumerate() {
        let (block, deltas) = match *say {
            Say::Text(text) => (
                json!({"type": "text", "text": ""}),
                vec![json!({"type": "text_delta", "text": text})],
            ),
            Say::Thought(thought, signature) => (
                json!({"type": "thinking", "thinking": "", "signature": ""}),
                vec![
                    json!({"type": "thinking_delta", "thinking": thought}),
                    json!({"type": "signature_delta", "signature": signature}),
                ],
            ),
            Say::Call(id, name, arguments) => (
                json!({"type": "tool_use", "id": id, "name": name, "input": {}}),
                ["", arguments]
                    .map(|piece| json!({"type": "input_json_delta", "partial_json": piece}))
                    .to_vec(),
            ),
        };
        text +=
            &event(json!({"type": "content_block_start", "index": index, "content_block": block}));
        for delta in deltas {
            text += &event(json!({"type": "content_block_delta", "index": index, "delta": delta}));
        }
        text += &event(json!({"type": "content_block_stop", "index": index}));
    }
    text
}

fn google(say: Say) -> String {
    let part = match say {
        Say::Text(text) => json!({"text": text}),
        Say::Thought(thought, _) => json!({"text": thought, "thought": true}),
        Say::Call(id, name, arguments) => {
            let arguments: Value = serde_json::from_str(arguments).unwrap();
            json!({"functionCall": {"name": name, "args": arguments}, "thoughtSignature": format!("sig-of-{id}")})
        }
    };
    let content = json!({"role": "model", "parts": [part]});
    event(
        json!({"candidates": [{"content": content, "index": 0}], "responseId": "goo_1", "modelVersion": "gemini"}),
    )
}

fn responses(says: &[Say]) -> String {
    let mut text = event(
        json!({"type": "response.created", "response": {"id": "resp_1", "status": "in_progress", "error": null}}),
    );
    for (index, say) in says.iter().enumerate() {
        let (kind, item, deltas) = match *say {
            Say::Text(text) => (
                "response.output_text.delta",
                json!({"type": "message", "id": "msg_1"}),
                vec![text],
            ),
            Say::Thought(thought, seal) => (
                "response.reasoning_summary_text.delta",
                json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": seal}),
                vec![thought],
            ),
            Say::Call(id, name, arguments) => (
                "response.function_call_arguments.delta",
                json!({"type": "function_call", "id": "fc_1", "call_id": id, "name": name, "arguments": ""}),
                vec![arguments],
            ),
        };
        let mut begun = item.clone();
        begun["encrypted_content"] = Value::Null;
        text += &event(
            json!({"type": "response.output_item.added", "output_index": index, "item": begun}),
        );
        for delta in deltas {
            text += &event(json!({"type": kind, "output_index": index, "delta": delta}));
        }
        text += &event(
            json!({"type": "response.output_item.done", "output_index": index, "item": item}),
        );
    }
    text
}

fn end(wire: Wire, calls: bool) -> Vec<u8> {
    let text = match wire {
        Wire::Bedrock => {
            let reason = if calls { "tool_use" } else { "end_turn" };
            let usage = json!({"inputTokens": 10, "outputTokens": 5, "totalTokens": 15,
                "cacheReadInputTokens": 4, "cacheWriteInputTokens": 3});
            let stop = message("event", "messageStop", &json!({"stopReason": reason}));
            let metadata = json!({"usage": usage, "metrics": {"latencyMs": 1}});
            return [stop, message("event", "metadata", &metadata)].concat();
        }
        Wire::Anthropic => {
            let reason = if calls { "tool_use" } else { "end_turn" };
            event(
                json!({"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 5}}),
            ) + &event(json!({"type": "message_stop"}))
        }
        Wire::Google => event(
            json!({"candidates": [{"content": {"role": "model", "parts": []}, "finishReason": "STOP", "index": 0}],
            "usageMetadata": {"promptTokenCount": 17, "cachedContentTokenCount": 4, "candidatesTokenCount": 5, "totalTokenCount": 22}}),
        ),
        Wire::Responses => event(
            json!({"type": "response.completed", "response": {"id": "resp_1", "status": "completed", "error": null,
            "usage": {"input_tokens": 17, "input_tokens_details": {"cached_tokens": 4}, "output_tokens": 5,
                "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 22}}}),
        ),
    };
    text.into_bytes()
}
