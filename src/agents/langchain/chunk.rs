//! Chunks of a model's answer as LangChain writes them, and what a node wants shown of them.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use crate::generated::agui::TokenUsage;

/// A chunk. LangChain's serializer puts all of it into `kwargs`.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Chunk {
    kwargs: Option<Box<Chunk>>,
    #[serde(rename = "type")]
    kind: Value,
    pub(super) content: Value,
    pub(super) id: Value,
    pub(super) tool_call_chunks: Option<Vec<CallChunk>>,
    pub(super) response_metadata: Option<ResponseMetadata>,
    pub(super) additional_kwargs: Value,
    pub(super) usage_metadata: Option<Usage>,
}

impl Chunk {
    /// Whether this is what a model says, and not a whole message of somebody.
    pub(super) fn of_a_model(&self) -> bool {
        self.kind
            .as_str()
            .is_none_or(|kind| kind == "AIMessageChunk")
    }

    pub(super) fn whole(self) -> Self {
        match self.kwargs {
            Some(kwargs) => *kwargs,
            None => self,
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct CallChunk {
    pub(super) name: Option<String>,
    pub(super) args: Option<String>,
    pub(super) id: Option<String>,
    pub(super) index: Value,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct ResponseMetadata {
    finish_reason: Value,
    stop_reason: Value,
}

impl ResponseMetadata {
    /// Models say why they stop when they do.
    pub(super) fn is_last(&self) -> bool {
        self.finish_reason.is_string() || self.stop_reason.is_string()
    }
}

/// What a model counted, in LangChain's words.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Usage {
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    total_tokens: Option<i64>,
    input_token_details: Option<Details>,
    output_token_details: Option<Details>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Details {
    cache_read: Option<i64>,
    cache_creation: Option<i64>,
    reasoning: Option<i64>,
}

impl Usage {
    pub(super) fn of(self, model: Asked) -> TokenUsage {
        let input = self.input_token_details.unwrap_or_default();
        let output = self.output_token_details.unwrap_or_default();
        TokenUsage {
            provider: model.provider,
            model: model.model,
            input_tokens: self.input_tokens,
            output_tokens: self.output_tokens,
            total_tokens: self.total_tokens,
            reasoning_tokens: output.reasoning,
            cached_input_tokens: input.cache_read,
            cache_write_input_tokens: input.cache_creation,
            ..TokenUsage::new()
        }
    }
}

/// Which model was asked, and what its node wants shown of it: by `copilotkit_customize_config`, or by AG-UI's keys for the
/// same.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Asked {
    #[serde(rename = "copilotkit:emit-messages")]
    messages: Option<Value>,
    #[serde(rename = "copilotkit:emit-tool-calls")]
    calls: Option<Value>,
    #[serde(rename = "emit-messages")]
    agui_messages: Option<Value>,
    #[serde(rename = "emit-tool-calls")]
    agui_calls: Option<Value>,
    #[serde(rename = "ls_provider")]
    provider: Option<String>,
    #[serde(rename = "ls_model_name")]
    model: Option<String>,
}

impl Asked {
    pub(super) fn shows_messages(&self) -> bool {
        let hides = |filter: &Option<Value>| matches!(filter, Some(Value::Bool(false)));
        !hides(&self.messages) && !hides(&self.agui_messages)
    }

    pub(super) fn shows_call(&self, name: &str) -> bool {
        let shows = |filter: &Option<Value>| match filter {
            None => true,
            Some(Value::Bool(shown)) => *shown,
            Some(Value::Array(names)) => names.iter().any(|it| it == name),
            Some(only) => only == name,
        };
        shows(&self.calls) && shows(&self.agui_calls)
    }
}

/// The text of a content; Anthropic's have parts.
pub(in crate::agents) fn texts(content: &Value) -> Cow<'_, str> {
    match content {
        Value::String(text) => text.into(),
        Value::Array(parts) => {
            let texts = parts.iter().filter(|part| part["type"] != "reasoning");
            let texts = texts.filter_map(|part| part.as_str().or_else(|| part["text"].as_str()));
            texts.collect::<Vec<_>>().concat().into()
        }
        _ => "".into(),
    }
}
