//! The other agents of a runtime, as one run may ask them.

use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use super::{Agent, EventStream, ModelParameters, RunInput};
use crate::generated::agui::{MessageContent, Tool, ToolCallResultEvent};
use crate::tools::ToolSet;

/// The agents that a run may hand over to: all of the runtime but its own, in the order in which they were added.
///
/// Empty in a run that was handed over, so that agents cannot call each other in circles.
#[derive(Clone, Default)]
pub struct OtherAgents(Arc<[OtherAgent]>);

/// One of the [`OtherAgents`].
#[derive(Clone)]
pub struct OtherAgent {
    name: String,
    agent: Arc<dyn Agent>,
    held: Option<Held>,
}

/// What a client holds of one agent, where each has its own (upstream 1.10.6).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Held {
    /// The agent's state.
    pub state: Option<Value>,
    /// The agent's settings: the `config` in its `forwardedProps`.
    pub config: Value,
}

/// The result of a call that hands over to this agent, as models and clients get it (upstream 1.10.6).
pub(crate) fn agent_started(name: &str) -> String {
    format!("{name} agent started")
}

impl OtherAgents {
    /// These agents.
    pub fn new(agents: impl IntoIterator<Item = OtherAgent>) -> Self {
        Self(agents.into_iter().collect())
    }

    /// The agent of this name.
    pub fn get(&self, name: &str) -> Option<&OtherAgent> {
        self.iter().find(|agent| agent.name == name)
    }

    /// Whether this result of a call of that name says that an agent takes the run over.
    pub(crate) fn took_over(&self, name: &str, result: &ToolCallResultEvent) -> bool {
        let started =
            matches!(&result.content, MessageContent::Text(text) if *text == agent_started(name));
        started && self.get(name).is_some()
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &OtherAgent> {
        self.0.iter()
    }
}

impl std::fmt::Debug for OtherAgents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set()
            .entries(self.iter().map(|it| &it.name))
            .finish()
    }
}

impl OtherAgent {
    /// An agent under its name. Without anything held of it, it gets the state of the run that hands over to it.
    pub fn new(name: impl Into<String>, agent: Arc<dyn Agent>, held: Option<Held>) -> Self {
        Self {
            name: name.into(),
            agent,
            held,
        }
    }

    /// The name under which it was added.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it does, for people and models.
    pub fn description(&self) -> &str {
        self.agent.description()
    }

    /// Starts the agent in the place of the run's own: on the same thread, for the same owner, with the messages that the
    /// run began with and the frontend's tools, but not the server's (upstream 1.10.6).
    ///
    /// ```
    /// use std::sync::Arc;
    /// use agui_runtime::agents::{Agent, EventStream, RunInput};
    /// use futures_util::{StreamExt, stream};
    ///
    /// /// Leaves everything to the first of the others.
    /// struct Router;
    ///
    /// impl Agent for Router {
    ///     fn run(&self, input: Arc<RunInput>) -> EventStream {
    ///         match input.agents.iter().next() {
    ///             Some(agent) => agent.run(&input),
    ///             None => stream::empty().boxed(),
    ///         }
    ///     }
    /// }
    /// ```
    pub fn run(&self, input: &RunInput) -> EventStream {
        self.agent.run(Arc::new(self.input(input)))
    }

    fn input(&self, input: &RunInput) -> RunInput {
        let mut request = input.request.clone();
        request.run_id = Uuid::new_v4().to_string();
        let callable = |tool: &Tool| {
            input.tools.get(&tool.name).is_none() && input.agents.get(&tool.name).is_none()
        };
        request.tools.get_or_insert_default().retain(callable);
        if let Some(held) = &self.held {
            request.state.clone_from(&held.state);
            if let Some(Value::Object(props)) = &mut request.forwarded_props {
                props.insert("config".to_owned(), held.config.clone());
            }
        }
        RunInput {
            owner: input.owner.clone(),
            agent: self.name.clone(),
            request,
            // What was asked of one model is not asked of another's.
            parameters: ModelParameters {
                context_told: input.parameters.context_told,
                ..ModelParameters::default()
            },
            tools: ToolSet::default(),
            agents: OtherAgents::default(),
            properties: input.properties.clone(),
            headers: input.headers.clone(),
            frontend_url: input.frontend_url.clone(),
        }
    }
}
