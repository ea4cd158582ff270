//! Anthropic's messages, as upstream's adapter asks (1.10.6) and the API's reference tells (version 2023-06-01).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use url::Url;

use super::anthropic_events::EventReader;
use super::{Ask, Offered, Reader, Wire, below, object};
use crate::agents::llm::content::{Kind, Media, Source};
use crate::agents::llm::messages::{ChatMessage, Content, Part};
use crate::agents::llm::settings::ToolChoice;

/// Before what stands for thoughts that the server does not show.
pub(super) const REDACTED: &str = "redacted:";

#[derive(Debug)]
pub(super) struct Anthropic;

impl Wire for Anthropic {
    fn url(&self, base: &Url, _model: &str) -> Url {
        // Anthropic's own clients are given the address without its version.
        match base.path() {
            "" | "/" => below(base, "v1/messages"),
            _ => below(base, "messages"),
        }
    }

    fn body(&self, ask: &Ask<'_>) -> serde_json::Result<Vec<u8>> {
        let settings = ask.settings;
        let mut body = json!({"model": ask.model, "stream": true});
        let (system, messages) = conversation(ask);
        body["messages"] = messages.into();
        if !system.is_empty() {
            body["system"] = system_prompt(system.join("\n\n"), ask.prompt_caching);
        }
        let mut max_tokens = settings.max_output_tokens.unwrap_or(ask.max_tokens);
        let thinks = settings
            .thinking_tokens
            .filter(|_| may_think(&ask.messages));
        match thinks {
            // The answer's tokens come on top; how they are chosen is the server's then.
            Some(budget) => {
                body["thinking"] = json!({"type": "enabled", "budget_tokens": budget});
                max_tokens = max_tokens.saturating_add(budget);
            }
            None => {
                put(&mut body, "temperature", settings.temperature);
                put(&mut body, "top_p", settings.top_p);
            }
        }
        body["max_tokens"] = max_tokens.into();
        put(&mut body, "stop_sequences", settings.stop_sequences.clone());
        if !ask.tools.is_empty() {
            body["tools"] = ask.tools.iter().map(tool).collect();
            put(&mut body, "tool_choice", tool_choice(ask, thinks.is_some()));
        }
        serde_json::to_vec(&body)
    }

    fn media(&self, media: &Media<'_>) -> Result<Value, String> {
        let source =
            |data: &str| json!({"type": "base64", "media_type": media.mime_type, "data": data});
        let source = match (media.kind, &media.source) {
            (Kind::Audio | Kind::Video, _) => {
                return Err("Anthropic's models take no audio and no video".to_owned());
            }
            (_, Source::Url(url)) => json!({"type": "url", "url": url}),
            (_, Source::File(id)) => json!({"type": "file", "file_id": id}),
            (Kind::Document, Source::Data(data)) if media.mime_type.starts_with("text/") => {
                json!({"type": "text", "media_type": "text/plain", "data": text(data)?})
            }
            (_, Source::Data(data)) => source(data),
        };
        if media.kind == Kind::Image {
            return Ok(json!({"type": "image", "source": source}));
        }
        let mut part = json!({"type": "document", "source": source});
        put(&mut part, "title", media.filename);
        Ok(part)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(EventReader::default())
    }
}

fn text(base64: &str) -> Result<String, String> {
    let bytes = STANDARD.decode(base64).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| "its text is no UTF-8 in Base64".to_owned())
}

pub(super) fn put(body: &mut Value, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        body[key] = value.into();
    }
}

fn system_prompt(text: String, cached: bool) -> Value {
    match cached {
        true => json!([{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}]),
        false => text.into(),
    }
}

/// A turn that called tools must begin with its thoughts where thinking is on; those that were lost on the way cannot be
/// made up.
pub(super) fn may_think(messages: &[ChatMessage<'_>]) -> bool {
    let last = messages.iter().rev().take_while(|it| it.role != "user");
    last.filter(|it| it.role == "assistant" && !it.tool_calls.is_empty())
        .all(|it| !it.thoughts.is_empty())
}

/// What the application and the agent say about the conversation, and the conversation.
fn conversation<'a>(ask: &'a Ask<'_>) -> (Vec<&'a str>, Vec<Value>) {
    let (mut system, mut turns) = (Vec::new(), Vec::<(&str, Vec<Value>)>::new());
    for message in &ask.messages {
        let mut blocks = Vec::new();
        match message.role {
            "system" | "developer" => system.extend(message.plain()),
            "assistant" => assistant(message, &mut blocks),
            // Results of calls that were made together go together.
            "tool" => {
                let result = json!({"type": "tool_result", "tool_use_id": message.tool_call_id,
                    "content": message.plain().unwrap_or_default()});
                match turns.last_mut() {
                    Some(("tool", results)) => results.push(result),
                    _ => blocks.push(result),
                }
            }
            _ => user(message, &mut blocks),
        }
        if !blocks.is_empty() {
            turns.push((message.role, blocks));
        }
    }
    if ask.prompt_caching
        && let Some(last) = turns.last_mut().and_then(|(_, blocks)| blocks.last_mut())
    {
        last["cache_control"] = json!({"type": "ephemeral"});
    }
    let role = |role| if role == "assistant" { role } else { "user" };
    let turns = turns.into_iter();
    let messages = turns.map(|(it, blocks)| json!({"role": role(it), "content": blocks}));
    (system, messages.collect())
}

fn assistant(message: &ChatMessage<'_>, blocks: &mut Vec<Value>) {
    blocks.extend(message.thoughts.iter().map(
        |thought| match thought.seal.strip_prefix(REDACTED) {
            Some(data) => json!({"type": "redacted_thinking", "data": data}),
            None => {
                json!({"type": "thinking", "thinking": thought.text, "signature": thought.seal})
            }
        },
    ));
    blocks.extend(message.plain().and_then(text_block));
    blocks.extend(message.tool_calls.iter().map(|call| {
        let function = &call.function;
        json!({"type": "tool_use", "id": call.id, "name": function.name, "input": object(function.arguments)})
    }));
}

fn user(message: &ChatMessage<'_>, blocks: &mut Vec<Value>) {
    match &message.content {
        None => {}
        Some(Content::Text(it)) => blocks.extend(text_block(it)),
        Some(Content::Parts(parts)) => blocks.extend(parts.iter().filter_map(|part| match part {
            Part::Text(it) => text_block(&it.text),
            Part::Media(it) => Some(it.clone()),
        })),
    }
}

/// The server refuses texts of nothing.
fn text_block(text: &str) -> Option<Value> {
    let said = !text.trim().is_empty();
    said.then(|| json!({"type": "text", "text": text}))
}

fn tool(tool: &Offered<'_>) -> Value {
    let mut schema = match &*tool.parameters {
        Value::Object(schema) => schema.clone(),
        _ => Map::new(),
    };
    schema.entry("type").or_insert_with(|| "object".into());
    json!({"name": tool.name, "description": tool.description, "input_schema": schema})
}

/// A model that thinks cannot be made to call.
fn tool_choice(ask: &Ask<'_>, thinks: bool) -> Option<Value> {
    let mut choice = match ask.tool_choice {
        Some(ToolChoice::Tool(name)) if !thinks => json!({"type": "tool", "name": name}),
        Some(ToolChoice::Word(word)) => match word.as_str() {
            "none" => return Some(json!({"type": "none"})),
            "required" if !thinks => json!({"type": "any"}),
            _ => json!({"type": "auto"}),
        },
        _ if ask.parallel_tool_calls.is_some() => json!({"type": "auto"}),
        _ => return None,
    };
    if let Some(parallel) = ask.parallel_tool_calls {
        choice["disable_parallel_tool_use"] = (!parallel).into();
    }
    Some(choice)
}
