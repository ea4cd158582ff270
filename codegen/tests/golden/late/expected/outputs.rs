//! What the contract answers with, generated from `schema.graphql` by `just regenerate`; do not edit.
#![allow(missing_docs, reason = "a doc comment is served as a description, and the schema has none here")]

use async_graphql::{Interface, SimpleObject};

use agui_runtime::graphql::deferred::Deferred;
use agui_runtime::graphql::scalars::Json;
use agui_runtime::graphql::streamed::Streamed;

#[derive(SimpleObject)]
pub struct Book {
    pub title: String,
    pub pages: Streamed<Page>,
    pub reviews: Option<Streamed<Option<String>>>,
    pub author: Option<Author>,
    pub publisher: Deferred<Author>,
    pub prices: Deferred<Option<Streamed<f64>>>,
}

#[derive(SimpleObject)]
pub struct Author {
    pub name: String,
    pub books: Vec<Book>,
}

#[derive(Interface)]
#[graphql(field(name = "number", ty = "&Deferred<i32>"))]
#[graphql(field(name = "words", ty = "&Streamed<String>"))]
pub enum Page {
    Text(Text),
    Picture(Picture),
}

#[derive(SimpleObject)]
pub struct Text {
    pub number: Deferred<i32>,
    pub words: Streamed<String>,
}

#[derive(SimpleObject)]
pub struct Picture {
    pub number: Deferred<i32>,
    pub words: Streamed<String>,
    pub data: Option<Json>,
}
