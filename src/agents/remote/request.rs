//! What an agent is asked: the body of `/agents/execute`, as upstream 1.10.6 writes it.

use std::borrow::Cow;

use chrono::{SecondsFormat, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::answer::Language;
use super::asked::Said;
use super::{handover, langgraph};
use crate::agents::RunInput;
use crate::generated::agui::{
    ContentPart, Context, Message, MessageContent, PartSource, ResumeEntry, ResumeEntryStatus,
};

/// The body of the request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Body<'a> {
    name: &'a str,
    thread_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    node_name: Option<&'a Value>,
    messages: Vec<Value>,
    state: Value,
    config: Value,
    properties: &'a Map<String, Value>,
    actions: Vec<Value>,
    /// What the application tells of itself: the one key that upstream does not send.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    context: &'a [Context],
    #[serde(skip_serializing_if = "Option::is_none")]
    meta_events: Option<Value>,
}

impl<'a> Body<'a> {
    pub(super) fn new(
        agent: &'a str,
        language: Language,
        input: &'a RunInput,
        said: &'a Said,
    ) -> Self {
        let request = &input.request;
        let props = request.forwarded_props.as_ref();
        let prop = |key: &str| {
            props
                .and_then(|props| props.get(key))
                .filter(|it| !it.is_null())
        };
        let mut messages = messages(&request.messages, language);
        // The messages of GraphQL clients tell it.
        let context = request.context.as_deref();
        let context = context.filter(|_| !input.parameters.context_told);
        let context = context.unwrap_or_default();
        tell_context(&mut messages, context);
        let answer = Answer::of(request.resume.as_deref(), prop("command"));
        if let Some(Answer::Message(text)) = &answer {
            let id = format!("resume-{}", request.run_id);
            messages.push(text_message(&id, "user", text));
        }
        let object = |value: Option<&Value>| value.cloned().unwrap_or_else(|| json!({}));
        Self {
            name: agent,
            thread_id: &request.thread_id,
            node_name: prop("nodeName"),
            messages,
            state: object(request.state.as_ref().filter(|state| state.is_object())),
            config: object(prop("config")),
            properties: &said.properties,
            actions: actions(input),
            context,
            meta_events: match answer {
                Some(Answer::Event(response)) => Some(json!([{
                    "name": "LangGraphInterruptEvent",
                    "response": response,
                }])),
                _ => None,
            },
        }
    }
}

/// The answer to an interrupt, in the way that the agent takes it.
enum Answer {
    /// By a meta-event.
    Event(String),
    /// Interrupts of CopilotKit's own take the last message for the answer.
    Message(String),
}

impl Answer {
    /// AG-UI's answer, or the older one.
    fn of(resume: Option<&[ResumeEntry]>, command: Option<&Value>) -> Option<Self> {
        let resolved = |entry: &&ResumeEntry| matches!(entry.status, ResumeEntryStatus::Resolved);
        let entry = resume.into_iter().flatten().find(resolved);
        let by_entry =
            entry.and_then(|entry| Some((entry.interrupt_id.as_str(), entry.payload.as_ref()?)));
        let by_command = command.and_then(|command| command.get("resume"));
        let (id, payload) = by_entry.or(by_command.map(|payload| ("", payload)))?;
        let text = match payload {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Some(match id.starts_with(langgraph::BY_MESSAGE) {
            true => Self::Message(text),
            false => Self::Event(text),
        })
    }
}

/// The server's own tools first, then the other agents; the frontend's are those whose name is free (upstream 1.10.6).
fn actions(input: &RunInput) -> Vec<Value> {
    let own = input.tools.iter().map(|tool| {
        json!({"name": tool.name(), "description": tool.description(), "parameters": tool.parameters()})
    });
    let nothing = json!({"type": "object", "properties": {}, "required": []});
    let agents = handover::offered(input).map(|agent| {
        json!({"name": agent.name(), "description": agent.description(), "parameters": nothing})
    });
    let own: Vec<Value> = own.chain(agents).collect();
    let taken: Vec<&str> = own.iter().filter_map(|it| it["name"].as_str()).collect();
    let frontend = input.request.tools.iter().flatten();
    let frontend = frontend.filter(|tool| !taken.contains(&&*tool.name));
    let frontend = frontend.map(|tool| {
        json!({"name": tool.name, "description": tool.description, "parameters": tool.parameters})
    });
    let frontend: Vec<Value> = frontend.collect();
    own.into_iter().chain(frontend).collect()
}

/// Tells what the application tells of itself in the first system message, as the clients of upstream 1.10.6 do.
fn tell_context(messages: &mut Vec<Value>, context: &[Context]) {
    if context.is_empty() {
        return;
    }
    let mut text = "## Context from the application\n".to_owned();
    for entry in context {
        text.push_str(&format!("{}:\n{}\n", entry.description, entry.value));
    }
    match messages.first_mut() {
        Some(first) if first["role"] == "system" => {
            let said = first["content"].as_str().unwrap_or_default();
            first["content"] = format!("{said}\n\n{text}").into();
        }
        _ => messages.insert(0, text_message("context", "system", &text)),
    }
}

/// Upstream's flat messages: texts, calls and results each stand for themselves. What it has no word for is left out.
fn messages(messages: &[Message], language: Language) -> Vec<Value> {
    let mut flat = Vec::new();
    for message in messages {
        match message {
            Message::System(it) => flat.push(text_message(&it.id, "system", &it.content)),
            Message::Developer(it) => flat.push(text_message(&it.id, "developer", &it.content)),
            Message::User(it) => flat.extend(said(&it.id, &it.content)),
            Message::Assistant(it) => {
                let calls = it.tool_calls.as_deref().unwrap_or_default();
                let content = it.content.as_deref().unwrap_or_default();
                let mut parent = Cow::Borrowed(&*it.id);
                // A text that shares its id with calls breaks the Python SDK (0.1.69), which takes both for calls.
                match (content.is_empty(), calls.is_empty(), language) {
                    (true, ..) => {}
                    // The agent has the text: its own messages are in its checkpoint.
                    (false, false, Language::LangGraph) => {}
                    (false, no_calls, _) => {
                        flat.push(text_message(&it.id, "assistant", content));
                        if !no_calls {
                            parent = Cow::Owned(format!("{}-calls", it.id));
                        }
                    }
                }
                for call in calls {
                    let function = &call.function;
                    let arguments: Value = serde_json::from_str(&function.arguments).unwrap_or_else(|_| json!({}));
                    flat.push(json!({
                        "id": call.id, "createdAt": now(), "type": "ActionExecutionMessage",
                        "name": function.name, "arguments": arguments, "parentMessageId": parent,
                    }));
                }
            }
            Message::Tool(it) => flat.push(json!({
                "id": it.id, "createdAt": now(), "type": "ResultMessage", "actionExecutionId": it.tool_call_id,
                "actionName": called(messages, &it.tool_call_id), "result": plain(&it.content),
            })),
            Message::Activity(_) | Message::Reasoning(_) | Message::Other(_) => {}
        }
    }
    flat
}

/// What a user said: a text, and each picture as a message of its own, the first under the message's id if there is no text.
fn said(id: &str, content: &MessageContent) -> Vec<Value> {
    let parts = match content {
        MessageContent::Parts(parts) => &**parts,
        MessageContent::Text(_) => &[],
    };
    let images: Vec<(&str, &str)> = parts.iter().filter_map(image).collect();
    let text = plain(content);
    let mut said = Vec::new();
    if !text.is_empty() || images.is_empty() {
        said.push(text_message(id, "user", &text));
    }
    for (at, (format, bytes)) in images.into_iter().enumerate() {
        let id = match said.is_empty() {
            true => id.to_owned(),
            false => format!("{id}-{at}"),
        };
        said.push(json!({
            "id": id, "createdAt": now(), "type": "ImageMessage", "format": format, "bytes": bytes, "role": "user",
        }));
    }
    said
}

/// The format and the base64 text of a picture that came along; the protocol has no word for one elsewhere.
fn image(part: &ContentPart) -> Option<(&str, &str)> {
    let ContentPart::Image(image) = part else {
        return None;
    };
    let PartSource::Data(data) = &image.source else {
        return None;
    };
    let format = data.mime_type.strip_prefix("image/")?;
    Some((format, &data.value))
}

fn text_message(id: &str, role: &str, content: &str) -> Value {
    json!({"id": id, "createdAt": now(), "type": "TextMessage", "content": content, "role": role})
}

/// AG-UI's messages have no time, and endpoints expect one.
fn now() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The name of the tool that was called.
fn called<'a>(messages: &'a [Message], id: &str) -> &'a str {
    let calls = messages.iter().filter_map(|message| match message {
        Message::Assistant(message) => message.tool_calls.as_ref(),
        _ => None,
    });
    let call = calls.flatten().find(|call| call.id == id);
    call.map_or("unknown", |call| &*call.function.name)
}

/// The text of a message's content; the protocol has no word for other parts.
fn plain(content: &MessageContent) -> String {
    match content {
        MessageContent::Text(text) => text.clone(),
        MessageContent::Parts(parts) => {
            let texts = parts.iter().filter_map(|part| match part {
                ContentPart::Text(part) => Some(part.text.as_str()),
                _ => None,
            });
            texts.collect::<Vec<_>>().join("\n")
        }
    }
}
