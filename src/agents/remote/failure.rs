//! What can go wrong with a remote endpoint, in upstream's taxonomy (1.10.6), told so that somebody can mend it.
//!
//! Of the configured address only the origin is told: path and query may hold a secret.

use std::borrow::Cow;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use serde_json::Value;
use url::Url;

use super::transport::Method;
use crate::agents::agui::excerpt;
use crate::runtime::error::{AgentError, ErrorCode};
use crate::upstream::{BodyError, Failed, innermost};

/// Upstream's words (1.10.6) for an agent whose connection breaks off.
const CUT: &str = "Agent connection was unexpectedly terminated. This often indicates an error in the agent service (e.g., authentication failures, missing environment variables, or agent crashes). Check the agent logs for the root cause.";

/// Makes the errors of one endpoint.
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

    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    /// There is no answer.
    pub(super) fn no_answer(&self, failed: Failed, connect: Duration) -> AgentError {
        match failed {
            Failed::Unreachable(cause) => self.unreachable(cause, connect),
            Failed::Slow(wait) => self.slow_to_begin(wait),
            Failed::Refused(refusal) => {
                network(format!("The remote endpoint at {} {refusal}", self.origin))
            }
        }
    }

    /// The endpoint cannot be reached, or broke off before it answered.
    fn unreachable(&self, cause: reqwest::Error, connect: Duration) -> AgentError {
        let origin = &self.origin;
        let message = if cause.is_connect() && cause.is_timeout() {
            format!(
                "The remote endpoint at {origin} cannot be reached: no connection within {connect:?} (connect_seconds). Is it running, and is its `url` right?"
            )
        } else if cause.is_connect() {
            format!(
                "The remote endpoint at {origin} cannot be reached: {}. Is it running, and is its `url` right?",
                innermost(&cause)
            )
        } else {
            format!(
                "The remote endpoint at {origin} broke off before it answered: {}",
                innermost(&cause)
            )
        };
        let mut error = network(message);
        error.source = Some(Box::new(cause));
        error
    }

    pub(super) fn slow_to_begin(&self, wait: Duration) -> AgentError {
        network(format!(
            "The remote endpoint at {} did not begin to answer within {wait:?} (first_byte_seconds).",
            self.origin
        ))
    }

    /// The answer ends before its end.
    pub(super) fn broke_off(&self, error: BodyError) -> AgentError {
        match error {
            BodyError::Silent(wait) => network(format!(
                "The remote endpoint at {} was silent for {wait:?} in the middle of its answer (idle_seconds).",
                self.origin
            )),
            BodyError::Cut(cause) => {
                let mut error = network(CUT.to_owned());
                error.source = Some(Box::new(cause));
                error
            }
        }
    }

    /// An answer that says that the request failed. What the endpoint itself says of it is the message.
    pub(super) fn status(
        &self,
        method: Method,
        status: StatusCode,
        body: &str,
        sent: &HeaderMap,
    ) -> AgentError {
        let said = reason(body).map(|said| excerpt(&said, sent));
        let (code, message) = match status.as_u16() {
            404 => (
                ErrorCode::ApiNotFound,
                format!(
                    "The remote endpoint at {} has no {} (404{}). Is its `url` right, the address before `/info`?",
                    self.origin,
                    method.path(),
                    said.map(|said| format!(": {said}")).unwrap_or_default()
                ),
            ),
            401 | 403 => (
                ErrorCode::AuthenticationError,
                format!(
                    "The remote endpoint at {} refused the request ({}{}). Do its `headers` hold the right credentials?",
                    self.origin,
                    status.as_u16(),
                    said.map(|said| format!(": {said}")).unwrap_or_default()
                ),
            ),
            300..=399 => (
                ErrorCode::ConfigurationError,
                format!(
                    "The remote endpoint at {} answered {} with a redirect, which is not followed. Configure where it leads as its `url`.",
                    self.origin,
                    status.as_u16()
                ),
            ),
            _ => (
                ErrorCode::Unknown,
                said.filter(|_| method != Method::Info).unwrap_or_else(|| {
                    format!(
                        "The remote endpoint at {} answered {} with HTTP {}. Its log may say why.",
                        self.origin,
                        method.path(),
                        status.as_u16()
                    )
                }),
            ),
        };
        let mut error = failure(code, message);
        error.source =
            Some(format!("{} of {} answered {status}", method.path(), self.origin).into());
        error
    }

    pub(super) fn not_json(&self, method: Method, cause: &serde_json::Error) -> AgentError {
        failure(
            ErrorCode::Unknown,
            format!(
                "The remote endpoint at {} answered {} with something else than the JSON that is expected: {cause}. Is its `url` that of a CopilotKit remote endpoint?",
                self.origin,
                method.path()
            ),
        )
    }

    /// A line of an agent's answer that cannot be read.
    pub(super) fn bad_line(&self, cause: &serde_json::Error) -> AgentError {
        let text = cause.to_string();
        let text = text.split(" at line ").next().unwrap_or_default();
        failure(
            ErrorCode::Unknown,
            format!(
                "The remote endpoint at {} sent a line that is no event: {text}. Its log may say why.",
                self.origin
            ),
        )
    }

    pub(super) fn too_long(&self, what: &str, limit: usize) -> AgentError {
        failure(
            ErrorCode::Unknown,
            format!(
                "The remote endpoint at {} sent {what} of more than {limit} bytes (line_bytes).",
                self.origin
            ),
        )
    }

    /// An agent of a kind that nobody here understands.
    pub(super) fn unsupported(&self, agent: &str, kind: Option<&str>) -> AgentError {
        failure(
            ErrorCode::ConfigurationError,
            format!(
                "Agent '{agent}' of the remote endpoint at {} is of type '{}'; `langgraph` and `crewai` are known.",
                self.origin,
                kind.unwrap_or_default()
            ),
        )
    }

    pub(super) fn unwritable(&self, cause: serde_json::Error) -> AgentError {
        let message = "The request cannot be written as JSON.".to_owned();
        let mut error = failure(ErrorCode::Unknown, message);
        error.source = Some(cause.into());
        error
    }
}

/// A failure that an agent tells of itself. Upstream takes it for one of the network (1.10.6); the status is what the agent
/// was told by whoever it asked.
pub(super) fn told(kind: Option<String>, message: &str, status: Option<u16>) -> AgentError {
    let message = match &kind {
        Some(kind) => format!("{kind}: {message}"),
        None => message.to_owned(),
    };
    let mut error = network(message);
    error.status = status.unwrap_or(error.status);
    error.kind = kind.map(Cow::Owned).unwrap_or_default();
    error
}

fn network(message: String) -> AgentError {
    failure(ErrorCode::NetworkError, message)
}

fn failure(code: ErrorCode, message: String) -> AgentError {
    let mut error = AgentError::new(code, message);
    error.kind = Cow::Borrowed("");
    error
}

/// What an error's body says: CopilotKit's SDK puts it under `error`, FastAPI under `detail`.
fn reason(body: &str) -> Option<String> {
    match serde_json::from_str::<Value>(body) {
        Ok(body) => ["error", "detail", "message"]
            .iter()
            .find_map(|key| body[key].as_str())
            .map(str::to_owned),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn status(status: u16, body: &str) -> AgentError {
        let failures = Failures::new(&Url::parse("http://u:geheim@h:1/secret?x=1").unwrap());
        let status = StatusCode::from_u16(status).unwrap();
        failures.status(Method::ExecuteAgent, status, body, &HeaderMap::new())
    }

    #[test]
    fn a_refusal_says_what_the_endpoint_says_and_no_secret() {
        let error = status(500, "{\"error\": \"kaboom\"}");
        assert_eq!(
            (error.code, error.status, &*error.message),
            (ErrorCode::Unknown, 500, "kaboom")
        );
        let error = status(404, "{\"detail\": \"Not Found\"}");
        assert_eq!((error.code, error.status), (ErrorCode::ApiNotFound, 404));
        assert!(
            error
                .message
                .contains("http://h:1 has no /agents/execute (404: Not Found)")
        );
        let error = status(502, "<html>");
        assert!(error.message.contains("HTTP 502"), "{}", error.message);
        assert_eq!(status(401, "").code, ErrorCode::AuthenticationError);
        assert_eq!(status(307, "").code, ErrorCode::ConfigurationError);
    }
}
