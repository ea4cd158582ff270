//! The embedded store: one SQLite file, one connection that writes, a few that read.
//!
//! All writes go through one task, which commits what has queued up in one transaction: read-modify-write needs no
//! retries, and a hundred writers share one sync of the disk. A write is acknowledged after its commit.

mod connect;
mod errors;
mod limits;
mod lock;
mod messages;
mod read;
mod runs;

mod states;
#[cfg(test)]
mod tests;
mod threads;
mod writer;

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::{SqliteConnection, SqlitePool};

use self::read::Shared;
use self::runs::{EndRun, ListRuns, LoadRun, LoadRuns, StartRun};
use self::states::{ChangeState, DeleteState, LoadState};
use self::threads::{ChangeThread, ClearThreads, DeleteThread, ListThreads, LoadThread};
use self::writer::Writer;
use super::{
    AgentState, EndedRun, NewRun, Owner, StartedRun, StateChange, StateKey, Store, StoreError,
    StoreFuture, StoreLimits, StoredRun, Thread, ThreadChange, ThreadFilter, ThreadKey, ThreadPage,
    change, limits as shared,
};

/// One unit of work on the database; may run again in a transaction of its own if another one in its batch failed.
trait Operation: Send + Sync + 'static {
    /// What it answers.
    type Output: Send + 'static;
    /// What is being done, for error messages: "loading an agent state".
    const DOING: &'static str;
    /// Does it.
    fn run<'a>(&'a self, db: &'a mut SqliteConnection)
    -> BoxFuture<'a, sqlx::Result<Self::Output>>;
}

/// Threads and agent states in a SQLite database.
pub struct SqliteStore {
    /// For error messages.
    file: String,
    limits: StoreLimits,
    shared: Shared,
    writer: Writer,
    /// `None` for a database in memory, which only the writer's connection can see.
    readers: Option<SqlitePool>,
}

impl SqliteStore {
    /// Opens `sqlite:path` or `sqlite::memory:`, creates the file if there is none, and brings its tables up to date.
    /// Runs that a process left behind when it died are stopped.
    ///
    /// # Errors
    /// If it cannot be opened, or another process has it open: one at a time owns a file, until it closes it or dies.
    pub async fn open(url: &str, limits: StoreLimits) -> Result<Self, StoreError> {
        Self::open_with(url, limits, connect::BUSY_TIMEOUT).await
    }

    /// Whether `url` can be opened, as far as that can be told without making a file.
    pub(super) fn check_url(url: &str) -> Result<(), StoreError> {
        connect::check(url)
    }

    async fn open_with(
        url: &str,
        limits: StoreLimits,
        busy_timeout: Duration,
    ) -> Result<Self, StoreError> {
        let opened = connect::connect(url, busy_timeout).await?;
        Ok(Self {
            writer: Writer::start(opened.writer, opened.file.clone(), opened.lock),
            readers: opened.readers,
            file: opened.file,
            limits,
            shared: Shared::default(),
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
    fn load_state<'a>(&'a self, key: &'a StateKey) -> StoreFuture<'a, Option<AgentState>> {
        self.read(LoadState(key.clone())).boxed()
    }

    fn change_state<'a>(
        &'a self,
        key: &'a StateKey,
        change: StateChange,
    ) -> StoreFuture<'a, AgentState> {
        async move {
            change::check(&change)?;
            let key = key.clone();
            let change = ChangeState {
                key,
                change,
                limits: self.limits,
            };
            let (after, dropped) = self.writer.run(change).await?;
            shared::log(dropped);
            Ok(after)
        }
        .boxed()
    }

    fn delete_state<'a>(&'a self, key: &'a StateKey) -> StoreFuture<'a, bool> {
        self.writer.run(DeleteState(key.clone())).boxed()
    }

    fn start_run<'a>(&'a self, thread: &'a ThreadKey, run: NewRun) -> StoreFuture<'a, StartedRun> {
        async move {
            let start = StartRun {
                thread: thread.clone(),
                run,
                limits: self.limits,
            };
            let (started, dropped) = self.writer.run(start).await?;
            shared::log(dropped);
            Ok(started)
        }
        .boxed()
    }

    fn end_run<'a>(
        &'a self,
        thread: &'a ThreadKey,
        number: u64,
        run: EndedRun,
    ) -> StoreFuture<'a, ()> {
        async move {
            let end = EndRun::new(thread.clone(), number, run, self.limits);
            shared::log(self.writer.run(end).await?);
            Ok(())
        }
        .boxed()
    }

    fn load_runs<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Vec<StoredRun>> {
        self.read(LoadRuns(thread.clone())).boxed()
    }

    fn list_runs<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Vec<StoredRun>> {
        self.read(ListRuns(thread.clone())).boxed()
    }

    fn load_run<'a>(
        &'a self,
        thread: &'a ThreadKey,
        number: u64,
    ) -> StoreFuture<'a, Option<StoredRun>> {
        async move {
            let load = LoadRun(thread.clone(), number.cast_signed());
            let run = self.read(load).await?;
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
