//! The run log: append-only, written by one run, read by any number of followers with cursors of their own.
//!
//! A follower that reads slowly costs nobody memory, one that comes late reads from the start. The writer stays at most
//! [`WINDOW`] bytes ahead of its fastest follower, so a flood is slowed down to what somebody can take; without any
//! follower (a detached run) it is not.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures_util::Stream;
use parking_lot::Mutex;

use super::error::AgentError;
use crate::generated::agui::Event;

/// How many bytes of events a run may be ahead of its fastest follower.
const WINDOW: usize = 256 << 10;

/// One event of a run.
#[derive(Debug)]
pub struct Entry {
    /// The event.
    pub event: Event,
    /// Who says it.
    pub origin: Origin,
    /// About how many bytes of memory it takes.
    pub size: usize,
    rendered: OnceLock<Bytes>,
}

impl Entry {
    /// An entry for the log.
    pub fn new(event: Event, origin: Origin, size: usize) -> Self {
        Self {
            event,
            origin,
            size,
            rendered: OnceLock::new(),
        }
    }

    /// The event as a face writes it: rendered once, whatever the number of followers.
    pub fn rendered(&self, render: impl FnOnce(&Event) -> Bytes) -> Bytes {
        self.rendered.get_or_init(|| render(&self.event)).clone()
    }
}

/// Who says what an entry of the log says.
#[derive(Debug, Clone)]
pub enum Origin {
    /// The agent, or the runtime in its place.
    Agent,
    /// The runtime ends what the agent left open.
    Closing,
    /// The run failed: the `RUN_ERROR` of this error.
    Failed(Arc<AgentError>),
    /// The run was ended from outside: the `RUN_ERROR` that says so.
    Cancelled,
}

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// The agent finished.
    Completed,
    /// The agent failed, or broke a limit.
    AgentFailed,
    /// The client that the run was for went away.
    ClientGone,
    /// Somebody stopped the run, or a newer run took its thread.
    Stopped,
    /// The server shuts down.
    Shutdown,
}

/// The events of one run.
#[derive(Debug, Default)]
pub struct RunLog {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    entries: Vec<Arc<Entry>>,
    /// The bytes of all entries.
    written: usize,
    end: Option<EndReason>,
    followers: Vec<Option<Place>>,
    /// How far the fastest follower has read; `None` without any.
    fastest: Option<usize>,
    writer: Option<Waker>,
}

#[derive(Debug)]
struct Place {
    next: usize,
    /// The bytes of the entries before `next`.
    read: usize,
    /// Whether the writer waits for this follower.
    counted: bool,
    /// Woken by every entry from the first wait on, so that a follower shared by several readers wakes whoever waits then.
    waker: Option<Waker>,
}

impl Inner {
    fn wake_followers(&mut self) {
        for waker in self
            .followers
            .iter()
            .flatten()
            .filter_map(|place| place.waker.as_ref())
        {
            waker.wake_by_ref();
        }
    }

    fn wake_writer(&mut self) {
        if self.writer.is_some()
            && self.has_room()
            && let Some(writer) = self.writer.take()
        {
            writer.wake();
        }
    }

    fn has_room(&self) -> bool {
        self.fastest
            .is_none_or(|fastest| self.written < fastest + WINDOW)
    }

    /// Looks for the fastest follower anew, because one went.
    fn measure(&mut self) {
        let counted = self.followers.iter().flatten().filter(|it| it.counted);
        self.fastest = counted.map(|place| place.read).max();
    }
}

impl RunLog {
    /// Adds an event. Nothing is added after the end.
    pub fn append(&self, entry: Entry) {
        let mut inner = self.inner.lock();
        if inner.end.is_none() {
            inner.written += entry.size;
            inner.entries.push(Arc::new(entry));
            inner.wake_followers();
        }
    }

    /// Ends the log; the first reason stands.
    pub fn end(&self, reason: EndReason) {
        let mut inner = self.inner.lock();
        inner.end.get_or_insert(reason);
        inner.wake_followers();
    }

    /// Why the run ended; `None` while it runs.
    pub fn end_reason(&self) -> Option<EndReason> {
        self.inner.lock().end
    }

    /// How many events there are.
    pub fn len(&self) -> usize {
        self.inner.lock().entries.len()
    }

    /// Whether there is no event yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Waits until a follower is near enough for one more event.
    pub async fn room(&self) {
        std::future::poll_fn(|cx| {
            let mut inner = self.inner.lock();
            if inner.has_room() {
                return Poll::Ready(());
            }
            inner.writer = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// The entries so far.
    pub fn entries(&self) -> Vec<Arc<Entry>> {
        self.inner.lock().entries.clone()
    }

    /// Reads all entries from the first on, and ends with the log.
    pub fn follow(self: &Arc<Self>) -> Follower {
        self.place(true)
    }

    /// As [`Self::follow`], but the run waits for others only: for an onlooker.
    pub fn observe(self: &Arc<Self>) -> Follower {
        self.place(false)
    }

    fn place(self: &Arc<Self>, counted: bool) -> Follower {
        let mut inner = self.inner.lock();
        let place = Some(Place {
            next: 0,
            read: 0,
            counted,
            waker: None,
        });
        let at = match inner.followers.iter().position(Option::is_none) {
            Some(at) => {
                inner.followers[at] = place;
                at
            }
            None => {
                inner.followers.push(place);
                inner.followers.len() - 1
            }
        };
        if counted {
            inner.fastest.get_or_insert(0);
        }
        Follower {
            log: self.clone(),
            at,
        }
    }
}

/// A cursor in a [`RunLog`].
#[derive(Debug)]
pub struct Follower {
    log: Arc<RunLog>,
    at: usize,
}

impl Stream for Follower {
    type Item = Arc<Entry>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Arc<Entry>>> {
        let mut inner = self.log.inner.lock();
        let inner = &mut *inner;
        let Some(place) = &mut inner.followers[self.at] else {
            return Poll::Ready(None);
        };
        if let Some(entry) = inner.entries.get(place.next) {
            let entry = entry.clone();
            place.next += 1;
            place.read += entry.size;
            if place.counted {
                inner.fastest = inner.fastest.max(Some(place.read));
                inner.wake_writer();
            }
            return Poll::Ready(Some(entry));
        }
        if inner.end.is_some() {
            return Poll::Ready(None);
        }
        match &mut place.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            None => place.waker = Some(cx.waker().clone()),
        }
        Poll::Pending
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let mut inner = self.log.inner.lock();
        inner.followers[self.at] = None;
        inner.measure();
        inner.wake_writer();
    }
}
