//! A database that crashes in the midst of runs, and recovers.

use std::process::Command;

use super::*;
use crate::store::suite::postgres_server::Server;
use crate::store::{Durability, StateChange, StateKey};

/// Asks again until the database answers.
async fn persist<T>(mut asked: impl AsyncFnMut() -> Result<T, StoreError>) -> T {
    let answered = async {
        loop {
            match asked().await {
                Ok(answer) => return answer,
                Err(StoreError::Backend { .. }) => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Err(error) => panic!("{error}"),
            }
        }
    };
    timeout(LONG, answered).await.unwrap()
}

/// A process of PostgreSQL that is killed makes it end all others and recover from its log.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_crashes_loses_nothing_and_keeps_nothing_twice() {
    let Some(server) = Server::start() else {
        return;
    };
    let options = StoreOptions {
        durability: Durability::Strict,
        ..StoreOptions::default()
    };
    let store = PostgresStore::open(&server.store(), options).await.unwrap();
    let state = StateKey {
        owner: Owner::anonymous(),
        thread_id: "0".into(),
        agent_name: "a".into(),
    };
    let mut leases = Vec::new();
    for n in 0..10 {
        leases.push(start(&store, &thread(&n.to_string())).await);
    }
    for from in 0..60 {
        if from % 20 == 10 {
            let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
                .fetch_one(&store.database.pool)
                .await
                .unwrap();
            let killed = Command::new("kill").args(["-9", &pid.to_string()]).status();
            assert!(killed.unwrap().success());
        }
        let batches = leases.iter().map(|lease| batch(lease, from, &["x"]));
        let batches: Vec<_> = batches.collect();
        let lost = persist(async || store.append_events(&batches).await).await;
        assert_eq!(lost, [0; 0]);
    }
    persist(async || {
        let set = StateChange::Replace(json!(1));
        store.change_state(&state, set).await
    })
    .await;
    for lease in &leases {
        assert_eq!(said(&store, lease).await, vec!["\"x\""; 60]);
        let end = ended(lease, 60);
        persist(async || store.end_run(lease, &end).await).await;
        start(&store, &lease.thread).await;
    }
}
