//! The server's own tools inside a run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::{FutureExt, StreamExt, future::BoxFuture};
use serde_json::{Value, json};

use super::server::{Server, call, finish, stream, text};
use super::{config, events, hi, outcome};
use crate::agents::llm::LlmAgent;
use crate::agents::{Agent, RunInput};
use crate::tools::{Tool, ToolContext, ToolError, ToolOutput, ToolSet};

/// A tool that does one thing.
struct Scripted {
    name: &'static str,
    description: &'static str,
    does: fn(Value) -> BoxFuture<'static, ToolOutput>,
}

impl Tool for Scripted {
    fn name(&self) -> &str {
        self.name
    }
    fn description(&self) -> &str {
        self.description
    }
    fn parameters(&self) -> Value {
        json!({"type": "object", "properties": {}, "required": []})
    }
    fn call(
        &self,
        arguments: Value,
        _: ToolContext,
    ) -> BoxFuture<'_, Result<ToolOutput, ToolError>> {
        (self.does)(arguments).map(Ok).boxed()
    }
}

static SLOW_TOOL_DROPPED: AtomicBool = AtomicBool::new(false);

struct Flag(&'static AtomicBool);

impl Drop for Flag {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

pub fn scripted() -> Vec<Arc<dyn Tool>> {
    let tool = |name, description, does| -> Arc<dyn Tool> {
        Arc::new(Scripted {
            name,
            description,
            does,
        })
    };
    vec![
        tool("getWeather", "Get weather", |arguments| {
            async move { json!({"city": arguments["city"], "temp": 21}).into() }.boxed()
        }),
        tool("strTool", "returns string", |_| {
            async { json!("plain string").into() }.boxed()
        }),
        tool("directTool", "returnDirect", |_| {
            async {
                ToolOutput {
                    value: json!("direct text"),
                    direct: true,
                }
            }
            .boxed()
        }),
        tool("slowTool", "slow", |_| {
            async {
                let _flag = Flag(&SLOW_TOOL_DROPPED);
                tokio::time::sleep(Duration::from_secs(60)).await;
                Value::Null.into()
            }
            .boxed()
        }),
    ]
}

fn with_tools() -> RunInput {
    let mut input = hi();
    input.tools = ToolSet::new(scripted());
    input
}

#[tokio::test]
async fn a_server_tool_answers_before_the_next_call() {
    let server = Server::saying(vec![
        call(0, Some("call_0"), Some("getWeather"), ""),
        call(0, None, None, "{\"city\":\"Oslo\"}"),
        call(1, Some("call_1"), Some("showCard"), "{}"),
        finish("tool_calls"),
    ])
    .await;
    assert_eq!(
        events(&server, with_tools()).await,
        [
            "TOOL_CALL_START call_0 getWeather chatcmpl-1",
            "TOOL_CALL_ARGS call_0 \"{\\\"city\\\":\\\"Oslo\\\"}\"",
            "TOOL_CALL_END call_0",
            "TOOL_CALL_RESULT result-call_0 call_0 \"{\\\"city\\\":\\\"Oslo\\\",\\\"temp\\\":21}\"",
            "TOOL_CALL_START call_1 showCard chatcmpl-1",
            "TOOL_CALL_ARGS call_1 \"{}\"",
            "TOOL_CALL_END call_1",
            "RUN_FINISHED tool-calls",
        ]
    );
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn no_arguments_are_an_empty_object() {
    let server = Server::saying(vec![
        call(0, Some("call_NA"), Some("strTool"), ""),
        finish("tool_calls"),
    ])
    .await;
    assert_eq!(
        events(&server, with_tools()).await,
        [
            "TOOL_CALL_START call_NA strTool chatcmpl-1",
            "TOOL_CALL_END call_NA",
            "TOOL_CALL_RESULT result-call_NA call_NA \"plain string\"",
            "RUN_FINISHED tool-calls",
        ]
    );
}

#[tokio::test]
async fn a_direct_result_is_also_a_message() {
    let server = Server::saying(vec![
        call(0, Some("call_0"), Some("directTool"), "{}"),
        finish("tool_calls"),
    ])
    .await;
    let mut config = config(&server);
    config.max_steps = 3;
    let (lines, result) = outcome(config, with_tools()).await;
    result.unwrap();
    assert_eq!(
        lines[3],
        "TOOL_CALL_RESULT result-call_0 call_0 \"direct text\""
    );
    let id = lines[4].strip_prefix("TEXT_MESSAGE_START ").unwrap();
    assert!(id.starts_with("ck-"), "{id}");
    assert_eq!(
        lines[5],
        format!("TEXT_MESSAGE_CONTENT {id} \"direct text\"")
    );
    assert_eq!(lines[6], format!("TEXT_MESSAGE_END {id}"));
    // The user has the answer: the model is not asked for another.
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn with_steps_left_the_model_goes_on_with_the_results() {
    let server = Server::start(vec![
        stream(vec![
            text("Let me look."),
            call(0, Some("call_0"), Some("getWeather"), "{\"city\":\"Oslo\"}"),
            finish("tool_calls"),
        ]),
        stream(vec![text("21 degrees."), finish("stop")]),
    ])
    .await;
    let mut config = config(&server);
    config.max_steps = 3;
    let (lines, result) = outcome(config, with_tools()).await;
    result.unwrap();
    // The server gives the id of the first answer once more; a client would add to that message.
    let last = &lines[lines.len() - 3..];
    let id = last[1].strip_prefix("TEXT_MESSAGE_END ").unwrap();
    assert!(id.starts_with("ck-"), "{id}");
    assert_eq!(
        last[0],
        format!("TEXT_MESSAGE_CONTENT {id} \"21 degrees.\"")
    );
    assert_eq!(last[2], "RUN_FINISHED stop");
    assert_eq!(
        server.requests()[1]["messages"],
        json!([
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": "Let me look.", "tool_calls": [{"id": "call_0", "type": "function",
                "function": {"name": "getWeather", "arguments": "{\"city\":\"Oslo\"}"}}]},
            {"role": "tool", "content": "{\"city\":\"Oslo\",\"temp\":21}", "tool_call_id": "call_0"},
        ])
    );
}

#[tokio::test]
async fn arguments_that_are_no_json_go_back_as_an_empty_object() {
    for arguments in ["", "{\"ci"] {
        let server = Server::start(vec![
            stream(vec![
                call(0, Some("call_0"), Some("strTool"), arguments),
                finish("tool_calls"),
            ]),
            stream(vec![text("ok"), finish("stop")]),
        ])
        .await;
        let mut config = config(&server);
        config.max_steps = 2;
        outcome(config, with_tools()).await.1.unwrap();
        let again = &server.requests()[1]["messages"][1]["tool_calls"][0];
        assert_eq!(again["function"]["arguments"], "{}", "{arguments}");
    }
}

#[tokio::test]
async fn the_steps_end_and_a_frontend_call_ends_them() {
    let weather = || call(0, Some("call_0"), Some("getWeather"), "{}");
    let server = Server::saying(vec![weather(), finish("tool_calls")]).await;
    let mut looping = config(&server);
    looping.max_steps = 3;
    outcome(looping, with_tools()).await.1.unwrap();
    assert_eq!(server.requests().len(), 3);

    let both = vec![
        weather(),
        call(1, Some("call_1"), Some("showCard"), "{}"),
        finish("tool_calls"),
    ];
    let server = Server::saying(both).await;
    let mut mixed = config(&server);
    mixed.max_steps = 3;
    outcome(mixed, with_tools()).await.1.unwrap();
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn dropping_the_run_ends_its_tool() {
    let server = Server::saying(vec![
        call(0, Some("call_0"), Some("slowTool"), "{}"),
        finish("tool_calls"),
    ])
    .await;
    let mut run = LlmAgent::new(config(&server))
        .unwrap()
        .run(Arc::new(with_tools()));
    let reading = async { while run.next().await.is_some() {} };
    assert!(
        tokio::time::timeout(Duration::from_millis(300), reading)
            .await
            .is_err()
    );
    assert!(!SLOW_TOOL_DROPPED.load(Ordering::SeqCst));
    drop(run);
    assert!(SLOW_TOOL_DROPPED.load(Ordering::SeqCst));
}
