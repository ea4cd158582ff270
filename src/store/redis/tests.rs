//! What only a server of its own can show: that it is killed, full, or a newer binary's.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::time::Duration;

use ::redis::{Client, cmd};
use futures_util::StreamExt;
use serde_json::json;

use super::*;
use crate::store::suite::daemon::free_port;
use crate::store::suite::redis_server::{Server, store as url};
use crate::store::{Durability, RunStatus, Start};

fn thread(id: &str) -> ThreadKey {
    ThreadKey {
        owner: Owner::new("ann"),
        id: id.to_owned(),
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

fn strict() -> StoreOptions {
    StoreOptions {
        durability: Durability::Strict,
        ..StoreOptions::default()
    }
}

async fn start(store: &RedisStore, thread: &ThreadKey) -> Lease {
    match store.start_run(thread, new_run()).await.unwrap() {
        Start::Started(started) => started.lease,
        other => panic!("it is not free: {other:?}"),
    }
}

async fn append(store: &RedisStore, lease: &Lease, from: u64) -> Result<(), StoreError> {
    let lease = Arc::new(lease.clone());
    let batch = Batch::new(lease, from, [json!(from).to_string()]);
    let lost = store.append_events(&[batch]).await?;
    assert!(lost.is_empty());
    Ok(())
}

/// What a strict store needs of its server.
const SYNCED: [&str; 2] = ["--appendfsync", "always"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_after_the_server_was_killed() {
    let Some(mut server) = Server::start(&SYNCED) else {
        return;
    };
    let url = server.store();
    let store = Arc::new(RedisStore::open(&url, strict()).await.unwrap());
    let follower = RedisStore::open(&url, strict()).await.unwrap();
    let (mut tasks, back) = (Vec::new(), Arc::new(AtomicBool::new(false)));
    for n in 0..20 {
        let key = thread(&n.to_string());
        let lease = start(&store, &key).await;
        let follow = follower.follow(&key, 1, 0);
        let read = tokio::spawn(async move {
            let tails = follow.map(|tail| tail.unwrap().events).collect::<Vec<_>>();
            tails.await.concat()
        });
        let (store, back) = (store.clone(), back.clone());
        let write = tokio::spawn(async move {
            let (mut said, mut after) = (0, 0);
            while after < 20 {
                let is_back = back.load(Ordering::Relaxed);
                match append(&store, &lease, said).await {
                    Ok(()) => {
                        said += 1;
                        after += u64::from(is_back);
                    }
                    // As those who write do: again, from the same number on.
                    Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                }
            }
            let run = EndedRun {
                status: RunStatus::Completed,
                events: Vec::new(),
                tail: Some(Batch::new(Arc::new(lease.clone()), said, ["\"end\""])),
                messages: Vec::new(),
                state: None,
            };
            store.end_run(&lease, &run).await.unwrap();
            said
        });
        tasks.push((key, write, read));
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.crash();
    server.resume();
    back.store(true, Ordering::Relaxed);
    for (key, write, read) in tasks {
        let said = write.await.unwrap();
        let mut expected: Vec<_> = (0..said).map(|n| n.to_string()).collect();
        expected.push("\"end\"".to_owned());
        let read = read.await.unwrap();
        assert!(read.iter().map(|event| event.get()).eq(&expected));
        let tail = store.read_events(&key, 1, 0).await.unwrap().unwrap();
        assert!(tail.events.iter().map(|event| event.get()).eq(&expected));
    }
}

#[tokio::test]
async fn a_full_server_says_so_and_keeps_what_it_has() {
    let Some(server) = Server::start(&SYNCED) else {
        return;
    };
    let url = server.store();
    let store = RedisStore::open(&url, strict()).await.unwrap();
    let (key, other) = (thread("t"), thread("u"));
    let lease = start(&store, &key).await;
    append(&store, &lease, 0).await.unwrap();
    start(&store, &other).await;
    let client = Client::open(server.url()).unwrap();
    let mut admin = client.get_multiplexed_async_connection().await.unwrap();
    let mut limit = async |most: u64| {
        let mut set = cmd("CONFIG");
        set.arg("SET").arg("maxmemory").arg(most);
        set.exec_async(&mut admin).await.unwrap();
    };
    limit(1).await;
    let full = append(&store, &lease, 1).await.unwrap_err().to_string();
    assert!(full.contains("its memory is full"), "{full}");
    assert!(store.start_run(&thread("v"), new_run()).await.is_err());
    assert!(store.load_thread(&thread("v")).await.unwrap().is_none());
    let renewed = store.renew(std::slice::from_ref(&lease)).await.unwrap();
    assert!(renewed.lost.is_empty());
    let tail = store.read_events(&key, 1, 0).await.unwrap().unwrap();
    assert_eq!(tail.events.len(), 1);
    assert!(store.delete_thread(&other).await.unwrap());
    limit(0).await;
    append(&store, &lease, 1).await.unwrap();
    let tail = store.read_events(&key, 1, 0).await.unwrap().unwrap();
    assert_eq!(tail.events.len(), 2);
}

#[tokio::test]
async fn a_database_of_a_newer_binary_is_refused() {
    let Some(url) = url() else { return };
    drop(RedisStore::open(&url, strict()).await.unwrap());
    let check = RedisStore::inspect(&url).await.unwrap();
    assert_eq!(
        (check.version, check.newest, check.threads),
        (Some(1), Some(1), 0)
    );
    let address = Address::parse(&url).unwrap();
    let client = Client::open(address.connection).unwrap();
    let mut admin = client.get_multiplexed_async_connection().await.unwrap();
    let mut set = cmd("SET");
    set.arg(address.keys.of("schema")).arg(2);
    set.exec_async(&mut admin).await.unwrap();
    for refused in [
        RedisStore::open(&url, strict()).await.err(),
        RedisStore::inspect(&url).await.err(),
    ] {
        let error = refused.expect("it is newer").to_string();
        assert!(error.contains("has the schema 2"), "{error}");
        assert!(error.contains("prefix=***"), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_or_refuses_is_told_without_the_password() {
    let nowhere = format!("redis://:geheim@127.0.0.1:{}", free_port());
    let mut cases = vec![(nowhere, "nothing listens there")];
    if let Some(url) = url() {
        let (_, rest) = url.split_once('@').unwrap();
        cases.push((format!("redis://:geheim@{rest}"), "refuses the password"));
        cases.push((format!("redis://{rest}"), "wants a password"));
    }
    for (url, reason) in cases {
        let error = RedisStore::open(&url, strict()).await.err();
        let error = error.expect("it is refused").to_string();
        assert!(error.contains(reason), "{error}");
        assert!(!error.contains("geheim"), "{error}");
    }
}
