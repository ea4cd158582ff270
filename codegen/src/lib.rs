//! Generates Rust from the vendored contracts.
pub mod emit;
pub mod error;
pub mod json_schema;
pub mod names;
