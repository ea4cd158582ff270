//! `/transcribe`: takes a recording as a form or in JSON, and answers with its text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use futures_util::stream;
use http::StatusCode;
use serde_json::{Value, json};

use super::{Asked, Face, Reply};
use crate::transcribe::{Audio, TranscriptionError};

const AUDIO_TYPES: [&str; 8] = [
    "audio/mpeg",
    "audio/mp3",
    "audio/mp4",
    "audio/wav",
    "audio/webm",
    "audio/ogg",
    "audio/flac",
    "audio/aac",
];
/// What browsers record.
const USUAL_TYPE: &str = "audio/webm";
const USUAL_NAME: &str = "recording.webm";

impl Face {
    pub(super) async fn transcribe(&self, asked: &Asked) -> Reply {
        let Some(transcriber) = &self.runtime.parts().transcriber else {
            return Refusal::NotConfigured.into();
        };
        let audio = match audio(asked).await {
            Ok(audio) => audio,
            Err(refusal) => return refusal.into(),
        };
        let (size, media_type) = (audio.bytes.len(), audio.media_type.clone());
        match transcriber.transcribe(audio).await {
            Ok(text) => Reply::ok(&json!({"text": text, "size": size, "type": media_type})),
            Err(error) => Refusal::Failed(error).into(),
        }
    }
}

/// Why there is no text.
#[derive(Debug, PartialEq)]
enum Refusal {
    NotConfigured,
    Invalid(&'static str),
    Format(String),
    Failed(TranscriptionError),
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        use TranscriptionError::{AuthFailed, Network, Provider, RateLimited, TooLong, TooShort};
        let (status, code, retryable) = match &refusal {
            Refusal::NotConfigured => (503, "service_not_configured", false),
            Refusal::Invalid(_) => (400, "invalid_request", false),
            Refusal::Format(_) => (400, "invalid_audio_format", false),
            Refusal::Failed(AuthFailed) => (401, "auth_failed", false),
            Refusal::Failed(RateLimited) => (429, "rate_limited", true),
            Refusal::Failed(TooLong) => (400, "audio_too_long", false),
            Refusal::Failed(TooShort) => (400, "audio_too_short", false),
            Refusal::Failed(Provider(_)) => (500, "provider_error", true),
            Refusal::Failed(Network(_)) => (502, "network_error", true),
        };
        let message = match refusal {
            Refusal::NotConfigured => "Transcription service is not configured".to_owned(),
            Refusal::Invalid(message) => message.to_owned(),
            Refusal::Format(given) => format!(
                "Unsupported audio format: {given}. Supported: {}",
                AUDIO_TYPES.join(", ")
            ),
            Refusal::Failed(error) => error.to_string(),
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = json!({"error": code, "message": message, "retryable": retryable});
        Self::json(status, &body)
    }
}

async fn audio(asked: &Asked) -> Result<Audio, Refusal> {
    // What an envelope carries is JSON.
    if asked.enveloped || asked.content_type.contains("application/json") {
        from_json(&asked.body)
    } else if asked.content_type.contains("multipart/form-data") {
        from_form(&asked.content_type, asked.body.clone()).await
    } else {
        const MESSAGE: &str =
            "Request must be multipart/form-data or application/json with base64 audio";
        Err(Refusal::Invalid(MESSAGE))
    }
}

fn from_json(body: &[u8]) -> Result<Audio, Refusal> {
    let body: Value = serde_json::from_slice(body)
        .map_err(|_| Refusal::Invalid("Request body must be valid JSON"))?;
    let text = |key| {
        body.get(key)
            .and_then(Value::as_str)
            .filter(|it| !it.is_empty())
    };
    let audio = text("audio").ok_or(Refusal::Invalid(
        "Request must include 'audio' field with base64-encoded audio data",
    ))?;
    let media_type = text("mimeType").ok_or(Refusal::Invalid(
        "Request must include 'mimeType' field (e.g., 'audio/webm')",
    ))?;
    let media_type = checked(media_type)?;
    // A data URL has its data after a comma.
    let encoded = audio.split(',').nth(1).unwrap_or(audio);
    let bytes = decode(encoded).ok_or(Refusal::Invalid("Failed to decode base64 audio data"))?;
    Ok(Audio {
        bytes: bytes.into(),
        media_type: media_type.to_owned(),
        filename: text("filename").unwrap_or(USUAL_NAME).to_owned(),
    })
}

/// As browsers decode base64: white space and missing padding do not matter.
fn decode(encoded: &str) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    if let Ok(bytes) = STANDARD.decode(encoded) {
        return Some(bytes);
    }
    let dense: String = encoded
        .chars()
        .filter(|it| !it.is_ascii_whitespace())
        .collect();
    LENIENT.decode(dense).ok()
}

async fn from_form(content_type: &str, body: Bytes) -> Result<Audio, Refusal> {
    const MISSING: Refusal =
        Refusal::Invalid("No audio file found in form data. Please include an 'audio' field.");
    let boundary = multer::parse_boundary(content_type).map_err(|_| MISSING)?;
    let body = stream::iter([Ok::<_, std::convert::Infallible>(body)]);
    let mut form = multer::Multipart::new(body, boundary);
    while let Some(field) = form.next_field().await.map_err(|_| MISSING)? {
        let (Some("audio"), Some(filename)) = (field.name(), field.file_name()) else {
            continue;
        };
        let filename = Some(filename).filter(|name| !name.is_empty());
        let filename = filename.unwrap_or(USUAL_NAME).to_owned();
        let given = field.content_type().map(|it| it.as_ref().to_owned());
        let media_type = match checked(given.as_deref().unwrap_or_default())? {
            "" | "application/octet-stream" => USUAL_TYPE.to_owned(),
            media_type => media_type.to_owned(),
        };
        return Ok(Audio {
            bytes: field.bytes().await.map_err(|_| MISSING)?,
            media_type,
            filename,
        });
    }
    Err(MISSING)
}

/// A media type that is one of sound, or says nothing.
fn checked(media_type: &str) -> Result<&str, Refusal> {
    let kind = media_type.split(';').next().unwrap_or_default().trim();
    match AUDIO_TYPES.contains(&kind) || ["", "application/octet-stream"].contains(&kind) {
        true => Ok(media_type),
        false => Err(Refusal::Format(media_type.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn json(body: Value) -> Result<Audio, Refusal> {
        from_json(body.to_string().as_bytes())
    }

    #[test]
    fn a_recording_comes_in_json() {
        let webm =
            |audio: &str| json(json!({"audio": audio, "mimeType": "audio/webm;codecs=opus"}));
        for audio in [
            "aGVsbG8=",
            "aGVsbG8",
            "aGVs\nbG8=",
            "data:audio/webm;base64,aGVsbG8=",
        ] {
            let read = webm(audio).unwrap();
            assert_eq!(read.bytes, "hello", "{audio}");
            assert_eq!(read.filename, USUAL_NAME);
            assert_eq!(read.media_type, "audio/webm;codecs=opus");
        }
        let refused = webm("@@@").unwrap_err();
        assert_eq!(
            refused,
            Refusal::Invalid("Failed to decode base64 audio data")
        );
        let png = json(json!({"audio": "aGk=", "mimeType": "image/png"}));
        assert_eq!(png, Err(Refusal::Format("image/png".to_owned())));
        for body in [
            json!(null),
            json!([]),
            json!({"audio": 1}),
            json!({"audio": ""}),
        ] {
            let refused = json(body).unwrap_err();
            assert!(matches!(refused, Refusal::Invalid(why) if why.contains("'audio'")));
        }
    }

    #[tokio::test]
    async fn a_recording_comes_in_a_form() {
        let form = |headers: &str| {
            let body = format!("--B\r\n{headers}\r\n\r\nhello\r\n--B--\r\n");
            from_form("multipart/form-data; boundary=B", body.into())
        };
        let disposition = "Content-Disposition: form-data; name=\"audio\"; filename=\"a.ogg\"";
        let read = form(&format!("{disposition}\r\nContent-Type: audio/ogg"))
            .await
            .unwrap();
        let expected = Audio {
            bytes: "hello".into(),
            media_type: "audio/ogg".to_owned(),
            filename: "a.ogg".to_owned(),
        };
        assert_eq!(read, expected);
        let untyped = form(disposition).await.unwrap();
        assert_eq!(untyped.media_type, USUAL_TYPE);
        let text = form("Content-Disposition: form-data; name=\"audio\"").await;
        assert!(matches!(text, Err(Refusal::Invalid(why)) if why.starts_with("No audio file")));
        let unbounded = from_form("multipart/form-data", Bytes::new()).await;
        assert!(unbounded.is_err());
    }

    #[test]
    fn every_failure_has_upstreams_code() {
        let told = |refusal: Refusal| Reply::from(refusal).status.as_u16();
        assert_eq!(told(Refusal::NotConfigured), 503);
        assert_eq!(told(Refusal::Failed(TranscriptionError::AuthFailed)), 401);
        assert_eq!(told(Refusal::Failed(TranscriptionError::TooShort)), 400);
        let network = TranscriptionError::Network(String::new());
        assert_eq!(told(Refusal::Failed(network)), 502);
    }
}
