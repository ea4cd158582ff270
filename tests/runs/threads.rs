//! Runs that share a thread: who waits, who is refused, who is stopped, and what a client that comes back is shown.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use agui_runtime::Runtime;
use agui_runtime::agents::{Agent, EventStream, RunInput};
use agui_runtime::generated::agui::{
    Event, TextMessageContentEvent, TextMessageEndEvent, TextMessageStartEvent,
};
use agui_runtime::runtime::log::EndReason;
use agui_runtime::runtime::run::Run;
use agui_runtime::runtime::{Connection, StartOptions, Stopped, ThreadBusy, WhenBusy};
use agui_runtime::store::memory::MemoryStore;
use agui_runtime::store::{Owner, RunStatus, Store, StoreLimits, ThreadKey};
use futures_util::future::join_all;
use futures_util::{FutureExt, StreamExt, stream};
use parking_lot::Mutex;
use tokio::sync::Semaphore;
use tokio::task::yield_now;

use super::input;
use crate::support::store::Held;

/// The runs that have begun, each with how the thread's earlier runs had ended by then.
type Begun = Arc<Mutex<Vec<(String, Vec<RunStatus>)>>>;

/// Ends when it is let, and notes what it found as it began.
struct Steered {
    store: Arc<dyn Store>,
    begun: Begun,
    /// One permit lets one run end.
    go: Arc<Semaphore>,
}

impl Agent for Steered {
    fn run(&self, input: Arc<RunInput>) -> EventStream {
        let (store, begun, go) = (self.store.clone(), self.begun.clone(), self.go.clone());
        let said = async move {
            let runs = store.load_runs(&key(&input.request.thread_id)).await;
            let runs = runs.unwrap().into_iter();
            let ended = runs
                .filter(|run| run.id != input.request.run_id)
                .map(|run| run.status);
            begun
                .lock()
                .push((input.request.run_id.clone(), ended.collect()));
            go.acquire().await.unwrap().forget();
            Ok(TextMessageStartEvent::new(&*input.request.run_id).into())
        };
        stream::once(said).boxed()
    }
}

struct Stage {
    runtime: Runtime,
    begun: Begun,
    go: Arc<Semaphore>,
}

impl Stage {
    async fn new(store: Arc<dyn Store>) -> Self {
        let (begun, go) = (Arc::default(), Arc::new(Semaphore::new(0)));
        let agent = Steered {
            store: store.clone(),
            begun: Arc::clone(&begun),
            go: go.clone(),
        };
        let builder = Runtime::builder().agent("default", agent).store(store);
        let runtime = builder.build().await.unwrap();
        Self { runtime, begun, go }
    }

    fn start(&self, id: &str, when_busy: WhenBusy) -> Result<Arc<Run>, ThreadBusy> {
        start(&self.runtime, id, when_busy)
    }

    fn begun(&self) -> Vec<String> {
        self.begun.lock().iter().map(|(id, _)| id.clone()).collect()
    }

    /// Waits until so many runs have begun.
    async fn until_begun(&self, runs: usize) {
        while self.begun().len() < runs {
            yield_now().await;
        }
    }
}

fn start(runtime: &Runtime, id: &str, when_busy: WhenBusy) -> Result<Arc<Run>, ThreadBusy> {
    let (_, agent) = runtime.agent(None).unwrap();
    let mut input = input("t");
    input.request.run_id = id.to_owned();
    let options = StartOptions {
        when_busy,
        kept: true,
    };
    // A store of one node is not waited for.
    let started = runtime.start(agent.clone(), input, options);
    started.now_or_never().unwrap()
}

fn key(id: &str) -> ThreadKey {
    ThreadKey {
        owner: Owner::anonymous(),
        id: id.to_owned(),
    }
}

/// A few turns for everybody, on a runtime of one thread.
async fn turns() {
    for _ in 0..50 {
        yield_now().await;
    }
}

#[tokio::test]
async fn a_busy_thread_refuses_a_second_run_and_names_the_first() {
    let stage = Stage::new(Arc::new(MemoryStore::default())).await;
    let first = stage.start("first", WhenBusy::Reject).unwrap();
    let refused = stage.start("second", WhenBusy::Reject).unwrap_err();
    assert_eq!((&*refused.thread, &*refused.run), ("t", "first"));
    stage.go.add_permits(1);
    first.ended().await;
    stage.start("third", WhenBusy::Reject).unwrap();
    stage.until_begun(2).await;
    assert_eq!(stage.begun(), ["first", "third"]);
}

/// A client that has read `RUN_FINISHED` was refused now and then: the thread became free only after it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_seen_the_end_may_start_the_next_run() {
    let stage = Stage::new(Arc::new(MemoryStore::default())).await;
    stage.go.add_permits(500);
    for n in 0..500 {
        let run = stage.start(&n.to_string(), WhenBusy::Reject);
        let mut followed = run.expect("the run before has ended").follow();
        while let Some(entry) = followed.next().await {
            if matches!(entry.event, Event::RunFinished(_)) {
                break;
            }
        }
    }
}

#[tokio::test]
async fn queued_runs_go_in_order_and_find_the_earlier_ones_stored() {
    let held = Held::new();
    let stage = Stage::new(held.clone()).await;
    let ids = ["1", "2", "3", "4"];
    let runs = ids.map(|id| stage.start(id, WhenBusy::Queue).unwrap());
    for (at, run) in runs.iter().enumerate() {
        stage.until_begun(at + 1).await;
        stage.go.add_permits(1);
        turns().await;
        assert_eq!(stage.begun(), ids[..=at], "the next waits for the store");
        assert_eq!(run.end_reason(), None);
        held.ends.add_permits(1);
        run.ended().await;
    }
    let completed = |runs| vec![RunStatus::Completed; runs];
    let expected: Vec<_> = (0..4).map(|n| (ids[n].to_owned(), completed(n))).collect();
    assert_eq!(*stage.begun.lock(), expected);
}

#[tokio::test]
async fn a_run_that_supersedes_begins_after_the_earlier_ones_are_stored() {
    let held = Held::new();
    let stage = Stage::new(held.clone()).await;
    let first = stage.start("first", WhenBusy::Supersede).unwrap();
    stage.until_begun(1).await;
    let waiting = stage.start("waiting", WhenBusy::Queue).unwrap();
    let last = stage.start("last", WhenBusy::Supersede).unwrap();
    turns().await;
    assert_eq!(waiting.end_reason(), Some(EndReason::Stopped));
    assert_eq!(first.end_reason(), None, "its end is not stored yet");
    assert_eq!(stage.begun(), ["first"]);
    held.ends.add_permits(1);
    stage.until_begun(2).await;
    assert_eq!(first.end_reason(), Some(EndReason::Stopped));
    let begun = stage.begun.lock().pop().unwrap();
    assert_eq!(begun, ("last".to_owned(), vec![RunStatus::Stopped]));
    assert_eq!(last.end_reason(), None);
}

#[tokio::test]
async fn stop_ends_the_active_run_and_those_that_wait() {
    let stage = Stage::new(Arc::new(MemoryStore::default())).await;
    let runtime = &stage.runtime;
    assert_eq!(runtime.stop(&key("t"), None).await.unwrap(), Stopped::NoRun);
    let ids = ["active", "second", "third"];
    let runs = ids.map(|id| stage.start(id, WhenBusy::Queue).unwrap());
    stage.until_begun(1).await;
    assert_eq!(
        runtime.stop(&key("elsewhere"), None).await.unwrap(),
        Stopped::NoRun
    );
    let bobs = ThreadKey {
        owner: Owner::new("bob"),
        ..key("t")
    };
    assert_eq!(runtime.stop(&bobs, None).await.unwrap(), Stopped::NoRun);
    assert_eq!(
        runtime.stop(&key("t"), Some("other")).await.unwrap(),
        Stopped::OtherRun
    );
    assert_eq!(
        runtime.stop(&key("t"), Some("second")).await.unwrap(),
        Stopped::Yes
    );
    runs[1].ended().await;
    assert_eq!(runs[0].end_reason(), None);
    assert_eq!(runs[2].end_reason(), None);
    assert_eq!(runtime.stop(&key("t"), None).await.unwrap(), Stopped::Yes);
    for run in &runs {
        run.ended().await;
        assert_eq!(run.end_reason(), Some(EndReason::Stopped));
    }
    assert_eq!(stage.begun(), ["active"]);
    assert_eq!(runtime.stop(&key("t"), None).await.unwrap(), Stopped::NoRun);
    let stored = runtime.store().load_runs(&key("t")).await.unwrap();
    let stored: Vec<_> = stored.iter().map(|run| (&*run.id, run.status)).collect();
    assert_eq!(stored, [("active", RunStatus::Stopped)]);
}

/// The beginnings and ends of runs that a client that connects reads, until it has them all.
async fn beginnings_and_ends(connection: Connection) -> Vec<String> {
    let mut live = Vec::new();
    if let Some(run) = connection.live {
        live = run.follow().collect::<Vec<_>>().await;
    }
    let live = live
        .iter()
        .map(|entry| serde_json::to_value(&entry.event).unwrap());
    let history = connection.history.collect::<Vec<_>>().await;
    let history: Vec<_> = history
        .iter()
        .flat_map(|run| run.as_ref().unwrap().iter())
        .map(|event| serde_json::from_str(event.get()).unwrap())
        .collect();
    history
        .into_iter()
        .chain(live)
        .filter_map(|event: serde_json::Value| match event["type"].as_str()? {
            "RUN_STARTED" => Some(format!("begin {}", event["runId"].as_str()?)),
            "RUN_FINISHED" => Some(format!("end {}", event["runId"].as_str()?)),
            _ => None,
        })
        .collect()
}

/// Runs begin and end all the time, two of them wait, and clients connect: 200 rounds of four at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_connects_sees_every_run_once() {
    const ROUNDS: usize = 200;
    let limits = StoreLimits::default();
    let stage = Stage::new(Arc::new(MemoryStore::with_limits(limits))).await;
    let runtime = stage.runtime.clone();
    let (ended, rounds) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    stage.go.add_permits(Semaphore::MAX_PERMITS >> 1);
    let busy = {
        let (runtime, ended, rounds) = (runtime.clone(), ended.clone(), rounds.clone());
        tokio::spawn(async move {
            let mut waiting = VecDeque::new();
            let mut n = 0;
            while rounds.load(Ordering::Relaxed) < ROUNDS {
                // Now the thread has runs that wait, now it lies idle for a moment.
                for _ in 0..(n % 4) + 1 {
                    waiting.push_back(start(&runtime, &n.to_string(), WhenBusy::Queue).unwrap());
                    n += 1;
                }
                let left = n % 3;
                while waiting.len() > left {
                    let run: Arc<Run> = waiting.pop_front().unwrap();
                    run.ended().await;
                    ended.fetch_add(1, Ordering::SeqCst);
                }
                // About as fast as the clients: a longer history would only take them longer to read.
                while n > 2 * rounds.load(Ordering::Relaxed) + 4 {
                    if rounds.load(Ordering::Relaxed) == ROUNDS {
                        break;
                    }
                    yield_now().await;
                }
            }
        })
    };
    while rounds.load(Ordering::Relaxed) < ROUNDS {
        let clients = (0..4).map(|_| {
            let (runtime, ended) = (runtime.clone(), ended.clone());
            tokio::spawn(async move {
                let before = ended.load(Ordering::SeqCst);
                let connection = runtime.connect(&key("t")).await.unwrap();
                (before, beginnings_and_ends(connection).await)
            })
        });
        for seen in join_all(clients).await {
            let (before, seen) = seen.unwrap();
            let runs = seen.len() / 2;
            assert!(runs >= before, "{runs} of the {before} runs that had ended");
            let expected = (0..runs).flat_map(|n| [format!("begin {n}"), format!("end {n}")]);
            assert!(seen.iter().cloned().eq(expected), "{seen:?}");
        }
        rounds.fetch_add(1, Ordering::Relaxed);
    }
    busy.await.unwrap();
    assert!(ended.load(Ordering::SeqCst) > ROUNDS / 10, "it was busy");
}

/// Says so many words once it is let.
struct Talkative(Arc<Semaphore>, usize);

impl Agent for Talkative {
    fn run(&self, _: Arc<RunInput>) -> EventStream {
        let (go, words) = (self.0.clone(), self.1);
        let end = stream::iter([Ok(TextMessageEndEvent::new("m").into())]);
        let start = async move {
            go.acquire().await.unwrap().forget();
            Ok(TextMessageStartEvent::new("m").into())
        };
        let words = (0..words).map(|n| Ok(TextMessageContentEvent::new("m", n.to_string()).into()));
        stream::once(start)
            .chain(stream::iter(words))
            .chain(end)
            .boxed()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_followers_of_one_run_all_see_all_of_it() {
    const FOLLOWERS: usize = 10_000;
    let go = Arc::new(Semaphore::new(0));
    // With RUN_STARTED, the message's start and end, and RUN_FINISHED: a thousand.
    let agent = Talkative(go.clone(), 996);
    let builder = Runtime::builder().agent("default", agent);
    let runtime = builder.build().await.unwrap();
    let run = start(&runtime, "r", WhenBusy::Reject).unwrap();
    let waiting = Arc::new(Semaphore::new(0));
    let began = Instant::now();
    let followers: Vec<_> = (0..FOLLOWERS)
        .map(|_| {
            let (mut followed, waiting) = (run.follow(), waiting.clone());
            tokio::spawn(async move {
                assert!(followed.next().now_or_never().is_none());
                waiting.add_permits(1);
                let (mut seen, mut words) = (0, 0_usize);
                while let Some(entry) = followed.next().await {
                    seen += 1;
                    if let Event::TextMessageContent(word) = &entry.event {
                        assert_eq!(word.delta.parse(), Ok(words), "in order");
                        words += 1;
                    }
                }
                seen
            })
        })
        .collect();
    let all = waiting.acquire_many(FOLLOWERS as u32).await;
    all.unwrap().forget();
    let attached = began.elapsed();
    go.add_permits(1);
    for seen in join_all(followers).await {
        assert_eq!(seen.unwrap(), 1_000);
    }
    eprintln!(
        "{FOLLOWERS} followers: attached in {attached:?}, ten million events in {:?}",
        began.elapsed() - attached
    );
}
