//! What a run says is kept while it goes on, whatever becomes of the store and of the server.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use agui_runtime::Runtime;
use agui_runtime::agents::{Agent, EventStream, RunInput};
use agui_runtime::generated::agui::{Event, MessageContent, UserMessage};
use agui_runtime::runtime::log::{EndReason, Follower};
use agui_runtime::runtime::run::Run;
use agui_runtime::runtime::{StartOptions, WhenBusy};
use agui_runtime::store::memory::MemoryStore;
use agui_runtime::store::{
    Batch, Durability, NewRun, Owner, RunStatus, Start, Store, StoreLimits, ThreadKey,
};
use futures_util::{FutureExt, StreamExt, stream};
use serde_json::json;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::yield_now;
use tokio::time::Instant;

use super::{Scripted, input, start, word};
use crate::support::store::Held;

pub(super) fn key() -> ThreadKey {
    ThreadKey {
        owner: Owner::anonymous(),
        id: "t".to_owned(),
    }
}

/// Says what a test tells it, and ends when the test lets go.
pub(super) struct Told(parking_lot::Mutex<Vec<mpsc::Receiver<Event>>>);

impl Told {
    /// An agent for so many runs, and what tells each of them.
    pub(super) fn runs(runs: usize) -> (Self, Vec<mpsc::Sender<Event>>) {
        let (tell, mut told): (Vec<_>, Vec<_>) = (0..runs).map(|_| mpsc::channel(1024)).unzip();
        told.reverse();
        (Self(told.into()), tell)
    }
}

impl Agent for Told {
    fn run(&self, _: Arc<RunInput>) -> EventStream {
        let told = self.0.lock().pop();
        let told = told.expect("as many runs as the test wants");
        let next = |mut told: mpsc::Receiver<Event>| async {
            told.recv().await.map(|event| (Ok(event), told))
        };
        stream::unfold(told, next).boxed()
    }
}

pub(super) fn event(event: serde_json::Value) -> Event {
    serde_json::from_value(event).unwrap()
}

pub(super) fn begin_message() -> Event {
    event(json!({"type": "TEXT_MESSAGE_START", "messageId": "m"}))
}

/// The types of the next events.
pub(super) async fn next(followed: &mut Follower, events: usize) -> Vec<String> {
    let next = followed.take(events);
    next.map(|entry| entry.event.event_type().to_owned())
        .collect()
        .await
}

/// Lets commits through, one at a time, until these many events are shown; none that was let through is left then.
async fn let_through(store: &Held, followed: &mut Follower, events: usize) -> Vec<String> {
    let mut shown = Vec::new();
    while shown.len() < events {
        if store.appends.available_permits() == 0 {
            store.appends.add_permits(1);
        }
        yield_now().await;
        while let Some(Some(entry)) = followed.next().now_or_never() {
            shown.push(entry.event.event_type().to_owned());
        }
    }
    while store.appends.available_permits() > 0 {
        store.appends.try_acquire().unwrap().forget();
    }
    shown
}

async fn runtime(store: &Arc<Held>, agent: impl Agent) -> Runtime {
    let builder = Runtime::builder().agent("default", agent);
    builder.store(store.clone()).build().await.unwrap()
}

/// The types of the events that the store has of the thread's last run.
pub(super) async fn stored(store: &dyn Store) -> Vec<String> {
    let run = store.load_runs(&key()).await.unwrap().pop();
    let events = run.map(|run| run.events);
    let events = events.iter().flat_map(|events| events.iter());
    let kept = events.map(|event| serde_json::from_str::<Event>(event.get()).unwrap());
    kept.map(|event| event.event_type().to_owned()).collect()
}

pub(super) async fn until_stored(store: &dyn Store, events: usize) -> Vec<String> {
    loop {
        let stored = stored(store).await;
        if stored.len() >= events {
            return stored;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn last_words(run: &Run) -> (Option<EndReason>, String) {
    let mut last = None;
    let mut followed = run.follow();
    while let Some(Some(entry)) = followed.next().now_or_never() {
        last = Some(entry);
    }
    let message = match &last.expect("it ends with something").event {
        Event::RunError(error) => error.message.clone(),
        other => panic!("{other:?}"),
    };
    (run.end_reason(), message)
}

#[tokio::test(start_paused = true)]
async fn what_was_shown_is_stored_within_50_ms() {
    let store = Held::lasting(Durability::Batched);
    let (agent, tell) = Told::runs(1);
    let runtime = runtime(&store, agent).await;
    let run = start(&runtime, "t");
    let mut followed = run.follow();
    tell[0].try_send(begin_message()).unwrap();
    assert_eq!(
        next(&mut followed, 2).await,
        ["RUN_STARTED", "TEXT_MESSAGE_START"]
    );
    for shown in 3..30 {
        tell[0].try_send(word("x")).unwrap();
        assert_eq!(next(&mut followed, 1).await, ["TEXT_MESSAGE_CONTENT"]);
        let told = Instant::now();
        until_stored(&*store, shown).await;
        assert!(
            told.elapsed() <= Duration::from_millis(50),
            "{:?}",
            told.elapsed()
        );
    }
    drop(tell);
    run.ended().await;
    let whole = [
        "RUN_STARTED",
        "TEXT_MESSAGE_START",
        "TEXT_MESSAGE_CONTENT",
        "TEXT_MESSAGE_END",
        "RUN_FINISHED",
    ];
    assert_eq!(stored(&*store).await, whole, "compacted");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_shown_that_is_not_stored_where_so_it_is_to_be() {
    let store = Held::lasting(Durability::Strict);
    let (agent, tell) = Told::runs(1);
    let runtime = runtime(&store, agent).await;
    let run = start(&runtime, "t");
    let mut followed = run.follow();
    tell[0].try_send(begin_message()).unwrap();
    for _ in 0..100 {
        yield_now().await;
        assert!(followed.next().now_or_never().is_none());
    }
    let shown = let_through(&store, &mut followed, 2).await;
    assert_eq!(shown, ["RUN_STARTED", "TEXT_MESSAGE_START"]);
    tell[0].try_send(word("x")).unwrap();
    for _ in 0..100 {
        yield_now().await;
        assert!(followed.next().now_or_never().is_none());
    }
    // The end brings what comes before it along.
    drop(tell);
    let rest = ["TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_END", "RUN_FINISHED"];
    assert_eq!(next(&mut followed, 9).await, rest);
    assert_eq!(run.end_reason(), Some(EndReason::Completed));
    assert_eq!(stored(&*store).await.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_strict_store_is_told_in_the_end() {
    for hangs in [true, false] {
        let store = Held::lasting(Durability::Strict);
        let (agent, tell) = Told::runs(1);
        let runtime = runtime(&store, agent).await;
        let run = start(&runtime, "t");
        let mut followed = run.follow();
        tell[0].try_send(begin_message()).unwrap();
        let shown = let_through(&store, &mut followed, 2).await;
        assert_eq!(shown, ["RUN_STARTED", "TEXT_MESSAGE_START"]);
        if !hangs {
            store.away.store(true, Ordering::Relaxed);
            store.appends.add_permits(1_000);
        }
        let since = Instant::now();
        tell[0].try_send(word("nobody is shown this")).unwrap();
        let rest = next(&mut followed, 9).await;
        assert_eq!(rest, ["TEXT_MESSAGE_END", "RUN_ERROR"], "it hangs: {hangs}");
        assert!(since.elapsed() >= Duration::from_secs(30));
        let (reason, message) = last_words(&run);
        assert_eq!(reason, Some(EndReason::StoreFailed));
        assert!(message.contains("did not keep"), "{message}");
        store.away.store(false, Ordering::Relaxed);
        let whole = [
            "RUN_STARTED",
            "TEXT_MESSAGE_START",
            "TEXT_MESSAGE_END",
            "RUN_ERROR",
        ];
        while stored(&*store).await != whole {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// The agent is done long before the store says that it did not even take note of the run.
#[tokio::test(start_paused = true)]
async fn a_run_that_a_strict_store_never_noted_does_not_end_well() {
    let store = Held::lasting(Durability::Strict);
    store.starts.forget_permits(Semaphore::MAX_PERMITS);
    let runtime = runtime(&store, Scripted(|| stream::empty().boxed())).await;
    let run = start(&runtime, "t");
    let mut followed = run.follow();
    tokio::time::sleep(Duration::from_secs(10)).await;
    store.away.store(true, Ordering::Relaxed);
    store.starts.add_permits(1);
    assert_eq!(next(&mut followed, 9).await, ["RUN_ERROR"]);
    let (reason, message) = last_words(&run);
    assert_eq!(reason, Some(EndReason::StoreFailed));
    assert!(message.contains("did not keep"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_stops_no_stream_and_gets_all_of_it_later() {
    let store = Held::lasting(Durability::Batched);
    let (agent, mut tell) = Told::runs(2);
    let runtime = runtime(&store, agent).await;
    let run = start(&runtime, "t");
    let mut followed = run.follow();
    tell[0].try_send(begin_message()).unwrap();
    next(&mut followed, 2).await;
    until_stored(&*store, 2).await;
    store.away.store(true, Ordering::Relaxed);
    for _ in 0..30 {
        tell[0].try_send(word("x")).unwrap();
        assert_eq!(next(&mut followed, 1).await, ["TEXT_MESSAGE_CONTENT"]);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(stored(&*store).await.len(), 2);
    store.away.store(false, Ordering::Relaxed);
    until_stored(&*store, 32).await;
    // It ends, and another begins, while the store is away again.
    store.away.store(true, Ordering::Relaxed);
    drop(tell.remove(0));
    assert_eq!(
        next(&mut followed, 9).await,
        ["TEXT_MESSAGE_END", "RUN_FINISHED"]
    );
    run.ended().await;
    let second = start(&runtime, "t");
    let mut followed = second.follow();
    tell[0].try_send(begin_message()).unwrap();
    assert_eq!(
        next(&mut followed, 2).await,
        ["RUN_STARTED", "TEXT_MESSAGE_START"]
    );
    store.away.store(false, Ordering::Relaxed);
    while store.load_runs(&key()).await.unwrap().len() < 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    until_stored(&*store, 2).await;
    drop(tell);
    second.ended().await;
    let runs = store.load_runs(&key()).await.unwrap();
    let runs: Vec<_> = runs
        .iter()
        .map(|run| (run.number, run.status, run.events.len()))
        .collect();
    assert_eq!(
        runs,
        [(1, RunStatus::Completed, 5), (2, RunStatus::Completed, 4)]
    );
}

/// Its end is on its way to the store by the time that the store is asked again for its beginning.
#[tokio::test(start_paused = true)]
async fn a_run_that_began_and_ended_while_the_store_was_away_is_kept() {
    let store = Held::lasting(Durability::Batched);
    let runtime = runtime(&store, Scripted(|| stream::empty().boxed())).await;
    store.away.store(true, Ordering::Relaxed);
    start(&runtime, "t").ended().await;
    let second = start(&runtime, "t");
    // Longer than anybody waits for the end of the first, and not as long as it takes to give it up.
    tokio::time::sleep(Duration::from_secs(20)).await;
    store.away.store(false, Ordering::Relaxed);
    second.ended().await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let runs = store.load_runs(&key()).await.unwrap();
    let kept: Vec<_> = runs.iter().map(|run| (run.number, run.status)).collect();
    assert_eq!(kept, [(1, RunStatus::Completed), (2, RunStatus::Completed)]);
}

/// What is stored late would bring the thread back.
#[tokio::test(start_paused = true)]
async fn a_thread_that_is_deleted_as_the_store_comes_back_stays_deleted() {
    let store = Held::lasting(Durability::Batched);
    let runtime = runtime(&store, Scripted(|| stream::empty().boxed())).await;
    start(&runtime, "t").ended().await;
    store.away.store(true, Ordering::Relaxed);
    start(&runtime, "t").ended().await;
    store.away.store(false, Ordering::Relaxed);
    runtime.stop_and_wait(&key()).await;
    assert!(store.delete_thread(&key()).await.unwrap());
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(store.load_thread(&key()).await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_run_whose_thread_is_deleted_ends() {
    let store = Held::lasting(Durability::Batched);
    let (agent, tell) = Told::runs(1);
    let runtime = runtime(&store, agent).await;
    let run = start(&runtime, "t");
    let mut followed = run.follow();
    tell[0].try_send(begin_message()).unwrap();
    next(&mut followed, 2).await;
    until_stored(&*store, 2).await;
    assert!(store.delete_thread(&key()).await.unwrap());
    tell[0].try_send(word("x")).unwrap();
    let rest = ["TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_END", "RUN_ERROR"];
    assert_eq!(next(&mut followed, 9).await, rest);
    assert_eq!(last_words(&run).0, Some(EndReason::Lost));
    assert!(store.load_thread(&key()).await.unwrap().is_none());
}

/// As a process leaves it that is killed: a run with what it had said, and one that had said nothing yet.
#[tokio::test]
async fn what_a_server_that_died_left_is_closed_and_kept() {
    let store = Arc::new(MemoryStore::with_limits(StoreLimits::default()));
    let run = |id: &str, message: &str| NewRun {
        id: id.to_owned(),
        agent: "default".to_owned(),
        parent: None,
        messages: vec![message.to_owned()],
    };
    let Start::Started(first) = store.start_run(&key(), run("first", "u1")).await.unwrap() else {
        panic!("the thread is new");
    };
    let said = [
        json!({"type": "RUN_STARTED", "threadId": "t", "runId": "first", "input": {
            "threadId": "t", "runId": "first", "state": {"n": 1}, "tools": [], "context": [],
            "messages": [{"id": "u1", "role": "user", "content": "hello"}], "forwardedProps": {},
        }}),
        json!({"type": "STATE_SNAPSHOT", "snapshot": {"n": 2}}),
        json!({"type": "TEXT_MESSAGE_START", "messageId": "m", "role": "assistant"}),
        json!({"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "half an an"}),
        json!({"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": "f", "parentMessageId": "m"}),
    ];
    let said = said.iter().map(|event| event.to_string());
    let batch = Batch::new(first.lease.clone().into(), 0, said);
    store.append_events(&[batch]).await.unwrap();

    let agent = Scripted(|| stream::empty().boxed());
    let builder = Runtime::builder().agent("default", agent);
    let runtime = builder.store(store.clone()).build().await.unwrap();
    let (_, agent) = runtime.agent(None).unwrap();
    let mut asked = input("t");
    let message = |id: &str, text: &str| {
        let text = MessageContent::Text(text.to_owned());
        UserMessage::new(id, text).into()
    };
    asked.request.messages = vec![message("u1", "hello"), message("u2", "again")];
    let options = StartOptions {
        when_busy: WhenBusy::Reject,
        kept: true,
    };
    let next = runtime.start(agent.clone(), asked, options).await.unwrap();
    let began = next.follow().next().await.unwrap();
    let Event::RunStarted(began) = &began.event else {
        panic!("{began:?}");
    };
    let new = &began.input.as_ref().unwrap().messages;
    let new: Vec<_> = new.iter().filter_map(|message| message.id()).collect();
    assert_eq!(new, ["u2"], "what the first run brought is in the thread");
    next.ended().await;

    let runs = store.load_runs(&key()).await.unwrap();
    assert_eq!(runs[0].status, RunStatus::Stopped);
    let closed = runs[0].events.iter();
    let closed: Vec<serde_json::Value> = closed
        .map(|event| serde_json::from_str(event.get()).unwrap())
        .collect();
    let types: Vec<_> = closed
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    let expected = [
        "RUN_STARTED",
        "TEXT_MESSAGE_START",
        "TEXT_MESSAGE_CONTENT",
        "TOOL_CALL_START",
        "TEXT_MESSAGE_END",
        "TOOL_CALL_END",
        "TOOL_CALL_RESULT",
        "STATE_SNAPSHOT",
        "RUN_ERROR",
    ];
    let sorted = |types: &[&str]| {
        let mut types: Vec<_> = types.iter().map(|&it| it.to_owned()).collect();
        types.sort_unstable();
        types
    };
    assert_eq!(sorted(&types), sorted(&expected), "{types:?}");
    assert_eq!(types.last(), Some(&"RUN_ERROR"));
    let error = &closed[closed.len() - 1];
    assert_eq!(error["code"], "INCOMPLETE_STREAM");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("went away"), "{message}");
}

/// Once they had been taken over, nobody ended them if whoever had asked for it went away, or waited no longer: readers
/// missed them for as long as a lease is.
#[tokio::test(start_paused = true)]
async fn what_was_left_is_ended_though_who_asked_for_it_is_gone() {
    let store = Held::lasting(Durability::Batched);
    let threads = ["t", "u"].map(|thread| ThreadKey {
        id: thread.to_owned(),
        ..key()
    });
    for key in &threads {
        let run = NewRun {
            id: "left".to_owned(),
            agent: "default".to_owned(),
            parent: None,
            messages: Vec::new(),
        };
        let Start::Started(run) = store.start_run(key, run).await.unwrap() else {
            panic!("the thread is new");
        };
        let said = json!({"type": "RUN_STARTED", "threadId": key.id, "runId": "left"});
        let batch = Batch::new(run.lease.into(), 0, [said.to_string()]);
        store.append_events(&[batch]).await.unwrap();
    }
    let lease = store.terms().lease;
    tokio::time::sleep(2 * lease).await;
    store.ends.forget_permits(Semaphore::MAX_PERMITS);
    let agent = Scripted(|| stream::empty().boxed());
    let builder = Runtime::builder().agent("default", agent);
    let runtime = builder.store(store.clone()).build().await.unwrap();
    // Longer than the server waits for itself, and not as long as it holds what it has taken over.
    tokio::time::sleep(lease / 2).await;
    store.ends.add_permits(threads.len());
    for key in &threads {
        runtime.connect(key).await.unwrap();
        let runs = store.load_runs(key).await.unwrap();
        assert_eq!(runs[0].status, RunStatus::Stopped, "{}", key.id);
    }
}
