//! OpenAI's responses, as the API's reference tells. Nothing is left with the server: the thread is ours.

use serde_json::{Value, json};
use url::Url;

use super::responses_events::ResponseReader;
use super::{Ask, Offered, Reader, Wire, below};
use crate::agents::llm::content::{Kind, Media, Source};
use crate::agents::llm::messages::{ChatMessage, Content, Part};
use crate::agents::llm::settings::ToolChoice;

#[derive(Debug)]
pub(super) struct Responses;

impl Wire for Responses {
    fn url(&self, base: &Url, _model: &str) -> Url {
        below(base, "responses")
    }

    fn body(&self, ask: &Ask<'_>) -> serde_json::Result<Vec<u8>> {
        let settings = ask.settings;
        let input: Vec<_> = ask.messages.iter().flat_map(items).collect();
        let mut body = json!({"model": ask.model, "stream": true, "store": false, "input": input});
        let mut set = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                body[key] = value;
            }
        };
        let effort = settings.reasoning_effort.as_ref();
        let thinks = effort.is_some() || thinks(ask.model);
        // What is not kept there must come back from here; models that do not think refuse the wish.
        set(
            "include",
            thinks.then(|| json!(["reasoning.encrypted_content"])),
        );
        set(
            "reasoning",
            effort.map(|effort| json!({"effort": effort, "summary": "auto"})),
        );
        set(
            "max_output_tokens",
            settings.max_output_tokens.map(Value::from),
        );
        set("temperature", settings.temperature.map(Value::from));
        set("top_p", settings.top_p.map(Value::from));
        if !ask.tools.is_empty() {
            set("tools", Some(ask.tools.iter().map(tool).collect()));
            set("tool_choice", ask.tool_choice.map(tool_choice));
            set(
                "parallel_tool_calls",
                ask.parallel_tool_calls.map(Value::from),
            );
        }
        serde_json::to_vec(&body)
    }

    fn media(&self, media: &Media<'_>) -> Result<Value, String> {
        let kind = match media.kind {
            Kind::Image => "input_image",
            Kind::Document => "input_file",
            Kind::Audio | Kind::Video => {
                return Err("OpenAI's responses take no audio and no video".to_owned());
            }
        };
        Ok(match (media.kind, &media.source) {
            (_, Source::File(id)) => json!({"type": kind, "file_id": id}),
            (Kind::Image, _) => json!({"type": kind, "image_url": media.url()}),
            (_, Source::Url(url)) => json!({"type": kind, "file_url": url}),
            (_, Source::Data(_)) => {
                json!({"type": kind, "filename": media.filename(), "file_data": media.url()})
            }
        })
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(ResponseReader::default())
    }
}

/// Whether this is one of OpenAI's models that think: `o3`, `gpt-5-mini` and so on.
fn thinks(model: &str) -> bool {
    let of_o = model.strip_prefix('o').and_then(|rest| rest.chars().next());
    of_o.is_some_and(|next| next.is_ascii_digit()) || model.starts_with("gpt-5")
}

fn items(message: &ChatMessage<'_>) -> Vec<Value> {
    let mut items = Vec::new();
    for thought in &message.thoughts {
        // The item's id stands before what is encrypted.
        if let Some((id, encrypted)) = thought.seal.split_once(':') {
            let summary = (!thought.text.is_empty())
                .then(|| json!({"type": "summary_text", "text": thought.text}));
            let summary: Vec<_> = summary.into_iter().collect();
            items.push(json!({"type": "reasoning", "id": id, "summary": summary,
                "encrypted_content": encrypted}));
        }
    }
    if message.role == "tool" {
        items.push(
            json!({"type": "function_call_output", "call_id": message.tool_call_id,
            "output": message.plain().unwrap_or_default()}),
        );
        return items;
    }
    let content = match &message.content {
        None => None,
        Some(Content::Text(text)) => Some(json!(text)),
        Some(Content::Parts(parts)) => Some(parts.iter().map(part).collect()),
    };
    items.extend(content.map(|content| json!({"role": message.role, "content": content})));
    items.extend(message.tool_calls.iter().map(|call| {
        json!({"type": "function_call", "call_id": call.id, "name": call.function.name,
            "arguments": call.function.arguments})
    }));
    items
}

fn part(part: &Part<'_>) -> Value {
    match part {
        Part::Text(text) => json!({"type": "input_text", "text": text.text}),
        Part::Media(media) => media.clone(),
    }
}

/// As the application's own schema has it; OpenAI's stricter reading refuses most.
fn tool(tool: &Offered<'_>) -> Value {
    json!({"type": "function", "name": tool.name, "description": tool.description,
        "parameters": tool.parameters, "strict": false})
}

fn tool_choice(choice: &ToolChoice) -> Value {
    match choice {
        ToolChoice::Tool(name) => json!({"type": "function", "name": name}),
        ToolChoice::Word(word) => json!(word),
    }
}
