//! The enums of the contract, generated from `schema.graphql` and `extensions.graphql` by `just regenerate`; do not edit.
