//! Asks the application's hooks about requests and answers.

use http::{HeaderValue, header};
use poem::{Request, Response};

use super::app::Shared;
use super::health::Probe;
use super::respond;
use crate::reply::Reply;
use crate::runtime::hooks::{HookFailure, Refusal, RequestHead, ResponseHead};

impl Shared {
    /// The answer to a request, with all that hooks have to say to it.
    pub(super) async fn hooked(&self, mut request: Request) -> Response {
        // What asks whether the server lives must not be kept from learning it.
        if self.hooks.is_empty() || Probe::of(request.uri().path()).is_some() {
            return self.route(request).await;
        }
        let mut head = self.head_of(&request);
        let response = match self.hooks.on_request(&mut head).await {
            Ok(()) => {
                request.headers_mut().clone_from(&head.headers);
                request.extensions_mut().insert(head.owner.clone());
                self.route(request).await
            }
            Err(HookFailure::Refused(refusal)) => refused(refusal),
            // As in upstream 1.75.0, without its `onResponse`.
            Err(HookFailure::Failed) => return respond(Reply::internal_error()),
        };
        self.finished(&head, response).await
    }

    async fn finished(&self, request: &RequestHead, mut response: Response) -> Response {
        let headers = std::mem::take(response.headers_mut());
        let mut head = ResponseHead::new(response.status(), headers);
        match self.hooks.on_response(request, &mut head).await {
            Ok(()) => {
                *response.headers_mut() = head.headers;
                response
            }
            Err(HookFailure::Refused(refusal)) => refused(refusal),
            Err(HookFailure::Failed) => respond(Reply::internal_error()),
        }
    }

    fn head_of(&self, request: &Request) -> RequestHead {
        RequestHead {
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            headers: request.headers().clone(),
            owner: self.owner(request),
        }
    }
}

/// In the words of the hook alone (upstream 1.75.0): which face the request is for may not even be known.
fn refused(refusal: Refusal) -> Response {
    let kind = HeaderValue::from_static("text/plain; charset=UTF-8");
    let mut response = Response::builder()
        .status(refusal.status)
        .body(refusal.message);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
