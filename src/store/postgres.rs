//! The store for several nodes in a PostgreSQL database: a lease is a row, its time the database's, and what one node writes
//! the others hear by LISTEN and NOTIFY.
//!
//! Every write is a transaction of its own, and the database lets them share a sync of its disk. Who changes more than one row
//! of a thread locks the thread first.

mod connect;
mod database;
mod dump;
mod errors;
mod events;
mod leases;
mod limits;
mod listen;
mod messages;
mod rows;
mod runs;
mod states;
#[cfg(test)]
mod tests;
mod threads;
mod tidy;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt, stream};
use parking_lot::Mutex;
use sqlx::PgConnection;
use tokio::sync::broadcast::error::RecvError;

use self::connect::Target;
use self::database::{Database, Failure, Operation};
use self::dump::{AllKeys, Dump, Restore};
use self::events::{Append, ReadEvents};
use self::leases::{ClaimLeft, Forget, Holder, Renew, RequestStop};
use self::listen::Listening;
use self::runs::{EndRun, LoadRuns, StartRun};
use self::states::{ChangeState, DeleteState, LoadState, LoadVersions};
use self::threads::{ChangeThread, ClearSome, DeleteThread, ListThreads, LoadThread};
use self::tidy::Tidy;
use super::follow::{self, Bells};
use super::limits::OLD_AT_ONCE;
use super::read::Shared;
use super::reclaimed::Reclaiming;
use super::{
    AgentState, Batch, Cluster, Durability, EndedRun, Lease, LeftRun, NewRun, Owner, Reclaimed,
    Renewed, RunTail, Start, StateChange, StateKey, Store, StoreCheck, StoreError, StoreFuture,
    StoreOptions, StoredRun, Terms, Thread, ThreadChange, ThreadDump, ThreadFilter, ThreadKey,
    ThreadPage, change,
};

/// Threads and agent states in a PostgreSQL database that several nodes share.
pub struct PostgresStore {
    database: Arc<Database>,
    options: StoreOptions,
    bells: Arc<Bells>,
    listening: Listening,
    shared: Shared,
    reclaiming: Reclaiming,
    /// The fences of runs whose end may be in the database, though it could not say so.
    ending: Mutex<HashSet<u64>>,
}

impl PostgresStore {
    /// Opens `postgres://user:password@host:5432/database` and brings its tables up to date; they have a schema of their own.
    /// `?connections=` says how many connections this node uses at most, besides the one that listens (10), `&schema=` how
    /// theirs is called (`agui_runtime`).
    ///
    /// # Errors
    /// If the database cannot be reached or used, or a newer version has made its tables.
    pub async fn open(url: &str, options: impl Into<StoreOptions>) -> Result<Self, StoreError> {
        let options = options.into();
        let (connections, database) = Target::of(url)?.open().await?;
        let bells = Arc::new(Bells::default());
        let listening = Listening::start(connections, options.node.clone(), bells.clone());
        let listening = listening
            .await
            .map_err(|error| errors::explain(&database.name, "opening", error))?;
        Ok(Self {
            database: Arc::new(database),
            options,
            bells,
            listening,
            shared: Shared::default(),
            reclaiming: Reclaiming::default(),
            ending: Mutex::default(),
        })
    }

    /// Whether `url` can be understood; connects to nothing.
    pub(super) fn check_url(url: &str) -> Result<(), StoreError> {
        Target::of(url).map(drop)
    }

    /// What is in the database, without changing it.
    pub(super) async fn inspect(url: &str) -> Result<StoreCheck, StoreError> {
        Target::of(url)?.inspect().await
    }

    fn load(
        &self,
        thread: &ThreadKey,
        number: Option<u64>,
        events: bool,
    ) -> impl Future<Output = Result<Vec<StoredRun>, StoreError>> {
        self.database.run(LoadRuns {
            thread: thread.clone(),
            number: number.map(u64::cast_signed),
            events,
        })
    }
}

/// Wakes those on other nodes who follow these runs.
struct TellOfMore(Vec<Arc<Lease>>);

impl Operation for TellOfMore {
    type Output = ();
    const DOING: &'static str = "telling other nodes of events";
    const TRANSACTION: bool = false;

    fn run<'a>(&'a self, db: &'a mut PgConnection) -> BoxFuture<'a, Result<Self::Output, Failure>> {
        async move {
            let leases: Vec<&Lease> = self.0.iter().map(|lease| &**lease).collect();
            Ok(listen::tell_of_more(db, &leases).await?)
        }
        .boxed()
    }
}

impl Store for PostgresStore {
    fn terms(&self) -> Terms {
        Terms {
            lasts: true,
            durability: self.options.durability,
            lease: self.options.lease,
        }
    }

    fn load_state<'a>(&'a self, key: &'a StateKey) -> StoreFuture<'a, Option<AgentState>> {
        self.database.run(LoadState(key.clone())).boxed()
    }

    fn change_state_if<'a>(
        &'a self,
        key: &'a StateKey,
        change: StateChange,
        expected: Option<u64>,
    ) -> StoreFuture<'a, AgentState> {
        async move {
            change::check(&change)?;
            let change = ChangeState {
                key: key.clone(),
                change,
                expected,
                limits: self.options.limits,
            };
            let (after, dropped) = self.database.run(change).await?;
            self.reclaiming.dropped(dropped);
            Ok(after)
        }
        .boxed()
    }

    fn state_versions<'a>(
        &'a self,
        key: &'a StateKey,
        most: usize,
    ) -> StoreFuture<'a, Vec<AgentState>> {
        let key = key.clone();
        self.database.run(LoadVersions { key, most }).boxed()
    }

    fn delete_state<'a>(&'a self, key: &'a StateKey) -> StoreFuture<'a, bool> {
        self.database.run(DeleteState(key.clone())).boxed()
    }

    fn start_run<'a>(&'a self, thread: &'a ThreadKey, run: NewRun) -> StoreFuture<'a, Start> {
        async move {
            let start = StartRun {
                thread: thread.clone(),
                run,
                holder: Holder::of(&self.options),
                limits: self.options.limits,
            };
            let (start, dropped) = self.database.run(start).await?;
            self.reclaiming.dropped(dropped);
            Ok(start)
        }
        .boxed()
    }

    fn append_events<'a>(&'a self, batches: &'a [Batch]) -> StoreFuture<'a, Vec<u64>> {
        async move {
            let append = Append {
                batches: batches.to_vec(),
                synced: self.options.durability == Durability::Strict,
            };
            let appended = self.database.run(append).await?;
            let leases = batches.iter().map(Batch::lease);
            let followed = leases.filter(|lease| appended.followed.contains(&lease.fence));
            let followed: Vec<_> = followed.cloned().collect();
            if !followed.is_empty()
                && let Err(error) = self.database.run(TellOfMore(followed)).await
            {
                tracing::debug!(%error, "who follows on other nodes looks a little later");
            }
            Ok(appended.lost)
        }
        .boxed()
    }

    fn renew<'a>(&'a self, leases: &'a [Lease]) -> StoreFuture<'a, Renewed> {
        let renew = Renew {
            fences: leases.iter().map(|lease| lease.fence).collect(),
            holder: Holder::of(&self.options),
        };
        self.database.run(renew).boxed()
    }

    fn claim_left<'a>(&'a self, most: usize, held: &'a [u64]) -> StoreFuture<'a, Vec<LeftRun>> {
        async move {
            self.database.run(Forget).await?;
            let holder = Holder::of(&self.options);
            let held = held.iter().map(|fence| fence.cast_signed()).collect();
            let claim = ClaimLeft { most, held, holder };
            self.database.run(claim).await
        }
        .boxed()
    }

    fn end_run<'a>(&'a self, lease: &'a Lease, run: &'a EndedRun) -> StoreFuture<'a, ()> {
        async move {
            let again = !self.ending.lock().insert(lease.fence);
            let end = EndRun::new(lease.clone(), run, self.options.limits, again);
            let ended = self.database.run(end).await;
            if !matches!(ended, Err(StoreError::Backend { .. })) {
                self.ending.lock().remove(&lease.fence);
            }
            self.reclaiming.dropped(ended?);
            Ok(())
        }
        .boxed()
    }

    fn read_events<'a>(
        &'a self,
        thread: &'a ThreadKey,
        number: u64,
        from: u64,
    ) -> StoreFuture<'a, Option<RunTail>> {
        let read = ReadEvents {
            thread: thread.clone(),
            number: number.cast_signed(),
            from,
            follow: false,
        };
        self.database.run(read).boxed()
    }

    fn load_runs<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Vec<StoredRun>> {
        self.load(thread, None, true).boxed()
    }

    fn list_runs<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Vec<StoredRun>> {
        self.load(thread, None, false).boxed()
    }

    fn load_run<'a>(
        &'a self,
        thread: &'a ThreadKey,
        number: u64,
    ) -> StoreFuture<'a, Option<StoredRun>> {
        async move {
            let run = self.load(thread, Some(number), true).await?.pop();
            Ok(run.map(|run| self.shared.of(thread, run)))
        }
        .boxed()
    }

    fn list_threads<'a>(
        &'a self,
        owner: &'a Owner,
        filter: ThreadFilter,
    ) -> StoreFuture<'a, ThreadPage> {
        let owner = owner.clone();
        self.database.run(ListThreads { owner, filter }).boxed()
    }

    fn load_thread<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Option<Thread>> {
        self.database.run(LoadThread(thread.clone())).boxed()
    }

    fn change_thread<'a>(
        &'a self,
        thread: &'a ThreadKey,
        change: ThreadChange,
    ) -> StoreFuture<'a, Option<Thread>> {
        let thread = thread.clone();
        self.database.run(ChangeThread { thread, change }).boxed()
    }

    fn delete_thread<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, bool> {
        self.database.run(DeleteThread(thread.clone())).boxed()
    }

    fn clear_threads<'a>(&'a self, owner: &'a Owner) -> StoreFuture<'a, u64> {
        async move {
            let mut cleared = 0;
            loop {
                match self.database.run(ClearSome(owner.clone())).await? {
                    0 => return Ok(cleared),
                    some => cleared += some,
                }
            }
        }
        .boxed()
    }

    fn all_keys<'a>(
        &'a self,
        after: Option<&'a ThreadKey>,
        most: usize,
    ) -> StoreFuture<'a, Vec<ThreadKey>> {
        let after = after.cloned();
        self.database.run(AllKeys { after, most }).boxed()
    }

    fn dump<'a>(&'a self, key: &'a ThreadKey) -> StoreFuture<'a, Option<ThreadDump>> {
        self.database.run(Dump(key.clone())).boxed()
    }

    fn restore<'a>(&'a self, dump: &'a ThreadDump) -> StoreFuture<'a, ()> {
        self.database.run(Restore(dump.clone())).boxed()
    }

    fn tidy_every(&self) -> Option<Duration> {
        self.options.tidy_every()
    }

    fn tidy(&self) -> StoreFuture<'_, bool> {
        async move {
            let dropped = self.database.run(Tidy(self.options.limits)).await?;
            let more = dropped.len() >= OLD_AT_ONCE;
            self.reclaiming.dropped(dropped);
            Ok(more)
        }
        .boxed()
    }

    fn reclaimed(&self) -> Reclaimed {
        self.reclaiming.read()
    }

    fn cluster(&self) -> Option<&dyn Cluster> {
        Some(self)
    }

    fn close(&self) -> StoreFuture<'_, ()> {
        async move {
            self.listening.task.abort();
            // Waits for what is under way.
            self.database.pool.close().await;
            Ok(())
        }
        .boxed()
    }
}

impl Cluster for PostgresStore {
    fn follow(
        &self,
        thread: &ThreadKey,
        number: u64,
        from: u64,
    ) -> BoxStream<'static, Result<RunTail, StoreError>> {
        let bell = self.bells.listen(thread, number);
        let (database, thread) = (self.database.clone(), thread.clone());
        let announced = Arc::new(AtomicBool::new(false));
        let read = move |from| {
            let (database, announced) = (database.clone(), announced.clone());
            let read = ReadEvents {
                thread: thread.clone(),
                number: number.cast_signed(),
                from,
                follow: !announced.load(Ordering::Relaxed),
            };
            async move {
                let tail = database.run(read).await?;
                announced.store(true, Ordering::Relaxed);
                Ok(tail)
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
        let stop = RequestStop {
            thread: thread.clone(),
            run_id: run_id.map(str::to_owned),
        };
        self.database.run(stop).boxed()
    }

    fn stop_requests(&self) -> BoxStream<'static, u64> {
        let stops = self.listening.stops.subscribe();
        stream::unfold(stops, async |mut stops| {
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
