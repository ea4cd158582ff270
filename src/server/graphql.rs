//! Hands requests to the GraphQL face.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
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
/// Which version upstream's client says that it is.
const CLIENT_VERSION_HEADER: &str = "x-copilotkit-runtime-client-gql-version";
/// The version of upstream whose contract this is.
const UPSTREAM_VERSION: &str = "1.10.6";

/// Everything about a request but its body.
pub(super) struct Head {
    accept: Accept,
    by_get: bool,
    by_upstream: bool,
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
            max_tools: self.options.tools,
            gate: self.options.limits.runs(self.owner(request), request),
            too_many: Arc::default(),
            unread: None,
        };
        Head {
            accept,
            by_get: request.method() == Method::GET,
            by_upstream: by_upstream(request.headers()),
            context,
        }
    }

    /// Whether a browser asks for the page, and it is there.
    pub(super) fn is_graphiql(&self, request: &Request) -> bool {
        self.has_graphiql() && by_browser(request)
    }

    /// Whether the page is there, and its files.
    pub(super) fn has_graphiql(&self) -> bool {
        self.options.introspection && self.options.graphiql
    }

    /// Answers a request that is GraphQL's for certain.
    pub(super) async fn graphql(&self, request: Request) -> Response {
        let head = self.head(&request);
        if by_browser(&request) {
            let page = match self.is_graphiql(&request) {
                true => graphiql::page(&self.options.base_path),
                false => graphiql::turned_off(),
            };
            return with_version(page);
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
            Err(error) => shown(head.by_upstream, transport::refuse(&head.accept, error)),
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

/// Whether a browser wants to have a page.
fn by_browser(request: &Request) -> bool {
    request.method() == Method::GET && Accept::new(request.header(header::ACCEPT)).html()
}

/// Whether upstream's own client asks.
pub(super) fn by_upstream(headers: &HeaderMap) -> bool {
    headers.contains_key(CLIENT_VERSION_HEADER)
}

/// A refusal as upstream's client shows it: what it gets with 429 it does not read, and tells its user of an unknown error
/// (1.10.6).
fn shown(by_upstream: bool, reply: Reply) -> Reply {
    match reply.status {
        StatusCode::TOO_MANY_REQUESTS if by_upstream => Reply {
            status: StatusCode::OK,
            ..reply
        },
        _ => reply,
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
