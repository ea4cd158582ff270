//! What the contract answers with, generated from `schema.graphql` by `just regenerate`; do not edit.
