//! Which of the runs that go on in the file have somebody who ends them: one process owns it, so its memory tells.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// Until when each fence holds. A run that goes on and is not here was left by a process that died.
#[derive(Debug)]
pub(super) struct Leases {
    held: Mutex<HashMap<i64, Instant>>,
    length: Duration,
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
        let until = Instant::now() + self.length;
        self.held.lock().insert(fence, until);
    }

    pub(super) fn release(&self, fence: i64) {
        self.held.lock().remove(&fence);
    }

    /// Whether this is the only one, so that no other run says anything.
    pub(super) fn is_last(&self, fence: i64) -> bool {
        let now = Instant::now();
        let mut held = self.held.lock();
        // One that was renewed just as its run ended.
        held.retain(|_, until| *until > now);
        held.keys().all(|held| *held == fence)
    }

    pub(super) fn is_held(&self, fence: i64) -> bool {
        let until = self.held.lock().get(&fence).copied();
        until.is_some_and(|until| until > Instant::now())
    }
}
