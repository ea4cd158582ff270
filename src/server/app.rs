//! The runtime as a Poem endpoint: which face a request is for, and what every answer carries.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use poem::{Body, Endpoint, Request, Response, Result};

use super::console::{self, Place};
use super::health::Probe;
use super::watch::{self, Watched};
use super::{HttpOptions, cors, graphql, respond};
use crate::agui::{Face, FaceOptions, Most, Route, reference};
use crate::graphql::execute::Executor;
use crate::graphql::resolvers::schema;
use crate::principal::Principal;
use crate::reply::Reply;
use crate::runtime::Runtime;
use crate::runtime::hooks::Hooks;
use crate::store::Owner;

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
        let face = FaceOptions {
            keep_alive: options.keep_alive,
            most: Most {
                messages: options.messages,
                tools: options.tools,
            },
            debug_events: options.debug_events,
        };
        let face = Face::new(self.clone(), face);
        console::begin();
        let base_path = options.base_path.clone();
        let app = App(Arc::new(Shared {
            runtime: self.clone(),
            executor,
            face,
            hooks: self.hooks().clone(),
            options,
        }));
        Ok(Watched::new(app, &base_path, self.metrics().clone()))
    }
}

struct App(Arc<Shared>);

/// What all requests share.
pub(super) struct Shared {
    pub(super) runtime: Runtime,
    pub(super) executor: Executor,
    pub(super) face: Face,
    pub(super) hooks: Hooks,
    pub(super) options: HttpOptions,
}

impl Endpoint for App {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let origin = request
            .header(header::ORIGIN)
            .and_then(|it| HeaderValue::from_str(it).ok());
        let head = request.method() == Method::HEAD;
        let mut response = if Place::of(&request, &self.0.options).is_some() {
            // For no other origin, whatever the faces allow.
            self.0.limited(request).await
        } else if request.method() == Method::OPTIONS {
            self.0.preflight(&request)
        } else {
            let cors = &self.0.options.cors;
            let mut response = match cors.refuses(request.method(), request.headers()) {
                true => respond(foreign_origin()),
                false => self.0.limited(request).await,
            };
            let headers = cors.answer(origin.as_ref(), response.headers());
            append(response.headers_mut(), headers);
            response
        };
        if head {
            response.set_body(Body::empty());
        }
        Ok(response)
    }
}

/// The same for both faces: it is for whoever looks why the page gets no answer, as no client may read it.
fn foreign_origin() -> Reply {
    Reply::explained(
        StatusCode::FORBIDDEN,
        "origin_not_allowed",
        "This server takes no requests from pages of this origin. If it should, add the `Origin` header's value to `origins` in the [cors] section of the configuration.",
    )
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
    fn preflight(&self, request: &Request) -> Response {
        let face = match below(&self.options.base_path, request.uri().path()) {
            Some("" | "health") => cors::Face::GraphQl,
            _ => cors::Face::AgUi,
        };
        let mut response = status(StatusCode::NO_CONTENT);
        let headers = self.options.cors.preflight(request.headers(), face);
        append(response.headers_mut(), headers);
        graphql::with_version(response)
    }

    pub(super) async fn dispatch(&self, request: Request) -> Response {
        watch::owned(&self.owner(&request));
        if Place::of(&request, &self.options).is_some() {
            return self.console(request).await;
        }
        let path = request.uri().path();
        if let Some(probe) = Probe::of(path) {
            let details = self.admins_only(&request).is_none();
            return probe.answer(request.method(), &self.runtime, details).await;
        }
        match path {
            METRICS if self.options.metrics => {
                let refused = self.admins_only(&request);
                return refused.unwrap_or_else(|| self.metrics(&request));
            }
            SPEC => {
                return self.reference(request.method(), "application/json", reference::spec);
            }
            DOCS | DOCS_DIRECTORY => {
                return self.reference(request.method(), "text/html", reference::page);
            }
            _ => {}
        }
        let client = Client::of(&request);
        match (below(&self.options.base_path, path), client) {
            (Some(""), Client::Any) => self.either(request).await,
            (Some(""), _) => self.graphql(request).await,
            (Some("usage"), Client::Any) => self.usage(&request),
            (Some("health"), _) => graphql::with_version(status(StatusCode::OK)),
            // GraphQL has no paths here, whatever is sent to them.
            (Some(path), Client::SendsGraphQl | Client::Any) => {
                let path = path.to_owned();
                self.agui(request, &path).await
            }
            // Nothing of either face, told in the way of the one that the path looks like.
            (None, Client::Any) if self.resembles_agui(path) => respond(Reply::not_found()),
            _ => graphql::with_version(status(StatusCode::NOT_FOUND)),
        }
    }

    /// Whether somebody may have meant the REST face with a path that is not below the base path.
    fn resembles_agui(&self, path: &str) -> bool {
        let base = self.options.base_path.trim_end_matches('/');
        Route::of(path).is_some() || (!base.is_empty() && path.starts_with(base))
    }

    /// A page about the REST face.
    fn reference(&self, method: &Method, kind: &str, make: fn(&str) -> String) -> Response {
        if !matches!(*method, Method::GET | Method::HEAD) {
            return respond(Reply::method_not_allowed("GET"));
        }
        let page = make(&self.options.base_path);
        Response::builder().content_type(kind).body(page)
    }

    /// Who asks: the one place that says so, for both faces. A hook, or a middleware of the application's, may name an owner.
    pub(super) fn principal(&self, request: &Request) -> Principal {
        let known = request.extensions().get::<Principal>().cloned();
        let known = known.unwrap_or_else(Principal::anonymous);
        match request.extensions().get::<Owner>() {
            Some(owner) => known.on_behalf_of(owner.clone()),
            None => known,
        }
    }

    /// Whose threads the request sees.
    pub(super) fn owner(&self, request: &Request) -> Owner {
        self.principal(request).owner
    }
}

const METRICS: &str = "/metrics";
const SPEC: &str = "/openapi.json";
const DOCS: &str = "/docs";
const DOCS_DIRECTORY: &str = "/docs/";

/// Whether a path is of a page that holds nothing of anybody's.
pub(super) fn is_page(path: &str) -> bool {
    matches!(path, SPEC | DOCS | DOCS_DIRECTORY)
}

/// Which kind of client asks, as far as a request says before its body is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Client {
    TakesGraphQl,
    SendsGraphQl,
    Any,
}

impl Client {
    /// GraphQL's clients take its media type or send it.
    pub(super) fn of(request: &Request) -> Self {
        let accept = request.header(header::ACCEPT).unwrap_or_default();
        let kind = request.content_type().unwrap_or_default();
        if accept.contains("graphql") {
            Self::TakesGraphQl
        } else if kind.contains("graphql") {
            Self::SendsGraphQl
        } else {
            Self::Any
        }
    }
}

/// The type of a request's body, without parameters.
pub(super) fn media_type(request: &Request) -> String {
    let kind = request.content_type().unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default();
    kind.trim().to_ascii_lowercase()
}

/// What of a path is below the base path, without slashes around it; `None` if it is elsewhere.
pub(super) fn below<'a>(base: &str, path: &'a str) -> Option<&'a str> {
    let rest = path.strip_prefix(base.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then(|| rest.trim_matches('/'))
}

/// An answer with nothing but a status.
pub(super) fn status(status: StatusCode) -> Response {
    Response::builder().status(status).finish()
}

#[cfg(test)]
mod tests {
    use super::below;

    #[test]
    fn only_whole_segments_are_below_the_base_path() {
        for base in ["/api/copilotkit", "/api/copilotkit/"] {
            assert_eq!(below(base, "/api/copilotkit"), Some(""));
            assert_eq!(below(base, "/api/copilotkit/"), Some(""));
            assert_eq!(below(base, "/api/copilotkit/a/b/"), Some("a/b"));
            assert_eq!(below(base, "/api/copilotkitx/info"), None);
            assert_eq!(below(base, "/other"), None);
        }
        assert_eq!(below("/", "/"), Some(""));
        assert_eq!(below("/", "/info"), Some("info"));
    }
}
