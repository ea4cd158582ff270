//! Threads in SQL.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::{PgConnection, Postgres, QueryBuilder};

use super::database::{Failure, Operation};
use super::rows::{of_thread, thread};
use crate::store::{Owner, StateKey, Thread, ThreadChange, ThreadFilter, ThreadKey, ThreadPage};

/// Threads that go in one transaction as an owner is cleared: it is done before its time is up.
const CLEARED_AT_ONCE: i64 = 1_000;

pub(super) struct LoadThread(pub ThreadKey);

pub(super) struct ListThreads {
    pub owner: Owner,
    pub filter: ThreadFilter,
}

pub(super) struct ChangeThread {
    pub thread: ThreadKey,
    pub change: ThreadChange,
}

pub(super) struct DeleteThread(pub ThreadKey);

/// Some of an owner's threads and all states; how many threads.
pub(super) struct ClearSome(pub Owner);

impl Operation for LoadThread {
    type Output = Option<Thread>;
    const DOING: &'static str = "loading a thread";
    const TRANSACTION: bool = false;

    fn run<'a>(&'a self, db: &'a mut PgConnection) -> BoxFuture<'a, Result<Self::Output, Failure>> {
        async move {
            let row = sqlx::query(concat!("SELECT * FROM threads WHERE ", of_thread!()))
                .bind(self.0.owner.as_str().as_bytes())
                .bind(self.0.id.as_bytes())
                .fetch_optional(db)
                .await?;
            Ok(row.as_ref().map(thread).transpose()?)
        }
        .boxed()
    }
}

impl Operation for ListThreads {
    type Output = ThreadPage;
    const DOING: &'static str = "listing threads";
    const TRANSACTION: bool = false;

    fn run<'a>(&'a self, db: &'a mut PgConnection) -> BoxFuture<'a, Result<Self::Output, Failure>> {
        async move {
            let rows = self.query().build().fetch_all(db).await?;
            let threads = rows.iter().map(thread).collect::<sqlx::Result<_>>()?;
            Ok(ThreadPage::cut(threads, &self.filter))
        }
        .boxed()
    }
}

impl ListThreads {
    fn query(&self) -> QueryBuilder<Postgres> {
        let mut query = QueryBuilder::new("");
        if !self.filter.archived {
            self.push(&mut query, "NOT archived");
            return query;
        }
        // As many of each kind: one list of both would need an index of its own.
        query.push("SELECT * FROM (");
        self.push(&mut query, "NOT archived");
        query.push(") AS listed UNION ALL SELECT * FROM (");
        self.push(&mut query, "archived");
        query.push(") AS archived");
        self.push_page(&mut query);
        query
    }

    /// Only the conditions that are there: each has an index that ends where the page does.
    fn push(&self, query: &mut QueryBuilder<Postgres>, kind: &str) {
        query.push("SELECT * FROM threads WHERE sha256(owner) = sha256(");
        query.push_bind(self.owner.as_str().as_bytes().to_vec());
        query.push(")");
        if let Some(agent) = &self.filter.agent {
            query.push(" AND sha256(agent) = sha256(");
            query.push_bind(agent.as_bytes().to_vec()).push(")");
        }
        query.push(" AND ").push(kind);
        if let Some(after) = &self.filter.after {
            // The first is what the index knows.
            query.push(" AND updated_at_ms <= ");
            query.push_bind(after.updated_at_ms);
            query.push(" AND (updated_at_ms, thread_id) < (");
            query.push_bind(after.updated_at_ms).push(", ");
            query.push_bind(after.id.as_bytes().to_vec()).push(")");
        }
        self.push_page(query);
    }

    fn push_page(&self, query: &mut QueryBuilder<Postgres>) {
        // One more than asked tells whether there is a next page.
        let rows = i64::try_from(self.filter.limit.max(1)).unwrap_or(i64::MAX);
        query.push(" ORDER BY updated_at_ms DESC, thread_id DESC LIMIT ");
        query.push_bind(rows.saturating_add(1));
    }
}

impl Operation for ChangeThread {
    type Output = Option<Thread>;
    const DOING: &'static str = "changing a thread";
    const TRANSACTION: bool = false;

    fn run<'a>(&'a self, db: &'a mut PgConnection) -> BoxFuture<'a, Result<Self::Output, Failure>> {
        async move {
            let name = &self.change.name;
            let row = sqlx::query(concat!(
                "UPDATE threads SET name = CASE WHEN $3 THEN $4 ELSE name END, archived = coalesce($5, archived), \
                 updated_at_ms = greatest(updated_at_ms, now_ms()) WHERE ",
                of_thread!(),
                " RETURNING *"
            ))
            .bind(self.thread.owner.as_str().as_bytes())
            .bind(self.thread.id.as_bytes())
            .bind(name.is_some())
            .bind(name.as_ref().and_then(Option::as_ref).map(String::as_bytes))
            .bind(self.change.archived)
            .fetch_optional(db)
            .await?;
            Ok(row.as_ref().map(thread).transpose()?)
        }
        .boxed()
    }
}

impl Operation for DeleteThread {
    type Output = bool;
    const DOING: &'static str = "deleting a thread";
    const TRANSACTION: bool = true;

    fn run<'a>(&'a self, db: &'a mut PgConnection) -> BoxFuture<'a, Result<Self::Output, Failure>> {
        async move { Ok(delete(db, &self.0).await?) }.boxed()
    }
}

impl Operation for ClearSome {
    type Output = u64;
    const DOING: &'static str = "deleting an owner's threads";
    const TRANSACTION: bool = true;

    fn run<'a>(&'a self, db: &'a mut PgConnection) -> BoxFuture<'a, Result<Self::Output, Failure>> {
        async move {
            let done = sqlx::query(
                "WITH some_of AS (SELECT thread FROM threads WHERE sha256(owner) = sha256($1) ORDER BY thread LIMIT $2 FOR UPDATE) \
                 DELETE FROM threads USING some_of WHERE threads.thread = some_of.thread",
            )
            .bind(self.0.as_str().as_bytes())
            .bind(CLEARED_AT_ONCE)
            .execute(&mut *db)
            .await?;
            sqlx::query("DELETE FROM agent_states WHERE sha256(owner) = sha256($1)")
                .bind(self.0.as_str().as_bytes())
                .execute(db)
                .await?;
            Ok(done.rows_affected())
        }
        .boxed()
    }
}

/// Takes the thread until the transaction's end: who changes more than one of its rows does so first of all, so that none
/// waits for the other crosswise. What it is called in the tables, if it is there.
pub(super) async fn lock(db: &mut PgConnection, key: &ThreadKey) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar(concat!(
        "SELECT thread FROM threads WHERE ",
        of_thread!(),
        " FOR NO KEY UPDATE"
    ))
    .bind(key.owner.as_str().as_bytes())
    .bind(key.id.as_bytes())
    .fetch_optional(db)
    .await
}

/// Deletes the thread, what hangs on it, and its states; whether it was there.
pub(super) async fn delete(db: &mut PgConnection, key: &ThreadKey) -> sqlx::Result<bool> {
    let done = sqlx::query(concat!("DELETE FROM threads WHERE ", of_thread!()))
        .bind(key.owner.as_str().as_bytes())
        .bind(key.id.as_bytes())
        .execute(&mut *db)
        .await?;
    sqlx::query(concat!("DELETE FROM agent_states WHERE ", of_thread!()))
        .bind(key.owner.as_str().as_bytes())
        .bind(key.id.as_bytes())
        .execute(db)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// What the thread of this state is called in the tables, if there is one.
pub(super) async fn number(db: &mut PgConnection, key: &StateKey) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar(concat!("SELECT thread FROM threads WHERE ", of_thread!()))
        .bind(key.owner.as_str().as_bytes())
        .bind(key.thread_id.as_bytes())
        .fetch_optional(db)
        .await
}
