//! Opening the database: options, tables, and errors that say what to do.

use std::borrow::Cow;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, Executor, SqliteConnection, SqlitePool};

use super::errors::explain;
use super::lock::Lock;
use crate::store::StoreError;

pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("src/store/migrations/sqlite");

/// How long to wait for another process's lock.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// A load is a few microseconds of one core; more readers than this would only wait for the same disk.
const READERS: u32 = 4;

/// Rows of an index that are looked at for how to use it: a large file is looked at no longer than a small one.
const ANALYSED: u32 = 400;

/// An open database whose tables are up to date.
pub(super) struct Opened {
    pub writer: SqliteConnection,
    pub readers: Option<SqlitePool>,
    /// The file's name, for messages.
    pub file: String,
    pub lock: Lock,
}

pub(super) async fn connect(url: &str, busy_timeout: Duration) -> Result<Opened, StoreError> {
    let options = options(url)?.busy_timeout(busy_timeout);
    let file = options.get_filename().display().to_string();
    check(url)?;
    let in_memory = is_in_memory(url);
    let writing = options
        .clone()
        .journal_mode(SqliteJournalMode::Wal)
        // An acknowledged write survives a power cut, which NORMAL does not promise; batches share the sync it costs.
        .synchronous(SqliteSynchronous::Full)
        // A checkpoint syncs the file; what runs say while they go on is mostly gone again by the next one.
        .pragma("wal_autocheckpoint", "4000")
        // After a reader that took long the log is large, and would stay it.
        .pragma("journal_size_limit", "67108864")
        // Of a new file: free pages can be given back while others write. That moves nothing that is in use for nothing.
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        .analysis_limit(ANALYSED)
        .optimize_on_close(true, ANALYSED);
    let mut writer = writing
        .connect()
        .await
        .map_err(|error| explain(&file, "opening", error))?;
    let lock = match in_memory {
        true => Lock::NONE,
        false => Lock::take(options.get_filename(), busy_timeout).await?,
    };
    migrate(&mut writer, &file).await?;
    let readers = (!in_memory).then(|| {
        SqlitePoolOptions::new()
            .max_connections(READERS)
            // A connection to a file does not go stale.
            .test_before_acquire(false)
            .connect_lazy_with(options.read_only(true))
    });
    Ok(Opened {
        writer,
        readers,
        file,
        lock,
    })
}

/// Whether the URL can be opened, as far as that can be told without touching anything.
pub(super) fn check(url: &str) -> Result<(), StoreError> {
    let options = options(url)?;
    if is_in_memory(url) {
        return Ok(());
    }
    check_path(url, options.get_filename())
}

pub(super) fn is_in_memory(url: &str) -> bool {
    let (path, _) = url.split_once('?').unwrap_or((url, ""));
    // As sqlx reads it.
    let path = path
        .trim_start_matches("sqlite://")
        .trim_start_matches("sqlite:");
    path == ":memory:" || mode(url).is_some_and(|mode| mode == "memory")
}

/// How the URL itself says that the file is to be opened: `?mode=rwc`.
fn mode(url: &str) -> Option<Cow<'_, str>> {
    let (_, query) = url.split_once('?')?;
    url::form_urlencoded::parse(query.as_bytes())
        .find_map(|(key, value)| (key == "mode").then_some(value))
}

pub(super) fn options(url: &str) -> Result<SqliteConnectOptions, StoreError> {
    let options =
        SqliteConnectOptions::from_str(url).map_err(|error| refuse(url, &error.to_string()))?;
    if options.get_filename().as_os_str().is_empty() {
        return Err(refuse(url, "names no file: write `sqlite:agui-runtime.db`"));
    }
    // A mode in the URL has said already whether a missing file is made.
    let options = match mode(url) {
        Some(_) => options,
        None => options.create_if_missing(true),
    };
    // Sorting needs no file then: a container may have no place for one but the database's own.
    let options = options.pragma("temp_store", "MEMORY");
    Ok(options.disable_statement_logging())
}

/// SQLite says "unable to open database file" to all of these.
fn check_path(url: &str, file: &Path) -> Result<(), StoreError> {
    if file.is_dir() {
        return Err(refuse(url, "is a directory: name a file in it"));
    }
    match file.parent() {
        Some(directory) if !directory.as_os_str().is_empty() && !directory.is_dir() => Err(refuse(
            url,
            &format!(
                "the directory {} does not exist: make it (`mkdir -p`), or set `store.url` to another place",
                directory.display()
            ),
        )),
        _ => Ok(()),
    }
}

/// In one transaction that starts with the write lock, so that two processes starting at once do not both migrate.
async fn migrate(db: &mut SqliteConnection, file: &str) -> Result<(), StoreError> {
    let explain = |error| explain(file, "opening", error);
    let mut transaction = db.begin_with("BEGIN IMMEDIATE").await.map_err(explain)?;
    match MIGRATIONS.run_direct(None, &mut *transaction, false).await {
        Ok(()) => {
            // A file that cannot be written opens without complaint: better told now than at the first run's end.
            transaction
                .execute("DELETE FROM agent_states WHERE false")
                .await
                .map_err(explain)?;
            transaction.commit().await.map_err(explain)
        }
        Err(MigrateError::Execute(error)) => Err(explain(error)),
        Err(MigrateError::VersionMissing(version)) => {
            let known = MIGRATIONS
                .iter()
                .map(|migration| migration.version)
                .max()
                .unwrap_or(0);
            Err(newer(file, version, known))
        }
        Err(error) => Err(StoreError::Backend {
            context: format!(
                "SQLite database {file:?}: bringing its tables up to date failed and changed nothing ({error}); \
                 restore a backup made by a released agui-runtime, or set `store.url` to another file"
            ),
            source: error.into(),
        }),
    }
}

/// A database whose tables this binary does not know.
pub(super) fn newer(file: &str, version: i64, known: i64) -> StoreError {
    StoreError::Backend {
        context: format!(
            "SQLite database {file:?} was written by a newer agui-runtime: its tables have version {version}, \
             this one knows {known}; install the newer one, or set `store.url` to another file"
        ),
        source: MigrateError::VersionMissing(version).into(),
    }
}

fn refuse(url: &str, reason: &str) -> StoreError {
    StoreError::Url {
        url: url.to_owned(),
        reason: reason.to_owned(),
    }
}
