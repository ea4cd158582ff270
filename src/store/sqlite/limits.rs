//! Keeps the database within its limits.

use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::script::Script;
use super::{now, rows, states, threads};
use crate::store::limits::{Dropped, Gone, Limit, OLD_AT_ONCE};
use crate::store::{StateKey, StoreLimits, ThreadKey};

/// Drops what is over the limits, as [`Look::enforce`].
pub(super) async fn enforce(
    db: &mut SqliteConnection,
    limits: &StoreLimits,
    thread: Option<i64>,
    key: &StateKey,
) -> sqlx::Result<Vec<Dropped>> {
    let mut script = Script::default();
    Look::add(&mut script, limits, thread);
    let look = Look::read(&script.run(db).await?)?;
    look.enforce(db, limits, thread, key).await
}

/// Drops what is too old, but not this thread, if there is one, and this state.
pub(super) async fn drop_old(
    db: &mut SqliteConnection,
    limits: &StoreLimits,
    except: Option<(Option<i64>, &StateKey)>,
    dropped: &mut Vec<Dropped>,
) -> sqlx::Result<()> {
    let Some(oldest_ms) = limits.oldest_ms(now()) else {
        return Ok(());
    };
    let (thread, key) = except.unzip();
    for _ in 0..OLD_AT_ONCE {
        let Some(oldest) = oldest(db, thread.flatten(), key).await? else {
            break;
        };
        if oldest.time >= oldest_ms {
            break;
        }
        dropped.push(oldest.drop(db, Limit::age(limits)).await?);
    }
    Ok(())
}

async fn keep_bytes(
    db: &mut SqliteConnection,
    most: u64,
    thread: Option<i64>,
    key: &StateKey,
    dropped: &mut Vec<Dropped>,
) -> sqlx::Result<()> {
    let limit = Limit::Bytes(most);
    let mut shrunk = false;
    loop {
        let excess = total_bytes(db).await?.saturating_sub(most);
        if excess == 0 {
            return Ok(());
        }
        if let Some(oldest) = oldest(db, thread, Some(key)).await? {
            dropped.push(oldest.drop(db, limit).await?);
        } else if let (Some(thread), false) = (thread, shrunk) {
            let gone = shrink(db, thread, excess).await?;
            dropped.extend(runs(key, gone, limit));
            shrunk = true;
        } else if let Some(state) = other_state(db, key).await? {
            dropped.push(state.drop(db, limit).await?);
        } else {
            return Ok(());
        }
    }
}

fn runs(key: &StateKey, runs: usize, limit: Limit) -> Option<Dropped> {
    (runs > 0).then(|| Dropped {
        thread: key.thread_id.clone(),
        what: Gone::Runs(runs),
        limit,
    })
}

/// What may go next.
struct Oldest {
    thread: ThreadKey,
    /// Of this agent; `None` for the whole thread.
    state: Option<String>,
    /// When it changed last.
    time: i64,
}

impl Oldest {
    fn read(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            thread: rows::thread_key(row)?,
            state: row.try_get("agent_name")?,
            time: row.try_get("updated_at_ms")?,
        })
    }

    async fn drop(self, db: &mut SqliteConnection, limit: Limit) -> sqlx::Result<Dropped> {
        let thread = self.thread.id.clone();
        let what = match self.state {
            None => {
                threads::delete(db, &self.thread).await?;
                Gone::Thread
            }
            Some(agent_name) => {
                let key = StateKey {
                    owner: self.thread.owner,
                    thread_id: self.thread.id,
                    agent_name,
                };
                states::delete(db, &key).await?;
                Gone::State(key.agent_name)
            }
        };
        Ok(Dropped {
            thread,
            what,
            limit,
        })
    }
}

/// What the limits are compared with.
pub(super) struct Look {
    threads: u64,
    /// Of all events and states.
    bytes: u64,
    /// The newest of the thread's ended runs that are too many.
    last_run_over: Option<i64>,
}

impl Look {
    /// In one statement: nearly always nothing is over.
    pub(super) fn add(script: &mut Script, limits: &StoreLimits, thread: Option<i64>) {
        let most = limits.runs_per_thread.unwrap_or(usize::MAX);
        script
            .then(
                "SELECT threads, bytes, (SELECT number FROM runs WHERE thread = ? AND status <> 'running' \
                 ORDER BY number DESC LIMIT 1 OFFSET ?) AS last_run_over FROM totals",
            )
            .bind(thread)
            .bind(i64::try_from(most).unwrap_or(i64::MAX));
    }

    /// From the last row of a script that ends with [`Self::add`].
    pub(super) fn read(rows: &[SqliteRow]) -> sqlx::Result<Self> {
        let row = rows.last().ok_or(sqlx::Error::RowNotFound)?;
        Ok(Self {
            threads: row.try_get::<i64, _>("threads")?.unsigned_abs(),
            bytes: row.try_get::<i64, _>("bytes")?.unsigned_abs(),
            last_run_over: row.try_get("last_run_over")?,
        })
    }

    /// Drops what is over the limits, now that this thread, if there is one, and this state of it have changed: they stay, as
    /// do threads with a run that goes on.
    pub(super) async fn enforce(
        self,
        db: &mut SqliteConnection,
        limits: &StoreLimits,
        thread: Option<i64>,
        key: &StateKey,
    ) -> sqlx::Result<Vec<Dropped>> {
        let mut dropped = Vec::new();
        if let (Some(most), Some(thread), Some(last)) =
            (limits.runs_per_thread, thread, self.last_run_over)
        {
            let gone = drop_runs(db, thread, last).await?;
            dropped.extend(runs(key, gone, Limit::RunsPerThread(most)));
        }
        if let Some(most) = limits.threads {
            for _ in most as u64..self.threads {
                let Some(oldest) = oldest_thread(db, thread).await? else {
                    break;
                };
                dropped.push(oldest.drop(db, Limit::Threads(most)).await?);
            }
        }
        drop_old(db, limits, Some((thread, key)), &mut dropped).await?;
        if let Some(most) = limits.bytes.filter(|most| self.bytes > *most) {
            keep_bytes(db, most, thread, key, &mut dropped).await?;
        }
        Ok(dropped)
    }
}

/// The bytes of all events and states.
async fn total_bytes(db: &mut SqliteConnection) -> sqlx::Result<u64> {
    let bytes: i64 = sqlx::query_scalar("SELECT bytes FROM totals")
        .fetch_one(db)
        .await?;
    Ok(bytes.unsigned_abs())
}

/// The oldest of the threads and of the states that have none.
async fn oldest(
    db: &mut SqliteConnection,
    except: Option<i64>,
    key: Option<&StateKey>,
) -> sqlx::Result<Option<Oldest>> {
    let candidates = [
        oldest_thread(db, except).await?,
        loose_state(db, key).await?,
    ];
    Ok(candidates.into_iter().flatten().min_by_key(|it| it.time))
}

async fn oldest_thread(
    db: &mut SqliteConnection,
    except: Option<i64>,
) -> sqlx::Result<Option<Oldest>> {
    let oldest = sqlx::query(
        "SELECT owner, thread_id, NULL AS agent_name, updated_at_ms FROM threads WHERE thread IS NOT ? AND NOT EXISTS \
         (SELECT 1 FROM runs WHERE runs.thread = threads.thread AND status = 'running') ORDER BY updated_at_ms, thread_id, owner LIMIT 1",
    )
    .bind(except)
    .fetch_optional(db)
    .await?;
    oldest.as_ref().map(Oldest::read).transpose()
}

/// The oldest state that has no thread.
async fn loose_state(
    db: &mut SqliteConnection,
    except: Option<&StateKey>,
) -> sqlx::Result<Option<Oldest>> {
    let oldest = sqlx::query(
        "SELECT owner, thread_id, agent_name, updated_at_ms FROM agent_states WHERE loose = 1 \
         AND (owner, thread_id, agent_name) IS NOT (?, ?, ?) ORDER BY updated_at_ms LIMIT 1",
    )
    .bind(except.map(|key| key.owner.as_str()))
    .bind(except.map(|key| &key.thread_id))
    .bind(except.map(|key| &key.agent_name))
    .fetch_optional(db)
    .await?;
    oldest.as_ref().map(Oldest::read).transpose()
}

/// The oldest state of the thread's other agents.
async fn other_state(db: &mut SqliteConnection, except: &StateKey) -> sqlx::Result<Option<Oldest>> {
    let oldest = sqlx::query(
        "SELECT owner, thread_id, agent_name, updated_at_ms FROM agent_states \
         WHERE owner = ? AND thread_id = ? AND agent_name <> ? ORDER BY updated_at_ms LIMIT 1",
    )
    .bind(except.owner.as_str())
    .bind(&except.thread_id)
    .bind(&except.agent_name)
    .fetch_optional(db)
    .await?;
    oldest.as_ref().map(Oldest::read).transpose()
}

/// Drops the thread's oldest runs until so many bytes are gone; the newest that has ended stays. How many went.
async fn shrink(db: &mut SqliteConnection, thread: i64, excess: u64) -> sqlx::Result<usize> {
    let mut runs = sqlx::query_as::<_, (i64, i64)>(
        "SELECT number, bytes FROM runs WHERE thread = ? AND status <> 'running' ORDER BY number",
    )
    .bind(thread)
    .fetch_all(&mut *db)
    .await?;
    runs.pop();
    let mut gone = 0;
    let more = |(_, bytes): &(i64, i64)| {
        let needed = gone < excess;
        gone += bytes.unsigned_abs();
        needed
    };
    match runs.into_iter().take_while(more).last() {
        Some((last, _)) => drop_runs(db, thread, last).await,
        None => Ok(0),
    }
}

/// Drops those of the thread's ended runs up to this one. How many went.
async fn drop_runs(db: &mut SqliteConnection, thread: i64, last: i64) -> sqlx::Result<usize> {
    let gone: Vec<i64> = sqlx::query_scalar(
        "DELETE FROM runs WHERE thread = ? AND number <= ? AND status <> 'running' \
         RETURNING bytes",
    )
    .bind(thread)
    .bind(last)
    .fetch_all(&mut *db)
    .await?;
    sqlx::query("UPDATE threads SET bytes = bytes - ? WHERE thread = ?")
        .bind(gone.iter().sum::<i64>())
        .bind(thread)
        .execute(db)
        .await?;
    Ok(gone.len())
}
