//! What can go wrong with a model server, in the words and classes that upstream's clients know.

use std::borrow::Cow;
use std::error::Error;

use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::config::Secret;
use super::provider::Provider;
use super::wire::Api;
use crate::generated::agui::RunErrorEvent;
use crate::runtime::error::{AgentError, ErrorCode};
use crate::upstream::Refusal;

/// A body in an error message is shown up to here.
const EXCERPT_CHARS: usize = 1000;
/// Shorter ones are not keys but placeholders, and could stand in any text.
const KEY_CHARS: usize = 20;

/// Makes the errors of one agent: knows how the server is called and which secrets must not be seen.
#[derive(Debug, Clone)]
pub(super) struct Failures {
    label: &'static str,
    whole_errors: bool,
    /// Whether the body of an error is the error, and not an envelope of it.
    bare_errors: bool,
    /// The longest first: one may be part of another.
    secrets: Vec<Secret>,
}

/// OpenAI's error object, as far as servers agree on it.
#[derive(Deserialize)]
struct ErrorEnvelope {
    error: Option<Value>,
    /// AWS has no more; its gateways begin it with a capital.
    #[serde(alias = "Message")]
    message: Option<Value>,
}

impl Failures {
    pub(super) fn new<'a>(
        provider: &Provider,
        secrets: impl IntoIterator<Item = &'a Secret>,
    ) -> Self {
        let mut secrets: Vec<_> = secrets
            .into_iter()
            // A server that tells what it got leaves out words such as `Bearer`.
            .flat_map(|secret| secret.expose().split_whitespace())
            .filter(|word| word.len() >= KEY_CHARS)
            .map(Secret::new)
            .collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose().len()));
        Self {
            label: provider.label,
            whole_errors: provider.whole_errors,
            bare_errors: provider.api == Api::Bedrock,
            secrets,
        }
    }

    /// The beginning of a text from the server, without secrets; these go first, as half a key would not be found.
    pub(super) fn excerpt(&self, text: &str) -> String {
        let mut text = Cow::Borrowed(text);
        for secret in &self.secrets {
            if text.contains(secret.expose()) {
                text = Cow::Owned(text.replace(secret.expose(), "***"));
            }
        }
        match text.char_indices().nth(EXCERPT_CHARS) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text.into_owned(),
        }
    }

    /// The server answered with this status and body.
    pub(super) fn status(&self, status: StatusCode, body: &str) -> AgentError {
        let (code, kind) = classify(status);
        let own = serde_json::from_str(body).ok();
        let own = own.and_then(|ErrorEnvelope { error, message }: ErrorEnvelope| {
            let bare = message.filter(|_| self.bare_errors);
            Some(self.excerpt(&error_text(error.or(bare)?)))
        });
        let text = match &own {
            Some(text) if !self.whole_errors => text.clone(),
            _ => self.excerpt(body.trim()),
        };
        let text = match text.as_str() {
            "" => "status code (no body)",
            text => text,
        };
        let mut error = self.error(code, kind, &format!("{} {text}", status.as_u16()));
        error.status = status.as_u16();
        in_own_words(error, own)
    }

    /// The server reported an error inside a stream that had begun well.
    pub(super) fn in_stream(&self, error: &str) -> AgentError {
        let text = serde_json::from_str(error).map_or_else(|_| error.to_owned(), error_text);
        let text = self.excerpt(&text);
        let error = self.error(ErrorCode::NetworkError, "APIError", &text);
        in_own_words(error, Some(text))
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

    /// The server was not asked.
    pub(super) fn refused(&self, refusal: &Refusal) -> AgentError {
        let text = format!("the model server {refusal}");
        self.error(ErrorCode::NetworkError, "APIConnectionError", &text)
    }

    /// The answer breaks off, or is no answer.
    pub(super) fn broken(&self, text: &str) -> AgentError {
        self.error(ErrorCode::NetworkError, "OpenAIError", text)
    }

    /// The answer ends at its limit of tokens, in the middle of a call of this tool.
    pub(super) fn cut_call(&self, tool: &str) -> AgentError {
        let text = format!(
            "the answer reached its limit of tokens in the middle of a call of the tool `{tool}`"
        );
        self.error(ErrorCode::Unknown, "LengthFinishReasonError", &text)
    }

    fn error(&self, code: ErrorCode, kind: &'static str, text: &str) -> AgentError {
        let mut error = AgentError::new(code, format!("{} API error: {text}", self.label));
        error.kind = kind.into();
        error.event_code = None;
        error
    }
}

/// AG-UI clients get the server's own message, without a code (upstream 1.75.0).
fn in_own_words(mut error: AgentError, message: Option<String>) -> AgentError {
    let message = message.filter(|message| !message.is_empty());
    error.event = message.map(|message| Box::new(RunErrorEvent::new(message)));
    error
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

fn error_text(error: Value) -> String {
    match (error.get("message"), &error) {
        (Some(Value::String(text)), _) | (None, Value::String(text)) => text.clone(),
        (Some(message), _) => message.to_string(),
        (None, error) => error.to_string(),
    }
}
