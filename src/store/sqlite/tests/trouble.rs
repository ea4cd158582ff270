//! What is wrong with the file is told, with what to do about it; and what was acknowledged stays.

use std::path::Path;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::json;
use sqlx::{Executor, SqliteConnection};

use super::{Place, key, write};
use crate::store::sqlite::{Operation, SqliteStore};
use crate::store::{StateChange, Store, StoreOptions};

/// Lets the file grow to so many pages.
struct Disk(u32);

impl Operation for Disk {
    type Output = ();
    const DOING: &'static str = "resizing";

    fn run<'a>(&'a self, db: &'a mut SqliteConnection) -> BoxFuture<'a, sqlx::Result<()>> {
        async move {
            let pragma = format!("PRAGMA max_page_count = {}", self.0);
            db.execute(sqlx::AssertSqlSafe(pragma)).await.map(drop)
        }
        .boxed()
    }
}

#[tokio::test]
async fn a_full_disk_is_told_and_works_again_once_there_is_room() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    write(&store, 1).await.unwrap();
    store.writer.run(Disk(20)).await.unwrap();
    let large = StateChange::Replace(json!("x".repeat(1_000_000)));
    for _ in 0..3 {
        let error = store.change_state(&key(), large.clone()).await.unwrap_err();
        assert!(error.to_string().contains("the disk is full"), "{error}");
        write(&store, 2).await.unwrap();
    }
    store.writer.run(Disk(100_000)).await.unwrap();
    let after = store.change_state(&key(), large).await.unwrap();
    assert_eq!(after.version, 5);
}

#[tokio::test]
async fn a_locked_file_is_told_and_works_again_once_it_is_free() {
    let place = Place::new();
    let url = format!("sqlite:{}", place.file.display());
    let store = SqliteStore::open_with(&url, StoreOptions::default(), Duration::from_millis(50))
        .await
        .unwrap();
    let mut other = place.raw().await;
    other.execute("BEGIN EXCLUSIVE").await.unwrap();
    let error = write(&store, 1).await.unwrap_err().to_string();
    assert!(
        error.contains("another process holds a lock") && error.contains("test.db"),
        "{error}"
    );
    other.execute("ROLLBACK").await.unwrap();
    write(&store, 2).await.unwrap();
}

#[tokio::test]
async fn a_read_only_file_is_told() {
    let place = Place::new();
    place.open().await.unwrap().close().await.unwrap();
    let error = place.refusal("?mode=ro").await;
    assert!(
        error.contains("it is read-only; let this user write"),
        "{error}"
    );
}

#[tokio::test]
async fn a_file_that_is_no_database_is_told_and_left_alone() {
    let place = Place::new();
    let letter = "Dear Sir or Madam, ".repeat(500);
    std::fs::write(&place.file, &letter).unwrap();
    let error = place.refusal("").await;
    assert!(
        error.contains("damaged or no SQLite database; restore a backup"),
        "{error}"
    );
    assert_eq!(std::fs::read_to_string(&place.file).unwrap(), letter);
}

#[tokio::test]
async fn a_damaged_page_is_told() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    write(&store, 1).await.unwrap();
    store.close().await.unwrap();
    let mut bytes = std::fs::read(&place.file).unwrap();
    bytes[4096..].fill(0xa5);
    std::fs::write(&place.file, bytes).unwrap();
    let error = match place.open().await {
        Ok(store) => store.load_state(&key()).await.unwrap_err(),
        Err(error) => error,
    };
    assert!(error.to_string().contains("damaged"), "{error}");
}

#[tokio::test]
async fn a_place_that_is_not_there_is_told() {
    let mut place = Place::new();
    let directory = place.file.parent().unwrap().to_owned();
    place.file = directory.join("missing").join("test.db");
    let error = place.refusal("").await;
    assert!(
        error.contains("does not exist: make it (`mkdir -p`)"),
        "{error}"
    );
    place.file = directory;
    assert!(place.refusal("").await.contains("is a directory"));
    place.file = Path::new("").into();
    assert!(place.refusal("").await.contains("names no file"));
}

#[tokio::test]
async fn a_database_from_a_newer_binary_is_refused() {
    let place = Place::new();
    place.open().await.unwrap().close().await.unwrap();
    place
        .raw()
        .await
        .execute("INSERT INTO _sqlx_migrations VALUES (9999, 'from the future', 0, 1, x'00', 0)")
        .await
        .unwrap();
    let error = place.refusal("").await;
    assert!(
        error.contains("newer agui-runtime") && error.contains("9999"),
        "{error}"
    );
}

#[tokio::test]
async fn a_value_that_something_else_wrote_is_told() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    write(&store, 1).await.unwrap();
    place
        .raw()
        .await
        .execute("UPDATE agent_states SET state = '{'")
        .await
        .unwrap();
    let error = store.load_state(&key()).await.unwrap_err().to_string();
    assert!(error.contains("a stored value is no JSON"), "{error}");
}

/// Makes a value that SQLite refuses for its size.
struct Huge;

impl Operation for Huge {
    type Output = ();
    const DOING: &'static str = "saving a run";

    fn run<'a>(&'a self, db: &'a mut SqliteConnection) -> BoxFuture<'a, sqlx::Result<()>> {
        async move {
            db.execute("UPDATE totals SET bytes = length(zeroblob(1000000001))")
                .await
                .map(drop)
        }
        .boxed()
    }
}

#[tokio::test]
async fn a_value_too_large_for_sqlite_is_told() {
    let store = Place::new().open().await.unwrap();
    let error = store.writer.run(Huge).await.unwrap_err().to_string();
    assert!(
        error.starts_with("store: saving a run: ") && error.contains("larger than the 1 GB"),
        "{error}"
    );
    write(&store, 1).await.unwrap();
}
