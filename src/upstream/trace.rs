//! One request as a span: below the run or the request that it is for, and known to the server that is asked by
//! `traceparent` (W3C Trace Context), where the application collects traces.

use http::HeaderMap;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry_http::HeaderInjector;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing::field::Empty;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The span of one attempt to ask this upstream. Nothing of an address but what the log has too.
pub(crate) fn span(upstream: &str, number: u32) -> Span {
    tracing::info_span!(
        "upstream",
        otel.name = upstream,
        otel.kind = "client",
        otel.status_code = Empty,
        otel.status_message = Empty,
        upstream,
        http.request.resend_count = (number > 0).then_some(number),
        http.response.status_code = Empty,
    )
}

/// The headers by which who is asked knows the span; none where nobody collects traces.
pub(crate) fn headers(span: &Span) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let propagator = TraceContextPropagator::new();
    propagator.inject_context(&span.context(), &mut HeaderInjector(&mut headers));
    headers
}

/// Notes that what the span is of did not work.
pub(super) fn fails(span: &Span, error: &str) {
    span.record("otel.status_code", "ERROR");
    span.record("otel.status_message", error);
}
