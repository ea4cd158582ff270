//! The agent against scripted model servers.
#![allow(clippy::unwrap_used)]

mod answers;
mod application;
mod conversation;
mod dialects;
mod failures;
mod media;
mod requests;
mod server;
mod timing;
mod tools;

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};

use self::server::Server;
use super::{LlmAgent, LlmConfig, Secret};
use crate::agents::{Agent, ModelParameters, RunInput};
use crate::generated::agui::{Message, RunAgentInput};
use crate::runtime::error::AgentError;
use crate::store::Owner;
use crate::tools::ToolSet;

/// What a test's agent asks.
fn config(server: &Server) -> LlmConfig {
    LlmConfig {
        base_url: Some(server.url.clone()),
        api_key: Some(Secret::new("sk-mock")),
        ..LlmConfig::new("openai/gpt-4o")
    }
}

fn input(messages: Value) -> RunInput {
    let messages: Vec<Message> = serde_json::from_value(messages).unwrap();
    RunInput {
        owner: Owner::anonymous(),
        agent: "default".into(),
        request: RunAgentInput::new("thread", "run", messages),
        parameters: ModelParameters {
            context_told: true,
            ..ModelParameters::default()
        },
        tools: ToolSet::default(),
        agents: Default::default(),
        properties: serde_json::Map::new(),
        headers: http::HeaderMap::new(),
        frontend_url: None,
    }
}

fn hi() -> RunInput {
    input(json!([{"id": "u", "role": "user", "content": "hi"}]))
}

/// The events after `RUN_STARTED` as short lines, and how the run ended.
async fn outcome(config: LlmConfig, input: RunInput) -> (Vec<String>, Result<(), AgentError>) {
    let mut stream = LlmAgent::new(config).unwrap().run(Arc::new(input));
    let mut lines = Vec::new();
    let all = async {
        while let Some(event) = stream.next().await {
            lines.push(line(&serde_json::to_value(event?).unwrap()));
        }
        Ok(())
    };
    let result = tokio::time::timeout(Duration::from_secs(20), all)
        .await
        .unwrap();
    assert_eq!(lines.remove(0), "RUN_STARTED");
    (lines, result)
}

async fn events(server: &Server, input: RunInput) -> Vec<String> {
    let (lines, result) = outcome(config(server), input).await;
    result.unwrap();
    lines
}

/// `TEXT_MESSAGE_CONTENT chatcmpl-1 "Hello"`: the type, then what tells events apart.
fn line(event: &Value) -> String {
    let keys = [
        "messageId",
        "toolCallId",
        "toolCallName",
        "parentMessageId",
        "finishReason",
    ];
    let mut line = event["type"].as_str().unwrap().to_owned();
    for text in keys.iter().filter_map(|key| event[key].as_str()) {
        line.push(' ');
        line.push_str(text);
    }
    for text in [&event["delta"], &event["content"]] {
        if !text.is_null() {
            line.push_str(&format!(" {text}"));
        }
    }
    line
}
