//! The ids of a thread's messages in SQL.

use std::collections::HashSet;

use sqlx::sqlite::SqliteRow;
use sqlx::{Column, Row};

use super::script::Script;

/// Ids in one statement: far below SQLite's limit of parameters, and enough that the statement itself costs little.
const CHUNK: usize = 512;

/// Adds the ids to the thread as this run's; those that it had before stay as they were. Answers with those that are new, in
/// column `message_id`.
pub(super) fn add(script: &mut Script, thread: i64, number: i64, ids: &[String]) {
    for ids in ids.chunks(CHUNK) {
        // A few lengths only, so that few statements have to be remembered: the last id comes again, and changes nothing.
        let places = ids.len().next_power_of_two();
        let values = vec!["(?)"; places].join(", ");
        script.then(&format!(
            "INSERT INTO messages (thread, number, message_id) SELECT ?, ?, column1 FROM (VALUES {values}) WHERE true \
             ON CONFLICT DO NOTHING RETURNING message_id"
        ));
        script.bind(thread).bind(number);
        for id in ids
            .iter()
            .chain(ids.last().into_iter().cycle())
            .take(places)
        {
            script.bind(id);
        }
    }
}

/// The new ones of the ids that [`add`] was given.
pub(super) fn added(rows: &[SqliteRow]) -> sqlx::Result<HashSet<String>> {
    let of_messages = |row: &&SqliteRow| row.columns()[0].name() == "message_id";
    let ids = rows.iter().filter(of_messages);
    ids.map(|row| row.try_get(0)).collect()
}

/// Takes back what this run brought.
pub(super) fn forget(script: &mut Script, thread: i64, number: i64) {
    script
        .then("DELETE FROM messages WHERE thread = ? AND number = ?")
        .bind(thread)
        .bind(number);
}
