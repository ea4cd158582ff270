//! Watches over requests: each has an id, a span that every line of the log about it carries, a line of its own at its end,
//! and is counted.

mod access;
mod metrics;
mod request_id;
mod served;

use http::HeaderValue;
use poem::{Endpoint, Request, Response, Result};
use tracing::field::Empty;
use tracing::{Instrument, Span};

use crate::metrics::Metrics;
use crate::store::Owner;
use access::Access;
use request_id::{REQUEST_ID, RequestId};

pub(super) use served::Served;

/// An endpoint whose requests are watched.
pub(super) struct Watched<E> {
    inner: E,
    base_path: String,
    metrics: Metrics,
}

impl<E> Watched<E> {
    pub(super) fn new(inner: E, base_path: &str, metrics: Metrics) -> Self {
        Self {
            inner,
            base_path: base_path.to_owned(),
            metrics,
        }
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for Watched<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let id = RequestId::of(request.headers());
        let expected = Served::expected(&self.base_path, request.uri().path());
        let method = access::known(request.method());
        let span = span(&id, method, expected);
        super::telemetry::continues(&span, request.headers());
        let mut access = Access::begin(&self.metrics, span.clone(), expected, method);
        let mut response = self.inner.get_response(request).instrument(span).await;
        access.answered(&response);
        if let Ok(id) = HeaderValue::from_str(id.as_str()) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        Ok(access.followed(response))
    }
}

/// What every line of the log that is about the request has. At this level, so that no setting of the log is without it.
fn span(id: &RequestId, method: &'static str, expected: Served) -> Span {
    tracing::error_span!(
        "request",
        request_id = id.as_str(),
        owner = Empty,
        otel.name = format!("{method} {}", expected.route),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = Empty,
        http.response.status_code = Empty,
    )
}

/// Whose request it is, once that is known.
pub(super) fn owned(owner: &Owner) {
    Span::current().record("owner", owner.as_str());
}
