//! What a store drops and gives back, counted.

use parking_lot::Mutex;

use super::limits::{self, Dropped, Gone};

/// What a store has dropped and given back since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reclaimed {
    /// Threads that were over a limit, or too old.
    pub threads: u64,
    /// Runs that were too many for their thread.
    pub runs: u64,
    /// Agents' states that went without their thread.
    pub states: u64,
    /// Bytes that were given back to the file system.
    pub bytes: u64,
}

/// Counts while the store works.
#[derive(Debug, Default)]
pub(super) struct Reclaiming(Mutex<Reclaimed>);

impl Reclaiming {
    /// Counts what was dropped, and tells the log.
    pub(super) fn dropped(&self, dropped: Vec<Dropped>) {
        if dropped.is_empty() {
            return;
        }
        let mut counts = self.0.lock();
        for it in &dropped {
            match it.what {
                Gone::Thread => counts.threads += 1,
                Gone::Runs(runs) => counts.runs += runs as u64,
                Gone::State(_) => counts.states += 1,
            }
        }
        drop(counts);
        limits::log(dropped);
    }

    /// Counts what the file system has again.
    pub(super) fn freed(&self, bytes: u64) {
        self.0.lock().bytes += bytes;
    }

    /// The counts.
    pub(super) fn read(&self) -> Reclaimed {
        *self.0.lock()
    }
}
