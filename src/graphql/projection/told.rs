//! AgentStateMessages that agents of remote endpoints tell themselves. The events made of them keep in `rawEvent` what AG-UI has
//! no word for: the agent's own run and thread, and whether it runs on.

use serde::Deserialize;

use crate::generated::agui::Event;

/// Upstream's AgentStateMessage (1.10.6), without the state.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Told {
    pub(super) thread_id: String,
    pub(super) agent_name: String,
    pub(super) node_name: String,
    pub(super) run_id: String,
    pub(super) active: bool,
    pub(super) running: bool,
}

/// What an event of a step or state was made of, if it was made of such a message.
pub(super) fn of(event: &Event) -> Option<Told> {
    let raw = match event {
        Event::StepStarted(event) => event.raw_event.as_deref(),
        Event::StepFinished(event) => event.raw_event.as_deref(),
        Event::StateSnapshot(event) => event.raw_event.as_deref(),
        _ => None,
    }?;
    (raw["type"] == "AgentStateMessage").then(|| Told::deserialize(raw).ok())?
}
