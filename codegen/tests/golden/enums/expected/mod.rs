//! The GraphQL contract, generated from `schema.graphql` by `just regenerate`; do not edit.

pub mod enums;
pub mod inputs;
pub mod outputs;
pub mod resolvers;

pub use self::{enums::*, inputs::*, outputs::*, resolvers::*};
