//! The ids of a thread's messages in SQL.

use std::collections::HashSet;
use std::fmt::Write;

use sqlx::{AssertSqlSafe, Row, SqliteConnection};

/// Ids in one statement: far below SQLite's limit of parameters, and enough that the statement itself costs little.
const CHUNK: usize = 500;

/// Adds the ids to the thread as this run's; those that it had before stay as they were. Which ones are new.
pub(super) async fn add(
    db: &mut SqliteConnection,
    thread: i64,
    number: i64,
    ids: &[String],
) -> sqlx::Result<HashSet<String>> {
    let mut new = HashSet::new();
    for ids in ids.chunks(CHUNK) {
        let mut query = sqlx::query(AssertSqlSafe(insert(ids.len())))
            .persistent(ids.len() == 1)
            .bind(thread)
            .bind(number);
        for id in ids {
            query = query.bind(id);
        }
        for row in query.fetch_all(&mut *db).await? {
            new.insert(row.try_get(0)?);
        }
    }
    Ok(new)
}

/// Takes back what this run brought.
pub(super) async fn forget(
    db: &mut SqliteConnection,
    thread: i64,
    number: i64,
) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM messages WHERE thread = ? AND number = ?")
        .bind(thread)
        .bind(number)
        .execute(db)
        .await?;
    Ok(())
}

fn insert(ids: usize) -> String {
    let mut sql = "INSERT INTO messages (thread, number, message_id) VALUES ".to_owned();
    for at in 0..ids {
        let comma = if at == 0 { "" } else { ", " };
        // Writing to a string does not fail.
        let _ = write!(sql, "{comma}(?1, ?2, ?{})", at + 3);
    }
    sql + " ON CONFLICT DO NOTHING RETURNING message_id"
}
