//! Renders the model as Rust.
pub mod agui;
