//! The run log: append-only, written by one run, read by any number of followers with cursors of their own.
//!
//! A follower that reads slowly costs nobody memory, one that comes late reads from the start. The writer stays at most
//! [`WINDOW`] bytes ahead of its fastest follower, so a flood is slowed down to what somebody can take; without any
//! follower (a detached run) it is not. A log that holds back ([`RunLog::hold`]) shows what the store has acknowledged.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures_util::Stream;
use parking_lot::Mutex;
use tokio::sync::Notify;

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
    frame: OnceLock<Bytes>,
}

/// A run has as many as tokens, and lives as long as its longest reader: twice this was a third of the memory of 500 runs.
const _: () = assert!(size_of::<Entry>() <= 304);

/// What comes before and after an event's JSON in server-sent events.
const FRAME: (&[u8], &[u8]) = (b"data: ", b"\n\n");

impl Entry {
    /// An entry for the log.
    pub fn new(event: Event, origin: Origin, size: usize) -> Self {
        Self {
            event,
            origin,
            size,
            frame: OnceLock::new(),
        }
    }

    /// The event as server-sent events carry it, `data: {json}` and an empty line: written once, whatever the number of
    /// followers, and for the store too.
    pub fn frame(&self) -> Bytes {
        let write = || {
            let mut frame = Vec::with_capacity(160);
            frame.extend_from_slice(FRAME.0);
            if let Err(error) = serde_json::to_writer(&mut frame, &self.event) {
                tracing::error!(%error, "an event cannot be written as JSON");
                frame.truncate(FRAME.0.len());
                frame.extend_from_slice(b"null");
            }
            frame.extend_from_slice(FRAME.1);
            frame.into()
        };
        self.frame.get_or_init(write).clone()
    }

    /// The event's JSON: the part of its [`Self::frame`] that stores keep.
    pub fn json(&self) -> Bytes {
        let frame = self.frame();
        frame.slice(FRAME.0.len()..frame.len() - FRAME.1.len())
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
    /// The store did not take what the run said in time, where it must (`store.durability = "strict"`).
    StoreFailed,
    /// Another server ended the run, since this one was away for too long, or its thread was deleted.
    Lost,
}

impl EndReason {
    /// As metrics and the log call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::AgentFailed => "failed",
            Self::ClientGone => "client_gone",
            Self::Stopped => "stopped",
            Self::Shutdown => "shutdown",
            Self::StoreFailed => "store_failed",
            Self::Lost => "lost",
        }
    }
}

/// The events of one run.
#[derive(Debug, Default)]
pub struct RunLog {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    entries: Vec<Arc<Entry>>,
    /// How many entries followers may see; `None` for all.
    shown: Option<usize>,
    /// The bytes of all entries.
    written: usize,
    /// Told of every entry, in place of the followers, while the log holds back.
    waits: Option<Arc<Notify>>,
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
        let shown = self.shown.unwrap_or(usize::MAX).min(self.entries.len());
        let new = &self.entries[place.next..shown.max(place.next)];
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
            match &inner.waits {
                Some(held) => held.notify_one(),
                None => inner.wake_followers(),
            }
        }
    }

    /// Ends the log, and shows all of it; the first reason stands.
    pub fn end(&self, reason: EndReason) {
        let mut inner = self.inner.lock();
        inner.end.get_or_insert(reason);
        inner.shown = None;
        inner.waits = None;
        inner.wake_followers();
    }

    /// Holds back what is appended from now on until [`Self::show`] says so; each entry tells `held`.
    pub fn hold(&self, held: Arc<Notify>) {
        let mut inner = self.inner.lock();
        inner.shown = Some(inner.entries.len());
        inner.waits = Some(held);
    }

    /// Shows so many entries of a log that holds back.
    pub fn show(&self, entries: usize) {
        let mut inner = self.inner.lock();
        if inner.shown.is_some_and(|shown| shown < entries) {
            inner.shown = Some(entries);
            inner.wake_followers();
        }
    }

    /// Takes back what nobody was shown.
    pub fn retract(&self) {
        let mut inner = self.inner.lock();
        if let Some(shown) = inner.shown {
            inner.entries.truncate(shown);
        }
    }

    /// The entries from one on, about so many bytes of them, but one at least if there is one.
    pub fn since(&self, first: usize, bytes: usize) -> Vec<Arc<Entry>> {
        let inner = self.inner.lock();
        let mut taken = 0;
        let entries = inner.entries.get(first..).unwrap_or_default().iter();
        let fits = |entry: &&Arc<Entry>| {
            let fits = taken < bytes;
            taken += entry.size;
            fits
        };
        entries.take_while(fits).cloned().collect()
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

    /// How many follow it, and about how many bytes it takes.
    pub(super) fn weight(&self) -> (usize, usize) {
        let inner = self.inner.lock();
        (inner.followers.len() - inner.gaps.len(), inner.written)
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

    /// Whether there is something to read, the log's end included; the waker is told as soon as there is.
    pub(crate) fn poll_ready(&mut self, cx: &Context<'_>) -> Poll<()> {
        if !self.taken.is_empty() {
            return Poll::Ready(());
        }
        let read = std::mem::take(&mut self.read);
        let mut inner = self.log.inner.lock();
        inner.take(self.at, read, &mut self.taken, cx);
        if self.taken.is_empty() && inner.end.is_none() {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    }
}

impl Stream for Follower {
    type Item = Arc<Entry>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Arc<Entry>>> {
        std::task::ready!(self.poll_ready(cx));
        Poll::Ready(self.next_taken())
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.log.inner.lock().remove(self.at);
    }
}
