//! A stream of AG-UI events as server-sent events: one event a chunk, and a comment when nothing was said for long.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::{self, StreamExt};
use http::{StatusCode, header};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::time::{Instant, Sleep};

use super::dialect::Dialect;
use super::{Body, Reply};
use crate::generated::agui::Event;
use crate::runtime::History;
use crate::runtime::log::{Entry, Follower};
use crate::runtime::run::Attached;
use crate::store::Events;

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
        None => entry.frame(),
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
    history: History,
    /// Those of the history's run that is being read, and how many of them were.
    events: Arc<Events>,
    read: usize,
    live: Option<Follower>,
    dialect: Dialect,
    /// Ends the run with this stream.
    _attached: Option<Attached>,
}

impl Frames {
    pub(super) fn of_run(live: Follower, dialect: Dialect, attached: Option<Attached>) -> Self {
        Self {
            history: stream::empty().boxed(),
            events: Arc::default(),
            read: 0,
            live: Some(live),
            dialect,
            _attached: attached,
        }
    }

    pub(super) fn of_thread(history: History, live: Option<Follower>, dialect: Dialect) -> Self {
        Self {
            history,
            events: Arc::default(),
            read: 0,
            live,
            dialect,
            _attached: None,
        }
    }
}

impl Frames {
    /// The history's next frame; `None` after its last.
    fn poll_history(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            if let Some(event) = self.events.get(self.read) {
                let frame = kept(event, self.dialect);
                self.read += 1;
                return Poll::Ready(Some(frame));
            }
            self.events = Arc::default();
            self.read = 0;
            match ready!(self.history.poll_next_unpin(cx)) {
                Some(Ok(events)) => self.events = events,
                Some(Err(error)) => {
                    // What comes after a gap would be taken for the whole: the client finds its stream cut short.
                    tracing::error!(%error, "a thread's history cannot be read to its end");
                    self.history = stream::empty().boxed();
                    self.live = None;
                }
                None => return Poll::Ready(None),
            }
        }
    }
}

impl Stream for Frames {
    type Item = Bytes;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(frame) = ready!(self.poll_history(cx)) {
            return Poll::Ready(Some(frame));
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

    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::mpsc;

    use super::*;
    use crate::store::StoreError;

    const PERIOD: Duration = Duration::from_secs(15);

    #[tokio::test(start_paused = true)]
    async fn silence_is_filled_and_only_silence() {
        let (said, mut heard) = mpsc::channel(8);
        let frames = stream::poll_fn(move |cx| heard.poll_recv(cx));
        let mut stream = KeepAlive::new(frames, PERIOD);
        let begin = Instant::now();
        for _ in 0..3 {
            tokio::time::advance(Duration::from_secs(10)).await;
            said.try_send(Bytes::from_static(b"data: 1\n\n")).unwrap();
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
        let history = stream::iter([Ok(kept.into())]).boxed();
        let frames: Vec<_> = Frames::of_thread(history, None, Dialect::Old)
            .collect()
            .await;
        let expected = [
            "data: {\"type\":\"THINKING_END\"}\n\n",
            "data: {\"type\":\"RAW\",\"event\":{\"type\":\"B\"}}\n\n",
        ];
        assert_eq!(frames, expected);
    }

    /// Every client that connected held a copy of the whole history until it had read it.
    #[tokio::test]
    async fn a_slow_reader_holds_one_run_of_the_history() {
        let loaded = Arc::new(AtomicUsize::new(0));
        let runs: Vec<Arc<Events>> = (0..3)
            .map(|_| {
                let event = || RawValue::from_string("{\"type\":\"RAW\"}".to_owned()).unwrap();
                [event(), event()].into()
            })
            .collect();
        let (counted, held) = (loaded.clone(), runs.clone());
        let history = stream::iter(runs).map(move |run| {
            counted.fetch_add(1, Ordering::Relaxed);
            Ok(run)
        });
        let mut frames = Frames::of_thread(history.boxed(), None, Dialect::Old);
        for read in 0..6 {
            assert!(frames.next().await.is_some());
            assert_eq!(loaded.load(Ordering::Relaxed), read / 2 + 1);
            assert!(Arc::ptr_eq(&frames.events, &held[read / 2]));
        }
        assert!(frames.next().await.is_none());
        assert!(frames.events.is_empty(), "nor the last of them for ever");
    }

    #[tokio::test]
    async fn a_history_that_breaks_off_ends_the_stream() {
        let event = RawValue::from_string("{\"type\":\"RAW\"}".to_owned()).unwrap();
        let run: Arc<Events> = [event].into();
        let broken = [Ok(run.clone()), Err(StoreError::Closed), Ok(run)];
        let frames = Frames::of_thread(stream::iter(broken).boxed(), None, Dialect::Old);
        assert_eq!(frames.count().await, 1);
    }
}
