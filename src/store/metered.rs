//! A store whose operations are timed, whichever it is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;

use super::{
    AgentState, Batch, Cluster, EndedRun, Lease, LeftRun, NewRun, Owner, Reclaimed, Renewed,
    RunTail, Start, StateChange, StateKey, Store, StoreError, StoreFuture, StoredRun, Terms,
    Thread, ThreadChange, ThreadDump, ThreadFilter, ThreadKey, ThreadPage,
};
use crate::metrics::Metrics;

/// The store, and who is told how long it takes.
pub(crate) struct MeteredStore {
    inner: Arc<dyn Store>,
    metrics: Metrics,
}

impl MeteredStore {
    pub(crate) fn new(inner: Arc<dyn Store>, metrics: Metrics) -> Self {
        Self { inner, metrics }
    }

    /// The operation, timed from when it is first polled. One that is dropped is not counted.
    fn timed<'a, T: Send + 'a>(
        &'a self,
        operation: &'static str,
        asked: StoreFuture<'a, T>,
    ) -> StoreFuture<'a, T> {
        let timed = async move {
            let began = Instant::now();
            let done = asked.await;
            let error = done.as_ref().err().map(kind);
            self.metrics.stored(operation, began.elapsed(), error);
            done
        };
        timed.boxed()
    }
}

/// Errors by who is at fault: the store (`backend`), or how runs and changes met.
fn kind(error: &StoreError) -> &'static str {
    match error {
        StoreError::Backend { .. } => "backend",
        StoreError::Fenced => "fenced",
        StoreError::Conflict { .. } => "conflict",
        StoreError::Closed => "closed",
        StoreError::Url { .. }
        | StoreError::Value { .. }
        | StoreError::Occupied { .. }
        | StoreError::Gone => "refused",
    }
}

impl Store for MeteredStore {
    fn terms(&self) -> Terms {
        self.inner.terms()
    }

    fn load_state<'a>(&'a self, key: &'a StateKey) -> StoreFuture<'a, Option<AgentState>> {
        self.timed("load_state", self.inner.load_state(key))
    }

    fn change_state<'a>(
        &'a self,
        key: &'a StateKey,
        change: StateChange,
    ) -> StoreFuture<'a, AgentState> {
        self.timed("change_state", self.inner.change_state(key, change))
    }

    fn change_state_if<'a>(
        &'a self,
        key: &'a StateKey,
        change: StateChange,
        expected: Option<u64>,
    ) -> StoreFuture<'a, AgentState> {
        let changed = self.inner.change_state_if(key, change, expected);
        self.timed("change_state", changed)
    }

    fn state_versions<'a>(
        &'a self,
        key: &'a StateKey,
        most: usize,
    ) -> StoreFuture<'a, Vec<AgentState>> {
        self.timed("state_versions", self.inner.state_versions(key, most))
    }

    fn delete_state<'a>(&'a self, key: &'a StateKey) -> StoreFuture<'a, bool> {
        self.timed("delete_state", self.inner.delete_state(key))
    }

    fn start_run<'a>(&'a self, thread: &'a ThreadKey, run: NewRun) -> StoreFuture<'a, Start> {
        self.timed("start_run", self.inner.start_run(thread, run))
    }

    fn append_events<'a>(&'a self, batches: &'a [Batch]) -> StoreFuture<'a, Vec<u64>> {
        self.timed("append_events", self.inner.append_events(batches))
    }

    fn renew<'a>(&'a self, leases: &'a [Lease]) -> StoreFuture<'a, Renewed> {
        self.timed("renew", self.inner.renew(leases))
    }

    fn claim_left<'a>(&'a self, most: usize, held: &'a [u64]) -> StoreFuture<'a, Vec<LeftRun>> {
        self.timed("claim_left", self.inner.claim_left(most, held))
    }

    fn end_run<'a>(&'a self, lease: &'a Lease, run: &'a EndedRun) -> StoreFuture<'a, ()> {
        self.timed("end_run", self.inner.end_run(lease, run))
    }

    fn read_events<'a>(
        &'a self,
        thread: &'a ThreadKey,
        number: u64,
        from: u64,
    ) -> StoreFuture<'a, Option<RunTail>> {
        self.timed("read_events", self.inner.read_events(thread, number, from))
    }

    fn load_runs<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Vec<StoredRun>> {
        self.timed("load_runs", self.inner.load_runs(thread))
    }

    fn list_runs<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Vec<StoredRun>> {
        self.timed("list_runs", self.inner.list_runs(thread))
    }

    fn load_run<'a>(
        &'a self,
        thread: &'a ThreadKey,
        number: u64,
    ) -> StoreFuture<'a, Option<StoredRun>> {
        self.timed("load_run", self.inner.load_run(thread, number))
    }

    fn list_threads<'a>(
        &'a self,
        owner: &'a Owner,
        filter: ThreadFilter,
    ) -> StoreFuture<'a, ThreadPage> {
        self.timed("list_threads", self.inner.list_threads(owner, filter))
    }

    fn load_thread<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Option<Thread>> {
        self.timed("load_thread", self.inner.load_thread(thread))
    }

    fn change_thread<'a>(
        &'a self,
        thread: &'a ThreadKey,
        change: ThreadChange,
    ) -> StoreFuture<'a, Option<Thread>> {
        self.timed("change_thread", self.inner.change_thread(thread, change))
    }

    fn delete_thread<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, bool> {
        self.timed("delete_thread", self.inner.delete_thread(thread))
    }

    fn clear_threads<'a>(&'a self, owner: &'a Owner) -> StoreFuture<'a, u64> {
        self.timed("clear_threads", self.inner.clear_threads(owner))
    }

    fn all_keys<'a>(
        &'a self,
        after: Option<&'a ThreadKey>,
        most: usize,
    ) -> StoreFuture<'a, Vec<ThreadKey>> {
        self.timed("all_keys", self.inner.all_keys(after, most))
    }

    fn dump<'a>(&'a self, key: &'a ThreadKey) -> StoreFuture<'a, Option<ThreadDump>> {
        self.timed("dump", self.inner.dump(key))
    }

    fn restore<'a>(&'a self, dump: &'a ThreadDump) -> StoreFuture<'a, ()> {
        self.timed("restore", self.inner.restore(dump))
    }

    fn tidy_every(&self) -> Option<Duration> {
        self.inner.tidy_every()
    }

    fn tidy(&self) -> StoreFuture<'_, bool> {
        self.timed("tidy", self.inner.tidy())
    }

    fn reclaimed(&self) -> Reclaimed {
        self.inner.reclaimed()
    }

    fn cluster(&self) -> Option<&dyn Cluster> {
        self.inner.cluster()
    }

    fn close(&self) -> StoreFuture<'_, ()> {
        self.inner.close()
    }
}
