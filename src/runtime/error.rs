//! The one place that knows upstream's error taxonomy: what a client may see of a failure.

use std::borrow::Cow;
use std::error::Error;

use crate::generated::agui::RunErrorEvent;

/// Upstream's `CopilotKitErrorCode` (1.10.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    /// The upstream server cannot be reached or broke off.
    NetworkError,
    /// A thing named by the request is not there.
    NotFound,
    /// The request names an agent that the runtime does not have.
    AgentNotFound,
    /// A remote endpoint answered 404.
    ApiNotFound,
    /// A remote endpoint is not there.
    RemoteEndpointNotFound,
    /// The upstream server refused the credentials.
    AuthenticationError,
    /// The runtime is used in a way that cannot work.
    Misuse,
    /// The upstream server refused the request.
    ConfigurationError,
    /// Everything else.
    Unknown,
}

impl ErrorCode {
    /// The code on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NetworkError => "NETWORK_ERROR",
            Self::NotFound => "NOT_FOUND",
            Self::AgentNotFound => "AGENT_NOT_FOUND",
            Self::ApiNotFound => "API_NOT_FOUND",
            Self::RemoteEndpointNotFound => "REMOTE_ENDPOINT_NOT_FOUND",
            Self::AuthenticationError => "AUTHENTICATION_ERROR",
            Self::Misuse => "MISUSE",
            Self::ConfigurationError => "CONFIGURATION_ERROR",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// A run that failed: what a client may know, and the cause for the log.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct AgentError {
    /// The class of failure.
    pub code: ErrorCode,
    /// The HTTP status that goes with it: the upstream server's own, or 503 where there was none (upstream 1.10.6).
    pub status: u16,
    /// What went wrong, fit for a client: no keys, no paths, no stack.
    pub message: String,
    /// Upstream's `originalErrorType`, such as `AuthenticationError` or `APIConnectionError`.
    pub kind: Cow<'static, str>,
    /// The `code` of the `RUN_ERROR` that tells AG-UI clients; by default that of [`Self::code`].
    pub event_code: Option<&'static str>,
    /// The `RUN_ERROR` itself, where it has more to say than [`Self::message`] and [`Self::event_code`].
    pub event: Option<Box<RunErrorEvent>>,
    /// The cause, for the log only.
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl AgentError {
    /// A failure of this class, its status and kind as upstream gives them by default.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let status = match code {
            ErrorCode::NetworkError => 503,
            ErrorCode::NotFound | ErrorCode::ApiNotFound | ErrorCode::RemoteEndpointNotFound => 404,
            ErrorCode::AuthenticationError => 401,
            ErrorCode::Misuse | ErrorCode::ConfigurationError => 400,
            ErrorCode::AgentNotFound | ErrorCode::Unknown => 500,
        };
        Self {
            code,
            status,
            message: message.into(),
            kind: "Error".into(),
            event_code: Some(code.as_str()),
            event: None,
            source: None,
        }
    }
}
