//! What can go wrong with an agent elsewhere, told so that somebody can mend it: which address, what it did, what to change.
//!
//! Upstream says `fetch failed` or `terminated`. Its words are kept where they say enough. Of the configured address, and of
//! one that the agent redirects to, only the origin is told: path and query may hold a secret.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use serde::de::IgnoredAny;
use serde_json::Value;
use url::Url;

use crate::runtime::INCOMPLETE_STREAM;
use crate::runtime::error::{AgentError, ErrorCode};
use crate::upstream::{BodyError, Failed, innermost};

/// A text from the agent is shown up to here.
const EXCERPT_CHARS: usize = 1000;
/// Shorter ones are no secrets, and could stand in any text.
const SECRET_CHARS: usize = 12;

/// Makes the errors of one agent.
#[derive(Debug, Clone)]
pub(super) struct Failures {
    /// Scheme, host and port.
    origin: String,
}

impl Failures {
    pub(super) fn new(url: &Url) -> Self {
        Self {
            origin: url.origin().ascii_serialization(),
        }
    }

    /// There is no answer.
    pub(super) fn no_answer(&self, failed: Failed, connect: Duration) -> AgentError {
        match failed {
            Failed::Unreachable(cause) => self.unreachable(cause, connect),
            Failed::Slow(wait) => failure(format!(
                "The agent at {} did not begin to answer within {wait:?} (first_byte_seconds).",
                self.origin
            )),
            Failed::Refused(refusal) => {
                let mut error = failure(format!("The agent at {} {refusal}", self.origin));
                error.status = 503;
                error
            }
        }
    }

    /// The agent cannot be reached, or broke off before it answered.
    fn unreachable(&self, cause: reqwest::Error, connect: Duration) -> AgentError {
        let origin = &self.origin;
        let message = if cause.is_connect() && cause.is_timeout() {
            format!(
                "The agent at {origin} cannot be reached: no connection within {connect:?} (connect_seconds). Is it running, and is its `url` right?"
            )
        } else if cause.is_connect() {
            format!(
                "The agent at {origin} cannot be reached: {}. Is it running, and is its `url` right?",
                innermost(&cause)
            )
        } else {
            format!(
                "The agent at {origin} broke off before it answered: {}",
                innermost(&cause)
            )
        };
        caused(message, cause)
    }

    /// The answer ends before its end.
    pub(super) fn broke_off(&self, error: BodyError) -> AgentError {
        match error {
            BodyError::Silent(wait) => failure(format!(
                "The agent at {} was silent for {wait:?} in the middle of its answer (idle_seconds).",
                self.origin
            )),
            BodyError::Cut(cause) => {
                let message = format!(
                    "The connection to the agent at {} broke off in the middle of its answer: {}",
                    self.origin,
                    innermost(&cause)
                );
                caused(message, cause)
            }
        }
    }

    /// A redirect would take what is meant for the agent elsewhere, or leads in a circle. Where to is in the log.
    pub(super) fn redirect(&self, status: StatusCode, to: Option<&Url>) -> AgentError {
        let host = to.map_or_else(
            || "nowhere".to_owned(),
            |to| format!("an address at {}", to.origin().ascii_serialization()),
        );
        let mut error = failure(format!(
            "The agent at {} answered {} with a redirect to {host}, which is not followed. The server's log has the whole address; if that is where the agent is, configure it as its `url`.",
            self.origin,
            status.as_u16(),
        ));
        error.source = to.map(|to| format!("a redirect to {to}").into());
        error
    }

    /// Upstream's words (1.75.0): the status and the body.
    pub(super) fn status(&self, status: StatusCode, body: &str, sent: &HeaderMap) -> AgentError {
        let body = match serde_json::from_str::<Value>(body) {
            Ok(json) => json.to_string(),
            Err(_) => body.trim().to_owned(),
        };
        let mut error = failure(format!(
            "HTTP {}: {}",
            status.as_u16(),
            excerpt(&body, sent)
        ));
        error.source = Some(format!("the answer of {}", self.origin).into());
        error
    }

    pub(super) fn not_events(&self, content: &str, body: &str, sent: &HeaderMap) -> AgentError {
        failure(format!(
            "The agent at {} answered with {content} in place of an event stream. Is its `url` that of an AG-UI agent? It begins: {}",
            self.origin,
            excerpt(body.trim(), sent)
        ))
    }

    /// An event that is no JSON, or none of AG-UI's.
    pub(super) fn event(&self, data: &[u8], cause: serde_json::Error) -> AgentError {
        let is_json = serde_json::from_slice::<IgnoredAny>(data);
        let text = is_json.as_ref().err().unwrap_or(&cause).to_string();
        // There is one line only, and columns say nothing to somebody who does not see it.
        let text = text.split(" at line ").next().unwrap_or_default();
        match is_json {
            Ok(_) => self.shape(text),
            Err(_) => failure(format!(
                "The agent at {} sent an event that is not JSON: {}",
                self.origin,
                excerpt(text, &HeaderMap::new())
            )),
        }
    }

    /// An event with something in it that is not what AG-UI has there.
    pub(super) fn shape(&self, what: &str) -> AgentError {
        failure(format!(
            "The agent at {} sent an event that AG-UI does not know in this shape: {}",
            self.origin,
            excerpt(what, &HeaderMap::new())
        ))
    }

    pub(super) fn too_long(&self, limit: usize) -> AgentError {
        failure(format!(
            "The agent at {} sent a line of more than {limit} bytes (line_bytes).",
            self.origin
        ))
    }

    /// A snapshot with a message that nobody knows how to read.
    pub(super) fn unknown_role(&self, role: &str) -> AgentError {
        failure(format!(
            "The agent at {} sent a MESSAGES_SNAPSHOT with a message of an unknown role: {:?}",
            self.origin,
            excerpt(role, &HeaderMap::new())
        ))
    }

    /// Upstream's words (1.75.0).
    pub(super) fn no_start(&self) -> AgentError {
        let mut error = failure("First event must be 'RUN_STARTED'".to_owned());
        error.source = Some(format!("the answer of {}", self.origin).into());
        error
    }

    /// Upstream's words (1.75.0).
    pub(super) fn no_end(&self) -> AgentError {
        let mut error = failure("Run ended without emitting a terminal event".to_owned());
        error.source = Some(format!("the answer of {}", self.origin).into());
        error
    }
}

fn caused(message: String, cause: reqwest::Error) -> AgentError {
    let mut error = failure(message);
    error.source = Some(Box::new(cause));
    error
}

/// Both of upstream's generations know one class for all that an agent gets wrong: `UNKNOWN` with 500 (1.10.6), and this
/// code (1.75.0).
pub(super) fn failure(message: String) -> AgentError {
    let mut error = AgentError::new(ErrorCode::Unknown, message);
    error.kind = "".into();
    error.event_code = Some(INCOMPLETE_STREAM);
    error
}

/// The beginning of a text from the agent, without what it was sent in confidence and may repeat.
pub(crate) fn excerpt(text: &str, sent: &HeaderMap) -> String {
    let words = sent.values().filter_map(|value| value.to_str().ok());
    let mut secrets: Vec<&str> = words
        .flat_map(str::split_whitespace)
        .filter(|word| word.len() >= SECRET_CHARS)
        .collect();
    // One may be part of another.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    let mut text = text.to_owned();
    for secret in secrets {
        if text.contains(secret) {
            text = text.replace(secret, "***");
        }
    }
    if let Some((end, _)) = text.char_indices().nth(EXCERPT_CHARS) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_tells_clients_no_path() -> Result<(), url::ParseError> {
        let failures = Failures::new(&"http://agent.example:8000/hooks/geheim".parse()?);
        let to: Url = "https://elsewhere.example/hooks/geheim/".parse()?;
        let error = failures.redirect(StatusCode::TEMPORARY_REDIRECT, Some(&to));
        let told = &error.message;
        assert!(told.contains("http://agent.example:8000 "), "{told}");
        assert!(told.contains("https://elsewhere.example,"), "{told}");
        assert!(!told.contains("geheim"), "{told}");
        let logged = error.source.map(|source| source.to_string());
        assert_eq!(logged, Some(format!("a redirect to {to}")));
        let error = failures.redirect(StatusCode::FOUND, None);
        assert!(error.message.contains("nowhere"), "{error}");
        Ok(())
    }

    #[test]
    fn a_text_is_shown_in_part_and_without_what_was_sent_in_confidence() {
        let mut sent = HeaderMap::new();
        sent.insert(
            "authorization",
            http::HeaderValue::from_static("Bearer geheim-geheim"),
        );
        sent.insert("x-short", http::HeaderValue::from_static("no"));
        let shown = excerpt("no token geheim-geheim for you", &sent);
        assert_eq!(shown, "no token *** for you");
        let shown = excerpt(&"é".repeat(3000), &sent);
        assert_eq!(shown.chars().count(), EXCERPT_CHARS + 1);
    }
}
