//! The `ag-ui` agent: any agent that speaks AG-UI over HTTP, such as those of LangGraph, CrewAI, Mastra or Pydantic AI.
//!
//! A run is one POST and the stream of its answer; it owns both, and dropping it closes the connection.
//!
//! ```text
//! config ─┐
//!         ├─> request ─> transport ─> lines ─> events (shape, tools)
//! RunInput┘
//! ```

mod config;
mod events;
mod failure;
mod lines;
mod request;
mod shape;
mod tools;
mod transport;

use std::sync::Arc;

use futures_util::{StreamExt, TryFutureExt};

pub use config::AgUiConfig;

pub(in crate::agents) use config::NO_LINE;
pub(crate) use failure::excerpt;
pub(in crate::agents) use lines::{Lines, TooLong};
pub(in crate::agents) use tools::answered;

pub use crate::upstream::{ConfigError, HeaderSource};

use self::transport::Transport;
use super::{Agent, EventStream, RunInput};
use crate::upstream::Upstream;

/// Answers with an agent elsewhere.
#[derive(Debug, Clone)]
pub struct AgUiAgent {
    description: String,
    transport: Arc<Transport>,
}

impl AgUiAgent {
    /// An agent of this configuration; headers are looked up in the environment here, once.
    ///
    /// # Errors
    /// If the address is none, or a header cannot be sent.
    pub fn new(config: AgUiConfig) -> Result<Self, ConfigError> {
        Ok(Self {
            transport: Arc::new(Transport::new(&config)?),
            description: config.description.unwrap_or_default(),
        })
    }
}

impl Agent for AgUiAgent {
    fn description(&self) -> &str {
        &self.description
    }

    fn upstream(&self) -> Option<&Upstream> {
        Some(self.transport.upstream())
    }

    fn run(&self, input: Arc<RunInput>) -> EventStream {
        let transport = self.transport.clone();
        let asked = input.clone();
        let answer = async move { transport.ask(&asked).await };
        let events = answer.try_flatten_stream();
        // Most runtimes have no tools of their own, and then there is nothing to look for in the events.
        if input.tools.iter().next().is_none() {
            return events.boxed();
        }
        tools::answered(events.boxed(), input).boxed()
    }
}
