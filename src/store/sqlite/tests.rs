//! What only a database in a file can do: outlive its process, be locked, be damaged, be too new.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Executor, SqliteConnection};

use super::{Operation, SqliteStore};
use crate::store::{
    EndedRun, NewRun, Owner, RunStatus, StateChange, StateKey, Store, StoreError, StoreLimits,
    ThreadKey,
};

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

/// It stopped the first one's runs, whose events, messages and state were then dropped without a word.
#[tokio::test]
async fn a_second_process_is_refused_and_the_first_ones_runs_are_kept() {
    let place = Place::new();
    let thread = ThreadKey {
        owner: Owner::anonymous(),
        id: "t".into(),
    };
    let first = place.open().await.unwrap();
    let run = NewRun {
        id: "r".into(),
        agent: "a".into(),
        parent: None,
        messages: vec!["u".into()],
    };
    first.start_run(&thread, run).await.unwrap();
    let linked = place.file.with_file_name("linked.db");
    std::os::unix::fs::symlink(&place.file, &linked).unwrap();
    for name in [&place.file, &linked] {
        let url = format!("sqlite:{}", name.display());
        let patience = Duration::from_millis(50);
        let second = SqliteStore::open_with(&url, StoreLimits::default(), patience).await;
        let error = second.err().unwrap().to_string();
        assert!(
            error.contains("another agui-runtime has it open; stop that process")
                && error.contains(&*name.to_string_lossy()),
            "{error}"
        );
    }
    let end = EndedRun {
        status: RunStatus::Completed,
        events: vec![serde_json::value::to_raw_value("said").unwrap()],
        messages: vec!["a".into()],
        state: StateChange::Replace(json!(1)),
    };
    first.end_run(&thread, 1, end).await.unwrap();
    let run = first.load_runs(&thread).await.unwrap().pop().unwrap();
    assert_eq!((run.status, run.events.len()), (RunStatus::Completed, 1));
    assert!(first.load_state(&key()).await.unwrap().is_some());
    first.close().await.unwrap();
    assert!(place.open().await.is_ok(), "it is free again");
}

#[tokio::test]
async fn a_locked_file_is_told_and_works_again_once_it_is_free() {
    let place = Place::new();
    let url = format!("sqlite:{}", place.file.display());
    let store = SqliteStore::open_with(&url, StoreLimits::default(), Duration::from_millis(50))
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

#[tokio::test]
async fn runs_of_a_process_that_died_are_stopped_and_their_messages_new_again() {
    let place = Place::new();
    let thread = ThreadKey {
        owner: Owner::anonymous(),
        id: "t".into(),
    };
    let run = |messages: &[&str]| NewRun {
        id: "r".into(),
        agent: "a".into(),
        parent: None,
        messages: messages.iter().map(|&id| id.into()).collect(),
    };
    let end = EndedRun {
        status: RunStatus::Completed,
        events: vec![serde_json::value::to_raw_value("said").unwrap()],
        messages: vec!["kept".into()],
        state: StateChange::Replace(json!(1)),
    };
    place.dies_after(async |first| {
        first.start_run(&thread, run(&["kept"])).await.unwrap();
        first.end_run(&thread, 1, end.clone()).await.unwrap();
        first.start_run(&thread, run(&["lost"])).await.unwrap();
    });
    let second = place.open().await.unwrap();
    let runs = second.load_runs(&thread).await.unwrap();
    let shown: Vec<_> = runs
        .iter()
        .map(|run| (run.status, run.ended_at_ms.is_some(), run.events.len()))
        .collect();
    let expected = [
        (RunStatus::Completed, true, 1),
        (RunStatus::Stopped, true, 0),
    ];
    assert_eq!(shown, expected);
    let third = second.start_run(&thread, run(&["kept", "lost"])).await;
    let third = third.unwrap();
    assert_eq!((third.number, third.known), (3, ["kept".to_owned()].into()));
    // A process that was only thought dead, where the file system has no locks.
    second.end_run(&thread, 2, end.clone()).await.unwrap();
    let late = second.load_runs(&thread).await.unwrap().swap_remove(1);
    assert_eq!((late.status, late.events.len()), (RunStatus::Completed, 1));
    let end = EndedRun {
        events: Vec::new(),
        ..end
    };
    second.end_run(&thread, 2, end).await.unwrap();
    let runs = second.load_runs(&thread).await.unwrap();
    assert_eq!(runs[1].events.len(), 1, "it ends once");
}

#[tokio::test]
async fn a_file_of_the_first_version_keeps_its_states() {
    let place = Place::new();
    let made = place.open().await.unwrap();
    write(&made, 7).await.unwrap();
    made.close().await.unwrap();
    let later = "DROP TABLE messages; DROP TABLE runs; DROP TABLE threads; DROP TABLE totals; \
                 DROP TRIGGER state_added; DROP TRIGGER state_removed; DROP TRIGGER state_resized; \
                 DROP INDEX states_loose; ALTER TABLE agent_states DROP COLUMN bytes; \
                 ALTER TABLE agent_states DROP COLUMN loose; \
                 DELETE FROM _sqlx_migrations WHERE version > 1";
    place.raw().await.execute(later).await.unwrap();
    let store = place.open().await.unwrap();
    let state = store.load_state(&key()).await.unwrap().unwrap();
    assert_eq!((state.state, state.version), (json!(7), 1));
    let cleared = store.clear_threads(&Owner::anonymous()).await.unwrap();
    assert_eq!(cleared, 0, "the tables of threads are there");
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

/// A run whose beginning was noted too late for its process to know had nobody who ended it: its thread stayed for ever.
#[tokio::test]
async fn a_run_that_nobody_will_end_keeps_its_thread_for_a_day() {
    let place = Place::new();
    let url = format!("sqlite:{}", place.file.display());
    let limits = StoreLimits {
        threads: Some(1),
        ..StoreLimits::default()
    };
    let store = SqliteStore::open(&url, limits).await.unwrap();
    let start = async |id: &str| {
        let thread = ThreadKey {
            owner: Owner::anonymous(),
            id: id.into(),
        };
        let run = NewRun {
            id: "r".into(),
            agent: "a".into(),
            parent: None,
            messages: Vec::new(),
        };
        store.start_run(&thread, run).await.unwrap();
        thread
    };
    let forgotten = start("forgotten").await;
    let live = start("live").await;
    assert!(store.load_thread(&forgotten).await.unwrap().is_some());
    let yesterday = "UPDATE runs SET started_at_ms = started_at_ms - 86400000 \
                     WHERE thread = (SELECT thread FROM threads WHERE thread_id = 'forgotten')";
    place.raw().await.execute(yesterday).await.unwrap();
    start("new").await;
    assert_eq!(store.load_thread(&forgotten).await.unwrap(), None);
    assert!(store.load_thread(&live).await.unwrap().is_some());
}
