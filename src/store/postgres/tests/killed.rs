//! A process that is killed in the midst of runs: what it was told is stored is there, and its threads are free again.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use super::*;
use crate::store::Durability;

/// Where the process that is killed finds the database.
const URL: &str = "AGUI_RUNTIME_KILLED_NODE_URL";
/// Runs of it at once.
const RUNS: usize = 5;

/// No test by itself: what the process does that is killed by the test below, which gives it the URL. Says each commit once it
/// was acknowledged.
#[tokio::test(flavor = "multi_thread")]
async fn node() {
    let Ok(url) = std::env::var(URL) else {
        return;
    };
    let options = StoreOptions {
        durability: Durability::Strict,
        lease: Duration::from_secs(1),
        ..StoreOptions::default()
    };
    let store = PostgresStore::open(&url, options).await.unwrap();
    let mut leases = Vec::new();
    for n in 0..RUNS {
        leases.push(start(&store, &thread(&n.to_string())).await);
    }
    let mut out = std::io::stdout();
    for from in 0.. {
        let batches = leases.iter().map(|lease| batch(lease, from, &["x"]));
        let batches: Vec<_> = batches.collect();
        assert!(store.append_events(&batches).await.unwrap().is_empty());
        writeln!(out, "kept {from}").unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_node_was_told_is_there() {
    let Some(url) = postgres_server::store() else {
        return;
    };
    let store = open(&url).await;
    for round in 1..=3 {
        let kept = tokio::task::block_in_place(|| killed_after(&url, 20 * round));
        for n in 0..RUNS {
            let key = thread(&n.to_string());
            let left = left(&store, &key).await;
            let said = left.run.events.len() as u64;
            // The commit that was under way as it died may be there.
            assert!((kept..=kept + 1).contains(&said), "{kept}, {said}");
            assert_eq!(left.lease.number, round);
            store
                .end_run(&left.lease, &ended(&left.lease, said))
                .await
                .unwrap();
        }
    }
    assert!(store.claim_left(10, &[]).await.unwrap().is_empty());
}

/// Kills a node once it has said so many commits. How many it has said.
fn killed_after(url: &str, commits: u64) -> u64 {
    let mut node = Command::new(std::env::current_exe().unwrap());
    node.args([
        "store::postgres::tests::killed::node",
        "--exact",
        "--nocapture",
    ]);
    let mut node = node.env(URL, url).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(node.stdout.take().unwrap()).lines();
    let kept = lines
        .map(Result::unwrap)
        .filter(|line| line.contains("kept "));
    let mut said = 0;
    for _ in kept {
        said += 1;
        if said == commits {
            // SIGKILL; what it has said before is still read.
            node.kill().unwrap();
        }
    }
    node.wait().unwrap();
    said
}

/// The thread's run, once its lease has run out.
async fn left(store: &PostgresStore, key: &ThreadKey) -> crate::store::LeftRun {
    let taken = async {
        loop {
            match store.start_run(key, new_run()).await.unwrap() {
                Start::Left(left) => return *left,
                Start::Busy(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                Start::Started(_) => panic!("the run is not there"),
            }
        }
    };
    timeout(LONG, taken).await.unwrap()
}
