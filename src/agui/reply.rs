//! The answers of this face: JSON, and the shapes of upstream's errors.

use http::{StatusCode, header};
use serde::Serialize;
use serde_json::json;

use crate::reply::{Body, Reply};
use crate::runtime::gate::TooMany;
use crate::store::StoreError;

impl Reply {
    pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(json) => Self {
                body: Body::Full(json.into()),
                ..Self::empty(status).with(header::CONTENT_TYPE, "application/json")
            },
            Err(error) => {
                tracing::error!(%error, "an answer cannot be written as JSON");
                Self::internal_error()
            }
        }
    }

    pub(crate) fn ok(body: &impl Serialize) -> Self {
        Self::json(StatusCode::OK, body)
    }

    /// An error with nothing but its name.
    pub(crate) fn error(status: StatusCode, error: &str) -> Self {
        Self::json(status, &json!({ "error": error }))
    }

    /// An error with its name and a sentence for people.
    pub(crate) fn explained(status: StatusCode, error: &str, message: &str) -> Self {
        Self::json(status, &json!({"error": error, "message": message}))
    }

    pub(crate) fn not_found() -> Self {
        Self::error(StatusCode::NOT_FOUND, "Not found")
    }

    pub(crate) fn method_not_allowed(allow: &'static str) -> Self {
        Self::error(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed").with(header::ALLOW, allow)
    }

    /// A body that cannot be read as what it should be.
    pub(crate) fn invalid_body(details: &str) -> Self {
        let body = json!({"error": "Invalid request body", "details": details});
        Self::json(StatusCode::BAD_REQUEST, &body)
    }

    /// What nobody foresaw; the log says more.
    pub(crate) fn internal_error() -> Self {
        Self::error(StatusCode::INTERNAL_SERVER_ERROR, "internal_error")
    }

    /// One run too many.
    pub(crate) fn too_many(too_many: &TooMany) -> Self {
        let message = &too_many.message;
        let mut reply =
            Self::explained(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", message);
        let seconds = too_many.retry_after.into();
        reply.headers.push((header::RETRY_AFTER, seconds));
        reply
    }

    /// The store failed. Its reasons are for the log.
    pub(crate) fn store_failed(error: &StoreError) -> Self {
        tracing::error!(%error, source = std::error::Error::source(error), "the store failed");
        Self::explained(
            StatusCode::INTERNAL_SERVER_ERROR,
            "store_failed",
            "The thread store failed. The server's log says why.",
        )
    }

    /// Neither browsers nor proxies are to keep it.
    pub(crate) fn not_to_be_kept(self) -> Self {
        self.with(header::CACHE_CONTROL, "no-store, private")
    }
}
