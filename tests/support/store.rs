//! A store that is as slow, or as far away, as a test wants it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use agui_runtime::store::memory::MemoryStore;
use agui_runtime::store::{
    AgentState, Batch, Cluster, Durability, EndedRun, Lease, LeftRun, NewRun, Owner, Reclaimed,
    Renewed, RunTail, Start, StateChange, StateKey, Store, StoreError, StoreFuture, StoreOptions,
    StoredRun, Terms, Thread, ThreadChange, ThreadDump, ThreadFilter, ThreadKey, ThreadPage,
};
use futures_util::FutureExt;
use futures_util::future::ready;
use tokio::sync::Semaphore;

/// A store in memory, but for what the test holds up.
pub struct Held {
    store: MemoryStore,
    terms: Terms,
    /// One permit lets one run begin.
    pub starts: Semaphore,
    /// One permit lets one run's end through.
    pub ends: Semaphore,
    /// One permit lets one commit of events through.
    pub appends: Semaphore,
    /// Whether whatever is written fails.
    pub away: AtomicBool,
}

impl Held {
    /// A store that takes everything but the ends of runs at once, and that nobody expects to last.
    pub fn new() -> Arc<Self> {
        let store = MemoryStore::default();
        let held = Self::over(store.terms(), store);
        held.ends.forget_permits(Semaphore::MAX_PERMITS);
        held
    }

    /// A store that is taken for one that lasts; nothing is held up yet but, where it is strict, the events.
    pub fn lasting(durability: Durability) -> Arc<Self> {
        let store = MemoryStore::default();
        let terms = Terms {
            lasts: true,
            durability,
            ..store.terms()
        };
        let held = Self::over(terms, store);
        if durability == Durability::Strict {
            held.appends.forget_permits(Semaphore::MAX_PERMITS);
        }
        held
    }

    /// Another node's way to a store that several share; nothing is held up yet.
    pub fn node(shared: &MemoryStore) -> Arc<Self> {
        let store = shared.node(StoreOptions::default());
        Self::over(store.terms(), store)
    }

    fn over(terms: Terms, store: MemoryStore) -> Arc<Self> {
        let free = || Semaphore::new(Semaphore::MAX_PERMITS);
        Arc::new(Self {
            store,
            terms,
            starts: free(),
            ends: free(),
            appends: free(),
            away: AtomicBool::new(false),
        })
    }

    fn there<'a, T: Send + 'static>(
        &self,
        done: impl FnOnce() -> StoreFuture<'a, T>,
    ) -> StoreFuture<'a, T> {
        match self.away.load(Ordering::Relaxed) {
            true => ready(Err(StoreError::Backend {
                context: "it is away".to_owned(),
                source: "on purpose".into(),
            }))
            .boxed(),
            false => done(),
        }
    }
}

impl Store for Held {
    fn terms(&self) -> Terms {
        self.terms
    }
    fn load_state<'a>(&'a self, key: &'a StateKey) -> StoreFuture<'a, Option<AgentState>> {
        self.store.load_state(key)
    }
    fn change_state_if<'a>(
        &'a self,
        key: &'a StateKey,
        change: StateChange,
        expected: Option<u64>,
    ) -> StoreFuture<'a, AgentState> {
        self.store.change_state_if(key, change, expected)
    }
    fn state_versions<'a>(
        &'a self,
        key: &'a StateKey,
        most: usize,
    ) -> StoreFuture<'a, Vec<AgentState>> {
        self.store.state_versions(key, most)
    }
    fn delete_state<'a>(&'a self, key: &'a StateKey) -> StoreFuture<'a, bool> {
        self.store.delete_state(key)
    }
    fn start_run<'a>(&'a self, thread: &'a ThreadKey, run: NewRun) -> StoreFuture<'a, Start> {
        async move {
            self.starts.acquire().await.unwrap().forget();
            self.there(|| self.store.start_run(thread, run)).await
        }
        .boxed()
    }
    fn append_events<'a>(&'a self, batches: &'a [Batch]) -> StoreFuture<'a, Vec<u64>> {
        async move {
            self.appends.acquire().await.unwrap().forget();
            self.there(|| self.store.append_events(batches)).await
        }
        .boxed()
    }
    fn renew<'a>(&'a self, leases: &'a [Lease]) -> StoreFuture<'a, Renewed> {
        self.there(|| self.store.renew(leases))
    }
    fn claim_left<'a>(&'a self, most: usize, held: &'a [u64]) -> StoreFuture<'a, Vec<LeftRun>> {
        self.there(|| self.store.claim_left(most, held))
    }
    fn end_run<'a>(&'a self, lease: &'a Lease, run: &'a EndedRun) -> StoreFuture<'a, ()> {
        async move {
            self.ends.acquire().await.unwrap().forget();
            self.there(|| self.store.end_run(lease, run)).await
        }
        .boxed()
    }
    fn read_events<'a>(
        &'a self,
        thread: &'a ThreadKey,
        number: u64,
        from: u64,
    ) -> StoreFuture<'a, Option<RunTail>> {
        self.store.read_events(thread, number, from)
    }
    fn load_runs<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Vec<StoredRun>> {
        self.store.load_runs(thread)
    }
    fn list_threads<'a>(
        &'a self,
        owner: &'a Owner,
        filter: ThreadFilter,
    ) -> StoreFuture<'a, ThreadPage> {
        self.store.list_threads(owner, filter)
    }
    fn load_thread<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Option<Thread>> {
        self.store.load_thread(thread)
    }
    fn change_thread<'a>(
        &'a self,
        thread: &'a ThreadKey,
        change: ThreadChange,
    ) -> StoreFuture<'a, Option<Thread>> {
        self.store.change_thread(thread, change)
    }
    fn delete_thread<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, bool> {
        self.store.delete_thread(thread)
    }
    fn clear_threads<'a>(&'a self, owner: &'a Owner) -> StoreFuture<'a, u64> {
        self.store.clear_threads(owner)
    }
    fn all_keys<'a>(
        &'a self,
        after: Option<&'a ThreadKey>,
        most: usize,
    ) -> StoreFuture<'a, Vec<ThreadKey>> {
        self.store.all_keys(after, most)
    }
    fn dump<'a>(&'a self, key: &'a ThreadKey) -> StoreFuture<'a, Option<ThreadDump>> {
        self.store.dump(key)
    }
    fn restore<'a>(&'a self, dump: &'a ThreadDump) -> StoreFuture<'a, ()> {
        self.store.restore(dump)
    }
    fn cluster(&self) -> Option<&dyn Cluster> {
        self.store.cluster()
    }
    fn tidy_every(&self) -> Option<Duration> {
        self.store.tidy_every()
    }
    fn tidy(&self) -> StoreFuture<'_, bool> {
        self.store.tidy()
    }
    fn reclaimed(&self) -> Reclaimed {
        self.store.reclaimed()
    }
    fn close(&self) -> StoreFuture<'_, ()> {
        self.store.close()
    }
}
