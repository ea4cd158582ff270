//! The model agent in runs of AG-UI clients: upstream's recorded runs again, and what becomes of a thread.
//!
//! The recordings were made over OpenAI's Responses API. A model of chat completions says here what that one said, piece by
//! piece; ids are told apart only by their order.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use agui_runtime::Runtime;
use agui_runtime::agents::llm::{LlmAgent, LlmConfig, Secret};
use agui_runtime::agents::{ModelParameters, RunInput};
use agui_runtime::runtime::log::EndReason;
use agui_runtime::runtime::run::Run;
use agui_runtime::runtime::{StartOptions, WhenBusy};
use agui_runtime::store::Owner;
use agui_runtime::tools::{Tool, ToolContext, ToolError, ToolOutput, ToolSet};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::support::golden::root;
use crate::support::model::{Call, Model};

/// Where our events differ from the recorded ones on purpose, with what is there instead.
const DEVIATIONS: [(&str, &str); 1] = [
    // Upstream tells which of the AI SDK's adapters it used.
    ("/usage/0/provider", "openai"),
];

/// One recorded run.
struct Recorded {
    request: Value,
    /// Whether the run was one of the suggestions, which leave nothing behind.
    kept: bool,
    events: Vec<Value>,
}

impl Recorded {
    fn load(name: &str) -> Self {
        let path = root().join(format!("tests/golden/ag-ui/{name}.json"));
        let mut golden: Value =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let events = golden["response"]["body"].as_str().unwrap();
        let events = events
            .lines()
            .filter_map(|line| line.strip_prefix("data: "));
        Self {
            events: events
                .map(|event| serde_json::from_str(event).unwrap())
                .collect(),
            kept: !golden["request"]["line"]
                .as_str()
                .unwrap()
                .contains("/suggest "),
            request: golden["request"]["body"].take(),
        }
    }

    /// What the model said, one list of events for each time that it was asked.
    fn steps(&self) -> Vec<Vec<Value>> {
        let mut steps = vec![Vec::new()];
        let mut answered = false;
        for event in &self.events {
            let kind = event["type"].as_str().unwrap();
            if answered && kind == "TOOL_CALL_START" {
                steps.push(Vec::new());
            }
            answered = kind == "TOOL_CALL_RESULT";
            steps.last_mut().unwrap().push(event.clone());
        }
        steps
    }

    fn expected(&self) -> Vec<Value> {
        let mut events = self.events.clone();
        for (place, ours) in DEVIATIONS {
            for value in events
                .iter_mut()
                .filter_map(|event| event.pointer_mut(place))
            {
                assert_ne!(*value, ours, "{place} does not differ any more");
                *value = ours.into();
            }
        }
        ordered(events)
    }
}

/// Ids as numbers, in the order of their first appearance.
fn ordered(mut events: Vec<Value>) -> Vec<Value> {
    let mut ids: Vec<String> = Vec::new();
    for event in &mut events {
        for key in ["messageId", "parentMessageId", "toolCallId"] {
            let Some(id) = event[key].as_str() else {
                event.as_object_mut().unwrap().remove(key);
                continue;
            };
            let place = ids.iter().position(|it| it == id).unwrap_or_else(|| {
                ids.push(id.to_owned());
                ids.len() - 1
            });
            event[key] = place.into();
        }
    }
    events
}

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

async fn runtime(model: &Model, max_steps: usize) -> Runtime {
    let mut config = LlmConfig::new("openai/gpt-4o-mini");
    config.base_url = Some(model.base_url());
    config.api_key = Some(Secret::new("sk-mock"));
    config.max_steps = max_steps as u32;
    let agent = LlmAgent::new(config).unwrap();
    Runtime::builder()
        .agent("default", agent)
        .build()
        .await
        .unwrap()
}

fn start(runtime: &Runtime, request: Value, kept: bool) -> Arc<Run> {
    let (name, agent) = runtime.agent(None).unwrap();
    let input = RunInput {
        owner: Owner::anonymous(),
        agent: name.to_owned(),
        request: serde_json::from_value(request).unwrap(),
        parameters: ModelParameters::default(),
        tools: ToolSet::new([Arc::new(Weather) as Arc<dyn Tool>]),
        properties: Default::default(),
        headers: Default::default(),
    };
    let when_busy = WhenBusy::Supersede;
    let options = StartOptions { when_busy, kept };
    let started = runtime.start(agent.clone(), input, options);
    started.expect("a run that supersedes is never refused")
}

async fn events(run: &Run) -> Vec<Value> {
    run.follow()
        .map(|entry| serde_json::to_value(&entry.event).unwrap())
        .collect()
        .await
}

async fn is_told_again(name: &str) {
    let recorded = Recorded::load(name);
    let steps = Arc::new(recorded.steps());
    let (asked, max_steps) = (Arc::new(AtomicUsize::new(0)), steps.len());
    let counted = asked.clone();
    let model = Model::start(move |call| {
        let (steps, step) = (steps.clone(), counted.fetch_add(1, Ordering::SeqCst));
        async move { replay(call, &steps[step], step).await }
    })
    .await;
    let runtime = runtime(&model, max_steps).await;
    let run = start(&runtime, recorded.request.clone(), recorded.kept);
    let told = ordered(events(&run).await);
    let expected = recorded.expected();
    for (told, expected) in told.iter().zip(&expected) {
        assert_eq!(told, expected, "{name}");
    }
    assert_eq!(told.len(), expected.len(), "{name}");
    assert_eq!(asked.load(Ordering::SeqCst), max_steps, "{name}");
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
    llm_text,
    llm_reasoning,
    llm_frontend_tool,
    llm_server_tool,
    llm_state_tool,
    llm_context_state,
    llm_suggest,
    llm_error_429,
    llm_unmatched
);

fn hi() -> Value {
    json!({"threadId": "t", "runId": "r", "messages": [{"id": "u", "role": "user", "content": "hi"}]})
}

#[tokio::test]
async fn a_stop_closes_the_connection_and_what_is_open() {
    let (tell, mut closed) = mpsc::channel(1);
    let model = Model::start(move |mut call| {
        let tell = tell.clone();
        async move {
            call.begin().await;
            let function = json!({"name": "showCard", "arguments": "{\"ti"});
            let delta = json!({"tool_calls": [{"index": 0, "id": "call_1", "function": function}]});
            call.chunk(chunk(0, &delta, None).as_bytes()).await;
            call.closed().await;
            let _ = tell.send(()).await;
        }
    })
    .await;
    let runtime = runtime(&model, 1).await;
    let run = start(&runtime, hi(), true);
    let mut told = Vec::new();
    let mut follower = run.follow();
    while let Some(entry) = follower.next().await {
        told.push(entry.event.event_type().to_owned());
        if told.len() == 3 {
            run.cancel(EndReason::Stopped);
        }
    }
    assert_eq!(
        told,
        [
            "RUN_STARTED",
            "TOOL_CALL_START",
            "TOOL_CALL_ARGS",
            "TOOL_CALL_END",
            "TOOL_CALL_RESULT",
            "RUN_ERROR"
        ]
    );
    closed
        .recv()
        .await
        .expect("the model sees that nobody listens");
}

#[tokio::test]
async fn a_model_that_dies_in_a_call_fails_the_run() {
    let model = Model::start(|mut call| async move {
        call.begin().await;
        let function = json!({"name": "showCard", "arguments": "{\"ti"});
        let delta = json!({"tool_calls": [{"index": 0, "id": "call_1", "function": function}]});
        call.chunk(chunk(0, &delta, None).as_bytes()).await;
    })
    .await;
    let runtime = runtime(&model, 1).await;
    let run = start(&runtime, hi(), true);
    let mut told = events(&run).await;
    let error = told.pop().unwrap();
    assert_eq!(error["type"], "RUN_ERROR");
    assert_eq!(error["message"], "OpenAI API error: Premature close");
    assert_eq!(error.get("code"), None);
    assert_eq!(told.pop().unwrap()["type"], "TOOL_CALL_RESULT");
    assert_eq!(
        told.pop().unwrap(),
        json!({"type": "TOOL_CALL_END", "toolCallId": "call_1"})
    );
}
