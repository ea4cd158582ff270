//! Tool calls that become interface as they stream, for AG-UI's clients: [A2UI](a2ui) and [open generative UI](sandbox).
//!
//! An agent is wrapped for the run that needs it, and its events are rewritten before anything else looks at them, so order,
//! limits, history and stops need not know. A run that needs neither gets the agent itself.

mod a2ui;
mod partial_json;
mod partial_tree;
mod sandbox;

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::INCOMPLETE_STREAM;
use super::error::{AgentError, ErrorCode};
use super::protocol::Chunks;
use crate::agents::{Agent, EventStream, RunInput};
use crate::generated::agui::{AgentCapabilities, Event, RunAgentInput};
use a2ui::A2ui;
use sandbox::Sandbox;

/// Which tool calls become interface.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GenerativeUi {
    /// Whether calls of `render_a2ui` are drawn with A2UI. Unset, they are where the frontend says that it has a catalog of
    /// components (`a2uiCatalogAvailable`), as upstream does (1.75.0); such a frontend's agents are also offered the tool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub a2ui: Option<bool>,
    /// Whether calls of `generateSandboxedUi` are shown as pages; the frontend offers the tool when it is told of this.
    pub sandbox: bool,
}

/// The agent as it is to be asked for one run.
pub(crate) fn dress(
    agent: Arc<dyn Agent>,
    ui: GenerativeUi,
    request: &RunAgentInput,
) -> Arc<dyn Agent> {
    let props = request.forwarded_props.as_ref();
    let catalog = props.is_some_and(|props| props["a2uiCatalogAvailable"] == Value::Bool(true));
    let a2ui = ui.a2ui.unwrap_or(catalog);
    if !a2ui && !ui.sandbox {
        return agent;
    }
    Arc::new(Dressed {
        agent,
        a2ui: a2ui.then_some(Offer(catalog)),
        sandbox: ui.sandbox,
    })
}

/// Whether the agent is offered the tool for A2UI.
#[derive(Debug, Clone, Copy)]
struct Offer(bool);

/// An agent whose events are rewritten.
struct Dressed {
    agent: Arc<dyn Agent>,
    a2ui: Option<Offer>,
    sandbox: bool,
}

impl Agent for Dressed {
    fn description(&self) -> &str {
        self.agent.description()
    }

    fn version(&self) -> Option<&str> {
        self.agent.version()
    }

    fn capabilities(&self) -> Option<AgentCapabilities> {
        self.agent.capabilities()
    }

    fn class_name(&self) -> &str {
        self.agent.class_name()
    }

    fn run(&self, input: Arc<RunInput>) -> EventStream {
        let (a2ui, input) = match self.a2ui {
            Some(Offer(tool)) => {
                let a2ui = A2ui::of(&input.request);
                (Some(a2ui), a2ui::input::prepare(input, tool))
            }
            None => (None, input),
        };
        let mut rewriting = Rewriting {
            chunks: Chunks::default(),
            sandbox: self.sandbox.then(Sandbox::default),
            a2ui,
        };
        let said = self.agent.run(input).map(Some);
        said.chain(stream::iter([None]))
            .flat_map(move |said| stream::iter(rewriting.take(said)))
            .boxed()
    }
}

/// What one run's events become.
struct Rewriting {
    chunks: Chunks,
    sandbox: Option<Sandbox>,
    a2ui: Option<A2ui>,
}

impl Rewriting {
    /// Takes what the agent says next; `None` at its end.
    fn take(&mut self, said: Option<Result<Event, AgentError>>) -> Vec<Result<Event, AgentError>> {
        let mut shown = Vec::new();
        let goes_on = match said {
            Some(Ok(event)) => self.say(event, &mut shown).map(|()| true),
            Some(Err(error)) => Err(error),
            None => Ok(false),
        };
        if !matches!(goes_on, Ok(true)) {
            let mut held = Vec::new();
            if let Some(sandbox) = &mut self.sandbox {
                sandbox.release(&mut held);
            }
            self.draw(held, &mut shown);
        }
        if let (Ok(false), Some(a2ui)) = (&goes_on, &mut self.a2ui) {
            a2ui.answer(&mut shown);
        }
        shown
            .into_iter()
            .map(Ok)
            .chain(goes_on.err().map(Err))
            .collect()
    }

    fn say(&mut self, event: Event, shown: &mut Vec<Event>) -> Result<(), AgentError> {
        if self.chunks.passes(&event) {
            self.rewrite(event, shown);
            return Ok(());
        }
        for event in self.chunks.expand(event).map_err(refused)? {
            self.rewrite(event, shown);
        }
        Ok(())
    }

    fn rewrite(&mut self, event: Event, shown: &mut Vec<Event>) {
        let mut events = Vec::new();
        match &mut self.sandbox {
            Some(sandbox) => sandbox.take(event, &mut events),
            None => events.push(event),
        }
        self.draw(events, shown);
    }

    fn draw(&mut self, events: Vec<Event>, shown: &mut Vec<Event>) {
        match &mut self.a2ui {
            Some(a2ui) => events.into_iter().for_each(|event| a2ui.take(event, shown)),
            None => shown.extend(events),
        }
    }
}

/// As for events that come in a wrong order.
fn refused(reason: String) -> AgentError {
    let mut error = AgentError::new(ErrorCode::Unknown, reason);
    error.kind = "".into();
    error.event_code = Some(INCOMPLETE_STREAM);
    error
}

#[cfg(test)]
mod tests;
