//! Failures as upstream's GraphQL clients expect them: a message and `extensions` of the error's class (1.10.6).

use async_graphql::{Error, ErrorExtensionValues, Value as GraphQlValue};
use http::StatusCode;
use serde_json::{Value, json};

use crate::runtime::error::{AgentError, ErrorCode};
use crate::runtime::hooks::HookFailure;
use crate::store::StoreError;

const COMMON_ISSUES: &str = "https://docs.copilotkit.ai/troubleshooting/common-issues#i-am-getting-a-network-errors--api-not-found";
const AGENT_ISSUES: &str = "https://docs.copilotkit.ai/coagents/troubleshooting/common-issues#i-am-getting-agent-not-found-error";

/// How loudly, and where, upstream's client shows an error of a class: visibility, severity, page of help.
fn presentation(code: ErrorCode) -> (&'static str, &'static str, Option<&'static str>) {
    match code {
        ErrorCode::NetworkError
        | ErrorCode::AuthenticationError
        | ErrorCode::ConfigurationError
        | ErrorCode::NotFound
        | ErrorCode::ApiNotFound
        | ErrorCode::RemoteEndpointNotFound => ("banner", "critical", Some(COMMON_ISSUES)),
        ErrorCode::AgentNotFound => ("banner", "critical", Some(AGENT_ISSUES)),
        ErrorCode::Misuse => ("dev_only", "warning", None),
        ErrorCode::Unknown => ("toast", "critical", None),
    }
}

/// The status inside of `extensions`: of the class, whatever the upstream server said (upstream 1.10.6).
fn class_status(error: &AgentError) -> u16 {
    match error.code {
        ErrorCode::NetworkError
        | ErrorCode::AuthenticationError
        | ErrorCode::ConfigurationError => 503,
        _ => error.status,
    }
}

/// `extensions` of an error. Upstream adds the server's stack; it is nobody's business.
pub(crate) fn copilot_extensions(error: &AgentError) -> Value {
    let (visibility, severity, help) = presentation(error.code);
    json!({
        "name": "CopilotError",
        "statusCode": class_status(error),
        "code": error.code.as_str(),
        "visibility": visibility,
        "severity": severity,
        "troubleshootingUrl": help,
        "originalError": {"message": error.message},
    })
}

/// The error of a field.
pub(crate) fn field_error(error: &AgentError) -> Error {
    with_extensions(&error.message, copilot_extensions(error))
}

/// The error of `generateCopilotResponse`, which upstream wraps once more.
pub(crate) fn nested_field_error(error: &AgentError) -> Error {
    nested(error, copilot_extensions(error))
}

fn nested(error: &AgentError, inner: Value) -> Error {
    let mut outer = inner.clone();
    outer["originalError"]["extensions"] = inner;
    with_extensions(&error.message, outer)
}

/// A hook that does not let a run start. Of one that failed upstream says no more either (1.10.6).
pub(crate) fn not_admitted(failure: HookFailure) -> Error {
    let HookFailure::Refused(refusal) = failure else {
        return nested_field_error(&AgentError::new(
            ErrorCode::Unknown,
            "An unexpected error occurred. Please check the logs for more details.",
        ));
    };
    let code = match refusal.status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ErrorCode::AuthenticationError,
        _ => ErrorCode::Unknown,
    };
    let error = AgentError::new(code, refusal.message);
    let mut inner = copilot_extensions(&error);
    inner["statusCode"] = refusal.status.as_u16().into();
    nested(&error, inner)
}

/// A store that failed: the log knows why, the client learns that it did.
pub(crate) fn store_error(error: &StoreError) -> Error {
    tracing::error!(
        error = error as &dyn std::error::Error,
        "store operation failed"
    );
    let seen = AgentError::new(
        ErrorCode::Unknown,
        "The thread store failed. The server's log says why.",
    );
    field_error(&seen)
}

/// A request that cannot be carried out as it is.
pub(crate) fn misuse(message: impl Into<String>) -> Error {
    field_error(&AgentError::new(ErrorCode::Misuse, message))
}

fn with_extensions(message: &str, extensions: Value) -> Error {
    let mut values = ErrorExtensionValues::default();
    if let Value::Object(extensions) = extensions {
        for (name, value) in extensions {
            if let Ok(value) = GraphQlValue::from_json(value) {
                values.set(name, value);
            }
        }
    }
    Error {
        message: message.to_owned(),
        source: None,
        extensions: Some(values),
    }
}
