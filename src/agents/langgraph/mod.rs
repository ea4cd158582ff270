//! LangGraph agents: a graph on a LangGraph server, whether LangGraph Platform's or that of `langgraph dev`.
//!
//! ```text
//! config ─> server ──┐
//!        assistant ──┤              ┌─> answer ─> reader (langchain, tool_end) ─┐
//!           thread ──┼─> run ─> ask ┤                                           ├─> events
//!  state, settings ──┤              └─> thread: its state at the end ───────────┘
//! travel, interrupts ┘
//! ```
//!
//! A run of ours is one on the server, on a thread of the owner's own; dropping it cancels the one there. What is asked and told
//! is what `@ag-ui/langgraph` 0.0.43 asks and tells under upstream 1.75.0, and 0.0.18 under 1.10.6.

mod answer;
mod assistant;
mod cancel;
mod config;
mod failure;
mod interrupts;
mod messages;
mod reader;
mod run;
mod server;
mod settings;
mod state;
mod thread;
mod thread_id;
mod tool_end;
mod travel;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, TryFutureExt};
use serde_json::{Map, Value};

pub use config::{LangGraphConfig, LangGraphConfigError};

use self::assistant::{Assistant, Known};
use self::run::Run;
use self::server::{Server, Session};
use self::thread::Thread;
use super::{Agent, Asker, EventStream, KeptState, RunInput, agui};
use crate::generated::agui::{
    AgentCapabilities, HumanInTheLoopCapabilities, IdentityCapabilities, StateCapabilities,
    TransportCapabilities,
};
use crate::runtime::error::AgentError;
use crate::upstream::Upstream;

/// Answers with a graph on a LangGraph server.
#[derive(Debug, Clone)]
pub struct LangGraphAgent {
    description: String,
    server: Arc<Server>,
    assistant: Arc<Known>,
    /// What every run is configured with.
    config: Arc<Map<String, Value>>,
}

impl LangGraphAgent {
    /// An agent of this configuration; key and headers are looked up in the environment here, once. The server is not asked
    /// anything yet, so it need not be up.
    ///
    /// # Errors
    /// If the address is none, no graph is named, or the key or a header cannot be sent.
    pub fn new(config: LangGraphConfig) -> Result<Self, LangGraphConfigError> {
        Ok(Self {
            server: Arc::new(Server::new(&config)?),
            assistant: Arc::new(Known::new(config.wanted()?)),
            description: config.description.unwrap_or_default(),
            config: Arc::new(config.config),
        })
    }

    async fn begin(&self, input: &RunInput) -> Result<Run, AgentError> {
        let session = self.server.session(&input.headers, Some(&input.agent));
        let assistant = self.assistant(&session).await?;
        let begun = Run::begin(session, assistant, &self.config, input).await;
        if begun.as_ref().is_err_and(|error| error.status == 404) {
            self.assistant.forget();
        }
        begun
    }

    async fn assistant(&self, session: &Session) -> Result<Arc<Assistant>, AgentError> {
        match self.assistant.remembered() {
            Some(assistant) => Ok(assistant),
            None => self.assistant.found(session).await,
        }
    }
}

impl Agent for LangGraphAgent {
    fn description(&self) -> &str {
        &self.description
    }

    fn upstream(&self) -> Option<&Upstream> {
        Some(self.server.upstream())
    }

    /// As upstream 1.75.0 has them.
    fn capabilities(&self) -> Option<AgentCapabilities> {
        let mut all = AgentCapabilities::new();
        let mut identity = IdentityCapabilities::new();
        identity.r#type = Some("langgraph".to_owned());
        all.identity = Some(identity);
        let mut human = HumanInTheLoopCapabilities::new();
        human.supported = Some(true);
        human.interrupts = Some(true);
        human.approve_with_edits = Some(true);
        all.human_in_the_loop = Some(human);
        let mut state = StateCapabilities::new();
        state.snapshots = Some(true);
        state.deltas = Some(false);
        state.persistent_state = Some(true);
        all.state = Some(state);
        let mut transport = TransportCapabilities::new();
        transport.streaming = Some(true);
        all.transport = Some(transport);
        Some(all)
    }

    fn run(&self, input: Arc<RunInput>) -> EventStream {
        let (agent, asked) = (self.clone(), input.clone());
        let run = async move { agent.begin(&asked).await.map(Run::events) };
        agui::answered(run.try_flatten_stream().boxed(), input).boxed()
    }

    fn kept_state<'a>(
        &'a self,
        thread: &'a str,
        asker: Asker<'a>,
    ) -> BoxFuture<'a, Result<Option<KeptState>, AgentError>> {
        async move {
            let session = self.server.session(asker.headers, None);
            let thread = Thread::of(&asker.principal.owner, thread);
            let state = thread.state_if_any(&session).await?;
            let Some(mut state) = state.map(|it| it.values).filter(|it| !it.is_empty()) else {
                return Ok(None);
            };
            let messages = messages::flat(messages::of_state(&state));
            state.shift_remove("messages");
            Ok(Some(KeptState {
                state: state.into(),
                messages,
            }))
        }
        .boxed()
    }
}
