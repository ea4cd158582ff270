//! Threads in Redis 6 or newer, or Valkey: for several nodes, which need nothing else of each other.
//!
//! Each step that must happen whole or not at all is a script (`redis/scripts/`), and time is the server's.

mod connect;
mod dump;
mod errors;
mod events;
mod keys;
mod listen;
mod reply;
mod rows;
mod runs;
mod scripts;
mod server;
mod shared;
mod states;
#[cfg(test)]
mod tests;
mod threads;
mod url;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::ready;
use futures_util::stream::{self, BoxStream, StreamExt};
use futures_util::{FutureExt, TryFutureExt};
use parking_lot::Mutex;
use tokio::sync::broadcast::error::RecvError;

use self::connect::Line;
use self::errors::{Failure, explain};
use self::keys::Keys;
use self::listen::Listener;
use self::shared::{Shared, Turns};
use self::url::Address;
use super::reclaimed::Reclaiming;
use super::{
    AgentState, Batch, Cluster, EndedRun, Lease, LeftRun, NewRun, Owner, Reclaimed, Renewed,
    RunTail, Start, StateChange, StateKey, Store, StoreCheck, StoreError, StoreFuture,
    StoreOptions, StoredRun, Terms, Thread, ThreadChange, ThreadDump, ThreadFilter, ThreadKey,
    ThreadPage, change, follow, without_secrets,
};

/// One node's handle of threads and agent states in Redis.
pub struct RedisStore(Arc<Inner>);

struct Inner {
    keys: Keys,
    /// Where the server is, for messages.
    server: String,
    options: StoreOptions,
    closed: AtomicBool,
    /// Large answers on one line do not keep back what is written on the other.
    reads: Line,
    writes: Line,
    listener: Listener,
    shared: Shared,
    turns: Turns,
    reclaiming: Reclaiming,
    /// The fences of runs of which it is not known whether they were ended.
    doubtful: Mutex<HashSet<u64>>,
}

impl RedisStore {
    /// Connects to the server that `url` names: `redis://user:password@host:6379/0?prefix=agui`, `rediss` with TLS.
    ///
    /// # Errors
    /// [`StoreError::Url`] if the URL cannot be, or the database there is a newer binary's; [`StoreError::Backend`] if the
    /// server is not there or refuses.
    pub async fn open(url: &str, options: StoreOptions) -> Result<Self, StoreError> {
        let address = Address::parse(url)?;
        let opened = Inner::open(url, &address, options).await;
        let inner = opened.map_err(|failure| explain(&address.server, "connecting", failure))?;
        Ok(Self(Arc::new(inner)))
    }

    /// Looks at the database that the URL names, and changes nothing.
    pub(super) async fn inspect(url: &str) -> Result<StoreCheck, StoreError> {
        let address = Address::parse(url)?;
        let shown = without_secrets(url);
        let look = async {
            let line = Line::new(&address)?;
            server::inspect(&line, &address.keys, &shown).await
        };
        let found: Result<_, Failure> = look.await;
        found.map_err(|failure| explain(&address.server, "checking", failure))
    }

    /// Whether the URL can name a server; connects to nothing.
    pub(super) fn check_url(url: &str) -> Result<(), StoreError> {
        Address::parse(url).map(drop)
    }
}

impl Inner {
    async fn open(url: &str, address: &Address, options: StoreOptions) -> Result<Self, Failure> {
        let (reads, writes) = (Line::new(address)?, Line::new(address)?);
        let shown = without_secrets(url);
        // In boxes: the compiler does not see otherwise that they may move between threads.
        let settings = server::check_settings(&reads, &shown, options.durability);
        settings.boxed().await?;
        let schema = server::check_schema(&writes, &address.keys, &shown);
        schema.boxed().await?;
        let client = connect::client(address.to_listen())?;
        let stops = address.keys.stops(options.node.as_str());
        Ok(Self {
            listener: Listener::start(client, stops).await?,
            keys: address.keys.clone(),
            server: address.server.clone(),
            options,
            closed: AtomicBool::new(false),
            reads,
            writes,
            shared: Shared::default(),
            turns: Turns::default(),
            reclaiming: Reclaiming::default(),
            doubtful: Mutex::default(),
        })
    }

    /// Does this unless the store is closed, and explains what fails.
    async fn attempt<T>(
        &self,
        doing: &str,
        operation: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, StoreError> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(StoreError::Closed);
        }
        let explained = |failure| explain(&self.server, doing, failure);
        operation.await.map_err(explained)
    }
}

impl Store for RedisStore {
    fn terms(&self) -> Terms {
        Terms {
            lasts: true,
            durability: self.0.options.durability,
            lease: self.0.options.lease,
        }
    }

    fn load_state<'a>(&'a self, key: &'a StateKey) -> StoreFuture<'a, Option<AgentState>> {
        let load = self.0.state(key);
        self.0.attempt("loading an agent state", load).boxed()
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
        async move {
            let change = self.0.change_state(key, &change, expected);
            self.0.attempt("saving an agent state", change).await
        }
        .boxed()
    }

    fn state_versions<'a>(
        &'a self,
        key: &'a StateKey,
        most: usize,
    ) -> StoreFuture<'a, Vec<AgentState>> {
        let load = self.0.state_versions(key, most);
        let doing = "loading the versions of an agent state";
        self.0.attempt(doing, load).boxed()
    }

    fn delete_state<'a>(&'a self, key: &'a StateKey) -> StoreFuture<'a, bool> {
        let delete = self.0.delete_state(key);
        self.0.attempt("deleting an agent state", delete).boxed()
    }

    fn start_run<'a>(&'a self, thread: &'a ThreadKey, run: NewRun) -> StoreFuture<'a, Start> {
        let start = self.0.start(thread, run);
        self.0.attempt("noting that a run begins", start).boxed()
    }

    fn append_events<'a>(&'a self, batches: &'a [Batch]) -> StoreFuture<'a, Vec<u64>> {
        let append = self.0.append(batches);
        self.0.attempt("appending events", append).boxed()
    }

    fn renew<'a>(&'a self, leases: &'a [Lease]) -> StoreFuture<'a, Renewed> {
        let renew = self.0.renew(leases);
        self.0.attempt("renewing leases", renew).boxed()
    }

    fn claim_left<'a>(&'a self, most: usize, held: &'a [u64]) -> StoreFuture<'a, Vec<LeftRun>> {
        let claim = self.0.claim_left(most, held);
        self.0.attempt("taking over runs", claim).boxed()
    }

    fn end_run<'a>(&'a self, lease: &'a Lease, run: &'a EndedRun) -> StoreFuture<'a, ()> {
        let end = self.0.end(lease, run);
        self.0.attempt("keeping a run", end).boxed()
    }

    fn read_events<'a>(
        &'a self,
        thread: &'a ThreadKey,
        number: u64,
        from: u64,
    ) -> StoreFuture<'a, Option<RunTail>> {
        let read = self.0.read_events(thread, number, from);
        self.0.attempt("reading the events of a run", read).boxed()
    }

    fn load_runs<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Vec<StoredRun>> {
        let load = self.0.runs(thread, None, true);
        self.0.attempt("loading runs", load).boxed()
    }

    fn list_runs<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Vec<StoredRun>> {
        let load = self.0.runs(thread, None, false);
        self.0.attempt("listing runs", load).boxed()
    }

    fn load_run<'a>(
        &'a self,
        thread: &'a ThreadKey,
        number: u64,
    ) -> StoreFuture<'a, Option<StoredRun>> {
        let load = self.0.runs(thread, Some(number), true);
        let load = load.map_ok(|mut runs| runs.pop());
        self.0.attempt("loading a run", load).boxed()
    }

    fn list_threads<'a>(
        &'a self,
        owner: &'a Owner,
        filter: ThreadFilter,
    ) -> StoreFuture<'a, ThreadPage> {
        async move {
            let list = self.0.list(owner, &filter);
            self.0.attempt("listing threads", list).await
        }
        .boxed()
    }

    fn load_thread<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Option<Thread>> {
        let load = self.0.thread(thread);
        self.0.attempt("loading a thread", load).boxed()
    }

    fn change_thread<'a>(
        &'a self,
        thread: &'a ThreadKey,
        change: ThreadChange,
    ) -> StoreFuture<'a, Option<Thread>> {
        let change = self.0.change_thread(thread, change);
        self.0.attempt("changing a thread", change).boxed()
    }

    fn delete_thread<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, bool> {
        async move {
            let ids = std::slice::from_ref(&thread.id);
            let delete = self.0.delete_threads(&thread.owner, ids);
            let gone = self.0.attempt("deleting a thread", delete).await?;
            Ok(gone > 0)
        }
        .boxed()
    }

    fn clear_threads<'a>(&'a self, owner: &'a Owner) -> StoreFuture<'a, u64> {
        let clear = self.0.clear(owner);
        self.0.attempt("deleting threads", clear).boxed()
    }

    fn all_keys<'a>(
        &'a self,
        after: Option<&'a ThreadKey>,
        most: usize,
    ) -> StoreFuture<'a, Vec<ThreadKey>> {
        let list = self.0.all_keys(after, most);
        self.0.attempt("listing all threads", list).boxed()
    }

    fn dump<'a>(&'a self, key: &'a ThreadKey) -> StoreFuture<'a, Option<ThreadDump>> {
        let dump = self.0.dump(key);
        self.0.attempt("reading a whole thread", dump).boxed()
    }

    fn restore<'a>(&'a self, dump: &'a ThreadDump) -> StoreFuture<'a, ()> {
        let restore = self.0.restore(dump);
        self.0.attempt("restoring a thread", restore).boxed()
    }

    fn tidy_every(&self) -> Option<Duration> {
        self.0.options.tidy_every()
    }

    fn tidy(&self) -> StoreFuture<'_, bool> {
        let drop_old = self.0.drop_old();
        self.0.attempt("dropping what is too old", drop_old).boxed()
    }

    fn reclaimed(&self) -> Reclaimed {
        self.0.reclaiming.read()
    }

    fn cluster(&self) -> Option<&dyn Cluster> {
        Some(self)
    }

    fn close(&self) -> StoreFuture<'_, ()> {
        // What was acknowledged is with the server; nothing is kept back here.
        self.0.closed.store(true, Ordering::Relaxed);
        ready(Ok(())).boxed()
    }
}

impl Cluster for RedisStore {
    fn follow(
        &self,
        thread: &ThreadKey,
        number: u64,
        from: u64,
    ) -> BoxStream<'static, Result<RunTail, StoreError>> {
        let inner = &self.0;
        let (bell, following) = inner.listener.follow(&inner.keys, thread, number);
        let (inner, thread) = (inner.clone(), Arc::new(thread.clone()));
        let read = move |from| {
            let _until_the_end = &following;
            let (inner, thread) = (inner.clone(), thread.clone());
            async move {
                let read = inner.read_events(&thread, number, from);
                inner.attempt("following a run", read).await
            }
            .boxed()
        };
        follow::stream(read, bell, from).boxed()
    }

    fn request_stop<'a>(
        &'a self,
        thread: &'a ThreadKey,
        run_id: Option<&'a str>,
    ) -> StoreFuture<'a, Option<u64>> {
        let stop = self.0.stop(thread, run_id);
        self.0.attempt("asking a run to stop", stop).boxed()
    }

    fn stop_requests(&self) -> BoxStream<'static, u64> {
        stream::unfold(self.0.listener.stops(), async |mut stops| {
            loop {
                match stops.recv().await {
                    Ok(fence) => return Some((fence, stops)),
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return None,
                }
            }
        })
        .boxed()
    }
}
