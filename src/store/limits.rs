//! What a store drops to stay within its limits, and how it says so.

use serde_json::value::RawValue;

use super::{StateKey, StoreLimits};

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

/// Things too old that are dropped at once: who changes a thread does not wait for all of them.
pub(super) const OLD_AT_ONCE: usize = 100;

/// The setting that was the reason.
#[derive(Debug, Clone, Copy)]
pub(super) enum Limit {
    Threads(usize),
    RunsPerThread(usize),
    Bytes(u64),
    /// In days.
    Age(u64),
}

impl Limit {
    /// The limit of age, as it is set.
    pub(super) fn age(limits: &StoreLimits) -> Self {
        let seconds = limits.age.map_or(0, |age| age.as_secs());
        Self::Age(seconds / (24 * 60 * 60))
    }
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
            Limit::Age(most) => ("store.max_age_days", most),
        };
        match what {
            Gone::Thread => tracing::info!(
                ?thread,
                setting,
                most,
                "a thread was dropped: the store's limit"
            ),
            Gone::State(agent) => tracing::info!(
                ?thread,
                ?agent,
                setting,
                most,
                "an agent's state was dropped: the store's limit"
            ),
            Gone::Runs(runs) => tracing::info!(
                ?thread,
                runs,
                setting,
                most,
                "a thread's oldest runs were dropped: the store's limit"
            ),
        }
    }
}

/// What events count for in [`StoreLimits::bytes`](super::StoreLimits): their JSON, the same for every backend.
pub(super) fn bytes(events: &[Box<RawValue>]) -> u64 {
    events.iter().map(|event| event.get().len() as u64).sum()
}

/// What a state counts for there: its JSON, without that of its earlier versions, and its names.
pub(super) fn state_bytes(key: &StateKey, state: &str, messages: &str) -> u64 {
    let texts = [&*key.thread_id, &*key.agent_name, state, messages];
    texts.iter().map(|text| text.len() as u64).sum()
}
