//! The one task that writes: it takes what has queued up and commits it as one transaction.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use sqlx::{Connection, Executor, SqliteConnection};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::lock::Lock;
use super::{Operation, errors};
use crate::store::StoreError;

/// Writers beyond this wait: the queue's memory is bounded.
const QUEUE: usize = 1024;
/// Operations in one transaction: enough to share a disk sync, few enough to keep the first of them waiting for little.
const BATCH: usize = 128;

/// The writing task's queue.
pub(super) struct Writer {
    /// `None` once closed. The task ends when the last sender is gone and the queue is empty.
    queue: Mutex<Option<mpsc::Sender<Box<dyn Job>>>>,
    task: tokio::sync::Mutex<Option<JoinHandle<sqlx::Result<()>>>>,
    file: String,
}

impl Writer {
    /// Starts the task on this connection. It keeps the lock until the last write is done.
    pub(super) fn start(db: SqliteConnection, file: String, lock: Lock) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        Self {
            queue: Mutex::new(Some(sender)),
            task: tokio::sync::Mutex::new(Some(tokio::spawn(write(db, receiver, lock)))),
            file,
        }
    }

    /// Queues one operation and waits until it is committed.
    pub(super) async fn run<O: Operation>(&self, operation: O) -> Result<O::Output, StoreError> {
        let queue = self.queue.lock().clone().ok_or(StoreError::Closed)?;
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Pending {
            operation,
            output: None,
            reply,
        });
        queue.send(job).await.map_err(|_| StoreError::Closed)?;
        // A sender kept through the wait would keep a closing task from ending.
        drop(queue);
        answer
            .await
            .map_err(|_| StoreError::Closed)?
            .map_err(|error| errors::explain(&self.file, O::DOING, error))
    }

    /// Lets the task finish what is queued, then close its connection.
    pub(super) async fn close(&self) -> Result<(), StoreError> {
        self.queue.lock().take();
        let mut task = self.task.lock().await;
        let Some(running) = task.as_mut() else {
            return Ok(());
        };
        let ended = running.await;
        *task = None;
        let explain = |error| errors::explain(&self.file, "closing", error);
        match ended {
            Ok(closed) => closed.map_err(explain),
            Err(_) => Err(explain(sqlx::Error::WorkerCrashed)),
        }
    }
}

/// An operation whose type is forgotten, with the place where its answer goes.
trait Job: Send {
    fn is_synced(&self) -> bool;
    fn run<'a>(&'a mut self, db: &'a mut SqliteConnection) -> BoxFuture<'a, sqlx::Result<()>>;
    fn committed(self: Box<Self>);
    fn failed(self: Box<Self>, error: Arc<sqlx::Error>);
}

struct Pending<O: Operation> {
    operation: O,
    output: Option<O::Output>,
    reply: oneshot::Sender<Result<O::Output, Arc<sqlx::Error>>>,
}

impl<O: Operation> Job for Pending<O> {
    fn is_synced(&self) -> bool {
        self.operation.is_synced()
    }

    fn run<'a>(&'a mut self, db: &'a mut SqliteConnection) -> BoxFuture<'a, sqlx::Result<()>> {
        async move {
            // One operation's bug is one caller's error; the task and everybody else's writes go on.
            self.output = match AssertUnwindSafe(self.operation.run(db))
                .catch_unwind()
                .await
            {
                Ok(output) => Some(output?),
                Err(_) => return Err(sqlx::Error::Protocol("the operation panicked".into())),
            };
            Ok(())
        }
        .boxed()
    }

    fn committed(self: Box<Self>) {
        if let Some(output) = self.output {
            // Nobody waits any more: the write stays.
            let _ = self.reply.send(Ok(output));
        }
    }

    fn failed(self: Box<Self>, error: Arc<sqlx::Error>) {
        let _ = self.reply.send(Err(error));
    }
}

async fn write(
    mut db: SqliteConnection,
    mut queue: mpsc::Receiver<Box<dyn Job>>,
    lock: Lock,
) -> sqlx::Result<()> {
    let mut batch = Vec::with_capacity(BATCH);
    let mut syncs = true;
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        let wanted = batch.iter().any(|job| job.is_synced());
        if wanted != syncs && sync(&mut db, wanted).await.is_ok() {
            syncs = wanted;
        }
        match transaction(&mut db, &mut batch).await {
            Ok(()) => batch.drain(..).for_each(|job| job.committed()),
            Err(Failure::One(_)) if batch.len() > 1 => one_by_one(&mut db, &mut batch).await,
            Err(Failure::One(error) | Failure::All(error)) => {
                let error = Arc::new(error);
                batch.drain(..).for_each(|job| job.failed(error.clone()));
            }
        }
    }
    let closed = db.close().await;
    drop(lock);
    closed
}

/// Whether commits from now on wait for the disk. A failure leaves it as it is, and the next transaction tells.
async fn sync(db: &mut SqliteConnection, wanted: bool) -> sqlx::Result<()> {
    let pragma = match wanted {
        true => "PRAGMA synchronous = FULL",
        false => "PRAGMA synchronous = NORMAL",
    };
    db.execute(pragma).await.map(drop)
}

/// After one operation of a batch failed: each in a transaction of its own, so only the one that fails is refused.
async fn one_by_one(db: &mut SqliteConnection, batch: &mut Vec<Box<dyn Job>>) {
    for mut job in batch.drain(..) {
        match transaction(db, std::slice::from_mut(&mut job)).await {
            Ok(()) => job.committed(),
            Err(Failure::One(error) | Failure::All(error)) => job.failed(Arc::new(error)),
        }
    }
}

/// Why a transaction was rolled back.
enum Failure {
    /// One of its operations failed; the others may do better alone.
    One(sqlx::Error),
    /// The database could not begin or commit: nothing will do better now.
    All(sqlx::Error),
}

/// In plain SQL: SQLite ends a transaction by itself when the disk is full, which `sqlx::Transaction` takes for still open.
async fn transaction(db: &mut SqliteConnection, jobs: &mut [Box<dyn Job>]) -> Result<(), Failure> {
    // IMMEDIATE takes the write lock before the first read: a deferred one fails with SQLITE_BUSY at its first write if
    // another process wrote in between.
    db.execute("BEGIN IMMEDIATE").await.map_err(Failure::All)?;
    let done = operations(db, jobs).await;
    if done.is_err() {
        // Fails where SQLite has rolled back already.
        let _ = db.execute("ROLLBACK").await;
    }
    done
}

async fn operations(db: &mut SqliteConnection, jobs: &mut [Box<dyn Job>]) -> Result<(), Failure> {
    for job in jobs {
        job.run(db).await.map_err(Failure::One)?;
    }
    db.execute("COMMIT").await.map_err(Failure::All)?;
    Ok(())
}
