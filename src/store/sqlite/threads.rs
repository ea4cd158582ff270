//! Threads in SQL.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::rows::thread;
use super::{Operation, now};
use crate::store::{Owner, StateKey, Thread, ThreadChange, ThreadFilter, ThreadKey, ThreadPage};

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

pub(super) struct ClearThreads(pub Owner);

impl Operation for LoadThread {
    type Output = Option<Thread>;
    const DOING: &'static str = "loading a thread";

    fn run<'a>(
        &'a self,
        db: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, sqlx::Result<Self::Output>> {
        async move {
            sqlx::query("SELECT * FROM threads WHERE owner = ? AND thread_id = ?")
                .bind(self.0.owner.as_str())
                .bind(&self.0.id)
                .fetch_optional(db)
                .await?
                .as_ref()
                .map(thread)
                .transpose()
        }
        .boxed()
    }
}

impl Operation for ListThreads {
    type Output = ThreadPage;
    const DOING: &'static str = "listing threads";

    fn run<'a>(
        &'a self,
        db: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, sqlx::Result<Self::Output>> {
        async move {
            let rows = self.query().build().fetch_all(db).await?;
            let threads = rows.iter().map(thread).collect::<sqlx::Result<_>>()?;
            Ok(ThreadPage::cut(threads, &self.filter))
        }
        .boxed()
    }
}

impl ListThreads {
    pub(super) fn query(&self) -> QueryBuilder<Sqlite> {
        let mut query = QueryBuilder::new("");
        if !self.filter.archived {
            self.push(&mut query, "0");
            return query;
        }
        // As many of each kind: one list of both would need an index of its own.
        query.push("SELECT * FROM (");
        self.push(&mut query, "0");
        query.push(") UNION ALL SELECT * FROM (");
        self.push(&mut query, "1");
        query.push(")");
        self.push_page(&mut query);
        query
    }

    /// Only the conditions that are there: each has an index that ends where the page does.
    fn push(&self, query: &mut QueryBuilder<Sqlite>, archived: &str) {
        query.push("SELECT * FROM threads WHERE owner = ");
        query.push_bind(self.owner.as_str().to_owned());
        if let Some(agent) = &self.filter.agent {
            query.push(" AND agent = ").push_bind(agent.clone());
        }
        query.push(" AND archived = ").push(archived);
        if let Some(after) = &self.filter.after {
            query.push(" AND (updated_at_ms, thread_id) < (");
            query.push_bind(after.updated_at_ms);
            query.push(", ").push_bind(after.id.clone()).push(")");
        }
        self.push_page(query);
    }

    fn push_page(&self, query: &mut QueryBuilder<Sqlite>) {
        // One more than asked tells whether there is a next page.
        let rows = i64::try_from(self.filter.limit.max(1)).unwrap_or(i64::MAX);
        query.push(" ORDER BY updated_at_ms DESC, thread_id DESC LIMIT ");
        query.push_bind(rows.saturating_add(1));
    }
}

impl Operation for ChangeThread {
    type Output = Option<Thread>;
    const DOING: &'static str = "changing a thread";

    fn run<'a>(
        &'a self,
        db: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, sqlx::Result<Self::Output>> {
        async move {
            let name = &self.change.name;
            sqlx::query(
                "UPDATE threads SET name = iif(?, ?, name), archived = coalesce(?, archived), \
                 updated_at_ms = max(updated_at_ms, ?) WHERE owner = ? AND thread_id = ? RETURNING *",
            )
            .bind(name.is_some())
            .bind(name.as_ref().and_then(Option::as_ref))
            .bind(self.change.archived)
            .bind(now())
            .bind(self.thread.owner.as_str())
            .bind(&self.thread.id)
            .fetch_optional(db)
            .await?
            .as_ref()
            .map(thread)
            .transpose()
        }
        .boxed()
    }
}

impl Operation for DeleteThread {
    type Output = bool;
    const DOING: &'static str = "deleting a thread";

    fn run<'a>(
        &'a self,
        db: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, sqlx::Result<Self::Output>> {
        delete(db, &self.0).boxed()
    }
}

impl Operation for ClearThreads {
    type Output = u64;
    const DOING: &'static str = "deleting an owner's threads";

    fn run<'a>(
        &'a self,
        db: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, sqlx::Result<Self::Output>> {
        async move {
            sqlx::query("DELETE FROM agent_states WHERE owner = ?")
                .bind(self.0.as_str())
                .execute(&mut *db)
                .await?;
            let done = sqlx::query("DELETE FROM threads WHERE owner = ?")
                .bind(self.0.as_str())
                .execute(db)
                .await?;
            Ok(done.rows_affected())
        }
        .boxed()
    }
}

/// Deletes the thread, what hangs on it, and its states; whether it was there.
pub(super) async fn delete(db: &mut SqliteConnection, key: &ThreadKey) -> sqlx::Result<bool> {
    sqlx::query("DELETE FROM agent_states WHERE owner = ? AND thread_id = ?")
        .bind(key.owner.as_str())
        .bind(&key.id)
        .execute(&mut *db)
        .await?;
    let done = sqlx::query("DELETE FROM threads WHERE owner = ? AND thread_id = ?")
        .bind(key.owner.as_str())
        .bind(&key.id)
        .execute(db)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// What the thread of this state is called in the tables, if there is one.
pub(super) async fn number(db: &mut SqliteConnection, key: &StateKey) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar("SELECT thread FROM threads WHERE owner = ? AND thread_id = ?")
        .bind(key.owner.as_str())
        .bind(&key.thread_id)
        .fetch_optional(db)
        .await
}
