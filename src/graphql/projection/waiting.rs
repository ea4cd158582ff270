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
pub(super) struct Waiting(Mutex<Views>);

#[derive(Default)]
struct Views {
    waiting: Vec<(u64, Topic, Waker)>,
    /// Whether the log had something new when nobody waited: a view may be on its way here, having found nothing.
    missed: bool,
}

impl Waiting {
    pub(super) fn wait(&self, view: u64, topic: Topic, waker: Waker) {
        let mut views = self.0.lock();
        if std::mem::take(&mut views.missed) {
            waker.wake();
        } else {
            views.waiting.push((view, topic, waker));
        }
    }

    /// A view is about to look at the log, or is gone: it waits no more.
    pub(super) fn leave(&self, view: u64) {
        let mut views = self.0.lock();
        views.missed = false;
        let mut waiting = views.waiting.iter();
        if let Some(at) = waiting.position(|(id, ..)| *id == view) {
            views.waiting.swap_remove(at);
        }
    }

    pub(super) fn is_any(&self) -> bool {
        !self.0.lock().waiting.is_empty()
    }

    pub(super) fn changed(&self, changed: Topic) {
        let waiting = &mut self.0.lock().waiting;
        for (_, _, waker) in waiting.extract_if(.., |(_, topic, _)| *topic == changed) {
            waker.wake();
        }
    }

    pub(super) fn wake_all(&self) {
        for (_, _, waker) in self.0.lock().waiting.drain(..) {
            waker.wake();
        }
    }
}

/// The log has something new: any one of the views that wait will take it in for all. (A view's own waker in the log would
/// be lost with a view that is put aside.)
impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        let view = {
            let mut views = self.0.lock();
            let view = views.waiting.pop();
            views.missed |= view.is_none();
            view
        };
        if let Some((_, _, waker)) = view {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn waiting_view(waiting: &Waiting, view: u64) -> Arc<Woken> {
        let woken = Arc::new(Woken::default());
        waiting.wait(view, Topic::Messages, woken.clone().into());
        woken
    }

    /// The log goes on in another thread. What it said between a view's look and its wait was heard by nobody, and of an
    /// answer in parts nothing more came, once in some hundred runs of a busy machine.
    #[test]
    fn what_the_log_says_just_before_a_view_waits_wakes_it() {
        let waiting = Arc::new(Waiting::default());
        waiting.leave(1);
        waiting.clone().wake();
        assert_eq!(waiting_view(&waiting, 1).0.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn what_a_view_has_looked_at_since_does_not_wake_it() {
        let waiting = Arc::new(Waiting::default());
        waiting.clone().wake();
        waiting.leave(1);
        let woken = waiting_view(&waiting, 1);
        assert_eq!(woken.0.load(Ordering::Relaxed), 0);
        waiting.wake();
        assert_eq!(woken.0.load(Ordering::Relaxed), 1);
    }
}
