//! The enums of the contract, generated from `schema/schema.graphql` and `schema/extensions.graphql` by `just regenerate`; do not edit.
#![allow(missing_docs, reason = "a doc comment is served as a description, and the schema has none here")]

use async_graphql::Enum;

/// The availability of the frontend action
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActionInputAvailability {
    #[graphql(name = "disabled")]
    Disabled,
    #[graphql(name = "enabled")]
    Enabled,
    #[graphql(name = "remote")]
    Remote,
}

/// The type of Copilot request
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CopilotRequestType {
    #[graphql(name = "Chat")]
    Chat,
    #[graphql(name = "Suggestion")]
    Suggestion,
    #[graphql(name = "Task")]
    Task,
    #[graphql(name = "TextareaCompletion")]
    TextareaCompletion,
    #[graphql(name = "TextareaPopover")]
    TextareaPopover,
}

#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailedResponseStatusReason {
    GuardrailsValidationFailed,
    MessageStreamInterrupted,
    UnknownError,
}

/// The role of the message
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageRole {
    #[graphql(name = "assistant")]
    Assistant,
    #[graphql(name = "developer")]
    Developer,
    #[graphql(name = "system")]
    System,
    #[graphql(name = "tool")]
    Tool,
    #[graphql(name = "user")]
    User,
}

#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageStatusCode {
    #[graphql(name = "Failed")]
    Failed,
    #[graphql(name = "Pending")]
    Pending,
    #[graphql(name = "Success")]
    Success,
}

/// Meta event types
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MetaEventName {
    #[graphql(name = "CopilotKitLangGraphInterruptEvent")]
    CopilotKitLangGraphInterruptEvent,
    #[graphql(name = "LangGraphInterruptEvent")]
    LangGraphInterruptEvent,
}

#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResponseStatusCode {
    #[graphql(name = "Failed")]
    Failed,
    #[graphql(name = "Pending")]
    Pending,
    #[graphql(name = "Success")]
    Success,
}
