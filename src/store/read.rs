//! Events that many read at once are in memory once.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::{Events, StoredRun, ThreadKey};

/// How many runs are remembered, at least, before those that nobody reads any more are forgotten.
const FEW: usize = 64;

/// The events of runs, for as long as somebody holds them.
#[derive(Debug, Default)]
pub(super) struct Shared(Mutex<HashMap<Key, Weak<Events>>>);

/// A thread, and a run's number in it.
type Key = (ThreadKey, u64);

impl Shared {
    /// The run with the events that its other readers hold, if there are any.
    pub(super) fn of(&self, thread: &ThreadKey, mut run: StoredRun) -> StoredRun {
        let key = (thread.clone(), run.number);
        let mut held = self.0.lock();
        if let Some(events) = held.get(&key).and_then(Weak::upgrade)
            && same(&events, &run.events)
        {
            run.events = events;
            return run;
        }
        if held.len() >= FEW && held.len().is_power_of_two() {
            held.retain(|_, events| events.strong_count() > 0);
        }
        held.insert(key, Arc::downgrade(&run.events));
        run
    }
}

/// A thread that was deleted and made again has other runs of the same numbers.
fn same(one: &Events, other: &Events) -> bool {
    let [one, other] = [one, other].map(|events| events.iter().map(|event| event.get()));
    one.eq(other)
}
