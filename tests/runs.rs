//! Runs and their logs, through the crate's own interface: whatever an agent does, a run ends, says how, and frees its thread.

mod endings;
mod keeping;
mod nodes;
mod threads;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use agui_runtime::Runtime;
use agui_runtime::agents::{Agent, EventStream, ModelParameters, RunInput};
use agui_runtime::generated::agui::{
    Event, RunAgentInput, StateSnapshotEvent, TextMessageContentEvent, TextMessageStartEvent,
};
use agui_runtime::runtime::log::EndReason;
use agui_runtime::runtime::run::RunLimits;
use agui_runtime::runtime::{StartOptions, WhenBusy};
use agui_runtime::store::{Owner, StateKey, Store};
use futures_util::{FutureExt, StreamExt, stream};
use serde_json::json;

use crate::support::store::Held;

/// An agent that is a function.
struct Scripted<F>(F);

impl<F: Fn() -> EventStream + Send + Sync + 'static> Agent for Scripted<F> {
    fn run(&self, _: Arc<RunInput>) -> EventStream {
        (self.0)()
    }
}

/// What a run on this thread is asked, which says nothing of itself.
pub fn input(thread: &str) -> RunInput {
    RunInput {
        owner: Owner::anonymous(),
        agent: "default".to_owned(),
        request: RunAgentInput::new(thread, format!("run on {thread}"), Vec::new()),
        parameters: ModelParameters::default(),
        tools: Default::default(),
        agents: Default::default(),
        properties: Default::default(),
        headers: Default::default(),
        frontend_url: None,
    }
}

fn word(text: &str) -> Event {
    TextMessageContentEvent::new("m", text).into()
}

/// Words without end, each as soon as it is asked for; counts them.
fn flood(words: &Arc<AtomicUsize>) -> Scripted<impl Fn() -> EventStream + Send + Sync + 'static> {
    let words = words.clone();
    Scripted(move || {
        let words = words.clone();
        let flood = stream::repeat_with(move || {
            words.fetch_add(1, Ordering::Relaxed);
            Ok(word("word "))
        });
        stream::iter([Ok(TextMessageStartEvent::new("m").into())])
            .chain(flood)
            .boxed()
    })
}

async fn runtime_with(agent: impl Agent, limits: RunLimits) -> Runtime {
    let builder = Runtime::builder().agent("default", agent);
    builder.run_limits(limits).build().await.unwrap()
}

fn start(runtime: &Runtime, thread: &str) -> Arc<agui_runtime::runtime::run::Run> {
    let (_, agent) = runtime.agent(None).unwrap();
    let options = StartOptions {
        when_busy: WhenBusy::Supersede,
        kept: true,
    };
    let started = runtime.start(agent.clone(), input(thread), options);
    // A store of one node is not waited for.
    let started = started.now_or_never().unwrap();
    started.expect("a run that supersedes is never refused")
}

/// The types of all events of a run.
async fn events(run: &agui_runtime::runtime::run::Run) -> Vec<String> {
    let events = run.follow();
    events
        .map(|entry| entry.event.event_type().to_owned())
        .collect()
        .await
}

#[tokio::test]
async fn what_an_agent_leaves_out_is_added() {
    let agent = Scripted(|| stream::iter([Ok(StateSnapshotEvent::new(json!({})).into())]).boxed());
    let run = start(&runtime_with(agent, RunLimits::default()).await, "t");
    assert_eq!(
        events(&run).await,
        ["RUN_STARTED", "STATE_SNAPSHOT", "RUN_FINISHED"]
    );
    assert_eq!(run.end_reason(), Some(EndReason::Completed));
}

#[tokio::test]
async fn what_an_agent_leaves_open_is_closed() {
    let agent = Scripted(|| {
        let events = [
            json!({"type": "TEXT_MESSAGE_START", "messageId": "m"}),
            json!({"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": "f"}),
        ];
        let events = events.map(|event| Ok(serde_json::from_value::<Event>(event).unwrap()));
        stream::iter(events).boxed()
    });
    let run = start(&runtime_with(agent, RunLimits::default()).await, "t");
    let ends = events(&run).await.split_off(3);
    let expected = ["TEXT_MESSAGE_END", "TOOL_CALL_END", "RUN_FINISHED"];
    assert_eq!(ends, expected);
    assert_eq!(run.end_reason(), Some(EndReason::Completed));
}

#[tokio::test]
async fn chunks_become_messages_and_calls() {
    let chunk = |event: serde_json::Value| Ok(serde_json::from_value::<Event>(event).unwrap());
    let agent = Scripted(move || {
        let events = [
            chunk(json!({"type": "TEXT_MESSAGE_CHUNK", "messageId": "m", "delta": "Hel"})),
            chunk(json!({"type": "TEXT_MESSAGE_CHUNK", "delta": "lo"})),
            chunk(
                json!({"type": "TOOL_CALL_CHUNK", "toolCallId": "c", "toolCallName": "f", "delta": "{}"}),
            ),
        ];
        stream::iter(events).boxed()
    });
    let run = start(&runtime_with(agent, RunLimits::default()).await, "t");
    assert_eq!(
        events(&run).await,
        [
            "RUN_STARTED",
            "TEXT_MESSAGE_START",
            "TEXT_MESSAGE_CONTENT",
            "TEXT_MESSAGE_CONTENT",
            "TEXT_MESSAGE_END",
            "TOOL_CALL_START",
            "TOOL_CALL_ARGS",
            "TOOL_CALL_END",
            "RUN_FINISHED"
        ]
    );
}

#[tokio::test]
async fn an_agent_that_panics_ends_its_run_and_no_other() {
    let agent = Scripted(|| stream::once(async { panic!("on purpose") }).boxed());
    let runtime = runtime_with(agent, RunLimits::default()).await;
    for _ in 0..2 {
        let run = start(&runtime, "t");
        assert_eq!(events(&run).await, ["RUN_ERROR"]);
        assert_eq!(run.end_reason(), Some(EndReason::AgentFailed));
    }
}

#[tokio::test]
async fn a_thread_has_one_run_and_the_latest_has_it() {
    let agent = Scripted(|| stream::pending().boxed());
    let runtime = runtime_with(agent, RunLimits::default()).await;
    let first = start(&runtime, "t");
    let other = start(&runtime, "another");
    let second = start(&runtime, "t");
    assert_eq!(events(&first).await, ["RUN_ERROR"]);
    assert_eq!(first.end_reason(), Some(EndReason::Stopped));
    assert_eq!(other.end_reason(), None);
    assert_eq!(second.end_reason(), None);
    drop(second.clone().attach());
    events(&second).await;
    assert_eq!(second.end_reason(), Some(EndReason::ClientGone));
}

#[tokio::test]
async fn a_flood_waits_for_its_fastest_reader() {
    let words = Arc::new(AtomicUsize::new(0));
    let runtime = runtime_with(flood(&words), RunLimits::default()).await;
    let run = start(&runtime, "t");
    let (mut fast, slow) = (run.follow(), run.follow());
    let mut seen = 0;
    while seen < 20_000 {
        seen += usize::from(fast.next().await.is_some());
    }
    // The agent stands still once it is far enough ahead, though it could go on for ever.
    let mut ahead = 0;
    for _ in 0..10 {
        tokio::task::yield_now().await;
        ahead = words.load(Ordering::Relaxed) - seen;
    }
    assert!(ahead < 5_000, "{ahead} words ahead");
    assert!(run.end_reason().is_none());
    drop(slow);
}

#[tokio::test]
async fn a_run_that_says_too_much_is_ended() {
    let words = Arc::new(AtomicUsize::new(0));
    let limits = RunLimits {
        bytes: 10_000,
        ..RunLimits::default()
    };
    let run = start(&runtime_with(flood(&words), limits).await, "t");
    let last = run.follow().collect::<Vec<_>>().await.pop().unwrap();
    let Event::RunError(error) = &last.event else {
        panic!("{last:?}");
    };
    assert!(error.message.contains("limits.run_bytes"), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_lasts_too_long_is_ended() {
    let limits = RunLimits {
        duration: Duration::from_secs(60),
        ..RunLimits::default()
    };
    let agent = Scripted(|| stream::pending().boxed());
    let run = start(&runtime_with(agent, limits).await, "t");
    let last = run.follow().collect::<Vec<_>>().await.pop().unwrap();
    let Event::RunError(error) = &last.event else {
        panic!("{last:?}");
    };
    assert!(error.message.contains("limits.run_seconds"), "{error:?}");
}

#[tokio::test]
async fn who_has_seen_the_end_finds_the_state() {
    let agent = Scripted(|| {
        stream::iter([Ok(StateSnapshotEvent::new(json!({"steps": 3})).into())]).boxed()
    });
    let store = Held::new();
    let builder = Runtime::builder().agent("default", agent);
    let runtime = builder.store(store.clone()).build().await.unwrap();
    let run = start(&runtime, "t");
    let mut followed = run.follow();
    for expected in ["RUN_STARTED", "STATE_SNAPSHOT"] {
        assert_eq!(followed.next().await.unwrap().event.event_type(), expected);
    }
    for _ in 0..10 {
        tokio::task::yield_now().await;
        assert!(
            followed.next().now_or_never().is_none(),
            "the state is not stored yet"
        );
    }
    store.ends.add_permits(1);
    assert_eq!(
        followed.next().await.unwrap().event.event_type(),
        "RUN_FINISHED"
    );
    let key = StateKey {
        owner: Owner::anonymous(),
        thread_id: "t".to_owned(),
        agent_name: "default".to_owned(),
    };
    let stored = store.load_state(&key).await.unwrap().unwrap();
    assert_eq!(stored.state, json!({"steps": 3}));
}
