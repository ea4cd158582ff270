//! Agents, and those of them that others name.

use super::{Check, Path};
use crate::agents::llm::is_tool_name;
use crate::config::AgentSection;
use crate::nearest::nearest;

impl Check<'_> {
    pub(super) fn agents(&mut self) {
        if self.config.agents.contains_key("") {
            self.refuse(Path::from("agents").child(""), "an agent needs a name");
        }
        for (agent, section) in &self.config.agents {
            if let AgentSection::Llm(llm) = section {
                let called = llm.agents_as_tools.iter().flatten().enumerate();
                for (n, name) in called.filter(|(_, name)| *name != "*") {
                    if let Some(message) = self.cannot_call(agent, name) {
                        let list =
                            Path::from("agents").children([agent.as_str(), "agents_as_tools"]);
                        self.refuse(list.child(n), message);
                    }
                }
            }
        }
    }

    /// Why a model of this agent cannot call the agent of this name.
    fn cannot_call(&self, agent: &str, name: &str) -> Option<String> {
        if name == agent {
            return Some(format!("`{name}` cannot call itself; remove it"));
        }
        if !is_tool_name(name) {
            let rule = "a model can only call names of up to 64 letters, digits, `_` and `-`";
            return Some(format!("`{name}`: {rule}"));
        }
        // What there is elsewhere is not known before it is asked.
        match self.config.remote_endpoints.is_empty() {
            true => self.missing_agent(name, Some(agent)),
            false => None,
        }
    }

    /// What is said where an agent is named that is not there, by one that cannot mean itself.
    pub(super) fn missing_agent(&self, name: &str, by: Option<&str>) -> Option<String> {
        let others = self.agents.iter().copied();
        let others: Vec<_> = others.filter(|it| Some(*it) != by).collect();
        if others.contains(&name) {
            return None;
        }
        let remedy = match nearest(name, others.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if others.is_empty() => format!("add `[agents.{name}]`"),
            None => format!("known are: {}", others.join(", ")),
        };
        Some(format!("there is no agent `{name}`; {remedy}"))
    }
}
