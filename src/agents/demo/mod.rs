//! The `demo` agent: scripted, needs no key and no network, and shows what this runtime can stream.
//!
//! It is the default agent where nothing is configured, so that a visitor sees something within a minute.

mod arguments;
mod recipe;
mod script;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};

use super::{Agent, EventStream, RunInput};
use crate::generated::agui::{
    AgentCapabilities, Event, HumanInTheLoopCapabilities, StateCapabilities, ToolsCapabilities,
};

/// About as fast as people read along.
const WORD_PAUSE: Duration = Duration::from_millis(30);

/// Answers from a script that reacts to the last message.
#[derive(Debug, Clone)]
pub struct DemoAgent {
    pause: Duration,
}

impl DemoAgent {
    /// The agent at its usual pace.
    pub fn new() -> Self {
        Self::with_pause(WORD_PAUSE)
    }

    /// The agent with this pause before each word.
    pub fn with_pause(pause: Duration) -> Self {
        Self { pause }
    }
}

impl Default for DemoAgent {
    fn default() -> Self {
        Self::new()
    }
}

impl Agent for DemoAgent {
    fn description(&self) -> &str {
        "A scripted agent that shows streaming text, tool calls, state, interrupts and errors without a model"
    }

    fn version(&self) -> Option<&str> {
        Some(env!("CARGO_PKG_VERSION"))
    }

    fn capabilities(&self) -> Option<AgentCapabilities> {
        let mut capabilities = AgentCapabilities::new();
        capabilities.tools = Some(ToolsCapabilities {
            supported: Some(true),
            client_provided: Some(true),
            ..ToolsCapabilities::new()
        });
        capabilities.state = Some(StateCapabilities {
            snapshots: Some(true),
            deltas: Some(true),
            ..StateCapabilities::new()
        });
        capabilities.human_in_the_loop = Some(HumanInTheLoopCapabilities {
            interrupts: Some(true),
            ..HumanInTheLoopCapabilities::new()
        });
        Some(capabilities)
    }

    fn run(&self, input: Arc<RunInput>) -> EventStream {
        let pause = self.pause;
        stream::iter(script::write(&input))
            .then(move |event| async move {
                let pauses = event.as_ref().map_or(0, pauses_before);
                if pauses > 0 {
                    tokio::time::sleep(pause * pauses).await;
                }
                event
            })
            .boxed()
    }
}

/// How many pauses go before an event: none before what only frames others, and time to watch the state change.
fn pauses_before(event: &Event) -> u32 {
    match event {
        Event::TextMessageContent(_) | Event::ToolCallArgs(_) => 1,
        Event::StateDelta(_) => 15,
        _ => 0,
    }
}
