//! The inputs of the contract, generated from `schema.graphql` by `just regenerate`; do not edit.
#![allow(missing_docs, reason = "a doc comment is served as a description, and the schema has none here")]

use async_graphql::InputObject;

/// Nothing asks for it.
#[derive(InputObject, Debug, Clone)]
pub struct Forgotten {
    pub x: Option<i32>,
}
