//! What the users of one handle share: events that many read, and their turn to change a state.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::MutexGuard;

use crate::store::{Events, StateKey};

/// How many runs are remembered, at least, before those that nobody reads any more are forgotten.
const FEW: usize = 64;

/// The events of runs that have ended, for as long as somebody holds them; by their serial, which no other run ever has.
#[derive(Debug, Default)]
pub(super) struct Shared(Mutex<HashMap<String, Weak<Events>>>);

impl Shared {
    pub(super) fn get(&self, serial: &str) -> Option<Arc<Events>> {
        self.0.lock().get(serial).and_then(Weak::upgrade)
    }

    /// Remembers these events, unless another reader was faster; those that are shared.
    pub(super) fn keep(&self, serial: &str, events: Arc<Events>) -> Arc<Events> {
        let mut held = self.0.lock();
        if let Some(events) = held.get(serial).and_then(Weak::upgrade) {
            return events;
        }
        if held.len() >= FEW && held.len().is_power_of_two() {
            held.retain(|_, events| events.strong_count() > 0);
        }
        held.insert(serial.to_owned(), Arc::downgrade(&events));
        events
    }
}

/// Those of one node who change one state come one after the other: each would fail and try again otherwise.
pub(super) struct Turns {
    turns: Vec<tokio::sync::Mutex<()>>,
    hasher: RandomState,
}

/// How long one waits for the turn. It is only politeness: the server lets nobody write over another's change.
const PATIENCE: Duration = Duration::from_secs(1);

impl Default for Turns {
    fn default() -> Self {
        Self {
            turns: (0..64).map(|_| tokio::sync::Mutex::default()).collect(),
            hasher: RandomState::new(),
        }
    }
}

impl Turns {
    pub(super) async fn of(&self, key: &StateKey) -> Option<MutexGuard<'_, ()>> {
        let at = self.hasher.hash_one(key) as usize % self.turns.len();
        let turn = self.turns.get(at)?.lock();
        tokio::time::timeout(PATIENCE, turn).await.ok()
    }
}
