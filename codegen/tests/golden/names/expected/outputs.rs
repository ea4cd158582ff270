//! What the contract answers with, generated from `schema.graphql` by `just regenerate`; do not edit.
#![allow(missing_docs, reason = "a doc comment is served as a description, and the schema has none here")]

use async_graphql::{ID, SimpleObject};

#[derive(SimpleObject)]
#[graphql(name = "user")]
pub struct User {
    pub r#fn: String,
    #[graphql(name = "address_line_1")]
    pub address_line_1: String,
    #[graphql(name = "IDs")]
    pub i_ds: Vec<ID>,
}

#[derive(SimpleObject)]
#[graphql(name = "Option")]
pub struct OptionType {
    #[graphql(name = "Vec")]
    pub vec: bool,
}
