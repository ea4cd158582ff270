//! What the contract answers with, generated from `schema.graphql` and `extensions.graphql` by `just regenerate`; do not edit.
#![allow(missing_docs, reason = "a doc comment is served as a description, and the schema has none here")]

use async_graphql::SimpleObject;

#[derive(SimpleObject)]
pub struct Item {
    pub text: String,

    /// Who added it.
    pub by: Option<Author>,
}

#[derive(SimpleObject)]
pub struct Author {
    pub name: String,
}
