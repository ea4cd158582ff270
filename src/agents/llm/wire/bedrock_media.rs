//! Pictures, documents, sounds and films as Bedrock takes them: by their formats' names, and never from the web.

use serde_json::{Value, json};

use crate::agents::llm::content::{Kind, Media, Source};

/// Media types without what is before the slash, and the server's names of the formats.
const IMAGE: &[(&str, &str)] = &[
    ("jpg", "jpeg"),
    ("jpeg", "jpeg"),
    ("png", "png"),
    ("gif", "gif"),
    ("webp", "webp"),
];
const AUDIO: &[(&str, &str)] = &[
    ("mpeg", "mp3"),
    ("mp3", "mp3"),
    ("wav", "wav"),
    ("x-wav", "wav"),
    ("wave", "wav"),
    ("webm", "webm"),
    ("ogg", "ogg"),
    ("opus", "opus"),
    ("flac", "flac"),
    ("aac", "aac"),
    ("mp4", "mp4"),
    ("x-m4a", "m4a"),
];
const VIDEO: &[(&str, &str)] = &[
    ("mp4", "mp4"),
    ("webm", "webm"),
    ("quicktime", "mov"),
    ("x-matroska", "mkv"),
    ("x-flv", "flv"),
    ("mpeg", "mpeg"),
    ("x-ms-wmv", "wmv"),
    ("3gpp", "three_gp"),
];
const DOCUMENT: &[(&str, &str)] = &[
    ("pdf", "pdf"),
    ("csv", "csv"),
    ("html", "html"),
    ("plain", "txt"),
    ("markdown", "md"),
    ("msword", "doc"),
    ("vnd.ms-excel", "xls"),
    (
        "vnd.openxmlformats-officedocument.wordprocessingml.document",
        "docx",
    ),
    (
        "vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "xlsx",
    ),
];

/// The block for a part of a message, or why the model cannot be sent it.
pub(super) fn block(media: &Media<'_>) -> Result<Value, String> {
    let source = match media.source {
        Source::Data(data) => json!({"bytes": data}),
        Source::Url(url) | Source::File(url) if url.starts_with("s3://") => {
            json!({"s3Location": {"uri": url}})
        }
        Source::Url(_) | Source::File(_) => {
            return Err(
                "Bedrock takes only data that is sent along, or an address in S3".to_owned(),
            );
        }
    };
    let Some(format) = format(media.kind, media.mime_type) else {
        return Err(format!(
            "Bedrock takes nothing of the type `{}`",
            media.mime_type
        ));
    };
    let mut block = json!({"format": format, "source": source});
    let kind = match media.kind {
        Kind::Image => "image",
        Kind::Audio => "audio",
        Kind::Video => "video",
        Kind::Document => {
            block["name"] = name(media.filename).into();
            "document"
        }
    };
    Ok(json!({kind: block}))
}

/// The server's name of a format. Images without a type are what browsers make most.
fn format(kind: Kind, mime_type: &str) -> Option<&'static str> {
    let mime_type = mime_type.split(';').next().unwrap_or_default().trim();
    let (_, subtype) = mime_type.split_once('/').unwrap_or_default();
    let known = match kind {
        Kind::Image if mime_type.is_empty() => return Some("png"),
        Kind::Image => IMAGE,
        Kind::Audio => AUDIO,
        Kind::Video => VIDEO,
        Kind::Document => DOCUMENT,
    };
    let mut known = known.iter();
    known
        .find(|(name, _)| *name == subtype)
        .map(|(_, format)| *format)
}

/// The server allows letters, digits, single spaces, hyphens and brackets in the name of a document, and no dot.
fn name(filename: Option<&str>) -> String {
    let stem = filename.map_or("document", |name| {
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    });
    let plain = |c: char| c.is_ascii_alphanumeric() || "-()[]".contains(c);
    let words = stem.split(|c| !plain(c)).filter(|word| !word.is_empty());
    let name: Vec<_> = words.collect();
    match name.join(" ") {
        name if name.is_empty() => "document".to_owned(),
        name => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_gets_a_name_that_the_server_allows() {
        for (filename, expected) in [
            (None, "document"),
            (Some("Report (final) v1.2_a.pdf"), "Report (final) v1 2 a"),
            (Some("Überblick.pdf"), "berblick"),
            (Some("..pdf"), "document"),
        ] {
            assert_eq!(name(filename), expected);
        }
    }
}
