//! AG-UI's messages in the form that chat completions take, which the other wire formats start from.

use std::borrow::Cow;

use serde::Serialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::generated::agui::{ContentPart, MessageContent};

/// One message of the request.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct ChatMessage<'a> {
    pub role: &'static str,
    /// `null` beside tool calls, where upstream sends it too.
    pub content: Option<Content<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<Call<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<&'a str>,
    /// What the assistant thought before it spoke, where its provider wants that back.
    #[serde(skip)]
    pub thoughts: Vec<Thought<'a>>,
}

/// A thought with what only its provider can read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Thought<'a> {
    pub text: &'a str,
    pub seal: &'a str,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Content<'a> {
    Text(Cow<'a, str>),
    Parts(Vec<Part<'a>>),
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Part<'a> {
    Text(TextPart<'a>),
    /// In the server's own form.
    Media(Value),
}

#[derive(Debug, PartialEq, Serialize)]
pub(super) struct TextPart<'a> {
    r#type: &'static str,
    pub text: Cow<'a, str>,
}

impl<'a> Part<'a> {
    pub(super) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        let r#type = "text";
        Self::Text(TextPart { r#type, text })
    }
}

#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Call<'a> {
    pub id: &'a str,
    pub r#type: &'static str,
    pub function: Function<'a>,
    /// What its provider wants back with it.
    #[serde(skip)]
    pub seal: Option<&'a str>,
}

#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Function<'a> {
    pub name: &'a str,
    pub arguments: &'a str,
}

impl<'a> ChatMessage<'a> {
    pub(super) fn text(role: &'static str, text: impl Into<Cow<'a, str>>) -> Self {
        Self {
            role,
            content: Some(Content::Text(text.into())),
            tool_calls: Vec::new(),
            tool_call_id: None,
            thoughts: Vec::new(),
        }
    }

    /// The content, where it is text.
    pub(super) fn plain(&self) -> Option<&str> {
        match &self.content {
            Some(Content::Text(text)) => Some(text),
            Some(Content::Parts(_)) | None => None,
        }
    }

    pub(super) fn tool_result(id: &'a str, text: impl Into<Cow<'a, str>>) -> Self {
        Self {
            tool_call_id: Some(id),
            ..Self::text("tool", text)
        }
    }
}

impl<'a> Call<'a> {
    /// Arguments that are no JSON, because the model sent none or was cut short, become `{}`: servers that parse them
    /// would refuse the whole conversation.
    pub(super) fn new(id: &'a str, name: &'a str, arguments: &'a str) -> Self {
        let arguments = match serde_json::from_str::<IgnoredAny>(arguments) {
            Ok(_) => arguments,
            Err(_) => "{}",
        };
        Self {
            id,
            r#type: "function",
            function: Function { name, arguments },
            seal: None,
        }
    }
}

/// The texts of a message, one after the other.
pub(super) fn plain(content: &MessageContent) -> Cow<'_, str> {
    match content {
        MessageContent::Text(text) => text.into(),
        MessageContent::Parts(parts) => {
            let texts: Vec<_> = parts
                .iter()
                .map(|part| match part {
                    ContentPart::Text(text) => Cow::Borrowed(text.text.as_str()),
                    part => left_out(part.part_type()).into(),
                })
                .collect();
            texts.join("\n").into()
        }
    }
}

/// What the model reads in the place of what it cannot be sent.
pub(super) fn left_out(kind: &str) -> String {
    format!("[{kind} left out: this model cannot be sent it]")
}
