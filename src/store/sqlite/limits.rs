//! Keeps the database within its limits.

use sqlx::{Row, SqliteConnection};

use super::threads;
use crate::store::limits::{Dropped, Limit};
use crate::store::{Owner, StoreLimits, ThreadKey};

/// Drops what is over the limits, now that this thread has changed: it stays, as do threads with a run that goes on.
pub(super) async fn enforce(
    db: &mut SqliteConnection,
    limits: &StoreLimits,
    thread: i64,
    id: &str,
) -> sqlx::Result<Vec<Dropped>> {
    let mut dropped = Vec::new();
    let runs = |runs: usize, limit| {
        let thread = id.to_owned();
        (runs > 0).then_some(Dropped {
            thread,
            runs: Some(runs),
            limit,
        })
    };
    if let Some(most) = limits.runs_per_thread {
        let gone = keep_newest_runs(db, thread, most).await?;
        dropped.extend(runs(gone, Limit::RunsPerThread(most)));
    }
    if let Some(most) = limits.threads {
        while totals(db).await?.0 > most as u64 {
            let Some(gone) = drop_oldest_thread(db, thread).await? else {
                break;
            };
            dropped.push(Dropped {
                thread: gone,
                runs: None,
                limit: Limit::Threads(most),
            });
        }
    }
    if let Some(most) = limits.bytes {
        let limit = Limit::Bytes(most);
        loop {
            let excess = totals(db).await?.1.saturating_sub(most);
            if excess == 0 {
                break;
            }
            let Some(gone) = drop_oldest_thread(db, thread).await? else {
                let gone = shrink(db, thread, excess).await?;
                dropped.extend(runs(gone, limit));
                break;
            };
            dropped.push(Dropped {
                thread: gone,
                runs: None,
                limit,
            });
        }
    }
    Ok(dropped)
}

/// All threads, and the bytes of all events.
async fn totals(db: &mut SqliteConnection) -> sqlx::Result<(u64, u64)> {
    let row = sqlx::query("SELECT threads, bytes FROM totals")
        .fetch_one(db)
        .await?;
    let count = |column| Ok::<_, sqlx::Error>(row.try_get::<i64, _>(column)?.unsigned_abs());
    Ok((count("threads")?, count("bytes")?))
}

/// The thread's id, if there was one to drop.
async fn drop_oldest_thread(
    db: &mut SqliteConnection,
    except: i64,
) -> sqlx::Result<Option<String>> {
    let oldest = sqlx::query(
        "SELECT owner, thread_id FROM threads WHERE thread <> ? AND NOT EXISTS \
         (SELECT 1 FROM runs WHERE runs.thread = threads.thread AND number = threads.runs AND status = 'running') \
         ORDER BY updated_at_ms, thread_id, owner LIMIT 1",
    )
    .bind(except)
    .fetch_optional(&mut *db)
    .await?;
    let Some(row) = oldest else { return Ok(None) };
    let key = ThreadKey {
        owner: Owner::new(row.try_get::<String, _>("owner")?),
        id: row.try_get("thread_id")?,
    };
    threads::delete(db, &key).await?;
    Ok(Some(key.id))
}

/// Keeps so many of the runs that have ended. How many went.
async fn keep_newest_runs(
    db: &mut SqliteConnection,
    thread: i64,
    most: usize,
) -> sqlx::Result<usize> {
    let last: Option<i64> = sqlx::query_scalar(
        "SELECT number FROM runs WHERE thread = ? AND status <> 'running' ORDER BY number DESC LIMIT 1 OFFSET ?",
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

async fn drop_runs(db: &mut SqliteConnection, thread: i64, last: i64) -> sqlx::Result<usize> {
    let gone: Vec<i64> = sqlx::query_scalar(
        "DELETE FROM runs WHERE thread = ? AND number <= ? AND status <> 'running' RETURNING bytes",
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
