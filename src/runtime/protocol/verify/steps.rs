//! Steps and subagents: what brackets other events.

use std::collections::{HashMap, HashSet};

use super::open::{Open, Owner, still_active};
use crate::generated::agui::{SubagentFinishedOutcome, SubagentStartedEvent};

/// The steps that are open. A name is only unique within one agent: a subagent may run a step of its parent's name.
#[derive(Debug, Default)]
pub(super) struct Steps {
    next: u64,
    open: HashMap<String, HashMap<Owner, u64>>,
}

impl Steps {
    pub(super) fn start(&mut self, name: &str, owner: &Owner) -> Result<(), String> {
        let owners = self.open.entry(name.to_owned()).or_default();
        if owners.contains_key(owner) {
            let subagent = owner
                .as_ref()
                .map(|owner| format!(" in subagent '{owner}'"));
            return Err(format!(
                "Step \"{name}\" is already active for 'STEP_STARTED'{}",
                subagent.unwrap_or_default()
            ));
        }
        self.next += 1;
        owners.insert(owner.clone(), self.next);
        Ok(())
    }

    pub(super) fn finish(&mut self, name: &str, owner: &Owner) -> Result<(), String> {
        let Some(owners) = self.open.get_mut(name) else {
            return Err(format!(
                "Cannot send 'STEP_FINISHED' for step \"{name}\" that was not started"
            ));
        };
        if owners.remove(owner).is_none() {
            let first = owners.iter().min_by_key(|(_, at)| **at);
            return Err(format!(
                "Cannot send 'STEP_FINISHED' for step \"{name}\" attributed to {}: that step is open under {}. A step must be finished by whoever started it.",
                attributed(owner),
                attributed(first.map_or(&None, |(owner, _)| owner))
            ));
        }
        if owners.is_empty() {
            self.open.remove(name);
        }
        Ok(())
    }

    pub(super) fn none_before_finish(&self) -> Result<(), String> {
        if self.open.is_empty() {
            return Ok(());
        }
        let mut steps = Vec::new();
        for (name, owners) in &self.open {
            steps.extend(owners.iter().map(|(owner, at)| (*at, name, owner)));
        }
        steps.sort_unstable();
        let steps = steps.iter().map(|(_, name, owner)| match owner {
            Some(owner) => format!("{name} (subagent '{owner}')"),
            None => (*name).clone(),
        });
        Err(still_active("steps", &steps.collect::<Vec<_>>().join(", ")))
    }
}

fn attributed(owner: &Owner) -> String {
    match owner {
        Some(owner) => format!("subagent '{owner}'"),
        None => "the parent agent".to_owned(),
    }
}

/// The subagents of a run. An id is one invocation: it begins once and ends once.
#[derive(Debug, Default)]
pub(super) struct Subagents {
    active: Open,
    closed: HashSet<String>,
}

impl Subagents {
    pub(super) fn start(&mut self, event: &SubagentStartedEvent) -> Result<(), String> {
        let id = &*event.subagent_run_id;
        if self.active.contains(id) {
            return Err(format!(
                "Cannot send 'SUBAGENT_STARTED': subagent '{id}' is already active. Finish it with 'SUBAGENT_FINISHED' first."
            ));
        }
        if self.closed.contains(id) {
            return Err(format!(
                "Cannot send 'SUBAGENT_STARTED': subagent '{id}' has already finished in this run. Subagent IDs are per-invocation and cannot be reused."
            ));
        }
        if let Some(parent) = &event.parent_subagent_run_id
            && !self.active.contains(parent)
            && !self.closed.contains(parent)
        {
            return Err(format!(
                "Cannot send 'SUBAGENT_STARTED': parentSubagentRunId '{parent}' has not been started in this run."
            ));
        }
        self.active.start(id);
        Ok(())
    }

    pub(super) fn end(
        &mut self,
        event: &str,
        id: &str,
        outcome: Option<&SubagentFinishedOutcome>,
    ) -> Result<(), String> {
        if let Some(SubagentFinishedOutcome::Other(outcome)) = outcome {
            return Err(format!(
                "Cannot send '{event}' with outcome type '{}'. The outcome is either {{ type: \"success\" }} or {{ type: \"suspended\" }}.",
                outcome.tag
            ));
        }
        if !self.active.end(id) {
            return Err(format!(
                "Cannot send '{event}': no active subagent found with ID '{id}'. A 'SUBAGENT_STARTED' event must be sent first."
            ));
        }
        self.closed.insert(id.to_owned());
        Ok(())
    }

    pub(super) fn none_before_finish(&self) -> Result<(), String> {
        self.active.none_before_finish("subagents")
    }
}
