//! `Query`.

use std::sync::Arc;

use async_graphql::{Context, Result};
use serde_json::Value;

use super::RequestContext;
use super::error::{field_error, store_error};
use crate::generated::graphql::{
    Agent, AgentsResponse, LoadAgentStateInput, LoadAgentStateResponse, QueryResolver, RuntimeInfo,
};
use crate::graphql::scalars::Json;
use crate::runtime::builder::DEFAULT_AGENT;
use crate::runtime::{Runtime, unknown_agent};
use crate::store::StateKey;

/// Resolves queries on a runtime.
pub(crate) struct Queries(pub(super) Runtime);

impl Queries {
    /// Every agent that a client has to name. The default agent is asked when none is named, as upstream's service adapter
    /// is, and like it is not listed.
    fn named_agents(&self) -> impl Iterator<Item = (&str, &Arc<dyn crate::agents::Agent>)> {
        self.0.agents().filter(|(name, _)| *name != DEFAULT_AGENT)
    }
}

impl QueryResolver for Queries {
    async fn available_agents(&self, _: &Context<'_>) -> Result<AgentsResponse> {
        let agents = self.named_agents().map(|(name, agent)| Agent {
            description: agent.description().to_owned(),
            id: name.to_owned(),
            name: name.to_owned(),
            version: agent.version().map(str::to_owned),
            capabilities: agent
                .capabilities()
                .and_then(|capabilities| serde_json::to_value(capabilities).ok())
                .map(Json),
        });
        Ok(AgentsResponse {
            agents: agents.collect(),
        })
    }

    async fn hello(&self, _: &Context<'_>) -> Result<String> {
        Ok("Hello World".to_owned())
    }

    async fn load_agent_state(
        &self,
        ctx: &Context<'_>,
        data: LoadAgentStateInput,
    ) -> Result<LoadAgentStateResponse> {
        if self.0.agent(Some(&data.agent_name)).is_none() {
            return Err(field_error(&unknown_agent(&self.0, &data.agent_name)));
        }
        let key = StateKey {
            owner: ctx.data::<RequestContext>()?.owner.clone(),
            thread_id: data.thread_id,
            agent_name: data.agent_name,
        };
        let stored = self.0.store().load_state(&key).await;
        let stored = stored.map_err(|error| store_error(&error))?;
        let thread_exists = stored.is_some();
        let (state, mut messages) = stored
            .map(|stored| (stored.state, stored.messages))
            .unwrap_or_else(|| (Value::Object(Default::default()), Vec::new()));
        // Clients of this generation take everything with a `content` for text.
        messages.retain(|message| {
            let role = message.get("role").and_then(Value::as_str);
            !matches!(role, Some("reasoning" | "activity"))
        });
        Ok(LoadAgentStateResponse {
            messages: Value::Array(messages).to_string(),
            state: state.to_string(),
            thread_exists,
            thread_id: key.thread_id,
        })
    }

    async fn runtime_info(&self, _: &Context<'_>) -> Result<RuntimeInfo> {
        Ok(RuntimeInfo {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            runtime: env!("CARGO_PKG_NAME").to_owned(),
            providers: self.0.parts().providers.clone(),
            agents_count: i32::try_from(self.named_agents().count()).unwrap_or(i32::MAX),
        })
    }
}
