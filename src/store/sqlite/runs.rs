//! Runs in SQL: how they begin and end, and how they are read.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::{AssertSqlSafe, FromRow, Row, SqliteConnection};

use super::events::Unswept;
use super::leases::Leases;
use super::limits::Look;
use super::rows::{self, RUN, state_key};
use super::script::Script;
use super::{Operation, left, messages, now, states};
use crate::store::limits::{self as shared, Dropped};
use crate::store::runs::array;
use crate::store::{
    AgentState, EndedRun, Lease, NewRun, RunStatus, Start, StartedRun, StateChange, StoreError,
    StoreLimits, StoredRun, ThreadKey,
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
            let Some((thread, number, fence)) = self.insert(db).await? else {
                let at = self.going_on(db).await?;
                let left = left::claim(db, &self.leases, self.thread.clone(), at).await?;
                return Ok((Start::Left(Box::new(left)), Vec::new()));
            };
            let asked = &self.run.messages;
            let mut script = Script::default();
            messages::add(&mut script, thread, number, asked);
            Look::add(&mut script, &self.limits, Some(thread));
            let rows = script.run(&mut *db).await?;
            let new = messages::added(&rows)?;
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
            let look = Look::read(&rows)?;
            let dropped = look.enforce(db, &self.limits, Some(thread), &key).await?;
            Ok((Start::Started(started), dropped))
        }
        .boxed()
    }
}

impl StartRun {
    /// The run that has the thread: one of this process's that it has forgotten, or that an earlier one left.
    async fn going_on(&self, db: &mut SqliteConnection) -> sqlx::Result<(i64, i64)> {
        sqlx::query_as(
            "SELECT thread, number FROM threads JOIN runs USING (thread) \
             WHERE owner = ? AND thread_id = ? AND status = 'running' ORDER BY number LIMIT 1",
        )
        .bind(self.thread.owner.as_str())
        .bind(&self.thread.id)
        .fetch_one(db)
        .await
    }

    /// The thread, made if it is not there, the run's number in it and its fence; `None`, and nothing has changed, if
    /// a run has the thread.
    async fn insert(&self, db: &mut SqliteConnection) -> sqlx::Result<Option<(i64, i64, i64)>> {
        let (owner, id) = (self.thread.owner.as_str(), &self.thread.id);
        let mut script = Script::default();
        script
            .then(
                "INSERT INTO threads (owner, thread_id, agent, archived, created_at_ms, updated_at_ms, runs, bytes) \
                 VALUES (?, ?, ?, 0, ?, ?, 1, 0) \
                 ON CONFLICT (owner, thread_id) DO UPDATE SET agent = excluded.agent, \
                 updated_at_ms = max(updated_at_ms, excluded.updated_at_ms), runs = runs + 1 \
                 WHERE NOT EXISTS (SELECT 1 FROM runs WHERE runs.thread = threads.thread AND status = 'running')",
            )
            .bind(owner)
            .bind(id)
            .bind(&self.run.agent)
            .bind(now())
            .bind(now())
            .then("UPDATE totals SET fences = fences + 1")
            .then(
                "INSERT INTO runs (number, run_id, agent, parent, started_at_ms, thread, fence, bytes, status) \
                 SELECT runs, ?, ?, ?, ?, thread, fences, 0, 'running' FROM threads, totals \
                 WHERE owner = ? AND thread_id = ? AND NOT EXISTS \
                 (SELECT 1 FROM runs WHERE runs.thread = threads.thread AND status = 'running') \
                 RETURNING thread, number, fence",
            )
            .bind(&self.run.id)
            .bind(&self.run.agent)
            .bind(&self.run.parent)
            .bind(now())
            .bind(owner)
            .bind(id);
        let rows = script.run(db).await?;
        let ids = |row| <(i64, i64, i64)>::from_row(row);
        rows.first().map(ids).transpose()
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

    /// Ends it in its own row. The run's thread and agent, if it was going on and still holds the thread, and the agent's
    /// state.
    async fn end(&self, db: &mut SqliteConnection) -> sqlx::Result<Option<Held>> {
        let (owner, id) = (self.lease.thread.owner.as_str(), &self.lease.thread.id);
        let fence = self.lease.fence.cast_signed();
        let mut script = Script::default();
        script
            .then(
                "UPDATE runs SET status = ?, ended_at_ms = ?, events = ?, bytes = ? \
                 WHERE fence = ? AND status = 'running' \
                 AND thread = (SELECT thread FROM threads WHERE owner = ? AND thread_id = ?) RETURNING thread, agent",
            )
            .bind(self.status.name())
            .bind(now())
            .bind(&self.events)
            .bind(self.bytes.cast_signed())
            .bind(fence)
            .bind(owner)
            .bind(id)
            .then(
                "SELECT state, messages, version, updated_at_ms FROM agent_states WHERE owner = ? AND thread_id = ? \
                 AND agent_name = (SELECT runs.agent FROM runs JOIN threads USING (thread) \
                 WHERE owner = ? AND thread_id = ? AND number = ?)",
            )
            .bind(owner)
            .bind(id)
            .bind(owner)
            .bind(id)
            .bind(self.lease.number.cast_signed());
        let rows = script.run(db).await?;
        let mut rows = rows.iter();
        let Some(ended) = rows.next().filter(|row| row.columns().len() == 2) else {
            return Ok(None);
        };
        Ok(Some(Held {
            thread: ended.try_get("thread")?,
            agent: ended.try_get("agent")?,
            state: rows.next().map(states::read).transpose()?,
        }))
    }
}

/// What a run that ends had of its thread.
struct Held {
    thread: i64,
    agent: String,
    state: Option<AgentState>,
}

impl Operation for EndRun {
    type Output = Result<Vec<Dropped>, StoreError>;
    const DOING: &'static str = "saving a run";

    fn run<'a>(
        &'a self,
        db: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, sqlx::Result<Self::Output>> {
        async move {
            let Some(held) = self.end(db).await? else {
                return Ok(Err(StoreError::Fenced));
            };
            if self.leases.is_last_to_end(self.lease.fence.cast_signed()) {
                self.unswept.sweep(db).await?;
            }
            let (thread, number) = (held.thread, self.lease.number.cast_signed());
            let key = state_key(&self.lease.thread, &held.agent);
            let mut script = Script::default();
            script
                .then(
                    "UPDATE threads SET updated_at_ms = max(updated_at_ms, ?), bytes = bytes + ? WHERE thread = ?",
                )
                .bind(now())
                .bind(self.bytes.cast_signed())
                .bind(thread);
            match self.messages.is_empty() {
                true => messages::forget(&mut script, thread, number),
                false => messages::add(&mut script, thread, number, &self.messages),
            }
            if let Some(change) = &self.state {
                states::change_from(&mut script, &key, held.state, change, &self.limits)?;
            }
            Look::add(&mut script, &self.limits, Some(thread));
            let look = Look::read(&script.run(db).await?)?;
            let dropped = look.enforce(db, &self.limits, Some(thread), &key).await?;
            Ok(Ok(dropped))
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
