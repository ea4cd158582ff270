//! What the tests share: goldens and their canonical form, raw HTTP, scripted model servers, servers under test.

pub mod agui;
pub mod apps;
pub mod blank;
pub mod canonical;
pub mod deviations;
pub mod diff;
pub mod embedded;
pub mod external;
pub mod golden;
pub mod hooks;
pub mod http;
pub mod introspection;
pub mod mcp;
pub mod meanwhile;
pub mod model;
pub mod npm;
pub mod payloads;
pub mod python;
pub mod recorded;
pub mod requests;
pub mod sdl;
pub mod server;
pub mod service;
pub mod store;
pub mod tools;
pub mod upstream;
