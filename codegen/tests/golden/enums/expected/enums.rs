//! The enums of the contract, generated from `schema.graphql` by `just regenerate`; do not edit.
#![allow(missing_docs, reason = "a doc comment is served as a description, and the schema has none here")]

use async_graphql::Enum;

/// What the light shows.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Light {
    /// Go.
    Green,
    #[graphql(deprecation = "it is just red")]
    RedAndAmber,
    #[graphql(name = "flashing", deprecation)]
    Flashing,
    #[graphql(name = "Off")]
    Off,
}
