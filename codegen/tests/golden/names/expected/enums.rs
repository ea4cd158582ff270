//! The enums of the contract, generated from `schema.graphql` by `just regenerate`; do not edit.
