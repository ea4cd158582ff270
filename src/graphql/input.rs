//! Upstream's mutation input as a [`RunInput`]: flat messages become AG-UI messages, actions become tools.

use std::collections::{HashMap, HashSet};

use http::HeaderMap;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::resume;
use crate::agents::{Asker, Held, ModelParameters, RunInput};
use crate::generated::agui::{
    AssistantMessage, ContentPart, Context, DeveloperMessage, FunctionCall, ImagePart,
    InputContentDataSource, Message, MessageContent, RunAgentInput, SystemMessage, Tool, ToolCall,
    ToolMessage, UserMessage,
};
use crate::generated::graphql::{
    ActionExecutionMessageInput, ActionInput, ActionInputAvailability, ForwardedParametersInput,
    GenerateCopilotResponseInput, ImageMessageInput, MessageInput, MessageRole, TextMessageInput,
};
use crate::principal::Principal;
use crate::runtime::Runtime;
use crate::runtime::guardrails::Topics;

/// A request's run, for the agent of this name.
pub(crate) async fn run_input(
    runtime: &Runtime,
    agent: &str,
    principal: &Principal,
    headers: HeaderMap,
    data: &GenerateCopilotResponseInput,
    properties: Map<String, Value>,
) -> RunInput {
    let parts = runtime.parts();
    // The default agent is asked: upstream's service adapter.
    let agents_as_tools = data.agent_session.is_none() || parts.delegate;
    let mut request = RunAgentInput::new(
        thread_id(data),
        Uuid::new_v4().to_string(),
        messages(&data.messages),
    );
    request.tools = Some(tools(&data.frontend.actions, !agents_as_tools));
    request.context = Some(context(data));
    request.state = agent_state(data, agent);
    request.forwarded_props = Some(forwarded_props(data, agent, &properties));
    let given = data.forwarded_parameters.as_ref();
    let frontend_url = data.frontend.url.clone();
    let asker = Asker {
        principal,
        properties: &properties,
        headers: &headers,
        frontend_url: frontend_url.as_deref(),
    };
    let agents = runtime
        .others(agent, asker, |name| Some(held(data, name)))
        .await;
    RunInput {
        owner: principal.owner.clone(),
        agent: agent.to_owned(),
        request,
        parameters: ModelParameters {
            context_told: true,
            agents_as_tools,
            topics: topics(data),
            ..given.map(parameters).unwrap_or_default()
        },
        tools: parts.tools.clone(),
        agents,
        properties,
        headers,
        frontend_url,
    }
}

/// The thread that the request names, or a new one.
fn thread_id(data: &GenerateCopilotResponseInput) -> String {
    let session = data
        .agent_session
        .as_ref()
        .and_then(|session| session.thread_id.as_ref());
    let named = |id: &&String| !id.is_empty();
    let given = data
        .thread_id
        .as_ref()
        .filter(named)
        .or(session.filter(named));
    given.cloned().unwrap_or_else(|| Uuid::new_v4().to_string())
}

/// What the client wants guardrails to hold the run to.
fn topics(data: &GenerateCopilotResponseInput) -> Topics {
    let guardrails = data
        .cloud
        .as_ref()
        .and_then(|cloud| cloud.guardrails.as_ref());
    let Some(rules) = guardrails.map(|it| &it.input_validation_rules) else {
        return Topics::default();
    };
    Topics {
        valid: rules.allow_list.clone().unwrap_or_default(),
        invalid: rules.deny_list.clone().unwrap_or_default(),
    }
}

fn context(data: &GenerateCopilotResponseInput) -> Vec<Context> {
    let context = data.context.iter().flatten();
    context
        .map(|it| Context::new(&*it.description, &*it.value))
        .collect()
}

/// The state that the client holds of this agent. Text that is no JSON is no state.
fn agent_state(data: &GenerateCopilotResponseInput, agent: &str) -> Option<Value> {
    let states = data.agent_states.iter().flatten().chain(&data.agent_state);
    let mut mine = states.filter(|state| state.agent_name == agent);
    serde_json::from_str(&mine.next()?.state).ok()
}

/// The settings that the client holds of this agent.
fn agent_config(data: &GenerateCopilotResponseInput, agent: &str) -> Value {
    let states = data.agent_states.iter().flatten().chain(&data.agent_state);
    let mut mine = states.filter(|state| state.agent_name == agent);
    // Of several the first counts, with settings or without (upstream 1.10.6).
    let config = mine.next().and_then(|state| state.config.as_deref());
    config
        .and_then(|config| serde_json::from_str(config).ok())
        .unwrap_or_else(|| json!({}))
}

/// What the client holds of an agent that it does not ask itself.
fn held(data: &GenerateCopilotResponseInput, agent: &str) -> Held {
    let state = agent_state(data, agent);
    let mut config = agent_config(data, agent);
    if let Some(config) = config.as_object_mut() {
        config.shift_remove("streamSubgraphs");
    }
    Held { state, config }
}

/// What upstream hands to agents besides AG-UI's own fields; a property of the same name wins.
fn forwarded_props(
    data: &GenerateCopilotResponseInput,
    agent: &str,
    properties: &Map<String, Value>,
) -> Value {
    let mut props = Map::new();
    let mut config = agent_config(data, agent);
    // The one setting that is not LangGraph's but the agent's (upstream 1.10.6).
    let subgraphs = config
        .as_object_mut()
        .and_then(|config| config.shift_remove("streamSubgraphs"));
    props.insert("config".into(), config);
    if data.meta_events.iter().flatten().next().is_some() {
        // Events that nobody answered make a command that says nothing (upstream 1.10.6).
        let command =
            resume::answer(data).map_or_else(|| json!({}), |(_, answer)| json!({"resume": answer}));
        props.insert("command".into(), command);
    }
    props.insert("threadMetadata".into(), json!({}));
    if let Some(node) = data
        .agent_session
        .as_ref()
        .and_then(|session| session.node_name.clone())
        .filter(|node| !node.is_empty())
    {
        props.insert("nodeName".into(), node.into());
    }
    if let Some(subgraphs) = subgraphs.filter(|it| *it != json!(false) && !it.is_null()) {
        props.insert("streamSubgraphs".into(), subgraphs);
    }
    props.extend(properties.clone());
    Value::Object(props)
}

fn parameters(given: &ForwardedParametersInput) -> ModelParameters {
    ModelParameters {
        model: given.model.clone(),
        max_tokens: given.max_tokens.map(|tokens| tokens as u32),
        stop: given.stop.clone(),
        temperature: given.temperature,
        tool_choice: given.tool_choice.clone(),
        tool_choice_function: given.tool_choice_function_name.clone(),
        ..ModelParameters::default()
    }
}

/// The frontend's actions as tools. Disabled ones are nobody's; remote ones are for agents only; of several with one name the
/// first counts (upstream 1.10.6).
fn tools(actions: &[ActionInput], for_agent: bool) -> Vec<Tool> {
    let mut names = HashSet::new();
    let offered = actions.iter().filter(|action| match action.available {
        Some(ActionInputAvailability::Disabled) => false,
        Some(ActionInputAvailability::Remote) => for_agent,
        Some(ActionInputAvailability::Enabled) | None => true,
    });
    offered
        .filter(|action| names.insert(&*action.name))
        .map(|action| {
            let mut tool = Tool::new(&*action.name, &*action.description);
            let schema = serde_json::from_str(&action.json_schema);
            tool.parameters = Some(schema.unwrap_or_else(|_| json!({})));
            tool
        })
        .collect()
}

fn messages(input: &[MessageInput]) -> Vec<Message> {
    let mut thread = Thread::default();
    for message in input {
        thread.add(message);
    }
    thread.messages
}

/// AG-UI messages in the making. Upstream's calls are messages of their own; AG-UI's belong to an assistant message.
#[derive(Default)]
struct Thread {
    messages: Vec<Message>,
    assistants: HashMap<String, usize>,
}

impl Thread {
    fn add(&mut self, input: &MessageInput) {
        if let Some(text) = &input.text_message {
            self.text(&input.id, text);
        } else if let Some(call) = &input.action_execution_message {
            self.call(&input.id, call);
        } else if let Some(result) = &input.result_message {
            let content = MessageContent::Text(result.result.clone());
            let id = &*result.action_execution_id;
            self.messages
                .push(ToolMessage::new(&*input.id, content, id).into());
        } else if let Some(image) = &input.image_message {
            self.image(&input.id, image);
        }
        // An agent's state travels in `agentStates`; a message without content says nothing (upstream 1.10.6).
    }

    fn text(&mut self, id: &str, text: &TextMessageInput) {
        let content = &*text.content;
        let message = match text.role {
            MessageRole::User => UserMessage::new(id, MessageContent::Text(content.into())).into(),
            MessageRole::System => SystemMessage::new(id, content).into(),
            MessageRole::Developer => DeveloperMessage::new(id, content).into(),
            MessageRole::Assistant | MessageRole::Tool => {
                self.assistants.insert(id.to_owned(), self.messages.len());
                let mut message = AssistantMessage::new(id);
                message.content = Some(content.to_owned());
                message.into()
            }
        };
        self.messages.push(message);
    }

    /// Calls with one parent are one assistant message. A call whose arguments are no JSON never happened; one without any
    /// did.
    fn call(&mut self, id: &str, call: &ActionExecutionMessageInput) {
        let arguments = match call.arguments.trim() {
            "" => "{}",
            arguments => arguments,
        };
        if serde_json::from_str::<Value>(arguments).is_err() {
            tracing::warn!(
                call = id,
                name = call.name,
                "left out a tool call whose arguments are not JSON"
            );
            return;
        }
        let parent = call.parent_message_id.as_deref().unwrap_or(id);
        let at = *self.assistants.entry(parent.to_owned()).or_insert_with(|| {
            self.messages.push(AssistantMessage::new(parent).into());
            self.messages.len() - 1
        });
        if let Some(Message::Assistant(message)) = self.messages.get_mut(at) {
            let function = FunctionCall::new(&*call.name, arguments);
            message
                .tool_calls
                .get_or_insert_default()
                .push(ToolCall::new(id, function));
        }
    }

    fn image(&mut self, id: &str, image: &ImageMessageInput) {
        let mime_type = format!("image/{}", image.format);
        let source = InputContentDataSource::new(&*image.bytes, mime_type).into();
        let part = ContentPart::Image(ImagePart::new(source));
        let content = MessageContent::Parts(vec![part]);
        self.messages.push(UserMessage::new(id, content).into());
    }
}

/// The names of the tool calls that the client sent, by id.
pub(crate) fn call_names(messages: &[Message]) -> HashMap<String, String> {
    let calls = messages.iter().filter_map(|message| match message {
        Message::Assistant(message) => message.tool_calls.as_ref(),
        _ => None,
    });
    calls
        .flatten()
        .map(|call| (call.id.clone(), call.function.name.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_actions_with_one_name_the_first_counts() {
        let action = |name: &str, description: &str, available| ActionInput {
            available,
            description: description.to_owned(),
            json_schema: "{}".to_owned(),
            name: name.to_owned(),
        };
        let actions = [
            action("add", "nobody's", Some(ActionInputAvailability::Disabled)),
            action("add", "the first", None),
            action("look", "another", None),
            action("add", "the second", Some(ActionInputAvailability::Enabled)),
        ];
        let offered = tools(&actions, true);
        let offered: Vec<_> = offered
            .iter()
            .map(|tool| (&*tool.name, &*tool.description))
            .collect();
        assert_eq!(offered, [("add", "the first"), ("look", "another")]);
    }
}
