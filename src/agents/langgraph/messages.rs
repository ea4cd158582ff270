//! Messages between AG-UI and LangChain, whose messages LangGraph's servers take and keep.
//!
//! The shapes are those of `@ag-ui/langgraph` 0.0.43. Thoughts are for people and do not go back (upstream 1.75.0), nor do
//! developers' messages, which a graph has itself.

use serde_json::{Map, Value, json};

use crate::agents::langchain::texts;
use crate::generated::agui::{
    AssistantMessage, ContentPart, DataSource, FunctionCall, ImagePart, Message, MessageContent,
    PartSource, ReasoningMessage, SystemMessage, TextPart, ToolCall, ToolMessage, UrlSource,
    UserMessage,
};

/// The messages as LangChain takes them.
pub(super) fn to_langchain(messages: &[Message]) -> Vec<Value> {
    messages.iter().filter_map(written).collect()
}

fn written(message: &Message) -> Option<Value> {
    match message {
        Message::User(it) => Some(json!({
            "id": it.id, "type": "human", "role": "user", "content": content(&it.content),
        })),
        Message::System(it) => Some(json!({
            "id": it.id, "type": "system", "role": "system", "content": it.content,
        })),
        Message::Assistant(it) => {
            let calls = it.tool_calls.iter().flatten().map(|call| {
                let arguments = serde_json::from_str(&call.function.arguments);
                let arguments: Value = arguments.unwrap_or_else(|_| json!({}));
                json!({"id": call.id, "name": call.function.name, "args": arguments, "type": "tool_call"})
            });
            Some(json!({
                "id": it.id, "type": "ai", "role": "assistant",
                "content": it.content.as_deref().unwrap_or_default(),
                "tool_calls": calls.collect::<Vec<_>>(),
            }))
        }
        Message::Tool(it) => Some(json!({
            "id": it.id, "type": "tool", "role": "tool", "content": content(&it.content),
            "tool_call_id": it.tool_call_id,
            "status": if it.error.is_some() { "error" } else { "success" },
        })),
        Message::Developer(_)
        | Message::Activity(_)
        | Message::Reasoning(_)
        | Message::Other(_) => None,
    }
}

/// LangChain has one word for all that is no text: `image_url`.
fn content(content: &MessageContent) -> Value {
    let parts = match content {
        MessageContent::Text(text) => return text.clone().into(),
        MessageContent::Parts(parts) => parts,
    };
    let parts = parts.iter().filter_map(|part| match part {
        ContentPart::Text(part) => Some(json!({"type": "text", "text": part.text})),
        ContentPart::Image(part) => media(&part.source),
        ContentPart::Audio(part) => media(&part.source),
        ContentPart::Video(part) => media(&part.source),
        ContentPart::Document(part) => media(&part.source),
        ContentPart::Other(_) => None,
    });
    parts.collect()
}

fn media(source: &PartSource) -> Option<Value> {
    let url = match source {
        PartSource::Data(data) => format!("data:{};base64,{}", data.mime_type, data.value),
        PartSource::Url(url) => url.value.clone(),
        PartSource::File(_) | PartSource::Other(_) => return None,
    };
    Some(json!({"type": "image_url", "image_url": {"url": url}}))
}

/// A thread's messages as AG-UI has them. What is no message of a conversation is left out.
pub(super) fn from_langchain(messages: &[Value]) -> Vec<Message> {
    let mut read = Vec::with_capacity(messages.len());
    for (at, message) in messages.iter().enumerate() {
        let id = message["id"].as_str().map(str::to_owned);
        let id = id.unwrap_or_else(|| format!("message-{at}"));
        let content = &message["content"];
        match message["type"].as_str().unwrap_or_default() {
            "human" => read.push(UserMessage::new(id, said(content)).into()),
            "system" => read.push(SystemMessage::new(id, plain(content)).into()),
            "ai" | "AIMessageChunk" | "generic" => {
                read.extend(thoughts(content, &id));
                read.push(answered(message, id).into());
            }
            "tool" => {
                let call = message["tool_call_id"].as_str().unwrap_or_default();
                let content = MessageContent::Text(plain(content));
                let mut result = ToolMessage::new(id, content, call);
                // LangChain keeps no more of a failure.
                result.error = (message["status"] == "error").then(|| "error".to_owned());
                read.push(result.into());
            }
            _ => {}
        }
    }
    read
}

fn answered(message: &Value, id: String) -> AssistantMessage {
    let mut answer = AssistantMessage::new(id);
    answer.content = Some(texts(&message["content"]).into_owned());
    let calls = message["tool_calls"].as_array();
    answer.tool_calls = calls.map(|calls| {
        let calls = calls.iter().map(|call| {
            let text = |key: &str| call[key].as_str().unwrap_or_default().to_owned();
            let arguments = match &call["args"] {
                Value::Null => "{}".to_owned(),
                args => args.to_string(),
            };
            ToolCall::new(text("id"), FunctionCall::new(text("name"), arguments))
        });
        calls.collect()
    });
    answer
}

/// What a model thought before its answer.
fn thoughts(content: &Value, id: &str) -> Vec<Message> {
    let blocks = content.as_array().into_iter().flatten().enumerate();
    let thoughts = blocks.filter(|(_, block)| block["type"] == "reasoning");
    let thoughts = thoughts.filter_map(|(at, block)| {
        let summary = block["summary"].as_array().into_iter().flatten();
        let parts: Vec<_> = summary.filter_map(|part| part["text"].as_str()).collect();
        let flat = || block["reasoning"].as_str().or(block["text"].as_str());
        let text = match parts.is_empty() {
            false => parts.join("\n"),
            true => flat().unwrap_or_default().to_owned(),
        };
        let encrypted = block["encrypted_content"].as_str().map(str::to_owned);
        let given = block["id"].as_str().map(str::to_owned);
        if given.is_none() && text.is_empty() && encrypted.is_none() {
            return None;
        }
        let id = given.unwrap_or_else(|| format!("{id}-reasoning-{at}"));
        let mut thought = ReasoningMessage::new(id, text);
        thought.encrypted_value = encrypted;
        Some(thought.into())
    });
    thoughts.collect()
}

/// What a user said: text, or texts and pictures.
fn said(content: &Value) -> MessageContent {
    let Some(blocks) = content.as_array() else {
        return MessageContent::Text(plain(content));
    };
    let parts = blocks
        .iter()
        .filter_map(|block| match block["type"].as_str()? {
            "text" => Some(ContentPart::Text(TextPart::new(block["text"].as_str()?))),
            "image_url" => {
                let url = &block["image_url"];
                let url = url.as_str().or_else(|| url["url"].as_str())?;
                Some(ContentPart::Image(ImagePart::new(picture(url))))
            }
            _ => None,
        });
    MessageContent::Parts(parts.collect())
}

fn picture(url: &str) -> PartSource {
    let data = url.strip_prefix("data:").and_then(|it| it.split_once(','));
    match data {
        Some((kind, data)) => {
            let kind = kind.split(';').next().unwrap_or_default();
            PartSource::Data(DataSource::new(data, kind))
        }
        None => PartSource::Url(UrlSource::new(url)),
    }
}

/// A content as text; JSON where it is something else.
fn plain(content: &Value) -> String {
    match content {
        Value::Null => String::new(),
        Value::String(_) | Value::Array(_) => texts(content).into_owned(),
        other => other.to_string(),
    }
}

/// A thread's messages as clients of `loadAgentState` read them (upstream 1.10.6): calls and results stand for themselves, a
/// result behind its call.
pub(super) fn flat(messages: &[Value]) -> Vec<Value> {
    let mut told = Vec::new();
    for message in messages {
        let (id, content) = (&message["id"], plain(&message["content"]));
        match message["type"].as_str().unwrap_or_default() {
            "human" => told.push(json!({"role": "user", "content": content, "id": id})),
            "system" => told.push(json!({"role": "system", "content": content, "id": id})),
            "ai" => {
                let calls = message["tool_calls"].as_array().map_or(&[][..], |it| it);
                if calls.is_empty() || !content.is_empty() {
                    told.push(json!({
                        "role": "assistant", "content": content, "id": id, "parentMessageId": id,
                    }));
                }
                for call in calls {
                    told.push(json!({
                        "id": call["id"], "name": call["name"], "arguments": call["args"],
                        "parentMessageId": id,
                    }));
                    told.extend(result(messages, call));
                }
            }
            _ => {}
        }
    }
    told
}

fn result(messages: &[Value], call: &Value) -> Option<Value> {
    let of_call =
        |message: &&Value| message["type"] == "tool" && message["tool_call_id"] == call["id"];
    let result = messages.iter().find(of_call)?;
    Some(json!({
        "actionExecutionId": call["id"], "actionName": call["name"],
        "result": plain(&result["content"]), "id": result["id"],
    }))
}

/// The messages in a state.
pub(super) fn of_state(values: &Map<String, Value>) -> &[Value] {
    let messages = values.get("messages").and_then(Value::as_array);
    messages.map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn agui(messages: Value) -> Vec<Message> {
        serde_json::from_value(messages).unwrap()
    }

    #[test]
    fn messages_go_to_langchain_and_come_back() {
        let messages = agui(json!([
            {"id": "s", "role": "system", "content": "be brief"},
            {"id": "d", "role": "developer", "content": "not told"},
            {"id": "u", "role": "user", "content": [
                {"type": "text", "text": "see"},
                {"type": "image", "source": {"type": "data", "value": "QUJD", "mimeType": "image/png"}},
                {"type": "image", "source": {"type": "url", "value": "http://h/p"}}]},
            {"id": "r", "role": "reasoning", "content": "hm"},
            {"id": "a", "role": "assistant", "content": "", "toolCalls": [
                {"id": "c", "type": "function", "function": {"name": "look", "arguments": "{\"at\":1}"}}]},
            {"id": "t", "role": "tool", "toolCallId": "c", "content": "seen", "error": "error"},
        ]));
        let written = to_langchain(&messages);
        let kinds: Vec<_> = written
            .iter()
            .map(|it| it["type"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, ["system", "human", "ai", "tool"]);
        assert_eq!(
            written[1]["content"][1],
            json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}})
        );
        assert_eq!(
            written[2]["tool_calls"],
            json!([{"id": "c", "name": "look", "args": {"at": 1}, "type": "tool_call"}])
        );
        assert_eq!(
            (&written[3]["tool_call_id"], &written[3]["status"]),
            (&json!("c"), &json!("error"))
        );
        let kept = [0, 2, 4, 5].map(|at: usize| messages[at].clone());
        assert_eq!(from_langchain(&written), kept);
    }

    #[test]
    fn thoughts_stand_before_their_answer() {
        let read = from_langchain(&[
            json!({"id": "a", "type": "ai", "content": [
            {"type": "reasoning", "id": "rs_1", "summary": [{"text": "A"}, {"text": "B"}], "encrypted_content": "x"},
            {"type": "text", "text": "so"}]}),
            json!({"type": "remove", "id": "gone"}),
        ]);
        let expected = agui(json!([
            {"id": "rs_1", "role": "reasoning", "content": "A\nB", "encryptedValue": "x"},
            {"id": "a", "role": "assistant", "content": "so"},
        ]));
        assert_eq!(read, expected);
    }

    #[test]
    fn clients_that_load_a_thread_get_results_behind_their_calls() {
        let told = flat(&[
            json!({"type": "human", "id": "u", "content": [{"type": "text", "text": "hi"}]}),
            json!({"type": "ai", "id": "a", "content": "", "tool_calls": [
                {"id": "c1", "name": "one", "args": {}}, {"id": "c2", "name": "two", "args": {"x": 1}}]}),
            json!({"type": "tool", "id": "t2", "tool_call_id": "c2", "content": "2"}),
            json!({"type": "tool", "id": "t1", "tool_call_id": "c1", "content": "1"}),
            json!({"type": "ai", "id": "b", "content": "done", "tool_calls": []}),
        ]);
        let ids: Vec<_> = told.iter().map(|it| it["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["u", "c1", "t1", "c2", "t2", "b"]);
        assert_eq!(told[4]["actionName"], "two");
        assert_eq!(
            told[5],
            json!({"role": "assistant", "content": "done", "id": "b", "parentMessageId": "b"})
        );
    }
}
