//! Everything that this server asks over HTTP: models, agents elsewhere, remote endpoints, MCP servers.
//!
//! One [`Upstream`] stands for one configured server. What goes wrong with it stays with it: it has its own limit of requests,
//! its own circuit breaker and its own record, and shares with others no more than the pool of connections.
//!
//! ```text
//! config ─> Upstream ─> limit ─> breaker ─> client ─> Answer ─> Body ─> whoever asked
//!                         ^─────── retry ──────┘         └────────┴─> health ─> /health/ready, metrics
//! ```
//!
//! # What is tried again
//!
//! Nothing is after the first byte of an answer, nor where a server did not begin to answer in time: it may be at work. Before
//! that it depends on what a second request would do there:
//!
//! | | connection not made | 429, 503 | 408, 502, 504, broken off | 409, other 5xx |
//! |---|---|---|---|---|
//! | what acts: an agent's run, a tool's call | yes | yes | no | no |
//! | what only reads | yes | yes | yes | no |
//! | a model, which does nothing but answer | yes | yes | yes | yes |
//!
//! A server's own word (`x-should-retry`) stands above the table. `Retry-After` is obeyed up to a minute; without it pauses
//! double, and are up to a quarter shorter by chance. How often is `retries` (`max_retries` of models): by default as often as
//! upstream does, which is never for AG-UI agents. A webhook that is told of a run is told again by a rule of its own: nobody
//! waits for it, and it knows what it has heard before.

mod body;
mod breaker;
mod client;
mod config;
mod health;
mod limit;
mod request;
mod retry;
mod seconds;
mod secret;
#[cfg(test)]
mod tests;
mod trace;

pub use config::{BreakerSettings, ConfigError, LimitSettings};
pub use health::{
    NamedUpstream, UpstreamCounts, UpstreamKind, UpstreamReport, UpstreamState, UpstreamStatus,
};
pub use request::Upstream;
pub use secret::{HeaderSource, Secret};

pub(crate) use body::{Body, BodyError};
pub(crate) use client::client;
pub(crate) use config::{
    Timeouts, UpstreamSettings, address, default_connect, header_map, header_mistakes, sensitive,
};
pub(crate) use request::{Answer, Attempt, Failed, Refusal, innermost};
pub(crate) use retry::{Backoff, Repeat};
pub(crate) use seconds::Seconds;
pub(crate) use trace::{headers as trace_headers, span as trace_span};
