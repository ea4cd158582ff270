//! The runtime as a Poem endpoint: the routes, and what every answer carries.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use poem::{Body, Endpoint, Request, Response, Result};

use super::{HttpOptions, graphiql};
use crate::graphql::execute::Executor;
use crate::graphql::request::{GraphQlRequest, RequestError};
use crate::graphql::resolvers::{RequestContext, schema};
use crate::graphql::transport::negotiation::Accept;
use crate::graphql::transport::{self, Reply};
use crate::runtime::Runtime;
use crate::store::Owner;

/// By which upstream's client compares versions: a mismatch is a warning, and without the header it asks nothing.
pub(super) const VERSION_HEADER: &str = "x-copilotkit-runtime-version";
/// The version of upstream whose contract this is.
const UPSTREAM_VERSION: &str = "1.10.6";

/// A runtime that cannot be served.
#[derive(Debug, thiserror::Error)]
#[error("the GraphQL schema cannot be served: {0}")]
pub struct EndpointError(String);

impl Runtime {
    /// The runtime as a Poem endpoint, with default options; see [`Self::endpoint_with`].
    ///
    /// # Errors
    /// If the vendored schema does not fit the generated code.
    pub fn endpoint(&self) -> Result<impl Endpoint<Output = Response> + use<>, EndpointError> {
        self.endpoint_with(HttpOptions::default())
    }

    /// The runtime as a Poem endpoint, to be nested at `/` of an app: it answers below its own base path.
    ///
    /// # Errors
    /// If the vendored schema does not fit the generated code.
    pub fn endpoint_with(
        &self,
        options: HttpOptions,
    ) -> Result<impl Endpoint<Output = Response> + use<>, EndpointError> {
        let schema = schema(self.clone(), options.introspection);
        let executor = Executor::new(schema, options.documents).map_err(EndpointError)?;
        Ok(App(Arc::new(Shared { executor, options })))
    }
}

struct App(Arc<Shared>);

struct Shared {
    executor: Executor,
    options: HttpOptions,
}

impl Endpoint for App {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let origin = request
            .header(header::ORIGIN)
            .and_then(|it| HeaderValue::from_str(it).ok());
        let head = request.method() == Method::HEAD;
        let mut response = if request.method() == Method::OPTIONS {
            self.0.preflight(request.headers())
        } else {
            let mut response = self.0.route(request).await;
            let headers = self.0.options.cors.answer(origin.as_ref());
            append(response.headers_mut(), headers);
            response
        };
        let version = HeaderValue::from_static(UPSTREAM_VERSION);
        response.headers_mut().insert(VERSION_HEADER, version);
        if head {
            response.set_body(Body::empty());
        }
        Ok(response)
    }
}

fn append(headers: &mut HeaderMap, more: Vec<(HeaderName, HeaderValue)>) {
    for (name, value) in more {
        match (name == header::VARY, headers.get(header::VARY)) {
            (true, Some(vary)) => {
                let both = [vary.as_bytes(), b", ", value.as_bytes()].concat();
                if let Ok(both) = HeaderValue::from_bytes(&both) {
                    headers.insert(header::VARY, both);
                }
            }
            _ => {
                headers.append(name, value);
            }
        }
    }
}

impl Shared {
    fn preflight(&self, request: &HeaderMap) -> Response {
        let mut response = status(StatusCode::NO_CONTENT);
        append(response.headers_mut(), self.options.cors.preflight(request));
        response
    }

    async fn route(&self, request: Request) -> Response {
        let path = request.uri().path();
        let path = path.strip_suffix('/').unwrap_or(path);
        let base = self.options.base_path.trim_end_matches('/');
        match path.strip_prefix(base) {
            Some("") => self.graphql(request).await,
            Some("/health") => status(StatusCode::OK),
            _ if path == "/health/live" || path == "/health" => status(StatusCode::OK),
            _ => status(StatusCode::NOT_FOUND),
        }
    }

    async fn graphql(&self, request: Request) -> Response {
        let accept = Accept::new(request.header(header::ACCEPT));
        let by_get = request.method() == Method::GET;
        if by_get && accept.html() && self.options.introspection {
            return graphiql::page(&self.options.base_path);
        }
        let context = RequestContext {
            owner: Owner::anonymous(),
            headers: self.options.forward.listed(request.headers()),
            takes_incremental: accept.takes_incremental(),
            max_messages: self.options.messages,
            unread: None,
        };
        let answered = match self.read(request).await {
            Ok(request) => self.executor.execute(request, context, by_get).await,
            Err(Refusal::MediaType) => return status(StatusCode::UNSUPPORTED_MEDIA_TYPE),
            Err(Refusal::Request(error)) => Err(error),
        };
        respond(match answered {
            Ok(answer) => transport::answer(&accept, answer),
            Err(error) => transport::refuse(&accept, error),
        })
    }

    async fn read(&self, request: Request) -> Result<GraphQlRequest, Refusal> {
        match *request.method() {
            Method::GET => {
                let query = request.uri().query().unwrap_or_default();
                Ok(GraphQlRequest::from_form(query.as_bytes())?)
            }
            Method::POST => {
                let kind = request.content_type().unwrap_or_default();
                let kind = kind
                    .split(';')
                    .next()
                    .unwrap_or_default()
                    .trim()
                    .to_ascii_lowercase();
                let parse = match kind.as_str() {
                    "application/json" | "application/graphql+json" => GraphQlRequest::from_json,
                    "application/graphql" => GraphQlRequest::from_text,
                    "application/x-www-form-urlencoded" => GraphQlRequest::from_form,
                    _ => return Err(Refusal::MediaType),
                };
                Ok(parse(&self.body(request).await?)?)
            }
            _ => Err(RequestError::method_not_allowed().into()),
        }
    }

    /// The whole body, if it is short enough and comes soon enough.
    async fn body(&self, request: Request) -> Result<Bytes, RequestError> {
        let limit = self.options.body_bytes;
        let announced = request
            .header(header::CONTENT_LENGTH)
            .and_then(|it| it.parse().ok());
        if announced.is_some_and(|length: usize| length > limit) {
            return Err(RequestError::body_too_large());
        }
        let mut parts = request.into_body().into_bytes_stream();
        let mut body = BytesMut::with_capacity(announced.unwrap_or_default());
        let deadline = tokio::time::Instant::now() + self.options.body_read;
        loop {
            match tokio::time::timeout_at(deadline, parts.next()).await {
                Ok(Some(Ok(part))) if body.len() + part.len() <= limit => {
                    body.extend_from_slice(&part)
                }
                Ok(Some(Ok(_))) => return Err(RequestError::body_too_large()),
                Ok(Some(Err(error))) => {
                    return Err(RequestError::bad_request(format!(
                        "The request body broke off: {error}"
                    )));
                }
                Ok(None) => return Ok(body.freeze()),
                Err(_) => {
                    return Err(RequestError::body_too_slow(
                        self.options.body_read.as_secs(),
                    ));
                }
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

fn status(status: StatusCode) -> Response {
    Response::builder().status(status).finish()
}

fn respond(reply: Reply) -> Response {
    let body = match reply.body {
        transport::Body::Full(bytes) => Body::from_bytes(bytes),
        transport::Body::Stream(parts) => {
            Body::from_bytes_stream(parts.map(Ok::<_, std::io::Error>))
        }
    };
    let mut response = Response::builder().status(reply.status).body(body);
    for (name, value) in reply.headers {
        response.headers_mut().insert(name, value);
    }
    response
}
