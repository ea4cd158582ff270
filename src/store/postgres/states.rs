//! Agent states in SQL.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::de::DeserializeOwned;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

use super::database::{Failure, Operation};
use super::rows::{decode, of_thread};
use super::{limits, threads};
use crate::store::limits::{self as shared, Dropped};
use crate::store::{AgentState, StateChange, StateKey, StoreLimits, change};

/// The rows of one state: the third argument is the agent's name.
macro_rules! of_state {
    () => {
        concat!(of_thread!(), " AND sha256(agent_name) = sha256($3)")
    };
}

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
    const TRANSACTION: bool = false;

    fn run<'a>(&'a self, db: &'a mut PgConnection) -> BoxFuture<'a, Result<Self::Output, Failure>> {
        async move {
            let row = sqlx::query(concat!("SELECT * FROM agent_states WHERE ", of_state!()))
                .bind(self.0.owner.as_str().as_bytes())
                .bind(self.0.thread_id.as_bytes())
                .bind(self.0.agent_name.as_bytes())
                .fetch_optional(db)
                .await?;
            Ok(row.as_ref().map(read).transpose()?)
        }
        .boxed()
    }
}

impl Operation for ChangeState {
    type Output = (AgentState, Vec<Dropped>);
    const DOING: &'static str = "saving an agent state";
    const TRANSACTION: bool = true;

    fn run<'a>(&'a self, db: &'a mut PgConnection) -> BoxFuture<'a, Result<Self::Output, Failure>> {
        async move {
            let after = change(db, &self.key, &self.change, self.expected, &self.limits).await?;
            let thread = threads::number(db, &self.key).await?;
            let dropped = limits::enforce(db, &self.limits, thread, &self.key).await?;
            Ok((after, dropped))
        }
        .boxed()
    }
}

impl Operation for LoadVersions {
    type Output = Vec<AgentState>;
    const DOING: &'static str = "loading the versions of an agent state";
    const TRANSACTION: bool = false;

    fn run<'a>(&'a self, db: &'a mut PgConnection) -> BoxFuture<'a, Result<Self::Output, Failure>> {
        async move {
            let rows = sqlx::query(concat!(
                "SELECT state_versions.state, '[]' AS messages, state_versions.version, state_versions.updated_at_ms \
                 FROM agent_states JOIN state_versions USING (agent_state) WHERE ",
                of_state!(),
                " ORDER BY state_versions.version DESC LIMIT $4"
            ))
            .bind(self.key.owner.as_str().as_bytes())
            .bind(self.key.thread_id.as_bytes())
            .bind(self.key.agent_name.as_bytes())
            .bind(i64::try_from(self.most).unwrap_or(i64::MAX))
            .fetch_all(db)
            .await?;
            Ok(rows.iter().map(read).collect::<sqlx::Result<_>>()?)
        }
        .boxed()
    }
}

impl Operation for DeleteState {
    type Output = bool;
    const DOING: &'static str = "deleting an agent state";
    const TRANSACTION: bool = true;

    fn run<'a>(&'a self, db: &'a mut PgConnection) -> BoxFuture<'a, Result<Self::Output, Failure>> {
        async move { Ok(delete(db, &self.0).await?) }.boxed()
    }
}

/// Deletes one state; whether it was there.
pub(super) async fn delete(db: &mut PgConnection, key: &StateKey) -> sqlx::Result<bool> {
    let done = sqlx::query(concat!("DELETE FROM agent_states WHERE ", of_state!()))
        .bind(key.owner.as_str().as_bytes())
        .bind(key.thread_id.as_bytes())
        .bind(key.agent_name.as_bytes())
        .execute(db)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Applies a change, for the version that is expected if one is, and gives the state after it.
pub(super) async fn change(
    db: &mut PgConnection,
    key: &StateKey,
    change: &StateChange,
    expected: Option<u64>,
    limits: &StoreLimits,
) -> Result<AgentState, Failure> {
    loop {
        let Some((number, now, before)) = take(db, key).await? else {
            change::expect(None, expected)?;
            let after = change::apply(None, change, 0);
            if let Some(now) = insert(db, key, &after).await? {
                return Ok(AgentState {
                    updated_at_ms: now,
                    ..after
                });
            }
            // Somebody else was first: the change is of theirs.
            continue;
        };
        change::expect(Some(&before), expected)?;
        let after = change::apply(Some(before.clone()), change, now);
        if before.state != after.state {
            add_version(db, number, &before, limits.versions()).await?;
        }
        update(db, number, key, &after).await?;
        return Ok(after);
    }
}

/// Takes the state until the transaction's end: its number in the tables, the time, and what it is.
async fn take(
    db: &mut PgConnection,
    key: &StateKey,
) -> sqlx::Result<Option<(i64, i64, AgentState)>> {
    let row = sqlx::query(concat!(
        "SELECT *, now_ms() AS now FROM agent_states WHERE ",
        of_state!(),
        " FOR NO KEY UPDATE"
    ))
    .bind(key.owner.as_str().as_bytes())
    .bind(key.thread_id.as_bytes())
    .bind(key.agent_name.as_bytes())
    .fetch_optional(db)
    .await?;
    let taken = |row: &PgRow| Ok((row.try_get("agent_state")?, row.try_get("now")?, read(row)?));
    row.as_ref().map(taken).transpose()
}

/// Keeps a state that was changed, and so many of its versions in all.
async fn add_version(
    db: &mut PgConnection,
    number: i64,
    state: &AgentState,
    most: usize,
) -> sqlx::Result<()> {
    if most > 0 {
        sqlx::query("INSERT INTO state_versions VALUES ($1, $2, $3, $4)")
            .bind(number)
            .bind(state.version.cast_signed())
            .bind(text(&state.state)?)
            .bind(state.updated_at_ms)
            .execute(&mut *db)
            .await?;
    }
    sqlx::query(
        "DELETE FROM state_versions WHERE agent_state = $1 AND version <= \
         (SELECT version FROM state_versions WHERE agent_state = $1 ORDER BY version DESC LIMIT 1 OFFSET $2)",
    )
    .bind(number)
    .bind(i64::try_from(most).unwrap_or(i64::MAX))
    .execute(db)
    .await?;
    Ok(())
}

pub(super) fn read(row: &PgRow) -> sqlx::Result<AgentState> {
    Ok(AgentState {
        state: json(row, "state")?,
        messages: json(row, "messages")?,
        version: row.try_get::<i64, _>("version")?.unsigned_abs(),
        updated_at_ms: row.try_get("updated_at_ms")?,
    })
}

/// The time at which it was added; nothing if there is one already.
async fn insert(
    db: &mut PgConnection,
    key: &StateKey,
    state: &AgentState,
) -> sqlx::Result<Option<i64>> {
    let (json, messages) = (text(&state.state)?, text(&state.messages)?);
    let bytes = shared::state_bytes(key, &json, &messages);
    sqlx::query_scalar(concat!(
        "INSERT INTO agent_states (owner, thread_id, agent_name, state, messages, version, bytes, updated_at_ms, loose) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, now_ms(), NOT EXISTS (SELECT 1 FROM threads WHERE ",
        of_thread!(),
        ")) ON CONFLICT DO NOTHING RETURNING updated_at_ms"
    ))
    .bind(key.owner.as_str().as_bytes())
    .bind(key.thread_id.as_bytes())
    .bind(key.agent_name.as_bytes())
    .bind(json)
    .bind(messages)
    .bind(state.version.cast_signed())
    .bind(bytes.cast_signed())
    .fetch_optional(db)
    .await
}

async fn update(
    db: &mut PgConnection,
    number: i64,
    key: &StateKey,
    state: &AgentState,
) -> sqlx::Result<()> {
    let (json, messages) = (text(&state.state)?, text(&state.messages)?);
    let bytes = shared::state_bytes(key, &json, &messages);
    sqlx::query(concat!(
        "UPDATE agent_states SET state = $3, messages = $4, version = $5, updated_at_ms = $6, bytes = $7 + \
         (SELECT coalesce(sum(octet_length(state_versions.state)), 0) FROM state_versions WHERE agent_state = $8), \
         loose = NOT EXISTS (SELECT 1 FROM threads WHERE ",
        of_thread!(),
        ") WHERE agent_state = $8"
    ))
    .bind(key.owner.as_str().as_bytes())
    .bind(key.thread_id.as_bytes())
    .bind(json)
    .bind(messages)
    .bind(state.version.cast_signed())
    .bind(state.updated_at_ms)
    .bind(bytes.cast_signed())
    .bind(number)
    .execute(db)
    .await?;
    Ok(())
}

pub(super) fn json<T: DeserializeOwned>(row: &PgRow, column: &str) -> sqlx::Result<T> {
    serde_json::from_str(row.try_get(column)?).map_err(|error| decode(column, error))
}

pub(super) fn text(value: &impl serde::Serialize) -> sqlx::Result<String> {
    serde_json::to_string(value).map_err(|source| sqlx::Error::Encode(source.into()))
}
