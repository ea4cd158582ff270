//! What `generateCopilotResponse` answers, checked against the schema by cynic.
//!
//! The operation itself is upstream's own text: cynic cannot say `@defer` on a fragment. The answer's pieces arrive one by
//! one, so each has a type of its own instead of one for the whole.

use chrono::{DateTime, Utc};

use super::inputs::{MessageRole, MetaEventName};
use super::schema;

cynic::impl_scalar!(serde_json::Value, schema::JSON);

/// One message of the answer, as it begins: the text or the arguments may still be empty.
#[derive(cynic::InlineFragments, Debug, Clone)]
#[cynic(graphql_type = "BaseMessageOutput")]
pub enum Message {
    /// Text.
    Text(TextMessageOutput),
    /// A tool call.
    ToolCall(ActionExecutionMessageOutput),
    /// What a tool of the server answered.
    ToolResult(ResultMessageOutput),
    /// The state of an agent.
    State(AgentStateMessageOutput),
    /// An image.
    Image(ImageMessageOutput),
    /// A kind that a newer runtime has.
    #[cynic(fallback)]
    Other,
}

/// Text.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct TextMessageOutput {
    /// Its identifier.
    pub id: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// The chunks there are so far.
    pub content: Vec<String>,
    /// Who says it.
    pub role: MessageRole,
}

/// A tool call.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct ActionExecutionMessageOutput {
    /// Its identifier.
    pub id: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// The tool.
    pub name: String,
    /// The chunks of JSON there are so far.
    pub arguments: Vec<String>,
}

/// What a tool answered.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct ResultMessageOutput {
    /// Its identifier.
    pub id: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// The call's identifier.
    pub action_execution_id: String,
    /// The tool.
    pub action_name: String,
    /// The result, as text.
    pub result: String,
}

/// The state of an agent.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct AgentStateMessageOutput {
    /// The agent.
    pub agent_name: String,
    /// The step it is in.
    pub node_name: String,
    /// JSON text.
    pub state: String,
    /// Whether it is still at work.
    pub running: bool,
}

/// An image.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct ImageMessageOutput {
    /// Such as `png`.
    pub format: String,
    /// Base64.
    pub bytes: String,
}

/// How a message ended.
#[derive(cynic::InlineFragments, Debug, Clone)]
#[cynic(graphql_type = "MessageStatus", exhaustive)]
#[allow(
    clippy::enum_variant_names,
    reason = "an exhaustive enum has the union's names"
)]
pub enum MessageStatus {
    /// Well.
    SuccessMessageStatus(SuccessMessageStatus),
    /// Not at all.
    FailedMessageStatus(FailedMessageStatus),
    /// Not yet.
    PendingMessageStatus(PendingMessageStatus),
    /// A kind that a newer runtime has.
    #[cynic(fallback)]
    Other,
}

/// A message that is complete.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct SuccessMessageStatus {
    /// `Success`.
    pub code: MessageStatusCode,
}

/// A message that is not complete.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct PendingMessageStatus {
    /// `Pending`.
    pub code: MessageStatusCode,
}

/// A message that broke off.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct FailedMessageStatus {
    /// Why.
    pub reason: String,
}

/// The codes of [`MessageStatus`].
#[derive(cynic::Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[cynic(rename_all = "None")]
#[allow(missing_docs)]
pub enum MessageStatusCode {
    Pending,
    Success,
    Failed,
}

/// How the answer ended.
#[derive(cynic::InlineFragments, Debug, Clone)]
#[cynic(graphql_type = "ResponseStatus", exhaustive)]
#[allow(
    clippy::enum_variant_names,
    reason = "an exhaustive enum has the union's names"
)]
pub enum ResponseStatus {
    /// Well.
    SuccessResponseStatus(SuccessResponseStatus),
    /// Not well.
    FailedResponseStatus(FailedResponseStatus),
    /// Not yet.
    PendingResponseStatus(PendingResponseStatus),
    /// A kind that a newer runtime has.
    #[cynic(fallback)]
    Other,
}

/// An answer that is complete.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct SuccessResponseStatus {
    /// `Success`.
    pub code: ResponseStatusCode,
}

/// An answer that is not complete.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct PendingResponseStatus {
    /// `Pending`.
    pub code: ResponseStatusCode,
}

/// An answer that failed.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct FailedResponseStatus {
    /// The class of failure.
    pub reason: FailedResponseStatusReason,
    /// What is known of it.
    pub details: Option<serde_json::Value>,
}

/// The codes of [`ResponseStatus`].
#[derive(cynic::Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[cynic(rename_all = "None")]
#[allow(missing_docs)]
pub enum ResponseStatusCode {
    Pending,
    Success,
    Failed,
}

/// The classes of failure.
#[derive(cynic::Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[cynic(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs)]
pub enum FailedResponseStatusReason {
    GuardrailsValidationFailed,
    MessageStreamInterrupted,
    UnknownError,
}

/// An agent that waits for the user.
#[derive(cynic::InlineFragments, Debug, Clone)]
#[cynic(graphql_type = "BaseMetaEvent")]
pub enum MetaEvent {
    /// A value that the frontend shows as it likes.
    Interrupt(LangGraphInterruptEvent),
    /// The same with messages to show.
    InterruptWithMessages(CopilotKitLangGraphInterruptEvent),
    /// A kind that a newer runtime has.
    #[cynic(fallback)]
    Other,
}

/// A value that the frontend shows as it likes.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct LangGraphInterruptEvent {
    /// Which kind of interrupt.
    pub name: MetaEventName,
    /// What it asks.
    pub value: String,
}

/// A value with messages to show.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct CopilotKitLangGraphInterruptEvent {
    /// Which kind of interrupt.
    pub name: MetaEventName,
    /// What it asks.
    pub data: CopilotKitLangGraphInterruptEventData,
}

/// What an interrupt asks.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct CopilotKitLangGraphInterruptEventData {
    /// The value.
    pub value: String,
}

impl MetaEvent {
    /// Which kind of interrupt, and what it asks.
    pub fn question(&self) -> Option<(MetaEventName, &str)> {
        match self {
            Self::Interrupt(event) => Some((event.name, &event.value)),
            Self::InterruptWithMessages(event) => Some((event.name, &event.data.value)),
            Self::Other => None,
        }
    }
}
