//! Readers of the debug feed that would be in the way: slow ones, and those that stay when the server goes.

use std::sync::Arc;
use std::time::Duration;

use agui_runtime::agents::{Agent, EventStream, RunInput};
use agui_runtime::generated::agui::{
    Event, TextMessageContentEvent, TextMessageEndEvent, TextMessageStartEvent,
};
use agui_runtime::server::HttpOptions;
use futures_util::{StreamExt, stream};
use poem::{Endpoint, Response};
use serde_json::json;
use tokio::task::yield_now;
use tokio::time::timeout;

use super::{Face, builder, event, input, serve};

const LONG: Duration = Duration::from_secs(20);

/// Says 12 MiB.
struct Flood;

impl Agent for Flood {
    fn run(&self, _: Arc<RunInput>) -> EventStream {
        let words = (0..12).map(|_| TextMessageContentEvent::new("m", "x".repeat(1 << 20)).into());
        let events = [Event::from(TextMessageStartEvent::new("m"))].into_iter();
        let events = events.chain(words);
        let events = events.chain([TextMessageEndEvent::new("m").into()]);
        stream::iter(events.map(Ok)).boxed()
    }
}

/// Never says anything.
struct Silent;

impl Agent for Silent {
    fn run(&self, _: Arc<RunInput>) -> EventStream {
        stream::pending().boxed()
    }
}

async fn face() -> Face<impl Endpoint<Output = Response>> {
    let options = HttpOptions {
        debug_events: true,
        ..HttpOptions::default()
    };
    let builder = builder().agent("flood", Flood).agent("silent", Silent);
    serve(builder, options).await
}

#[tokio::test]
async fn a_slow_reader_holds_no_run_and_is_told_that_it_fell_behind() {
    let face = face().await;
    let feed = face.get("/cpk-debug-events").await.frames();
    let mut started = face.runtime.watch();
    let flood = face.post("/agent/flood/run", &input("t", "x")).await;
    let run = Arc::downgrade(&started.recv().await.expect("a run"));
    assert!(!flood.events().await.is_empty());
    let gone = async {
        while run.upgrade().is_some() {
            yield_now().await;
        }
    };
    timeout(LONG, gone).await.expect("nobody holds the run");
    let frames: Vec<String> = feed.collect().await;
    let told: usize = frames.iter().map(String::len).sum();
    assert!(told < 9 << 20, "{told} bytes had waited");
    let last = frames.last().expect("a frame");
    assert!(last.starts_with(": this feed fell behind"), "{last}");
}

#[tokio::test]
async fn a_reader_follows_so_many_runs_and_no_more() {
    let face = face().await;
    let mut feed = face.get("/cpk-debug-events").await.frames();
    assert_eq!(feed.next().await.as_deref(), Some(": connected\n\n"));
    let mut runs = Vec::new();
    for n in 0..64 {
        let thread = n.to_string();
        runs.push(face.post("/agent/silent/run", &input(&thread, "x")).await);
        // The first event of a run that says nothing comes with its end.
        yield_now().await;
    }
    runs.push(face.run("more", "hello").await);
    let next = timeout(LONG, feed.next()).await.expect("a frame");
    let next = next.expect("a frame");
    assert!(next.starts_with(": a run is left out"), "{next}");
    // A run that ends makes room for another.
    let scope = json!({});
    let stop = face.post("/agent/silent/stop/0", &scope).await;
    assert_eq!(stop.json().await["stopped"], true);
    while event(&feed.next().await.expect("an event"))["event"]["type"] != "RUN_ERROR" {}
    let said = face.run("again", "hello").await.events().await;
    assert_eq!(
        event(&feed.next().await.expect("an event"))["event"],
        said[0]
    );
}

#[tokio::test]
async fn a_feed_ends_as_the_server_begins_to_shut_down() {
    let face = face().await;
    let mut feed = face.get("/cpk-debug-events").await.frames();
    assert_eq!(feed.next().await.as_deref(), Some(": connected\n\n"));
    let mut started = face.runtime.watch();
    let _answer = face.post("/agent/silent/run", &input("t", "x")).await;
    let run = started.recv().await.expect("a run");
    face.runtime.begin_shut_down();
    let rest = timeout(LONG, feed.collect::<Vec<_>>()).await;
    rest.expect("the feed ends");
    assert_eq!(run.end_reason(), None, "runs have their grace time");
}
