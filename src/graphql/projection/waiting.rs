//! Which view waits for what, so that an event wakes those it has something for and nobody else.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Wake, Waker};

use parking_lot::Mutex;

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

/// The views that wait, a handful at any time. Behind a lock of its own, which is held for nothing else: the run log wakes
/// it while it holds its own lock.
#[derive(Default)]
pub(super) struct Waiting(Mutex<Vec<(u64, Topic, Waker)>>);

impl Waiting {
    pub(super) fn wait(&self, view: u64, topic: Topic, waker: Waker) {
        self.0.lock().push((view, topic, waker));
    }

    /// A view is being polled, or is gone: it waits no more.
    pub(super) fn leave(&self, view: u64) {
        let mut views = self.0.lock();
        if let Some(at) = views.iter().position(|(id, ..)| *id == view) {
            views.swap_remove(at);
        }
    }

    pub(super) fn changed(&self, changed: Topic) {
        let mut views = self.0.lock();
        for (_, _, waker) in views.extract_if(.., |(_, topic, _)| *topic == changed) {
            waker.wake();
        }
    }

    pub(super) fn wake_all(&self) {
        for (_, _, waker) in self.0.lock().drain(..) {
            waker.wake();
        }
    }
}

/// The log has something new: any one of the views that wait will take it in for all. (A view's own waker in the log would
/// be lost with a view that is put aside.)
impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        let view = self.0.lock().pop();
        if let Some((_, _, waker)) = view {
            waker.wake();
        }
    }
}
