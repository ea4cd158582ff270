//! Hands requests to the GraphQL face.

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use poem::{Request, Response};

use super::app::{Shared, media_type, status};
use super::body::{self, BodyError};
use super::graphiql;
use crate::graphql::request::{GraphQlRequest, RequestError};
use crate::graphql::resolvers::RequestContext;
use crate::graphql::transport;
use crate::graphql::transport::negotiation::Accept;
use crate::reply::Reply;

/// By which upstream's client compares versions: a mismatch is a warning, and without the header it asks nothing.
pub(super) const VERSION_HEADER: &str = "x-copilotkit-runtime-version";
/// The version of upstream whose contract this is.
const UPSTREAM_VERSION: &str = "1.10.6";

/// Everything about a request but its body.
pub(super) struct Head {
    accept: Accept,
    by_get: bool,
    context: RequestContext,
}

impl Shared {
    pub(super) fn head(&self, request: &Request) -> Head {
        let accept = Accept::new(request.header(header::ACCEPT));
        let context = RequestContext {
            principal: self.principal(request),
            headers: self.options.forward.listed(request.headers()),
            takes_incremental: accept.takes_incremental(),
            max_messages: self.options.messages,
            unread: None,
        };
        Head {
            accept,
            by_get: request.method() == Method::GET,
            context,
        }
    }

    /// Whether a browser asks for the page, and it is there.
    pub(super) fn is_graphiql(&self, request: &Request) -> bool {
        let page = || Accept::new(request.header(header::ACCEPT)).html();
        self.options.introspection && request.method() == Method::GET && page()
    }

    /// Answers a request that is GraphQL's for certain.
    pub(super) async fn graphql(&self, request: Request) -> Response {
        let head = self.head(&request);
        if self.is_graphiql(&request) {
            return with_version(graphiql::page(&self.options.base_path));
        }
        match self.read(request).await {
            Ok(request) => self.execute(head, Ok(request)).await,
            Err(Refusal::MediaType) => with_version(status(StatusCode::UNSUPPORTED_MEDIA_TYPE)),
            Err(Refusal::Request(error)) => self.execute(head, Err(error)).await,
        }
    }

    /// Answers a request whose body turned out to be GraphQL's.
    pub(super) async fn graphql_body(&self, head: Head, body: &Bytes) -> Response {
        self.execute(head, GraphQlRequest::from_json(body)).await
    }

    async fn execute(&self, head: Head, request: Result<GraphQlRequest, RequestError>) -> Response {
        let answered = match request {
            Ok(request) => {
                self.executor
                    .execute(request, head.context, head.by_get)
                    .await
            }
            Err(error) => Err(error),
        };
        respond(match answered {
            Ok(answer) => transport::answer(&head.accept, answer),
            Err(error) => transport::refuse(&head.accept, error),
        })
    }

    async fn read(&self, request: Request) -> Result<GraphQlRequest, Refusal> {
        match *request.method() {
            Method::GET => {
                let query = request.uri().query().unwrap_or_default();
                Ok(GraphQlRequest::from_form(query.as_bytes())?)
            }
            Method::POST => {
                let parse = match media_type(&request).as_str() {
                    "application/json" | "application/graphql+json" => GraphQlRequest::from_json,
                    "application/graphql" => GraphQlRequest::from_text,
                    "application/x-www-form-urlencoded" => GraphQlRequest::from_form,
                    _ => return Err(Refusal::MediaType),
                };
                let body = body::read(request, &self.options).await;
                Ok(parse(&body.map_err(RequestError::from)?)?)
            }
            _ => Err(RequestError::method_not_allowed().into()),
        }
    }
}

impl From<BodyError> for RequestError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::body_too_large(),
            BodyError::TooSlow(seconds) => Self::body_too_slow(seconds),
            BodyError::BrokeOff(reason) => {
                Self::bad_request(format!("The request body broke off: {reason}"))
            }
        }
    }
}

enum Refusal {
    /// A body of a type that is not read here: 415 and nothing else (upstream 1.10.6).
    MediaType,
    Request(RequestError),
}

impl From<RequestError> for Refusal {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

/// Says which upstream's contract an answer keeps.
pub(super) fn with_version(mut response: Response) -> Response {
    let version = HeaderValue::from_static(UPSTREAM_VERSION);
    response.headers_mut().insert(VERSION_HEADER, version);
    response
}

fn respond(reply: Reply) -> Response {
    with_version(super::respond(reply))
}
