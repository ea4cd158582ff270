//! A stream of AG-UI events as server-sent events: one event a chunk, and a comment when nothing was said for long.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::StreamExt;
use http::{StatusCode, header};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::time::{Instant, Sleep};

use super::dialect::Dialect;
use super::{Body, Reply};
use crate::generated::agui::Event;
use crate::runtime::log::{Entry, Follower};
use crate::runtime::run::Attached;

/// What proxies and clients take as a sign of life and nothing else (upstream 1.75.0).
const KEEP_ALIVE: Bytes = Bytes::from_static(b": keep-alive\n\n");

/// The answer that carries these frames.
pub(super) fn reply(
    frames: impl Stream<Item = Bytes> + Send + Unpin + 'static,
    keep_alive: Option<Duration>,
) -> Reply {
    let body = match keep_alive {
        Some(period) => KeepAlive::new(frames, period).boxed(),
        None => frames.boxed(),
    };
    Reply {
        body: Body::Stream(body),
        ..Reply::empty(StatusCode::OK)
            .with(header::CONTENT_TYPE, "text/event-stream")
            .with(header::CACHE_CONTROL, "no-cache")
    }
}

/// One event of a log, written once for all who follow it in the same dialect: all but a few are the same in each.
fn entry(entry: &Entry, dialect: Dialect) -> Bytes {
    match dialect.adapt(&entry.event) {
        Some(adapted) => frame(&adapted),
        None => entry.rendered(frame::<Event>),
    }
}

/// One event of a thread's history.
fn kept(event: &RawValue, dialect: Dialect) -> Bytes {
    let adapted = serde_json::from_str::<Event>(event.get());
    match adapted.ok().and_then(|event| dialect.adapt(&event)) {
        Some(adapted) => frame(&adapted),
        None => frame(&event),
    }
}

/// `data: {json}` and an empty line.
pub(super) fn frame<T: Serialize>(event: &T) -> Bytes {
    let mut frame = Vec::with_capacity(160);
    frame.extend_from_slice(b"data: ");
    if let Err(error) = serde_json::to_writer(&mut frame, event) {
        tracing::error!(%error, "an event cannot be written as JSON");
        return Bytes::new();
    }
    frame.extend_from_slice(b"\n\n");
    frame.into()
}

/// What was kept of a thread, and then a live run.
pub(super) struct Frames {
    history: std::vec::IntoIter<Box<RawValue>>,
    live: Option<Follower>,
    dialect: Dialect,
    /// Ends the run with this stream.
    _attached: Option<Attached>,
}

impl Frames {
    pub(super) fn of_run(live: Follower, dialect: Dialect, attached: Option<Attached>) -> Self {
        Self {
            history: Vec::new().into_iter(),
            live: Some(live),
            dialect,
            _attached: attached,
        }
    }

    pub(super) fn of_thread(
        history: Vec<Box<RawValue>>,
        live: Option<Follower>,
        dialect: Dialect,
    ) -> Self {
        Self {
            history: history.into_iter(),
            live,
            dialect,
            _attached: None,
        }
    }
}

impl Stream for Frames {
    type Item = Bytes;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(event) = self.history.next() {
            return Poll::Ready(Some(kept(&event, self.dialect)));
        }
        let dialect = self.dialect;
        match &mut self.live {
            Some(live) => live
                .poll_next_unpin(cx)
                .map(|next: Option<Arc<Entry>>| next.map(|next| entry(&next, dialect))),
            None => Poll::Ready(None),
        }
    }
}

/// Adds a comment wherever `frames` is silent for a whole period.
struct KeepAlive<S> {
    frames: S,
    period: Duration,
    /// When something was said last.
    spoke: Instant,
    timer: Pin<Box<Sleep>>,
}

impl<S> KeepAlive<S> {
    fn new(frames: S, period: Duration) -> Self {
        Self {
            frames,
            period,
            spoke: Instant::now(),
            timer: Box::pin(tokio::time::sleep(period)),
        }
    }
}

impl<S: Stream<Item = Bytes> + Unpin> Stream for KeepAlive<S> {
    type Item = Bytes;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let this = &mut *self;
        if let Poll::Ready(next) = this.frames.poll_next_unpin(cx) {
            this.spoke = Instant::now();
            return Poll::Ready(next);
        }
        // The timer is not set back with every event, but looks when it goes off.
        while this.timer.as_mut().poll(cx).is_ready() {
            let now = Instant::now();
            let silent = now >= this.spoke + this.period;
            if silent {
                this.spoke = now;
            }
            let next = this.spoke + this.period;
            this.timer.as_mut().reset(next);
            if silent {
                return Poll::Ready(Some(KEEP_ALIVE));
            }
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use futures_util::stream;
    use tokio::sync::mpsc;

    use super::*;

    const PERIOD: Duration = Duration::from_secs(15);

    #[tokio::test(start_paused = true)]
    async fn silence_is_filled_and_only_silence() {
        let (said, mut heard) = mpsc::unbounded_channel();
        let frames = stream::poll_fn(move |cx| heard.poll_recv(cx));
        let mut stream = KeepAlive::new(frames, PERIOD);
        let begin = Instant::now();
        for _ in 0..3 {
            tokio::time::advance(Duration::from_secs(10)).await;
            said.send(Bytes::from_static(b"data: 1\n\n")).unwrap();
            assert_eq!(stream.next().await.unwrap(), "data: 1\n\n");
        }
        // 30 s have passed; two more periods of silence.
        assert_eq!(stream.next().await.unwrap(), KEEP_ALIVE);
        assert_eq!(begin.elapsed().as_secs(), 45);
        assert_eq!(stream.next().await.unwrap(), KEEP_ALIVE);
        assert_eq!(begin.elapsed().as_secs(), 60);
        drop(said);
        assert_eq!(stream.next().await, None);
    }

    #[tokio::test]
    async fn history_comes_as_it_is_kept_but_for_what_its_reader_cannot_read() {
        let kept = ["{\"type\":\"THINKING_END\"}", "{\"type\":\"B\"}"];
        let kept = kept.map(|json| RawValue::from_string(json.to_owned()).unwrap());
        let frames: Vec<_> = Frames::of_thread(kept.into(), None, Dialect::Old)
            .collect()
            .await;
        let expected = [
            "data: {\"type\":\"THINKING_END\"}\n\n",
            "data: {\"type\":\"RAW\",\"event\":{\"type\":\"B\"}}\n\n",
        ];
        assert_eq!(frames, expected);
    }
}
