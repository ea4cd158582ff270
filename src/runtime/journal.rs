//! Keeps what runs say while they go on: many runs' events in one commit, and the runs' hold on their threads.
//!
//! Two tasks, so that a store that is slow to take events does not cost the runs their threads. What the store has not
//! taken yet is in the runs' logs and nowhere else, so a store that is away costs no memory.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::JoinError;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::log::{EndReason, Entry};
use super::run::Run;
use super::{STORE_PATIENCE, left};
use crate::store::{Batch, Durability, Lease, Store, StoreError, Terms};

/// How long what was said waits for others to be stored with: with the commit itself, events are stored within 50 ms.
const GATHER: Duration = Duration::from_millis(40);
/// How long a run whose events must be stored before they are shown waits for the store.
const STRICT_PATIENCE: Duration = Duration::from_secs(30);
/// About how many bytes of one run are taken at once, so that others need not wait for it.
const AT_ONCE: usize = 256 << 10;
/// The shortest and the longest pause after the store has failed.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// How many runs that were left behind are taken over at once.
const CLAIMED: usize = 64;

/// The runs whose events are being kept.
pub(super) struct Journal {
    store: Arc<dyn Store>,
    terms: Terms,
    /// By fence.
    runs: Mutex<HashMap<u64, Kept>>,
    /// The leases of runs that have ended while their end is on its way to the store, which may be away: without them
    /// somebody would take such a run for one that was left behind.
    ending: Mutex<HashMap<u64, Lease>>,
    /// One at a time.
    sweeps: tokio::sync::Mutex<()>,
    /// Rung when there is something to do and nobody may be at it.
    bell: Arc<Notify>,
}

struct Kept {
    lease: Arc<Lease>,
    run: Arc<Run>,
    /// The sequence number after the last one that the store has.
    next: usize,
    /// Since when the store lacks something.
    since: Option<Instant>,
}

/// What the store has yet to take.
pub(super) struct Backlog {
    pub(super) runs: usize,
    pub(super) events: usize,
    /// Since when the first of it waits.
    pub(super) oldest: Duration,
}

impl Journal {
    pub(super) fn new(store: Arc<dyn Store>) -> Arc<Self> {
        Arc::new(Self {
            terms: store.terms(),
            store,
            runs: Mutex::default(),
            ending: Mutex::default(),
            sweeps: tokio::sync::Mutex::default(),
            bell: Arc::default(),
        })
    }

    /// Does its work until it is dropped.
    pub(super) async fn work(self: Arc<Self>) {
        if self.terms.lasts {
            tokio::join!(self.append_all(), self.hold_all());
        }
    }

    /// Whether a run that the store says goes on, and that is not here, has nobody who ends it.
    pub(super) fn owns_all(&self) -> bool {
        self.terms.lasts && self.store.cluster().is_none()
    }

    /// Lets nobody see what the run says before it is stored, if so it is to be.
    pub(super) fn hold_back(&self, run: &Run) {
        if self.is_strict() {
            run.log().hold(self.bell.clone());
        }
    }

    /// How long a run waits for the store before it goes on all the same, or ends.
    pub(super) fn patience(&self) -> Duration {
        match self.is_strict() {
            true => STRICT_PATIENCE,
            false => STORE_PATIENCE,
        }
    }

    /// Whether nothing is shown that is not stored.
    pub(super) fn is_strict(&self) -> bool {
        self.terms.lasts && self.terms.durability == Durability::Strict
    }

    /// From now on this run's events are kept, and its thread.
    pub(super) fn enter(&self, lease: &Lease, run: &Arc<Run>) {
        if !self.terms.lasts {
            return;
        }
        let kept = Kept {
            lease: Arc::new(lease.clone()),
            run: run.clone(),
            next: 0,
            since: None,
        };
        self.runs.lock().insert(lease.fence, kept);
        self.bell.notify_one();
    }

    /// The run has ended and what it leaves is stored as a whole; its thread is held until that is done
    /// ([`Self::release`]). The sequence number up to which its events are stored.
    pub(super) fn leave(&self, lease: &Lease) -> usize {
        let left = self.runs.lock().remove(&lease.fence);
        if self.terms.lasts {
            self.ending.lock().insert(lease.fence, lease.clone());
        }
        left.map_or(0, |kept| kept.next)
    }

    /// What the run has left is stored, or never will be.
    pub(super) fn release(&self, lease: &Lease) {
        self.ending.lock().remove(&lease.fence);
    }

    /// Somebody on another node wants this run to stop.
    pub(super) fn stop(&self, fence: u64) {
        if let Some(kept) = self.runs.lock().get(&fence) {
            kept.run.cancel(EndReason::Stopped);
        }
    }

    /// What the store has yet to take.
    pub(super) fn backlog(&self) -> Backlog {
        let runs = self.runs.lock();
        let lacking = |kept: &Kept| kept.run.log().len().saturating_sub(kept.next);
        let since = runs.values().filter_map(|kept| kept.since).min();
        Backlog {
            runs: runs.len(),
            events: runs.values().map(lacking).sum(),
            oldest: since.map_or(Duration::ZERO, |since| since.elapsed()),
        }
    }

    async fn append_all(&self) {
        let mut pause = None;
        loop {
            self.gather(pause).await;
            let batches = self.batches();
            if batches.is_empty() {
                continue;
            }
            let done = tokio::select! {
                done = self.store.append_events(&batches) => done,
                () = self.give_up_in_time() => unreachable!("it goes on for ever"),
            };
            pause = match done {
                Ok(lost) => {
                    if pause.is_some() {
                        tracing::info!("the store takes events again");
                    }
                    self.taken(&batches, &lost);
                    None
                }
                Err(StoreError::Closed) => return,
                Err(error) => {
                    if pause.is_none() {
                        tracing::error!(%error, "the store takes no events; runs go on, and they are stored when it does");
                    }
                    self.give_up();
                    Some(pause.map_or(PAUSES.0, |pause: Duration| PAUSES.1.min(2 * pause)))
                }
            };
        }
    }

    /// Waits until there may be something to store.
    async fn gather(&self, pause: Option<Duration>) {
        if let Some(pause) = pause {
            return sleep(pause).await;
        }
        let idle = self.runs.lock().is_empty();
        match self.terms.durability {
            Durability::Batched if !idle => sleep(GATHER).await,
            _ => self.bell.notified().await,
        }
    }

    /// What the store lacks, run by run.
    fn batches(&self) -> Vec<Batch> {
        let mut news = Vec::new();
        for kept in self.runs.lock().values_mut() {
            let entries = kept.run.log().since(kept.next, AT_ONCE);
            if !entries.is_empty() {
                kept.since.get_or_insert_with(Instant::now);
                news.push((kept.lease.clone(), kept.next, entries));
            }
        }
        // Without the lock: this is where most events become JSON.
        let batch = |(lease, next, entries): (_, usize, Vec<Arc<Entry>>)| {
            let events = entries.iter().map(|entry| entry.json());
            Batch::new(lease, next as u64, events)
        };
        news.into_iter().map(batch).collect()
    }

    /// The store has these, but for those of the runs that are lost.
    fn taken(&self, batches: &[Batch], lost: &[u64]) {
        let mut runs = self.runs.lock();
        for batch in batches {
            let Some(kept) = runs.get_mut(&batch.lease().fence) else {
                continue;
            };
            if lost.contains(&batch.lease().fence) {
                kept.run.cancel(EndReason::Lost);
                runs.remove(&batch.lease().fence);
                continue;
            }
            kept.next = usize::try_from(batch.next()).unwrap_or(usize::MAX);
            kept.since = None;
            kept.run.log().show(kept.next);
        }
        drop(runs);
        if self.is_strict() {
            // What came meanwhile, or did not fit.
            self.bell.notify_one();
        }
    }

    /// Ends the runs whose followers have waited too long, from time to time; a store that hangs says nothing.
    async fn give_up_in_time(&self) {
        loop {
            sleep(PAUSES.1).await;
            self.give_up();
        }
    }

    fn give_up(&self) {
        if self.is_strict() {
            let late = |kept: &&Kept| kept.since.is_some_and(|it| it.elapsed() > STRICT_PATIENCE);
            let runs = self.runs.lock();
            let late = runs.values().filter(late);
            late.for_each(|kept| kept.run.cancel(EndReason::StoreFailed));
        }
    }

    /// Renews leases, and ends what other nodes or an earlier process left behind.
    async fn hold_all(self: &Arc<Self>) {
        let period = (self.terms.lease / 3).max(PAUSES.0);
        let mut due = Instant::now();
        let mut recovered = due;
        loop {
            sleep_until(due).await;
            due = Instant::now() + period;
            match self.renew().await {
                Ok(()) => {}
                Err(StoreError::Closed) => return,
                Err(error) => {
                    tracing::error!(%error, "the store does not renew the leases of runs");
                    // The others could not renew theirs either.
                    recovered = Instant::now() + self.terms.lease;
                }
            }
            if Instant::now() < recovered || self.sweeps.try_lock().is_err() {
                continue;
            }
            match timeout(period, self.sweep()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::error!(%error, "the store does not tell which runs were left behind");
                }
                // The leases are to be renewed.
                Err(_) => {
                    tracing::warn!("the store takes long to tell which runs were left behind")
                }
            }
        }
    }

    /// The fences of all runs that this node goes on with, or has yet to end.
    fn held(&self) -> Vec<u64> {
        let mut held: Vec<u64> = self.runs.lock().keys().copied().collect();
        held.extend(self.ending.lock().keys());
        held
    }

    async fn renew(&self) -> Result<(), StoreError> {
        let mut leases: Vec<Lease> = {
            let runs = self.runs.lock();
            runs.values().map(|kept| (*kept.lease).clone()).collect()
        };
        leases.extend(self.ending.lock().values().cloned());
        if leases.is_empty() {
            return Ok(());
        }
        let renewed = self.store.renew(&leases).await?;
        for fence in renewed.to_stop {
            self.stop(fence);
        }
        for fence in renewed.lost {
            if let Some(kept) = self.runs.lock().remove(&fence) {
                kept.run.cancel(EndReason::Lost);
            }
        }
        Ok(())
    }

    /// Ends what other nodes or an earlier process left behind. Who comes while it is at it waits for it; it goes on without
    /// them, since nobody else would end what it has taken over before that lease is out.
    pub(super) async fn sweep(self: &Arc<Self>) -> Result<(), StoreError> {
        let journal = self.clone();
        let sweeping = tokio::spawn(async move { journal.sweep_to_the_end().await });
        match sweeping.await.map_err(JoinError::try_into_panic) {
            Ok(swept) => swept,
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            Err(Err(_)) => Err(StoreError::Closed),
        }
    }

    async fn sweep_to_the_end(&self) -> Result<(), StoreError> {
        let _alone = self.sweeps.lock().await;
        loop {
            let claimed = self.store.claim_left(CLAIMED, &self.held()).await?;
            let last = claimed.len() < CLAIMED;
            for left in claimed {
                match left::close(&*self.store, left).await {
                    // A run that starts on the thread was quicker.
                    Ok(()) | Err(StoreError::Fenced) => {}
                    Err(error) => return Err(error),
                }
            }
            if last {
                return Ok(());
            }
        }
    }
}
