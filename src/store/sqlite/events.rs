//! The events of runs that go on: a row for each batch.
//!
//! A run's end does not look for its rows: they lie among those of others, so they are cheaper to delete many runs at once.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::value::RawValue;
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::Operation;
use super::rows::decode;
use crate::store::runs::raw;
use crate::store::{Batch, RunTail, StoreError, ThreadKey};

/// Batches in one statement: the way to the database costs more than the row.
const CHUNK: usize = 256;
/// After about so many bytes of new rows, those of runs that have ended are deleted.
const SWEPT_AFTER: usize = 4 << 20;

/// Keeps batches, at most one of each run.
pub(super) struct Append {
    pub batches: Vec<Batch>,
    /// Whether they are on the disk once this is acknowledged.
    pub synced: bool,
    pub unswept: Arc<Unswept>,
}

/// About how many bytes of rows were added since those of ended runs were deleted.
#[derive(Debug)]
pub(super) struct Unswept(AtomicUsize);

impl Unswept {
    /// Due at once: an earlier process may have left rows.
    pub(super) fn new() -> Self {
        Self(AtomicUsize::new(SWEPT_AFTER))
    }

    async fn add(&self, db: &mut SqliteConnection, batches: &[Batch]) -> sqlx::Result<()> {
        let bytes: usize = batches.iter().map(|batch| batch.json().len()).sum();
        match self.0.fetch_add(bytes, Relaxed) >= SWEPT_AFTER {
            true => self.sweep(db).await,
            false => Ok(()),
        }
    }

    /// Deletes the events of runs that have ended, which have them themselves by now.
    pub(super) async fn sweep(&self, db: &mut SqliteConnection) -> sqlx::Result<()> {
        sqlx::query(
            "DELETE FROM run_events WHERE fence NOT IN (SELECT fence FROM runs WHERE status = 'running' AND fence IS NOT NULL)",
        )
        .execute(db)
        .await?;
        self.0.store(0, Relaxed);
        Ok(())
    }
}

pub(super) struct ReadEvents {
    pub thread: ThreadKey,
    pub number: i64,
    pub from: u64,
}

impl Operation for Append {
    /// The fences that are lost.
    type Output = Result<Vec<u64>, StoreError>;
    const DOING: &'static str = "appending events";

    fn is_synced(&self) -> bool {
        self.synced
    }

    fn run<'a>(
        &'a self,
        db: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, sqlx::Result<Self::Output>> {
        async move {
            let mut lost = Vec::new();
            for batches in self.batches.chunks(CHUNK) {
                if insert(db, batches).await? == batches.len() as u64 {
                    continue;
                }
                for batch in batches {
                    let fence = batch.lease().fence;
                    match next(db, fence.cast_signed())
                        .await?
                        .map(|next| batch.follows(next))
                    {
                        Some(Ok(())) => {}
                        Some(Err(gap)) => return Ok(Err(gap)),
                        None => lost.push(fence),
                    }
                }
            }
            self.unswept.add(db, &self.batches).await?;
            Ok(Ok(lost))
        }
        .boxed()
    }
}

/// Adds the batches of runs that go on and have said all that comes before. How many they are.
async fn insert(db: &mut SqliteConnection, batches: &[Batch]) -> sqlx::Result<u64> {
    let mut query = sqlx::query(AssertSqlSafe(statement(batches.len()))).persistent(false);
    for batch in batches {
        query = query
            .bind(batch.lease().fence.cast_signed())
            .bind(batch.from().cast_signed())
            .bind(batch.count().cast_signed())
            .bind(batch.json());
    }
    Ok(query.execute(db).await?.rows_affected())
}

fn statement(batches: usize) -> String {
    let mut sql = "INSERT INTO run_events (fence, first, count, events) \
                   SELECT column1, column2, column3, column4 FROM (VALUES "
        .to_owned();
    for at in 0..batches {
        let comma = if at == 0 { "" } else { ", " };
        // Writing to a string does not fail.
        let _ = write!(sql, "{comma}(?, ?, ?, ?)");
    }
    sql + ") JOIN runs ON runs.fence = column1 AND runs.status = 'running' \
           WHERE column2 = 0 OR column2 <= (SELECT first + count FROM run_events \
           WHERE run_events.fence = column1 ORDER BY first DESC LIMIT 1) \
           ON CONFLICT (fence, first) DO UPDATE SET \
           events = iif(excluded.count > count, excluded.events, events), count = max(excluded.count, count)"
}

/// The sequence number of the next event of a run that goes on.
async fn next(db: &mut SqliteConnection, fence: i64) -> sqlx::Result<Option<u64>> {
    let next: Option<i64> = sqlx::query_scalar(
        "SELECT coalesce((SELECT first + count FROM run_events WHERE run_events.fence = runs.fence \
         ORDER BY first DESC LIMIT 1), 0) FROM runs WHERE fence = ? AND status = 'running'",
    )
    .bind(fence)
    .fetch_optional(db)
    .await?;
    Ok(next.map(i64::unsigned_abs))
}

/// The events of a run that goes on, from one on.
pub(super) async fn of_run(
    db: &mut SqliteConnection,
    fence: i64,
    from: u64,
) -> sqlx::Result<Vec<Box<RawValue>>> {
    let rows: Vec<(i64, String)> = sqlx::query_as(
        "SELECT first, events FROM run_events WHERE fence = ? AND first + count > ? ORDER BY first",
    )
    .bind(fence)
    .bind(from.cast_signed())
    .fetch_all(db)
    .await?;
    let (mut events, mut next) = (Vec::new(), from);
    for (first, array) in rows {
        let batch = raw(&array).map_err(|error| decode("events", error))?;
        let known = next.saturating_sub(first.unsigned_abs());
        let new = batch
            .into_iter()
            .skip(usize::try_from(known).unwrap_or(usize::MAX));
        events.extend(new);
        next = from + events.len() as u64;
    }
    Ok(events)
}

impl Operation for ReadEvents {
    type Output = Option<RunTail>;
    const DOING: &'static str = "reading the events of a run";

    fn run<'a>(
        &'a self,
        db: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, sqlx::Result<Self::Output>> {
        async move {
            let fence: Option<i64> = sqlx::query_scalar(
                "SELECT fence FROM threads JOIN runs USING (thread) \
                 WHERE owner = ? AND thread_id = ? AND number = ? AND status = 'running' AND fence IS NOT NULL",
            )
            .bind(self.thread.owner.as_str())
            .bind(&self.thread.id)
            .bind(self.number)
            .fetch_optional(&mut *db)
            .await?;
            let Some(fence) = fence else { return Ok(None) };
            let events = of_run(db, fence, self.from).await?;
            Ok(Some(RunTail {
                events,
                ended: None,
            }))
        }
        .boxed()
    }
}
