//! Leases in SQL: how they are renewed, how runs are asked to stop, and how those are taken over that nobody ends any more.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::{PgConnection, Row};

use super::database::{Failure, Operation};
use super::listen;
use super::rows::{self, of_thread, run_columns, said_columns, thread_key};
use crate::store::{Lease, LeftRun, Node, Renewed, StoreOptions, ThreadKey};

/// Ended runs whose events go at once: who looks for runs that were left does not wait for all of them.
const FORGOTTEN_AT_ONCE: i64 = 1_000;

/// Who takes a run, and for how long.
#[derive(Debug, Clone)]
pub(super) struct Holder {
    pub node: Node,
    lease: Duration,
}

impl Holder {
    pub(super) fn of(options: &StoreOptions) -> Self {
        Self {
            node: options.node.clone(),
            lease: options.lease,
        }
    }

    /// The length of a lease, as the database adds it to its time.
    pub(super) fn seconds(&self) -> f64 {
        self.lease.as_secs_f64()
    }
}

pub(super) struct Renew {
    pub fences: Vec<u64>,
    pub holder: Holder,
}

/// Takes over at most so many runs that nobody holds.
pub(super) struct ClaimLeft {
    pub most: usize,
    /// Fences that are not to be taken.
    pub held: Vec<i64>,
    pub holder: Holder,
}

pub(super) struct RequestStop {
    pub thread: ThreadKey,
    pub run_id: Option<String>,
}

/// Deletes the events of runs that have ended long enough ago.
pub(super) struct Forget;

impl Operation for Renew {
    type Output = Renewed;
    const DOING: &'static str = "renewing leases";
    const TRANSACTION: bool = false;

    fn run<'a>(&'a self, db: &'a mut PgConnection) -> BoxFuture<'a, Result<Self::Output, Failure>> {
        async move {
            let fences: Vec<_> = self.fences.iter().map(|fence| fence.cast_signed()).collect();
            // In order, as those who append: nobody waits for another one crosswise.
            let held: Vec<(i64, bool)> = sqlx::query_as(
                "WITH held AS (SELECT thread, number FROM runs WHERE status = 'running' AND fence = ANY($1) \
                 ORDER BY fence FOR NO KEY UPDATE) \
                 UPDATE runs SET leased_until = clock_timestamp() + $2 * interval '1 second' FROM held \
                 WHERE runs.thread = held.thread AND runs.number = held.number RETURNING fence, to_stop",
            )
            .bind(fences)
            .bind(self.holder.seconds())
            .fetch_all(db)
            .await?;
            let held = held.into_iter().map(|(fence, stop)| (fence.unsigned_abs(), stop));
            let held: std::collections::HashMap<_, _> = held.collect();
            let is_held = |fence: &&u64| held.contains_key(*fence);
            let is_to_stop = |fence: &&u64| held.get(*fence).copied().unwrap_or_default();
            let fences = self.fences.iter();
            Ok(Renewed {
                lost: fences.clone().filter(|it| !is_held(it)).copied().collect(),
                to_stop: fences.filter(is_to_stop).copied().collect(),
            })
        }
        .boxed()
    }
}

impl Operation for ClaimLeft {
    type Output = Vec<LeftRun>;
    const DOING: &'static str = "taking over runs that were left behind";
    const TRANSACTION: bool = true;

    fn run<'a>(&'a self, db: &'a mut PgConnection) -> BoxFuture<'a, Result<Self::Output, Failure>> {
        async move {
            // Those that somebody else is just taking are skipped.
            let left = sqlx::query(
                "SELECT owner, thread_id, runs.thread, number FROM runs JOIN threads USING (thread) \
                 WHERE status = 'running' AND leased_until <= clock_timestamp() AND NOT fence = ANY($2) \
                 ORDER BY leased_until LIMIT $1 \
                 FOR UPDATE OF runs SKIP LOCKED",
            )
            .bind(i64::try_from(self.most).unwrap_or(i64::MAX))
            .bind(&self.held)
            .fetch_all(&mut *db)
            .await?;
            let mut claimed = Vec::with_capacity(left.len());
            for row in left {
                let at = (row.try_get("thread")?, row.try_get("number")?);
                claimed.push(claim(db, &self.holder, thread_key(&row)?, at).await?);
            }
            Ok(claimed)
        }
        .boxed()
    }
}

/// Takes over the run of this thread and number, which goes on; its row or its thread's is locked.
pub(super) async fn claim(
    db: &mut PgConnection,
    holder: &Holder,
    key: ThreadKey,
    (thread, number): (i64, i64),
) -> sqlx::Result<LeftRun> {
    let fence: i64 = sqlx::query_scalar(
        "UPDATE runs SET fence = nextval('fences'), node = $3, to_stop = false, \
         leased_until = clock_timestamp() + $4 * interval '1 second' WHERE thread = $1 AND number = $2 RETURNING fence",
    )
    .bind(thread)
    .bind(number)
    .bind(holder.node.as_str())
    .bind(holder.seconds())
    .fetch_one(&mut *db)
    .await?;
    // After it: what was being appended meanwhile is there now.
    let row = sqlx::query(concat!(
        "SELECT ",
        run_columns!(),
        ", events, ",
        said_columns!("0"),
        " FROM runs WHERE thread = $1 AND number = $2"
    ))
    .bind(thread)
    .bind(number)
    .fetch_one(db)
    .await?;
    let lease = Lease {
        thread: key,
        number: number.unsigned_abs(),
        fence: fence.unsigned_abs(),
    };
    let run = rows::run(&row)?;
    Ok(LeftRun { lease, run })
}

impl Operation for RequestStop {
    type Output = Option<u64>;
    const DOING: &'static str = "asking a run to stop";
    const TRANSACTION: bool = false;

    fn run<'a>(&'a self, db: &'a mut PgConnection) -> BoxFuture<'a, Result<Self::Output, Failure>> {
        async move {
            let asked: Option<(i64, i64, String)> = sqlx::query_as(concat!(
                "UPDATE runs SET to_stop = true FROM threads WHERE threads.thread = runs.thread AND status = 'running' AND ",
                of_thread!(),
                " AND ($3::bytea IS NULL OR run_id = $3) RETURNING number, fence, node"
            ))
            .bind(self.thread.owner.as_str().as_bytes())
            .bind(self.thread.id.as_bytes())
            .bind(self.run_id.as_ref().map(String::as_bytes))
            .fetch_optional(&mut *db)
            .await?;
            let Some((number, fence, node)) = asked else {
                return Ok(None);
            };
            listen::tell_to_stop(db, &node, fence).await?;
            Ok(Some(number.unsigned_abs()))
        }
        .boxed()
    }
}

impl Operation for Forget {
    type Output = ();
    const DOING: &'static str = "deleting the events of runs that have ended";
    const TRANSACTION: bool = false;

    fn run<'a>(&'a self, db: &'a mut PgConnection) -> BoxFuture<'a, Result<Self::Output, Failure>> {
        async move {
            sqlx::query(
                "WITH over AS (UPDATE runs SET told_until = NULL WHERE (thread, number) IN \
                 (SELECT thread, number FROM runs WHERE told_until <= clock_timestamp() ORDER BY told_until LIMIT $1 \
                 FOR UPDATE SKIP LOCKED) RETURNING thread, number) \
                 DELETE FROM run_events USING over \
                 WHERE run_events.thread = over.thread AND run_events.number = over.number",
            )
            .bind(FORGOTTEN_AT_ONCE)
            .execute(db)
            .await?;
            Ok(())
        }
        .boxed()
    }
}
