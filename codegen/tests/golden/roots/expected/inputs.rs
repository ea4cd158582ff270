//! The inputs of the contract, generated from `schema.graphql` and `extensions.graphql` by `just regenerate`; do not edit.
#![allow(missing_docs, reason = "a doc comment is served as a description, and the schema has none here")]

use async_graphql::InputObject;

#[derive(InputObject, Debug, Clone)]
pub struct NewItem {
    pub text: String,
}
