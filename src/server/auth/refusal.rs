//! What a request is told that is not answered, in the way of the face that it is for. A wrong credential, one that has ended and
//! none are told the same.

use http::{HeaderMap, HeaderValue, StatusCode, header};
use poem::{Request, Response};
use serde_json::Value;

use super::Unknown;
use crate::graphql::request::RequestError;
use crate::graphql::resolvers::error::copilot_extensions;
use crate::graphql::transport;
use crate::graphql::transport::negotiation::Accept;
use crate::reply::Reply;
use crate::runtime::error::{AgentError, ErrorCode};
use crate::server::{graphql, respond};

/// What upstream's client says of itself (1.10.6).
const UPSTREAM_CLIENT: &str = "x-copilotkit-runtime-client-gql-version";
const REALM: &str = "Bearer realm=\"agui-runtime\"";
/// For a credential of whatever kind that will not do (RFC 6750).
const INVALID: &str = "Bearer realm=\"agui-runtime\", error=\"invalid_token\"";

/// Whose way it is told in.
pub(super) enum Face {
    GraphQl {
        accept: Accept,
        /// Upstream's client reads no body of an answer from 400 to 500, and shows "Unknown error occurred" in its place.
        reads_only_200: bool,
    },
    AgUi,
}

impl Face {
    pub(super) fn graphql(request: &Request) -> Self {
        Self::GraphQl {
            accept: Accept::new(request.header(header::ACCEPT)),
            reads_only_200: request.headers().contains_key(UPSTREAM_CLIENT),
        }
    }
}

struct Told {
    status: StatusCode,
    /// AG-UI's name of the error.
    error: &'static str,
    message: &'static str,
    code: ErrorCode,
}

/// The answer to who is not known.
pub(super) fn unknown(face: Face, unknown: &Unknown) -> Response {
    let status = unknown.status();
    let mut headers = HeaderMap::new();
    let told = match unknown {
        Unknown::Silent | Unknown::Wrong(_) => {
            let challenge = match unknown {
                Unknown::Wrong(_) => INVALID,
                _ => REALM,
            };
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static(challenge),
            );
            Told {
                status,
                error: "unauthorized",
                message: "This server answers only those it knows. Send a valid key or token in the header `Authorization: Bearer …`.",
                code: ErrorCode::AuthenticationError,
            }
        }
        Unknown::Later { retry_after, .. } => {
            let seconds = retry_after.as_secs().max(1);
            headers.insert(header::RETRY_AFTER, seconds.into());
            Told {
                status,
                error: "auth_unavailable",
                message: "Tokens cannot be checked just now, as the keys for it could not be fetched. Try again in a moment.",
                code: ErrorCode::NetworkError,
            }
        }
    };
    told.answer(face, headers)
}

/// The answer to who is known and may not.
pub(super) fn forbidden(face: Face) -> Response {
    let told = Told {
        status: StatusCode::FORBIDDEN,
        error: "forbidden",
        message: "This is for administrators.",
        code: ErrorCode::AuthenticationError,
    };
    told.answer(face, HeaderMap::new())
}

impl Told {
    fn answer(self, face: Face, headers: HeaderMap) -> Response {
        let mut response = match face {
            Face::AgUi => respond(Reply::explained(self.status, self.error, self.message)),
            Face::GraphQl {
                accept,
                reads_only_200,
            } => {
                let status = match reads_only_200 {
                    true => StatusCode::OK,
                    false => self.status,
                };
                let refused = RequestError::told(status, self.graphql());
                graphql::with_version(respond(transport::refuse(&accept, refused)))
            }
        };
        response.headers_mut().extend(headers);
        let private = HeaderValue::from_static("no-store, private");
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, private);
        response
    }

    /// An error as upstream's client shows it (1.10.6).
    fn graphql(&self) -> Value {
        let mut extensions = copilot_extensions(&AgentError::new(self.code, self.message));
        extensions["statusCode"] = self.status.as_u16().into();
        serde_json::json!({"message": self.message, "extensions": extensions})
    }
}
