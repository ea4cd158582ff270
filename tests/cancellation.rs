//! A client that goes takes its run along: the model's connection closes at once, and no token is paid for after that.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::support::golden::Golden;
use crate::support::http::{self, Exchange, Reply};
use crate::support::model::{Call, Model};
use crate::support::requests;
use crate::support::server::{Binary, config, model_at};

/// The time in which the model must see its connection closed, after the client's is.
const LIMIT: Duration = Duration::from_millis(200);

/// What an endless model says of its runs; of a closed one the text it was asked, and when.
enum Heard {
    Begun,
    Closed(String, Instant),
}

/// A model that streams for ever, and tells of each run when it begins and when its connection is closed.
/// Asked for `short`, it answers in full.
async fn endless_model() -> (Model, mpsc::Receiver<Heard>) {
    let (tell, heard) = mpsc::channel(64);
    let model = Model::start(move |call| stream_until_closed(call, tell.clone())).await;
    (model, heard)
}

async fn stream_until_closed(mut call: Call, tell: mpsc::Sender<Heard>) {
    let text = call.text().to_owned();
    call.begin().await;
    call.token("first").await;
    let _ = tell.send(Heard::Begun).await;
    if text == "short" {
        tokio::time::sleep(Duration::from_millis(600)).await;
        return call.end().await;
    }
    call.tokens_until_closed("more", Duration::from_millis(20))
        .await;
    let _ = tell.send(Heard::Closed(text, Instant::now())).await;
}

async fn begun(heard: &mut mpsc::Receiver<Heard>) {
    let event = tokio::time::timeout(http::PATIENCE, heard.recv()).await;
    assert!(
        matches!(event, Ok(Some(Heard::Begun))),
        "the model is asked"
    );
}

async fn closed_within_the_limit(heard: &mut mpsc::Receiver<Heard>, of: &str, left: Instant) {
    let event = tokio::time::timeout(Duration::from_secs(20), heard.recv()).await;
    let Ok(Some(Heard::Closed(text, at))) = event else {
        panic!("the model's connection was never closed");
    };
    assert_eq!(text, of, "another run's connection was closed");
    let took = at.saturating_duration_since(left);
    assert!(took < LIMIT, "the model was left talking for {took:?}");
}

async fn wait_for(text: &str, exchange: &mut Exchange) {
    let mut reply = Reply::default();
    exchange.head(&mut reply).await;
    while let Some(chunk) = exchange.next().await {
        if String::from_utf8_lossy(&chunk).contains(text) {
            return;
        }
    }
    panic!("the answer ended before {text:?} came");
}

/// The client reads until a token came, then goes.
async fn leaves_in_mid_stream(request: Vec<u8>, text: &str) {
    let (model, mut heard) = endless_model().await;
    let server = Binary::start(&config(&model_at(&model.base_url()))).await;
    let mut exchange = Exchange::start(server.address, request).await;
    begun(&mut heard).await;
    wait_for("more", &mut exchange).await;
    let left = Instant::now();
    exchange.hang_up();
    closed_within_the_limit(&mut heard, text, left).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_multipart_client_that_goes_stops_the_model() {
    leaves_in_mid_stream(Golden::load("l-abort-text").request(), "[[slow]] hi").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_sse_client_that_goes_stops_the_model() {
    let request = String::from_utf8(requests::chat("talk")).expect("UTF-8");
    let request = request.replace(requests::ACCEPT, "text/event-stream");
    leaves_in_mid_stream(request.into_bytes(), "talk").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_goes_before_its_one_json_stops_the_model() {
    let (model, mut heard) = endless_model().await;
    let server = Binary::start(&config(&model_at(&model.base_url()))).await;
    let exchange =
        Exchange::start(server.address, Golden::load("l-abort-plain-json").request()).await;
    begun(&mut heard).await;
    let left = Instant::now();
    exchange.hang_up();
    closed_within_the_limit(&mut heard, "[[slow]] hi", left).await;
}

/// Clients may wait for a status together with what streams; going then must free all that waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_goes_while_a_status_is_awaited_stops_the_model() {
    for selection in [
        "status { ... on BaseResponseStatus { code } } messages @stream { id }",
        "messages @stream { id ... on TextMessageOutput { content @stream status { __typename } } }",
    ] {
        let (model, mut heard) = endless_model().await;
        let server = Binary::start(&config(&model_at(&model.base_url()))).await;
        let request = requests::selecting(selection, "talk");
        let exchange = Exchange::start(server.address, request).await;
        begun(&mut heard).await;
        let left = Instant::now();
        exchange.hang_up();
        closed_within_the_limit(&mut heard, "talk", left).await;
    }
}

/// The views of one run take turns in reading it; one that is put aside must not hold up the others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn first_items_and_a_status_come_together() {
    let (model, _heard) = endless_model().await;
    let server = Binary::start(&config(&model_at(&model.base_url()))).await;
    for selection in [
        "status { __typename } messages @stream(initialCount: 1) { id }",
        "messages @stream(initialCount: 1) { id } status { __typename }",
        "messages { id ... on TextMessageOutput { status { __typename } content @stream(initialCount: 1) } }",
    ] {
        let reply = http::ask(server.address, requests::selecting(selection, "short")).await;
        assert!(reply.complete, "{selection}: {}", reply.text());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_goes_leaves_the_others_alone() {
    let (model, mut heard) = endless_model().await;
    let server = Binary::start(&config(&model_at(&model.base_url()))).await;
    let staying = tokio::spawn(http::ask(server.address, requests::chat("short")));
    begun(&mut heard).await;
    let leaving = Exchange::start(server.address, requests::chat("long")).await;
    begun(&mut heard).await;
    let left = Instant::now();
    leaving.hang_up();
    closed_within_the_limit(&mut heard, "long", left).await;
    let reply = staying.await.expect("an answer");
    assert!(
        reply.complete && reply.text().contains("SuccessResponseStatus"),
        "{}",
        reply.text()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_goes_stops_a_server_tool() {
    let (tell, mut heard) = mpsc::channel(8);
    let model = Model::start(|mut call| async move { call.tool_call("waits", "{}").await }).await;
    let server =
        crate::support::embedded::Embedded::with_tool(&model.base_url(), Waits(tell)).await;
    let exchange = Exchange::start(server.address, requests::chat("use it")).await;
    begun(&mut heard).await;
    let left = Instant::now();
    exchange.hang_up();
    closed_within_the_limit(&mut heard, "waits", left).await;
}

/// A tool that never comes back, and tells when it is called and when it is dropped.
struct Waits(mpsc::Sender<Heard>);

struct TellsWhenDropped(mpsc::Sender<Heard>);

impl Drop for TellsWhenDropped {
    fn drop(&mut self) {
        let _ = self
            .0
            .try_send(Heard::Closed("waits".into(), Instant::now()));
    }
}

impl agui_runtime::tools::Tool for Waits {
    fn name(&self) -> &str {
        "waits"
    }

    fn description(&self) -> &str {
        "Never comes back"
    }

    fn parameters(&self) -> serde_json::Value {
        serde_json::json!({"type": "object", "properties": {}})
    }

    fn call(
        &self,
        _: serde_json::Value,
        _: agui_runtime::tools::ToolContext,
    ) -> futures_util::future::BoxFuture<
        '_,
        Result<agui_runtime::tools::ToolOutput, agui_runtime::tools::ToolError>,
    > {
        Box::pin(async {
            let _guard = TellsWhenDropped(self.0.clone());
            let _ = self.0.send(Heard::Begun).await;
            std::future::pending().await
        })
    }
}
