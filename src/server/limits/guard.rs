//! Around every request: whether it is taken, and what it holds until its answer has gone out.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use http_body_util::combinators::BoxBody;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use poem::{Body, Request, Response};

use super::Crowded;
use super::count::Place;
use crate::runtime::error::ErrorCode;
use crate::runtime::gate::TooMany;
use crate::server::app::Shared;
use crate::server::health::Probe;
use crate::server::refusal::Refusal;
use crate::store::Owner;

impl Shared {
    /// The answer to a request, if its address has not asked for too much.
    pub(in crate::server) async fn limited(&self, request: Request) -> Response {
        // What asks whether the server lives must not be kept from learning it.
        if Probe::of(request.uri().path()).is_some() {
            return self.gated(request).await;
        }
        if request.extensions().get::<Crowded>().is_some() {
            let mut response = self.refuse(&request, crowded());
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
            return response;
        }
        let limits = &self.options.limits;
        match limits.request_of_address(limits.address(&request)) {
            Ok(place) => {
                let mut response = self.gated(request).await;
                let of_owner = response.extensions_mut().remove::<OfOwner>();
                let body = response.take_body();
                response.set_body(hold(body, (place, of_owner)));
                response
            }
            Err(too_many) => self.refuse(&request, too_many.into()),
        }
    }

    /// The same for its owner, who is known by now.
    pub(in crate::server) async fn route(&self, request: Request) -> Response {
        let owner = self.owner(&request);
        match self.options.limits.request_of_owner(&owner) {
            Ok(place) => {
                let mut response = self.dispatch(request).await;
                let place = OfOwner(Arc::new(place));
                response.extensions_mut().insert(place);
                response
            }
            Err(too_many) => self.refuse(&request, too_many.into()),
        }
    }
}

fn crowded() -> Refusal {
    Refusal {
        status: StatusCode::SERVICE_UNAVAILABLE,
        code: "too_many_connections",
        graphql: ErrorCode::Unknown,
        message:
            "This server has as many connections as it takes (limits.connections). Try again later."
                .to_owned(),
        retry_after: Some(1),
    }
}

impl From<TooMany> for Refusal {
    fn from(too_many: TooMany) -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            code: "too_many_requests",
            graphql: ErrorCode::Unknown,
            message: too_many.message,
            retry_after: Some(too_many.retry_after),
        }
    }
}

/// The place of the owner's request, on its way to where the answer's body is held.
#[derive(Clone)]
struct OfOwner(#[expect(dead_code, reason = "it is dropped")] Arc<Place<Owner>>);

/// Keeps something until a body has gone out, or whoever it is for has gone.
pub(in crate::server) fn hold(body: Body, kept: impl Send + Sync + Unpin + 'static) -> Body {
    let body = BoxBody::from(body);
    Body::from(BoxBody::new(Held { body, _kept: kept }))
}

struct Held<K> {
    body: BoxBody<Bytes, io::Error>,
    _kept: K,
}

impl<K: Unpin> HttpBody for Held<K> {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
