//! One stream, read by several: each consumer sees every item, and an item is kept only while somebody still wants it.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use async_graphql::Error;
use futures_util::stream::{BoxStream, Stream, StreamExt};
use parking_lot::Mutex;

type Item<T> = Result<Arc<T>, Error>;

/// The stream itself. While it is held, further consumers can join and see all items.
pub(crate) struct Replay<T>(Arc<Mutex<Inner<T>>>);

struct Inner<T> {
    source: Option<BoxStream<'static, Result<T, Error>>>,
    items: VecDeque<Item<T>>,
    /// How many items are gone from the front of `items`.
    dropped: usize,
    /// Whether more consumers may join, so that no item may go.
    open: bool,
    consumers: Vec<Option<Place>>,
}

/// Where one consumer stands.
struct Place {
    next: usize,
    waker: Option<Waker>,
}

impl<T: Send + Sync + 'static> Replay<T> {
    pub(crate) fn new(source: impl Stream<Item = Result<T, Error>> + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            source: Some(source.boxed()),
            items: VecDeque::new(),
            dropped: 0,
            open: true,
            consumers: Vec::new(),
        })))
    }

    pub(crate) fn consumer(&self) -> Consumer<T> {
        let mut inner = self.0.lock();
        inner.consumers.push(Some(Place {
            next: 0,
            waker: None,
        }));
        Consumer {
            at: inner.consumers.len() - 1,
            inner: self.0.clone(),
        }
    }
}

impl<T> Drop for Replay<T> {
    fn drop(&mut self) {
        let mut inner = self.0.lock();
        inner.open = false;
        inner.trim();
    }
}

/// One reader of a [`Replay`], from its first item.
pub(crate) struct Consumer<T> {
    inner: Arc<Mutex<Inner<T>>>,
    at: usize,
}

impl<T> Unpin for Consumer<T> {}

impl<T> Inner<T> {
    /// Forgets what every consumer has seen.
    fn trim(&mut self) {
        if self.open {
            return;
        }
        let wanted = self
            .consumers
            .iter()
            .flatten()
            .map(|place| place.next)
            .min();
        let wanted = wanted.unwrap_or(usize::MAX);
        while self.dropped < wanted && self.items.pop_front().is_some() {
            self.dropped += 1;
        }
    }

    fn wake(&mut self) {
        for place in self.consumers.iter_mut().flatten() {
            if let Some(waker) = place.waker.take() {
                waker.wake();
            }
        }
    }

    fn poll_source(&mut self, cx: &mut Context<'_>) -> Poll<Option<Item<T>>> {
        let Some(source) = &mut self.source else {
            return Poll::Ready(None);
        };
        match source.poll_next_unpin(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(item) => {
                if !matches!(item, Some(Ok(_))) {
                    self.source = None;
                }
                self.wake();
                Poll::Ready(item.map(|item| item.map(Arc::new)))
            }
        }
    }
}

impl<T: Send + Sync + 'static> Stream for Consumer<T> {
    type Item = Item<T>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item<T>>> {
        let mut inner = self.inner.lock();
        let Some(next) = inner.consumers[self.at].as_ref().map(|place| place.next) else {
            return Poll::Ready(None);
        };
        let item = match inner.items.get(next - inner.dropped) {
            Some(item) => item.clone(),
            None => match inner.poll_source(cx) {
                Poll::Ready(Some(item)) => {
                    inner.items.push_back(item.clone());
                    item
                }
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => {
                    if let Some(place) = &mut inner.consumers[self.at] {
                        place.waker = Some(cx.waker().clone());
                    }
                    return Poll::Pending;
                }
            },
        };
        if let Some(place) = &mut inner.consumers[self.at] {
            place.next += 1;
        }
        inner.trim();
        Poll::Ready(Some(item))
    }
}

impl<T> Drop for Consumer<T> {
    fn drop(&mut self) {
        let mut inner = self.inner.lock();
        inner.consumers[self.at] = None;
        // The source may have been polled on behalf of this consumer alone.
        inner.wake();
        inner.trim();
    }
}
