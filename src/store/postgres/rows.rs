//! How rows are read, for all that read them.

use std::sync::Arc;

use serde_json::value::RawValue;
use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::store::runs::raw;
use crate::store::{Owner, RunStatus, StateKey, StoredRun, Thread, ThreadKey};

/// The rows of one thread, or of its states: the first two arguments are its owner and its id.
macro_rules! of_thread {
    () => {
        "sha256(owner) = sha256($1) AND sha256(thread_id) = sha256($2)"
    };
}
pub(super) use of_thread;

/// A run from `threads JOIN runs`, without its events.
macro_rules! run_columns {
    () => {
        "runs.thread, runs.number, run_id, runs.agent, parent, status, started_at_ms, ended_at_ms"
    };
}
pub(super) use run_columns;

/// What a run has said from a sequence number on, as two arrays: the batches, and the number of each one's first event.
macro_rules! said_columns {
    ($from:literal) => {
        concat!(
            "ARRAY(SELECT first FROM run_events AS said WHERE said.thread = runs.thread AND said.number = runs.number \
             AND first + count > ",
            $from,
            " ORDER BY first) AS firsts, \
             ARRAY(SELECT said.events FROM run_events AS said WHERE said.thread = runs.thread AND said.number = runs.number \
             AND first + count > ",
            $from,
            " ORDER BY first) AS said"
        )
    };
}
pub(super) use said_columns;

/// The run of a row of [`run_columns`] with the column `events`, and for one that goes on [`said_columns`].
pub(super) fn run(row: &PgRow) -> sqlx::Result<StoredRun> {
    let status = status(row)?;
    let events: Option<&str> = row.try_get("events")?;
    Ok(StoredRun {
        number: row.try_get::<i64, _>("number")?.unsigned_abs(),
        id: text(row, "run_id")?,
        agent: text(row, "agent")?,
        parent: optional_text(row, "parent")?,
        status,
        started_at_ms: row.try_get("started_at_ms")?,
        ended_at_ms: row.try_get("ended_at_ms")?,
        events: match (events, status) {
            (Some(events), _) => raw(events).map_err(|error| decode("events", error))?.into(),
            (None, RunStatus::Running) => said(row, 0)?.into(),
            (None, _) => Arc::default(),
        },
    })
}

/// The events of [`said_columns`], from one on.
pub(super) fn said(row: &PgRow, from: u64) -> sqlx::Result<Vec<Box<RawValue>>> {
    let firsts: Option<Vec<i64>> = row.try_get("firsts")?;
    let said: Option<Vec<String>> = row.try_get("said")?;
    let batches = firsts.iter().flatten().zip(said.iter().flatten());
    let (mut events, mut next) = (Vec::new(), from);
    for (first, array) in batches {
        let batch = raw(array).map_err(|error| decode("events", error))?;
        let known = next.saturating_sub(first.unsigned_abs());
        let known = usize::try_from(known).unwrap_or(usize::MAX);
        events.extend(batch.into_iter().skip(known));
        next = from + events.len() as u64;
    }
    Ok(events)
}

pub(super) fn status(row: &PgRow) -> sqlx::Result<RunStatus> {
    let name = row.try_get("status")?;
    let unknown = || decode("status", format!("unknown status {name:?}"));
    RunStatus::of_name(name).ok_or_else(unknown)
}

pub(super) fn thread(row: &PgRow) -> sqlx::Result<Thread> {
    Ok(Thread {
        id: text(row, "thread_id")?,
        agent: text(row, "agent")?,
        name: optional_text(row, "name")?,
        archived: row.try_get("archived")?,
        created_at_ms: row.try_get("created_at_ms")?,
        updated_at_ms: row.try_get("updated_at_ms")?,
    })
}

/// Of the columns `owner` and `thread_id`.
pub(super) fn thread_key(row: &PgRow) -> sqlx::Result<ThreadKey> {
    Ok(ThreadKey {
        owner: Owner::new(text(row, "owner")?),
        id: text(row, "thread_id")?,
    })
}

pub(super) fn state_key(thread: &ThreadKey, agent: &str) -> StateKey {
    StateKey {
        owner: thread.owner.clone(),
        thread_id: thread.id.clone(),
        agent_name: agent.to_owned(),
    }
}

/// An id or a name, which is kept as bytes.
pub(super) fn text(row: &PgRow, column: &str) -> sqlx::Result<String> {
    utf8(column, row.try_get(column)?)
}

pub(super) fn optional_text(row: &PgRow, column: &str) -> sqlx::Result<Option<String>> {
    let bytes: Option<Vec<u8>> = row.try_get(column)?;
    bytes.map(|bytes| utf8(column, bytes)).transpose()
}

pub(super) fn utf8(column: &str, bytes: Vec<u8>) -> sqlx::Result<String> {
    String::from_utf8(bytes).map_err(|error| decode(column, error))
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
