//! The inputs of the contract, generated from `schema.graphql` by `just regenerate`; do not edit.
#![allow(missing_docs, reason = "a doc comment is served as a description, and the schema has none here")]

use async_graphql::InputObject;

#[derive(InputObject, Debug, Clone)]
#[graphql(name = "JSONPatch")]
pub struct JSONPatch {
    #[graphql(name = "toDeprecate_fullContext")]
    pub to_deprecate_full_context: Option<String>,
    #[graphql(name = "openaiAssistantAPI")]
    pub openai_assistant_api: Option<String>,
    pub r#impl: Option<String>,
}
