//! How an answer travels: one transport a file, and the choice between them in one place.

mod json;
mod multipart;
pub(crate) mod negotiation;
mod sse;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use http::{StatusCode, header};

use super::execute::Answer;
use super::incremental::Payloads;
use super::request::RequestError;
use crate::reply::{Body, Reply};
use negotiation::{Accept, MediaType};

/// One way to send an answer.
trait Transport {
    /// A single JSON document.
    fn respond(&self, status: StatusCode, json: String) -> Reply;
    /// A first document and what follows it; `None` if this transport carries one document only.
    fn stream(&self, payloads: Payloads) -> Option<Reply>;
}

fn transport(media: MediaType) -> Box<dyn Transport> {
    match media {
        MediaType::EventStream => Box::new(sse::Sse),
        MediaType::Multipart => Box::new(multipart::Multipart),
        MediaType::GraphQlResponse | MediaType::Json => Box::new(json::Json(media)),
    }
}

/// Sends what an execution gave.
pub(crate) fn answer(accept: &Accept, answer: Answer) -> Reply {
    match answer {
        Answer::Plain(json) => match accept.plain() {
            Some(media) => transport(media).respond(StatusCode::OK, json),
            None => not_acceptable(negotiation::PLAIN),
        },
        Answer::Incremental(payloads) => accept
            .incremental()
            .and_then(|media| transport(media).stream(*payloads))
            .unwrap_or_else(|| not_acceptable(negotiation::INCREMENTAL)),
        Answer::NotAcceptable => not_acceptable(negotiation::INCREMENTAL),
    }
}

/// Sends a refusal.
pub(crate) fn refuse(accept: &Accept, error: RequestError) -> Reply {
    let Some(media) = accept.plain() else {
        return not_acceptable(negotiation::PLAIN);
    };
    let status = match media {
        MediaType::Json if error.ok_as_json => StatusCode::OK,
        // An event source reads nothing of an answer that is not 200 (upstream 1.10.6).
        MediaType::EventStream if error.status == StatusCode::BAD_REQUEST => StatusCode::OK,
        _ => error.status,
    };
    let json = serde_json::json!({"errors": error.errors}).to_string();
    let mut reply = transport(media).respond(status, json);
    if let Some(seconds) = error.retry_after {
        reply.headers.push((header::RETRY_AFTER, seconds.into()));
    }
    match error.allow {
        Some(methods) => reply.with(header::ALLOW, methods),
        None => reply,
    }
}

fn not_acceptable(served: &'static str) -> Reply {
    Reply::empty(StatusCode::NOT_ACCEPTABLE).with(header::ACCEPT, served)
}

/// `first`, then each payload framed, then `last`.
fn framed(
    first: &'static str,
    payloads: impl Stream<Item = String> + Send + 'static,
    frame: fn(String) -> Bytes,
    last: &'static str,
) -> BoxStream<'static, Bytes> {
    stream::iter([Bytes::from_static(first.as_bytes())])
        .chain(payloads.map(frame))
        .chain(stream::iter([Bytes::from_static(last.as_bytes())]))
        .boxed()
}
