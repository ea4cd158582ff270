//! How runs and messages end, in upstream's words and shapes (1.10.6).

use serde_json::{Value, json};

use crate::generated::graphql::{
    FailedMessageStatus, FailedResponseStatus, FailedResponseStatusReason, MessageStatus,
    MessageStatusCode, ResponseStatus, ResponseStatusCode, SuccessMessageStatus,
    SuccessResponseStatus,
};
use crate::graphql::resolvers::error::copilot_extensions;
use crate::graphql::scalars::Json;
use crate::runtime::error::{AgentError, ErrorCode};
use crate::runtime::guardrails::DENIED;

pub(super) enum Outcome {
    Success,
    /// The run was stopped from outside.
    Interrupted,
    Failed(Value),
    /// The guardrails do not allow the run, for this reason.
    Denied(String),
}

impl Outcome {
    /// A run that ended with `RUN_ERROR`; `error` is the failure behind it, if the runtime itself saw it.
    pub(super) fn failed(message: &str, code: Option<&str>, error: Option<&AgentError>) -> Self {
        Self::Failed(match error {
            Some(error) if error.event_code == Some(DENIED) => {
                return Self::Denied(error.message.clone());
            }
            Some(error) => details(error),
            None => {
                let mut error = AgentError::new(ErrorCode::Unknown, message);
                error.kind = "".into();
                let mut details = details(&error);
                if let Some(code) = code {
                    details["originalError"]["extensions"]["agentCode"] = code.into();
                }
                details
            }
        })
    }

    pub(super) fn response(&self) -> ResponseStatus {
        match self {
            Self::Success => SuccessResponseStatus {
                code: ResponseStatusCode::Success,
            }
            .into(),
            Self::Interrupted => interrupted(),
            Self::Failed(details) => {
                failed(FailedResponseStatusReason::UnknownError, details.clone())
            }
            Self::Denied(reason) => failed(
                FailedResponseStatusReason::GuardrailsValidationFailed,
                json!({"guardrailsReason": reason}),
            ),
        }
    }
}

/// The status of an answer whose run was stopped from outside.
pub(super) fn interrupted() -> ResponseStatus {
    failed(
        FailedResponseStatusReason::MessageStreamInterrupted,
        json!({"description": "The run was stopped before it had finished."}),
    )
}

fn failed(reason: FailedResponseStatusReason, details: Value) -> ResponseStatus {
    FailedResponseStatus {
        code: ResponseStatusCode::Failed,
        details: Some(Json(details)),
        reason,
    }
    .into()
}

pub(super) fn success() -> MessageStatus {
    SuccessMessageStatus {
        code: MessageStatusCode::Success,
    }
    .into()
}

pub(super) fn message(ended: &Result<(), &'static str>) -> MessageStatus {
    match ended {
        Ok(()) => success(),
        Err(reason) => FailedMessageStatus {
            code: MessageStatusCode::Failed,
            reason: (*reason).to_owned(),
        }
        .into(),
    }
}

/// `details` of a failed response.
fn details(error: &AgentError) -> Value {
    let extensions = copilot_extensions(error);
    let mut original = json!({
        "code": error.code.as_str(),
        "statusCode": error.status,
        "severity": extensions["severity"],
        "visibility": extensions["visibility"],
        "extensions": extensions,
    });
    if !error.kind.is_empty() {
        original["originalErrorType"] = error.kind.as_ref().into();
    }
    json!({"description": error.message, "originalError": original})
}
