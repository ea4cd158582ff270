//! Upstream adds a field to `Query`: nobody resolves it yet.
use agui_runtime::generated::graphql::*;
use async_graphql::{Context, Result};

struct Server;

impl QueryResolver for Server {
    async fn available_agents(&self, _: &Context<'_>) -> Result<AgentsResponse> {
        Err("none".into())
    }

    async fn load_agent_state(&self, _: &Context<'_>, _: LoadAgentStateInput) -> Result<LoadAgentStateResponse> {
        Err("none".into())
    }

    async fn runtime_info(&self, _: &Context<'_>) -> Result<RuntimeInfo> {
        Err("none".into())
    }
}

fn main() {}
