//! Runs that outlive their process: what they said is kept, and somebody ends them.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use sqlx::Executor;

use super::{Place, key, write};
use crate::store::sqlite::SqliteStore;
use crate::store::sqlite::threads::ListThreads;
use crate::store::{
    Batch, EndedRun, Lease, LeftRun, NewRun, Owner, RunStatus, Start, StartedRun, StateChange,
    Store, StoreLimits, StoreOptions, ThreadFilter, ThreadKey,
};

fn thread(id: &str) -> ThreadKey {
    ThreadKey {
        owner: Owner::anonymous(),
        id: id.into(),
    }
}

async fn start(store: &SqliteStore, thread: &ThreadKey, messages: &[&str]) -> Start {
    let run = NewRun {
        id: "r".into(),
        agent: "a".into(),
        parent: None,
        messages: messages.iter().map(|&id| id.into()).collect(),
    };
    store.start_run(thread, run).await.unwrap()
}

async fn begin(store: &SqliteStore, thread: &ThreadKey, messages: &[&str]) -> StartedRun {
    match start(store, thread, messages).await {
        Start::Started(started) => started,
        other => panic!("{other:?}"),
    }
}

async fn say(store: &SqliteStore, lease: &Lease, from: u64, said: &[&str]) {
    let events = said.iter().map(|said| json!(said).to_string());
    let batch = Batch::new(lease.clone().into(), from, events);
    assert_eq!(store.append_events(&[batch]).await.unwrap(), [0; 0]);
}

fn end() -> EndedRun {
    EndedRun {
        status: RunStatus::Completed,
        events: vec![serde_json::value::to_raw_value("said").unwrap()],
        tail: None,
        messages: vec!["kept".into()],
        state: Some(StateChange::Replace(json!(1))),
    }
}

fn shown(left: &LeftRun) -> (u64, String) {
    let events: Vec<_> = left.run.events.iter().map(|event| event.get()).collect();
    (left.lease.number, events.join(","))
}

/// It stopped the first one's runs, whose events, messages and state were then dropped without a word.
#[tokio::test]
async fn a_second_process_is_refused_and_the_first_ones_runs_are_kept() {
    let place = Place::new();
    let first = place.open().await.unwrap();
    let lease = begin(&first, &thread("t"), &["u"]).await.lease;
    let linked = place.file.with_file_name("linked.db");
    std::os::unix::fs::symlink(&place.file, &linked).unwrap();
    for name in [&place.file, &linked] {
        let url = format!("sqlite:{}", name.display());
        let patience = Duration::from_millis(50);
        let second = SqliteStore::open_with(&url, StoreOptions::default(), patience).await;
        let error = second.err().unwrap().to_string();
        assert!(
            error.contains("another agui-runtime has it open; stop that process")
                && error.contains(&*name.to_string_lossy()),
            "{error}"
        );
    }
    first.end_run(&lease, &end()).await.unwrap();
    let run = first.load_runs(&thread("t")).await.unwrap().pop().unwrap();
    assert_eq!((run.status, run.events.len()), (RunStatus::Completed, 1));
    assert!(first.load_state(&key()).await.unwrap().is_some());
    first.close().await.unwrap();
    assert!(place.open().await.is_ok(), "it is free again");
}

/// What such runs had said was lost with them.
#[tokio::test]
async fn runs_of_a_process_that_died_are_there_for_the_next_one_to_end() {
    let place = Place::new();
    place.dies_after(async |first| {
        let lease = begin(first, &thread("t"), &["kept"]).await.lease;
        first.end_run(&lease, &end()).await.unwrap();
        let lease = begin(first, &thread("t"), &["in its events"]).await.lease;
        say(first, &lease, 0, &["a", "b"]).await;
        say(first, &lease, 2, &["c"]).await;
        begin(first, &thread("u"), &["lost"]).await;
    });
    let second = place.open().await.unwrap();
    let left = match start(&second, &thread("t"), &[]).await {
        Start::Left(left) => left,
        other => panic!("{other:?}"),
    };
    assert_eq!(shown(&left), (2, r#""a","b","c""#.to_owned()));
    let mut claimed = second.claim_left(10, &[]).await.unwrap();
    assert_eq!(shown(&claimed[0]), (1, String::new()));
    assert_eq!(claimed.len(), 1, "the other one is taken");
    second.end_run(&left.lease, &end()).await.unwrap();
    let nothing = EndedRun {
        messages: Vec::new(),
        ..end()
    };
    let claimed = claimed.remove(0).lease;
    second.end_run(&claimed, &nothing).await.unwrap();
    let known = begin(&second, &thread("t"), &["kept", "in its events"]).await;
    assert_eq!((known.lease.number, known.known.len()), (3, 2));
    let known = begin(&second, &thread("u"), &["lost"]).await;
    assert_eq!((known.lease.number, known.known.len()), (2, 0));
    let rows = "SELECT count(*) FROM run_events";
    let rows: i64 = sqlx::query_scalar(rows)
        .fetch_one(&mut place.raw().await)
        .await
        .unwrap();
    assert_eq!(rows, 0, "an ended run's events are in one place");
}

#[tokio::test]
async fn the_events_of_a_deleted_thread_leave_no_row() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    for id in ["t", "u"] {
        let lease = begin(&store, &thread(id), &[]).await.lease;
        say(&store, &lease, 0, &["a"]).await;
    }
    assert!(store.delete_thread(&thread("t")).await.unwrap());
    let rows = async || {
        let rows = sqlx::query_scalar("SELECT count(*) FROM run_events");
        let rows: i64 = rows.fetch_one(&mut place.raw().await).await.unwrap();
        rows
    };
    assert_eq!(rows().await, 1);
    store.clear_threads(&Owner::anonymous()).await.unwrap();
    assert_eq!(rows().await, 0);
}

/// The rows of a run that has ended wait to be deleted with others', but not longer than its thread, nor without bound.
#[tokio::test]
async fn the_rows_of_ended_runs_do_not_pile_up() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    let rows = async || {
        let rows = sqlx::query_scalar("SELECT count(*) FROM run_events");
        let rows: i64 = rows.fetch_one(&mut place.raw().await).await.unwrap();
        rows
    };
    let live = begin(&store, &thread("live"), &[]).await.lease;
    say(&store, &live, 0, &["a"]).await;
    for id in ["deleted", "kept"] {
        let ended = begin(&store, &thread(id), &[]).await.lease;
        say(&store, &ended, 0, &["b"]).await;
        store.end_run(&ended, &end()).await.unwrap();
    }
    store.delete_thread(&thread("deleted")).await.unwrap();
    let shown = store.read_events(&thread("kept"), 1, 0).await.unwrap();
    assert_eq!((shown.is_some(), rows().await), (false, 2));
    let much = "x".repeat(3 << 20);
    for first in 1..4 {
        say(&store, &live, first, &[&much]).await;
    }
    assert_eq!(rows().await, 4, "those of the run that goes on");
    store.end_run(&live, &end()).await.unwrap();
    assert_eq!(rows().await, 0);
}

/// As when a server is told to stop: none of them is the only one while the others' leases are still held.
#[tokio::test]
async fn runs_that_end_in_one_commit_leave_no_row() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    let mut leases = Vec::new();
    for id in 0..3 {
        let lease = begin(&store, &thread(&id.to_string()), &[]).await.lease;
        say(&store, &lease, 0, &["a"]).await;
        leases.push(lease);
    }
    let rows = async || {
        let rows = sqlx::query_scalar("SELECT count(*) FROM run_events");
        let rows: i64 = rows.fetch_one(&mut place.raw().await).await.unwrap();
        rows
    };
    assert_eq!(rows().await, 3);
    let end = end();
    for ended in join_all(leases.iter().map(|lease| store.end_run(lease, &end))).await {
        ended.unwrap();
    }
    assert_eq!(rows().await, 0);
}

#[tokio::test]
async fn runs_that_an_earlier_version_left_are_claimed() {
    let place = Place::new();
    let first = place.open().await.unwrap();
    begin(&first, &thread("t"), &["u"]).await;
    first.close().await.unwrap();
    let earlier = "UPDATE runs SET fence = NULL";
    place.raw().await.execute(earlier).await.unwrap();
    let store = place.open().await.unwrap();
    let left = store.claim_left(10, &[]).await.unwrap().remove(0);
    assert_eq!(shown(&left), (1, String::new()));
    store.end_run(&left.lease, &end()).await.unwrap();
    assert!(store.claim_left(10, &[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_file_of_the_fourth_version_keeps_what_its_runs_said() {
    let place = Place::new();
    let first = place.open().await.unwrap();
    let lease = begin(&first, &thread("t"), &[]).await.lease;
    say(&first, &lease, 0, &["a", "b"]).await;
    first.close().await.unwrap();
    let earlier = "DROP TRIGGER run_removed; ALTER TABLE run_events RENAME TO later; \
                   CREATE TABLE run_events (fence INTEGER NOT NULL, first INTEGER NOT NULL, count INTEGER NOT NULL, \
                   events TEXT NOT NULL, PRIMARY KEY (fence, first)) STRICT, WITHOUT ROWID; \
                   INSERT INTO run_events SELECT fence, first, count, events FROM later; DROP TABLE later; \
                   CREATE TRIGGER run_removed AFTER DELETE ON runs WHEN OLD.status = 'running' BEGIN \
                   DELETE FROM run_events WHERE fence = OLD.fence; END; \
                   DELETE FROM _sqlx_migrations WHERE version > 4";
    place.raw().await.execute(earlier).await.unwrap();
    let store = place.open().await.unwrap();
    let left = store.claim_left(10, &[]).await.unwrap().remove(0);
    assert_eq!(shown(&left), (1, r#""a","b""#.to_owned()));
}

#[tokio::test]
async fn a_file_of_the_first_version_keeps_its_states() {
    let place = Place::new();
    let made = place.open().await.unwrap();
    write(&made, 7).await.unwrap();
    made.close().await.unwrap();
    let later = "DROP TABLE run_events; DROP TABLE state_versions; \
                 DROP TABLE messages; DROP TABLE runs; DROP TABLE threads; DROP TABLE totals; \
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

/// A run whose beginning was noted too late for its process to know had nobody who ended it: its thread stayed for ever.
#[tokio::test]
async fn a_run_that_nobody_ends_keeps_its_thread_until_it_is_claimed() {
    let place = Place::new();
    let url = format!("sqlite:{}", place.file.display());
    let options = StoreOptions {
        lease: Duration::ZERO,
        ..StoreLimits {
            threads: Some(1),
            ..StoreLimits::default()
        }
        .into()
    };
    let store = SqliteStore::open(&url, options).await.unwrap();
    let forgotten = thread("forgotten");
    begin(&store, &forgotten, &[]).await;
    let live = begin(&store, &thread("live"), &[]).await.lease;
    assert!(store.load_thread(&forgotten).await.unwrap().is_some());
    let left = store.claim_left(10, &[]).await.unwrap();
    let left = left.into_iter().find(|left| left.lease.thread == forgotten);
    store.end_run(&left.unwrap().lease, &end()).await.unwrap();
    begin(&store, &thread("new"), &[]).await;
    assert_eq!(store.load_thread(&forgotten).await.unwrap(), None);
    assert!(store.load_thread(&live.thread).await.unwrap().is_some());
}

/// By an index that ends where the page does, however many threads lie behind it or were put away.
#[tokio::test]
async fn a_page_costs_the_same_however_many_threads_there_are() {
    let place = Place::new();
    drop(place.open().await.unwrap());
    let mut db = place.raw().await;
    for (agent, archived) in [
        (None, false),
        (Some("a"), false),
        (None, true),
        (Some("a"), true),
    ] {
        let list = ListThreads {
            owner: Owner::anonymous(),
            filter: ThreadFilter {
                agent: agent.map(str::to_owned),
                archived,
                limit: 50,
                after: None,
            },
        };
        let explain = format!("EXPLAIN QUERY PLAN {}", list.query().sql().as_str());
        let plan = sqlx::query_as(sqlx::AssertSqlSafe(explain));
        let plan: Vec<(i64, i64, i64, String)> = plan.fetch_all(&mut db).await.unwrap();
        let count = |what| plan.iter().filter(|step| step.3.contains(what)).count();
        let kinds = 1 + usize::from(archived);
        assert_eq!(count("USING INDEX threads_"), kinds, "{plan:?}");
        // Only pages are sorted, to make one of two.
        assert_eq!(count("TEMP B-TREE") > 0, archived, "{plan:?}");
    }
}
