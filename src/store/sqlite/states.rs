//! Agent states in SQL.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::de::DeserializeOwned;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::rows::decode;
use super::script::Script;
use super::{Operation, limits, now, threads};
use crate::store::limits::{self as shared, Dropped};
use crate::store::{AgentState, StateChange, StateKey, StoreError, StoreLimits, change};

pub(super) struct LoadState(pub StateKey);

pub(super) struct ChangeState {
    pub key: StateKey,
    pub change: StateChange,
    pub expected: Option<u64>,
    pub limits: StoreLimits,
}

pub(super) struct LoadVersions {
    pub key: StateKey,
    pub most: usize,
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
    type Output = Result<(AgentState, Vec<Dropped>), StoreError>;
    const DOING: &'static str = "saving an agent state";

    fn run<'a>(
        &'a self,
        db: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, sqlx::Result<Self::Output>> {
        async move {
            if self.expected.is_some() {
                let before = select(db, &self.key).await?;
                if let Err(conflict) = change::expect(before.as_ref(), self.expected) {
                    return Ok(Err(conflict));
                }
            }
            let after = change(db, &self.key, &self.change, &self.limits).await?;
            let thread = threads::number(db, &self.key).await?;
            let dropped = limits::enforce(db, &self.limits, thread, &self.key).await?;
            Ok(Ok((after, dropped)))
        }
        .boxed()
    }
}

impl Operation for LoadVersions {
    type Output = Vec<AgentState>;
    const DOING: &'static str = "loading the versions of an agent state";

    fn run<'a>(
        &'a self,
        db: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, sqlx::Result<Self::Output>> {
        versions(db, &self.key, self.most).boxed()
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
    limits: &StoreLimits,
) -> sqlx::Result<AgentState> {
    let before = select(db, key).await?;
    let mut script = Script::default();
    let after = change_from(&mut script, key, before, change, limits)?;
    script.run(db).await?;
    Ok(after)
}

/// As [`change`], with the state that is there.
pub(super) fn change_from(
    script: &mut Script,
    key: &StateKey,
    before: Option<AgentState>,
    change: &StateChange,
    limits: &StoreLimits,
) -> sqlx::Result<AgentState> {
    let after = change::apply(before.clone(), change, now());
    if let Some(before) = before.filter(|before| before.state != after.state) {
        add_version(script, key, &before, limits.versions())?;
    }
    upsert(script, key, &after)?;
    Ok(after)
}

/// Earlier versions of a state, newest first.
pub(super) async fn versions(
    db: &mut SqliteConnection,
    key: &StateKey,
    most: usize,
) -> sqlx::Result<Vec<AgentState>> {
    let rows = sqlx::query(
        "SELECT state, '[]' AS messages, version, updated_at_ms FROM state_versions \
         WHERE owner = ? AND thread_id = ? AND agent_name = ? ORDER BY version DESC LIMIT ?",
    )
    .bind(key.owner.as_str())
    .bind(&key.thread_id)
    .bind(&key.agent_name)
    .bind(i64::try_from(most).unwrap_or(i64::MAX))
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// Keeps a state that was changed, and so many of its versions in all.
pub(super) fn add_version(
    script: &mut Script,
    key: &StateKey,
    state: &AgentState,
    most: usize,
) -> sqlx::Result<()> {
    let json = text(&state.state)?;
    if most > 0 {
        of(
            script.then("INSERT INTO state_versions VALUES (?, ?, ?, ?, ?, ?)"),
            key,
        )
        .bind(state.version.cast_signed())
        .bind(json)
        .bind(state.updated_at_ms);
    }
    let old = script.then(
        "DELETE FROM state_versions WHERE owner = ? AND thread_id = ? AND agent_name = ? AND version <= \
         (SELECT version FROM state_versions WHERE owner = ? AND thread_id = ? AND agent_name = ? \
         ORDER BY version DESC LIMIT 1 OFFSET ?)",
    );
    of(of(old, key), key).bind(i64::try_from(most).unwrap_or(i64::MAX));
    Ok(())
}

/// Binds owner, thread and agent.
fn of<'s>(script: &'s mut Script, key: &StateKey) -> &'s mut Script {
    script
        .bind(key.owner.as_str())
        .bind(&key.thread_id)
        .bind(&key.agent_name)
}

pub(super) async fn select(
    db: &mut SqliteConnection,
    key: &StateKey,
) -> sqlx::Result<Option<AgentState>> {
    sqlx::query(
        "SELECT state, messages, version, updated_at_ms FROM agent_states \
         WHERE owner = ? AND thread_id = ? AND agent_name = ?",
    )
    .bind(key.owner.as_str())
    .bind(&key.thread_id)
    .bind(&key.agent_name)
    .fetch_optional(db)
    .await?
    .as_ref()
    .map(read)
    .transpose()
}

/// From a row of `agent_states`.
pub(super) fn read(row: &SqliteRow) -> sqlx::Result<AgentState> {
    Ok(AgentState {
        state: json(row, "state")?,
        messages: json(row, "messages")?,
        version: row.try_get::<i64, _>("version")?.unsigned_abs(),
        updated_at_ms: row.try_get("updated_at_ms")?,
    })
}

/// Writes a state as it is.
pub(super) fn upsert(script: &mut Script, key: &StateKey, state: &AgentState) -> sqlx::Result<()> {
    let (json, messages) = (text(&state.state)?, text(&state.messages)?);
    let bytes = shared::state_bytes(key, &json, &messages);
    let insert = script.then(
        "INSERT INTO agent_states \
         (owner, thread_id, agent_name, state, messages, version, updated_at_ms, bytes, loose) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ? + \
         (SELECT coalesce(sum(length(CAST(state AS BLOB))), 0) FROM state_versions \
         WHERE owner = ? AND thread_id = ? AND agent_name = ?), \
         NOT EXISTS (SELECT 1 FROM threads WHERE owner = ? AND thread_id = ?)) \
         ON CONFLICT (owner, thread_id, agent_name) DO UPDATE SET state = excluded.state, \
         messages = excluded.messages, version = excluded.version, updated_at_ms = excluded.updated_at_ms, \
         bytes = excluded.bytes",
    );
    let insert = of(insert, key)
        .bind(json)
        .bind(messages)
        .bind(state.version.cast_signed())
        .bind(state.updated_at_ms)
        .bind(bytes.cast_signed());
    of(insert, key)
        .bind(key.owner.as_str())
        .bind(&key.thread_id);
    Ok(())
}

fn json<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> sqlx::Result<T> {
    serde_json::from_str(row.try_get(column)?).map_err(|error| decode(column, error))
}

fn text(value: &impl serde::Serialize) -> sqlx::Result<String> {
    serde_json::to_string(value).map_err(|source| sqlx::Error::Encode(source.into()))
}
