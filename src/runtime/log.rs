//! The run log: append-only, written by one run, read by any number of followers with cursors of their own.
//!
//! A follower that reads slowly costs nobody memory, one that comes late reads from the start. The writer stays at most
//! [`WINDOW`] bytes ahead of its fastest follower, so a flood is slowed down to what somebody can take; without any
//! follower (a detached run) it is not.

use std::collections::VecDeque;
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
/// How many events a follower takes at once: thousands of them share one lock.
const BATCH: usize = 64;

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
    /// The gaps in `followers`.
    gaps: Vec<usize>,
    /// The followers that the next entry wakes.
    waiting: Vec<usize>,
    /// How far the fastest follower has read; `None` without any.
    fastest: Option<usize>,
    writer: Option<Waker>,
}

#[derive(Debug)]
struct Place {
    next: usize,
    /// The bytes of the entries that its reader has.
    read: usize,
    /// Whether the writer waits for this follower.
    counted: bool,
    /// Woken by the next entry after every look at the log from the first wait on, so that a follower shared by several
    /// readers wakes whoever waits then.
    waker: Option<Waker>,
    /// Whether it is in [`Inner::waiting`].
    listed: bool,
}

impl Inner {
    fn wake_followers(&mut self) {
        for at in self.waiting.drain(..) {
            if let Some(place) = &mut self.followers[at] {
                place.listed = false;
                if let Some(waker) = &place.waker {
                    waker.wake_by_ref();
                }
            }
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

    fn add(&mut self, place: Place) -> usize {
        if place.counted {
            self.fastest.get_or_insert(0);
        }
        match self.gaps.pop() {
            Some(at) => {
                self.followers[at] = Some(place);
                at
            }
            None => {
                self.followers.push(Some(place));
                self.followers.len() - 1
            }
        }
    }

    fn remove(&mut self, at: usize) {
        let Some(gone) = self.followers[at].take() else {
            return;
        };
        self.gaps.push(at);
        // Another one may be as fast; after the end nobody waits for any.
        if gone.counted && self.end.is_none() && self.fastest <= Some(gone.read) {
            let counted = self.followers.iter().flatten().filter(|it| it.counted);
            self.fastest = counted.map(|place| place.read).max();
            self.wake_writer();
        }
    }

    /// Puts what the follower has not seen yet into `taken`; registers the waker if there is nothing.
    fn take(&mut self, at: usize, read: usize, taken: &mut VecDeque<Arc<Entry>>, cx: &Context<'_>) {
        let Some(place) = &mut self.followers[at] else {
            return;
        };
        place.read += read;
        if place.counted {
            self.fastest = self.fastest.max(Some(place.read));
        }
        let new = &self.entries[place.next..];
        taken.extend(new.iter().take(BATCH).cloned());
        place.next += taken.len();
        if taken.is_empty() {
            match &mut place.waker {
                Some(waker) => waker.clone_from(cx.waker()),
                None => place.waker = Some(cx.waker().clone()),
            }
        }
        if place.waker.is_some() && !place.listed {
            place.listed = true;
            self.waiting.push(at);
        }
        self.wake_writer();
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
        let at = self.inner.lock().add(Place {
            next: 0,
            read: 0,
            counted,
            waker: None,
            listed: false,
        });
        Follower {
            log: self.clone(),
            at,
            taken: VecDeque::new(),
            read: 0,
        }
    }
}

/// A cursor in a [`RunLog`].
#[derive(Debug)]
pub struct Follower {
    log: Arc<RunLog>,
    at: usize,
    /// Entries that its reader does not have yet.
    taken: VecDeque<Arc<Entry>>,
    /// The bytes of those that it has and the log has not been told of.
    read: usize,
}

impl Follower {
    fn next_taken(&mut self) -> Option<Arc<Entry>> {
        let entry = self.taken.pop_front()?;
        self.read += entry.size;
        Some(entry)
    }
}

impl Stream for Follower {
    type Item = Arc<Entry>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Arc<Entry>>> {
        let follower = self.get_mut();
        if let Some(entry) = follower.next_taken() {
            return Poll::Ready(Some(entry));
        }
        let read = std::mem::take(&mut follower.read);
        let mut inner = follower.log.inner.lock();
        inner.take(follower.at, read, &mut follower.taken, cx);
        let ended = inner.end.is_some();
        drop(inner);
        match follower.next_taken() {
            Some(entry) => Poll::Ready(Some(entry)),
            None if ended => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.log.inner.lock().remove(self.at);
    }
}
