//! The events of runs that go on: a row for each batch.

use std::collections::HashMap;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::PgConnection;

use super::database::{Failure, Operation};
use super::rows::{self, of_thread, said_columns};
use crate::store::{Batch, RunStatus, RunTail, ThreadKey};

/// Keeps batches, at most one of each run.
pub(super) struct Append {
    pub batches: Vec<Batch>,
    /// Whether they are on the disk once this is acknowledged.
    pub synced: bool,
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Appended {
    /// The fences that are lost.
    pub lost: Vec<u64>,
    /// Those of runs that other nodes follow.
    pub followed: Vec<u64>,
}

pub(super) struct ReadEvents {
    pub thread: ThreadKey,
    pub number: i64,
    pub from: u64,
    /// Whether the run's node must learn that somebody follows it.
    pub follow: bool,
}

impl Operation for Append {
    type Output = Appended;
    const DOING: &'static str = "appending events";
    const TRANSACTION: bool = false;

    fn run<'a>(&'a self, db: &'a mut PgConnection) -> BoxFuture<'a, Result<Self::Output, Failure>> {
        append(db, &self.batches, self.synced).boxed()
    }
}

/// Keeps batches, at most one of each run.
pub(super) async fn append(
    db: &mut PgConnection,
    batches: &[Batch],
    synced: bool,
) -> Result<Appended, Failure> {
    let mut appended = Appended::default();
    let mut rest: Vec<&Batch> = batches.iter().collect();
    while !rest.is_empty() {
        let kept = insert(db, &rest, synced).await?;
        let followed = kept.iter().filter(|(_, followed)| **followed);
        appended.followed.extend(followed.map(|(fence, _)| *fence));
        rest.retain(|batch| !kept.contains_key(&batch.lease().fence));
        if rest.is_empty() {
            break;
        }
        let next = next(db, &rest).await?;
        for batch in &rest {
            let fence = batch.lease().fence;
            match next.get(&fence) {
                Some(next) => batch.follows(*next)?,
                None => appended.lost.push(fence),
            }
        }
        // Those whose earlier events came in between, from an attempt that was given up: once more.
        rest.retain(|batch| next.contains_key(&batch.lease().fence));
    }
    Ok(appended)
}

/// Adds the batches of runs that go on and have said all that comes before. The fences of those that were added, and whether
/// somebody follows.
///
/// The run's row is locked meanwhile, so that nobody takes it over without these events.
async fn insert(
    db: &mut PgConnection,
    batches: &[&Batch],
    synced: bool,
) -> sqlx::Result<HashMap<u64, bool>> {
    let fences: Vec<i64> = fences(batches);
    let firsts: Vec<i64> = batches.iter().map(|it| it.from().cast_signed()).collect();
    let counts: Vec<i64> = batches.iter().map(|it| it.count().cast_signed()).collect();
    let events: Vec<&str> = batches.iter().map(|it| it.json()).collect();
    let kept: Vec<(i64, bool, Option<String>)> = sqlx::query_as(
        "WITH asked AS MATERIALIZED (SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[]) \
         AS asked (fence, first, count, events)), \
         held AS MATERIALIZED (SELECT thread, number, fence, followed FROM runs \
         WHERE status = 'running' AND fence = ANY($1) ORDER BY fence FOR SHARE), \
         kept AS (INSERT INTO run_events AS old (thread, number, first, count, events) \
         SELECT thread, number, first, count, events FROM asked JOIN held USING (fence) \
         WHERE first = 0 OR first <= (SELECT said.first + said.count FROM run_events AS said \
         WHERE said.thread = held.thread AND said.number = held.number ORDER BY said.first DESC LIMIT 1) \
         ON CONFLICT (thread, number, first) DO UPDATE SET count = greatest(excluded.count, old.count), \
         events = CASE WHEN excluded.count > old.count THEN excluded.events ELSE old.events END \
         RETURNING thread, number) \
         SELECT fence, followed, CASE WHEN NOT $5 THEN set_config('synchronous_commit', 'off', true) END \
         FROM kept JOIN held USING (thread, number)",
    )
    .bind(fences)
    .bind(firsts)
    .bind(counts)
    .bind(events)
    .bind(synced)
    .fetch_all(db)
    .await?;
    let kept = kept.into_iter();
    Ok(kept
        .map(|(fence, followed, _)| (fence.unsigned_abs(), followed))
        .collect())
}

fn fences(batches: &[&Batch]) -> Vec<i64> {
    let fences = batches.iter().map(|it| it.lease().fence.cast_signed());
    fences.collect()
}

/// The sequence numbers of the next events, of those of the runs that go on.
async fn next(db: &mut PgConnection, batches: &[&Batch]) -> sqlx::Result<HashMap<u64, u64>> {
    let next: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT fence, coalesce((SELECT first + count FROM run_events AS said \
         WHERE said.thread = runs.thread AND said.number = runs.number ORDER BY first DESC LIMIT 1), 0) \
         FROM runs WHERE status = 'running' AND fence = ANY($1)",
    )
    .bind(fences(batches))
    .fetch_all(db)
    .await?;
    let next = next.into_iter();
    Ok(next
        .map(|(fence, next)| (fence.unsigned_abs(), next.unsigned_abs()))
        .collect())
}

/// As the run ends without anybody who could follow it.
pub(super) async fn forget(db: &mut PgConnection, thread: i64, number: i64) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM run_events WHERE thread = $1 AND number = $2")
        .bind(thread)
        .bind(number)
        .execute(db)
        .await?;
    Ok(())
}

impl Operation for ReadEvents {
    type Output = Option<RunTail>;
    const DOING: &'static str = "reading the events of a run";
    const TRANSACTION: bool = false;

    fn run<'a>(&'a self, db: &'a mut PgConnection) -> BoxFuture<'a, Result<Self::Output, Failure>> {
        async move {
            if self.follow {
                self.announce(db).await?;
            }
            let row = sqlx::query(concat!(
                "SELECT status, ",
                said_columns!("$4"),
                " FROM threads JOIN runs USING (thread) WHERE ",
                of_thread!(),
                " AND number = $3 AND (status = 'running' OR told_until > clock_timestamp())"
            ))
            .bind(self.thread.owner.as_str().as_bytes())
            .bind(self.thread.id.as_bytes())
            .bind(self.number)
            .bind(self.from.cast_signed())
            .fetch_optional(db)
            .await?;
            let Some(row) = row else { return Ok(None) };
            let status = rows::status(&row)?;
            Ok(Some(RunTail {
                events: rows::said(&row, self.from)?,
                ended: (status != RunStatus::Running).then_some(status),
            }))
        }
        .boxed()
    }
}

impl ReadEvents {
    /// Waits for what is being appended, and whoever appends after it notifies.
    async fn announce(&self, db: &mut PgConnection) -> sqlx::Result<()> {
        sqlx::query(concat!(
            "UPDATE runs SET followed = true FROM threads WHERE threads.thread = runs.thread AND ",
            of_thread!(),
            " AND number = $3 AND status = 'running' AND NOT followed"
        ))
        .bind(self.thread.owner.as_str().as_bytes())
        .bind(self.thread.id.as_bytes())
        .bind(self.number)
        .execute(db)
        .await?;
        Ok(())
    }
}
