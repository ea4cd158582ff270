//! Whole threads, out of SQL and into it.

use std::collections::HashMap;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::postgres::PgRow;
use sqlx::{Executor, PgConnection, Postgres, QueryBuilder, Row};

use super::database::{Failure, Operation};
use super::messages;
use super::rows::{self, of_thread, state_key, text, thread_key, utf8};
use super::runs::LoadRuns;
use super::states::{self, json};
use crate::store::limits as shared;
use crate::store::runs::array;
use crate::store::{
    DumpedRun, DumpedState, DumpedThread, DumpedVersion, StoreError, ThreadDump, ThreadKey,
};

/// In the order of the hashes of owner and id.
pub(super) struct AllKeys {
    pub after: Option<ThreadKey>,
    pub most: usize,
}

pub(super) struct Dump(pub ThreadKey);

pub(super) struct Restore(pub ThreadDump);

impl Operation for AllKeys {
    type Output = Vec<ThreadKey>;
    const DOING: &'static str = "listing all threads";
    const TRANSACTION: bool = false;

    fn run<'a>(&'a self, db: &'a mut PgConnection) -> BoxFuture<'a, Result<Self::Output, Failure>> {
        async move {
            let most = i64::try_from(self.most).unwrap_or(i64::MAX);
            let order = " ORDER BY sha256(owner), sha256(thread_id) LIMIT ";
            let mut query = QueryBuilder::<Postgres>::new("SELECT * FROM (");
            // Each side by its own index, and no further than it is needed.
            for (table, separator) in [("threads", " UNION "), ("agent_states", ") AS keys")] {
                query.push(
                    "(SELECT DISTINCT ON (sha256(owner), sha256(thread_id)) owner, thread_id FROM ",
                );
                query.push(table);
                if let Some(after) = &self.after {
                    query.push(" WHERE (sha256(owner), sha256(thread_id)) > (sha256(");
                    query.push_bind(after.owner.as_str().as_bytes().to_vec());
                    query
                        .push("), sha256(")
                        .push_bind(after.id.as_bytes().to_vec());
                    query.push("))");
                }
                query.push(order).push_bind(most).push(")").push(separator);
            }
            query.push(order).push_bind(most);
            let rows = query.build().fetch_all(db).await?;
            Ok(rows.iter().map(thread_key).collect::<sqlx::Result<_>>()?)
        }
        .boxed()
    }
}

impl Operation for Dump {
    type Output = Option<ThreadDump>;
    const DOING: &'static str = "reading a whole thread";
    const TRANSACTION: bool = true;

    fn run<'a>(&'a self, db: &'a mut PgConnection) -> BoxFuture<'a, Result<Self::Output, Failure>> {
        async move {
            // All of it as it was at one moment.
            db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                .await?;
            let dump = ThreadDump {
                owner: self.0.owner.clone(),
                id: self.0.id.clone(),
                thread: self.thread(db).await?,
                runs: self.runs(db).await?,
                states: self.states(db).await?,
            };
            Ok((!dump.is_empty()).then_some(dump))
        }
        .boxed()
    }
}

impl Dump {
    async fn thread(&self, db: &mut PgConnection) -> sqlx::Result<Option<DumpedThread>> {
        let row = sqlx::query(concat!("SELECT * FROM threads WHERE ", of_thread!()))
            .bind(self.0.owner.as_str().as_bytes())
            .bind(self.0.id.as_bytes())
            .fetch_optional(db)
            .await?;
        let read = |row: PgRow| {
            let thread = rows::thread(&row)?;
            Ok(DumpedThread {
                agent: thread.agent,
                name: thread.name,
                archived: thread.archived,
                created_at_ms: thread.created_at_ms,
                updated_at_ms: thread.updated_at_ms,
                last_number: row.try_get::<i64, _>("runs")?.unsigned_abs(),
            })
        };
        row.map(read).transpose()
    }

    async fn runs(&self, db: &mut PgConnection) -> Result<Vec<DumpedRun>, Failure> {
        let load = LoadRuns {
            thread: self.0.clone(),
            number: None,
            events: true,
        };
        let mut messages = self.messages(db).await?;
        let runs = load.run(db).await?.into_iter();
        let ended = runs.filter_map(|run| Some((run.ended_at_ms?, run)));
        let dumped = ended.map(|(ended_at_ms, run)| DumpedRun {
            messages: messages.remove(&run.number).unwrap_or_default(),
            number: run.number,
            id: run.id,
            agent: run.agent,
            parent: run.parent,
            status: run.status,
            started_at_ms: run.started_at_ms,
            ended_at_ms,
            events: run.events.to_vec(),
        });
        Ok(dumped.collect())
    }

    /// The ids that each run brought.
    async fn messages(&self, db: &mut PgConnection) -> sqlx::Result<HashMap<u64, Vec<String>>> {
        let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(concat!(
            "SELECT number, message_id FROM messages JOIN threads USING (thread) WHERE ",
            of_thread!(),
            " ORDER BY message_id"
        ))
        .bind(self.0.owner.as_str().as_bytes())
        .bind(self.0.id.as_bytes())
        .fetch_all(db)
        .await?;
        let mut messages: HashMap<u64, Vec<String>> = HashMap::new();
        for (number, id) in rows {
            let of_run = messages.entry(number.unsigned_abs()).or_default();
            of_run.push(utf8("message_id", id)?);
        }
        Ok(messages)
    }

    async fn states(&self, db: &mut PgConnection) -> sqlx::Result<Vec<DumpedState>> {
        let states = sqlx::query(concat!(
            "SELECT * FROM agent_states WHERE ",
            of_thread!(),
            " ORDER BY agent_name"
        ))
        .bind(self.0.owner.as_str().as_bytes())
        .bind(self.0.id.as_bytes())
        .fetch_all(&mut *db)
        .await?;
        let mut dumped = Vec::with_capacity(states.len());
        for row in states {
            let state = states::read(&row)?;
            dumped.push(DumpedState {
                agent: text(&row, "agent_name")?,
                state: state.state,
                messages: state.messages,
                version: state.version,
                updated_at_ms: state.updated_at_ms,
                versions: versions(db, row.try_get("agent_state")?).await?,
            });
        }
        Ok(dumped)
    }
}

/// Earlier versions of a state, newest first.
async fn versions(db: &mut PgConnection, state: i64) -> sqlx::Result<Vec<DumpedVersion>> {
    let rows = sqlx::query(
        "SELECT state, version, updated_at_ms FROM state_versions WHERE agent_state = $1 ORDER BY version DESC",
    )
    .bind(state)
    .fetch_all(db)
    .await?;
    let read = |row: PgRow| {
        Ok(DumpedVersion {
            version: row.try_get::<i64, _>("version")?.unsigned_abs(),
            state: json(&row, "state")?,
            updated_at_ms: row.try_get("updated_at_ms")?,
        })
    };
    rows.into_iter().map(read).collect()
}

impl Operation for Restore {
    type Output = ();
    const DOING: &'static str = "restoring a thread";
    const TRANSACTION: bool = true;

    fn run<'a>(&'a self, db: &'a mut PgConnection) -> BoxFuture<'a, Result<Self::Output, Failure>> {
        async move {
            let occupied = || StoreError::Occupied {
                owner: self.0.owner.as_str().to_owned(),
                id: self.0.id.clone(),
            };
            if self.is_there(db).await? {
                return Err(occupied().into());
            }
            if let Some(thread) = &self.0.thread {
                let made = self.insert(db, thread).await?;
                let thread = made.ok_or_else(occupied)?;
                for run in &self.0.runs {
                    insert_run(db, thread, run).await?;
                    messages::add(db, thread, run.number.cast_signed(), &run.messages).await?;
                }
            }
            for state in &self.0.states {
                self.insert_state(db, state).await?;
            }
            Ok(())
        }
        .boxed()
    }
}

impl Restore {
    async fn is_there(&self, db: &mut PgConnection) -> sqlx::Result<bool> {
        sqlx::query_scalar(concat!(
            "SELECT EXISTS (SELECT 1 FROM threads WHERE ",
            of_thread!(),
            ") OR EXISTS (SELECT 1 FROM agent_states WHERE ",
            of_thread!(),
            ")"
        ))
        .bind(self.0.owner.as_str().as_bytes())
        .bind(self.0.id.as_bytes())
        .fetch_one(db)
        .await
    }

    /// Nothing if somebody was first.
    async fn insert(
        &self,
        db: &mut PgConnection,
        thread: &DumpedThread,
    ) -> sqlx::Result<Option<i64>> {
        let bytes = self.0.runs.iter().map(|run| shared::bytes(&run.events));
        sqlx::query_scalar(
            "INSERT INTO threads (owner, thread_id, agent, name, archived, created_at_ms, updated_at_ms, runs, bytes) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING thread",
        )
        .bind(self.0.owner.as_str().as_bytes())
        .bind(self.0.id.as_bytes())
        .bind(thread.agent.as_bytes())
        .bind(thread.name.as_ref().map(String::as_bytes))
        .bind(thread.archived)
        .bind(thread.created_at_ms)
        .bind(thread.updated_at_ms)
        .bind(thread.last_number.cast_signed())
        .bind(bytes.sum::<u64>().cast_signed())
        .fetch_optional(db)
        .await
    }

    async fn insert_state(&self, db: &mut PgConnection, dumped: &DumpedState) -> sqlx::Result<()> {
        let key = state_key(&self.0.key(), &dumped.agent);
        let (state, messages) = (
            states::text(&dumped.state)?,
            states::text(&dumped.messages)?,
        );
        let earlier = dumped.versions.iter().map(|it| states::text(&it.state));
        let earlier = earlier.collect::<sqlx::Result<Vec<_>>>()?;
        let of_earlier: usize = earlier.iter().map(String::len).sum();
        let bytes = shared::state_bytes(&key, &state, &messages) + of_earlier as u64;
        let number: i64 = sqlx::query_scalar(
            "INSERT INTO agent_states (owner, thread_id, agent_name, state, messages, version, updated_at_ms, bytes, loose) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING agent_state",
        )
        .bind(key.owner.as_str().as_bytes())
        .bind(key.thread_id.as_bytes())
        .bind(key.agent_name.as_bytes())
        .bind(state)
        .bind(messages)
        .bind(dumped.version.cast_signed())
        .bind(dumped.updated_at_ms)
        .bind(bytes.cast_signed())
        .bind(self.0.thread.is_none())
        .fetch_one(&mut *db)
        .await?;
        let versions = dumped.versions.iter();
        let numbers: Vec<i64> = versions
            .clone()
            .map(|it| it.version.cast_signed())
            .collect();
        let times: Vec<i64> = versions.map(|it| it.updated_at_ms).collect();
        sqlx::query(
            "INSERT INTO state_versions (agent_state, version, state, updated_at_ms) \
             SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::bigint[])",
        )
        .bind(number)
        .bind(numbers)
        .bind(earlier)
        .bind(times)
        .execute(db)
        .await?;
        Ok(())
    }
}

async fn insert_run(db: &mut PgConnection, thread: i64, run: &DumpedRun) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO runs (thread, number, run_id, agent, parent, status, started_at_ms, ended_at_ms, events, bytes, \
         fence, node, leased_until) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, nextval('fences'), '', clock_timestamp())",
    )
    .bind(thread)
    .bind(run.number.cast_signed())
    .bind(run.id.as_bytes())
    .bind(run.agent.as_bytes())
    .bind(run.parent.as_ref().map(String::as_bytes))
    .bind(run.status.name())
    .bind(run.started_at_ms)
    .bind(run.ended_at_ms)
    .bind(array(&run.events))
    .bind(shared::bytes(&run.events).cast_signed())
    .execute(db)
    .await?;
    Ok(())
}
