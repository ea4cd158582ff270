//! What a request is told by whom nobody known sent, or somebody who may not. A wrong credential, one that has ended and none are
//! told the same.

use http::{HeaderValue, StatusCode, header};
use poem::{Request, Response};

use super::Unknown;
use crate::runtime::error::ErrorCode;
use crate::server::app::Shared;
use crate::server::refusal::Refusal;

const REALM: &str = "Bearer realm=\"agui-runtime\"";
/// For a credential of whatever kind that will not do (RFC 6750).
const INVALID: &str = "Bearer realm=\"agui-runtime\", error=\"invalid_token\"";

impl Shared {
    /// The answer to who is not known.
    pub(super) fn unknown(&self, request: &Request, unknown: &Unknown) -> Response {
        let mut response = self.refuse(request, of_unknown(unknown));
        let challenge = match unknown {
            Unknown::Silent => Some(REALM),
            Unknown::Wrong(_) => Some(INVALID),
            Unknown::Later { .. } => None,
        };
        if let Some(challenge) = challenge.map(HeaderValue::from_static) {
            let headers = response.headers_mut();
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        private(response)
    }

    /// The answer to who is known and may not.
    pub(super) fn forbidden(&self, request: &Request) -> Response {
        let refusal = Refusal {
            status: StatusCode::FORBIDDEN,
            code: "forbidden",
            graphql: ErrorCode::AuthenticationError,
            message: "This is for administrators.".to_owned(),
            retry_after: None,
        };
        private(self.refuse(request, refusal))
    }
}

fn of_unknown(unknown: &Unknown) -> Refusal {
    let status = unknown.status();
    match unknown {
        Unknown::Silent | Unknown::Wrong(_) => Refusal {
            status,
            code: "unauthorized",
            graphql: ErrorCode::AuthenticationError,
            message: "This server answers only those it knows. Send a valid key or token in the header `Authorization: Bearer …`."
                .to_owned(),
            retry_after: None,
        },
        Unknown::Later { retry_after, .. } => Refusal {
            status,
            code: "auth_unavailable",
            graphql: ErrorCode::NetworkError,
            message: "Tokens cannot be checked just now, as the keys for it could not be fetched. Try again in a moment."
                .to_owned(),
            retry_after: Some(retry_after.as_secs().max(1)),
        },
    }
}

/// For this one request: nobody is to keep it.
fn private(mut response: Response) -> Response {
    let private = HeaderValue::from_static("no-store, private");
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, private);
    response
}
