//! A user's content parts (AG-UI 1.0, and the `binary` part of 0.0.59) in the form that the model server takes.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::messages::{Content, Part, left_out, plain};
use super::wire::Wire;
use crate::generated::agui::{ContentPart, MessageContent, PartSource};
use crate::runtime::error::{AgentError, ErrorCode};

/// What happens to a part that the model cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// The user waits for an answer to it, and hears why there is none.
    Present,
    /// The model reads that it was left out: one such part must not end the thread for ever.
    Past,
}

/// What a part consists of, whichever way it was sent.
pub(super) struct Media<'a> {
    pub kind: Kind,
    pub mime_type: &'a str,
    pub filename: Option<&'a str>,
    pub source: Source<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Image,
    Audio,
    Video,
    Document,
}

pub(super) enum Source<'a> {
    /// Base64.
    Data(&'a str),
    Url(&'a str),
    /// The id of a file that the model server has.
    File(&'a str),
}

/// The content of a user's message; `None` when there is nothing in it.
pub(super) fn content<'a>(
    content: &'a MessageContent,
    reading: Reading,
    wire: &dyn Wire,
) -> Result<Option<Content<'a>>, AgentError> {
    let parts = match content {
        MessageContent::Text(text) => return Ok(Some(Content::Text(text.into()))),
        MessageContent::Parts(parts) => parts,
    };
    // Not every server takes text in parts.
    if parts
        .iter()
        .all(|part| matches!(part, ContentPart::Text(_)))
    {
        return Ok(Some(Content::Text(plain(content))));
    }
    let parts = parts.iter().map(|part| {
        convert(part, wire).or_else(|reason| match reading {
            Reading::Present => Err(unsendable(&reason)),
            Reading::Past => Ok(Part::text(left_out(part.part_type()))),
        })
    });
    parts
        .collect::<Result<_, _>>()
        .map(|parts| Some(Content::Parts(parts)))
}

fn unsendable(reason: &str) -> AgentError {
    let mut error = AgentError::new(
        ErrorCode::ConfigurationError,
        format!("The message cannot be sent to the model: {reason}."),
    );
    error.event_code = None;
    error
}

/// The part, or why it cannot be sent.
fn convert<'a>(part: &'a ContentPart, wire: &dyn Wire) -> Result<Part<'a>, String> {
    let (kind, source, metadata) = match part {
        ContentPart::Text(text) => {
            return Ok(Part::text(text.text.as_str()));
        }
        ContentPart::Image(image) => (Kind::Image, &image.source, &image.metadata),
        ContentPart::Audio(audio) => (Kind::Audio, &audio.source, &audio.metadata),
        ContentPart::Document(document) => (Kind::Document, &document.source, &document.metadata),
        ContentPart::Video(video) => (Kind::Video, &video.source, &video.metadata),
        ContentPart::Other(other) if other.tag == "binary" => {
            return wire.media(&binary(&other.fields)?).map(Part::Media);
        }
        ContentPart::Other(other) => {
            return Err(format!("its part of the type `{}` is not known", other.tag));
        }
    };
    let (mime_type, source) = match source {
        PartSource::Data(data) => (Some(&data.mime_type), Source::Data(&data.value)),
        PartSource::Url(url) => (url.mime_type.as_ref(), Source::Url(&url.value)),
        PartSource::File(file) => (file.mime_type.as_ref(), Source::File(&file.value)),
        PartSource::Other(other) => {
            return Err(format!(
                "its source of the type `{}` is not known",
                other.tag
            ));
        }
    };
    let named = metadata.as_ref().and_then(|it| it["filename"].as_str());
    let media = Media {
        kind,
        mime_type: mime_type.map_or("", String::as_str),
        filename: named,
        source,
    };
    wire.media(&media).map(Part::Media)
}

/// The part by which clients up to 0.0.59 send everything but text.
fn binary(fields: &Map<String, Value>) -> Result<Media<'_>, String> {
    let text = |key| fields.get(key).and_then(Value::as_str);
    let source = match (text("data"), text("url"), text("id")) {
        (Some(data), _, _) => Source::Data(data),
        (None, Some(url), _) => Source::Url(url),
        (None, None, Some(id)) => Source::File(id),
        (None, None, None) => return Err("its binary part has no content".to_owned()),
    };
    let mime_type = text("mimeType").unwrap_or("application/octet-stream");
    let kind = match mime_type.split('/').next() {
        Some("image") => Kind::Image,
        Some("audio") => Kind::Audio,
        Some("video") => Kind::Video,
        _ => Kind::Document,
    };
    Ok(Media {
        kind,
        mime_type,
        filename: text("filename"),
        source,
    })
}

impl<'a> Media<'a> {
    /// Its address: of the data itself, where that was sent along.
    pub(super) fn url(&self) -> Cow<'a, str> {
        match self.source {
            Source::Data(data) => format!("data:{};base64,{data}", self.mime_type).into(),
            Source::Url(url) | Source::File(url) => url.into(),
        }
    }

    /// OpenAI goes by the name's ending.
    pub(super) fn filename(&self) -> Cow<'a, str> {
        match (self.filename, self.mime_type) {
            (Some(name), _) => name.into(),
            (None, "application/pdf") => "document.pdf".into(),
            (None, "text/plain") => "document.txt".into(),
            (None, _) => "document".into(),
        }
    }
}
