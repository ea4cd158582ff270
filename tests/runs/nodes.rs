//! Several servers on one store: any of them follows, stops and starts on any thread, and ends what another left behind.

use std::sync::Arc;
use std::time::Duration;

use agui_runtime::Runtime;
use agui_runtime::generated::agui::Event;
use agui_runtime::runtime::log::EndReason;
use agui_runtime::runtime::run::Run;
use agui_runtime::runtime::{StartOptions, Stopped, ThreadBusy, WhenBusy};
use agui_runtime::store::memory::MemoryStore;
use agui_runtime::store::{Durability, Owner, RunStatus, Store, StoreOptions, ThreadKey};
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::Sender;

use super::keeping::{Told, begin_message, key, next, stored, until_stored};
use super::{Scripted, input, word};
use crate::support::store::Held;

/// Two servers, and what tells the runs of the first.
struct Nodes {
    here: Runtime,
    there: Runtime,
    store: Arc<MemoryStore>,
    tell: Vec<Sender<Event>>,
}

impl Nodes {
    async fn new(durability: Durability) -> Self {
        let options = || StoreOptions {
            durability,
            ..StoreOptions::default()
        };
        let store = Arc::new(MemoryStore::clustered(options()));
        let other = Arc::new(store.node(options()));
        let (agent, tell) = Told::runs(3);
        let here = Runtime::builder().agent("default", agent);
        let agent = Scripted(|| stream::empty().boxed());
        let there = Runtime::builder().agent("default", agent);
        Self {
            here: here.store(store.clone()).build().await.unwrap(),
            there: there.store(other).build().await.unwrap(),
            store,
            tell,
        }
    }

    /// A run on the first, that has begun a message.
    async fn begun(&self) -> Arc<Run> {
        let run = start(&self.here, "here", WhenBusy::Reject).await.unwrap();
        self.tell[0].try_send(begin_message()).unwrap();
        let mut followed = run.follow();
        let begun = ["RUN_STARTED", "TEXT_MESSAGE_START"];
        assert_eq!(next(&mut followed, 2).await, begun);
        until_stored(&*self.store, 2).await;
        run
    }
}

async fn start(node: &Runtime, id: &str, when_busy: WhenBusy) -> Result<Arc<Run>, ThreadBusy> {
    let (_, agent) = node.agent(None).unwrap();
    let mut input = input("t");
    input.request.run_id = id.to_owned();
    let options = StartOptions {
        when_busy,
        kept: true,
    };
    node.start(agent.clone(), input, options).await
}

/// Everything that a client that connects reads, as JSON.
async fn read(node: &Runtime) -> Vec<String> {
    let connection = node.connect(&key()).await.unwrap();
    let history: Vec<_> = connection.history.collect().await;
    let history = history.iter().flat_map(|run| run.as_ref().unwrap().iter());
    let mut read: Vec<_> = history.map(|event| event.get().to_owned()).collect();
    if let Some(run) = connection.live {
        let live: Vec<_> = run.follow().collect().await;
        read.extend(
            live.iter()
                .map(|entry| serde_json::to_string(&entry.event).unwrap()),
        );
    }
    read
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_is_followed_from_another_server_to_its_last_event() {
    for durability in [Durability::Batched, Durability::Strict] {
        let nodes = Nodes::new(durability).await;
        let run = nodes.begun().await;
        let there = nodes.there.clone();
        let early: Vec<_> = (0..5)
            .map(|_| {
                let there = there.clone();
                tokio::spawn(async move { read(&there).await })
            })
            .collect();
        let mut live = nodes
            .there
            .connect(&key())
            .await
            .unwrap()
            .live
            .unwrap()
            .follow();
        assert_eq!(
            next(&mut live, 2).await,
            ["RUN_STARTED", "TEXT_MESSAGE_START"]
        );
        for n in 0..100 {
            nodes.tell[0].try_send(word(&n.to_string())).unwrap();
            if n % 10 == 0 {
                // It is there before the next is said: live, not in the end.
                let word = next(&mut live, 1).await;
                assert_eq!(word, ["TEXT_MESSAGE_CONTENT"]);
            }
        }
        let late = tokio::spawn(async move { read(&there).await });
        drop(nodes.tell);
        run.ended().await;
        let said: Vec<_> = run.follow().collect().await;
        let said: Vec<_> = said
            .iter()
            .map(|entry| serde_json::to_string(&entry.event).unwrap())
            .collect();
        assert_eq!(said.len(), 104);
        for reader in early {
            assert_eq!(reader.await.unwrap(), said);
        }
        let late = late.await.unwrap();
        // Just then it may have ended, and been compacted.
        assert!(late == said || late.len() == 5, "{late:?}");
        assert_eq!(read(&nodes.there).await.len(), 5);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_follows_through_a_server_that_shuts_down_is_told_to_come_again() {
    let nodes = Nodes::new(Durability::Batched).await;
    let run = nodes.begun().await;
    let live = nodes.there.connect(&key()).await.unwrap().live.unwrap();
    let mut live = live.follow();
    let begun = ["RUN_STARTED", "TEXT_MESSAGE_START"];
    assert_eq!(next(&mut live, 2).await, begun);
    nodes.there.shut_down().await;
    let told: Vec<_> = live.collect().await;
    let last = serde_json::to_string(&told.last().unwrap().event).unwrap();
    assert!(
        last.contains("RUN_ERROR") && last.contains("connect to its thread again"),
        "{last}"
    );
    // The run itself goes on.
    assert_eq!(run.end_reason(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_is_stopped_from_another_server() {
    let nodes = Nodes::new(Durability::Batched).await;
    let run = nodes.begun().await;
    let stop = async |thread, run_id| nodes.there.stop(&thread, run_id).await.unwrap();
    let bobs = ThreadKey {
        owner: Owner::new("bob"),
        ..key()
    };
    assert_eq!(stop(bobs, None).await, Stopped::NoRun);
    assert_eq!(stop(key(), Some("another")).await, Stopped::NoRun);
    assert_eq!(run.end_reason(), None);
    assert_eq!(stop(key(), Some("here")).await, Stopped::Yes);
    run.ended().await;
    assert_eq!(run.end_reason(), Some(EndReason::Stopped));
    assert_eq!(stop(key(), None).await, Stopped::NoRun);
    let runs = nodes.store.load_runs(&key()).await.unwrap();
    assert_eq!(runs[0].status, RunStatus::Stopped);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_that_is_busy_on_another_server_is_refused_waited_for_or_taken() {
    let nodes = Nodes::new(Durability::Batched).await;
    let first = nodes.begun().await;
    let busy = start(&nodes.there, "rejected", WhenBusy::Reject).await;
    let busy = busy.unwrap_err();
    assert_eq!((&*busy.thread, &*busy.run), ("t", "here"));
    let queued = start(&nodes.there, "queued", WhenBusy::Queue)
        .await
        .unwrap();
    for _ in 0..100 {
        tokio::task::yield_now().await;
        assert_eq!((first.end_reason(), queued.end_reason()), (None, None));
    }
    let superseding = start(&nodes.there, "superseding", WhenBusy::Supersede)
        .await
        .unwrap();
    superseding.ended().await;
    // Its end was in the store before; its own server tells it about now.
    first.ended().await;
    assert_eq!(first.end_reason(), Some(EndReason::Stopped));
    assert_eq!(queued.end_reason(), Some(EndReason::Stopped));
    assert_eq!(superseding.end_reason(), Some(EndReason::Completed));
    // A run that was refused or stopped before its turn leaves nothing.
    let runs = nodes.store.load_runs(&key()).await.unwrap();
    let runs: Vec<_> = runs.iter().map(|run| (&*run.id, run.status)).collect();
    let expected = [
        ("here", RunStatus::Stopped),
        ("superseding", RunStatus::Completed),
    ];
    assert_eq!(runs, expected);
    assert!(
        start(&nodes.there, "free again", WhenBusy::Reject)
            .await
            .is_ok()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_that_wait_for_another_server_get_their_turn() {
    let nodes = Nodes::new(Durability::Batched).await;
    let first = nodes.begun().await;
    let queued = start(&nodes.there, "queued", WhenBusy::Queue)
        .await
        .unwrap();
    drop(nodes.tell);
    queued.ended().await;
    first.ended().await;
    assert_eq!(first.end_reason(), Some(EndReason::Completed));
    assert_eq!(queued.end_reason(), Some(EndReason::Completed));
    let runs = nodes.store.load_runs(&key()).await.unwrap();
    assert_eq!(runs.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_that_start_at_once_one_runs() {
    let nodes = Nodes::new(Durability::Batched).await;
    let starts = (0..20).map(|n| {
        let node = [&nodes.here, &nodes.there][n % 2].clone();
        tokio::spawn(async move { start(&node, &n.to_string(), WhenBusy::Reject).await })
    });
    let started = join_all(starts).await.into_iter().map(Result::unwrap);
    let runs: Vec<_> = started.flatten().collect();
    // On the second server a run is over at once; no two go on together.
    let live = runs.iter().filter(|run| run.end_reason().is_none());
    assert!(live.count() <= 1);
    assert!(!runs.is_empty());
    drop(nodes.tell);
    for run in &runs {
        run.ended().await;
        assert_eq!(run.end_reason(), Some(EndReason::Completed));
    }
    let stored = nodes.store.load_runs(&key()).await.unwrap();
    assert_eq!(stored.len(), runs.len());
}

/// A store that says nothing for long is not waited for; what it says then counts all the same.
#[tokio::test(start_paused = true)]
async fn a_run_that_went_on_before_its_thread_was_found_busy_ends() {
    let nodes = Nodes::new(Durability::Batched).await;
    let first = nodes.begun().await;
    let slow = Held::node(&nodes.store);
    slow.starts.forget_permits(Semaphore::MAX_PERMITS);
    let (agent, _tell) = Told::runs(1);
    let there = Runtime::builder().agent("default", agent);
    let there = there.store(slow.clone()).build().await.unwrap();
    let second = start(&there, "there", WhenBusy::Reject).await.unwrap();
    assert_eq!(second.end_reason(), None);
    slow.starts.add_permits(1);
    second.ended().await;
    assert_eq!(second.end_reason(), Some(EndReason::Lost));
    assert_eq!(next(&mut second.follow(), 9).await, ["RUN_ERROR"]);
    drop(nodes.tell);
    first.ended().await;
    assert_eq!(first.end_reason(), Some(EndReason::Completed));
}

/// A server's process, which does something only while it is let.
fn process() -> tokio::runtime::Runtime {
    let mut process = tokio::runtime::Builder::new_current_thread();
    process.enable_all().build().unwrap()
}

/// As with SIGSTOP, and SIGCONT after its lease has run out.
#[test]
fn a_server_that_is_frozen_loses_its_run_to_another_one() {
    let options = || StoreOptions {
        lease: Duration::from_millis(100),
        ..StoreOptions::default()
    };
    let (frozen, other) = (process(), process());
    let store = Arc::new(MemoryStore::clustered(options()));
    let (agent, tell) = Told::runs(1);
    let (_here, run) = frozen.block_on(async {
        let here = Runtime::builder()
            .agent("default", agent)
            .store(store.clone());
        let here = here.build().await.unwrap();
        let run = start(&here, "here", WhenBusy::Reject).await.unwrap();
        tell[0].try_send(begin_message()).unwrap();
        until_stored(&*store, 2).await;
        (here, run)
    });
    other.block_on(async {
        let agent = Scripted(|| stream::empty().boxed());
        let there = Runtime::builder().agent("default", agent);
        let there = there.store(Arc::new(store.node(options())));
        let there = there.build().await.unwrap();
        let live = there.connect(&key()).await.unwrap().live.unwrap();
        let expected = [
            "RUN_STARTED",
            "TEXT_MESSAGE_START",
            "TEXT_MESSAGE_END",
            "RUN_ERROR",
        ];
        assert_eq!(next(&mut live.follow(), 9).await, expected);
        let again = start(&there, "again", WhenBusy::Reject).await.unwrap();
        again.ended().await;
        assert_eq!(again.end_reason(), Some(EndReason::Completed));
    });
    frozen.block_on(async {
        tell[0].try_send(word("nobody hears this")).unwrap();
        run.ended().await;
        assert_eq!(run.end_reason(), Some(EndReason::Lost));
        let runs = store.load_runs(&key()).await.unwrap();
        let runs: Vec<_> = runs.iter().map(|run| (&*run.id, run.status)).collect();
        let expected = [
            ("here", RunStatus::Stopped),
            ("again", RunStatus::Completed),
        ];
        assert_eq!(runs, expected);
        assert_eq!(stored(&*store).await, ["RUN_STARTED", "RUN_FINISHED"]);
    });
}

#[tokio::test(start_paused = true)]
async fn a_run_whose_lease_was_not_renewed_in_time_goes_on_where_it_is() {
    // As if the store had been away: every look for runs that were left finds this one.
    let options = StoreOptions {
        lease: Duration::ZERO,
        ..StoreOptions::default()
    };
    let store = Arc::new(MemoryStore::clustered(options));
    let (agent, tell) = Told::runs(1);
    let here = Runtime::builder().agent("default", agent);
    let here = here.store(store.clone()).build().await.unwrap();
    let run = start(&here, "here", WhenBusy::Reject).await.unwrap();
    tell[0].try_send(begin_message()).unwrap();
    until_stored(&*store, 2).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    tell[0].try_send(word("still here")).unwrap();
    drop(tell);
    run.ended().await;
    assert_eq!(run.end_reason(), Some(EndReason::Completed));
    assert_eq!(stored(&*store).await.last().unwrap(), "RUN_FINISHED");
}
