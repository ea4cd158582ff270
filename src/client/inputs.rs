//! What `generateCopilotResponse` is sent, checked against the schema by cynic.

use chrono::{DateTime, Utc};

use super::schema;

cynic::impl_scalar!(DateTime<Utc>, schema::DateTimeISO);

/// The operation's variables.
#[derive(cynic::QueryVariables, Debug)]
pub(super) struct GenerateVariables {
    pub data: GenerateCopilotResponseInput,
}

#[derive(cynic::InputObject, Debug)]
pub(super) struct GenerateCopilotResponseInput {
    pub metadata: GenerateCopilotResponseMetadataInput,
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<String>,
    pub messages: Vec<MessageInput>,
    pub frontend: FrontendInput,
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub agent_session: Option<AgentSessionInput>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub meta_events: Option<Vec<MetaEventInput>>,
}

#[derive(cynic::InputObject, Debug)]
pub(super) struct GenerateCopilotResponseMetadataInput {
    pub request_type: Option<CopilotRequestType>,
}

#[derive(cynic::Enum, Debug, Clone, Copy)]
#[cynic(rename_all = "None")]
pub(super) enum CopilotRequestType {
    Chat,
    Task,
    TextareaCompletion,
    TextareaPopover,
    Suggestion,
}

#[derive(cynic::InputObject, Debug)]
pub(super) struct FrontendInput {
    pub actions: Vec<ActionInput>,
}

#[derive(cynic::InputObject, Debug)]
pub(super) struct ActionInput {
    pub name: String,
    pub description: String,
    pub json_schema: String,
}

#[derive(cynic::InputObject, Debug)]
pub(super) struct AgentSessionInput {
    pub agent_name: String,
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<String>,
}

/// The answer to an interrupt.
#[derive(cynic::InputObject, Debug, Clone)]
pub struct MetaEventInput {
    /// Which kind of interrupt.
    pub name: MetaEventName,
    /// What it asked.
    pub value: String,
    /// What the user answers.
    pub response: Option<String>,
}

/// One message of the conversation, as it is sent.
#[derive(cynic::InputObject, Debug, Clone)]
pub struct MessageInput {
    /// Its identifier.
    pub id: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Set if it is text.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub text_message: Option<TextMessageInput>,
    /// Set if it is a tool call.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub action_execution_message: Option<ActionExecutionMessageInput>,
    /// Set if it is a tool's result.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub result_message: Option<ResultMessageInput>,
}

/// Text.
#[derive(cynic::InputObject, Debug, Clone)]
pub struct TextMessageInput {
    /// The text.
    pub content: String,
    /// Who says it.
    pub role: MessageRole,
}

/// A tool call.
#[derive(cynic::InputObject, Debug, Clone)]
pub struct ActionExecutionMessageInput {
    /// The tool.
    pub name: String,
    /// JSON text.
    pub arguments: String,
}

/// A tool's result.
#[derive(cynic::InputObject, Debug, Clone)]
pub struct ResultMessageInput {
    /// The call's identifier.
    pub action_execution_id: String,
    /// The tool.
    pub action_name: String,
    /// The result, as text.
    pub result: String,
}

/// Who says something.
#[derive(cynic::Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[cynic(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum MessageRole {
    User,
    Assistant,
    System,
    Tool,
    Developer,
}

/// The kinds of interrupts.
#[derive(cynic::Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[cynic(rename_all = "None")]
#[allow(missing_docs)]
pub enum MetaEventName {
    LangGraphInterruptEvent,
    CopilotKitLangGraphInterruptEvent,
}
