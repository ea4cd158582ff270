//! Generates agui-runtime's Rust from the vendored contracts.
//!
//! Four pure steps: read (`sdl`, `operations`, `json_schema`), check (`check`), decide (`model`), render (`emit`). Only `sync`
//! and the binary touch the disk, and only the binary's `update` touches the network.

pub mod check;
pub mod diff;
pub mod emit;
pub mod error;
pub mod graphql;
pub mod json_schema;
pub mod model;
pub mod names;
pub mod operations;
mod print;
pub mod schema;
pub mod sdl;
pub mod sync;
pub mod update;
pub mod upstream;
