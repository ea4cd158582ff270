//! Keeps the database within its limits.

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

use super::rows::{self, of_thread};
use super::{states, threads};
use crate::store::limits::{Dropped, Gone, Limit, OLD_AT_ONCE};
use crate::store::{StateKey, StoreLimits, ThreadKey};

/// Held, with the schema, by who drops what is over the limits of the whole store. Any number that is ours.
const DROPPING: i32 = 0x6167_7569;

/// Drops what is over the limits, now that this thread, if there is one, and this state of it have changed: they stay, as
/// do threads with a run that goes on. While another transaction is at it, the limits of the whole store are left to it and
/// to the next one.
pub(super) async fn enforce(
    db: &mut PgConnection,
    limits: &StoreLimits,
    thread: Option<i64>,
    key: &StateKey,
) -> sqlx::Result<Vec<Dropped>> {
    let mut dropped = Vec::new();
    if let (Some(most), Some(thread)) = (limits.runs_per_thread, thread) {
        let gone = keep_newest_runs(db, thread, most).await?;
        dropped.extend(runs(key, gone, Limit::RunsPerThread(most)));
    }
    let of_all = (limits.threads, limits.bytes, limits.age);
    if of_all == (None, None, None) || !only_one(db).await? {
        return Ok(dropped);
    }
    if let Some(most) = limits.threads {
        while totals(db).await?.threads > most as u64 {
            let Some(oldest) = oldest_thread(db, thread).await? else {
                break;
            };
            dropped.push(oldest.drop(db, Limit::Threads(most)).await?);
        }
    }
    drop_old(db, limits, Some((thread, key)), &mut dropped).await?;
    if let Some(most) = limits.bytes {
        keep_bytes(db, most, thread, key, &mut dropped).await?;
    }
    Ok(dropped)
}

/// Whether nobody else drops anything until this transaction's end.
async fn only_one(db: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar("SELECT pg_try_advisory_xact_lock($1, hashtext(current_schema()))")
        .bind(DROPPING)
        .fetch_one(db)
        .await
}

/// Drops what is too old, unless somebody else is at it. What went.
pub(super) async fn tidy(
    db: &mut PgConnection,
    limits: &StoreLimits,
) -> sqlx::Result<Vec<Dropped>> {
    let mut dropped = Vec::new();
    if only_one(db).await? {
        drop_old(db, limits, None, &mut dropped).await?;
    }
    Ok(dropped)
}

/// Drops what is too old, but not this thread, if there is one, and this state.
async fn drop_old(
    db: &mut PgConnection,
    limits: &StoreLimits,
    except: Option<(Option<i64>, &StateKey)>,
    dropped: &mut Vec<Dropped>,
) -> sqlx::Result<()> {
    if limits.age.is_none() {
        return Ok(());
    }
    let Some(oldest_ms) = limits.oldest_ms(totals(db).await?.now_ms) else {
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
    db: &mut PgConnection,
    most: u64,
    thread: Option<i64>,
    key: &StateKey,
    dropped: &mut Vec<Dropped>,
) -> sqlx::Result<()> {
    let limit = Limit::Bytes(most);
    let mut shrunk = false;
    loop {
        let excess = totals(db).await?.bytes.saturating_sub(most);
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

/// What may go next; its row is locked.
struct Oldest {
    thread: ThreadKey,
    /// Of this agent; `None` for the whole thread.
    state: Option<String>,
    /// When it changed last.
    time: i64,
}

impl Oldest {
    fn read(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            thread: rows::thread_key(row)?,
            state: rows::optional_text(row, "agent_name")?,
            time: row.try_get("updated_at_ms")?,
        })
    }

    async fn drop(self, db: &mut PgConnection, limit: Limit) -> sqlx::Result<Dropped> {
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
struct Totals {
    threads: u64,
    bytes: u64,
    now_ms: i64,
}

async fn totals(db: &mut PgConnection) -> sqlx::Result<Totals> {
    let (threads, bytes, now_ms): (i64, i64, i64) = sqlx::query_as(
        "SELECT coalesce(sum(threads), 0)::bigint, coalesce(sum(bytes), 0)::bigint, now_ms() FROM totals",
    )
    .fetch_one(db)
    .await?;
    Ok(Totals {
        threads: u64::try_from(threads).unwrap_or_default(),
        bytes: u64::try_from(bytes).unwrap_or_default(),
        now_ms,
    })
}

/// The oldest of the threads and of the states that have none.
async fn oldest(
    db: &mut PgConnection,
    except: Option<i64>,
    key: Option<&StateKey>,
) -> sqlx::Result<Option<Oldest>> {
    let candidates = [
        oldest_thread(db, except).await?,
        loose_state(db, key).await?,
    ];
    Ok(candidates.into_iter().flatten().min_by_key(|it| it.time))
}

/// One that somebody is just changing is not the oldest for long, and is skipped.
async fn oldest_thread(db: &mut PgConnection, except: Option<i64>) -> sqlx::Result<Option<Oldest>> {
    loop {
        let row = sqlx::query(
            "SELECT owner, thread_id, NULL::bytea AS agent_name, updated_at_ms, thread FROM threads \
             WHERE thread IS DISTINCT FROM $1 AND NOT EXISTS \
             (SELECT 1 FROM runs WHERE runs.thread = threads.thread AND status = 'running') \
             ORDER BY updated_at_ms, thread_id, owner LIMIT 1 FOR UPDATE SKIP LOCKED",
        )
        .bind(except)
        .fetch_optional(&mut *db)
        .await?;
        let Some(row) = row else { return Ok(None) };
        // A run that began just before the lock was taken is seen only now.
        let busy: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM runs WHERE thread = $1 AND status = 'running')",
        )
        .bind(row.try_get::<i64, _>("thread")?)
        .fetch_one(&mut *db)
        .await?;
        if !busy {
            return Oldest::read(&row).map(Some);
        }
    }
}

/// The oldest state that has no thread.
async fn loose_state(
    db: &mut PgConnection,
    except: Option<&StateKey>,
) -> sqlx::Result<Option<Oldest>> {
    let oldest = sqlx::query(
        "SELECT owner, thread_id, agent_name, updated_at_ms FROM agent_states WHERE loose \
         AND (owner, thread_id, agent_name) IS DISTINCT FROM ($1::bytea, $2::bytea, $3::bytea) \
         ORDER BY updated_at_ms LIMIT 1 FOR UPDATE SKIP LOCKED",
    )
    .bind(except.map(|key| key.owner.as_str().as_bytes()))
    .bind(except.map(|key| key.thread_id.as_bytes()))
    .bind(except.map(|key| key.agent_name.as_bytes()))
    .fetch_optional(db)
    .await?;
    oldest.as_ref().map(Oldest::read).transpose()
}

/// The oldest state of the thread's other agents.
async fn other_state(db: &mut PgConnection, except: &StateKey) -> sqlx::Result<Option<Oldest>> {
    let oldest = sqlx::query(concat!(
        "SELECT owner, thread_id, agent_name, updated_at_ms FROM agent_states WHERE ",
        of_thread!(),
        " AND agent_name <> $3 ORDER BY updated_at_ms LIMIT 1 FOR UPDATE SKIP LOCKED"
    ))
    .bind(except.owner.as_str().as_bytes())
    .bind(except.thread_id.as_bytes())
    .bind(except.agent_name.as_bytes())
    .fetch_optional(db)
    .await?;
    oldest.as_ref().map(Oldest::read).transpose()
}

/// Keeps so many of the runs that have ended. How many went.
async fn keep_newest_runs(db: &mut PgConnection, thread: i64, most: usize) -> sqlx::Result<usize> {
    let last: Option<i64> = sqlx::query_scalar(
        "SELECT number FROM runs WHERE thread = $1 AND status <> 'running' \
         ORDER BY number DESC LIMIT 1 OFFSET $2",
    )
    .bind(thread)
    .bind(i64::try_from(most).unwrap_or(i64::MAX))
    .fetch_optional(&mut *db)
    .await?;
    match last {
        Some(last) => drop_runs(db, thread, last).await,
        None => Ok(0),
    }
}

/// Drops the thread's oldest runs until so many bytes are gone; the newest that has ended stays. How many went.
async fn shrink(db: &mut PgConnection, thread: i64, excess: u64) -> sqlx::Result<usize> {
    let mut runs = sqlx::query_as::<_, (i64, i64)>(
        "SELECT number, bytes FROM runs WHERE thread = $1 AND status <> 'running' ORDER BY number",
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

async fn drop_runs(db: &mut PgConnection, thread: i64, last: i64) -> sqlx::Result<usize> {
    let gone: Vec<i64> = sqlx::query_scalar(
        "DELETE FROM runs WHERE thread = $1 AND number <= $2 AND status <> 'running' \
         RETURNING bytes",
    )
    .bind(thread)
    .bind(last)
    .fetch_all(&mut *db)
    .await?;
    sqlx::query("UPDATE threads SET bytes = bytes - $1 WHERE thread = $2")
        .bind(gone.iter().sum::<i64>())
        .bind(thread)
        .execute(db)
        .await?;
    Ok(gone.len())
}
