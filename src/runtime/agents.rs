//! Which agents there are: those that the runtime was built with, and those that its sources have just then.

use std::sync::Arc;

use futures_util::future::join_all;
use indexmap::IndexMap;
use indexmap::map::Entry;

use super::builder::DEFAULT_AGENT;
use super::error::{AgentError, ErrorCode};
use super::{Inner, Runtime};
use crate::agents::{Agent, Asker, Held, OtherAgent, OtherAgents};

/// Agents by name.
pub type Agents = IndexMap<String, Arc<dyn Agent>>;

impl Runtime {
    /// The agents that were added, by name, in that order.
    pub fn agents(&self) -> impl Iterator<Item = (&str, &Arc<dyn Agent>)> {
        let agents = self.0.parts.agents.iter();
        agents.map(|(name, agent)| (name.as_str(), agent))
    }

    /// The agent that was added under this name, or the one asked when no name is given.
    pub fn agent(&self, name: Option<&str>) -> Option<(&str, &Arc<dyn Agent>)> {
        let name = name.unwrap_or(DEFAULT_AGENT);
        let (name, agent) = self.0.parts.agents.get_key_value(name)?;
        Some((name, agent))
    }

    /// The agents that a run of this one may hand over to: all others that there are for who asks. `held` tells what the
    /// client holds of one, where each has a state of its own.
    pub(crate) async fn others(
        &self,
        name: &str,
        asker: Asker<'_>,
        held: impl Fn(&str) -> Option<Held>,
    ) -> OtherAgents {
        let others = self.agents_for(asker).await;
        let others = others.into_iter().filter(|(other, _)| *other != name);
        OtherAgents::new(others.map(|(name, agent)| {
            let held = held(&name);
            OtherAgent::new(name, agent, held)
        }))
    }

    /// All agents by name: first those that were added, in that order, then those of the sources.
    pub async fn agents_for(&self, asker: Asker<'_>) -> Agents {
        let mut agents = self.0.parts.agents.clone();
        for (name, agent) in self.0.come_and_go(asker).await {
            match agents.entry(name) {
                Entry::Vacant(place) => drop(place.insert(agent)),
                Entry::Occupied(place) => self.0.clash(place.key()),
            }
        }
        agents.retain(|name, _| self.0.allows(name, asker));
        agents
    }

    /// The agent of this name, or the one asked when no name is given. The sources are asked only where no agent was added
    /// under that name.
    pub async fn agent_for(
        &self,
        name: Option<&str>,
        asker: Asker<'_>,
    ) -> Option<(String, Arc<dyn Agent>)> {
        let name = name.unwrap_or(DEFAULT_AGENT);
        if let Some((name, agent)) = self.agent(Some(name)) {
            let found = self.0.allows(name, asker).then_some(agent);
            return found.map(|agent| (name.to_owned(), agent.clone()));
        }
        if !self.0.allows(name, asker) {
            return None;
        }
        let found = self.0.come_and_go(asker).await;
        found.into_iter().find(|(known, _)| known == name)
    }
}

impl Inner {
    fn allows(&self, agent: &str, asker: Asker<'_>) -> bool {
        self.parts.access.allows(agent, asker.principal)
    }

    /// What the sources have, in their order. They are asked at the same time.
    async fn come_and_go(&self, asker: Asker<'_>) -> Vec<(String, Arc<dyn Agent>)> {
        let sources = self.parts.agent_sources.iter();
        join_all(sources.map(|source| source.agents(asker)))
            .await
            .concat()
    }

    /// Says once that an agent cannot be asked because another has its name.
    fn clash(&self, name: &str) {
        if self.clashes.lock().insert(name.to_owned()) {
            tracing::warn!(
                "two agents are called '{name}'; the one that comes later cannot be asked. Rename one of them"
            );
        }
    }
}

/// The error for a request that names an agent that is not there, in upstream's words (1.10.6).
pub fn unknown_agent(agents: &Agents, name: &str) -> AgentError {
    const HELP: &str = "https://docs.copilotkit.ai/coagents/troubleshooting/common-issues#i-am-getting-agent-not-found-error";
    let known: Vec<&str> = agents
        .keys()
        .map(String::as_str)
        .filter(|name| *name != DEFAULT_AGENT)
        .collect();
    let message = if known.is_empty() {
        format!(
            "Agent '{name}' was not found. Please set up at least one agent before proceeding. See more: [{HELP}]({HELP})"
        )
    } else {
        format!(
            "Agent '{name}' was not found. Available agents are: {}. Please verify the agent name in your configuration and ensure it matches one of the available agents.\n\nSee more: [{HELP}]({HELP})",
            known.join(", ")
        )
    };
    AgentError::new(ErrorCode::AgentNotFound, message)
}
