//! What can go wrong between a client and a runtime, and what to do about it.

use std::error::Error;

use http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

/// A request that got no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address is none.
    #[error(
        "`{url}` is no address of a runtime; write it like http://127.0.0.1:8000/api/copilotkit"
    )]
    Url {
        /// The address as given.
        url: String,
    },
    /// HTTP has no such header.
    #[error(
        "`{name}` cannot be sent as a header: letters, digits and hyphens, and a value in one line"
    )]
    Header {
        /// The name as given.
        name: String,
    },
    /// The HTTP client could not be made.
    #[error("the HTTP client cannot be set up: {source}")]
    Setup {
        /// The cause.
        source: reqwest::Error,
    },
    /// Nothing answers there.
    #[error(
        "cannot reach {url} ({}); is the runtime running? `agui-runtime serve` starts one",
        innermost(source)
    )]
    Unreachable {
        /// Where the request went.
        url: Url,
        /// The cause.
        source: reqwest::Error,
    },
    /// Something answers there, but no runtime.
    #[error(
        "{url} answers {status}, but not as a CopilotKit runtime does{}",
        hint(url, body)
    )]
    NoRuntime {
        /// Where the request went.
        url: Url,
        /// The answer's status.
        status: StatusCode,
        /// The beginning of the answer.
        body: String,
    },
    /// The runtime refused the request or failed.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Refused(Vec<GraphQlError>),
    /// The connection broke in the middle of the answer.
    #[error("the connection broke before the answer was complete ({0})")]
    Broken(String),
    /// The answer is not what the schema says.
    #[error("the answer does not follow the schema: {0}")]
    Protocol(String),
}

impl ClientError {
    pub(super) fn broken(error: reqwest::Error) -> Self {
        Self::Broken(innermost(&error))
    }
}

/// An entry of a GraphQL answer's `errors`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct GraphQlError {
    /// What went wrong.
    pub message: String,
    /// Upstream's code, status, severity and so on.
    #[serde(default)]
    pub extensions: Value,
}

impl std::fmt::Display for GraphQlError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        match self.extensions["code"].as_str() {
            Some(code) => write!(f, " ({code})"),
            None => Ok(()),
        }
    }
}

/// A whole answer.
#[derive(Deserialize)]
struct Answer {
    data: Option<Value>,
    #[serde(default)]
    errors: Vec<GraphQlError>,
}

/// The data of a whole answer; upstream tells failures with status 200 or 400 alike.
pub(super) fn data<T: DeserializeOwned>(
    url: &Url,
    status: StatusCode,
    body: &[u8],
) -> Result<T, ClientError> {
    let Ok(answer) = serde_json::from_slice::<Answer>(body) else {
        return Err(no_runtime(url, status, body));
    };
    match answer.data {
        _ if !answer.errors.is_empty() => Err(ClientError::Refused(answer.errors)),
        Some(data) => {
            serde_json::from_value(data).map_err(|error| ClientError::Protocol(error.to_string()))
        }
        None => Err(no_runtime(url, status, body)),
    }
}

pub(super) fn no_runtime(url: &Url, status: StatusCode, body: &[u8]) -> ClientError {
    let body = String::from_utf8_lossy(body);
    ClientError::NoRuntime {
        url: url.clone(),
        status,
        body: body
            .split_whitespace()
            .take(20)
            .collect::<Vec<_>>()
            .join(" "),
    }
}

fn hint(url: &Url, body: &str) -> String {
    match (url.path(), body) {
        ("/", _) => ": try with the path /api/copilotkit".to_owned(),
        (_, "") => String::new(),
        (_, body) => format!(": {body}"),
    }
}

/// The cause at the bottom says most: "Connection refused".
fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
