//! Transcription by a server that speaks OpenAI's API: `POST {base_url}/audio/transcriptions`.

use std::fmt;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::timeout;
use url::Url;
use uuid::Uuid;

use super::{Audio, Transcriber, TranscriptionError};
use crate::upstream::{
    self, Failed, Repeat, Timeouts, Upstream, UpstreamSettings, default_connect, innermost,
};

/// How long a provider may take for one recording.
const PATIENCE: Duration = Duration::from_secs(120);
/// Of an answer this much is read.
const MAX_ANSWER_BYTES: usize = 4 << 20;

/// `[transcription]`: which server writes down what users say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TranscriptionConfig {
    /// The API's address, without `/audio/transcriptions`.
    pub base_url: String,
    /// The model.
    pub model: String,
    /// The environment variable that holds the key. Unset, `OPENAI_API_KEY` for OpenAI's own server and none for another.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"OPENAI_API_KEY")]
    pub api_key_env: Option<String>,
    /// The longest recording, in bytes.
    pub max_bytes: usize,
}

const OPENAI: &str = "https://api.openai.com/v1";

impl Default for TranscriptionConfig {
    /// OpenAI's `whisper-1`, and its own limit of 25 MB.
    fn default() -> Self {
        Self {
            base_url: OPENAI.to_owned(),
            model: "whisper-1".to_owned(),
            api_key_env: None,
            max_bytes: 25_000_000,
        }
    }
}

/// A configuration that cannot work, and what would mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TranscriptionConfigError {
    /// The address is none.
    #[error("base_url `{0}`: write an address that begins with http:// or https://")]
    BadUrl(String),
    /// The key is not where the configuration says.
    #[error(
        "the environment variable `{0}` is not set; it should hold the transcription server's key"
    )]
    MissingKey(String),
    /// The key cannot be sent.
    #[error("the key in `{0}` has characters that no header may have")]
    BadKey(String),
    /// The client cannot be made.
    #[error("the HTTP client cannot be made: {0}")]
    Client(String),
}

/// Asks an OpenAI-compatible server.
pub struct OpenAiTranscriber {
    upstream: Upstream,
    url: Url,
    key: Option<HeaderValue>,
    model: String,
    max_bytes: usize,
}

impl fmt::Debug for OpenAiTranscriber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAiTranscriber")
            .field("url", &self.url.as_str())
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

impl OpenAiTranscriber {
    /// One for this configuration.
    ///
    /// # Errors
    /// If the address or the key cannot be used.
    pub fn new(config: &TranscriptionConfig) -> Result<Self, TranscriptionConfigError> {
        let url = endpoint(&config.base_url)?;
        let timeouts = Timeouts {
            connect: default_connect(),
            first_byte: PATIENCE,
            idle: PATIENCE,
        };
        let upstream = Upstream::at(&url, UpstreamSettings::new(timeouts));
        Ok(Self {
            upstream: upstream
                .map_err(|error| TranscriptionConfigError::Client(error.to_string()))?,
            url,
            key: key(config)?,
            model: config.model.clone(),
            max_bytes: config.max_bytes,
        })
    }

    async fn ask(&self, audio: Audio) -> Result<String, TranscriptionError> {
        if audio.bytes.is_empty() {
            return Err(TranscriptionError::TooShort);
        }
        if audio.bytes.len() > self.max_bytes {
            return Err(TranscriptionError::TooLong);
        }
        let boundary = Uuid::new_v4().simple().to_string();
        let content = format!("multipart/form-data; boundary={boundary}");
        let form = form(&boundary, &self.model, &audio);
        let request = || {
            let request = self.upstream.request(Method::POST, self.url.clone());
            let request = request.header(CONTENT_TYPE, &content).body(form.clone());
            match &self.key {
                Some(key) => request.header(AUTHORIZATION, key.clone()),
                None => request,
            }
        };
        let asked = async {
            let answer = self.upstream.send(Repeat::Reads, request).await;
            let upstream::Answer { status, body, .. } = answer.map_err(not_asked)?;
            Ok((status, whole(body).await?))
        };
        let (status, answer) = timeout(PATIENCE, asked)
            .await
            .map_err(|_| unreached(&format!("it did not answer within {PATIENCE:?}")))??;
        if !status.is_success() {
            return Err(refused(status, &answer));
        }
        let text = answer.get("text").and_then(Value::as_str);
        text.map(str::to_owned).ok_or_else(|| {
            TranscriptionError::Provider("The transcription server's answer has no text".to_owned())
        })
    }
}

impl Transcriber for OpenAiTranscriber {
    fn upstream(&self) -> Option<&Upstream> {
        Some(&self.upstream)
    }

    fn transcribe(&self, audio: Audio) -> BoxFuture<'_, Result<String, TranscriptionError>> {
        self.ask(audio).boxed()
    }
}

fn endpoint(base_url: &str) -> Result<Url, TranscriptionConfigError> {
    let bad = || TranscriptionConfigError::BadUrl(crate::store::without_secrets(base_url));
    let mut url = Url::parse(base_url).map_err(|_| bad())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad());
    }
    // Azure has a query after the path.
    let path = format!("{}/audio/transcriptions", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Ok(url)
}

fn key(config: &TranscriptionConfig) -> Result<Option<HeaderValue>, TranscriptionConfigError> {
    let name = match &config.api_key_env {
        Some(name) => name,
        None if config.base_url == OPENAI => "OPENAI_API_KEY",
        // A server of one's own must not be handed OpenAI's key.
        None => return Ok(None),
    };
    let key = std::env::var(name).unwrap_or_default();
    let key = key.trim();
    if key.is_empty() {
        return Err(TranscriptionConfigError::MissingKey(name.to_owned()));
    }
    let mut value = HeaderValue::from_str(&format!("Bearer {key}"))
        .map_err(|_| TranscriptionConfigError::BadKey(name.to_owned()))?;
    value.set_sensitive(true);
    Ok(Some(value))
}

/// The form with its two fields.
fn form(boundary: &str, model: &str, audio: &Audio) -> Bytes {
    let mut form = BytesMut::with_capacity(audio.bytes.len() + 1024);
    let mut field = |disposition: &str, content: &[u8]| {
        form.put_slice(
            format!("--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n")
                .as_bytes(),
        );
        form.put_slice(content);
        form.put_slice(b"\r\n");
    };
    field("name=\"model\"", model.as_bytes());
    field("name=\"response_format\"", b"json");
    let file = format!(
        "name=\"file\"; filename=\"{}\"\r\nContent-Type: {}",
        printable(&audio.filename),
        printable(&audio.media_type)
    );
    field(&file, &audio.bytes);
    form.put_slice(format!("--{boundary}--\r\n").as_bytes());
    form.freeze()
}

/// A client's text, fit to stand in a header: it must not end the header, nor the quotes around it.
fn printable(text: &str) -> String {
    let fit = |it: &char| !it.is_control() && *it != '"' && *it != '\\';
    text.chars().filter(fit).take(200).collect()
}

fn not_asked(failed: Failed) -> TranscriptionError {
    match failed {
        Failed::Unreachable(error) => unreached(&innermost(&error)),
        Failed::Slow(wait) => unreached(&format!("it did not answer within {wait:?}")),
        Failed::Refused(refusal) => unreached(&format!("it {refusal}")),
    }
}

fn unreached(reason: &str) -> TranscriptionError {
    tracing::warn!("the transcription server was not reached: {reason}");
    TranscriptionError::Network("Network error during transcription".to_owned())
}

async fn whole(mut answer: upstream::Body) -> Result<Value, TranscriptionError> {
    let mut body = BytesMut::new();
    while let Some(part) = answer.next().await {
        body.extend_from_slice(&part.map_err(|_| unreached("its answer broke off"))?);
        if body.len() > MAX_ANSWER_BYTES {
            let message = "The transcription server's answer is too long";
            return Err(TranscriptionError::Provider(message.to_owned()));
        }
    }
    Ok(serde_json::from_slice(&body).unwrap_or_default())
}

/// What a refusal of the provider's means.
fn refused(status: StatusCode, answer: &Value) -> TranscriptionError {
    let reason = answer["error"]["message"].as_str().unwrap_or_default();
    tracing::warn!(%status, reason, "the transcription server refused");
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => TranscriptionError::AuthFailed,
        StatusCode::TOO_MANY_REQUESTS => TranscriptionError::RateLimited,
        StatusCode::PAYLOAD_TOO_LARGE => TranscriptionError::TooLong,
        _ => match answer["error"]["code"].as_str() {
            Some("audio_too_short") => TranscriptionError::TooShort,
            Some("audio_too_long") => TranscriptionError::TooLong,
            _ if reason.contains("too short") => TranscriptionError::TooShort,
            _ if reason.contains("too long") => TranscriptionError::TooLong,
            _ => TranscriptionError::Provider(format!(
                "The transcription server answered {}",
                status.as_u16()
            )),
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_name_cannot_leave_its_header() {
        let audio = Audio {
            bytes: Bytes::from_static(b"abc"),
            media_type: "audio/webm\r\nX: y".to_owned(),
            filename: "a\"; name=\"model\"\r\n.webm".to_owned(),
        };
        let form = form("B", "whisper-1", &audio);
        let expected = "--B\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n\
            --B\r\nContent-Disposition: form-data; name=\"response_format\"\r\n\r\njson\r\n\
            --B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a; name=model.webm\"\r\n\
            Content-Type: audio/webmX: y\r\n\r\nabc\r\n--B--\r\n";
        assert_eq!(std::str::from_utf8(&form).unwrap(), expected);
    }

    #[test]
    fn a_refusal_is_told_by_what_it_means() {
        use TranscriptionError::{AuthFailed, Provider, RateLimited, TooLong, TooShort};
        let cases = [
            (401, json!({}), AuthFailed),
            (403, json!({}), AuthFailed),
            (429, json!({}), RateLimited),
            (413, json!({}), TooLong),
            (400, json!({"error": {"code": "audio_too_short"}}), TooShort),
            (
                400,
                json!({"error": {"message": "Audio file is too short."}}),
                TooShort,
            ),
            // What a server says may be about its inside.
            (
                400,
                json!({"error": {"message": "no such model"}}),
                Provider("The transcription server answered 400".to_owned()),
            ),
            (
                500,
                json!({"error": {"message": "stack trace"}}),
                Provider("The transcription server answered 500".to_owned()),
            ),
        ];
        for (status, answer, expected) in cases {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(refused(status, &answer), expected);
        }
    }

    #[test]
    fn the_address_is_completed() {
        let url = endpoint("https://x.example/v1/?api-version=1").unwrap();
        assert_eq!(
            url.as_str(),
            "https://x.example/v1/audio/transcriptions?api-version=1"
        );
        for base_url in ["", "x.example", "ftp://x.example"] {
            assert!(endpoint(base_url).is_err(), "{base_url}");
        }
    }

    #[test]
    fn a_server_of_ones_own_gets_no_key_of_openais() {
        let own = TranscriptionConfig {
            base_url: "http://localhost:1/v1".to_owned(),
            ..TranscriptionConfig::default()
        };
        assert_eq!(key(&own), Ok(None));
        let named = TranscriptionConfig {
            api_key_env: Some("NO_SUCH_VARIABLE_FOR_SURE".to_owned()),
            ..own
        };
        let missing = TranscriptionConfigError::MissingKey("NO_SUCH_VARIABLE_FOR_SURE".to_owned());
        assert_eq!(key(&named), Err(missing));
    }
}
