//! What the store takes to keep what runs say: an append of one event, one of 50 as they come within 50 ms, and a short run
//! from its start to its end.
//!
//! SQLite is a file on this machine's disk, with the settings of the binary: an append there is a commit that waits for no disk.
//! The store in memory appends nothing while a run goes on (`Terms::lasts`), so only its runs are measured.

use std::sync::Arc;
use std::time::{Duration, Instant};

use agui_runtime::store::{
    Batch, EndedRun, Lease, NewRun, Owner, RunStatus, Start, Store, StoreOptions, ThreadKey, open,
};
use criterion::{BenchmarkId, Criterion, Throughput};
use serde_json::value::RawValue;
use uuid::Uuid;

const EVENT: &str = r#"{"type":"TEXT_MESSAGE_CONTENT","messageId":"m","delta":"token "}"#;
/// A run that said so much is followed by another, so that none becomes longer than runs are.
const APPENDS: u64 = 200;

pub fn measure(criterion: &mut Criterion) {
    let tokio = tokio::runtime::Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = format!("sqlite:{}", folder.path().join("bench.db").display());
    let opened = |url: &str| {
        let store = tokio.block_on(open(url, StoreOptions::default()));
        store.expect("the store can be opened")
    };
    let (sqlite, memory) = (opened(&file), opened("memory:"));

    let mut group = criterion.benchmark_group("store append");
    for count in [1, 50] {
        group.throughput(Throughput::Elements(count));
        group.bench_function(BenchmarkId::new("SQLite", count), |bench| {
            let many = |times| appends(&*sqlite, count, times);
            bench.to_async(&tokio).iter_custom(many);
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("store, a run of 100 events");
    for (name, store) in [("SQLite", &sqlite), ("memory", &memory)] {
        group.bench_function(name, |bench| {
            bench.to_async(&tokio).iter(|| run(&**store));
        });
    }
    group.finish();
    for store in [sqlite, memory] {
        tokio.block_on(store.close()).expect("the store closes");
    }
}

/// The time that so many appends take, without that of the runs that they belong to.
async fn appends(store: &dyn Store, count: u64, times: u64) -> Duration {
    let mut took = Duration::ZERO;
    let mut left = times;
    while left > 0 {
        let lease = begin(store).await;
        let now = left.min(APPENDS);
        for at in 0..now {
            let batch = [batch(&lease, at * count, count)];
            let begun = Instant::now();
            let lost = store.append_events(&batch).await;
            took += begun.elapsed();
            assert!(lost.is_ok_and(|lost| lost.is_empty()), "the run was lost");
        }
        end(store, &lease, 1).await;
        left -= now;
    }
    took
}

/// A short run, with two appends where the store takes them.
async fn run(store: &dyn Store) {
    let lease = begin(store).await;
    if store.terms().lasts {
        for from in [0, 50] {
            let appended = store.append_events(&[batch(&lease, from, 50)]).await;
            appended.expect("the events are kept");
        }
    }
    end(store, &lease, 5).await;
}

async fn begin(store: &dyn Store) -> Arc<Lease> {
    let thread = ThreadKey {
        owner: Owner::anonymous(),
        id: Uuid::new_v4().to_string(),
    };
    let run = NewRun {
        id: Uuid::new_v4().to_string(),
        agent: "default".to_owned(),
        parent: None,
        messages: vec!["u".to_owned()],
    };
    match store.start_run(&thread, run).await {
        Ok(Start::Started(started)) => Arc::new(started.lease),
        other => panic!("the thread is new: {other:?}"),
    }
}

fn batch(lease: &Arc<Lease>, from: u64, count: u64) -> Batch {
    Batch::new(lease.clone(), from, (0..count).map(|_| EVENT))
}

/// Ends a run that leaves so many compacted events.
async fn end(store: &dyn Store, lease: &Lease, events: usize) {
    let event = RawValue::from_string(EVENT.to_owned()).expect("the event is JSON");
    let ended = EndedRun {
        status: RunStatus::Completed,
        events: vec![event; events],
        tail: None,
        messages: vec!["u".to_owned(), "m".to_owned()],
        state: None,
    };
    let ended = store.end_run(lease, &ended).await;
    ended.expect("the run ends");
}
