//! Upstream's queries, as upstream's own client asks them.

use cynic::{Operation, QueryBuilder};

use super::schema;

/// `availableAgents`.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query")]
pub(super) struct AvailableAgents {
    pub available_agents: AgentsResponse,
}

#[derive(cynic::QueryFragment, Debug)]
pub(super) struct AgentsResponse {
    pub agents: Vec<Agent>,
}

/// An agent as the runtime lists it.
#[derive(cynic::QueryFragment, Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Agent {
    /// The name to ask it under.
    pub name: String,
    /// Upstream's identifier, mostly the name again.
    pub id: String,
    /// One sentence.
    pub description: String,
}

pub(super) fn available_agents() -> Operation<AvailableAgents, ()> {
    AvailableAgents::build(())
}

/// `loadAgentState`.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "LoadAgentStateVariables")]
pub(super) struct LoadAgentState {
    #[arguments(data: $data)]
    pub load_agent_state: LoadedState,
}

#[derive(cynic::QueryVariables, Debug)]
pub(super) struct LoadAgentStateVariables {
    data: LoadAgentStateInput,
}

#[derive(cynic::InputObject, Debug)]
struct LoadAgentStateInput {
    thread_id: String,
    agent_name: String,
}

/// An agent's state on a thread.
#[derive(cynic::QueryFragment, Debug, Clone, PartialEq, Eq)]
#[cynic(graphql_type = "LoadAgentStateResponse")]
pub struct LoadedState {
    /// The thread.
    pub thread_id: String,
    /// Whether the agent has anything on it.
    pub thread_exists: bool,
    /// The state, as JSON text.
    pub state: String,
    /// The messages, as JSON text.
    pub messages: String,
}

pub(super) fn load_agent_state(
    thread_id: &str,
    agent_name: &str,
) -> Operation<LoadAgentState, LoadAgentStateVariables> {
    LoadAgentState::build(LoadAgentStateVariables {
        data: LoadAgentStateInput {
            thread_id: thread_id.to_owned(),
            agent_name: agent_name.to_owned(),
        },
    })
}
