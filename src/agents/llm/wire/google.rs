//! Google's `streamGenerateContent`, as the Gemini API's reference tells (v1beta).

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use url::Url;

use super::google_events::GoogleReader;
use super::{Ask, Offered, Reader, Wire, below, object};
use crate::agents::llm::content::{Kind, Media, Source};
use crate::agents::llm::messages::{ChatMessage, Content, Part};
use crate::agents::llm::settings::ToolChoice;

/// What stands for the signature of a call that another model made, or whose signature a client did not keep: Gemini 3
/// refuses calls without any (Google's reference on thought signatures).
const NO_SIGNATURE: &str = "skip_thought_signature_validator";

#[derive(Debug)]
pub(super) struct Google;

impl Wire for Google {
    fn url(&self, base: &Url, model: &str) -> Url {
        let model = match model.contains('/') {
            true => model.to_owned(),
            false => format!("models/{model}"),
        };
        let mut url = below(base, &format!("{model}:streamGenerateContent"));
        url.query_pairs_mut().append_pair("alt", "sse");
        url
    }

    fn body(&self, ask: &Ask<'_>) -> serde_json::Result<Vec<u8>> {
        let (system, contents) = conversation(ask);
        let mut body = json!({"contents": contents});
        if !system.is_empty() {
            body["systemInstruction"] = json!({"parts": [{"text": system.join("\n\n")}]});
        }
        let generation = generation(ask);
        if !generation.is_empty() {
            body["generationConfig"] = generation.into();
        }
        if !ask.tools.is_empty() {
            let tools: Vec<_> = ask.tools.iter().map(tool).collect();
            body["tools"] = json!([{"functionDeclarations": tools}]);
            if let Some(choice) = ask.tool_choice {
                body["toolConfig"] = json!({"functionCallingConfig": tool_choice(choice)});
            }
        }
        serde_json::to_vec(&body)
    }

    fn media(&self, media: &Media<'_>) -> Result<Value, String> {
        match (&media.source, media.mime_type) {
            (_, "") if media.kind != Kind::Image => {
                Err("Google must be told its media type".to_owned())
            }
            (Source::Data(data), kind) => {
                Ok(json!({"inlineData": {"mimeType": or_png(kind), "data": data}}))
            }
            (Source::Url(uri) | Source::File(uri), kind) => {
                Ok(json!({"fileData": {"mimeType": or_png(kind), "fileUri": uri}}))
            }
        }
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(GoogleReader::default())
    }
}

/// Images without a type are what browsers make most.
fn or_png(mime_type: &str) -> &str {
    match mime_type {
        "" => "image/png",
        kind => kind,
    }
}

fn generation(ask: &Ask<'_>) -> Map<String, Value> {
    let settings = ask.settings;
    let thinking = settings
        .thinking_tokens
        .map(|tokens| json!({"includeThoughts": true, "thinkingBudget": tokens}));
    let entries = [
        (
            "maxOutputTokens",
            settings.max_output_tokens.map(Value::from),
        ),
        ("temperature", settings.temperature.map(Value::from)),
        ("topP", settings.top_p.map(Value::from)),
        (
            "presencePenalty",
            settings.presence_penalty.map(Value::from),
        ),
        (
            "frequencyPenalty",
            settings.frequency_penalty.map(Value::from),
        ),
        (
            "stopSequences",
            settings.stop_sequences.clone().map(Value::from),
        ),
        ("seed", settings.seed.map(Value::from)),
        ("thinkingConfig", thinking),
    ];
    let set = entries.into_iter();
    set.filter_map(|(key, value)| Some((key.to_owned(), value?)))
        .collect()
}

/// What the application and the agent say about the conversation, and the conversation.
fn conversation<'a>(ask: &'a Ask<'_>) -> (Vec<&'a str>, Vec<Value>) {
    let (mut system, mut turns) = (Vec::new(), Vec::<(&str, Vec<Value>)>::new());
    // A result names its tool.
    let mut names = HashMap::new();
    for message in &ask.messages {
        let parts = match message.role {
            "system" | "developer" => {
                system.extend(message.plain());
                continue;
            }
            "assistant" => {
                let calls = message.tool_calls.iter();
                names.extend(calls.map(|call| (call.id, call.function.name)));
                assistant(message, ask.model.contains("gemini-3"))
            }
            "tool" => vec![result(message, &names)],
            _ => user(message),
        };
        match turns.last_mut() {
            // Results of calls that were made together go together.
            Some(("tool", results)) if message.role == "tool" => results.extend(parts),
            _ if parts.is_empty() => {}
            _ => turns.push((message.role, parts)),
        }
    }
    let role = |role| if role == "assistant" { "model" } else { "user" };
    let turns = turns.into_iter();
    let contents = turns.map(|(it, parts)| json!({"role": role(it), "parts": parts}));
    (system, contents.collect())
}

/// Only the first of several calls is signed.
fn assistant(message: &ChatMessage<'_>, signs: bool) -> Vec<Value> {
    let text = message.plain().filter(|text| !text.is_empty());
    let mut parts: Vec<_> = text.map(|text| json!({"text": text})).into_iter().collect();
    for (at, call) in message.tool_calls.iter().enumerate() {
        let function = &call.function;
        let arguments = object(function.arguments);
        let mut part = json!({"functionCall": {"name": function.name, "args": arguments}});
        let stand_in = (signs && at == 0).then_some(NO_SIGNATURE);
        if let Some(signature) = call.seal.or(stand_in) {
            part["thoughtSignature"] = signature.into();
        }
        parts.push(part);
    }
    parts
}

fn result(message: &ChatMessage<'_>, names: &HashMap<&str, &str>) -> Value {
    let name = message.tool_call_id.and_then(|id| names.get(id));
    let text = message.plain().unwrap_or_default();
    let response = match serde_json::from_str(text) {
        Ok(value @ Value::Object(_)) => value,
        Ok(value) => json!({"result": value}),
        Err(_) => json!({"result": text}),
    };
    json!({"functionResponse": {"name": name, "response": response}})
}

fn user(message: &ChatMessage<'_>) -> Vec<Value> {
    match &message.content {
        None => Vec::new(),
        Some(Content::Text(text)) => vec![json!({"text": text})],
        Some(Content::Parts(parts)) => {
            let part = |part: &Part<'_>| match part {
                Part::Text(text) => json!({"text": text.text}),
                Part::Media(media) => media.clone(),
            };
            parts.iter().map(part).collect()
        }
    }
}

/// A tool without parameters must not have an empty object of them.
fn tool(tool: &Offered<'_>) -> Value {
    let mut declared = json!({"name": tool.name, "description": tool.description});
    let properties = tool.parameters.get("properties").and_then(Value::as_object);
    let composed = ["anyOf", "oneOf", "allOf", "$ref"];
    let takes = properties.is_some_and(|properties| !properties.is_empty())
        || composed
            .iter()
            .any(|key| tool.parameters.get(key).is_some());
    if takes {
        declared["parametersJsonSchema"] = tool.parameters.clone().into_owned();
    }
    declared
}

fn tool_choice(choice: &ToolChoice) -> Value {
    match choice {
        ToolChoice::Tool(name) => json!({"mode": "ANY", "allowedFunctionNames": [name]}),
        ToolChoice::Word(word) => json!({"mode": match word.as_str() {
            "none" => "NONE",
            "required" => "ANY",
            _ => "AUTO",
        }}),
    }
}
