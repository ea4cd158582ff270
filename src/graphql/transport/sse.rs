//! Server-sent events in upstream's dialect (graphql-yoga 5): `next` for each document, then `complete`, and a comment when
//! nothing was sent for a while, so that proxies do not cut a silent stream.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use http::{StatusCode, header};
use tokio::time::{Instant, Sleep, sleep};

use super::{Body, Payloads, Reply, Transport, framed};

/// Upstream 1.10.6 pings every 12 s.
const PING: Duration = Duration::from_secs(12);
const COMMENT: &str = ":\n\n";
const COMPLETE: &str = "event: complete\ndata:\n\n";

pub(super) struct Sse;

impl Transport for Sse {
    fn respond(&self, status: StatusCode, json: String) -> Reply {
        Reply {
            status,
            body: Body::Stream(framed(COMMENT, stream::iter([json]), next, COMPLETE)),
            ..reply()
        }
    }

    fn stream(&self, payloads: Payloads) -> Option<Reply> {
        let payloads = Pinged {
            payloads,
            silence: Box::pin(sleep(PING)),
        };
        let events = payloads.map(|event| event.unwrap_or_default());
        Some(Reply {
            body: Body::Stream(framed(COMMENT, events, next, COMPLETE)),
            ..reply()
        })
    }
}

fn reply() -> Reply {
    Reply::empty(StatusCode::OK)
        .with(header::CONTENT_TYPE, "text/event-stream")
        .with(header::CACHE_CONTROL, "no-cache")
        .with(header::CONTENT_ENCODING, "none")
}

/// Frames a document; an empty one is a ping.
fn next(json: String) -> Bytes {
    match json.is_empty() {
        true => Bytes::from_static(COMMENT.as_bytes()),
        false => Bytes::from(format!("event: next\ndata: {json}\n\n")),
    }
}

/// Payloads with `None` wherever [`PING`] passed in silence.
struct Pinged {
    payloads: Payloads,
    silence: Pin<Box<Sleep>>,
}

impl Stream for Pinged {
    type Item = Option<String>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let event = match this.payloads.poll_next_unpin(cx) {
            Poll::Ready(payload) => payload.map(|payload| Some(payload.0)),
            Poll::Pending => {
                std::task::ready!(this.silence.as_mut().poll(cx));
                Some(None)
            }
        };
        this.silence.as_mut().reset(Instant::now() + PING);
        Poll::Ready(event)
    }
}
