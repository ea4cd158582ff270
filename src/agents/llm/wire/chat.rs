//! OpenAI's chat completions, key for key as upstream's adapter asks (1.10.6).

use serde::Serialize;
use serde_json::{Value, json};
use url::Url;

use super::chunk::ChunkReader;
use super::{Ask, Offered, Reader, Wire, below};
use crate::agents::llm::content::{Kind, Media, Source};
use crate::agents::llm::messages::ChatMessage;
use crate::agents::llm::provider::MaxTokensKey;
use crate::agents::llm::settings::ToolChoice;

#[derive(Debug)]
pub(super) struct Chat;

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    stream: bool,
    messages: &'a [ChatMessage<'a>],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parallel_tool_calls: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    presence_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frequency_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_effort: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<Value>,
}

impl Wire for Chat {
    fn url(&self, base: &Url, _model: &str) -> Url {
        below(base, "chat/completions")
    }

    fn body(&self, ask: &Ask<'_>) -> serde_json::Result<Vec<u8>> {
        let settings = ask.settings;
        let of_key = |key| {
            settings
                .max_output_tokens
                .filter(|_| ask.max_tokens_key == key)
        };
        serde_json::to_vec(&Body {
            model: ask.model,
            stream: true,
            messages: &ask.messages,
            tools: ask.tools.iter().map(tool).collect(),
            max_completion_tokens: of_key(MaxTokensKey::MaxCompletionTokens),
            max_tokens: of_key(MaxTokensKey::MaxTokens),
            stop: settings.stop_sequences.as_deref(),
            tool_choice: ask.tool_choice.map(tool_choice),
            parallel_tool_calls: ask.parallel_tool_calls,
            temperature: settings.temperature,
            top_p: settings.top_p,
            presence_penalty: settings.presence_penalty,
            frequency_penalty: settings.frequency_penalty,
            seed: settings.seed,
            reasoning_effort: settings.reasoning_effort.as_deref(),
            stream_options: ask.count_tokens.then(|| json!({"include_usage": true})),
        })
    }

    fn media(&self, media: &Media<'_>) -> Result<Value, String> {
        match (media.kind, &media.source) {
            (Kind::Image, Source::Data(_) | Source::Url(_)) => {
                Ok(json!({"type": "image_url", "image_url": {"url": media.url()}}))
            }
            (Kind::Image, Source::File(_)) => {
                Err("an image must come as data or by its URL".to_owned())
            }
            (Kind::Audio, Source::Data(data)) => Ok(json!({"type": "input_audio",
                "input_audio": {"data": data, "format": audio_format(media.mime_type)?}})),
            (Kind::Audio, _) => Err("audio must come as data, not by a reference".to_owned()),
            (Kind::Document, Source::Data(_)) => Ok(json!({"type": "file",
                "file": {"filename": media.filename(), "file_data": media.url()}})),
            (Kind::Document, Source::File(id)) => {
                Ok(json!({"type": "file", "file": {"file_id": id}}))
            }
            (Kind::Document, Source::Url(_)) => {
                Err("a document must come as data, not by its URL".to_owned())
            }
            (Kind::Video, _) => Err("chat completions take no video".to_owned()),
        }
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(ChunkReader::default())
    }
}

fn tool(tool: &Offered<'_>) -> Value {
    json!({"type": "function", "function":
        {"name": tool.name, "description": tool.description, "parameters": tool.parameters}})
}

fn tool_choice(choice: &ToolChoice) -> Value {
    match choice {
        ToolChoice::Tool(name) => json!({"type": "function", "function": {"name": name}}),
        ToolChoice::Word(word) => json!(word),
    }
}

fn audio_format(mime_type: &str) -> Result<&'static str, String> {
    match mime_type.split(';').next().unwrap_or_default() {
        "audio/wav" | "audio/x-wav" | "audio/wave" => Ok("wav"),
        "audio/mpeg" | "audio/mp3" => Ok("mp3"),
        other => Err(format!("audio must be WAV or MP3, and this is `{other}`")),
    }
}
