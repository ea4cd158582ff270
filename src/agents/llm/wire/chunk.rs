//! One chunk of a streamed chat completion, as far as it is used; unknown keys are skipped without being built.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{CallDelta, Delta, Misread, Reader, Usage};
use crate::agents::llm::loose;

/// Reads chunks one after the other.
#[derive(Default)]
pub(super) struct ChunkReader {
    named: bool,
}

impl Reader for ChunkReader {
    fn read(&mut self, data: &str, said: &mut Vec<Delta>) -> Result<(), Misread> {
        if data.trim_start().starts_with("[DONE]") {
            said.push(Delta::Over);
            return Ok(());
        }
        let chunk: Chunk<'_> = serde_json::from_str(data)?;
        if let Some(error) = chunk.error {
            return Err(Misread::Failed(error.get().to_owned()));
        }
        if chunk.is_error() {
            return Err(Misread::Failed(data.to_owned()));
        }
        if !self.named {
            self.named = true;
            let id = chunk.id.map_or_else(String::new, Text::into_string);
            said.push(Delta::Id(id));
        }
        said.extend(chunk.usage.and_then(usage).map(Delta::Usage));
        // Upstream never asks for a second choice.
        let choices = chunk.choices.into_iter().flatten();
        for choice in choices.filter(|choice| choice.index.unwrap_or(0) == 0) {
            if let Some(delta) = choice.delta {
                delta.read(said);
            }
            let reason = choice.finish_reason.map(Text::into_string);
            said.extend(
                reason
                    .filter(|reason| !reason.is_empty())
                    .map(Delta::Finish),
            );
        }
        Ok(())
    }

    /// OpenAI's client says it like this.
    fn cut_short(&self, events: usize) -> &'static str {
        match events {
            0 => "request ended without sending any chunks",
            _ => "missing finish_reason for choice 0",
        }
    }
}

#[derive(Debug, Deserialize)]
struct Chunk<'a> {
    #[serde(borrow, default)]
    id: Option<Text<'a>>,
    #[serde(borrow, default)]
    choices: Option<Vec<Choice<'a>>>,
    #[serde(borrow, default)]
    usage: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
    /// What the chunk says it is.
    #[serde(borrow, default)]
    object: Option<&'a RawValue>,
}

impl Chunk<'_> {
    /// Whether all of it is an error, as vLLM and Mistral send it.
    fn is_error(&self) -> bool {
        self.object
            .is_some_and(|object| object.get() == "\"error\"")
    }
}

#[derive(Debug, Deserialize)]
struct Choice<'a> {
    #[serde(default)]
    index: Option<u32>,
    #[serde(borrow, default)]
    delta: Option<ChoiceDelta<'a>>,
    #[serde(borrow, default)]
    finish_reason: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
struct ChoiceDelta<'a> {
    #[serde(default)]
    content: Value,
    /// DeepSeek's name for it, which most servers took over.
    #[serde(default)]
    reasoning_content: Value,
    /// OpenRouter's and Ollama's name for it.
    #[serde(default)]
    reasoning: Value,
    #[serde(borrow, default)]
    tool_calls: Option<Vec<ChunkCall<'a>>>,
}

impl ChoiceDelta<'_> {
    fn read(self, said: &mut Vec<Delta>) {
        let (text, thought_in_content) = loose::spoken(self.content);
        let reasoning = if self.reasoning_content.is_null() {
            self.reasoning
        } else {
            self.reasoning_content
        };
        let thoughts = [loose::spoken(reasoning).0, thought_in_content];
        let thoughts = thoughts.into_iter().filter(|thought| !thought.is_empty());
        said.extend(thoughts.map(Delta::Thought));
        if !text.is_empty() {
            said.push(Delta::Text(text));
        }
        for call in self.tool_calls.into_iter().flatten() {
            let function = call.function.unwrap_or_default();
            said.push(Delta::Call(CallDelta {
                index: call.index,
                id: call.id.map(Text::into_string),
                name: function.name.map(Text::into_string),
                arguments: loose::text(function.arguments),
                seal: None,
            }));
        }
    }
}

#[derive(Debug, Deserialize)]
struct ChunkCall<'a> {
    #[serde(default)]
    index: Option<u32>,
    #[serde(borrow, default)]
    id: Option<Text<'a>>,
    #[serde(borrow, default)]
    function: Option<FunctionDelta<'a>>,
}

#[derive(Debug, Default, Deserialize)]
struct FunctionDelta<'a> {
    #[serde(borrow, default)]
    name: Option<Text<'a>>,
    #[serde(default)]
    arguments: Value,
}

/// What can be read of the token counts; one of another form must not cost the answer.
fn usage(raw: &RawValue) -> Option<Usage> {
    let usage: Value = serde_json::from_str(raw.get()).ok()?;
    let count = |pointer| usage.pointer(pointer).and_then(Value::as_i64);
    let read = Usage {
        input: count("/prompt_tokens"),
        output: count("/completion_tokens"),
        total: count("/total_tokens"),
        cached: count("/prompt_tokens_details/cached_tokens"),
        cache_written: None,
        reasoning: count("/completion_tokens_details/reasoning_tokens"),
    };
    (read != Usage::default()).then_some(read)
}

/// A text borrowed from the chunk where it holds no escapes; `Option<Cow<str>>` would always copy.
#[derive(Debug)]
struct Text<'a>(Cow<'a, str>);

impl Text<'_> {
    fn into_string(self) -> String {
        self.0.into_owned()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowing;

        impl<'de> Visitor<'de> for Borrowing {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Borrowing)
    }
}
