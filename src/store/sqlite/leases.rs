//! Which of the runs that go on in the file have somebody who ends them: one process owns it, so its memory tells.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// Until when each fence holds. A run that goes on and is not here was left by a process that died.
#[derive(Debug)]
pub(super) struct Leases {
    held: Mutex<HashMap<i64, Held>>,
    length: Duration,
}

#[derive(Debug)]
struct Held {
    until: Instant,
    /// Its run's end is being written: it says nothing more.
    ends: bool,
}

impl Leases {
    pub(super) fn new(length: Duration) -> Self {
        Self {
            held: Mutex::default(),
            length,
        }
    }

    /// From now on, for the length of a lease.
    pub(super) fn hold(&self, fence: i64) {
        let held = Held {
            until: Instant::now() + self.length,
            ends: false,
        };
        self.held.lock().insert(fence, held);
    }

    pub(super) fn release(&self, fence: i64) {
        self.held.lock().remove(&fence);
    }

    /// The end of its run is being written: whether no run is left that says anything. Of many that end in one transaction,
    /// whose leases are released after it, that is the last.
    pub(super) fn is_last_to_end(&self, fence: i64) -> bool {
        let now = Instant::now();
        let mut held = self.held.lock();
        // One that was renewed just as its run ended.
        held.retain(|_, it| it.until > now);
        if let Some(it) = held.get_mut(&fence) {
            it.ends = true;
        }
        held.values().all(|it| it.ends)
    }

    pub(super) fn is_held(&self, fence: i64) -> bool {
        let held = self.held.lock();
        held.get(&fence).is_some_and(|it| it.until > Instant::now())
    }
}
