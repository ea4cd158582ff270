//! The model agent in runs of AG-UI clients: upstream's recorded runs again, and what becomes of a thread.
//!
//! The recordings were made over OpenAI's Responses API. A model of chat completions says here what that one said, piece by
//! piece; ids are told apart only by their order.

mod recorded;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use agui_runtime::Runtime;
use agui_runtime::agents::llm::{LlmAgent, LlmConfig, Secret};
use agui_runtime::server::HttpOptions;
use agui_runtime::tools::{Tool, ToolContext, ToolError, ToolOutput};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use poem::listener::{Acceptor, Listener, TcpListener};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use self::recorded::{Recorded, events};
use crate::support::http::{Exchange, Reply, ask};
use crate::support::model::{Call, Model};

/// One event of the recorded answer as the chunk of a chat completion.
fn chunk(step: usize, delta: &Value, finish_reason: Option<&str>) -> String {
    let chunk = json!({"id": format!("chatcmpl-{step}"), "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]});
    format!("data: {chunk}\n\n")
}

/// Says again what the model of the recording said.
async fn replay(mut call: Call, events: &[Value], step: usize) {
    if let Some(error) = events.iter().find(|event| event["type"] == "RUN_ERROR") {
        let body = json!({"error": {"message": error["message"]}}).to_string();
        let head = format!(
            "HTTP/1.1 429 X\r\nx-should-retry: false\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        call.raw(format!("{head}{body}").as_bytes()).await;
        return;
    }
    call.begin().await;
    let mut finish_reason = "tool_calls".to_owned();
    for event in events {
        let of_call = |function: Value| json!({"tool_calls": [{"index": 0, "id": event["toolCallId"], "function": function}]});
        let delta = match event["type"].as_str().unwrap() {
            "TEXT_MESSAGE_CONTENT" => json!({"content": event["delta"]}),
            "REASONING_MESSAGE_CONTENT" => json!({"reasoning_content": event["delta"]}),
            "TOOL_CALL_START" => of_call(json!({"name": event["toolCallName"], "arguments": ""})),
            "TOOL_CALL_ARGS" => of_call(json!({"arguments": event["delta"]})),
            "RUN_FINISHED" => {
                finish_reason = event["finishReason"].as_str().unwrap().replace('-', "_");
                continue;
            }
            _ => continue,
        };
        call.chunk(chunk(step, &delta, None).as_bytes()).await;
    }
    call.chunk(chunk(step, &json!({}), Some(&finish_reason)).as_bytes())
        .await;
    let usage = json!({"id": "chatcmpl", "choices": [], "usage": {"prompt_tokens": 0, "completion_tokens": 0,
        "total_tokens": 0, "prompt_tokens_details": {"cached_tokens": 0}, "completion_tokens_details": {"reasoning_tokens": 0}}});
    call.chunk(format!("data: {usage}\n\ndata: [DONE]\n\n").as_bytes())
        .await;
    call.raw(b"0\r\n\r\n").await;
}

/// The server tool of the recordings.
struct Weather;

impl Tool for Weather {
    fn name(&self) -> &str {
        "getWeather"
    }
    fn description(&self) -> &str {
        "Get weather"
    }
    fn parameters(&self) -> Value {
        json!({"type": "object", "properties": {"city": {"type": "string"}}})
    }
    fn call(
        &self,
        arguments: Value,
        _: ToolContext,
    ) -> BoxFuture<'_, Result<ToolOutput, ToolError>> {
        async move { Ok(json!({"city": arguments["city"], "temp": 7}).into()) }.boxed()
    }
}

/// A server whose agents ask this model; it ends with this value.
struct Served {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Served {
    /// The agents of the recordings.
    async fn start(model: &Model, max_steps: usize) -> Self {
        let mut config = LlmConfig::new("openai/gpt-4o-mini");
        config.base_url = Some(model.base_url());
        config.api_key = Some(Secret::new("sk-mock"));
        config.max_steps = max_steps as u32;
        let agent = LlmAgent::new(config).unwrap();
        let runtime = Runtime::builder()
            .agent("default", agent.clone())
            .agent("llm", agent.clone())
            .agent("llmtool", agent)
            .tool(Weather);
        let endpoint = runtime.build().await.unwrap();
        let endpoint = endpoint.endpoint_with(HttpOptions::default()).unwrap();
        let acceptor = TcpListener::bind("127.0.0.1:0")
            .into_acceptor()
            .await
            .unwrap();
        let address = *acceptor.local_addr()[0].as_socket_addr().unwrap();
        let serving = tokio::spawn(async move {
            let server = poem::Server::new_with_acceptor(acceptor);
            server.run(endpoint).await.unwrap();
        });
        Self { address, serving }
    }

    async fn answers(&self, recorded: &Recorded) {
        let reply = ask(self.address, recorded.bytes()).await;
        assert_eq!(reply.code(), 200, "{}", recorded.name);
        recorded.is_told_by(events(reply.text()));
    }
}

/// A model that says what the recorded one said, and how often it was asked.
async fn replaying(recorded: &Recorded) -> (Model, Arc<AtomicUsize>) {
    let steps = Arc::new(recorded.steps());
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let model = Model::start(move |call| {
        let (steps, step) = (steps.clone(), counted.fetch_add(1, Ordering::SeqCst));
        async move { replay(call, &steps[step], step).await }
    });
    (model.await, asked)
}

async fn is_told_again(name: &str) {
    let recorded = Recorded::load(name);
    let (model, asked) = replaying(&recorded).await;
    let steps = recorded.steps().len();
    let served = Served::start(&model, steps).await;
    served.answers(&recorded).await;
    assert_eq!(asked.load(Ordering::SeqCst), steps, "{name}");
}

macro_rules! recordings {
    ($($name:ident),*) => {
        $(
            #[tokio::test]
            async fn $name() {
                is_told_again(stringify!($name)).await;
            }
        )*
    };
}

recordings!(
    llm_reasoning,
    llm_frontend_tool,
    llm_server_tool,
    llm_state_tool,
    llm_context_state,
    llm_suggest,
    llm_error_429,
    llm_unmatched,
    browser_v2provider_backend_tool
);

#[tokio::test]
async fn llm_text_and_connect() {
    let recorded = Recorded::load("llm_text");
    let (model, _) = replaying(&recorded).await;
    let served = Served::start(&model, 1).await;
    served.answers(&recorded).await;
    served.answers(&Recorded::load("llm_text_connect")).await;
}

/// Reads a stream up to its so many events.
async fn read(exchange: &mut Exchange, events: usize) -> String {
    let mut text = String::new();
    while text.matches("data: ").count() < events
        && let Some(bytes) = exchange.next().await
    {
        text.push_str(std::str::from_utf8(&bytes).unwrap());
    }
    text
}

/// A model that begins an answer and never ends it; it tells when nobody listens any more.
async fn endless(chunks: Vec<String>) -> (Model, mpsc::Receiver<()>) {
    let (tell, closed) = mpsc::channel(1);
    let model = Model::start(move |mut call| {
        let (tell, chunks) = (tell.clone(), chunks.clone());
        async move {
            call.begin().await;
            for chunk in chunks {
                call.chunk(chunk.as_bytes()).await;
            }
            call.closed().await;
            let _ = tell.send(()).await;
        }
    });
    (model.await, closed)
}

#[tokio::test]
async fn llm_stop_and_connect() {
    let recorded = Recorded::load("llm_stop_run");
    let deltas = recorded
        .events
        .iter()
        .filter_map(|event| event.get("delta"));
    let chunks = deltas.map(|delta| chunk(0, &json!({"content": delta}), None));
    let (model, mut closed) = endless(chunks.collect()).await;
    let served = Served::start(&model, 1).await;
    let mut exchange = Exchange::start(served.address, recorded.bytes()).await;
    exchange.head(&mut Reply::default()).await;
    let mut told = read(&mut exchange, recorded.events.len() - 2).await;
    let stop = recorded::post("/api/copilotkit/agent/default/stop/T-llmstop", "{}");
    assert_eq!(ask(served.address, stop).await.json()["stopped"], true);
    told.push_str(&read(&mut exchange, usize::MAX).await);
    recorded.is_told_by(events(&told));
    closed
        .recv()
        .await
        .expect("the model sees that nobody listens");
    served.answers(&Recorded::load("llm_stop_connect")).await;
}

/// The beginning of a call that never gets whole.
fn half_a_call() -> String {
    let function = json!({"name": "showCard", "arguments": "{\"ti"});
    let delta = json!({"tool_calls": [{"index": 0, "id": "call_1", "function": function}]});
    chunk(0, &delta, None)
}

#[tokio::test]
async fn a_model_that_dies_in_a_call_fails_the_run() {
    let model = Model::start(|mut call| async move {
        call.begin().await;
        call.chunk(half_a_call().as_bytes()).await;
    })
    .await;
    let served = Served::start(&model, 1).await;
    let body = json!({"threadId": "t", "runId": "r", "messages": [{"id": "u", "role": "user", "content": "hi"}],
        "tools": [], "context": []});
    let request = recorded::post("/api/copilotkit/agent/default/run", &body.to_string());
    let told = events(ask(served.address, request).await.text());
    let types: Vec<_> = told
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        types,
        [
            "RUN_STARTED",
            "TOOL_CALL_START",
            "TOOL_CALL_ARGS",
            "TOOL_CALL_END",
            "TOOL_CALL_RESULT",
            "RUN_ERROR"
        ]
    );
    assert_eq!(
        told[5],
        json!({"type": "RUN_ERROR", "message": "OpenAI API error: Premature close", "threadId": "t", "runId": "r"})
    );
}

#[tokio::test]
async fn a_thread_keeps_the_state_that_the_model_made() {
    let recorded = Recorded::load("llm_state_tool");
    let (model, _) = replaying(&recorded).await;
    let served = Served::start(&model, 1).await;
    served.answers(&recorded).await;
    let request = b"GET /api/copilotkit/threads/T-ctx2/state HTTP/1.1\r\nhost: test\r\n\r\n";
    let state = ask(served.address, request.to_vec()).await;
    assert_eq!(state.json(), json!({"state": {"n": 1}}));
}
