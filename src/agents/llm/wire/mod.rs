//! The wire formats of model servers: what a request looks like, and what the events of its answer say.
//!
//! Everything else, from tools to retries, is the same for all of them.

mod anthropic;
mod anthropic_events;
mod bedrock;
mod bedrock_events;
mod bedrock_media;
mod chat;
mod chunk;
mod google;
mod google_events;
mod responses;
mod responses_events;
mod tagged;

use std::borrow::Cow;
use std::fmt;

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::content::Media;
use super::messages::ChatMessage;
use super::provider::MaxTokensKey;
use super::settings::{Settings, ToolChoice};

/// One wire format.
pub(super) trait Wire: fmt::Debug + Send + Sync {
    /// Where this model is asked, of the server at `base`.
    fn url(&self, base: &Url, model: &str) -> Url;

    /// The body of a request.
    fn body(&self, ask: &Ask<'_>) -> serde_json::Result<Vec<u8>>;

    /// A part of a message that is no text, or why the model cannot be sent it.
    fn media(&self, media: &Media<'_>) -> Result<Value, String>;

    /// Reads one answer.
    fn reader(&self) -> Box<dyn Reader>;

    /// How an answer is cut into events.
    fn framing(&self) -> Framing {
        Framing::Sse
    }
}

/// How an answer is cut into events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// Server-sent events.
    Sse,
    /// AWS's event streams.
    Aws,
}

/// Reads the events of one answer.
pub(super) trait Reader: Send {
    /// What the data of one event says, appended to `said`.
    fn read(&mut self, data: &str, said: &mut Vec<Delta>) -> Result<(), Misread>;

    /// What is wrong with an answer that ends here, after so many events, without [`Delta::Finish`].
    fn cut_short(&self, _events: usize) -> &'static str {
        "the answer broke off before its end"
    }
}

/// What a run asks of the model.
pub(super) struct Ask<'a> {
    pub model: &'a str,
    pub messages: Vec<ChatMessage<'a>>,
    pub tools: Vec<Offered<'a>>,
    pub settings: &'a Settings,
    /// As it is in this step.
    pub tool_choice: Option<&'a ToolChoice>,
    pub parallel_tool_calls: Option<bool>,
    pub count_tokens: bool,
    pub max_tokens_key: MaxTokensKey,
    /// Bounds the answer where the server wants a bound and nobody has set one.
    pub max_tokens: u32,
    pub prompt_caching: bool,
}

/// A tool that the model may call.
pub(super) struct Offered<'a> {
    pub name: &'a str,
    pub description: &'a str,
    /// JSON Schema.
    pub parameters: Cow<'a, Value>,
}

/// One thing that a model says.
#[derive(Debug, PartialEq)]
pub(super) enum Delta {
    /// The id of the answer.
    Id(String),
    Text(String),
    Thought(String),
    /// What its provider wants back with the thoughts since the last one.
    Seal(String),
    Call(CallDelta),
    Usage(Usage),
    /// Why the model stopped, in OpenAI's words; only [`Self::Usage`] follows.
    Finish(String),
    /// Nothing follows.
    Over,
}

/// A piece of a tool call; what is not there is not told, or was before.
#[derive(Debug, Default, PartialEq)]
pub(super) struct CallDelta {
    pub index: Option<u32>,
    pub id: Option<String>,
    pub name: Option<String>,
    pub arguments: String,
    /// What its provider wants back with the call.
    pub seal: Option<String>,
}

/// The token counts of an answer, as far as they are told.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Usage {
    /// With those that were cached.
    pub input: Option<i64>,
    pub output: Option<i64>,
    pub total: Option<i64>,
    pub cached: Option<i64>,
    pub cache_written: Option<i64>,
    /// Among the output.
    pub reasoning: Option<i64>,
}

/// An event that carries no part of an answer.
#[derive(Debug, PartialEq)]
pub(super) enum Misread {
    /// It is none of this format.
    Unreadable(String),
    /// The server's error, as JSON.
    Failed(String),
    /// The same, with the status that it would have had if the answer had not begun.
    Refused(StatusCode, String),
}

impl From<serde_json::Error> for Misread {
    fn from(error: serde_json::Error) -> Self {
        Self::Unreadable(error.to_string())
    }
}

/// Which wire format a model is asked in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Api {
    /// OpenAI's chat completions, which most servers speak.
    Chat,
    /// OpenAI's responses.
    Responses,
    /// Anthropic's messages.
    Anthropic,
    /// Google's `generateContent`.
    Google,
    /// AWS Bedrock's `Converse`.
    Bedrock,
}

impl Api {
    pub(super) fn wire(self) -> &'static dyn Wire {
        match self {
            Self::Chat => &chat::Chat,
            Self::Responses => &responses::Responses,
            Self::Anthropic => &anthropic::Anthropic,
            Self::Google => &google::Google,
            Self::Bedrock => &bedrock::Bedrock,
        }
    }
}

/// The address below `base`, whose query stays: Azure has its version there.
fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}

/// The sum of what is told.
fn sum<const N: usize>(counts: [Option<i64>; N]) -> Option<i64> {
    let told = counts.into_iter().flatten();
    told.reduce(i64::saturating_add)
}

/// A call's arguments as the object that some servers want.
fn object(arguments: &str) -> Value {
    match serde_json::from_str(arguments) {
        Ok(value @ Value::Object(_)) => value,
        _ => Value::Object(serde_json::Map::new()),
    }
}
