//! The contracts in Rust, generated from `schema/` by `just regenerate`; do not edit.

// Laid out by the generator: rustfmt must not make it look edited.
#[rustfmt::skip]
pub mod agui;
#[rustfmt::skip]
pub mod graphql;
