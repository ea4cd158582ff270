//! A request that is refused before anybody has looked into it, in the shape of the errors of the face that it is for: the one
//! place that chooses it, whoever refuses.

use http::{HeaderValue, Method, StatusCode, header};
use poem::{Request, Response};
use serde_json::json;

use super::app::{Client, Shared, below, media_type};
use super::{graphql, respond};
use crate::graphql::request::RequestError;
use crate::graphql::transport;
use crate::graphql::transport::negotiation::Accept;
use crate::reply::Reply;
use crate::runtime::error::ErrorCode;

/// Why.
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    /// How AG-UI's clients are told it.
    pub(super) code: &'static str,
    /// How GraphQL's are.
    pub(super) graphql: ErrorCode,
    /// For people.
    pub(super) message: String,
    /// After how many seconds it is worth another try.
    pub(super) retry_after: Option<u64>,
}

/// Whom a request is for, as far as can be told without its body.
enum For {
    GraphQl,
    AgUi,
    Either,
}

impl Shared {
    /// Says no.
    pub(super) fn refuse(&self, request: &Request, refusal: Refusal) -> Response {
        let retry_after = refusal.retry_after;
        let mut response = match self.for_whom(request) {
            For::GraphQl => graphql_answer(request, refusal),
            For::AgUi => respond(Reply::explained(
                refusal.status,
                refusal.code,
                &refusal.message,
            )),
            // Either finds in it what it looks for.
            For::Either => {
                let body = json!({
                    "error": refusal.code,
                    "message": refusal.message,
                    "errors": refusal.to_graphql().errors,
                });
                respond(Reply::json(refusal.status, &body))
            }
        };
        if let Some(seconds) = retry_after {
            let seconds = HeaderValue::from(seconds);
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }

    fn for_whom(&self, request: &Request) -> For {
        let by_post = request.method() == Method::POST;
        let form = media_type(request) == "application/x-www-form-urlencoded";
        match (
            below(&self.options.base_path, request.uri().path()),
            Client::of(request),
        ) {
            (Some(""), Client::Any) if by_post && !form => For::Either,
            (Some(""), _) | (None, Client::TakesGraphQl | Client::SendsGraphQl) => For::GraphQl,
            (Some(_), Client::TakesGraphQl) => For::GraphQl,
            (Some(_) | None, _) => For::AgUi,
        }
    }
}

impl Refusal {
    fn to_graphql(&self) -> RequestError {
        RequestError::refused(self.status, self.graphql, &self.message)
    }
}

fn graphql_answer(request: &Request, refusal: Refusal) -> Response {
    let accept = Accept::new(request.header(header::ACCEPT));
    let mut error = refusal.to_graphql();
    if graphql::by_upstream(request.headers()) {
        // Upstream's client reads no body of an answer from 400 to 500, and tells its user of an unknown error (1.10.6).
        error.status = StatusCode::OK;
    }
    let reply = transport::refuse(&accept, error);
    // A browser that takes pages only is told all the same.
    let reply = match reply.status {
        StatusCode::NOT_ACCEPTABLE => {
            Reply::explained(refusal.status, refusal.code, &refusal.message)
        }
        _ => reply,
    };
    graphql::with_version(respond(reply))
}
