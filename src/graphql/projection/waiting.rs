//! Which view waits for what, so that an event wakes those it has something for and nobody else.

use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Waker;

/// What a view waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    Messages,
    MetaEvents,
    Outcome,
    /// The text or arguments of one slot.
    Chunks(usize),
    /// The end of one slot.
    End(usize),
}

/// A name for a new view.
pub(super) fn new_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// The views that wait, a handful at any time.
#[derive(Default)]
pub(super) struct Waiting {
    views: Vec<(u64, Topic, Waker)>,
}

impl Waiting {
    pub(super) fn wait(&mut self, view: u64, topic: Topic, waker: Waker) {
        self.views.push((view, topic, waker));
    }

    /// A view is being polled, or is gone: it waits no more.
    pub(super) fn leave(&mut self, view: u64) {
        if let Some(at) = self.views.iter().position(|(id, ..)| *id == view) {
            self.views.swap_remove(at);
        }
    }

    pub(super) fn wake(&mut self, changed: Topic) {
        for (_, _, waker) in self.views.extract_if(.., |(_, topic, _)| *topic == changed) {
            waker.wake();
        }
    }

    pub(super) fn wake_all(&mut self) {
        for (_, _, waker) in self.views.drain(..) {
            waker.wake();
        }
    }
}
