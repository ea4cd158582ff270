//! Views of a projection: each takes its own kind of thing out of it, and whichever is polled moves the whole on.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::{Stream, StreamExt};

use super::{Projection, State};

/// Text or arguments on their way to one field.
#[derive(Default)]
pub(super) struct Slot {
    pub(super) chunks: VecDeque<String>,
    /// How it ended, with the reason if it failed.
    pub(super) ended: Option<Result<(), &'static str>>,
}

type Take<T> = Box<dyn FnMut(&mut State) -> Option<T> + Send>;
type Until = Box<dyn Fn(&State) -> bool + Send>;

/// A stream of what `take` finds, until the run (or what the view is of) has ended.
pub(super) struct View<T> {
    projection: Projection,
    place: usize,
    take: Take<T>,
    until: Until,
}

impl<T> View<T> {
    pub(super) fn new(projection: &Projection, take: Take<T>) -> Self {
        Self {
            projection: projection.clone(),
            place: usize::MAX,
            take,
            until: Box::new(|_| false),
        }
    }

    /// Ends the view when `until` holds and nothing is left to take.
    pub(super) fn until(mut self, until: impl Fn(&State) -> bool + Send + 'static) -> Self {
        self.until = Box::new(until);
        self
    }

    /// The first thing this view finds.
    pub(super) async fn first(mut self) -> Option<T> {
        self.next().await
    }

    /// Remembers who waits. A view gets its place when it first has to wait: most never do.
    fn wait(place: &mut usize, state: &mut State, cx: &Context<'_>) {
        if *place == usize::MAX {
            *place = state.waiting.len();
            state.waiting.push(None);
        }
        state.waiting[*place] = Some(cx.waker().clone());
    }
}

impl<T> Stream for View<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let this = &mut *self;
        let projection = this.projection.clone();
        let mut state = projection.0.lock();
        loop {
            if let Some(found) = (this.take)(&mut state) {
                return Poll::Ready(Some(found));
            }
            if state.outcome.is_some() || (this.until)(&state) {
                return Poll::Ready(None);
            }
            if state.advance(cx).is_pending() {
                Self::wait(&mut this.place, &mut state, cx);
                return Poll::Pending;
            }
        }
    }
}

impl<T> Drop for View<T> {
    /// The log may know only this view's waker: the others must get a chance to leave theirs.
    fn drop(&mut self) {
        let mut state = self.projection.0.lock();
        if let Some(waker) = state.waiting.get_mut(self.place) {
            *waker = None;
        }
        for waker in state.waiting.iter_mut().filter_map(Option::take) {
            waker.wake();
        }
    }
}
