//! Runs in SQL: how they begin and end, and how they are read.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::events::Unswept;
use super::leases::Leases;
use super::rows::{self, RUN, state_key};
use super::{Operation, left, limits, messages, now, states};
use crate::store::limits::{self as shared, Dropped};
use crate::store::runs::array;
use crate::store::{
    EndedRun, Lease, NewRun, RunStatus, Start, StartedRun, StateChange, StoreError, StoreLimits,
    StoredRun, ThreadKey,
};

pub(super) struct StartRun {
    pub thread: ThreadKey,
    pub run: NewRun,
    pub limits: StoreLimits,
    pub leases: Arc<Leases>,
}

pub(super) struct EndRun {
    lease: Lease,
    status: RunStatus,
    /// A JSON array.
    events: String,
    bytes: u64,
    messages: Vec<String>,
    state: Option<StateChange>,
    limits: StoreLimits,
    leases: Arc<Leases>,
    unswept: Arc<Unswept>,
}

/// Those of a thread, oldest first.
pub(super) struct LoadRuns {
    pub thread: ThreadKey,
    /// Only this one.
    pub number: Option<i64>,
    /// Whether with their events.
    pub events: bool,
}

impl Operation for StartRun {
    type Output = (Start, Vec<Dropped>);
    const DOING: &'static str = "noting that a run begins";

    fn run<'a>(
        &'a self,
        db: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, sqlx::Result<Self::Output>> {
        async move {
            if let Some(at) = self.going_on(db).await? {
                let left = left::claim(db, &self.leases, self.thread.clone(), at).await?;
                return Ok((Start::Left(Box::new(left)), Vec::new()));
            }
            let (thread, number) = self.number(db).await?;
            let fence = self.insert(db, thread, number).await?;
            let asked = &self.run.messages;
            let new = messages::add(db, thread, number, asked).await?;
            let had = asked.iter().filter(|id| !new.contains(*id));
            let started = StartedRun {
                lease: Lease {
                    thread: self.thread.clone(),
                    number: number.unsigned_abs(),
                    fence: fence.unsigned_abs(),
                },
                known: had.cloned().collect(),
            };
            // Before the commit: from then on it is somebody's.
            self.leases.hold(fence);
            let key = state_key(&self.thread, &self.run.agent);
            let dropped = limits::enforce(db, &self.limits, Some(thread), &key).await?;
            Ok((Start::Started(started), dropped))
        }
        .boxed()
    }
}

impl StartRun {
    /// The run that has the thread: one of this process's that it has forgotten, or that an earlier one left.
    async fn going_on(&self, db: &mut SqliteConnection) -> sqlx::Result<Option<(i64, i64)>> {
        sqlx::query_as(
            "SELECT thread, number FROM threads JOIN runs USING (thread) \
             WHERE owner = ? AND thread_id = ? AND status = 'running' ORDER BY number LIMIT 1",
        )
        .bind(self.thread.owner.as_str())
        .bind(&self.thread.id)
        .fetch_optional(db)
        .await
    }

    /// The thread, made if it is not there, and the run's number in it.
    async fn number(&self, db: &mut SqliteConnection) -> sqlx::Result<(i64, i64)> {
        sqlx::query_as(
            "INSERT INTO threads (owner, thread_id, agent, archived, created_at_ms, updated_at_ms, runs, bytes) \
             VALUES (?1, ?2, ?3, 0, ?4, ?4, 1, 0) \
             ON CONFLICT (owner, thread_id) DO UPDATE SET agent = excluded.agent, \
             updated_at_ms = max(updated_at_ms, excluded.updated_at_ms), runs = runs + 1 \
             RETURNING thread, runs",
        )
        .bind(self.thread.owner.as_str())
        .bind(&self.thread.id)
        .bind(&self.run.agent)
        .bind(now())
        .fetch_one(db)
        .await
    }

    /// The run's fence.
    async fn insert(
        &self,
        db: &mut SqliteConnection,
        thread: i64,
        number: i64,
    ) -> sqlx::Result<i64> {
        sqlx::query_scalar(
            "UPDATE totals SET fences = fences + 1; \
             INSERT INTO runs (thread, number, run_id, agent, parent, status, started_at_ms, bytes, fence) \
             SELECT ?1, ?2, ?3, ?4, ?5, 'running', ?6, 0, fences FROM totals RETURNING fence",
        )
        .bind(thread)
        .bind(number)
        .bind(&self.run.id)
        .bind(&self.run.agent)
        .bind(&self.run.parent)
        .bind(now())
        .fetch_one(db)
        .await
    }
}

impl EndRun {
    pub(super) fn new(
        lease: Lease,
        run: &EndedRun,
        limits: StoreLimits,
        leases: Arc<Leases>,
        unswept: Arc<Unswept>,
    ) -> Self {
        Self {
            leases,
            unswept,
            lease,
            status: run.status,
            bytes: shared::bytes(&run.events),
            events: array(&run.events),
            messages: run.messages.clone(),
            state: run.state.clone().and_then(StateChange::keepable),
            limits,
        }
    }

    /// The run's thread and agent, if it was going on and still holds the thread.
    async fn end(&self, db: &mut SqliteConnection) -> sqlx::Result<Option<(i64, String)>> {
        // All rows: dropped after the first, the second statement would not run.
        sqlx::query_as(
            "UPDATE runs SET status = ?1, ended_at_ms = ?2, events = ?3, bytes = ?4 \
             WHERE fence = ?5 AND status = 'running' \
             AND thread = (SELECT thread FROM threads WHERE owner = ?6 AND thread_id = ?7) RETURNING thread, agent; \
             UPDATE threads SET updated_at_ms = max(updated_at_ms, ?2), bytes = bytes + ?4 \
             WHERE owner = ?6 AND thread_id = ?7 AND changes() > 0",
        )
        .bind(self.status.name())
        .bind(now())
        .bind(&self.events)
        .bind(self.bytes.cast_signed())
        .bind(self.lease.fence.cast_signed())
        .bind(self.lease.thread.owner.as_str())
        .bind(&self.lease.thread.id)
        .fetch_all(db)
        .await
        .map(|mut ended| ended.pop())
    }
}

impl Operation for EndRun {
    type Output = Result<Vec<Dropped>, StoreError>;
    const DOING: &'static str = "saving a run";

    fn run<'a>(
        &'a self,
        db: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, sqlx::Result<Self::Output>> {
        async move {
            let Some((thread, agent)) = self.end(db).await? else {
                return Ok(Err(StoreError::Fenced));
            };
            if self.leases.is_last(self.lease.fence.cast_signed()) {
                self.unswept.sweep(db).await?;
            }
            let key = state_key(&self.lease.thread, &agent);
            let number = self.lease.number.cast_signed();
            match self.messages.is_empty() {
                true => messages::forget(db, thread, number).await?,
                false => {
                    messages::add(db, thread, number, &self.messages).await?;
                }
            }
            if let Some(change) = &self.state {
                states::change(db, &key, change, &self.limits).await?;
            }
            limits::enforce(db, &self.limits, Some(thread), &key)
                .await
                .map(Ok)
        }
        .boxed()
    }
}

impl Operation for LoadRuns {
    type Output = Vec<StoredRun>;
    const DOING: &'static str = "loading a thread's runs";

    fn run<'a>(
        &'a self,
        db: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, sqlx::Result<Self::Output>> {
        async move {
            let mut query = sqlx::query(AssertSqlSafe(self.query()))
                .bind(self.thread.owner.as_str())
                .bind(&self.thread.id);
            if let Some(number) = self.number {
                query = query.bind(number);
            }
            let rows = query.fetch_all(&mut *db).await?;
            let mut runs = Vec::with_capacity(rows.len());
            for row in &rows {
                runs.push(match self.events {
                    true => rows::run_so_far(db, row).await?,
                    false => rows::run(row)?,
                });
            }
            Ok(runs)
        }
        .boxed()
    }
}

impl LoadRuns {
    fn query(&self) -> String {
        let events = match self.events {
            true => "events",
            false => "NULL AS events",
        };
        let number = match self.number {
            Some(_) => "AND number = ? ",
            None => "",
        };
        format!(
            "SELECT {RUN}, {events} FROM threads JOIN runs USING (thread) \
             WHERE owner = ? AND thread_id = ? {number}ORDER BY number"
        )
    }
}
