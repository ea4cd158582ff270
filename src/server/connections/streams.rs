//! The answers of an HTTP/2 connection, each a stream of its own. A client may stop reading one of them and go on with the others:
//! its connection gets on then, and what cuts connections never sees it. Whoever takes nothing of an answer for too long loses
//! that answer, with all that it kept alive.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use hyper::rt::Executor;
use poem::Body;
use tokio::time::{Instant, Sleep, sleep_until};

/// How much of an answer goes out in one piece. A piece is waited for as a whole, so none may be large; a frame takes as much.
const PIECE: usize = 16 << 10;

tokio::task_local! {
    /// That of the stream whose task this is: Hyper runs a request and sends its answer in one, and tells neither of the other.
    static TAKING: Taking;
}

/// Whether a client takes what it is offered: odd from when a piece is there until the next one is asked for.
#[derive(Debug, Clone, Default)]
struct Taking(Arc<AtomicU64>);

impl Taking {
    fn offered(&self) {
        self.0.fetch_or(1, Ordering::Relaxed);
    }

    fn taken(&self) {
        let count = self.0.load(Ordering::Relaxed);
        self.0.store(count + count % 2, Ordering::Relaxed);
    }

    /// The number of the piece that waits for its client.
    fn waits(&self) -> Option<u64> {
        let count = self.0.load(Ordering::Relaxed);
        (count % 2 == 1).then_some(count)
    }
}

/// Runs the streams of a connection, and drops one whose client takes nothing for so long: it is reset then.
#[derive(Clone)]
pub(super) struct Streams<C> {
    pub(super) patience: Duration,
    /// Told of each one.
    pub(super) cut: C,
}

impl<F, C> Executor<F> for Streams<C>
where
    F: Future<Output = ()> + Send + 'static,
    C: Fn() + Clone + Send + 'static,
{
    fn execute(&self, stream: F) {
        let (taking, streams) = (Taking::default(), self.clone());
        let patient = async move {
            let stream = TAKING.scope(taking.clone(), stream);
            if !ends(stream, &taking, streams.patience).await {
                (streams.cut)();
            }
        };
        tokio::spawn(patient);
    }
}

/// Runs a stream to its end; `false` if its client took nothing for too long before.
async fn ends(stream: impl Future<Output = ()>, taking: &Taking, patience: Duration) -> bool {
    let mut stream = pin!(stream);
    // There once something had to wait, with what it is for.
    let mut waiting: Option<(u64, Pin<Box<Sleep>>)> = None;
    poll_fn(|cx| {
        if stream.as_mut().poll(cx).is_ready() {
            return Poll::Ready(true);
        }
        let Some(piece) = taking.waits() else {
            return Poll::Pending;
        };
        let end = Instant::now() + patience;
        let (known, timer) = waiting.get_or_insert_with(|| (piece, Box::pin(sleep_until(end))));
        if std::mem::replace(known, piece) != piece {
            timer.as_mut().reset(end);
        }
        timer.as_mut().poll(cx).map(|()| false)
    })
    .await
}

/// The body of an answer, so that it is known whether the client of its stream takes it.
pub(super) fn watched(body: Body) -> Body {
    match TAKING.try_with(Taking::clone) {
        Ok(taking) => {
            taking.offered();
            Body::from(BoxBody::new(Watched {
                body: body.into(),
                rest: Bytes::new(),
                taking,
            }))
        }
        // Of no stream.
        Err(_) => body,
    }
}

struct Watched {
    body: BoxBody<Bytes, io::Error>,
    /// What of a large piece has not been asked for yet.
    rest: Bytes,
    taking: Taking,
}

impl Watched {
    fn piece(&mut self) -> Frame<Bytes> {
        let length = self.rest.len().min(PIECE);
        Frame::data(self.rest.split_to(length))
    }
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.taking.taken();
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(other) => return Poll::Ready(Some(Ok(other))),
                },
                ended => return Poll::Ready(ended),
            }
        }
        self.taking.offered();
        Poll::Ready(Some(Ok(self.piece())))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (of_body, rest) = (self.body.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(of_body.lower() + rest);
        if let Some(upper) = of_body.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}

#[cfg(test)]
mod tests;
