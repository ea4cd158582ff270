//! AG-UI's messages in the form that chat completions take.

use std::borrow::Cow;

use serde::Serialize;
use serde::de::IgnoredAny;

use crate::generated::agui::{ContentPart, MessageContent, PartSource};

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
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Content<'a> {
    Text(Cow<'a, str>),
    Parts(Vec<Part<'a>>),
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Part<'a> {
    Text { text: &'a str },
    ImageUrl { image_url: ImageUrl<'a> },
    InputAudio { input_audio: InputAudio<'a> },
    File { file: InlineFile },
}

#[derive(Debug, PartialEq, Serialize)]
pub(super) struct ImageUrl<'a> {
    pub url: Cow<'a, str>,
}

#[derive(Debug, PartialEq, Serialize)]
pub(super) struct InputAudio<'a> {
    pub data: &'a str,
    pub format: &'static str,
}

#[derive(Debug, PartialEq, Serialize)]
pub(super) struct InlineFile {
    pub filename: &'static str,
    pub file_data: String,
}

#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Call<'a> {
    pub id: &'a str,
    pub r#type: &'static str,
    pub function: Function<'a>,
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
        }
    }
}

/// The content of a user's message; `None` when nothing of it can be sent.
pub(super) fn content(content: &MessageContent) -> Option<Content<'_>> {
    match content {
        MessageContent::Text(text) => Some(Content::Text(text.into())),
        // Not every server takes text in parts.
        MessageContent::Parts(parts)
            if parts
                .iter()
                .all(|part| matches!(part, ContentPart::Text(_))) =>
        {
            Some(Content::Text(plain(content)))
        }
        MessageContent::Parts(parts) => {
            let parts: Vec<_> = parts.iter().filter_map(part).collect();
            (!parts.is_empty()).then_some(Content::Parts(parts))
        }
    }
}

fn part(part: &ContentPart) -> Option<Part<'_>> {
    match part {
        ContentPart::Text(text) => Some(Part::Text { text: &text.text }),
        ContentPart::Image(image) => Some(Part::ImageUrl {
            image_url: ImageUrl {
                url: url(&image.source)?,
            },
        }),
        ContentPart::Audio(audio) => match &audio.source {
            PartSource::Data(data) => Some(Part::InputAudio {
                input_audio: InputAudio {
                    data: &data.value,
                    format: audio_format(&data.mime_type)?,
                },
            }),
            _ => None,
        },
        ContentPart::Document(document) => match &document.source {
            PartSource::Data(data) => Some(Part::File {
                file: InlineFile {
                    filename: "document",
                    file_data: data_url(&data.mime_type, &data.value),
                },
            }),
            _ => None,
        },
        // Chat completions have no place for the rest.
        _ => None,
    }
}

fn url(source: &PartSource) -> Option<Cow<'_, str>> {
    match source {
        PartSource::Data(data) => Some(data_url(&data.mime_type, &data.value).into()),
        PartSource::Url(url) => Some(url.value.as_str().into()),
        _ => None,
    }
}

fn data_url(mime_type: &str, base64: &str) -> String {
    format!("data:{mime_type};base64,{base64}")
}

fn audio_format(mime_type: &str) -> Option<&'static str> {
    match mime_type {
        "audio/wav" | "audio/x-wav" | "audio/wave" => Some("wav"),
        "audio/mpeg" | "audio/mp3" => Some("mp3"),
        _ => None,
    }
}

/// The texts of a message, one after the other.
pub(super) fn plain(content: &MessageContent) -> Cow<'_, str> {
    match content {
        MessageContent::Text(text) => text.into(),
        MessageContent::Parts(parts) => {
            let texts: Vec<_> = parts
                .iter()
                .filter_map(|part| match part {
                    ContentPart::Text(text) => Some(text.text.as_str()),
                    _ => None,
                })
                .collect();
            texts.join("\n").into()
        }
    }
}
