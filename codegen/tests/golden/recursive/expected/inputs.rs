//! The inputs of the contract, generated from `schema.graphql` by `just regenerate`; do not edit.
#![allow(missing_docs, reason = "a doc comment is served as a description, and the schema has none here")]

use async_graphql::InputObject;

#[derive(InputObject, Debug, Clone)]
pub struct Condition {
    pub not: Option<Box<Condition>>,
    pub any: Option<Vec<Condition>>,
    pub chain: Option<Box<Chain>>,
}

#[derive(InputObject, Debug, Clone)]
pub struct Chain {
    pub next: Option<Box<Condition>>,
}
