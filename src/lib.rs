//! The CopilotKit runtime in Rust.

// The name by which generated code reaches our scalars and wrappers, in this crate as in a test.
extern crate self as agui_runtime;

pub mod agents;
mod agui;
pub mod client;
pub mod config;
pub mod graphql;
mod json;
mod metrics;
mod nearest;
mod principal;
mod reply;
pub mod runtime;
pub mod server;
pub mod store;
pub mod tools;
pub mod transcribe;
pub mod upstream;

pub use metrics::Metrics;
pub use principal::Principal;
pub use runtime::Runtime;

/// The README's Rust compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[path = "../generated/mod.rs"]
pub mod generated;
