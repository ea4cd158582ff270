//! Views of a projection: each takes its own kind of thing out of it, and whichever is polled moves the whole on.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::{Stream, StreamExt};

use super::waiting::{Topic, new_id};
use super::{Projection, State};

/// Text or arguments on their way to one field.
pub(super) struct Slot {
    pub(super) chunks: VecDeque<String>,
    /// How it ended, with the reason if it failed.
    pub(super) ended: Option<Result<(), &'static str>>,
    /// Whether the message is with its reader, whose views decide from then on.
    pub(super) taken: bool,
    wanted: bool,
}

impl Slot {
    pub(super) fn new(wanted: bool) -> Self {
        Self {
            chunks: VecDeque::new(),
            ended: None,
            taken: false,
            wanted,
        }
    }

    /// Keeps a chunk, if anybody will read it.
    pub(super) fn push(&mut self, chunk: &str) -> bool {
        if self.wanted {
            self.chunks.push_back(chunk.to_owned());
        }
        self.wanted
    }

    pub(super) fn forget(&mut self) {
        self.wanted = false;
        self.chunks = VecDeque::new();
    }

    pub(super) fn forget_if_untaken(&mut self) {
        if !self.taken {
            self.forget();
        }
    }
}

/// How many events one poll may take in: what is not for the polled view piles up until its own view is polled.
const EVENTS_A_POLL: usize = 64;

type Take<T> = Box<dyn FnMut(&mut State) -> Option<T> + Send>;

/// A stream of what `take` finds, until the run (or what the view is of) has ended.
pub(super) struct View<T> {
    projection: Projection,
    id: u64,
    topic: Topic,
    take: Take<T>,
}

impl<T> View<T> {
    pub(super) fn new(projection: &Projection, topic: Topic, take: Take<T>) -> Self {
        Self {
            projection: projection.clone(),
            id: new_id(),
            topic,
            take,
        }
    }

    /// The first thing this view finds.
    pub(super) async fn first(mut self) -> Option<T> {
        self.next().await
    }
}

impl<T> Stream for View<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let this = &mut *self;
        let mut state = this.projection.0.lock();
        state.waiting.leave(this.id);
        for _ in 0..EVENTS_A_POLL {
            if let Some(found) = (this.take)(&mut state) {
                state.hand_over();
                return Poll::Ready(Some(found));
            }
            if state.over(this.topic) {
                return Poll::Ready(None);
            }
            if state.advance().is_pending() {
                state.waiting.wait(this.id, this.topic, cx.waker().clone());
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<T> Drop for View<T> {
    fn drop(&mut self) {
        let mut state = self.projection.0.lock();
        state.forget(self.topic);
        state.waiting.leave(self.id);
        state.hand_over();
    }
}
