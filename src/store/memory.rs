//! A store that forgets: for tests, trials, and servers whose threads may go with the process.

mod content;
mod dump;
mod limits;
mod runs;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::ready;
use futures_util::stream::{self, BoxStream, StreamExt};
use futures_util::{FutureExt, TryFutureExt};
use parking_lot::Mutex;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use self::content::{Content, thread_of};
use super::follow::{self, Bells};
use super::limits::OLD_AT_ONCE;
use super::reclaimed::Reclaiming;
use super::{
    AgentState, Batch, Cluster, EndedRun, Lease, LeftRun, NewRun, Node, Owner, Reclaimed, Renewed,
    RunTail, Start, StateChange, StateKey, Store, StoreError, StoreFuture, StoreLimits,
    StoreOptions, StoredRun, Terms, Thread, ThreadChange, ThreadDump, ThreadFilter, ThreadKey,
    ThreadPage, change,
};

/// Threads and agent states in this process's memory.
#[derive(Debug)]
pub struct MemoryStore {
    options: StoreOptions,
    /// Whether there may be other nodes, each with a handle in this process.
    clustered: bool,
    closed: AtomicBool,
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    content: Mutex<Content>,
    bells: Bells,
    reclaiming: Reclaiming,
    /// Which run is to stop, and whose it is.
    stops: broadcast::Sender<(Node, u64)>,
}

impl Default for MemoryStore {
    /// A store with upstream's limits.
    fn default() -> Self {
        Self::with_limits(StoreLimits::IN_MEMORY)
    }
}

impl MemoryStore {
    /// A store that keeps so much.
    pub fn with_limits(limits: StoreLimits) -> Self {
        Self::open(limits.into())
    }

    pub(super) fn open(options: StoreOptions) -> Self {
        Self {
            options,
            clustered: false,
            closed: AtomicBool::new(false),
            inner: Arc::new(Inner {
                content: Mutex::default(),
                bells: Bells::default(),
                reclaiming: Reclaiming::default(),
                stops: broadcast::Sender::new(64),
            }),
        }
    }

    /// A store that several runtimes of this process share as if each were on a machine of its own: for tests of what
    /// happens between nodes. This is the first node's handle.
    pub fn clustered(options: StoreOptions) -> Self {
        Self {
            clustered: true,
            ..Self::open(options)
        }
    }

    /// Another node's handle of a [`Self::clustered`] store.
    pub fn node(&self, options: StoreOptions) -> Self {
        Self {
            options,
            clustered: self.clustered,
            closed: AtomicBool::new(false),
            inner: self.inner.clone(),
        }
    }

    fn try_with<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&mut Content) -> Result<T, StoreError>,
    ) -> StoreFuture<'_, T> {
        let done = match self.closed.load(Ordering::Relaxed) {
            true => Err(StoreError::Closed),
            false => operation(&mut self.inner.content.lock()),
        };
        ready(done).boxed()
    }

    fn with<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&mut Content) -> T,
    ) -> StoreFuture<'_, T> {
        self.try_with(|content| Ok(operation(content)))
    }
}

impl Store for MemoryStore {
    fn terms(&self) -> Terms {
        Terms {
            lasts: self.clustered,
            durability: self.options.durability,
            lease: self.options.lease,
        }
    }

    fn load_state<'a>(&'a self, key: &'a StateKey) -> StoreFuture<'a, Option<AgentState>> {
        self.with(|content| content.state(key).cloned())
    }

    fn change_state_if<'a>(
        &'a self,
        key: &'a StateKey,
        change: StateChange,
        expected: Option<u64>,
    ) -> StoreFuture<'a, AgentState> {
        if let Err(error) = change::check(&change) {
            return ready(Err(error)).boxed();
        }
        self.try_with(|content| {
            change::expect(content.state(key), expected)?;
            let limits = &self.options.limits;
            let after = content.change_state(key, &change, limits);
            self.inner.reclaiming.dropped(content.enforce(
                limits,
                &thread_of(key),
                &key.agent_name,
            ));
            Ok(after)
        })
    }

    fn state_versions<'a>(
        &'a self,
        key: &'a StateKey,
        most: usize,
    ) -> StoreFuture<'a, Vec<AgentState>> {
        self.with(|content| content.state_versions(key, most))
    }

    fn delete_state<'a>(&'a self, key: &'a StateKey) -> StoreFuture<'a, bool> {
        self.with(|content| content.delete_state(key))
    }

    fn start_run<'a>(&'a self, thread: &'a ThreadKey, run: NewRun) -> StoreFuture<'a, Start> {
        self.with(|content| {
            let agent = run.agent.clone();
            let start = content.start(thread, run, &self.options);
            self.inner
                .reclaiming
                .dropped(content.enforce(&self.options.limits, thread, &agent));
            start
        })
    }

    fn append_events<'a>(&'a self, batches: &'a [Batch]) -> StoreFuture<'a, Vec<u64>> {
        let lost = self.try_with(|content| content.append(batches));
        for batch in batches {
            let lease = batch.lease();
            self.inner.bells.ring(&lease.thread, lease.number);
        }
        lost
    }

    fn renew<'a>(&'a self, leases: &'a [Lease]) -> StoreFuture<'a, Renewed> {
        self.with(|content| content.renew(leases, &self.options))
    }

    fn claim_left<'a>(&'a self, most: usize, held: &'a [u64]) -> StoreFuture<'a, Vec<LeftRun>> {
        self.with(|content| content.claim_left(most, held, &self.options))
    }

    fn end_run<'a>(&'a self, lease: &'a Lease, run: &'a EndedRun) -> StoreFuture<'a, ()> {
        let ended = self.try_with(|content| {
            let limits = &self.options.limits;
            let agent = content.end(lease, run, limits)?;
            self.inner
                .reclaiming
                .dropped(content.enforce(limits, &lease.thread, &agent));
            Ok(())
        });
        self.inner.bells.ring(&lease.thread, lease.number);
        ended
    }

    fn read_events<'a>(
        &'a self,
        thread: &'a ThreadKey,
        number: u64,
        from: u64,
    ) -> StoreFuture<'a, Option<RunTail>> {
        self.with(|content| content.read_events(thread, number, from))
    }

    fn load_runs<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Vec<StoredRun>> {
        self.with(|content| content.runs(thread))
    }

    fn load_run<'a>(
        &'a self,
        thread: &'a ThreadKey,
        number: u64,
    ) -> StoreFuture<'a, Option<StoredRun>> {
        self.with(|content| content.run(thread, number))
    }

    fn list_threads<'a>(
        &'a self,
        owner: &'a Owner,
        filter: ThreadFilter,
    ) -> StoreFuture<'a, ThreadPage> {
        self.with(|content| content.list(owner, &filter))
    }

    fn load_thread<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Option<Thread>> {
        self.with(|content| content.thread(thread).cloned())
    }

    fn change_thread<'a>(
        &'a self,
        thread: &'a ThreadKey,
        change: ThreadChange,
    ) -> StoreFuture<'a, Option<Thread>> {
        self.with(|content| content.change_thread(thread, change))
    }

    fn delete_thread<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, bool> {
        self.with(|content| content.delete(thread))
    }

    fn clear_threads<'a>(&'a self, owner: &'a Owner) -> StoreFuture<'a, u64> {
        self.with(|content| content.clear(owner))
    }

    fn all_keys<'a>(
        &'a self,
        after: Option<&'a ThreadKey>,
        most: usize,
    ) -> StoreFuture<'a, Vec<ThreadKey>> {
        self.with(|content| content.all_keys(after, most))
    }

    fn dump<'a>(&'a self, key: &'a ThreadKey) -> StoreFuture<'a, Option<ThreadDump>> {
        self.with(|content| content.dump(key))
    }

    fn restore<'a>(&'a self, dump: &'a ThreadDump) -> StoreFuture<'a, ()> {
        self.try_with(|content| content.restore(dump))
    }

    fn tidy_every(&self) -> Option<Duration> {
        self.options.tidy_every()
    }

    fn tidy(&self) -> StoreFuture<'_, bool> {
        self.with(|content| {
            let dropped = content.drop_old(&self.options.limits, None);
            let more = dropped.len() >= OLD_AT_ONCE;
            self.inner.reclaiming.dropped(dropped);
            more
        })
    }

    fn reclaimed(&self) -> Reclaimed {
        self.inner.reclaiming.read()
    }

    fn cluster(&self) -> Option<&dyn Cluster> {
        self.clustered.then_some(self)
    }

    fn close(&self) -> StoreFuture<'_, ()> {
        self.closed.store(true, Ordering::Relaxed);
        if !self.clustered {
            *self.inner.content.lock() = Content::default();
        }
        ready(Ok(())).boxed()
    }
}

impl Cluster for MemoryStore {
    fn follow(
        &self,
        thread: &ThreadKey,
        number: u64,
        from: u64,
    ) -> BoxStream<'static, Result<RunTail, StoreError>> {
        let bell = self.inner.bells.listen(thread, number);
        let (inner, thread) = (self.inner.clone(), thread.clone());
        let read = move |from| {
            let tail = inner.content.lock().read_events(&thread, number, from);
            ready(Ok(tail)).boxed()
        };
        follow::stream(read, bell, from).boxed()
    }

    fn request_stop<'a>(
        &'a self,
        thread: &'a ThreadKey,
        run_id: Option<&'a str>,
    ) -> StoreFuture<'a, Option<u64>> {
        let asked = self.with(|content| content.request_stop(thread, run_id));
        let told = |asked: Option<(Node, Lease)>| {
            let (node, lease) = asked?;
            // Nobody listens: the node hears of it when it renews.
            let _ = self.inner.stops.send((node, lease.fence));
            Some(lease.number)
        };
        asked.map_ok(told).boxed()
    }

    fn stop_requests(&self) -> BoxStream<'static, u64> {
        let requests = (self.inner.stops.subscribe(), self.options.node.clone());
        stream::unfold(requests, async |(mut stops, node)| {
            loop {
                match stops.recv().await {
                    Ok((of, fence)) if of == node => return Some((fence, (stops, node))),
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return None,
                }
            }
        })
        .boxed()
    }
}
