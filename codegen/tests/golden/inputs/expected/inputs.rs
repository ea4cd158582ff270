//! The inputs of the contract, generated from `schema.graphql` by `just regenerate`; do not edit.
#![allow(missing_docs, reason = "a doc comment is served as a description, and the schema has none here")]

use async_graphql::{ID, InputObject};

use agui_runtime::graphql::scalars::DateTimeIso;

use super::enums::Order;

/// What to look for.
#[derive(InputObject, Debug, Clone)]
pub struct Filter {
    /// Words, of which one must occur.
    #[graphql(default_with = "vec![String::from(\"a\"), String::from(\"b\\\"c\")]")]
    pub words: Vec<String>,
    #[graphql(default_with = "Some(10)")]
    pub limit: Option<i32>,
    #[graphql(default_with = "1.0")]
    pub ratio: f64,
    #[graphql(default_with = "false")]
    pub exact: bool,
    #[graphql(default_with = "Order::ByDate")]
    pub order: Order,
    #[graphql(default_with = "Some(vec![Order::ByDate, Order::Size])")]
    pub orders: Option<Vec<Order>>,
    #[graphql(default_with = "Some(Vec::new())")]
    pub tags: Option<Vec<String>>,
    #[graphql(default_with = "Some(ID::from(\"start\"))")]
    pub after: Option<ID>,
    #[graphql(default_with = "None")]
    pub before: Option<ID>,
    pub created_at: Option<DateTimeIso>,
    #[graphql(name = "raw_SQL", deprecation = "say it with words")]
    pub raw_sql: Option<String>,
}
