//! Runs that nobody ends any more: their process died, or lost count of them.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use super::Operation;
use super::leases::Leases;
use super::rows::{self, RUN};
use crate::store::{Lease, LeftRun, ThreadKey};

/// The fences of all runs that go on; `None` for one that a version before 0004 began.
pub(super) struct GoingOn;

/// Takes over at most so many runs that nobody holds.
pub(super) struct ClaimLeft {
    pub most: usize,
    /// Nor these, whose lease may have run out.
    pub held: Vec<i64>,
    pub leases: Arc<Leases>,
}

impl ClaimLeft {
    /// Whether nobody holds the run of that fence, if it has one.
    pub(super) fn is_left(&self, fence: Option<i64>) -> bool {
        !fence.is_some_and(|it| self.leases.is_held(it) || self.held.contains(&it))
    }
}

impl Operation for GoingOn {
    type Output = Vec<Option<i64>>;
    const DOING: &'static str = "looking for runs that were left behind";

    fn run<'a>(
        &'a self,
        db: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, sqlx::Result<Self::Output>> {
        sqlx::query_scalar("SELECT fence FROM runs WHERE status = 'running'")
            .fetch_all(db)
            .boxed()
    }
}

impl Operation for ClaimLeft {
    type Output = Vec<LeftRun>;
    const DOING: &'static str = "taking over runs that were left behind";

    fn run<'a>(
        &'a self,
        db: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, sqlx::Result<Self::Output>> {
        async move {
            let going_on = sqlx::query(
                "SELECT owner, thread_id, thread, number, fence FROM runs JOIN threads USING (thread) \
                 WHERE status = 'running'",
            )
            .fetch_all(&mut *db)
            .await?;
            let mut claimed = Vec::new();
            for row in going_on {
                if claimed.len() < self.most && self.is_left(row.try_get("fence")?) {
                    let at = (row.try_get("thread")?, row.try_get("number")?);
                    let thread = rows::thread_key(&row)?;
                    claimed.push(claim(db, &self.leases, thread, at).await?);
                }
            }
            Ok(claimed)
        }
        .boxed()
    }
}

/// Takes over the run of this thread and number.
pub(super) async fn claim(
    db: &mut SqliteConnection,
    leases: &Leases,
    key: ThreadKey,
    (thread, number): (i64, i64),
) -> sqlx::Result<LeftRun> {
    let fence = next_fence(db).await?;
    sqlx::query(
        "UPDATE run_events SET fence = ?1 WHERE fence = (SELECT fence FROM runs WHERE thread = ?2 AND number = ?3)",
    )
    .bind(fence)
    .bind(thread)
    .bind(number)
    .execute(&mut *db)
    .await?;
    let sql = format!(
        "UPDATE runs SET fence = ?1 WHERE thread = ?2 AND number = ?3 RETURNING {RUN}, events"
    );
    let row = sqlx::query(AssertSqlSafe(sql))
        .bind(fence)
        .bind(thread)
        .bind(number)
        .fetch_one(&mut *db)
        .await?;
    let run = rows::run_so_far(db, &row).await?;
    leases.hold(fence);
    let lease = Lease {
        thread: key,
        number: number.unsigned_abs(),
        fence: fence.unsigned_abs(),
    };
    Ok(LeftRun { lease, run })
}

/// A fence that no other hold ever had.
pub(super) async fn next_fence(db: &mut SqliteConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar("UPDATE totals SET fences = fences + 1 RETURNING fences")
        .fetch_one(db)
        .await
}
