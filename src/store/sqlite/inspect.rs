//! A look at a file that changes nothing, though a server may be at work on it.

use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::connect::{self, MIGRATIONS};
use super::errors::explain;
use crate::store::{StoreCheck, StoreError};

/// The version since which there are threads.
const THREADS: i64 = 2;

/// Looks at the database that the URL names.
///
/// # Errors
/// If it cannot be opened, is damaged, or newer than this binary.
pub(super) async fn inspect(url: &str) -> Result<StoreCheck, StoreError> {
    let options = connect::options(url)?.create_if_missing(false);
    connect::check(url)?;
    let mut check = StoreCheck {
        newest: MIGRATIONS.iter().map(|migration| migration.version).max(),
        ..StoreCheck::default()
    };
    let path = options.get_filename();
    if connect::is_in_memory(url) || !path.exists() {
        return Ok(check);
    }
    let file = path.display().to_string();
    let explained = |error| explain(&file, "checking", error);
    let options = options.read_only(true);
    let mut db = options.connect().await.map_err(explained)?;
    intact(&mut db, &file).await?;
    check.version = version(&mut db).await.map_err(explained)?;
    if check.version > check.newest {
        let known = check.newest.unwrap_or(0);
        let found = check.version.unwrap_or(0);
        return Err(connect::newer(&file, found, known));
    }
    if check.version >= Some(THREADS) {
        count(&mut db, &mut check).await.map_err(explained)?;
    }
    db.close().await.map_err(explained)?;
    Ok(check)
}

async fn intact(db: &mut SqliteConnection, file: &str) -> Result<(), StoreError> {
    let found: String = sqlx::query_scalar("PRAGMA quick_check(1)")
        .fetch_one(db)
        .await
        .map_err(|error| explain(file, "checking", error))?;
    match &*found {
        "ok" => Ok(()),
        _ => Err(StoreError::Backend {
            context: format!(
                "checking: SQLite database {file:?}: the file is damaged; restore a backup"
            ),
            source: found.into(),
        }),
    }
}

/// The newest migration that was applied; none where nobody ever opened it as a store.
async fn version(db: &mut SqliteConnection) -> sqlx::Result<Option<i64>> {
    let table = "SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations'";
    if sqlx::query(table).fetch_optional(&mut *db).await?.is_none() {
        return Ok(None);
    }
    sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
        .fetch_one(db)
        .await
}

async fn count(db: &mut SqliteConnection, check: &mut StoreCheck) -> sqlx::Result<()> {
    let (threads, bytes, going_on): (i64, i64, i64) = sqlx::query_as(
        "SELECT threads, bytes, (SELECT count(*) FROM runs WHERE status = 'running') FROM totals",
    )
    .fetch_one(db)
    .await?;
    check.threads = threads.unsigned_abs();
    check.bytes = bytes.unsigned_abs();
    check.going_on = going_on.unsigned_abs();
    Ok(())
}
