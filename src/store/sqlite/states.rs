//! Agent states in SQL.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::de::DeserializeOwned;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::{Operation, now};
use crate::store::{AgentState, StateChange, StateKey, change};

pub(super) struct LoadState(pub StateKey);

pub(super) struct ChangeState {
    pub key: StateKey,
    pub change: StateChange,
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
    type Output = AgentState;
    const DOING: &'static str = "saving an agent state";

    fn run<'a>(
        &'a self,
        db: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, sqlx::Result<Self::Output>> {
        change(db, &self.key, &self.change).boxed()
    }
}

impl Operation for DeleteState {
    type Output = bool;
    const DOING: &'static str = "deleting an agent state";

    fn run<'a>(
        &'a self,
        db: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, sqlx::Result<Self::Output>> {
        async move {
            let done = sqlx::query(
                "DELETE FROM agent_states WHERE owner = ? AND thread_id = ? AND agent_name = ?",
            )
            .bind(self.0.owner.as_str())
            .bind(&self.0.thread_id)
            .bind(&self.0.agent_name)
            .execute(db)
            .await?;
            Ok(done.rows_affected() > 0)
        }
        .boxed()
    }
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
    sqlx::query(
        "INSERT INTO agent_states (owner, thread_id, agent_name, state, messages, version, updated_at_ms) \
         VALUES (?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT (owner, thread_id, agent_name) DO UPDATE SET state = excluded.state, \
         messages = excluded.messages, version = excluded.version, updated_at_ms = excluded.updated_at_ms",
    )
    .bind(key.owner.as_str())
    .bind(&key.thread_id)
    .bind(&key.agent_name)
    .bind(text(&state.state)?)
    .bind(text(&state.messages)?)
    .bind(state.version.cast_signed())
    .bind(state.updated_at_ms)
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
