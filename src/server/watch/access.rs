//! One request from its head to the end of its answer, or to when its client went away.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Method;
use http_body_util::combinators::BoxBody;
use hyper::body::{Body as _, Frame, SizeHint};
use poem::Response;
use tracing::Span;

use super::Served;
use crate::metrics::{HttpFace, Metrics, RequestMeter};

type Answer = BoxBody<Bytes, std::io::Error>;

/// What the log is told when this is dropped.
pub(super) struct Access {
    span: Span,
    meter: RequestMeter,
    method: &'static str,
    served: Served,
    /// Until the answer begins.
    status: Option<u16>,
    bytes: u64,
    /// Whether the whole answer was sent, as far as is known here.
    whole: bool,
}

impl Access {
    pub(super) fn begin(
        metrics: &Metrics,
        span: Span,
        served: Served,
        method: &'static str,
    ) -> Self {
        Self {
            span,
            meter: metrics.request(),
            method,
            served,
            status: None,
            bytes: 0,
            whole: false,
        }
    }

    /// The answer begins.
    pub(super) fn answered(&mut self, response: &Response) {
        if let Some(served) = response.extensions().get() {
            self.served = *served;
        }
        let (status, Served { face, route }) = (response.status().as_u16(), self.served);
        self.status = Some(status);
        self.meter.answered(face, route, self.method, status);
        self.span.record("http.route", route);
        self.span
            .record("http.response.status_code", i64::from(status));
        if status >= 500 {
            self.span.record("otel.status_code", "ERROR");
        }
    }

    /// The answer, which takes this along to its end.
    pub(super) fn followed(mut self, mut response: Response) -> Response {
        let body: Answer = response.take_body().into();
        if let Some(bytes) = body.size_hint().exact() {
            (self.bytes, self.whole) = (bytes, true);
            response.set_body(body);
            return response;
        }
        let watched = WatchedBody { body, access: self };
        response.set_body(Answer::new(watched));
        response
    }
}

impl Drop for Access {
    fn drop(&mut self) {
        self.meter.ended(self.bytes);
        let _in_span = self.span.enter();
        let Served { face, route } = self.served;
        // What asks all day long whether the server lives is of no interest.
        let quiet = face == HttpFace::Server && self.status.is_some_and(|status| status < 400);
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    target: "agui_runtime::access",
                    face = face.name(),
                    method = self.method,
                    route,
                    status = self.status,
                    milliseconds = self.meter.milliseconds(),
                    bytes = self.bytes,
                    "{}",
                    if self.whole { "answered" } else { "the client went away" }
                )
            };
        }
        match quiet {
            true => line!(debug),
            false => line!(info),
        }
    }
}

/// The method, if it is one of HTTP's: clients can make up others.
pub(super) fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// A body whose end is noticed.
struct WatchedBody {
    body: Answer,
    access: Access,
}

impl hyper::body::Body for WatchedBody {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        let next = Pin::new(&mut self.body).poll_frame(cx);
        match &next {
            Poll::Ready(Some(Ok(frame))) => {
                let sent = frame.data_ref().map_or(0, Bytes::len);
                self.access.bytes += sent as u64;
            }
            Poll::Ready(None) => self.access.whole = true,
            Poll::Ready(Some(Err(_))) | Poll::Pending => {}
        }
        next
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
}
