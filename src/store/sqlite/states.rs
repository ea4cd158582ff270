//! Agent states in SQL.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::de::DeserializeOwned;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::{Operation, limits, now, threads};
use crate::store::limits::{self as shared, Dropped};
use crate::store::{AgentState, StateChange, StateKey, StoreLimits, change};

pub(super) struct LoadState(pub StateKey);

pub(super) struct ChangeState {
    pub key: StateKey,
    pub change: StateChange,
    pub limits: StoreLimits,
}

pub(super) struct DeleteState(pub StateKey);

impl Operation for LoadState {
    type Output = Option<AgentState>;
    const DOING: &'static str = "loading an agent state";

    fn run<'a>(
        &'a self,
        db: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, sqlx::Result<Self::Output>> {
        select(db, &self.0).boxed()
    }
}

impl Operation for ChangeState {
    type Output = (AgentState, Vec<Dropped>);
    const DOING: &'static str = "saving an agent state";

    fn run<'a>(
        &'a self,
        db: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, sqlx::Result<Self::Output>> {
        async move {
            let after = change(db, &self.key, &self.change).await?;
            let thread = threads::number(db, &self.key).await?;
            let dropped = limits::enforce(db, &self.limits, thread, &self.key).await?;
            Ok((after, dropped))
        }
        .boxed()
    }
}

impl Operation for DeleteState {
    type Output = bool;
    const DOING: &'static str = "deleting an agent state";

    fn run<'a>(
        &'a self,
        db: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, sqlx::Result<Self::Output>> {
        delete(db, &self.0).boxed()
    }
}

/// Deletes one state; whether it was there.
pub(super) async fn delete(db: &mut SqliteConnection, key: &StateKey) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "DELETE FROM agent_states WHERE owner = ? AND thread_id = ? AND agent_name = ?",
    )
    .bind(key.owner.as_str())
    .bind(&key.thread_id)
    .bind(&key.agent_name)
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Applies a change and gives the state after it.
pub(super) async fn change(
    db: &mut SqliteConnection,
    key: &StateKey,
    change: &StateChange,
) -> sqlx::Result<AgentState> {
    let before = select(db, key).await?;
    let after = change::apply(before, change, now());
    upsert(db, key, &after).await?;
    Ok(after)
}

async fn select(db: &mut SqliteConnection, key: &StateKey) -> sqlx::Result<Option<AgentState>> {
    sqlx::query(
        "SELECT state, messages, version, updated_at_ms FROM agent_states \
         WHERE owner = ? AND thread_id = ? AND agent_name = ?",
    )
    .bind(key.owner.as_str())
    .bind(&key.thread_id)
    .bind(&key.agent_name)
    .fetch_optional(db)
    .await?
    .map(|row| {
        Ok(AgentState {
            state: json(&row, "state")?,
            messages: json(&row, "messages")?,
            version: row.try_get::<i64, _>("version")?.unsigned_abs(),
            updated_at_ms: row.try_get("updated_at_ms")?,
        })
    })
    .transpose()
}

async fn upsert(db: &mut SqliteConnection, key: &StateKey, state: &AgentState) -> sqlx::Result<()> {
    let (json, messages) = (text(&state.state)?, text(&state.messages)?);
    let bytes = shared::state_bytes(key, &json, &messages);
    sqlx::query(
        "INSERT INTO agent_states \
         (owner, thread_id, agent_name, state, messages, version, updated_at_ms, bytes, loose) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, \
         NOT EXISTS (SELECT 1 FROM threads WHERE owner = ?1 AND thread_id = ?2)) \
         ON CONFLICT (owner, thread_id, agent_name) DO UPDATE SET state = excluded.state, \
         messages = excluded.messages, version = excluded.version, updated_at_ms = excluded.updated_at_ms, \
         bytes = excluded.bytes",
    )
    .bind(key.owner.as_str())
    .bind(&key.thread_id)
    .bind(&key.agent_name)
    .bind(json)
    .bind(messages)
    .bind(state.version.cast_signed())
    .bind(state.updated_at_ms)
    .bind(bytes.cast_signed())
    .execute(db)
    .await?;
    Ok(())
}

fn json<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> sqlx::Result<T> {
    serde_json::from_str(row.try_get(column)?).map_err(|source| sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: source.into(),
    })
}

fn text(value: &impl serde::Serialize) -> sqlx::Result<String> {
    serde_json::to_string(value).map_err(|source| sqlx::Error::Encode(source.into()))
}
