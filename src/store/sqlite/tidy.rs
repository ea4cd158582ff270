//! Housekeeping, a little at a time, so that those who write wait for none of it.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::{AssertSqlSafe, Executor, SqliteConnection};

use super::{Operation, limits};
use crate::store::StoreLimits;
use crate::store::limits::{Dropped, OLD_AT_ONCE};

/// Pages given back at once: some milliseconds of the writer.
const FREED: i64 = 512;
/// Free pages that are left to be used again: runs that go on need some all the time.
const SPARE: i64 = 2_048;
/// A larger file keeps a part of itself: one in so many pages.
const SPARE_PART: i64 = 8;

/// Drops what is too old, gives free pages back, and lets SQLite look at how its tables have changed.
pub(super) struct Tidy(pub StoreLimits);

/// What was done.
#[derive(Default)]
pub(super) struct Tidied {
    pub dropped: Vec<Dropped>,
    /// Bytes that the file is smaller by.
    pub freed: u64,
    /// Whether there is more to do.
    pub more: bool,
}

impl Operation for Tidy {
    type Output = Tidied;
    const DOING: &'static str = "housekeeping";

    fn run<'a>(
        &'a self,
        db: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, sqlx::Result<Self::Output>> {
        async move {
            let mut tidied = Tidied::default();
            limits::drop_old(db, &self.0, None, &mut tidied.dropped).await?;
            let free = number(db, "freelist_count").await?;
            let pages = number(db, "page_count").await?;
            let excess = free - SPARE.max(pages / SPARE_PART);
            if excess > 0 {
                // A file that was made without `auto_vacuum` keeps its pages, and uses them again.
                let free =
                    AssertSqlSafe(format!("PRAGMA incremental_vacuum({})", excess.min(FREED)));
                db.execute(free).await?;
                let freed = pages - number(db, "page_count").await?;
                tidied.freed = (freed * number(db, "page_size").await?).unsigned_abs();
                tidied.more = freed > 0 && excess > FREED;
            }
            tidied.more |= tidied.dropped.len() >= OLD_AT_ONCE;
            if !tidied.more {
                // It decides by itself whether there is anything to do.
                db.execute("PRAGMA optimize").await?;
            }
            Ok(tidied)
        }
        .boxed()
    }
}

async fn number(db: &mut SqliteConnection, pragma: &str) -> sqlx::Result<i64> {
    sqlx::query_scalar(AssertSqlSafe(format!("PRAGMA {pragma}")))
        .fetch_one(db)
        .await
}
