//! The answer of a model server: the data of its events, as long as it gives signs of life.
//!
//! Nothing here runs on its own: dropping the answer closes the connection.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use sse_stream::SseByteStream;
use tokio::time::timeout;

use super::failure::Failures;
use super::frames::Frames;
use super::wire::Framing;
use crate::runtime::error::AgentError;
use crate::upstream::{self, Body};

/// An event of the stream may be this long; no server sends more, and memory has an end.
const MAX_EVENT_BYTES: usize = 8 * 1024 * 1024;

type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, BodyError>> + Send>>;

/// An answer that has begun.
pub(super) struct Answer {
    events: Events,
    /// How long the next event is waited for, if not as long as bytes come.
    hurry: Option<Duration>,
}

/// The events of an answer, as they are cut.
enum Events {
    Sse {
        events: SseByteStream<ByteStream>,
        /// Bytes since the last whole event.
        unframed: Arc<AtomicUsize>,
    },
    Aws(ByteStream, Frames),
}

/// What ends the bytes of an answer early.
#[derive(Debug, thiserror::Error)]
enum BodyError {
    #[error("Premature close")]
    Closed(#[source] reqwest::Error),
    #[error("the server sent an event of more than {MAX_EVENT_BYTES} bytes")]
    TooLong,
    #[error("the model server was silent for {0:?}")]
    Silent(Duration),
}

impl From<upstream::BodyError> for BodyError {
    fn from(error: upstream::BodyError) -> Self {
        match error {
            upstream::BodyError::Cut(error) => Self::Closed(error),
            upstream::BodyError::Silent(wait) => Self::Silent(wait),
        }
    }
}

impl Answer {
    /// Any byte of the body is a sign of life: a server whose model has a queue sends comments, such as OpenRouter's
    /// `: OPENROUTER PROCESSING`, long before its first event.
    pub(super) fn new(body: Body, framing: Framing) -> Self {
        let bytes = body.map(|chunk| chunk.map_err(BodyError::from)).boxed();
        Self {
            events: match framing {
                Framing::Sse => sse(bytes),
                Framing::Aws => Events::Aws(bytes, Frames::default()),
            },
            hurry: None,
        }
    }

    /// The data of the next event; `None` at the end of the stream.
    pub(super) async fn next(&mut self, failures: &Failures) -> Option<Result<String, AgentError>> {
        let Some(hurry) = self.hurry else {
            return self.next_event(failures).await;
        };
        match timeout(hurry, self.next_event(failures)).await {
            Ok(next) => next,
            Err(_) => Some(Err(failures.timeout(&BodyError::Silent(hurry).to_string()))),
        }
    }

    async fn next_event(&mut self, failures: &Failures) -> Option<Result<String, AgentError>> {
        match &mut self.events {
            Events::Sse { events, unframed } => loop {
                match events.next().await? {
                    Ok(event) => {
                        unframed.store(0, Ordering::Relaxed);
                        if let Some(data) = event.data {
                            return Some(Ok(data));
                        }
                    }
                    Err(sse_stream::Error::Body(error)) => {
                        return Some(Err(ended(error, failures)));
                    }
                    Err(error) => return Some(Err(failures.broken(&error.to_string()))),
                }
            },
            Events::Aws(bytes, frames) => loop {
                match frames.next() {
                    Ok(Some(data)) => return Some(Ok(data)),
                    Ok(None) => {}
                    Err(error) => return Some(Err(failures.broken(&error))),
                }
                match bytes.next().await {
                    Some(Ok(_)) if frames.begun() > MAX_EVENT_BYTES => {
                        return Some(Err(ended(BodyError::TooLong.into(), failures)));
                    }
                    Some(Ok(chunk)) => frames.push(&chunk),
                    Some(Err(error)) => return Some(Err(ended(error.into(), failures))),
                    None if frames.begun() > 0 => {
                        let text = "the answer broke off in the middle of an event";
                        return Some(Err(failures.broken(text)));
                    }
                    None => return None,
                }
            },
        }
    }

    /// From now on waits only this long for an event, as it is welcome but not needed.
    pub(super) fn hurry(&mut self, wait: Duration) {
        self.hurry = Some(wait);
    }
}

/// What is told of an answer that ends like this.
fn ended(error: Box<dyn std::error::Error + Send + Sync>, failures: &Failures) -> AgentError {
    let text = error.to_string();
    if let Some(BodyError::Silent(_)) = error.downcast_ref() {
        return failures.timeout(&text);
    }
    let mut failure = failures.broken(&text);
    failure.source = Some(error);
    failure
}

fn sse(bytes: ByteStream) -> Events {
    let unframed = Arc::new(AtomicUsize::new(0));
    let counted = unframed.clone();
    let bytes = bytes
        .map(move |chunk| {
            let chunk = chunk?;
            match counted.fetch_add(chunk.len(), Ordering::Relaxed) > MAX_EVENT_BYTES {
                true => Err(BodyError::TooLong),
                false => Ok(chunk),
            }
        })
        // Some servers leave out the blank line after their last event.
        .chain(stream::iter([Ok(Bytes::from_static(b"\n\n"))]));
    Events::Sse {
        events: SseByteStream::new(bytes.boxed()),
        unframed,
    }
}
