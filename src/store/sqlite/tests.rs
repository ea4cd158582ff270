//! What only a database in a file can do: outlive its process, be locked, be damaged, be too new.

#![allow(clippy::unwrap_used, clippy::panic)]

mod runs;
mod trouble;

use std::path::{Path, PathBuf};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Executor, SqliteConnection};

use super::{Operation, SqliteStore};
use crate::store::{Owner, StateChange, StateKey, Store, StoreError, StoreLimits};

fn key() -> StateKey {
    StateKey {
        owner: Owner::anonymous(),
        thread_id: "t".into(),
        agent_name: "a".into(),
    }
}

struct Place {
    _directory: tempfile::TempDir,
    file: PathBuf,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("test.db");
        Self {
            _directory: directory,
            file,
        }
    }

    async fn open(&self) -> Result<SqliteStore, StoreError> {
        SqliteStore::open(
            &format!("sqlite:{}", self.file.display()),
            StoreLimits::default(),
        )
        .await
    }

    /// The message of an open that must fail, sources included.
    async fn refusal(&self, query: &str) -> String {
        match SqliteStore::open(
            &format!("sqlite:{}{query}", self.file.display()),
            StoreLimits::default(),
        )
        .await
        {
            Ok(_) => panic!("{:?} was opened", self.file),
            Err(error) => error.to_string(),
        }
    }

    /// What a process does that dies without closing the store.
    fn dies_after(&self, work: impl AsyncFnOnce(&SqliteStore) + Send) {
        let life = || {
            let process = tokio::runtime::Runtime::new().unwrap();
            process.block_on(async {
                let store = self.open().await.unwrap();
                work(&store).await;
                std::mem::forget(store);
            });
        };
        std::thread::scope(|scope| scope.spawn(life).join()).unwrap();
    }

    async fn raw(&self) -> SqliteConnection {
        SqliteConnectOptions::new()
            .filename(&self.file)
            .connect()
            .await
            .unwrap()
    }
}

async fn write(store: &SqliteStore, n: i32) -> Result<(), StoreError> {
    store
        .change_state(&key(), StateChange::Replace(json!(n)))
        .await
        .map(drop)
}

#[tokio::test]
async fn what_was_acknowledged_is_there_for_the_next_process() {
    let place = Place::new();
    place.dies_after(async |first| write(first, 1).await.unwrap());
    let second = place.open().await.unwrap();
    assert_eq!(
        second.load_state(&key()).await.unwrap().unwrap().state,
        json!(1)
    );
    second.close().await.unwrap();
}

#[tokio::test]
async fn closing_commits_what_is_queued_and_leaves_one_file_and_its_lock() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    let (key, change) = (key(), |n| {
        StateChange::MergeKey("k".into(), json!({ format!("{n}"): n }))
    });
    let mut writes: Vec<_> = (0..50)
        .map(|n| store.change_state(&key, change(n)))
        .collect();
    // Polled once, a write is in the queue.
    for write in &mut writes {
        assert!(write.now_or_never().is_none());
    }
    store.close().await.unwrap();
    for done in join_all(writes).await {
        done.unwrap();
    }
    let siblings = std::fs::read_dir(place.file.parent().unwrap())
        .unwrap()
        .count();
    assert_eq!(
        siblings, 2,
        "the write-ahead log is folded into the file; its lock stays"
    );
    let state = place
        .open()
        .await
        .unwrap()
        .load_state(&key)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(state.state["k"].as_object().unwrap().len(), 50);
}

/// Writes half of what it wants, then breaks.
struct Breaks {
    panics: bool,
}

impl Operation for Breaks {
    type Output = ();
    const DOING: &'static str = "breaking";

    fn run<'a>(&'a self, db: &'a mut SqliteConnection) -> BoxFuture<'a, sqlx::Result<()>> {
        async move {
            db.execute("UPDATE agent_states SET state = '\"half\"'")
                .await?;
            assert!(!self.panics, "as a bug would");
            db.execute("INSERT INTO nowhere VALUES (1)").await.map(drop)
        }
        .boxed()
    }
}

#[tokio::test]
async fn a_write_that_breaks_takes_no_other_with_it() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    write(&store, 0).await.unwrap();
    for panics in [false, true] {
        let change = StateChange::Merge(json!({ format!("panics {panics}"): 1 }));
        // All three are queued before the writer wakes, so they share a batch.
        let key = key();
        let (before, broken, after) = tokio::join!(
            store.change_state(&key, change.clone()),
            store.writer.run(Breaks { panics }),
            store.change_state(&key, change),
        );
        assert!(before.is_ok() && after.is_ok());
        let error = broken.unwrap_err().to_string();
        let expected = if panics {
            "panicked"
        } else {
            "no such table: nowhere"
        };
        assert!(
            error.starts_with("store: breaking: ") && error.contains(expected),
            "{error}"
        );
    }
    let state = store.load_state(&key()).await.unwrap().unwrap();
    assert_eq!(state.state, json!({"panics false": 1, "panics true": 1}));
    assert_eq!(state.version, 5);
}

#[tokio::test]
async fn the_mode_in_the_url_says_whether_a_missing_file_is_made() {
    let mut place = Place::new();
    for query in ["?mode=rw", "?mode=ro"] {
        assert!(place.refusal(query).await.contains("cannot be opened"));
        assert!(!place.file.exists());
    }
    let url = format!("sqlite:{}?mode=rwc", place.file.display());
    let store = SqliteStore::open(&url, StoreLimits::default())
        .await
        .unwrap();
    write(&store, 1).await.unwrap();
    assert!(place.file.exists());
    // Only a query has a mode, and only a whole name is the one in memory.
    for name in ["mode=rw.db", "mode=memory.db", "x:memory:.db"] {
        place.file.set_file_name(name);
        let store = place.open().await.unwrap();
        assert!(store.readers.is_some() && place.file.exists(), "{name}");
    }
}

#[tokio::test]
async fn a_database_in_memory_has_one_connection_however_it_is_named() {
    for url in [
        "sqlite::memory:",
        "sqlite://:memory:",
        "sqlite:x?cache=shared&mode=memory",
    ] {
        let store = SqliteStore::open(url, StoreLimits::default())
            .await
            .unwrap();
        assert!(store.readers.is_none(), "{url}");
        write(&store, 1).await.unwrap();
        assert!(store.load_state(&key()).await.unwrap().is_some(), "{url}");
    }
    assert!(!Path::new("x").exists());
}

#[tokio::test]
async fn what_is_deleted_makes_the_file_smaller() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    for n in 0..20 {
        let large = StateChange::Replace(json!("x".repeat(2_000_000)));
        let key = StateKey {
            thread_id: n.to_string(),
            ..key()
        };
        store.change_state(&key, large).await.unwrap();
    }
    store.clear_threads(&Owner::anonymous()).await.unwrap();
    let mut pieces = 1;
    while store.tidy().await.unwrap() {
        pieces += 1;
    }
    assert!(pieces > 10, "{pieces}: a little at a time");
    assert!(
        store.reclaimed().bytes > 30_000_000,
        "{:?}",
        store.reclaimed()
    );
    write(&store, 1).await.unwrap();
    store.close().await.unwrap();
    let size = std::fs::metadata(&place.file).unwrap().len();
    assert!(size < 10_000_000, "{size}");
}
