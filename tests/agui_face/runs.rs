//! Runs and their clients: who goes, who stops, who comes too soon, and silence.

use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use agui_runtime::agents::{Agent, EventStream, RunInput};
use agui_runtime::generated::agui::{
    TextMessageContentEvent, TextMessageEndEvent, TextMessageStartEvent,
};
use agui_runtime::runtime::WhenBusy;
use agui_runtime::server::HttpOptions;
use futures_util::{StreamExt, stream};
use poem::http::StatusCode;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::{builder, event, input, serve, types};

/// Begins to speak, and ends with the next permit.
struct Waiting(Arc<Semaphore>);

impl Agent for Waiting {
    fn run(&self, _: Arc<RunInput>) -> EventStream {
        let gate = self.0.clone();
        let begin = [
            Ok(TextMessageStartEvent::new("m").into()),
            Ok(TextMessageContentEvent::new("m", "word").into()),
        ];
        let end = stream::once(async move {
            gate.acquire_owned().await.map(drop).expect("a permit");
            Ok(TextMessageEndEvent::new("m").into())
        });
        stream::iter(begin).chain(end).boxed()
    }
}

fn waiting() -> (Arc<Semaphore>, Waiting) {
    let gate = Arc::new(Semaphore::new(0));
    (gate.clone(), Waiting(gate))
}

#[tokio::test]
async fn a_stopped_run_ends_its_stream_and_closes_what_is_open() {
    let (_gate, agent) = waiting();
    let face = serve(builder().agent("waiting", agent), HttpOptions::default()).await;
    let mut run = face
        .post("/agent/waiting/run", &input("t", "x"))
        .await
        .frames();
    for expected in ["RUN_STARTED", "TEXT_MESSAGE_START", "TEXT_MESSAGE_CONTENT"] {
        assert_eq!(
            event(&run.next().await.expect("an event"))["type"],
            expected
        );
    }
    let other = face
        .post("/agent/waiting/stop/t", &json!({"runId": "other"}))
        .await;
    let expected =
        json!({"stopped": false, "message": "Run 'other' is not the active run for thread 't'."});
    assert_eq!(other.json().await, expected);
    let call = json!({"method": "agent/stop", "params": {"agentId": "waiting", "threadId": "t"}, "body": {"runId": "run on t"}});
    let stopped = face.envelope(call).await.json().await;
    let expected = json!({"stopped": true, "interrupt": {"type": "RUN_ERROR", "message": "Run stopped by user", "code": "STOPPED"}});
    assert_eq!(stopped, expected);
    let rest: Vec<_> = run.map(|frame| event(&frame)).collect().await;
    assert_eq!(types(&rest), ["TEXT_MESSAGE_END", "RUN_ERROR"]);
    assert_eq!(rest[1]["code"], "abort");
}

/// A client of before 1.50 that opens a thread asks for its state once, and never follows what others run.
#[tokio::test]
async fn a_graphql_client_finds_what_a_run_has_made_so_far() {
    let (gate, agent) = waiting();
    let (_other, busy) = waiting();
    let builder = builder().agent("waiting", agent).agent("other", busy);
    let face = serve(builder, HttpOptions::default()).await;
    let loaded = async |agent: &str| {
        let query = format!(
            "{{ loadAgentState(data: {{threadId: \"t\", agentName: \"{agent}\"}}) {{ threadExists state messages }} }}"
        );
        let loaded = face.post("", &json!({ "query": query })).await.json().await;
        let loaded = loaded["data"]["loadAgentState"].clone();
        let part = |name: &str| -> Value {
            let text = loaded[name].as_str().expect("a text");
            serde_json::from_str(text).expect("JSON")
        };
        (
            loaded["threadExists"] == true,
            part("state"),
            part("messages"),
        )
    };
    let nothing = (false, json!({}), json!([]));
    assert_eq!(loaded("waiting").await, nothing);

    let mut asked = input("t", "x");
    asked["state"] = json!({"servings": 3});
    let mut run = face.post("/agent/waiting/run", &asked).await.frames();
    for _ in ["RUN_STARTED", "TEXT_MESSAGE_START", "TEXT_MESSAGE_CONTENT"] {
        run.next().await.expect("an event");
    }
    let so_far = loaded("waiting").await;
    let said = json!([
        {"id": "m1", "role": "user", "content": "x"},
        {"id": "m", "role": "assistant", "content": "word"},
    ]);
    assert_eq!(so_far, (true, json!({"servings": 3}), said));
    assert_eq!(loaded("other").await, nothing, "another agent's");

    gate.add_permits(1);
    run.for_each(|_| ready(())).await;
    assert_eq!(loaded("waiting").await, so_far);
}

#[tokio::test]
async fn a_second_run_is_refused_until_the_first_has_ended() {
    let (gate, agent) = waiting();
    let face = serve(builder().agent("waiting", agent), HttpOptions::default()).await;
    let first = face.post("/agent/waiting/run", &input("t", "x")).await;
    let second = face.post("/agent/default/run", &input("t", "hello")).await;
    assert_eq!(second.status, StatusCode::CONFLICT);
    let told = second.json().await;
    assert_eq!(told["error"], "thread_busy");
    let message = told["message"].as_str().expect("a message");
    assert!(
        message.contains("'t'") && message.contains("'run on t'"),
        "{message}"
    );
    // Another thread's run and a suggestion have nothing to do with it.
    assert!(!face.run("other", "hello").await.events().await.is_empty());
    let suggestion = face
        .post("/agent/default/suggest", &input("t", "hello"))
        .await;
    assert!(!suggestion.events().await.is_empty());
    gate.add_permits(1);
    let events = first.events().await;
    assert_eq!(types(&events).last(), Some(&"RUN_FINISHED"));
    let next = face.run("t", "hello").await.events().await;
    assert_eq!(types(&next).last(), Some(&"RUN_FINISHED"));
}

#[tokio::test]
async fn a_newer_run_may_take_the_threads_place() {
    let (_gate, agent) = waiting();
    let builder = builder()
        .agent("waiting", agent)
        .when_busy(WhenBusy::Supersede);
    let face = serve(builder, HttpOptions::default()).await;
    let first = face.post("/agent/waiting/run", &input("t", "x")).await;
    let second = face.run("t", "hello").await.events().await;
    assert_eq!(types(&second).last(), Some(&"RUN_FINISHED"));
    assert_eq!(types(&first.events().await).last(), Some(&"RUN_ERROR"));
}

#[tokio::test]
async fn a_run_is_refused_where_too_many_wait_already() {
    let (_gate, agent) = waiting();
    let builder = builder().agent("waiting", agent).when_busy(WhenBusy::Queue);
    let face = serve(builder, HttpOptions::default()).await;
    let mut taken = Vec::new();
    for _ in 0..17 {
        let run = face.post("/agent/waiting/run", &input("t", "x")).await;
        assert_eq!(run.status, StatusCode::OK);
        taken.push(run);
    }
    let refused = face.run("t", "hello").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let told = refused.json().await;
    assert_eq!(told["error"], "thread_busy");
    let message = told["message"].as_str().expect("a message");
    assert!(message.contains("16 more waiting"), "{message}");
    assert!(!face.run("other", "hello").await.events().await.is_empty());
}

#[tokio::test]
async fn who_comes_back_follows_the_run_that_goes_on_without_him() {
    let (gate, agent) = waiting();
    let face = serve(builder().agent("waiting", agent), HttpOptions::default()).await;
    let mut gone = face
        .post("/agent/waiting/run", &input("t", "x"))
        .await
        .frames();
    gone.next().await.expect("a beginning");
    drop(gone);
    let back = face.connect("t").await;
    gate.add_permits(1);
    let events = back.events().await;
    let expected = [
        "RUN_STARTED",
        "TEXT_MESSAGE_START",
        "TEXT_MESSAGE_CONTENT",
        "TEXT_MESSAGE_END",
        "RUN_FINISHED",
    ];
    assert_eq!(types(&events), expected);
}

#[tokio::test]
async fn an_attached_run_and_a_suggestion_end_with_their_client() {
    let (_gate, agent) = waiting();
    let builder = builder().agent("waiting", agent).attached(true);
    let face = serve(builder, HttpOptions::default()).await;
    for (route, thread) in [("run", "t"), ("suggest", "s")] {
        let mut runs = face.runtime.watch();
        let path = format!("/agent/waiting/{route}");
        let mut frames = face.post(&path, &input(thread, "x")).await.frames();
        frames.next().await.expect("a beginning");
        let run = runs.recv().await.expect("a run");
        assert_eq!(run.end_reason(), None);
        drop(frames);
        run.ended().await;
        assert!(run.end_reason().is_some(), "{route}");
    }
    // A suggestion leaves nothing behind.
    assert!(face.connect("s").await.events().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn silence_is_filled_with_comments() {
    let (gate, agent) = waiting();
    let options = HttpOptions {
        keep_alive: Some(Duration::from_secs(2)),
        ..HttpOptions::default()
    };
    let face = serve(builder().agent("waiting", agent), options).await;
    let mut run = face
        .post("/agent/waiting/run", &input("t", "x"))
        .await
        .frames();
    for _ in 0..3 {
        run.next().await.expect("an event");
    }
    let began = tokio::time::Instant::now();
    for _ in 0..3 {
        assert_eq!(run.next().await.as_deref(), Some(": keep-alive\n\n"));
    }
    assert_eq!(began.elapsed().as_secs(), 6);
    gate.add_permits(1);
    let rest: Vec<_> = run.map(|frame| event(&frame)).collect().await;
    assert_eq!(types(&rest), ["TEXT_MESSAGE_END", "RUN_FINISHED"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stop_that_races_with_the_end_leaves_a_free_thread() {
    let (gate, agent) = waiting();
    let face = serve(builder().agent("waiting", agent), HttpOptions::default()).await;
    let (mut stopped, mut finished) = (0, 0);
    for round in 0..10_000 {
        if round >= 300 && stopped > 0 && finished > 0 {
            break;
        }
        let run = face.post("/agent/waiting/run", &input("t", "x")).await;
        assert_eq!(run.status, StatusCode::OK, "round {round}");
        let ending = gate.clone();
        let end = tokio::spawn(async move { ending.add_permits(1) });
        // Now one is earlier, now the other.
        for _ in 0..round % 32 {
            tokio::task::yield_now().await;
        }
        let stop = face
            .post("/agent/waiting/stop/t", &json!({}))
            .await
            .json()
            .await;
        end.await.expect("a permit");
        let events = run.events().await;
        match events.last().expect("an end")["type"].as_str() {
            Some("RUN_FINISHED") => finished += 1,
            Some("RUN_ERROR") => {
                assert_eq!(stop["stopped"], true, "round {round}");
                stopped += 1;
            }
            other => panic!("round {round} ends with {other:?}"),
        }
        // What the run did not take is not left for the next.
        gate.forget_permits(1);
    }
    assert!(stopped > 0, "none was stopped in time, {finished} finished");
    assert!(
        finished > 0,
        "none was done in time, {stopped} were stopped"
    );
}

/// Upstream's lists know a run when it has ended.
#[tokio::test]
async fn a_thread_is_there_as_soon_as_its_first_run_speaks() {
    let (gate, agent) = waiting();
    let face = serve(builder().agent("waiting", agent), HttpOptions::default()).await;
    let run = face.post("/agent/waiting/run", &input("t", "x")).await;
    let mut run = run.frames();
    for _ in ["RUN_STARTED", "TEXT_MESSAGE_START", "TEXT_MESSAGE_CONTENT"] {
        run.next().await.expect("an event");
    }
    let listed = face.get("/threads?agentId=waiting").await.json().await;
    assert_eq!(listed["threads"][0]["id"], "t", "{listed}");
    let told = face.get("/threads/t/messages").await.json().await;
    assert_eq!(told["messages"][1]["content"], "word", "{told}");
    let told = face.get("/threads/t/events").await.json().await;
    assert_eq!(told["events"].as_array().map(Vec::len), Some(3), "{told}");
    gate.add_permits(1);
    run.for_each(|_| ready(())).await;
}
