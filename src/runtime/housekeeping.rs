//! What is done for the store behind everybody's back, and what that costs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
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
    pub(super) fn compact(&self, events: impl Iterator<Item = Event>) -> Vec<Event> {
        let begun = Instant::now();
        let events = compact(events);
        let mut counts = self.done.lock();
        counts.compactions += 1;
        counts.compacting += begun.elapsed();
        events
    }
}

impl Housekeeping {
    /// Writes it down for metrics.
    pub(super) fn encode(&self, encoder: &mut DescriptorEncoder) -> std::fmt::Result {
        let reclaimed = self.reclaimed;
        for (name, help, count) in [
            (
                "agui_store_dropped_threads",
                "Threads that were over a limit of the store, or too old",
                reclaimed.threads,
            ),
            (
                "agui_store_dropped_runs",
                "Runs that were too many for their thread",
                reclaimed.runs,
            ),
            (
                "agui_store_dropped_states",
                "Agents' states that went without their thread",
                reclaimed.states,
            ),
            (
                "agui_store_freed_bytes",
                "Bytes that the store gave back to the file system",
                reclaimed.bytes,
            ),
            (
                "agui_store_tidied",
                "Pieces of housekeeping in the store",
                self.pieces,
            ),
            (
                "agui_store_tidied_failures",
                "Pieces of housekeeping in the store that failed",
                self.failures,
            ),
            (
                "agui_store_compactions",
                "Runs whose events were compacted at their end",
                self.compactions,
            ),
        ] {
            encode_count(encoder, name, help, count)?;
        }
        for (name, help, time) in [
            (
                "agui_store_tidied_seconds",
                "How long housekeeping in the store took",
                self.tidying,
            ),
            (
                "agui_store_compactions_seconds",
                "How long it took to compact events",
                self.compacting,
            ),
        ] {
            encode_count(encoder, name, help, time.as_secs_f64())?;
        }
        Ok(())
    }
}

fn encode_count<N>(
    encoder: &mut DescriptorEncoder,
    name: &str,
    help: &str,
    count: N,
) -> std::fmt::Result
where
    ConstCounter<N>: EncodeMetric,
{
    let counter = ConstCounter::new(count);
    let family = encoder.encode_descriptor(name, help, None, counter.metric_type())?;
    counter.encode(family)
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

    use prometheus_client::collector::Collector;
    use serde_json::json;

    use super::*;
    use crate::agents::demo::DemoAgent;
    use crate::store::memory::MemoryStore;
    use crate::store::{Owner, StateChange, StateKey, StoreLimits};

    fn old_at_once() -> MemoryStore {
        MemoryStore::with_limits(StoreLimits {
            age: Some(Duration::ZERO),
            ..StoreLimits::default()
        })
    }

    /// The store is behind others by then, which count and time it.
    #[tokio::test(start_paused = true)]
    async fn a_runtime_keeps_its_store_in_order_and_tells_what_that_costs() {
        let runtime = Runtime::builder().agent("default", DemoAgent::with_pause(Duration::ZERO));
        let runtime = runtime
            .store(Arc::new(old_at_once()))
            .build()
            .await
            .unwrap();
        let key = StateKey {
            owner: Owner::anonymous(),
            thread_id: "t".into(),
            agent_name: "a".into(),
        };
        let state = StateChange::Replace(json!(1));
        runtime.store().change_state(&key, state).await.unwrap();
        #[allow(
            clippy::disallowed_methods,
            reason = "age is by the system's clock, which is not paused"
        )]
        std::thread::sleep(Duration::from_millis(2));
        sleep(Duration::from_secs(150)).await;
        let done = runtime.housekeeping();
        assert_eq!((done.reclaimed.states, done.pieces), (1, 2));
        let told = runtime
            .metrics()
            .encode([Box::new(runtime.figures()) as Box<dyn Collector>]);
        let told = told.unwrap();
        for line in [
            "agui_store_dropped_states_total 1\n",
            "agui_store_tidied_total 2\n",
            "agui_store_tidied_failures_total 0\n",
        ] {
            assert!(told.contains(line), "{told}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_too_old_goes_while_nobody_asks_for_anything() {
        let store = Arc::new(old_at_once());
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
