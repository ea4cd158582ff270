//! A user's content parts (AG-UI 1.0, and the `binary` part of 0.0.59) in the form that chat completions take.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::messages::{Content, File, ImageUrl, InputAudio, Part, left_out, plain};
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
struct Media<'a> {
    kind: Kind,
    mime_type: &'a str,
    filename: Option<&'a str>,
    source: Source<'a>,
}

#[derive(Clone, Copy)]
enum Kind {
    Image,
    Audio,
    Document,
}

enum Source<'a> {
    /// Base64.
    Data(&'a str),
    Url(&'a str),
    /// The id of a file that the model server has.
    File(&'a str),
}

/// The content of a user's message; `None` when there is nothing in it.
pub(super) fn content(
    content: &MessageContent,
    reading: Reading,
) -> Result<Option<Content<'_>>, AgentError> {
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
        convert(part).or_else(|reason| match reading {
            Reading::Present => Err(unsendable(&reason)),
            Reading::Past => Ok(Part::Text {
                text: left_out(part.part_type()).into(),
            }),
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
fn convert(part: &ContentPart) -> Result<Part<'_>, String> {
    let (kind, source, metadata) = match part {
        ContentPart::Text(text) => {
            return Ok(Part::Text {
                text: text.text.as_str().into(),
            });
        }
        ContentPart::Image(image) => (Kind::Image, &image.source, &image.metadata),
        ContentPart::Audio(audio) => (Kind::Audio, &audio.source, &audio.metadata),
        ContentPart::Document(document) => (Kind::Document, &document.source, &document.metadata),
        ContentPart::Video(_) => return Err("chat completions take no video".to_owned()),
        ContentPart::Other(other) if other.tag == "binary" => return binary(&other.fields)?.part(),
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
    media.part()
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
        Some("video") => return Err("chat completions take no video".to_owned()),
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
    fn part(self) -> Result<Part<'a>, String> {
        match (self.kind, &self.source) {
            (Kind::Image, Source::Data(data)) => Ok(image(data_url(self.mime_type, data).into())),
            (Kind::Image, Source::Url(url)) => Ok(image((*url).into())),
            (Kind::Image, Source::File(_)) => {
                Err("an image must come as data or by its URL".to_owned())
            }
            (Kind::Audio, Source::Data(data)) => Ok(Part::InputAudio {
                input_audio: InputAudio {
                    data,
                    format: audio_format(self.mime_type)?,
                },
            }),
            (Kind::Audio, _) => Err("audio must come as data, not by a reference".to_owned()),
            (Kind::Document, Source::Data(data)) => Ok(Part::File {
                file: File {
                    file_data: Some(data_url(self.mime_type, data)),
                    filename: Some(self.filename()),
                    ..File::default()
                },
            }),
            (Kind::Document, Source::File(id)) => Ok(Part::File {
                file: File {
                    file_id: Some(id),
                    ..File::default()
                },
            }),
            (Kind::Document, Source::Url(_)) => {
                Err("a document must come as data, not by its URL".to_owned())
            }
        }
    }

    /// OpenAI goes by the name's ending.
    fn filename(&self) -> Cow<'a, str> {
        match (self.filename, self.mime_type) {
            (Some(name), _) => name.into(),
            (None, "application/pdf") => "document.pdf".into(),
            (None, "text/plain") => "document.txt".into(),
            (None, _) => "document".into(),
        }
    }
}

fn image(url: Cow<'_, str>) -> Part<'_> {
    Part::ImageUrl {
        image_url: ImageUrl { url },
    }
}

fn data_url(mime_type: &str, base64: &str) -> String {
    format!("data:{mime_type};base64,{base64}")
}

fn audio_format(mime_type: &str) -> Result<&'static str, String> {
    match mime_type.split(';').next().unwrap_or_default() {
        "audio/wav" | "audio/x-wav" | "audio/wave" => Ok("wav"),
        "audio/mpeg" | "audio/mp3" => Ok("mp3"),
        other => Err(format!("audio must be WAV or MP3, and this is `{other}`")),
    }
}
