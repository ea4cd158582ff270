//! Hands requests to the AG-UI face, and tells them from GraphQL's where both come in.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use http::{Method, StatusCode};
use poem::{Request, Response};
use serde::de::IgnoredAny;

use super::app::{Shared, media_type};
use super::body::{self, BodyError};
use super::respond;
use super::watch::Served;
use crate::agui::{Asked, Envelope, Route};
use crate::reply::Reply;

impl Shared {
    /// Answers what came in below the base path.
    pub(super) async fn agui(&self, request: Request, path: &str) -> Response {
        let Some(route) = Route::of(path) else {
            return self.misplaced(request).await;
        };
        if let Some(refusal) = route.refusal(request.method()) {
            return respond(refusal);
        }
        let asked = self.asked(&request, route);
        self.complete(request, asked).await
    }

    /// Answers a request with the body that it came with.
    pub(super) async fn complete(&self, request: Request, mut asked: Asked) -> Response {
        if asked.method != Method::GET {
            asked.body = match body::read(request, &self.options).await {
                Ok(body) => body,
                Err(error) => return respond(refuse(error)),
            };
        }
        self.answer(asked).await
    }

    /// Answers what came in on the base path and may be for either face.
    pub(super) async fn either(&self, request: Request) -> Response {
        match *request.method() {
            Method::GET | Method::HEAD => return self.graphql(request).await,
            Method::POST => {}
            _ => return respond(Reply::method_not_allowed("POST")),
        }
        match media_type(&request).as_str() {
            "application/x-www-form-urlencoded" => return self.graphql(request).await,
            kind if kind.contains("application/json") => {}
            _ => return respond(Reply::not_json()),
        }
        let (head, asked) = (self.head(&request), self.asked(&request, Route::Info));
        let body = match body::read(request, &self.options).await {
            Ok(body) => body,
            Err(error) => return respond(refuse(error)),
        };
        match Envelope::read(&body) {
            Some(envelope) if !envelope.is_graphql() => self.enveloped(asked, &envelope).await,
            None if serde_json::from_slice::<IgnoredAny>(&body).is_ok() => {
                respond(Reply::no_envelope())
            }
            _ => self.graphql_body(head, &body).await,
        }
    }

    /// Answers an envelope that came in below the base path, as upstream's single route does; there is nothing else.
    async fn misplaced(&self, request: Request) -> Response {
        if request.method() != Method::POST || !media_type(&request).contains("application/json") {
            return respond(Reply::not_found());
        }
        let asked = self.asked(&request, Route::Info);
        let body = match body::read(request, &self.options).await {
            Ok(body) => body,
            Err(error) => return respond(refuse(error)),
        };
        match Envelope::read(&body) {
            Some(envelope) if envelope.is_call() => self.enveloped(asked, &envelope).await,
            _ => respond(Reply::not_found()),
        }
    }

    async fn enveloped(&self, asked: Asked, envelope: &Envelope<'_>) -> Response {
        let unpacked = match envelope.unpack() {
            Ok(unpacked) => unpacked,
            Err(refusal) => return respond(refusal),
        };
        let asked = Asked {
            method: unpacked.method,
            route: unpacked.route,
            query: unpacked.query,
            body: unpacked.body,
            enveloped: true,
            ..asked
        };
        self.answer(asked).await
    }

    /// A panic is this request's alone; the log has its place.
    async fn answer(&self, asked: Asked) -> Response {
        let served = Served::agui(&asked.route);
        let answered = AssertUnwindSafe(self.face.answer(asked)).catch_unwind();
        let reply = answered.await.unwrap_or_else(|_| Reply::internal_error());
        let mut response = respond(reply);
        response.extensions_mut().insert(served);
        response
    }

    /// A request without its body.
    pub(super) fn asked(&self, request: &Request, route: Route) -> Asked {
        Asked {
            method: request.method().clone(),
            route,
            query: request.uri().query().unwrap_or_default().to_owned(),
            content_type: request.content_type().unwrap_or_default().to_owned(),
            body: bytes::Bytes::new(),
            principal: self.principal(request),
            headers: self.options.forward.headers(request.headers()),
            gate: self.options.limits.runs(self.owner(request), request),
            enveloped: false,
        }
    }
}

fn refuse(error: BodyError) -> Reply {
    match error {
        BodyError::TooLarge => Reply::explained(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            "The request body is longer than this server takes (limits.body_bytes).",
        ),
        BodyError::TooSlow(seconds) => Reply::explained(
            StatusCode::REQUEST_TIMEOUT,
            "body_too_slow",
            &format!(
                "The request body did not arrive within {seconds} s (limits.body_read_seconds)."
            ),
        ),
        BodyError::BrokeOff(reason) => {
            Reply::invalid_body(&format!("The request body broke off: {reason}"))
        }
    }
}
