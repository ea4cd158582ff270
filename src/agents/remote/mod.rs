//! CopilotKit remote endpoints: a server, such as one with CopilotKit's Python SDK, that has agents (LangGraph, CrewAI) and
//! actions to offer. What it has is discovered, and changes while this server runs.
//!
//! ```text
//! config ─┐                      ┌─> agent ─> request ─> answer ─> lines ─> langgraph │ crew ─> handover
//! Asker  ─┼─> discovery ─> info ─┤
//! RunFacts┘                      └─> action
//! ```
//!
//! The protocol is that of upstream 1.10.6 and its Python SDK 0.1.69: `POST {url}/info`, `/agents/execute`, `/agents/state`
//! and `/actions/execute`.

mod action;
mod agent;
mod answer;
mod asked;
mod config;
mod crew;
mod discovery;
mod failure;
mod handover;
mod info;
mod langgraph;
mod lines;
mod request;
mod transport;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

pub use config::{RemoteConfigError, RemoteEndpointConfig};

use self::action::RemoteAction;
use self::agent::RemoteAgent;
use self::asked::Said;
use self::discovery::Discovery;
use self::transport::Transport;
use super::{Agent, AgentSource, Asker};
use crate::tools::{Offer, RunFacts, Tool, ToolSource};
use crate::upstream::{NamedUpstream, UpstreamKind};

/// The agents and actions of one remote endpoint. Clones are one.
#[derive(Clone)]
pub struct RemoteEndpoint {
    transport: Arc<Transport>,
    discovery: Arc<Discovery>,
}

impl RemoteEndpoint {
    /// An endpoint of this configuration; headers are looked up in the environment here, once. It is not asked anything yet,
    /// so it need not be up.
    ///
    /// # Errors
    /// If the address is none, or a header cannot be sent.
    pub fn new(config: &RemoteEndpointConfig) -> Result<Self, RemoteConfigError> {
        let transport = Arc::new(Transport::new(config)?);
        Ok(Self {
            discovery: Arc::new(Discovery::new(transport.clone(), config)),
            transport,
        })
    }

    /// From now on asks every now and then what there is, as nobody in particular, and waits for nothing: what is down is soon
    /// known, and what comes back is found without a request. Needs a Tokio runtime.
    pub fn keep_looking(&self) {
        self.discovery.keep_looking();
    }
}

impl RemoteEndpoint {
    /// Whether both are one.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.discovery, &other.discovery)
    }

    fn named(&self) -> NamedUpstream {
        let upstream = self.transport.upstream().clone();
        NamedUpstream {
            kind: UpstreamKind::RemoteEndpoint,
            name: upstream.label().to_owned(),
            upstream,
        }
    }
}

impl AgentSource for RemoteEndpoint {
    fn upstreams(&self) -> Vec<NamedUpstream> {
        vec![self.named()]
    }

    fn agents<'a>(&'a self, asker: Asker<'a>) -> BoxFuture<'a, Vec<(String, Arc<dyn Agent>)>> {
        async move {
            let said = Said::new(asker.properties, asker.headers).at(asker.frontend_url);
            let info = self.discovery.info(&said).await;
            let agents = info.agents.iter().map(|found| {
                let agent = RemoteAgent::new(found.clone(), self.transport.clone());
                (found.name.clone(), Arc::new(agent) as Arc<dyn Agent>)
            });
            agents.collect()
        }
        .boxed()
    }
}

impl ToolSource for RemoteEndpoint {
    fn upstreams(&self) -> Vec<NamedUpstream> {
        vec![self.named()]
    }

    fn offer<'a>(&'a self, run: RunFacts<'a>) -> BoxFuture<'a, Offer> {
        async move {
            let said = Said::new(run.properties, run.headers).at(run.frontend_url);
            let info = self.discovery.info(&said).await;
            let tools = info.actions.iter().map(|found| {
                let action = RemoteAction::new(found.clone(), said.clone(), self.transport.clone());
                Arc::new(action) as Arc<dyn Tool>
            });
            Offer {
                tools: tools.collect(),
                instructions: None,
            }
        }
        .boxed()
    }
}
