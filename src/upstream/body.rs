//! The body of an answer, as long as it gives signs of life. Bytes are read only when somebody asks for them, so a slow reader
//! slows the upstream down, and its own slowness is no silence.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use hyper::body::Body as _;
use tokio::time::{Instant, Sleep, timeout};

use super::limit::Place;
use super::request::Attempt;

/// Of the body of an error this much is read, for this long.
const MAX_ERROR_BYTES: usize = 64 << 10;
const ERROR_PATIENCE: Duration = Duration::from_secs(5);

/// The bytes of an answer. Dropping it closes the connection and gives the place at the upstream to the next.
pub(crate) struct Body {
    inner: reqwest::Body,
    silence: Silence,
    /// Until the answer has ended.
    hold: Option<Hold>,
}

/// What ends the bytes of an answer early.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// The connection broke off.
    Cut(reqwest::Error),
    /// Nothing came for so long.
    Silent(Duration),
}

/// What an answer that goes on holds.
pub(super) struct Hold {
    /// The attempt, until its outcome is known.
    pub(super) attempt: Attempt,
    pub(super) place: Option<Place>,
}

impl Body {
    pub(super) fn new(response: reqwest::Response, attempt: Attempt, idle: Duration) -> Self {
        Self {
            inner: response.into(),
            silence: Silence::new(idle),
            hold: Some(Hold {
                attempt,
                place: None,
            }),
        }
    }

    /// Keeps this place until the answer has ended.
    pub(super) fn keep(&mut self, place: Place) {
        if let Some(hold) = &mut self.hold {
            hold.place = Some(place);
        }
    }

    /// The same, with another time for the first bytes to come: some servers begin an answer long before they have one.
    pub(crate) fn first_within(mut self, patience: Duration) -> Self {
        self.silence.limit = patience;
        self.silence.timer = Box::pin(tokio::time::sleep(patience));
        self
    }

    /// The beginning of a text of which this was read already, for a message about it: what comes in a short time will do.
    pub(crate) async fn beginning(mut self, first: Bytes) -> String {
        let mut body = first.to_vec();
        let read = async {
            while let Some(Ok(chunk)) = self.next().await {
                body.extend_from_slice(&chunk);
                if body.len() >= MAX_ERROR_BYTES {
                    break;
                }
            }
        };
        let _ = timeout(ERROR_PATIENCE, read).await;
        body.truncate(MAX_ERROR_BYTES);
        String::from_utf8_lossy(&body).into_owned()
    }

    fn end(&mut self, error: Option<&str>) {
        if let Some(mut hold) = self.hold.take() {
            match error {
                None => hold.attempt.worked(),
                Some(error) => hold.attempt.failed(error.to_owned()),
            }
        }
    }
}

impl Stream for Body {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.hold.is_none() {
            return Poll::Ready(None);
        }
        loop {
            match Pin::new(&mut this.inner).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    this.silence.broken();
                    if let Some(hold) = &mut this.hold {
                        hold.attempt.worked();
                    }
                    if let Ok(chunk) = frame.into_data() {
                        return Poll::Ready(Some(Ok(chunk)));
                    }
                }
                Poll::Ready(Some(Err(error))) => {
                    this.end(Some("its answer broke off"));
                    return Poll::Ready(Some(Err(BodyError::Cut(error.without_url()))));
                }
                Poll::Ready(None) => {
                    this.end(None);
                    return Poll::Ready(None);
                }
                Poll::Pending => {
                    let limit = ready!(this.silence.poll(cx));
                    this.end(Some(&format!(
                        "it was silent for {limit:?} in the middle of an answer"
                    )));
                    return Poll::Ready(Some(Err(BodyError::Silent(limit))));
                }
            }
        }
    }
}

/// How long nothing has come while something was waited for.
struct Silence {
    idle: Duration,
    /// The limit now, which is another for the first bytes.
    limit: Duration,
    since: Option<Instant>,
    timer: Pin<Box<Sleep>>,
}

impl Silence {
    fn new(idle: Duration) -> Self {
        Self {
            idle,
            limit: idle,
            since: None,
            timer: Box::pin(tokio::time::sleep(idle)),
        }
    }

    /// Something came. The timer is not touched, where that can be: it would cost more than all else here.
    fn broken(&mut self) {
        self.since = None;
        if self.limit != self.idle {
            self.limit = self.idle;
            self.timer.as_mut().reset(Instant::now() + self.idle);
        }
    }

    /// Ready when the silence has lasted too long.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Duration> {
        let due = *self.since.get_or_insert_with(Instant::now) + self.limit;
        loop {
            ready!(self.timer.as_mut().poll(cx));
            if Instant::now() >= due {
                return Poll::Ready(self.limit);
            }
            self.timer.as_mut().reset(due);
        }
    }
}
