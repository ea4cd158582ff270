//! The ids of a thread's messages in SQL.

use std::collections::HashSet;

use sqlx::PgConnection;

use super::rows::utf8;

/// Adds the ids to the thread as this run's; those that it had before stay as they were. Which ones are new.
pub(super) async fn add(
    db: &mut PgConnection,
    thread: i64,
    number: i64,
    ids: &[String],
) -> sqlx::Result<HashSet<String>> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let ids: Vec<&[u8]> = ids.iter().map(|id| id.as_bytes()).collect();
    let new: Vec<Vec<u8>> = sqlx::query_scalar(
        "INSERT INTO messages (thread, number, message_id) SELECT $1, $2, id FROM unnest($3::bytea[]) AS id \
         ON CONFLICT DO NOTHING RETURNING message_id",
    )
    .bind(thread)
    .bind(number)
    .bind(ids)
    .fetch_all(db)
    .await?;
    new.into_iter().map(|id| utf8("message_id", id)).collect()
}

/// Takes back what this run brought.
pub(super) async fn forget(db: &mut PgConnection, thread: i64, number: i64) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM messages WHERE thread = $1 AND number = $2")
        .bind(thread)
        .bind(number)
        .execute(db)
        .await?;
    Ok(())
}
