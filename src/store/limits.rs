//! What a store drops to stay within its limits, and how it says so.

use serde_json::value::RawValue;

use super::{StateKey, ThreadKey};

/// Something of a thread that went.
#[derive(Debug)]
pub(super) struct Dropped {
    pub thread: String,
    pub what: Gone,
    pub limit: Limit,
}

/// What went.
#[derive(Debug)]
pub(super) enum Gone {
    /// All of it.
    Thread,
    /// So many of its oldest runs.
    Runs(usize),
    /// This agent's state.
    State(String),
}

/// A run that began so long ago and has not ended never will: a store that was too slow to note its beginning in time
/// noted it after all. In milliseconds.
const LONGEST_RUN: i64 = 24 * 60 * 60 * 1000;

/// A run that is running goes on if it began after this time.
pub(super) fn since(now_ms: i64) -> i64 {
    now_ms.saturating_sub(LONGEST_RUN)
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
        what,
        limit,
    } in dropped
    {
        let (setting, most) = match limit {
            Limit::Threads(most) => ("store.threads", most as u64),
            Limit::RunsPerThread(most) => ("store.runs_per_thread", most as u64),
            Limit::Bytes(most) => ("store.bytes", most),
        };
        match what {
            Gone::Thread => tracing::info!(
                ?thread,
                setting,
                most,
                "a thread was dropped: the store is full"
            ),
            Gone::State(agent) => tracing::info!(
                ?thread,
                ?agent,
                setting,
                most,
                "an agent's state was dropped: the store is full"
            ),
            Gone::Runs(runs) => tracing::info!(
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

/// What a state counts for there: its JSON and its names.
pub(super) fn state_bytes(key: &StateKey, state: &str, messages: &str) -> u64 {
    let texts = [&*key.thread_id, &*key.agent_name, state, messages];
    texts.iter().map(|text| text.len() as u64).sum()
}
