//! What the contract answers with, generated from `schema.graphql` by `just regenerate`; do not edit.
#![allow(missing_docs, reason = "a doc comment is served as a description, and the schema has none here")]

use async_graphql::{SimpleObject, Union};

#[derive(SimpleObject)]
pub struct Tree {
    pub parent: Option<Box<Tree>>,
    pub children: Vec<Tree>,
    pub leaf: Option<Box<Leaf>>,
    pub neighbour: Option<Box<Neighbour>>,
}

#[derive(SimpleObject)]
pub struct Leaf {
    pub of: Option<Box<Tree>>,
}

#[derive(Union)]
pub enum Neighbour {
    Tree(Tree),
    Leaf(Leaf),
}
