//! What the contract answers with, generated from `schema/schema.graphql` and `schema/extensions.graphql` by `just regenerate`; do not edit.
#![allow(missing_docs, reason = "a doc comment is served as a description, and the schema has none here")]

use async_graphql::{Interface, SimpleObject, Union};

use agui_runtime::graphql::deferred::Deferred;
use agui_runtime::graphql::scalars::{DateTimeIso, Json};
use agui_runtime::graphql::streamed::Streamed;

use super::enums::{
    FailedResponseStatusReason, MessageRole, MessageStatusCode, MetaEventName,
    ResponseStatusCode,
};

#[derive(SimpleObject)]
pub struct ActionExecutionMessageOutput {
    pub arguments: Streamed<String>,
    pub created_at: DateTimeIso,
    pub id: String,
    pub name: String,
    pub parent_message_id: Option<String>,
    #[graphql(deprecation = "This field will be removed in a future version")]
    pub scope: Option<String>,
    pub status: Deferred<MessageStatus>,
}

#[derive(SimpleObject)]
pub struct Agent {
    pub description: String,
    pub id: String,
    pub name: String,

    /// The agent's own version, if it tells one.
    pub version: Option<String>,

    /// What the agent can do, as AG-UI describes it, if the agent tells.
    pub capabilities: Option<Json>,
}

#[derive(SimpleObject)]
pub struct AgentStateMessageOutput {
    pub active: bool,
    pub agent_name: String,
    pub created_at: DateTimeIso,
    pub id: String,
    pub node_name: String,
    pub role: MessageRole,
    pub run_id: String,
    pub running: bool,
    pub state: String,
    pub status: Deferred<MessageStatus>,
    pub thread_id: String,
}

#[derive(SimpleObject)]
pub struct AgentsResponse {
    pub agents: Vec<Agent>,
}

#[derive(Interface)]
#[graphql(field(name = "created_at", ty = "&DateTimeIso"))]
#[graphql(field(name = "id", ty = "&String"))]
#[graphql(field(name = "status", ty = "&Deferred<MessageStatus>"))]
pub enum BaseMessageOutput {
    ActionExecutionMessageOutput(ActionExecutionMessageOutput),
    AgentStateMessageOutput(AgentStateMessageOutput),
    ImageMessageOutput(ImageMessageOutput),
    ResultMessageOutput(ResultMessageOutput),
    TextMessageOutput(TextMessageOutput),
}

#[derive(Interface)]
#[graphql(field(name = "name", ty = "&MetaEventName"))]
#[graphql(field(name = "type", ty = "&String"))]
pub enum BaseMetaEvent {
    CopilotKitLangGraphInterruptEvent(CopilotKitLangGraphInterruptEvent),
    LangGraphInterruptEvent(LangGraphInterruptEvent),
}

#[derive(Interface)]
#[graphql(field(name = "code", ty = "&ResponseStatusCode"))]
pub enum BaseResponseStatus {
    FailedResponseStatus(FailedResponseStatus),
    PendingResponseStatus(PendingResponseStatus),
    SuccessResponseStatus(SuccessResponseStatus),
}

#[derive(SimpleObject)]
pub struct CopilotKitLangGraphInterruptEvent {
    pub data: CopilotKitLangGraphInterruptEventData,
    pub name: MetaEventName,
    pub response: Option<String>,
    pub r#type: String,
}

#[derive(SimpleObject)]
pub struct CopilotKitLangGraphInterruptEventData {
    pub messages: Vec<BaseMessageOutput>,
    pub value: String,
}

#[derive(SimpleObject)]
pub struct CopilotResponse {
    pub extensions: Option<ExtensionsResponse>,
    pub messages: Streamed<BaseMessageOutput>,
    pub meta_events: Option<Streamed<BaseMetaEvent>>,
    pub run_id: Option<String>,
    pub status: Deferred<ResponseStatus>,
    pub thread_id: String,
}

#[derive(SimpleObject)]
pub struct ExtensionsResponse {
    #[graphql(name = "openaiAssistantAPI")]
    pub openai_assistant_api: Option<OpenAIApiAssistantAPIResponse>,
}

#[derive(SimpleObject)]
pub struct FailedMessageStatus {
    pub code: MessageStatusCode,
    pub reason: String,
}

#[derive(SimpleObject)]
pub struct FailedResponseStatus {
    pub code: ResponseStatusCode,
    pub details: Option<Json>,
    pub reason: FailedResponseStatusReason,
}

#[derive(SimpleObject)]
pub struct ImageMessageOutput {
    pub bytes: String,
    pub created_at: DateTimeIso,
    pub format: String,
    pub id: String,
    pub parent_message_id: Option<String>,
    pub role: MessageRole,
    pub status: Deferred<MessageStatus>,
}

#[derive(SimpleObject)]
pub struct LangGraphInterruptEvent {
    pub name: MetaEventName,
    pub response: Option<String>,
    pub r#type: String,
    pub value: String,
}

#[derive(SimpleObject)]
pub struct LoadAgentStateResponse {
    pub messages: String,
    pub state: String,
    pub thread_exists: bool,
    pub thread_id: String,
}

#[derive(Union)]
pub enum MessageStatus {
    FailedMessageStatus(FailedMessageStatus),
    PendingMessageStatus(PendingMessageStatus),
    SuccessMessageStatus(SuccessMessageStatus),
}

#[derive(SimpleObject)]
pub struct OpenAIApiAssistantAPIResponse {
    pub run_id: Option<String>,
    pub thread_id: Option<String>,
}

#[derive(SimpleObject)]
pub struct PendingMessageStatus {
    pub code: MessageStatusCode,
}

#[derive(SimpleObject)]
pub struct PendingResponseStatus {
    pub code: ResponseStatusCode,
}

#[derive(Union)]
pub enum ResponseStatus {
    FailedResponseStatus(FailedResponseStatus),
    PendingResponseStatus(PendingResponseStatus),
    SuccessResponseStatus(SuccessResponseStatus),
}

#[derive(SimpleObject)]
pub struct ResultMessageOutput {
    pub action_execution_id: String,
    pub action_name: String,
    pub created_at: DateTimeIso,
    pub id: String,
    pub result: String,
    pub status: Deferred<MessageStatus>,
}

#[derive(SimpleObject)]
pub struct SuccessMessageStatus {
    pub code: MessageStatusCode,
}

#[derive(SimpleObject)]
pub struct SuccessResponseStatus {
    pub code: ResponseStatusCode,
}

#[derive(SimpleObject)]
pub struct TextMessageOutput {
    pub content: Streamed<String>,
    pub created_at: DateTimeIso,
    pub id: String,
    pub parent_message_id: Option<String>,
    pub role: MessageRole,
    pub status: Deferred<MessageStatus>,
}

/// What a runtime says about itself.
#[derive(SimpleObject)]
pub struct RuntimeInfo {
    /// The version of this runtime, not of the schema it serves.
    pub version: String,

    /// The name of the implementation, to tell it from upstream's.
    pub runtime: String,

    /// The model providers and agent kinds that are configured.
    pub providers: Vec<String>,

    /// How many agents `availableAgents` lists.
    pub agents_count: i32,
}

/// The state as it is after the write.
#[derive(SimpleObject)]
pub struct SaveAgentStateResponse {
    pub thread_id: String,
    pub agent_name: String,

    /// The whole state, as JSON text.
    pub state: String,

    /// Counts the writes to this state, from 1.
    pub version: i32,
}

/// Whether there was a state to forget.
#[derive(SimpleObject)]
pub struct DeleteAgentStateResponse {
    pub deleted: bool,
}
