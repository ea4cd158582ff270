//! How rows are read, for all that read them.

use std::sync::Arc;

use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::events;
use crate::store::runs::raw;
use crate::store::{Owner, RunStatus, StateKey, StoredRun, Thread, ThreadKey};

/// A run, its thread's number and its fence, from `runs JOIN threads`; whose events come last.
pub(super) const RUN: &str = "thread, number, run_id, runs.agent AS agent, parent, status, started_at_ms, ended_at_ms, \
                              fence";

/// The run of a row of [`RUN`] with the column `events`; those of a run that goes on are elsewhere.
pub(super) fn run(row: &SqliteRow) -> sqlx::Result<StoredRun> {
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
            Some(events) => raw(events).map_err(|error| decode("events", error))?.into(),
            None => Arc::default(),
        },
    })
}

/// The run with what it has said so far, if it goes on.
pub(super) async fn run_so_far(
    db: &mut SqliteConnection,
    row: &SqliteRow,
) -> sqlx::Result<StoredRun> {
    let mut run = run(row)?;
    let fence: Option<i64> = row.try_get("fence")?;
    if let (RunStatus::Running, Some(fence)) = (run.status, fence) {
        run.events = events::of_run(db, fence, 0).await?.into();
    }
    Ok(run)
}

pub(super) fn thread(row: &SqliteRow) -> sqlx::Result<Thread> {
    Ok(Thread {
        id: row.try_get("thread_id")?,
        agent: row.try_get("agent")?,
        name: row.try_get("name")?,
        archived: row.try_get("archived")?,
        created_at_ms: row.try_get("created_at_ms")?,
        updated_at_ms: row.try_get("updated_at_ms")?,
    })
}

/// Of the columns `owner` and `thread_id`.
pub(super) fn thread_key(row: &SqliteRow) -> sqlx::Result<ThreadKey> {
    Ok(ThreadKey {
        owner: Owner::new(row.try_get::<String, _>("owner")?),
        id: row.try_get("thread_id")?,
    })
}

pub(super) fn state_key(thread: &ThreadKey, agent: &str) -> StateKey {
    StateKey {
        owner: thread.owner.clone(),
        thread_id: thread.id.clone(),
        agent_name: agent.to_owned(),
    }
}

fn status(name: &str) -> sqlx::Result<RunStatus> {
    let unknown = || decode("status", format!("unknown status {name:?}"));
    RunStatus::of_name(name).ok_or_else(unknown)
}

pub(super) fn decode(
    column: &str,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> sqlx::Error {
    sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: source.into(),
    }
}
