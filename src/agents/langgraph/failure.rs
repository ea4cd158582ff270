//! What can go wrong with a LangGraph server, told so that somebody can mend it: which agent, which server, what to change.
//!
//! Of the configured address only the origin is told: path and query may hold a secret.

use std::borrow::Cow;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::agents::agui::excerpt;
use crate::runtime::error::{AgentError, ErrorCode};
use crate::upstream::{BodyError, Failed, innermost};

/// Makes the errors of one agent.
#[derive(Debug, Clone)]
pub(super) struct Failures {
    /// Scheme, host and port.
    origin: String,
    /// The name under which the agent was asked, once it was.
    agent: Option<String>,
}

impl Failures {
    pub(super) fn new(url: &Url) -> Self {
        Self {
            origin: url.origin().ascii_serialization(),
            agent: None,
        }
    }

    /// The same, for the agent of this name.
    pub(super) fn of(&self, agent: &str) -> Self {
        Self {
            agent: Some(agent.to_owned()),
            ..self.clone()
        }
    }

    /// Who failed, as the beginning of a sentence.
    fn who(&self) -> String {
        match &self.agent {
            Some(agent) => format!("The LangGraph server of agent '{agent}' at {}", self.origin),
            None => format!("The LangGraph server at {}", self.origin),
        }
    }

    /// There is no answer.
    pub(super) fn no_answer(&self, failed: Failed, connect: Duration) -> AgentError {
        match failed {
            Failed::Unreachable(cause) => self.unreachable(cause, connect),
            Failed::Slow(wait) => network(format!(
                "{} did not begin to answer within {wait:?} (first_byte_seconds).",
                self.who()
            )),
            Failed::Refused(refusal) => network(format!("{} {refusal}", self.who())),
        }
    }

    /// The server cannot be reached, or broke off before it answered.
    fn unreachable(&self, cause: reqwest::Error, connect: Duration) -> AgentError {
        let who = self.who();
        let message = if cause.is_connect() && cause.is_timeout() {
            format!(
                "{who} cannot be reached: no connection within {connect:?} (connect_seconds). Is it running, and is its `url` right?"
            )
        } else if cause.is_connect() {
            format!(
                "{who} cannot be reached: {}. Is it running, and is its `url` right?",
                innermost(&cause)
            )
        } else {
            format!("{who} broke off before it answered: {}", innermost(&cause))
        };
        caused(message, cause)
    }

    /// An answer ends before its end.
    pub(super) fn broke_off(&self, error: BodyError) -> AgentError {
        match error {
            BodyError::Silent(wait) => network(format!(
                "{} was silent for {wait:?} in the middle of its answer (idle_seconds).",
                self.who()
            )),
            BodyError::Cut(cause) => {
                let message = format!(
                    "{} broke off in the middle of its answer: {}. Its log may say why.",
                    self.who(),
                    innermost(&cause)
                );
                caused(message, cause)
            }
        }
    }

    pub(super) fn too_long(&self, what: &str, limit: usize) -> AgentError {
        failure(
            ErrorCode::Unknown,
            format!(
                "{} sent {what} of more than {limit} bytes (line_bytes).",
                self.who()
            ),
        )
    }

    /// An answer that says that a request failed. What the server says of it is told.
    pub(super) fn status(
        &self,
        what: &str,
        status: StatusCode,
        body: &str,
        sent: &HeaderMap,
    ) -> AgentError {
        let said = reason(body).map(|said| excerpt(&said, sent));
        let said = said.map(|said| format!(": {said}")).unwrap_or_default();
        let who = self.who();
        let number = status.as_u16();
        let (code, message) = match number {
            404 => (
                ErrorCode::ApiNotFound,
                format!("{who} does not know {what} (404{said}). Is its `url` right?"),
            ),
            401 | 403 => (
                ErrorCode::AuthenticationError,
                format!(
                    "{who} refused {what} ({number}{said}). Does `api_key_env` or `headers` name the right credentials?"
                ),
            ),
            300..=399 => (
                ErrorCode::ConfigurationError,
                format!(
                    "{who} answered {number} with a redirect, which is not followed. Configure where it leads as its `url`."
                ),
            ),
            _ => (
                ErrorCode::Unknown,
                format!("{who} answered {what} with HTTP {number}{said}"),
            ),
        };
        let mut error = failure(code, message);
        error.status = number;
        error
    }

    pub(super) fn not_json(&self, what: &str, cause: &serde_json::Error) -> AgentError {
        failure(
            ErrorCode::Unknown,
            format!(
                "{} answered {what} with something else than the JSON that is expected: {cause}. Is its `url` that of a LangGraph server?",
                self.who()
            ),
        )
    }

    pub(super) fn not_events(&self, content: &str) -> AgentError {
        failure(
            ErrorCode::Unknown,
            format!(
                "{} answered a run with {content} in place of an event stream. Is its `url` that of a LangGraph server?",
                self.who()
            ),
        )
    }

    /// An event that cannot be read.
    pub(super) fn bad_event(&self, cause: &serde_json::Error) -> AgentError {
        let text = cause.to_string();
        let text = text.split(" at line ").next().unwrap_or_default();
        failure(
            ErrorCode::Unknown,
            format!("{} sent an event that cannot be read: {text}.", self.who()),
        )
    }

    /// Nobody there goes by the configured name.
    pub(super) fn no_assistant(&self, wanted: &str, known: &[String]) -> AgentError {
        let known = match known {
            [] => "it has none".to_owned(),
            known => format!("it has {}", known.join(", ")),
        };
        failure(
            ErrorCode::ConfigurationError,
            format!(
                "{} has no graph `{wanted}`; {known}. Write one of them as `graph_id`.",
                self.who()
            ),
        )
    }

    pub(super) fn unwritable(&self, cause: serde_json::Error) -> AgentError {
        let message = "The run's input cannot be written as JSON.".to_owned();
        let mut error = failure(ErrorCode::Unknown, message);
        error.source = Some(cause.into());
        error
    }
}

/// What a graph failed with, in its words (upstream 1.10.6 and 1.75.0), which may come with more from CopilotKit's SDK.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Told {
    error: Value,
    message: Option<String>,
    error_details: Option<Details>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Details {
    message: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    status_code: Option<u16>,
}

impl Told {
    pub(super) fn into_failure(self) -> AgentError {
        if let Some(details) = self.error_details {
            let message = match &details.kind {
                Some(kind) => format!("{kind}: {}", details.message),
                None => details.message,
            };
            let mut error = failure(ErrorCode::Unknown, message);
            error.status = details.status_code.unwrap_or(error.status);
            error.kind = details.kind.map(Cow::Owned).unwrap_or_default();
            return error;
        }
        let error = self.error.as_str().map(str::to_owned);
        let message = self.message.filter(|message| !message.is_empty());
        let message = message.or(error);
        failure(
            ErrorCode::Unknown,
            message.unwrap_or_else(|| "The graph failed without saying why.".to_owned()),
        )
    }
}

fn caused(message: String, cause: reqwest::Error) -> AgentError {
    let mut error = network(message);
    error.source = Some(Box::new(cause));
    error
}

fn network(message: String) -> AgentError {
    failure(ErrorCode::NetworkError, message)
}

fn failure(code: ErrorCode, message: String) -> AgentError {
    let mut error = AgentError::new(code, message);
    error.kind = "".into();
    error
}

/// What an error's body says: LangGraph's servers put it under `detail`.
fn reason(body: &str) -> Option<String> {
    let body: Value = serde_json::from_str(body).ok()?;
    ["detail", "message", "error"]
        .iter()
        .find_map(|key| match &body[key] {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn failures() -> Failures {
        Failures::new(&Url::parse("http://u:geheim@h:1/secret?x=1").unwrap()).of("planner")
    }

    #[test]
    fn a_refusal_names_agent_and_server_and_what_to_mend_and_no_secret() {
        for (status, code, expected) in [
            (
                404,
                ErrorCode::ApiNotFound,
                "does not know the thread's state (404: nope). Is its `url` right?",
            ),
            (403, ErrorCode::AuthenticationError, "`api_key_env`"),
            (307, ErrorCode::ConfigurationError, "redirect"),
            (422, ErrorCode::Unknown, "with HTTP 422: nope"),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let error = failures().status(
                "the thread's state",
                status,
                "{\"detail\":\"nope\"}",
                &HeaderMap::new(),
            );
            assert_eq!((error.code, error.status), (code, status.as_u16()));
            let told = &error.message;
            assert!(told.contains("agent 'planner' at http://h:1 "), "{told}");
            assert!(told.contains(expected), "{told}");
            assert!(
                !told.contains("geheim") && !told.contains("secret"),
                "{told}"
            );
        }
        let known = ["a".to_owned(), "b".to_owned()];
        let error = failures().no_assistant("c", &known);
        assert!(
            error.message.contains("no graph `c`; it has a, b."),
            "{error}"
        );
    }

    #[test]
    fn a_graph_fails_in_its_own_words() {
        let told = |data: Value| {
            let told: Told = serde_json::from_value(data).unwrap();
            told.into_failure()
        };
        assert_eq!(
            told(json!({"error": "ValueError", "message": "boom"})).message,
            "boom"
        );
        assert_eq!(told(json!({"error": "ValueError"})).message, "ValueError");
        let error = told(
            json!({"error_details": {"message": "no key", "type": "AuthenticationError", "status_code": 401}}),
        );
        assert_eq!(
            (&*error.message, error.status),
            ("AuthenticationError: no key", 401)
        );
    }
}
