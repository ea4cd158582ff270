//! What only a database that others share can do: go away and come back, be too new, be made by two nodes at once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod crash;
mod killed;
#[path = "../../../tests/support/wire.rs"]
mod wire;

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};
use tokio::time::timeout;

use self::wire::Wire;
use super::PostgresStore;
use crate::store::suite::postgres_server;
use crate::store::{
    Batch, Cluster, EndedRun, Lease, NewRun, Owner, RunStatus, Start, Store, StoreError,
    StoreOptions, ThreadKey, check, check_url,
};

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

async fn open(url: &str) -> PostgresStore {
    PostgresStore::open(url, StoreOptions::default())
        .await
        .unwrap()
}

async fn refusal(url: &str) -> String {
    match PostgresStore::open(url, StoreOptions::default()).await {
        Ok(_) => panic!("{url} was opened"),
        Err(error) => error.to_string(),
    }
}

fn thread(id: &str) -> ThreadKey {
    ThreadKey {
        owner: Owner::anonymous(),
        id: id.into(),
    }
}

fn new_run() -> NewRun {
    NewRun {
        id: "r".into(),
        agent: "a".into(),
        parent: None,
        messages: Vec::new(),
    }
}

async fn start(store: &PostgresStore, thread: &ThreadKey) -> Lease {
    match store.start_run(thread, new_run()).await.unwrap() {
        Start::Started(started) => started.lease,
        other => panic!("{other:?}"),
    }
}

fn batch(lease: &Lease, from: u64, said: &[&str]) -> Batch {
    let events = said.iter().map(|said| json!(said).to_string());
    Batch::new(Arc::new(lease.clone()), from, events)
}

fn ended(lease: &Lease, from: u64) -> EndedRun {
    EndedRun {
        status: RunStatus::Completed,
        events: Vec::new(),
        tail: Some(batch(lease, from, &["end"])),
        messages: Vec::new(),
        state: None,
    }
}

/// The events of a run so far.
async fn said(store: &PostgresStore, lease: &Lease) -> Vec<String> {
    let tail = store.read_events(&lease.thread, lease.number, 0).await;
    let events = tail.unwrap().unwrap().events;
    events.iter().map(|it| it.get().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_start_at_once_make_the_tables_once() {
    let Some(url) = postgres_server::store() else {
        return;
    };
    let nodes = (0..8).map(|_| {
        let url = url.clone();
        tokio::spawn(async move { open(&url).await })
    });
    for node in join_all(nodes).await {
        assert_eq!(node.unwrap().load_thread(&thread("t")).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_newer_database_is_refused_with_both_versions() {
    let Some(url) = postgres_server::store() else {
        return;
    };
    let empty = check(&url).await.unwrap();
    assert_eq!((empty.version, empty.newest), (None, Some(2)));
    let store = open(&url).await;
    start(&store, &thread("t")).await;
    let made = check(&url).await.unwrap();
    assert_eq!((made.version, made.threads, made.going_on), (Some(2), 1, 1));
    store.close().await.unwrap();
    let (server, schema) = url.split_once("?schema=").unwrap();
    let mut db = PgConnection::connect(server).await.unwrap();
    let newer = format!(
        "INSERT INTO {schema}._sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9000, 'newer', true, '', 0)"
    );
    db.execute(sqlx::AssertSqlSafe(newer)).await.unwrap();
    let error = refusal(&url).await;
    assert!(error.contains("newer agui-runtime"), "{error}");
    assert!(error.contains("9000"), "{error}");
    assert_eq!(check(&url).await.unwrap_err().to_string(), error);
}

#[tokio::test]
async fn a_database_that_cannot_be_used_says_what_to_do() {
    let Some(url) = postgres_server::store() else {
        return;
    };
    let (server, _) = url.rsplit_once('/').unwrap();
    let error = refusal(&format!("{server}/nowhere")).await;
    assert!(error.contains("createdb"), "{error}");
    assert!(error.contains("\"nowhere\" at 127.0.0.1:"), "{error}");
    let error = refusal("postgres://me:geheim@127.0.0.1:1/x").await;
    assert!(error.contains("is it running"), "{error}");
    assert!(!error.contains("geheim"), "{error}");
    let error = refusal(&format!("{url}&options[default_transaction_read_only]=on")).await;
    assert!(error.contains("it is read-only"), "{error}");
}

#[test]
fn urls_are_checked_without_connecting() {
    for (url, reason) in [
        ("postgres://host/db", ""),
        (
            "postgresql://u:p@host:5433/db?sslmode=verify-full&connections=3&schema=a_1",
            "",
        ),
        ("postgres://%2Fvar%2Frun%2Fpostgresql/db", ""),
        ("postgres:db", "names no server: write `postgres://user"),
        ("postgres://host:port/db", "invalid port"),
        (
            "postgres://host/db?conections=3",
            "`conections` is no parameter",
        ),
        ("postgres://host/db?connections=0", "a number from 1"),
        ("postgres://host/db?schema=a-b", "a name of small letters"),
        ("postgres://host/db?sslmode=perhaps", "sslmode"),
    ] {
        let error = check_url(url).err().map(|error| error.to_string());
        assert_eq!(error.is_some(), !reason.is_empty(), "{url}: {error:?}");
        let text = error.unwrap_or_default();
        assert!(text.contains(reason), "{text}");
    }
    let error = check_url("postgres://me:geheim@host/db?password=geheim&x=geheim").unwrap_err();
    assert!(!error.to_string().contains("geheim"), "{error}");
}

/// A database that cannot be reached in the midst of runs: what is told is told again, once; who follows goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_goes_away_is_waited_for() {
    let Some(url) = postgres_server::store() else {
        return;
    };
    let wire = Wire::to(&url).await;
    let (here, there) = (open(&wire.url).await, open(&url).await);
    let (mine, theirs) = (
        start(&here, &thread("mine")).await,
        start(&there, &thread("theirs")).await,
    );
    let mut tails = here.cluster().unwrap().follow(&theirs.thread, 1, 0);
    let mut stops = here.cluster().unwrap().stop_requests();
    here.append_events(&[batch(&mine, 0, &["a"])])
        .await
        .unwrap();
    there
        .append_events(&[batch(&theirs, 0, &["a"])])
        .await
        .unwrap();
    let first = timeout(LONG, tails.next()).await.unwrap().unwrap();
    assert_eq!(first.unwrap().events.len(), 1);

    wire.cut();
    let lost = timeout(LONG, here.append_events(&[batch(&mine, 1, &["b"])])).await;
    assert!(matches!(lost.unwrap(), Err(StoreError::Backend { .. })));
    there
        .append_events(&[batch(&theirs, 1, &["b"])])
        .await
        .unwrap();
    wire.mend();

    let again = timeout(LONG, here.append_events(&[batch(&mine, 1, &["b", "c"])])).await;
    assert_eq!(again.unwrap().unwrap(), [0; 0]);
    assert_eq!(said(&here, &mine).await, ["\"a\"", "\"b\"", "\"c\""]);
    there.end_run(&theirs, &ended(&theirs, 2)).await.unwrap();
    let mut read = Vec::new();
    while let Some(tail) = timeout(LONG, tails.next()).await.unwrap() {
        read.extend(tail.unwrap().events);
    }
    let read: Vec<_> = read.iter().map(|event| event.get()).collect();
    assert_eq!(read, ["\"b\"", "\"end\""]);
    // It hears again, once its listener has found the database.
    let asked = async {
        loop {
            let asked = there.request_stop(&mine.thread, None).await;
            assert_eq!(asked.unwrap(), Some(1));
            let heard = timeout(Duration::from_millis(200), stops.next());
            if let Ok(heard) = heard.await {
                return heard;
            }
        }
    };
    let heard = timeout(LONG, asked).await;
    assert_eq!(heard.unwrap(), Some(mine.fence));
    here.end_run(&mine, &ended(&mine, 3)).await.unwrap();
}

/// An answer that was lost: the run's node asks again, and must not take its own end for somebody else's.
#[tokio::test]
async fn an_end_that_was_not_acknowledged_is_not_another_ones() {
    let Some(url) = postgres_server::store() else {
        return;
    };
    let store = open(&url).await;
    let lease = start(&store, &thread("t")).await;
    let end = ended(&lease, 0);
    store.end_run(&lease, &end).await.unwrap();
    let fenced = store.end_run(&lease, &end).await;
    assert!(matches!(fenced, Err(StoreError::Fenced)), "{fenced:?}");
    store.ending.lock().insert(lease.fence);
    store.end_run(&lease, &end).await.unwrap();
    assert!(store.ending.lock().is_empty());
    // Another node's is another fence.
    let second = start(&store, &thread("t")).await;
    store.ending.lock().insert(second.fence);
    let left = store.start_run(&second.thread, new_run()).await.unwrap();
    let Start::Left(left) = left else {
        panic!("{left:?}");
    };
    let end = ended(&left.lease, 0);
    store.end_run(&left.lease, &end).await.unwrap();
    let fenced = store.end_run(&second, &ended(&second, 0)).await;
    assert!(matches!(fenced, Err(StoreError::Fenced)), "{fenced:?}");
}

/// A node that freezes in the midst of a transaction keeps its thread's row locked.
#[tokio::test]
async fn a_transaction_that_nobody_goes_on_with_is_ended() {
    let Some(url) = postgres_server::store() else {
        return;
    };
    let store = open(&url).await;
    let lease = start(&store, &thread("t")).await;
    let mut frozen = store.database.pool.acquire().await.unwrap();
    frozen
        .execute("BEGIN; SELECT * FROM threads FOR UPDATE")
        .await
        .unwrap();
    let end = ended(&lease, 0);
    let end = timeout(LONG, store.end_run(&lease, &end)).await;
    end.unwrap().unwrap();
    assert!(frozen.execute("SELECT 1").await.is_err());
}

/// Only runs that somebody follows are announced to all nodes, and their events go some time after the end.
#[tokio::test]
async fn events_of_runs_that_have_ended_are_forgotten() {
    let Some(url) = postgres_server::store() else {
        return;
    };
    let store = open(&url).await;
    let lease = start(&store, &thread("t")).await;
    store
        .append_events(&[batch(&lease, 0, &["a"])])
        .await
        .unwrap();
    store.end_run(&lease, &ended(&lease, 1)).await.unwrap();
    let rows = async || {
        let pool = &store.database.pool;
        let count = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM run_events");
        count.fetch_one(pool).await.unwrap()
    };
    assert!(store.claim_left(1, &[]).await.unwrap().is_empty());
    assert_eq!(rows().await, 2, "for those who follow");
    let pool = &store.database.pool;
    pool.execute("UPDATE runs SET told_until = clock_timestamp()")
        .await
        .unwrap();
    let tail = store.read_events(&lease.thread, 1, 0).await.unwrap();
    assert!(tail.is_none(), "{tail:?}");
    assert!(store.claim_left(1, &[]).await.unwrap().is_empty());
    assert_eq!(rows().await, 0);
    assert_eq!(store.load_runs(&lease.thread).await.unwrap().len(), 1);
}
