//! `GET /metrics`, for Prometheus.

use http::{HeaderValue, Method, StatusCode, header};
use poem::{Request, Response};

use crate::metrics::MEDIA_TYPE;
use crate::reply::Reply;
use crate::server::app::{Shared, status};
use crate::server::respond;

impl Shared {
    /// All figures, as text.
    pub(in crate::server) fn metrics(&self, request: &Request) -> Response {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return respond(Reply::method_not_allowed("GET"));
        }
        let runtime = &self.runtime;
        let Ok(text) = runtime.metrics().encode(runtime.figures()) else {
            return status(StatusCode::INTERNAL_SERVER_ERROR);
        };
        let mut response = Response::builder().content_type(MEDIA_TYPE).body(text);
        let fresh = HeaderValue::from_static("no-store");
        response.headers_mut().insert(header::CACHE_CONTROL, fresh);
        response
    }
}
