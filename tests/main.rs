//! All integration tests in one binary; each module is named after the behaviour it shows.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

mod agents_as_tools;
mod agui_agents;
mod agui_face;
mod agui_llm;
mod agui_protocol;
mod auth;
mod bad_input;
mod browser;
mod cancellation;
mod codegen_goldens;
mod comparer;
mod compatibility;
mod config_check;
mod console;
mod differential;
mod docs_page;
mod documents;
mod drift;
mod every_kind;
mod examples;
mod first_steps;
mod golden;
mod golden_agui;
mod guardrails;
mod hooks;
mod isolation;
mod killed;
mod langgraph;
mod langserve;
mod limits;
mod mcp;
mod migrating;
mod model_failures;
mod models;
mod npm_agui;
mod npm_clients;
mod packaging;
mod projection;
mod reload;
mod remote_endpoints;
mod resilience;
mod runs;
mod schema;
mod several_servers;
mod shutdown;
mod soak;
mod store_cli;
mod store_tls;
mod store_weather;
mod tls;
mod watching;
