//! How operations reach the database: a connection of the pool, a transaction, time limits, and another attempt where one is
//! safe.

use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::{Connection, PgConnection, PgPool, Postgres};

use super::errors;
use crate::store::StoreError;

/// How long an operation may take on its connection: longer than the database allows a statement, so that only a database
/// that does not answer at all comes to it.
const OPERATION: Duration = Duration::from_secs(30);
/// Attempts at an operation that a lost connection or a deadlock undid.
const ATTEMPTS: usize = 3;

/// One unit of work; runs again from its start if it was undone.
pub(super) trait Operation: Send + Sync + 'static {
    /// What it answers.
    type Output: Send + 'static;
    /// What is being done, for error messages: "loading an agent state".
    const DOING: &'static str;
    /// Whether its statements are one transaction; if not, each may be done twice.
    const TRANSACTION: bool;
    /// Does it.
    fn run<'a>(&'a self, db: &'a mut PgConnection) -> BoxFuture<'a, Result<Self::Output, Failure>>;
}

/// Why an operation left no trace, or perhaps none.
#[derive(Debug)]
pub(super) enum Failure {
    /// The database failed.
    Database(sqlx::Error),
    /// The database failed to say whether it has committed.
    Commit(sqlx::Error),
    /// What is in the database forbids it.
    Refused(StoreError),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

/// The connections.
#[derive(Debug)]
pub(super) struct Database {
    pub pool: PgPool,
    /// For error messages.
    pub name: String,
}

impl Database {
    /// Runs an operation to its end, whether or not the caller stays.
    pub(super) async fn run<O: Operation>(&self, operation: O) -> Result<O::Output, StoreError> {
        let pool = self.pool.clone();
        let task = tokio::spawn(async move { attempts(&pool, &operation).await });
        match task.await {
            Ok(Ok(output)) => Ok(output),
            Ok(Err(Failure::Refused(error))) => Err(error),
            Ok(Err(Failure::Database(error) | Failure::Commit(error))) => {
                Err(errors::explain(&self.name, O::DOING, error))
            }
            // One operation's bug is one caller's error.
            Err(_) => Err(errors::explain(
                &self.name,
                O::DOING,
                sqlx::Error::WorkerCrashed,
            )),
        }
    }
}

async fn attempts<O: Operation>(pool: &PgPool, operation: &O) -> Result<O::Output, Failure> {
    for _ in 1..ATTEMPTS {
        match attempt(pool, operation).await {
            Err(Failure::Database(error)) if errors::was_undone(&error) => {
                tracing::debug!(%error, doing = O::DOING, "the database undid it; once more");
            }
            done => return done,
        }
    }
    attempt(pool, operation).await
}

async fn attempt<O: Operation>(pool: &PgPool, operation: &O) -> Result<O::Output, Failure> {
    let mut db = pool.acquire().await?;
    let done = tokio::time::timeout(OPERATION, run(&mut db, operation)).await;
    let Ok(done) = done else {
        // Not back to the pool, which would wait for an answer.
        drop(db.detach());
        let error = std::io::Error::from(std::io::ErrorKind::TimedOut);
        return Err(Failure::Commit(error.into()));
    };
    if let Err(Failure::Database(error) | Failure::Commit(error)) = &done
        && errors::is_connection(error)
    {
        drop(db.detach());
    }
    done
}

async fn run<O: Operation>(
    db: &mut PoolConnection<Postgres>,
    operation: &O,
) -> Result<O::Output, Failure> {
    if !O::TRANSACTION {
        return operation.run(db).await;
    }
    let mut transaction = db.begin().await?;
    match operation.run(&mut transaction).await {
        Ok(output) => {
            transaction.commit().await.map_err(Failure::Commit)?;
            Ok(output)
        }
        Err(failure) => {
            // Without a connection there is nothing to roll back.
            let _ = transaction.rollback().await;
            Err(failure)
        }
    }
}
