//! AWS Bedrock's `ConverseStream`, as its API reference tells (2023-09-30).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};
use url::Url;

use super::anthropic::{REDACTED, may_think, put};
use super::bedrock_events::ConverseReader;
use super::bedrock_media;
use super::{Ask, Framing, Offered, Reader, Wire, below, object};
use crate::agents::llm::content::Media;
use crate::agents::llm::messages::{ChatMessage, Content, Part};
use crate::agents::llm::settings::ToolChoice;

/// What stands in a path as it is (RFC 3986). Names of models have colons and slashes.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

#[derive(Debug)]
pub(super) struct Bedrock;

impl Wire for Bedrock {
    fn url(&self, base: &Url, model: &str) -> Url {
        let model = utf8_percent_encode(model, PATH);
        below(base, &format!("model/{model}/converse-stream"))
    }

    fn body(&self, ask: &Ask<'_>) -> serde_json::Result<Vec<u8>> {
        let (mut system, messages) = conversation(ask);
        let mut body = json!({"messages": messages});
        if !system.is_empty() {
            system.extend(ask.prompt_caching.then(cache_point));
            body["system"] = system.into();
        }
        let budget = ask.settings.thinking_tokens;
        let thinks = budget.filter(|_| may_think(&ask.messages));
        let inference = inference(ask, thinks);
        if !inference.is_empty() {
            body["inferenceConfig"] = inference.into();
        }
        if let Some(budget) = thinks {
            // As Claude is told; others have no such wish.
            body["additionalModelRequestFields"] =
                json!({"thinking": {"type": "enabled", "budget_tokens": budget}});
        }
        put(&mut body, "toolConfig", tools(ask, thinks.is_some()));
        serde_json::to_vec(&body)
    }

    fn media(&self, media: &Media<'_>) -> Result<Value, String> {
        bedrock_media::block(media)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(ConverseReader::default())
    }

    fn framing(&self) -> Framing {
        Framing::Aws
    }
}

fn cache_point() -> Value {
    json!({"cachePoint": {"type": "default"}})
}

/// The tokens of thoughts come on top of those of the answer; how they are chosen is the model's then.
fn inference(ask: &Ask<'_>, thinks: Option<u32>) -> Map<String, Value> {
    let settings = ask.settings;
    let max_tokens = match (settings.max_output_tokens, thinks) {
        (max, Some(budget)) => Some(max.unwrap_or(ask.max_tokens).saturating_add(budget)),
        (max, None) => max,
    };
    let chosen = |value: Option<f64>| value.filter(|_| thinks.is_none()).map(Value::from);
    let entries = [
        ("maxTokens", max_tokens.map(Value::from)),
        ("temperature", chosen(settings.temperature)),
        ("topP", chosen(settings.top_p)),
        (
            "stopSequences",
            settings.stop_sequences.clone().map(Value::from),
        ),
    ];
    let set = entries.into_iter();
    set.filter_map(|(key, value)| Some((key.to_owned(), value?)))
        .collect()
}

/// What the application and the agent say about the conversation, and the conversation.
fn conversation(ask: &Ask<'_>) -> (Vec<Value>, Vec<Value>) {
    let (mut system, mut turns) = (Vec::new(), Vec::<(&str, Vec<Value>)>::new());
    for message in &ask.messages {
        let (role, blocks) = match message.role {
            "system" | "developer" => {
                system.extend(message.plain().and_then(text));
                continue;
            }
            "assistant" => ("assistant", assistant(message)),
            "tool" => ("user", vec![result(message)]),
            _ => ("user", user(message)),
        };
        match turns.last_mut() {
            _ if blocks.is_empty() => {}
            // Roles have to alternate.
            Some((last, before)) if *last == role => before.extend(blocks),
            _ => turns.push((role, blocks)),
        }
    }
    if ask.prompt_caching
        && let Some((_, blocks)) = turns.last_mut()
    {
        blocks.push(cache_point());
    }
    let turns = turns.into_iter();
    let messages = turns.map(|(role, blocks)| json!({"role": role, "content": blocks}));
    (system, messages.collect())
}

fn assistant(message: &ChatMessage<'_>) -> Vec<Value> {
    let thoughts = message.thoughts.iter().map(|thought| {
        let reasoning = match thought.seal.strip_prefix(REDACTED) {
            Some(data) => json!({"redactedContent": data}),
            None => json!({"reasoningText": {"text": thought.text, "signature": thought.seal}}),
        };
        json!({"reasoningContent": reasoning})
    });
    let calls = message.tool_calls.iter().map(|call| {
        let function = &call.function;
        let input = object(function.arguments);
        json!({"toolUse": {"toolUseId": call.id, "name": function.name, "input": input}})
    });
    let said = message.plain().and_then(text);
    thoughts.chain(said).chain(calls).collect()
}

fn result(message: &ChatMessage<'_>) -> Value {
    let said = message.plain().and_then(text);
    let content: Vec<_> = said.into_iter().collect();
    json!({"toolResult": {"toolUseId": message.tool_call_id, "content": content}})
}

fn user(message: &ChatMessage<'_>) -> Vec<Value> {
    match &message.content {
        None => Vec::new(),
        Some(Content::Text(it)) => text(it).into_iter().collect(),
        Some(Content::Parts(parts)) => {
            let part = |part: &Part<'_>| match part {
                Part::Text(it) => text(&it.text),
                Part::Media(it) => Some(it.clone()),
            };
            parts.iter().filter_map(part).collect()
        }
    }
}

/// The server refuses texts of nothing.
fn text(text: &str) -> Option<Value> {
    let said = !text.trim().is_empty();
    said.then(|| json!({"text": text}))
}

/// The tools and how to choose among them. The server refuses calls of an earlier turn where no tool is declared, and knows
/// no word for calling none.
fn tools(ask: &Ask<'_>, thinks: bool) -> Option<Value> {
    let none = matches!(ask.tool_choice, Some(ToolChoice::Word(word)) if word == "none");
    let mut tools: Vec<_> = match none {
        true => Vec::new(),
        false => ask.tools.iter().map(tool).collect(),
    };
    if tools.is_empty() {
        let calls = ask.messages.iter().flat_map(|message| &message.tool_calls);
        let mut names: Vec<_> = calls.map(|call| call.function.name).collect();
        names.sort_unstable();
        names.dedup();
        tools.extend(names.into_iter().map(|name| {
            let description = "Cannot be called any more.";
            declared(name, description, json!({"type": "object"}))
        }));
    }
    if tools.is_empty() {
        return None;
    }
    let mut config = json!({"tools": tools});
    put(
        &mut config,
        "toolChoice",
        ask.tool_choice
            .filter(|_| !none)
            .map(|it| choice(it, thinks)),
    );
    Some(config)
}

fn tool(tool: &Offered<'_>) -> Value {
    let mut schema = match &*tool.parameters {
        Value::Object(schema) => schema.clone(),
        _ => Map::new(),
    };
    schema.entry("type").or_insert_with(|| "object".into());
    declared(tool.name, tool.description, schema.into())
}

/// A description of nothing is refused.
fn declared(name: &str, description: &str, schema: Value) -> Value {
    let mut spec = json!({"name": name, "inputSchema": {"json": schema}});
    let said = Some(description).filter(|text| !text.is_empty());
    put(&mut spec, "description", said);
    json!({"toolSpec": spec})
}

/// A model that thinks cannot be made to call.
fn choice(choice: &ToolChoice, thinks: bool) -> Value {
    match choice {
        ToolChoice::Tool(name) if !thinks => json!({"tool": {"name": name}}),
        ToolChoice::Word(word) if word == "required" && !thinks => json!({"any": {}}),
        _ => json!({"auto": {}}),
    }
}
