//! Runs in SQL.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::value::RawValue;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::{Operation, limits, messages, now, states, threads};
use crate::store::limits::{self as shared, Dropped};
use crate::store::{
    EndedRun, NewRun, RunStatus, StartedRun, StateChange, StateKey, StoreLimits, StoredRun,
    ThreadKey,
};

pub(super) struct StartRun {
    pub thread: ThreadKey,
    pub run: NewRun,
    pub limits: StoreLimits,
}

pub(super) struct EndRun {
    thread: ThreadKey,
    number: u64,
    status: RunStatus,
    /// A JSON array.
    events: String,
    bytes: u64,
    messages: Vec<String>,
    state: Option<StateChange>,
    limits: StoreLimits,
}

pub(super) struct LoadRuns(pub ThreadKey);

/// Without their events.
pub(super) struct ListRuns(pub ThreadKey);

/// One, by its number.
pub(super) struct LoadRun(pub ThreadKey, pub i64);

impl Operation for StartRun {
    type Output = (StartedRun, Vec<Dropped>);
    const DOING: &'static str = "noting that a run begins";

    fn run<'a>(
        &'a self,
        db: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, sqlx::Result<Self::Output>> {
        async move {
            let (thread, number) = self.number(db).await?;
            self.insert(db, thread, number).await?;
            let asked = &self.run.messages;
            let new = messages::add(db, thread, number, asked).await?;
            let had = asked.iter().filter(|id| !new.contains(*id));
            let started = StartedRun {
                number: number.unsigned_abs(),
                known: had.cloned().collect(),
            };
            let key = state_key(&self.thread, &self.run.agent);
            let dropped = limits::enforce(db, &self.limits, Some(thread), &key).await?;
            Ok((started, dropped))
        }
        .boxed()
    }
}

impl StartRun {
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

    async fn insert(
        &self,
        db: &mut SqliteConnection,
        thread: i64,
        number: i64,
    ) -> sqlx::Result<()> {
        sqlx::query(
            "INSERT INTO runs (thread, number, run_id, agent, parent, status, started_at_ms, bytes) \
             VALUES (?, ?, ?, ?, ?, 'running', ?, 0)",
        )
        .bind(thread)
        .bind(number)
        .bind(&self.run.id)
        .bind(&self.run.agent)
        .bind(&self.run.parent)
        .bind(now())
        .execute(db)
        .await?;
        Ok(())
    }
}

impl EndRun {
    pub(super) fn new(thread: ThreadKey, number: u64, run: EndedRun, limits: StoreLimits) -> Self {
        Self {
            thread,
            number,
            status: run.status,
            bytes: shared::bytes(&run.events),
            events: array(&run.events),
            messages: run.messages,
            state: run.state.keepable(),
            limits,
        }
    }

    /// The run's thread and agent, if it was going on; or if it was given up as lost, and now comes after all.
    async fn end(&self, db: &mut SqliteConnection) -> sqlx::Result<Option<(i64, String)>> {
        sqlx::query_as(
            "UPDATE runs SET status = ?, ended_at_ms = ?, events = ?, bytes = ? \
             WHERE thread = (SELECT thread FROM threads WHERE owner = ? AND thread_id = ?) \
             AND number = ? AND (status = 'running' OR status = 'stopped' AND events IS NULL) RETURNING thread, agent",
        )
        .bind(name(self.status))
        .bind(now())
        .bind(&self.events)
        .bind(self.bytes.cast_signed())
        .bind(self.thread.owner.as_str())
        .bind(&self.thread.id)
        .bind(self.number.cast_signed())
        .fetch_optional(db)
        .await
    }
}

impl Operation for EndRun {
    type Output = Vec<Dropped>;
    const DOING: &'static str = "saving a run";

    fn run<'a>(
        &'a self,
        db: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, sqlx::Result<Self::Output>> {
        async move {
            let Some((thread, agent)) = self.end(db).await? else {
                let none = state_key(&self.thread, "");
                if threads::number(db, &none).await?.is_some() {
                    shared::log_lost(&self.thread, self.number);
                }
                return Ok(Vec::new());
            };
            sqlx::query(
                "UPDATE threads SET updated_at_ms = max(updated_at_ms, ?), bytes = bytes + ? WHERE thread = ?",
            )
            .bind(now())
            .bind(self.bytes.cast_signed())
            .bind(thread)
            .execute(&mut *db)
            .await?;
            let key = state_key(&self.thread, &agent);
            let number = self.number.cast_signed();
            match self.messages.is_empty() {
                true => messages::forget(db, thread, number).await?,
                false => {
                    messages::add(db, thread, number, &self.messages).await?;
                }
            }
            if let Some(change) = &self.state {
                states::change(db, &key, change).await?;
            }
            limits::enforce(db, &self.limits, Some(thread), &key).await
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
            let rows = sqlx::query(
                "SELECT number, run_id, runs.agent AS agent, parent, status, started_at_ms, ended_at_ms, events \
                 FROM threads JOIN runs USING (thread) WHERE owner = ? AND thread_id = ? ORDER BY number",
            )
            .bind(self.0.owner.as_str())
            .bind(&self.0.id)
            .fetch_all(db)
            .await?;
            rows.iter().map(stored).collect()
        }
        .boxed()
    }
}

impl Operation for ListRuns {
    type Output = Vec<StoredRun>;
    const DOING: &'static str = "listing a thread's runs";

    fn run<'a>(
        &'a self,
        db: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, sqlx::Result<Self::Output>> {
        async move {
            let rows = sqlx::query(
                "SELECT number, run_id, runs.agent AS agent, parent, status, started_at_ms, ended_at_ms, NULL AS events \
                 FROM threads JOIN runs USING (thread) WHERE owner = ? AND thread_id = ? ORDER BY number",
            )
            .bind(self.0.owner.as_str())
            .bind(&self.0.id)
            .fetch_all(db)
            .await?;
            rows.iter().map(stored).collect()
        }
        .boxed()
    }
}

impl Operation for LoadRun {
    type Output = Option<StoredRun>;
    const DOING: &'static str = "loading a run";

    fn run<'a>(
        &'a self,
        db: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, sqlx::Result<Self::Output>> {
        async move {
            let row = sqlx::query(
                "SELECT number, run_id, runs.agent AS agent, parent, status, started_at_ms, ended_at_ms, events \
                 FROM threads JOIN runs USING (thread) WHERE owner = ? AND thread_id = ? AND number = ?",
            )
            .bind(self.0.owner.as_str())
            .bind(&self.0.id)
            .bind(self.1)
            .fetch_optional(db)
            .await?;
            row.as_ref().map(stored).transpose()
        }
        .boxed()
    }
}

/// Ends the runs of a process that died: nobody else will. Their messages are in no event, so they are new again.
/// How many there were.
pub(super) async fn stop_all(db: &mut SqliteConnection) -> sqlx::Result<u64> {
    sqlx::query(
        "DELETE FROM messages WHERE (thread, number) IN \
         (SELECT thread, number FROM runs WHERE status = 'running')",
    )
    .execute(&mut *db)
    .await?;
    let done =
        sqlx::query("UPDATE runs SET status = 'stopped', ended_at_ms = ? WHERE status = 'running'")
            .bind(now())
            .execute(db)
            .await?;
    Ok(done.rows_affected())
}

fn state_key(thread: &ThreadKey, agent: &str) -> StateKey {
    StateKey {
        owner: thread.owner.clone(),
        thread_id: thread.id.clone(),
        agent_name: agent.to_owned(),
    }
}

fn stored(row: &SqliteRow) -> sqlx::Result<StoredRun> {
    let events: Option<&str> = row.try_get("events")?;
    Ok(StoredRun {
        number: row.try_get::<i64, _>("number")?.unsigned_abs(),
        id: row.try_get("run_id")?,
        agent: row.try_get("agent")?,
        parent: row.try_get("parent")?,
        status: status(row.try_get("status")?)?,
        started_at_ms: row.try_get("started_at_ms")?,
        ended_at_ms: row.try_get("ended_at_ms")?,
        events: match events {
            Some(events) => serde_json::from_str::<Vec<_>>(events)
                .map_err(|error| decode("events", error))?
                .into(),
            None => Arc::default(),
        },
    })
}

fn array(events: &[Box<RawValue>]) -> String {
    let events: Vec<&str> = events.iter().map(|event| event.get()).collect();
    format!("[{}]", events.join(","))
}

fn name(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Running => "running",
        RunStatus::Completed => "completed",
        RunStatus::Failed => "failed",
        RunStatus::Stopped => "stopped",
    }
}

fn status(name: &str) -> sqlx::Result<RunStatus> {
    use serde::Deserialize;
    use serde::de::IntoDeserializer;
    let name = IntoDeserializer::<serde::de::value::Error>::into_deserializer(name);
    RunStatus::deserialize(name).map_err(|error| decode("status", error))
}

fn decode(column: &str, source: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: source.into(),
    }
}
