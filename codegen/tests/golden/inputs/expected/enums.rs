//! The enums of the contract, generated from `schema.graphql` by `just regenerate`; do not edit.
#![allow(missing_docs, reason = "a doc comment is served as a description, and the schema has none here")]

use async_graphql::Enum;

#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    #[graphql(name = "by_date")]
    ByDate,
    Size,
}
