//! What can go wrong with a model server, in the words and classes that upstream's clients know.

use std::error::Error;

use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::config::Secret;
use crate::runtime::error::{AgentError, ErrorCode};

/// A body in an error message is shown up to here.
const EXCERPT_CHARS: usize = 1000;
/// Shorter ones are not keys but placeholders, and could stand in any text.
const KEY_CHARS: usize = 20;

/// Makes the errors of one agent: knows how the server is called and which key must not be seen.
#[derive(Debug, Clone)]
pub(super) struct Failures {
    label: &'static str,
    key: Option<Secret>,
}

/// OpenAI's error object, as far as servers agree on it.
#[derive(Deserialize)]
struct ErrorEnvelope {
    error: Option<Value>,
}

impl Failures {
    pub(super) fn new(label: &'static str, key: Option<Secret>) -> Self {
        Self { label, key }
    }

    /// The server answered with this status and body.
    pub(super) fn status(&self, status: StatusCode, body: &str) -> AgentError {
        let (code, kind) = classify(status);
        let text = match serde_json::from_str::<ErrorEnvelope>(body) {
            Ok(ErrorEnvelope { error: Some(error) }) => error_text(&error),
            _ => excerpt(body.trim()),
        };
        let text = match text.as_str() {
            "" => "status code (no body)",
            text => text,
        };
        let mut error = self.error(code, kind, &format!("{} {text}", status.as_u16()));
        error.status = status.as_u16();
        error
    }

    /// The server reported an error inside a stream that had begun well.
    pub(super) fn in_stream(&self, error: &str) -> AgentError {
        let text =
            serde_json::from_str(error).map_or_else(|_| excerpt(error), |error| error_text(&error));
        self.error(ErrorCode::NetworkError, "APIError", &text)
    }

    /// The server cannot be reached.
    pub(super) fn connection(&self, source: impl Error + Send + Sync + 'static) -> AgentError {
        let mut error = self.error(
            ErrorCode::NetworkError,
            "APIConnectionError",
            "Connection error.",
        );
        error.source = Some(Box::new(source));
        error
    }

    /// The server stays silent.
    pub(super) fn timeout(&self, text: &str) -> AgentError {
        self.error(ErrorCode::NetworkError, "APIConnectionTimeoutError", text)
    }

    /// The answer breaks off, or is no answer.
    pub(super) fn broken(&self, text: &str) -> AgentError {
        self.error(ErrorCode::NetworkError, "OpenAIError", text)
    }

    fn error(&self, code: ErrorCode, kind: &'static str, text: &str) -> AgentError {
        let mut message = format!("{} API error: {text}", self.label);
        if let Some(key) = self.key.as_ref().map(Secret::expose)
            && key.len() >= KEY_CHARS
        {
            message = message.replace(key, "***");
        }
        let mut error = AgentError::new(code, message);
        error.kind = kind;
        error
    }
}

/// Upstream's code for a status, and the class of OpenAI's own client.
fn classify(status: StatusCode) -> (ErrorCode, &'static str) {
    let kind = match status.as_u16() {
        400 => "BadRequestError",
        401 => "AuthenticationError",
        403 => "PermissionDeniedError",
        404 => "NotFoundError",
        409 => "ConflictError",
        422 => "UnprocessableEntityError",
        429 => "RateLimitError",
        500.. => "InternalServerError",
        _ => "APIError",
    };
    let code = match status.as_u16() {
        401 => ErrorCode::AuthenticationError,
        500.. => ErrorCode::NetworkError,
        _ => ErrorCode::ConfigurationError,
    };
    (code, kind)
}

fn error_text(error: &Value) -> String {
    match (error, error.get("message")) {
        (Value::String(text), _) | (_, Some(Value::String(text))) => excerpt(text),
        (_, Some(message)) => excerpt(&message.to_string()),
        _ => excerpt(&error.to_string()),
    }
}

pub(super) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(EXCERPT_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
