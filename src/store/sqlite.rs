//! The embedded store: one SQLite file, one connection that writes, a few that read.
//!
//! All writes go through one task, which commits what has queued up in one transaction: read-modify-write needs no
//! retries, and a hundred writers share one sync of the disk. A write is acknowledged after its commit.

mod connect;
mod dump;
mod errors;
mod events;
mod inspect;
mod leases;
mod left;
mod limits;
mod lock;
mod messages;
mod rows;
mod runs;
mod script;
mod states;
#[cfg(test)]
mod tests;
mod threads;
mod tidy;
mod writer;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::{SqliteConnection, SqlitePool};

use self::dump::{AllKeys, Dump, Restore};
use self::events::{Append, ReadEvents, Unswept};
use self::leases::Leases;
use self::left::{ClaimLeft, GoingOn};
use self::runs::{EndRun, LoadRuns, StartRun};
use self::states::{ChangeState, DeleteState, LoadState, LoadVersions};
use self::threads::{ChangeThread, ClearThreads, DeleteThread, ListThreads, LoadThread};
use self::tidy::Tidy;
use self::writer::Writer;
use super::read::Shared;
use super::reclaimed::Reclaiming;
use super::{
    AgentState, Batch, Durability, EndedRun, Lease, LeftRun, NewRun, Owner, Reclaimed, Renewed,
    RunTail, Start, StateChange, StateKey, Store, StoreCheck, StoreError, StoreFuture,
    StoreOptions, StoredRun, Terms, Thread, ThreadChange, ThreadDump, ThreadFilter, ThreadKey,
    ThreadPage, change,
};

/// One unit of work on the database; may run again in a transaction of its own if another one in its batch failed.
trait Operation: Send + Sync + 'static {
    /// What it answers.
    type Output: Send + 'static;
    /// What is being done, for error messages: "loading an agent state".
    const DOING: &'static str;
    /// Whether it is on the disk once it is acknowledged; else only in the system's memory, which a power cut takes.
    fn is_synced(&self) -> bool {
        true
    }
    /// Does it.
    fn run<'a>(&'a self, db: &'a mut SqliteConnection)
    -> BoxFuture<'a, sqlx::Result<Self::Output>>;
}

/// Threads and agent states in a SQLite database.
pub struct SqliteStore {
    /// For error messages.
    file: String,
    options: StoreOptions,
    leases: Arc<Leases>,
    unswept: Arc<Unswept>,
    shared: Shared,
    reclaiming: Reclaiming,
    writer: Writer,
    /// `None` for a database in memory, which only the writer's connection can see.
    readers: Option<SqlitePool>,
}

impl SqliteStore {
    /// Opens `sqlite:path` or `sqlite::memory:`, creates the file if there is none, and brings its tables up to date.
    /// Runs that a process left behind when it died are there to be claimed.
    ///
    /// # Errors
    /// If it cannot be opened, or another process has it open: one at a time owns a file, until it closes it or dies.
    pub async fn open(url: &str, options: impl Into<StoreOptions>) -> Result<Self, StoreError> {
        Self::open_with(url, options.into(), connect::BUSY_TIMEOUT).await
    }

    /// Whether `url` can be opened, as far as that can be told without making a file.
    pub(super) fn check_url(url: &str) -> Result<(), StoreError> {
        connect::check(url)
    }

    /// What is in the database, without changing it.
    pub(super) async fn inspect(url: &str) -> Result<StoreCheck, StoreError> {
        inspect::inspect(url).await
    }

    async fn open_with(
        url: &str,
        options: StoreOptions,
        busy_timeout: Duration,
    ) -> Result<Self, StoreError> {
        let opened = connect::connect(url, busy_timeout).await?;
        Ok(Self {
            writer: Writer::start(opened.writer, opened.file.clone(), opened.lock),
            readers: opened.readers,
            file: opened.file,
            leases: Arc::new(Leases::new(options.lease)),
            unswept: Arc::new(Unswept::new()),
            options,
            shared: Shared::default(),
            reclaiming: Reclaiming::default(),
        })
    }

    async fn read<O: Operation>(&self, operation: O) -> Result<O::Output, StoreError> {
        let Some(readers) = &self.readers else {
            return self.writer.run(operation).await;
        };
        let explain = |error| errors::explain(&self.file, O::DOING, error);
        let mut db = readers.acquire().await.map_err(explain)?;
        operation.run(&mut db).await.map_err(explain)
    }
}

fn now() -> i64 {
    chrono::Utc::now().timestamp_millis()
}

impl Store for SqliteStore {
    fn terms(&self) -> Terms {
        Terms {
            // A database in memory, which has one connection, goes with the process.
            lasts: self.readers.is_some(),
            durability: self.options.durability,
            lease: self.options.lease,
        }
    }

    fn load_state<'a>(&'a self, key: &'a StateKey) -> StoreFuture<'a, Option<AgentState>> {
        self.read(LoadState(key.clone())).boxed()
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
            let (after, dropped) = self.writer.run(change).await??;
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
        self.read(LoadVersions { key, most }).boxed()
    }

    fn delete_state<'a>(&'a self, key: &'a StateKey) -> StoreFuture<'a, bool> {
        self.writer.run(DeleteState(key.clone())).boxed()
    }

    fn start_run<'a>(&'a self, thread: &'a ThreadKey, run: NewRun) -> StoreFuture<'a, Start> {
        async move {
            let start = StartRun {
                thread: thread.clone(),
                run,
                limits: self.options.limits,
                leases: self.leases.clone(),
            };
            let (start, dropped) = self.writer.run(start).await?;
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
                unswept: self.unswept.clone(),
            };
            self.writer.run(append).await?
        }
        .boxed()
    }

    fn renew<'a>(&'a self, leases: &'a [Lease]) -> StoreFuture<'a, Renewed> {
        async move {
            let going_on: HashSet<_> = self.read(GoingOn).await?.into_iter().flatten().collect();
            let mut renewed = Renewed::default();
            for lease in leases {
                match going_on.contains(&lease.fence.cast_signed()) {
                    true => self.leases.hold(lease.fence.cast_signed()),
                    false => renewed.lost.push(lease.fence),
                }
            }
            Ok(renewed)
        }
        .boxed()
    }

    fn claim_left<'a>(&'a self, most: usize, held: &'a [u64]) -> StoreFuture<'a, Vec<LeftRun>> {
        async move {
            let held = held.iter().map(|fence| fence.cast_signed()).collect();
            let claim = ClaimLeft {
                most,
                held,
                leases: self.leases.clone(),
            };
            let going_on = self.read(GoingOn).await?;
            if going_on.into_iter().any(|fence| claim.is_left(fence)) {
                return self.writer.run(claim).await;
            }
            Ok(Vec::new())
        }
        .boxed()
    }

    fn end_run<'a>(&'a self, lease: &'a Lease, run: &'a EndedRun) -> StoreFuture<'a, ()> {
        async move {
            let end = EndRun::new(
                lease.clone(),
                run,
                self.options.limits,
                self.leases.clone(),
                self.unswept.clone(),
            );
            self.reclaiming.dropped(self.writer.run(end).await??);
            self.leases.release(lease.fence.cast_signed());
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
        };
        self.read(read).boxed()
    }

    fn load_runs<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Vec<StoredRun>> {
        let load = LoadRuns {
            thread: thread.clone(),
            number: None,
            events: true,
        };
        self.read(load).boxed()
    }

    fn list_runs<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Vec<StoredRun>> {
        let list = LoadRuns {
            thread: thread.clone(),
            number: None,
            events: false,
        };
        self.read(list).boxed()
    }

    fn load_run<'a>(
        &'a self,
        thread: &'a ThreadKey,
        number: u64,
    ) -> StoreFuture<'a, Option<StoredRun>> {
        async move {
            let load = LoadRuns {
                thread: thread.clone(),
                number: Some(number.cast_signed()),
                events: true,
            };
            let run = self.read(load).await?.pop();
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
        self.read(ListThreads { owner, filter }).boxed()
    }

    fn load_thread<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Option<Thread>> {
        self.read(LoadThread(thread.clone())).boxed()
    }

    fn change_thread<'a>(
        &'a self,
        thread: &'a ThreadKey,
        change: ThreadChange,
    ) -> StoreFuture<'a, Option<Thread>> {
        let thread = thread.clone();
        self.writer.run(ChangeThread { thread, change }).boxed()
    }

    fn delete_thread<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, bool> {
        self.writer.run(DeleteThread(thread.clone())).boxed()
    }

    fn clear_threads<'a>(&'a self, owner: &'a Owner) -> StoreFuture<'a, u64> {
        self.writer.run(ClearThreads(owner.clone())).boxed()
    }

    fn all_keys<'a>(
        &'a self,
        after: Option<&'a ThreadKey>,
        most: usize,
    ) -> StoreFuture<'a, Vec<ThreadKey>> {
        let after = after.cloned();
        self.read(AllKeys { after, most }).boxed()
    }

    fn dump<'a>(&'a self, key: &'a ThreadKey) -> StoreFuture<'a, Option<ThreadDump>> {
        self.read(Dump(key.clone())).boxed()
    }

    fn restore<'a>(&'a self, dump: &'a ThreadDump) -> StoreFuture<'a, ()> {
        let restore = self.writer.run(Restore(dump.clone()));
        async move { restore.await? }.boxed()
    }

    fn tidy_every(&self) -> Option<Duration> {
        // A file always has something to give back.
        Some(StoreOptions::TIDIED)
    }

    fn tidy(&self) -> StoreFuture<'_, bool> {
        async move {
            let tidied = self.writer.run(Tidy(self.options.limits)).await?;
            self.reclaiming.dropped(tidied.dropped);
            self.reclaiming.freed(tidied.freed);
            Ok(tidied.more)
        }
        .boxed()
    }

    fn reclaimed(&self) -> Reclaimed {
        self.reclaiming.read()
    }

    fn close(&self) -> StoreFuture<'_, ()> {
        async move {
            // Readers first: the last connection to close folds the write-ahead log into the file.
            if let Some(readers) = &self.readers {
                readers.close().await;
            }
            self.writer.close().await
        }
        .boxed()
    }
}
