//! Whole threads, out of SQL and into it.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::rows::{state_key, thread_key};
use super::runs::LoadRuns;
use super::script::Script;
use super::{Operation, messages, states, threads};
use crate::store::limits as shared;
use crate::store::runs::array;
use crate::store::{
    AgentState, DumpedRun, DumpedState, DumpedThread, DumpedVersion, StoreError, ThreadDump,
    ThreadKey,
};

/// In the order of owner and id.
pub(super) struct AllKeys {
    pub after: Option<ThreadKey>,
    pub most: usize,
}

pub(super) struct Dump(pub ThreadKey);

pub(super) struct Restore(pub ThreadDump);

impl Operation for AllKeys {
    type Output = Vec<ThreadKey>;
    const DOING: &'static str = "listing all threads";

    fn run<'a>(
        &'a self,
        db: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, sqlx::Result<Self::Output>> {
        async move {
            let most = i64::try_from(self.most).unwrap_or(i64::MAX);
            let mut query = QueryBuilder::<Sqlite>::new("");
            // Each side by its own index, and no further than it is needed.
            for (table, separator) in [("threads", " UNION "), ("agent_states", "")] {
                query.push("SELECT * FROM (SELECT DISTINCT owner, thread_id FROM ");
                query.push(table);
                if let Some(after) = &self.after {
                    query.push(" WHERE (owner, thread_id) > (");
                    query.push_bind(after.owner.as_str().to_owned());
                    query.push(", ").push_bind(after.id.clone()).push(")");
                }
                query
                    .push(" ORDER BY owner, thread_id LIMIT ")
                    .push_bind(most);
                query.push(")").push(separator);
            }
            query
                .push(" ORDER BY owner, thread_id LIMIT ")
                .push_bind(most);
            let rows = query.build().fetch_all(db).await?;
            rows.iter().map(thread_key).collect()
        }
        .boxed()
    }
}

impl Operation for Dump {
    type Output = Option<ThreadDump>;
    const DOING: &'static str = "reading a whole thread";

    fn run<'a>(
        &'a self,
        db: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, sqlx::Result<Self::Output>> {
        async move {
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
    async fn thread(&self, db: &mut SqliteConnection) -> sqlx::Result<Option<DumpedThread>> {
        let row = sqlx::query("SELECT * FROM threads WHERE owner = ? AND thread_id = ?")
            .bind(self.0.owner.as_str())
            .bind(&self.0.id)
            .fetch_optional(db)
            .await?;
        let read = |row: sqlx::sqlite::SqliteRow| {
            let thread = super::rows::thread(&row)?;
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

    async fn runs(&self, db: &mut SqliteConnection) -> sqlx::Result<Vec<DumpedRun>> {
        let load = LoadRuns {
            thread: self.0.clone(),
            number: None,
            events: true,
        };
        let mut dumped = Vec::new();
        for run in load.run(&mut *db).await? {
            let Some(ended_at_ms) = run.ended_at_ms else {
                continue;
            };
            dumped.push(DumpedRun {
                messages: self.messages(db, run.number).await?,
                number: run.number,
                id: run.id,
                agent: run.agent,
                parent: run.parent,
                status: run.status,
                started_at_ms: run.started_at_ms,
                ended_at_ms,
                events: run.events.to_vec(),
            });
        }
        Ok(dumped)
    }

    async fn messages(&self, db: &mut SqliteConnection, number: u64) -> sqlx::Result<Vec<String>> {
        sqlx::query_scalar(
            "SELECT message_id FROM messages JOIN threads USING (thread) \
             WHERE owner = ? AND thread_id = ? AND number = ? ORDER BY message_id",
        )
        .bind(self.0.owner.as_str())
        .bind(&self.0.id)
        .bind(number.cast_signed())
        .fetch_all(db)
        .await
    }

    async fn states(&self, db: &mut SqliteConnection) -> sqlx::Result<Vec<DumpedState>> {
        let agents: Vec<String> = sqlx::query_scalar(
            "SELECT agent_name FROM agent_states WHERE owner = ? AND thread_id = ? ORDER BY agent_name",
        )
        .bind(self.0.owner.as_str())
        .bind(&self.0.id)
        .fetch_all(&mut *db)
        .await?;
        let mut dumped = Vec::new();
        for agent in agents {
            let key = state_key(&self.0, &agent);
            let Some(state) = states::select(db, &key).await? else {
                continue;
            };
            let versions = states::versions(db, &key, usize::MAX).await?.into_iter();
            let versions = versions.map(|earlier| DumpedVersion {
                version: earlier.version,
                state: earlier.state,
                updated_at_ms: earlier.updated_at_ms,
            });
            dumped.push(DumpedState {
                agent,
                state: state.state,
                messages: state.messages,
                version: state.version,
                updated_at_ms: state.updated_at_ms,
                versions: versions.collect(),
            });
        }
        Ok(dumped)
    }
}

impl Operation for Restore {
    type Output = Result<(), StoreError>;
    const DOING: &'static str = "restoring a thread";

    fn run<'a>(
        &'a self,
        db: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, sqlx::Result<Self::Output>> {
        async move {
            let key = self.0.key();
            if self.is_there(db, &key).await? {
                return Ok(Err(StoreError::Occupied {
                    owner: key.owner.as_str().to_owned(),
                    id: key.id,
                }));
            }
            if let Some(thread) = &self.0.thread {
                let thread = self.insert(db, thread).await?;
                for run in &self.0.runs {
                    let mut script = Script::default();
                    insert_run(&mut script, thread, run);
                    messages::add(&mut script, thread, run.number.cast_signed(), &run.messages);
                    script.run(&mut *db).await?;
                }
            }
            for dumped in &self.0.states {
                insert_state(db, &key, dumped).await?;
            }
            Ok(Ok(()))
        }
        .boxed()
    }
}

impl Restore {
    async fn is_there(&self, db: &mut SqliteConnection, key: &ThreadKey) -> sqlx::Result<bool> {
        let state = sqlx::query("SELECT 1 FROM agent_states WHERE owner = ? AND thread_id = ?")
            .bind(key.owner.as_str())
            .bind(&key.id)
            .fetch_optional(&mut *db)
            .await?;
        let thread = threads::number(db, &state_key(key, "")).await?;
        Ok(state.is_some() || thread.is_some())
    }

    async fn insert(&self, db: &mut SqliteConnection, thread: &DumpedThread) -> sqlx::Result<i64> {
        let bytes: u64 = self
            .0
            .runs
            .iter()
            .map(|run| shared::bytes(&run.events))
            .sum();
        sqlx::query_scalar(
            "INSERT INTO threads \
             (owner, thread_id, agent, name, archived, created_at_ms, updated_at_ms, runs, bytes) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING thread",
        )
        .bind(self.0.owner.as_str())
        .bind(&self.0.id)
        .bind(&thread.agent)
        .bind(&thread.name)
        .bind(thread.archived)
        .bind(thread.created_at_ms)
        .bind(thread.updated_at_ms)
        .bind(thread.last_number.cast_signed())
        .bind(bytes.cast_signed())
        .fetch_one(db)
        .await
    }
}

fn insert_run(script: &mut Script, thread: i64, run: &DumpedRun) {
    script.then(
        "INSERT INTO runs \
         (thread, number, run_id, agent, parent, status, started_at_ms, ended_at_ms, events, bytes) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(thread)
    .bind(run.number.cast_signed())
    .bind(&run.id)
    .bind(&run.agent)
    .bind(&run.parent)
    .bind(run.status.name())
    .bind(run.started_at_ms)
    .bind(run.ended_at_ms)
    .bind(array(&run.events))
    .bind(shared::bytes(&run.events).cast_signed());
}

async fn insert_state(
    db: &mut SqliteConnection,
    thread: &ThreadKey,
    dumped: &DumpedState,
) -> sqlx::Result<()> {
    let key = state_key(thread, &dumped.agent);
    let state = AgentState {
        state: dumped.state.clone(),
        messages: dumped.messages.clone(),
        version: dumped.version,
        updated_at_ms: dumped.updated_at_ms,
    };
    let mut script = Script::default();
    // First the state, on which its versions hang, and then again, since it counts their bytes.
    states::upsert(&mut script, &key, &state)?;
    for earlier in &dumped.versions {
        let earlier = AgentState {
            state: earlier.state.clone(),
            messages: Vec::new(),
            version: earlier.version,
            updated_at_ms: earlier.updated_at_ms,
        };
        states::add_version(&mut script, &key, &earlier, usize::MAX)?;
    }
    states::upsert(&mut script, &key, &state)?;
    script.run(db).await.map(drop)
}
