//! What a store drops to stay within its limits, and how it says so.

use serde_json::value::RawValue;

use super::ThreadKey;

/// A thread that went, or the oldest runs of one.
#[derive(Debug)]
pub(super) struct Dropped {
    pub thread: String,
    /// How many runs; `None` for the whole thread.
    pub runs: Option<usize>,
    pub limit: Limit,
}

/// The setting that was the reason.
#[derive(Debug, Clone, Copy)]
pub(super) enum Limit {
    Threads(usize),
    RunsPerThread(usize),
    Bytes(u64),
}

/// Tells the log. Says nothing of the owner; ids are escaped, since clients choose them.
pub(super) fn log(dropped: Vec<Dropped>) {
    for Dropped {
        thread,
        runs,
        limit,
    } in dropped
    {
        let (setting, most) = match limit {
            Limit::Threads(most) => ("store.threads", most as u64),
            Limit::RunsPerThread(most) => ("store.runs_per_thread", most as u64),
            Limit::Bytes(most) => ("store.bytes", most),
        };
        match runs {
            None => tracing::info!(
                ?thread,
                setting,
                most,
                "a thread was dropped: the store is full"
            ),
            Some(runs) => tracing::info!(
                ?thread,
                runs,
                setting,
                most,
                "a thread's oldest runs were dropped: the store is full"
            ),
        }
    }
}

/// Tells the log that a run's end found no run to end, though its thread is there.
pub(super) fn log_lost(thread: &ThreadKey, number: u64) {
    tracing::error!(
        thread = ?thread.id,
        number,
        "a run that has ended is not stored: its thread has no such run that goes on"
    );
}

/// What events count for in [`StoreLimits::bytes`](super::StoreLimits): their JSON, the same for every backend.
pub(super) fn bytes(events: &[Box<RawValue>]) -> u64 {
    events.iter().map(|event| event.get().len() as u64).sum()
}
