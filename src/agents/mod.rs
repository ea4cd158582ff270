//! What a runtime can ask: the [`Agent`] trait and everything one run hands to it.
//!
//! An agent is shared between all requests and immutable; all that a run needs is in its [`RunInput`], so one user's
//! messages cannot end up in another's run.

pub mod agui;
pub mod demo;
mod langchain;
pub mod langgraph;
pub mod llm;
mod others;
pub mod remote;
mod source;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use serde_json::{Map, Value};

use crate::generated::agui::{AgentCapabilities, Event, RunAgentInput};
use crate::runtime::error::AgentError;
use crate::runtime::guardrails::Topics;
use crate::store::Owner;
use crate::tools::ToolSet;
use crate::upstream::Upstream;

pub(crate) use others::agent_started;
pub use others::{Held, OtherAgent, OtherAgents};
pub use source::{AgentSource, Asker, KeptState};

/// The events of one run, in AG-UI's order. Dropping the stream must end all work behind it, down to the sockets.
///
/// An `Err` ends the run as failed; nothing is read after it.
pub type EventStream = BoxStream<'static, Result<Event, AgentError>>;

/// Something that answers a run with AG-UI events: a model, a remote agent, or Rust code.
///
/// `RUN_STARTED` and `RUN_FINISHED` may be left out: the runtime adds what is missing.
///
/// ```
/// use std::sync::Arc;
/// use agui_runtime::agents::{Agent, EventStream, RunInput};
/// use agui_runtime::generated::agui::{TextMessageContentEvent, TextMessageEndEvent, TextMessageStartEvent};
/// use futures_util::{StreamExt, stream};
///
/// struct Parrot;
///
/// impl Agent for Parrot {
///     fn description(&self) -> &str {
///         "Says what it was told"
///     }
///     fn run(&self, input: Arc<RunInput>) -> EventStream {
///         let said = input.last_user_text().unwrap_or("nothing").to_owned();
///         stream::iter([
///             Ok(TextMessageStartEvent::new("m1").into()),
///             Ok(TextMessageContentEvent::new("m1", said).into()),
///             Ok(TextMessageEndEvent::new("m1").into()),
///         ])
///         .boxed()
///     }
/// }
/// ```
pub trait Agent: Send + Sync + 'static {
    /// One sentence for people and for models that may call this agent.
    fn description(&self) -> &str {
        ""
    }

    /// The agent's own version, if it has one.
    fn version(&self) -> Option<&str> {
        None
    }

    /// What the agent can do, in AG-UI 1.0's terms.
    fn capabilities(&self) -> Option<AgentCapabilities> {
        None
    }

    /// What kind of agent this is, for people who look at `/info`.
    fn class_name(&self) -> &str {
        let name = std::any::type_name::<Self>();
        let name = name.split('<').next().unwrap_or(name);
        name.rsplit("::").next().unwrap_or(name)
    }

    /// The server that answers its runs, if one does: it is watched over in `/health/ready`.
    fn upstream(&self) -> Option<&Upstream> {
        None
    }

    /// Starts one run. Must return at once; the work happens as the stream is polled.
    fn run(&self, input: Arc<RunInput>) -> EventStream;

    /// What the agent itself keeps of a thread, if it does: for threads that the store knows nothing of.
    ///
    /// # Errors
    /// If the agent cannot be asked.
    fn kept_state<'a>(
        &'a self,
        _thread: &'a str,
        _asker: Asker<'a>,
    ) -> BoxFuture<'a, Result<Option<KeptState>, AgentError>> {
        async { Ok(None) }.boxed()
    }
}

/// All that one run needs; nothing in it is shared with another run.
#[derive(Debug, Clone)]
pub struct RunInput {
    /// Who asks.
    pub owner: Owner,
    /// The name under which the agent was asked.
    pub agent: String,
    /// Thread, messages, frontend tools, context, state, resume: AG-UI's `RunAgentInput`.
    pub request: RunAgentInput,
    /// What the frontend wants of the model (upstream's `forwardedParameters`).
    pub parameters: ModelParameters,
    /// The server's own tools. One of the same name as a frontend tool wins (upstream 1.10.6).
    pub tools: ToolSet,
    /// The other agents, for an agent that hands over to one of them.
    pub agents: OtherAgents,
    /// The application's properties, the server's merged with the request's.
    pub properties: Map<String, Value>,
    /// Request headers that the forwarding rules let through to agents.
    pub headers: http::HeaderMap,
    /// The page that the user is at, where the client says so: GraphQL clients do. It comes from a browser.
    pub frontend_url: Option<String>,
}

/// What a frontend may ask of the model behind an agent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ModelParameters {
    /// Another model; honoured only where the configuration allows it.
    pub model: Option<String>,
    /// Upper bound on answered tokens.
    pub max_tokens: Option<u32>,
    /// Sequences that end the answer.
    pub stop: Option<Vec<String>>,
    /// Sampling temperature.
    pub temperature: Option<f64>,
    /// `auto`, `none`, `required`, or `function` with [`Self::tool_choice_function`].
    pub tool_choice: Option<String>,
    /// The function that `tool_choice = "function"` names.
    pub tool_choice_function: Option<String>,
    /// Whether the messages tell the model of the application already, as those of GraphQL clients do: neither context nor
    /// state is added, and `forwardedProps` are the application's own.
    pub context_told: bool,
    /// What its client wants guardrails to hold it to (upstream 1.10.6's `cloud.guardrails`).
    pub topics: Topics,
    /// Whether a model is offered the other agents as tools where its configuration says nothing of it: upstream 1.10.6 does
    /// so for requests that name no agent.
    pub agents_as_tools: bool,
}

impl RunInput {
    /// The text of the last user message, where it is text.
    pub fn last_user_text(&self) -> Option<&str> {
        use crate::generated::agui::{ContentPart, Message, MessageContent};
        self.request
            .messages
            .iter()
            .rev()
            .find_map(|message| match message {
                Message::User(user) => match &user.content {
                    MessageContent::Text(text) => Some(text.as_str()),
                    MessageContent::Parts(parts) => parts.iter().find_map(|part| match part {
                        ContentPart::Text(text) => Some(text.text.as_str()),
                        _ => None,
                    }),
                },
                _ => None,
            })
    }
}
