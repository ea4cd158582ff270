//! The body of a request to the model server, key for key as upstream's adapter makes it.

use std::collections::HashSet;
use std::sync::LazyLock;

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};

use super::conversation::convert;
use super::messages::{Call, ChatMessage, Content};
use super::provider::{MaxTokensKey, Provider};
use crate::agents::{ModelParameters, RunInput};

/// How an agent puts its requests.
#[derive(Debug, Clone)]
pub(super) struct Manner {
    pub provider: Provider,
    pub model: String,
    /// Without the provider in front.
    pub allowed_models: Vec<String>,
    pub prompt: Option<String>,
    pub keep_system_role: bool,
    pub parallel_tool_calls: Option<bool>,
    pub usage: bool,
}

/// What the model said, and what its calls gave, in an earlier step of the same run.
#[derive(Debug, Default)]
pub(super) struct Step {
    pub text: String,
    pub calls: Vec<AnsweredCall>,
}

#[derive(Debug)]
pub(super) struct AnsweredCall {
    pub id: String,
    pub name: String,
    pub arguments: String,
    pub result: String,
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    stream: bool,
    messages: Vec<ChatMessage<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<ToolEntry<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parallel_tool_calls: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Serialize)]
struct ToolEntry<'a> {
    r#type: &'static str,
    function: FunctionEntry<'a>,
}

#[derive(Serialize)]
struct FunctionEntry<'a> {
    name: &'a str,
    description: &'a str,
    parameters: std::borrow::Cow<'a, Value>,
}

impl Manner {
    /// The model for this run: the frontend's where the configuration allows it.
    pub(super) fn model_for<'a>(&'a self, parameters: &'a ModelParameters) -> &'a str {
        let Some(asked) = parameters.model.as_deref() else {
            return &self.model;
        };
        let allowed = |model: &str| self.allowed_models.iter().any(|allowed| allowed == model);
        let own_name = self.provider.own_name(asked);
        if allowed(own_name) || allowed("*") {
            own_name
        } else if allowed(asked) {
            // The server's own name for it begins like the provider's.
            asked
        } else {
            &self.model
        }
    }

    /// The request for the next step of a run.
    pub(super) fn body(
        &self,
        input: &RunInput,
        steps: &[Step],
    ) -> Result<Bytes, serde_json::Error> {
        let parameters = &input.parameters;
        let tools = tools(input);
        // Zero means "as the model likes" to upstream's adapter, which tests for truth.
        let max_tokens = parameters.max_tokens.filter(|max| *max > 0);
        let of_key = |key| max_tokens.filter(|_| self.provider.max_tokens_key == key);
        let body = Body {
            model: self.model_for(parameters),
            stream: true,
            messages: self.messages(input, steps),
            max_completion_tokens: of_key(MaxTokensKey::MaxCompletionTokens),
            max_tokens: of_key(MaxTokensKey::MaxTokens),
            stop: parameters.stop.as_deref(),
            tool_choice: tool_choice(parameters, steps).filter(|_| !tools.is_empty()),
            parallel_tool_calls: self.parallel_tool_calls.filter(|_| !tools.is_empty()),
            temperature: parameters
                .temperature
                .filter(|temperature| *temperature != 0.0),
            stream_options: self.usage.then_some(StreamOptions {
                include_usage: true,
            }),
            tools,
        };
        serde_json::to_vec(&body).map(Bytes::from)
    }

    fn messages<'a>(&'a self, input: &'a RunInput, steps: &'a [Step]) -> Vec<ChatMessage<'a>> {
        let system_role = if self.keep_system_role {
            "system"
        } else {
            "developer"
        };
        let prompt = self
            .prompt
            .iter()
            .map(|prompt| ChatMessage::text(system_role, prompt));
        let mut messages: Vec<_> = prompt
            .chain(convert(&input.request.messages, system_role))
            .collect();
        for step in steps {
            messages.push(ChatMessage {
                role: "assistant",
                content: (!step.text.is_empty()).then(|| Content::Text((&step.text).into())),
                tool_calls: step
                    .calls
                    .iter()
                    .map(|call| Call::new(&call.id, &call.name, &call.arguments))
                    .collect(),
                tool_call_id: None,
            });
            messages.extend(
                step.calls
                    .iter()
                    .map(|call| ChatMessage::tool_result(&call.id, &call.result)),
            );
        }
        messages
    }
}

/// The server's tools first, then those of the frontend whose name is still free: model servers refuse a name twice.
fn tools(input: &RunInput) -> Vec<ToolEntry<'_>> {
    static ANYTHING: LazyLock<Value> = LazyLock::new(|| json!({}));
    let mut taken = HashSet::new();
    let own = input.tools.iter().map(|tool| FunctionEntry {
        name: tool.name(),
        description: tool.description(),
        parameters: std::borrow::Cow::Owned(tool.parameters()),
    });
    let frontend = input
        .request
        .tools
        .iter()
        .flatten()
        .filter(|tool| input.tools.get(&tool.name).is_none() && taken.insert(&tool.name))
        .map(|tool| FunctionEntry {
            name: &tool.name,
            description: &tool.description,
            parameters: std::borrow::Cow::Borrowed(tool.parameters.as_ref().unwrap_or(&ANYTHING)),
        });
    own.chain(frontend)
        .map(|function| ToolEntry {
            r#type: "function",
            function,
        })
        .collect()
}

/// A forced call is forced once: a model that has to call in every step would never come to its answer.
fn tool_choice(parameters: &ModelParameters, steps: &[Step]) -> Option<Value> {
    let choice = parameters
        .tool_choice
        .as_deref()
        .filter(|choice| !choice.is_empty())?;
    match choice {
        "function" if steps.is_empty() => {
            let name = parameters.tool_choice_function.as_deref()?;
            Some(json!({"type": "function", "function": {"name": name}}))
        }
        "required" if steps.is_empty() => Some(json!("required")),
        "function" | "required" => None,
        other => Some(json!(other)),
    }
}
