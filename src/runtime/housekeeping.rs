//! What is done for the store behind everybody's back, and what that costs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::time::sleep;

use super::Runtime;
use super::protocol::compact;
use crate::generated::agui::Event;
use crate::store::{Reclaimed, Store, StoreError};

/// Between two pieces of what is to be done: others get at the store meanwhile.
const PAUSE: Duration = Duration::from_millis(100);

/// What housekeeping has done since the server started, and what it cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Housekeeping {
    /// What the store has dropped and given back.
    pub reclaimed: Reclaimed,
    /// Pieces of work in the store: dropping what is too old, giving space back.
    pub pieces: u64,
    /// How many of them failed.
    pub failures: u64,
    /// How long they took together.
    pub tidying: Duration,
    /// Runs whose events were compacted at their end.
    pub compactions: u64,
    /// How long that took together.
    pub compacting: Duration,
}

/// Keeps the store in order, while it lives.
pub(super) struct Keeper {
    store: Arc<dyn Store>,
    done: Mutex<Housekeeping>,
}

impl Keeper {
    pub(super) fn new(store: Arc<dyn Store>) -> Arc<Self> {
        Arc::new(Self {
            store,
            done: Mutex::default(),
        })
    }

    /// Does its work, where there is any, until the store is closed.
    pub(super) async fn work(self: Arc<Self>) {
        let Some(period) = self.store.tidy_every() else {
            return;
        };
        let mut pause = period;
        loop {
            sleep(pause).await;
            let begun = Instant::now();
            let done = self.store.tidy().await;
            pause = match &done {
                Ok(true) => PAUSE,
                Ok(false) => period,
                Err(StoreError::Closed) => return,
                Err(error) => {
                    tracing::warn!(%error, "housekeeping of the store failed, and is tried again later");
                    period
                }
            };
            let mut counts = self.done.lock();
            counts.pieces += 1;
            counts.failures += u64::from(done.is_err());
            counts.tidying += begun.elapsed();
        }
    }

    /// Compacts the events of a run that has ended.
    pub(super) fn compact(&self, events: Vec<Event>) -> Vec<Event> {
        let begun = Instant::now();
        let events = compact(events);
        let mut counts = self.done.lock();
        counts.compactions += 1;
        counts.compacting += begun.elapsed();
        events
    }
}

impl Runtime {
    /// What was done for the store behind everybody's back, and what it cost.
    pub fn housekeeping(&self) -> Housekeeping {
        Housekeeping {
            reclaimed: self.store().reclaimed(),
            ..*self.node().housekeeping.done.lock()
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;
    use crate::store::memory::MemoryStore;
    use crate::store::{Owner, StateChange, StateKey, StoreLimits};

    #[tokio::test(start_paused = true)]
    async fn what_is_too_old_goes_while_nobody_asks_for_anything() {
        let store = Arc::new(MemoryStore::with_limits(StoreLimits {
            age: Some(Duration::ZERO),
            ..StoreLimits::default()
        }));
        let key = StateKey {
            owner: Owner::anonymous(),
            thread_id: "t".into(),
            agent_name: "a".into(),
        };
        let state = StateChange::Replace(json!(1));
        store.change_state(&key, state).await.unwrap();
        #[allow(
            clippy::disallowed_methods,
            reason = "age is by the system's clock, which is not paused"
        )]
        std::thread::sleep(Duration::from_millis(2));
        let keeper = Keeper::new(store.clone());
        let work = tokio::spawn(keeper.clone().work());
        sleep(Duration::from_secs(150)).await;
        assert_eq!(store.load_state(&key).await.unwrap(), None);
        assert_eq!(store.reclaimed().states, 1);
        let done = *keeper.done.lock();
        assert_eq!((done.pieces, done.failures), (2, 0));
        store.close().await.unwrap();
        work.await.unwrap();
    }
}
