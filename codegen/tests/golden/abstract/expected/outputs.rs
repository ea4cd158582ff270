//! What the contract answers with, generated from `schema.graphql` by `just regenerate`; do not edit.
#![allow(missing_docs, reason = "a doc comment is served as a description, and the schema has none here")]

use async_graphql::{ID, Interface, SimpleObject, Union};

use agui_runtime::graphql::scalars::DateTimeIso;

/// Anything with a name of its own.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "&ID", desc = "Unique among all."))]
#[graphql(
    field(
        name = "selfURL",
        method = "self_url",
        ty = "&Option<String>",
        deprecation = "links move"
    )
)]
#[graphql(field(name = "type", ty = "&String"))]
pub enum Node {
    Person(Person),
    Place(Place),
}

/// No field returns it, and it is served all the same.
#[derive(Interface)]
#[graphql(field(name = "at", ty = "&DateTimeIso"))]
pub enum Dated {
    Person(Person),
}

#[derive(SimpleObject)]
pub struct Person {
    pub id: ID,
    #[graphql(name = "selfURL", deprecation = "links move")]
    pub self_url: Option<String>,
    pub r#type: String,
    pub at: DateTimeIso,
}

#[derive(SimpleObject)]
pub struct Place {
    pub id: ID,
    #[graphql(name = "selfURL")]
    pub self_url: Option<String>,
    pub r#type: String,
}

/// What a search finds.
#[derive(Union)]
pub enum Found {
    Person(Person),
    Place(Place),
}
