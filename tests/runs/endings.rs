//! However a run ends, what it said is kept, its log stays in order, and its thread can go on.

use std::sync::Arc;

use agui_runtime::Runtime;
use agui_runtime::agents::{Agent, EventStream, RunInput};
use agui_runtime::generated::agui::{Event, MessageContent, UserMessage};
use agui_runtime::runtime::run::RunLimits;
use agui_runtime::runtime::{StartOptions, WhenBusy};
use agui_runtime::store::memory::MemoryStore;
use agui_runtime::store::{Owner, RunStatus, Store, ThreadKey};
use futures_util::{FutureExt, StreamExt, stream};
use serde_json::{Value, json};

use super::{Scripted, input, runtime_with, start};
use crate::support::store::Held;

fn key() -> ThreadKey {
    ThreadKey {
        owner: Owner::anonymous(),
        id: "t".to_owned(),
    }
}

fn script(events: Vec<Value>) -> EventStream {
    let events = events
        .into_iter()
        .map(|event| Ok(serde_json::from_value(event).expect("an event")));
    stream::iter(events.collect::<Vec<_>>()).boxed()
}

async fn types(run: &agui_runtime::runtime::run::Run) -> Vec<String> {
    let events = run.follow();
    let types = events.map(|entry| entry.event.event_type().to_owned());
    types.collect().await
}

#[tokio::test]
async fn what_an_agent_said_before_it_panicked_is_kept() {
    let agent = Scripted(|| {
        let said = script(vec![
            json!({"type": "TEXT_MESSAGE_START", "messageId": "m"}),
            json!({"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "half"}),
        ]);
        said.chain(stream::once(async { panic!("on purpose") }))
            .boxed()
    });
    let store = Arc::new(MemoryStore::default());
    let builder = Runtime::builder().agent("default", agent);
    let runtime = builder.store(store.clone()).build().await.unwrap();
    let run = start(&runtime, "t");
    let expected = [
        "RUN_STARTED",
        "TEXT_MESSAGE_START",
        "TEXT_MESSAGE_CONTENT",
        "TEXT_MESSAGE_END",
        "RUN_ERROR",
    ];
    assert_eq!(types(&run).await, expected);
    let runs = store.load_runs(&key()).await.unwrap();
    assert_eq!(runs[0].status, RunStatus::Failed);
    assert_eq!(runs[0].events.len(), expected.len());
}

/// Fails before it begins, the first time it is asked.
struct DownAtFirst(std::sync::atomic::AtomicBool);

impl Agent for DownAtFirst {
    fn run(&self, _: Arc<RunInput>) -> EventStream {
        match self.0.swap(false, std::sync::atomic::Ordering::Relaxed) {
            true => script(vec![json!({"type": "RUN_ERROR", "message": "down"})]),
            false => script(Vec::new()),
        }
    }
}

#[tokio::test]
async fn a_message_whose_run_never_began_comes_into_the_history_with_the_retry() {
    let runtime = runtime_with(DownAtFirst(true.into()), RunLimits::default()).await;
    let (_, agent) = runtime.agent(None).unwrap();
    let ask = || {
        let mut input = input("t");
        let text = MessageContent::Text("hello".to_owned());
        input.request.messages = vec![UserMessage::new("u1", text).into()];
        let options = StartOptions {
            when_busy: WhenBusy::Reject,
            kept: true,
        };
        let started = runtime.start(agent.clone(), input, options);
        started.now_or_never().unwrap().unwrap()
    };
    assert_eq!(types(&ask()).await, ["RUN_ERROR"]);
    assert_eq!(types(&ask()).await, ["RUN_STARTED", "RUN_FINISHED"]);
    let history = runtime.connect(&key()).await.unwrap().history;
    let runs: Vec<_> = history.collect().await;
    let events = runs.iter().flat_map(|run| run.as_ref().unwrap().iter());
    let history: String = events.map(|event| event.get()).collect();
    assert!(history.contains("hello"), "{history}");
}

#[tokio::test]
async fn an_event_over_the_limit_was_not_said_and_is_not_closed() {
    for event in [
        json!({"type": "TEXT_MESSAGE_START", "messageId": "m", "rawEvent": "x".repeat(20_000)}),
        json!({"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": "f".repeat(20_000)}),
    ] {
        let agent = Scripted(move || script(vec![event.clone()]));
        let limits = RunLimits {
            bytes: 10_000,
            ..RunLimits::default()
        };
        let run = start(&runtime_with(agent, limits).await, "t");
        assert_eq!(types(&run).await, ["RUN_STARTED", "RUN_ERROR"]);
    }
}

#[tokio::test]
async fn raw_events_and_metadata_count() {
    let agent = Scripted(|| {
        let start = json!({"type": "TEXT_MESSAGE_START", "messageId": "m"});
        let word = json!({"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "x", "rawEvent": "x".repeat(1_000)});
        let words = std::iter::repeat_n(word, 100);
        script(std::iter::once(start).chain(words).collect())
    });
    let limits = RunLimits {
        bytes: 50_000,
        ..RunLimits::default()
    };
    let run = start(&runtime_with(agent, limits).await, "t");
    let last = run.follow().collect::<Vec<_>>().await.pop().unwrap();
    assert!(matches!(last.event, Event::RunError(_)), "{last:?}");
}

#[tokio::test(start_paused = true)]
async fn a_slow_store_gets_the_run_in_the_end() {
    let store = Held::new();
    let builder = Runtime::builder().agent("default", Scripted(|| script(Vec::new())));
    let runtime = builder.store(store.clone()).build().await.unwrap();
    let run = start(&runtime, "t");
    // Time goes on while the store keeps silent: the client is told all the same.
    assert_eq!(types(&run).await, ["RUN_STARTED", "RUN_FINISHED"]);
    let status = async || store.load_runs(&key()).await.unwrap()[0].status;
    assert_eq!(status().await, RunStatus::Running);
    store.ends.add_permits(1);
    while status().await == RunStatus::Running {
        tokio::task::yield_now().await;
    }
    assert_eq!(status().await, RunStatus::Completed);
}
