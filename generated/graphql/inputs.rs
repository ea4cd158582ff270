//! The inputs of the contract, generated from `schema/schema.graphql` and `schema/extensions.graphql` by `just regenerate`; do not edit.
#![allow(missing_docs, reason = "a doc comment is served as a description, and the schema has none here")]

use async_graphql::InputObject;

use agui_runtime::graphql::scalars::DateTimeIso;

use super::enums::{
    ActionInputAvailability, CopilotRequestType, MessageRole, MetaEventName,
};

#[derive(InputObject, Debug, Clone)]
pub struct ActionExecutionMessageInput {
    pub arguments: String,
    pub name: String,
    pub parent_message_id: Option<String>,
    #[graphql(deprecation = "This field will be removed in a future version")]
    pub scope: Option<String>,
}

#[derive(InputObject, Debug, Clone)]
pub struct ActionInput {
    pub available: Option<ActionInputAvailability>,
    pub description: String,
    pub json_schema: String,
    pub name: String,
}

#[derive(InputObject, Debug, Clone)]
pub struct AgentSessionInput {
    pub agent_name: String,
    pub node_name: Option<String>,
    pub thread_id: Option<String>,
}

#[derive(InputObject, Debug, Clone)]
pub struct AgentStateInput {
    pub agent_name: String,
    pub config: Option<String>,
    pub state: String,
}

#[derive(InputObject, Debug, Clone)]
pub struct AgentStateMessageInput {
    pub active: bool,
    pub agent_name: String,
    pub node_name: String,
    pub role: MessageRole,
    pub run_id: String,
    pub running: bool,
    pub state: String,
    pub thread_id: String,
}

#[derive(InputObject, Debug, Clone)]
pub struct CloudInput {
    pub guardrails: Option<GuardrailsInput>,
}

#[derive(InputObject, Debug, Clone)]
pub struct CopilotContextInput {
    pub description: String,
    pub value: String,
}

#[derive(InputObject, Debug, Clone)]
pub struct ExtensionsInput {
    #[graphql(name = "openaiAssistantAPI")]
    pub openai_assistant_api: Option<OpenAIApiAssistantAPIInput>,
}

#[derive(InputObject, Debug, Clone)]
pub struct ForwardedParametersInput {
    pub max_tokens: Option<f64>,
    pub model: Option<String>,
    pub stop: Option<Vec<String>>,
    pub temperature: Option<f64>,
    pub tool_choice: Option<String>,
    pub tool_choice_function_name: Option<String>,
}

#[derive(InputObject, Debug, Clone)]
pub struct FrontendInput {
    pub actions: Vec<ActionInput>,
    #[graphql(name = "toDeprecate_fullContext")]
    pub to_deprecate_full_context: Option<String>,
    pub url: Option<String>,
}

#[derive(InputObject, Debug, Clone)]
pub struct GenerateCopilotResponseInput {
    pub agent_session: Option<AgentSessionInput>,
    pub agent_state: Option<AgentStateInput>,
    pub agent_states: Option<Vec<AgentStateInput>>,
    pub cloud: Option<CloudInput>,
    pub context: Option<Vec<CopilotContextInput>>,
    pub extensions: Option<ExtensionsInput>,
    pub forwarded_parameters: Option<ForwardedParametersInput>,
    pub frontend: FrontendInput,
    pub messages: Vec<MessageInput>,
    pub meta_events: Option<Vec<MetaEventInput>>,
    pub metadata: GenerateCopilotResponseMetadataInput,
    pub run_id: Option<String>,
    pub thread_id: Option<String>,
}

#[derive(InputObject, Debug, Clone)]
pub struct GenerateCopilotResponseMetadataInput {
    pub request_type: Option<CopilotRequestType>,
}

#[derive(InputObject, Debug, Clone)]
pub struct GuardrailsInput {
    pub input_validation_rules: GuardrailsRuleInput,
}

#[derive(InputObject, Debug, Clone)]
pub struct GuardrailsRuleInput {
    #[graphql(default_with = "Some(Vec::new())")]
    pub allow_list: Option<Vec<String>>,
    #[graphql(default_with = "Some(Vec::new())")]
    pub deny_list: Option<Vec<String>>,
}

#[derive(InputObject, Debug, Clone)]
pub struct ImageMessageInput {
    pub bytes: String,
    pub format: String,
    pub parent_message_id: Option<String>,
    pub role: MessageRole,
}

#[derive(InputObject, Debug, Clone)]
pub struct LoadAgentStateInput {
    pub agent_name: String,
    pub thread_id: String,
}

#[derive(InputObject, Debug, Clone)]
pub struct MessageInput {
    pub action_execution_message: Option<ActionExecutionMessageInput>,
    pub agent_state_message: Option<AgentStateMessageInput>,
    pub created_at: DateTimeIso,
    pub id: String,
    pub image_message: Option<ImageMessageInput>,
    pub result_message: Option<ResultMessageInput>,
    pub text_message: Option<TextMessageInput>,
}

#[derive(InputObject, Debug, Clone)]
pub struct MetaEventInput {
    pub messages: Option<Vec<MessageInput>>,
    pub name: MetaEventName,
    pub response: Option<String>,
    pub value: String,
}

#[derive(InputObject, Debug, Clone)]
pub struct OpenAIApiAssistantAPIInput {
    pub run_id: Option<String>,
    pub thread_id: Option<String>,
}

#[derive(InputObject, Debug, Clone)]
pub struct ResultMessageInput {
    pub action_execution_id: String,
    pub action_name: String,
    pub parent_message_id: Option<String>,
    pub result: String,
}

#[derive(InputObject, Debug, Clone)]
pub struct TextMessageInput {
    pub content: String,
    pub parent_message_id: Option<String>,
    pub role: MessageRole,
}

/// Which state to write, and how.
#[derive(InputObject, Debug, Clone)]
pub struct SaveAgentStateInput {
    pub thread_id: String,
    pub agent_name: String,

    /// The new state, or with `stateKey` a part of it, as JSON text.
    pub state_data: String,

    /// The top-level key of the state that `stateData` goes to. Without it, `stateData` is the whole state.
    pub state_key: Option<String>,

    /// Whether `stateData` is merged into what is stored, as a JSON Merge Patch (RFC 7396): objects merge key by key, `null`
    /// removes a key. If false, it takes the place of what is stored.
    #[graphql(default_with = "Some(true)")]
    pub merge_with_existing: Option<bool>,
}

/// Which state to forget.
#[derive(InputObject, Debug, Clone)]
pub struct DeleteAgentStateInput {
    pub thread_id: String,
    pub agent_name: String,
}
