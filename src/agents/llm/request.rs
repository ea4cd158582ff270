//! The body of a request to the model server, key for key as upstream's adapter makes it.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};

use super::conversation::{Roles, convert};
use super::handover;
use super::messages::{Call, ChatMessage, Content};
use super::prompt;
use super::provider::{MaxTokensKey, Provider};
use super::settings::{Overridable, Settings, Wishes};
use super::state::{self, StateTool};
use crate::agents::{ModelParameters, OtherAgent, RunInput};
use crate::runtime::error::{AgentError, ErrorCode};

/// How an agent puts its requests.
#[derive(Debug, Clone)]
pub(super) struct Manner {
    pub provider: Provider,
    pub model: String,
    /// Without the provider in front.
    pub allowed_models: Vec<String>,
    pub settings: Settings,
    pub overridable: Vec<Overridable>,
    pub prompt: Option<String>,
    pub state_tools: bool,
    pub agents_as_tools: Option<Vec<String>>,
    pub keep_system_role: bool,
    pub forward_system_messages: bool,
    pub forward_developer_messages: bool,
    pub parallel_tool_calls: Option<bool>,
    pub usage: Option<bool>,
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
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    presence_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frequency_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<i64>,
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
    parameters: Cow<'a, Value>,
}

impl Manner {
    /// The model for this run: the frontend's where the configuration allows it.
    pub(super) fn model_for<'a>(&'a self, parameters: &'a ModelParameters) -> &'a str {
        let asked = parameters.model.as_deref();
        asked
            .and_then(|asked| self.allowed(asked))
            .unwrap_or(&self.model)
    }

    /// The name of a model that a frontend may ask for.
    pub(super) fn allowed<'a>(&self, asked: &'a str) -> Option<&'a str> {
        let allowed = |model: &str| self.allowed_models.iter().any(|allowed| allowed == model);
        let own_name = self.provider.own_name(asked);
        if allowed(own_name) || allowed("*") {
            return Some(own_name);
        }
        // The server's own name for it may begin like the provider's.
        allowed(asked).then_some(asked)
    }

    /// Whether the model may change the application's state in this run.
    pub(super) fn shares_state(&self, input: &RunInput) -> bool {
        self.state_tools && !input.parameters.context_told
    }

    /// The agents that the model may call in this run.
    pub(super) fn agents<'a>(
        &'a self,
        input: &'a RunInput,
    ) -> impl Iterator<Item = &'a OtherAgent> {
        handover::offered(self.agents_as_tools.as_deref(), input)
    }

    /// The request for the next step of a run.
    pub(super) fn body(
        &self,
        input: &RunInput,
        wishes: &Wishes,
        steps: &[Step],
    ) -> Result<Bytes, AgentError> {
        let settings = &wishes.settings;
        let tools = self.tools(input);
        let max_tokens = settings.max_output_tokens;
        let of_key = |key| max_tokens.filter(|_| self.provider.max_tokens_key == key);
        let tool_choice = settings.tool_choice.as_ref();
        let body = Body {
            model: &wishes.model,
            stream: true,
            messages: self.messages(input, steps)?,
            max_completion_tokens: of_key(MaxTokensKey::MaxCompletionTokens),
            max_tokens: of_key(MaxTokensKey::MaxTokens),
            stop: settings.stop_sequences.as_deref(),
            tool_choice: tool_choice
                .filter(|_| !tools.is_empty())
                .and_then(|choice| choice.in_step(steps.len())),
            parallel_tool_calls: self.parallel_tool_calls.filter(|_| !tools.is_empty()),
            temperature: settings.temperature,
            top_p: settings.top_p,
            presence_penalty: settings.presence_penalty,
            frequency_penalty: settings.frequency_penalty,
            seed: settings.seed,
            stream_options: self.counts_tokens(input).then_some(StreamOptions {
                include_usage: true,
            }),
            tools,
        };
        let bytes = serde_json::to_vec(&body).map(Bytes::from);
        bytes.map_err(|error| AgentError::new(ErrorCode::Unknown, error.to_string()))
    }

    /// GraphQL clients have no place for token counts, and upstream's adapter does not ask for them.
    fn counts_tokens(&self, input: &RunInput) -> bool {
        self.usage
            .unwrap_or(self.provider.usage_on_request && !input.parameters.context_told)
    }

    fn messages<'a>(
        &'a self,
        input: &'a RunInput,
        steps: &'a [Step],
    ) -> Result<Vec<ChatMessage<'a>>, AgentError> {
        let system_role = if self.keep_system_role {
            "system"
        } else {
            "developer"
        };
        let told = input.parameters.context_told;
        let roles = Roles {
            system: (told || self.forward_system_messages).then_some(system_role),
            developer: (told || self.forward_developer_messages).then_some(system_role),
        };
        let prompt = self.prompt.as_deref();
        let prompt = match told {
            true => prompt.map(Cow::Borrowed),
            false => {
                prompt::with_application(prompt, &input.request, self.state_tools).map(Cow::Owned)
            }
        };
        let mut conversation = convert(&input.request, roles)?;
        if let Some(instructions) = input.tools.instructions().filter(|_| told) {
            prompt::instruct(&mut conversation, system_role, instructions);
        }
        let mut messages: Vec<_> = prompt
            .map(|prompt| ChatMessage::text(system_role, prompt))
            .into_iter()
            .chain(conversation)
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
        Ok(messages)
    }

    /// The server's tools first, then the other agents, then those of the frontend whose name is still free: model servers refuse a name twice.
    fn tools<'a>(&'a self, input: &'a RunInput) -> Vec<ToolEntry<'a>> {
        static ANYTHING: LazyLock<Value> = LazyLock::new(|| json!({}));
        let of_state: &[StateTool] = match self.shares_state(input) {
            true => state::tools(),
            false => &[],
        };
        let mut taken: HashSet<&str> = of_state.iter().map(|tool| tool.name).collect();
        let own = input.tools.iter().map(|tool| FunctionEntry {
            name: tool.name(),
            description: tool.description(),
            parameters: Cow::Owned(tool.parameters()),
        });
        let agents = self.agents(input).map(|agent| FunctionEntry {
            name: agent.name(),
            description: agent.description(),
            parameters: Cow::Owned(handover::parameters()),
        });
        let frontend = input
            .request
            .tools
            .iter()
            .flatten()
            .map(|tool| FunctionEntry {
                name: &tool.name,
                description: &tool.description,
                parameters: Cow::Borrowed(tool.parameters.as_ref().unwrap_or(&ANYTHING)),
            });
        let mut functions: Vec<_> = own
            .chain(agents)
            .chain(frontend)
            .filter(|function| taken.insert(function.name))
            .collect();
        functions.extend(of_state.iter().map(|tool| FunctionEntry {
            name: tool.name,
            description: tool.description,
            parameters: Cow::Borrowed(&tool.parameters),
        }));
        let entry = |function| ToolEntry {
            r#type: "function",
            function,
        };
        functions.into_iter().map(entry).collect()
    }
}
