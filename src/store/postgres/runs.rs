//! Runs in SQL: how they begin and end, and how they are read.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::{AssertSqlSafe, PgConnection};

use super::database::{Failure, Operation};
use super::leases::{Holder, claim};
use super::rows::{self, of_thread, run_columns, said_columns, state_key, utf8};
use super::{events, limits, listen, messages, states, threads};
use crate::store::limits::{self as shared, Dropped};
use crate::store::runs::array;
use crate::store::{
    ActiveRun, Batch, EndedRun, FOLLOWED_AFTER_END, Lease, NewRun, Node, RunStatus, Start,
    StartedRun, StateChange, StoreError, StoreLimits, StoredRun, ThreadKey,
};

pub(super) struct StartRun {
    pub thread: ThreadKey,
    pub run: NewRun,
    pub holder: Holder,
    pub limits: StoreLimits,
}

pub(super) struct EndRun {
    lease: Lease,
    status: RunStatus,
    /// A JSON array.
    events: String,
    bytes: u64,
    tail: Option<Batch>,
    messages: Vec<String>,
    state: Option<StateChange>,
    limits: StoreLimits,
    /// Whether it may have been done already, by an attempt that was not answered.
    again: bool,
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
    const TRANSACTION: bool = true;

    fn run<'a>(&'a self, db: &'a mut PgConnection) -> BoxFuture<'a, Result<Self::Output, Failure>> {
        async move {
            let thread = self.take_thread(db).await?;
            if let Some(start) = self.going_on(db, thread).await? {
                return Ok((start, Vec::new()));
            }
            let (number, fence) = self.insert(db, thread).await?;
            let asked = &self.run.messages;
            let new = messages::add(db, thread, number, asked).await?;
            let had = asked.iter().filter(|id| !new.contains(*id));
            let started = StartedRun {
                lease: Lease {
                    thread: self.thread.clone(),
                    number: number.unsigned_abs(),
                    fence: fence.unsigned_abs(),
                },
                known: had.cloned().collect(),
            };
            let key = state_key(&self.thread, &self.run.agent);
            let dropped = limits::enforce(db, &self.limits, Some(thread), &key).await?;
            Ok((Start::Started(started), dropped))
        }
        .boxed()
    }
}

impl StartRun {
    /// Locks the thread until the transaction's end, and makes it if it is not there.
    async fn take_thread(&self, db: &mut PgConnection) -> sqlx::Result<i64> {
        loop {
            if let Some(thread) = threads::lock(db, &self.thread).await? {
                return Ok(thread);
            }
            if let Some(thread) = self.make_thread(db).await? {
                return Ok(thread);
            }
            // Somebody else made it.
        }
    }

    async fn make_thread(&self, db: &mut PgConnection) -> sqlx::Result<Option<i64>> {
        let made = sqlx::query_scalar(
            "INSERT INTO threads (owner, thread_id, agent, archived, created_at_ms, updated_at_ms, runs, bytes) \
             SELECT $1, $2, $3, false, now, now, 0, 0 FROM now_ms() AS now ON CONFLICT DO NOTHING RETURNING thread",
        )
        .bind(self.thread.owner.as_str().as_bytes())
        .bind(self.thread.id.as_bytes())
        .bind(self.run.agent.as_bytes())
        .fetch_optional(&mut *db)
        .await?;
        if made.is_some() {
            sqlx::query(concat!(
                "UPDATE agent_states SET loose = false WHERE ",
                of_thread!()
            ))
            .bind(self.thread.owner.as_str().as_bytes())
            .bind(self.thread.id.as_bytes())
            .execute(db)
            .await?;
        }
        Ok(made)
    }

    /// If a run has the thread: whose it is, or that it was left and is this node's now.
    async fn going_on(&self, db: &mut PgConnection, thread: i64) -> sqlx::Result<Option<Start>> {
        let active: Option<(i64, Vec<u8>, String, bool)> = sqlx::query_as(
            "SELECT number, run_id, node, leased_until > clock_timestamp() FROM runs \
             WHERE thread = $1 AND status = 'running' FOR UPDATE",
        )
        .bind(thread)
        .fetch_optional(&mut *db)
        .await?;
        let Some((number, id, node, is_held)) = active else {
            return Ok(None);
        };
        if is_held && node != self.holder.node.as_str() {
            return Ok(Some(Start::Busy(ActiveRun {
                number: number.unsigned_abs(),
                id: utf8("run_id", id)?,
                node: Node::named(node),
            })));
        }
        let left = claim(db, &self.holder, self.thread.clone(), (thread, number)).await?;
        Ok(Some(Start::Left(Box::new(left))))
    }

    /// The run's number and its fence.
    async fn insert(&self, db: &mut PgConnection, thread: i64) -> sqlx::Result<(i64, i64)> {
        sqlx::query_as(
            "WITH begun AS (UPDATE threads SET agent = $2, updated_at_ms = greatest(updated_at_ms, now_ms()), runs = runs + 1 \
             WHERE thread = $1 RETURNING thread, runs) \
             INSERT INTO runs (thread, number, run_id, agent, parent, status, started_at_ms, bytes, fence, node, leased_until) \
             SELECT thread, runs, $3, $2, $4, 'running', now_ms(), 0, nextval('fences'), $5, \
             clock_timestamp() + $6 * interval '1 second' FROM begun RETURNING number, fence",
        )
        .bind(thread)
        .bind(self.run.agent.as_bytes())
        .bind(self.run.id.as_bytes())
        .bind(self.run.parent.as_ref().map(String::as_bytes))
        .bind(self.holder.node.as_str())
        .bind(self.holder.seconds())
        .fetch_one(db)
        .await
    }
}

impl EndRun {
    pub(super) fn new(lease: Lease, run: &EndedRun, limits: StoreLimits, again: bool) -> Self {
        Self {
            lease,
            status: run.status,
            bytes: shared::bytes(&run.events),
            events: array(&run.events),
            tail: run.tail.clone(),
            messages: run.messages.clone(),
            state: run.state.clone().and_then(StateChange::keepable),
            limits,
            again,
        }
    }

    /// Appends what those have yet to read who follow the run, and notes its end. Its agent, and whether somebody follows.
    async fn end(&self, db: &mut PgConnection, thread: i64) -> Result<(String, bool), Failure> {
        if let Some(tail) = self.tail.as_ref().filter(|tail| tail.count() > 0) {
            events::append(db, std::slice::from_ref(tail), true).await?;
        }
        let told = self.tail.as_ref().map(|_| FOLLOWED_AFTER_END.as_secs_f64());
        let ended: Option<(Vec<u8>, bool)> = sqlx::query_as(
            "UPDATE runs SET status = $3, ended_at_ms = now_ms(), events = $4, bytes = $5, \
             told_until = clock_timestamp() + $6 * interval '1 second' \
             WHERE thread = $1 AND fence = $2 AND status = 'running' RETURNING agent, followed",
        )
        .bind(thread)
        .bind(self.lease.fence.cast_signed())
        .bind(self.status.name())
        .bind(&self.events)
        .bind(self.bytes.cast_signed())
        .bind(told)
        .fetch_optional(&mut *db)
        .await?;
        let (agent, followed) = ended.ok_or(StoreError::Fenced)?;
        if self.tail.is_none() {
            events::forget(db, thread, self.lease.number.cast_signed()).await?;
        }
        Ok((utf8("agent", agent)?, followed))
    }

    /// Whether an earlier attempt has ended it.
    async fn is_done(&self, db: &mut PgConnection, thread: i64) -> sqlx::Result<bool> {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM runs WHERE thread = $1 AND number = $2 AND fence = $3 AND status <> 'running')",
        )
        .bind(thread)
        .bind(self.lease.number.cast_signed())
        .bind(self.lease.fence.cast_signed())
        .fetch_one(db)
        .await
    }
}

impl Operation for EndRun {
    type Output = Vec<Dropped>;
    const DOING: &'static str = "saving a run";
    const TRANSACTION: bool = true;

    fn run<'a>(&'a self, db: &'a mut PgConnection) -> BoxFuture<'a, Result<Self::Output, Failure>> {
        async move {
            let thread = threads::lock(db, &self.lease.thread).await?;
            let thread = thread.ok_or(StoreError::Fenced)?;
            if self.again && self.is_done(db, thread).await? {
                return Ok(Vec::new());
            }
            let (agent, followed) = self.end(db, thread).await?;
            let key = state_key(&self.lease.thread, &agent);
            let number = self.lease.number.cast_signed();
            match self.messages.is_empty() {
                true => messages::forget(db, thread, number).await?,
                false => {
                    messages::add(db, thread, number, &self.messages).await?;
                }
            }
            if let Some(change) = &self.state {
                states::change(db, &key, change, None, &self.limits).await?;
            }
            sqlx::query(
                "UPDATE threads SET updated_at_ms = greatest(updated_at_ms, now_ms()), bytes = bytes + $2 WHERE thread = $1",
            )
            .bind(thread)
            .bind(self.bytes.cast_signed())
            .execute(&mut *db)
            .await?;
            if followed {
                listen::tell_of_more(db, &[&self.lease]).await?;
            }
            Ok(limits::enforce(db, &self.limits, Some(thread), &key).await?)
        }
        .boxed()
    }
}

impl Operation for LoadRuns {
    type Output = Vec<StoredRun>;
    const DOING: &'static str = "loading a thread's runs";
    const TRANSACTION: bool = false;

    fn run<'a>(&'a self, db: &'a mut PgConnection) -> BoxFuture<'a, Result<Self::Output, Failure>> {
        async move {
            let rows = sqlx::query(AssertSqlSafe(self.query()))
                .bind(self.thread.owner.as_str().as_bytes())
                .bind(self.thread.id.as_bytes())
                .bind(self.number)
                .fetch_all(db)
                .await?;
            Ok(rows.iter().map(rows::run).collect::<sqlx::Result<_>>()?)
        }
        .boxed()
    }
}

impl LoadRuns {
    fn query(&self) -> String {
        let events = match self.events {
            true => concat!("events, ", said_columns!("0")),
            false => "NULL AS events, NULL::bigint[] AS firsts, NULL::text[] AS said",
        };
        format!(
            "SELECT {}, {events} FROM threads JOIN runs USING (thread) WHERE {} AND ($3 IS NULL OR number = $3) ORDER BY number",
            run_columns!(),
            of_thread!()
        )
    }
}
