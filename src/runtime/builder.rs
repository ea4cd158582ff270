//! Builds a [`Runtime`]: agents, tools, store, limits; everything that does not change while it serves.

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::generative_ui::GenerativeUi;
use super::guardrails::{Guardrail, Guardrails, Wait};
use super::hooks::{Hook, Hooks};
use super::node::Node;
use super::run::RunLimits;
use super::{Access, OnFailure, Runtime, RuntimeParts, WhenBusy};
use crate::agents::{Agent, AgentSource};
use crate::store::Store;
use crate::store::memory::MemoryStore;
use crate::tools::{Tool, ToolSet, ToolSource};
use crate::transcribe::Transcriber;

/// The agent that is asked when a request names none: upstream's "service adapter".
pub const DEFAULT_AGENT: &str = "default";

/// A runtime that cannot be built: says which part, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The server could not answer anything.
    #[error("the runtime has no agent; add one with `.agent(name, agent)` or in `[agents.<name>]`")]
    NoAgent,
}

/// Collects the parts of a [`Runtime`].
#[derive(Default)]
#[must_use]
pub struct RuntimeBuilder {
    agents: IndexMap<String, Arc<dyn Agent>>,
    agent_sources: Vec<Arc<dyn AgentSource>>,
    access: Access,
    tools: Vec<Arc<dyn Tool>>,
    sources: Vec<Arc<dyn ToolSource>>,
    store: Option<Arc<dyn Store>>,
    properties: Map<String, Value>,
    providers: Vec<String>,
    run_limits: RunLimits,
    when_busy: Option<WhenBusy>,
    attached: bool,
    delegate: bool,
    generative_ui: GenerativeUi,
    transcriber: Option<Arc<dyn Transcriber>>,
    hooks: Vec<Arc<dyn Hook>>,
    guardrails: Guardrails,
    log_content: bool,
}

impl RuntimeBuilder {
    /// Adds an agent under a name; `default` is the one asked when a request names none.
    pub fn agent(self, name: impl Into<String>, agent: impl Agent) -> Self {
        self.shared_agent(name, Arc::new(agent))
    }

    /// Adds an agent that others hold too.
    pub fn shared_agent(mut self, name: impl Into<String>, agent: Arc<dyn Agent>) -> Self {
        self.agents.insert(name.into(), agent);
        self
    }

    /// Adds a source of agents that come and go. Where two have an agent of one name, that of the one added first stands, and
    /// before both of them an agent that was added by itself.
    pub fn agent_source(mut self, source: impl AgentSource) -> Self {
        self.agent_sources.push(Arc::new(source));
        self
    }

    /// Who may use which agent; everybody all of them if not given.
    pub fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// Adds a tool that runs in the server.
    pub fn tool(mut self, tool: impl Tool) -> Self {
        self.tools.push(Arc::new(tool));
        self
    }

    /// Adds a source of tools that come and go. Each run asks for what there is when it starts.
    pub fn tool_source(self, source: impl ToolSource) -> Self {
        self.shared_tool_source(Arc::new(source))
    }

    /// Adds a source of tools that others hold too.
    pub fn shared_tool_source(mut self, source: Arc<dyn ToolSource>) -> Self {
        self.sources.push(source);
        self
    }

    /// Where threads last; in memory if not given.
    pub fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = Some(store);
        self
    }

    /// Properties for every run; a request's own of the same name win (upstream 1.10.6).
    pub fn properties(mut self, properties: Map<String, Value>) -> Self {
        self.properties = properties;
        self
    }

    /// A model provider's name, for `runtimeInfo`.
    pub fn provider(mut self, name: impl Into<String>) -> Self {
        let name = name.into();
        if !self.providers.contains(&name) {
            self.providers.push(name);
        }
        self
    }

    /// What one run may take.
    pub fn run_limits(mut self, limits: RunLimits) -> Self {
        self.run_limits = limits;
        self
    }

    /// What becomes of a run on a thread that has an active one. By default each face keeps upstream's meaning: a GraphQL
    /// client's run supersedes, an AG-UI client's is refused.
    pub fn when_busy(mut self, when_busy: WhenBusy) -> Self {
        self.when_busy = Some(when_busy);
        self
    }

    /// Whether an AG-UI client that goes away ends its run, as a GraphQL client does. By default the run goes on.
    pub fn attached(mut self, attached: bool) -> Self {
        self.attached = attached;
        self
    }

    /// Whether the default agent answers GraphQL requests that name another one, with all agents to hand over to (upstream
    /// 1.10.6's `delegateAgentProcessingToServiceAdapter`).
    pub fn delegate(mut self, delegate: bool) -> Self {
        self.delegate = delegate;
        self
    }

    /// Which tool calls become interface for AG-UI clients as they stream.
    pub fn generative_ui(mut self, generative_ui: GenerativeUi) -> Self {
        self.generative_ui = generative_ui;
        self
    }

    /// Writes down what AG-UI clients record; without one their microphone button is not shown.
    pub fn transcriber(mut self, transcriber: impl Transcriber) -> Self {
        self.transcriber = Some(Arc::new(transcriber));
        self
    }

    /// Adds code of the application's own around requests and runs.
    pub fn hook(mut self, hook: impl Hook) -> Self {
        self.hooks.push(Arc::new(hook));
        self
    }

    /// Adds somebody who says what may be answered. Of several, each may deny.
    pub fn guardrail(mut self, guardrail: impl Guardrail) -> Self {
        self.guardrails.add(guardrail);
        self
    }

    /// What waits for the guardrails, and what becomes of a run that they cannot judge. By default the answer waits, and the
    /// run is refused.
    pub fn judging(mut self, wait: Wait, on_failure: OnFailure) -> Self {
        self.guardrails.wait = wait;
        self.guardrails.on_failure = on_failure;
        self
    }

    /// Whether the log has what users ask and agents answer; not by default.
    pub fn log_content(mut self, log_content: bool) -> Self {
        self.log_content = log_content;
        self
    }

    /// All guardrails of a configuration.
    pub(crate) fn guardrails(mut self, guardrails: Guardrails) -> Self {
        self.guardrails = guardrails;
        self
    }

    /// Puts the parts together.
    ///
    /// # Errors
    /// Without any agent.
    pub async fn build(mut self) -> Result<Runtime, BuildError> {
        let store = self.store.take();
        let store = store.unwrap_or_else(|| Arc::new(MemoryStore::default()));
        let hooks = Hooks::new(std::mem::take(&mut self.hooks));
        Ok(Runtime::new(self.parts(hooks)?, Node::new(store)))
    }

    /// Puts the parts together to a runtime that takes the place of another one: with its store, its threads and the runs
    /// that go on. Each of those keeps what it was started with to its end. A store that was given is not used.
    ///
    /// ```
    /// use agui_runtime::{Runtime, agents::demo::DemoAgent};
    ///
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let before = Runtime::builder().agent("default", DemoAgent::default()).build().await?;
    /// let after = Runtime::builder().agent("other", DemoAgent::default()).build_after(&before)?;
    /// assert!(after.agent(None).is_none() && after.agent(Some("other")).is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Without any agent.
    pub fn build_after(mut self, before: &Runtime) -> Result<Runtime, BuildError> {
        let hooks = before.hooks().followed_by(std::mem::take(&mut self.hooks));
        let runtime = Runtime::new(self.parts(hooks)?, before.node().clone());
        runtime.know_upstreams_of(before);
        Ok(runtime)
    }

    fn parts(self, hooks: Hooks) -> Result<RuntimeParts, BuildError> {
        if self.agents.is_empty() && self.agent_sources.is_empty() {
            return Err(BuildError::NoAgent);
        }
        Ok(RuntimeParts {
            agents: self.agents,
            agent_sources: self.agent_sources,
            access: self.access,
            tools: ToolSet::new(self.tools),
            sources: self.sources.into(),
            properties: self.properties,
            providers: self.providers,
            run_limits: self.run_limits,
            when_busy: self.when_busy,
            attached: self.attached,
            delegate: self.delegate,
            generative_ui: self.generative_ui,
            transcriber: self.transcriber,
            hooks,
            guardrails: self.guardrails,
            log_content: self.log_content,
        })
    }
}
