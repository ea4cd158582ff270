//! `Query`.

use std::sync::Arc;

use async_graphql::{Context, Result};
use serde_json::{Value, json};

use super::RequestContext;
use super::error::{field_error, store_error};
use crate::agents::{Asker, KeptState};
use crate::generated::agui::{Event, Message};
use crate::generated::graphql::{
    Agent, AgentsResponse, LoadAgentStateInput, LoadAgentStateResponse, QueryResolver, RuntimeInfo,
};
use crate::graphql::projection::flat;
use crate::graphql::scalars::Json;
use crate::runtime::builder::DEFAULT_AGENT;
use crate::runtime::error::AgentError;
use crate::runtime::log::Entry;
use crate::runtime::protocol::Transcript;
use crate::runtime::{Agents, Runtime, unknown_agent};
use crate::store::{AgentState, StateKey, ThreadKey};

/// Resolves queries on a runtime.
pub(crate) struct Queries(pub(super) Runtime);

impl Queries {
    /// Every agent that a client has to name. The default agent is asked when none is named, as upstream's service adapter
    /// is, and like it is not listed.
    async fn named_agents(&self, asker: Asker<'_>) -> Agents {
        let mut agents = self.0.agents_for(asker).await;
        agents.shift_remove(DEFAULT_AGENT);
        agents
    }

    /// Who asks, for agents that are not there for everybody.
    fn asker<'a>(&'a self, ctx: &'a Context<'_>) -> Result<Asker<'a>> {
        let context = ctx.data::<RequestContext>()?;
        Ok(Asker {
            principal: &context.principal,
            properties: &self.0.parts().properties,
            headers: &context.headers,
            frontend_url: None,
        })
    }
}

impl QueryResolver for Queries {
    async fn available_agents(&self, ctx: &Context<'_>) -> Result<AgentsResponse> {
        let agents = self.named_agents(self.asker(ctx)?).await;
        let agents = agents.into_iter().map(|(name, agent)| Agent {
            description: agent.description().to_owned(),
            id: name.clone(),
            name,
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
        let asker = self.asker(ctx)?;
        let Some((_, agent)) = self.0.agent_for(Some(&data.agent_name), asker).await else {
            let agents = self.0.agents_for(asker).await;
            return Err(field_error(&unknown_agent(&agents, &data.agent_name)));
        };
        let thread = ThreadKey {
            owner: ctx.data::<RequestContext>()?.principal.owner.clone(),
            id: data.thread_id,
        };
        let key = StateKey {
            owner: thread.owner.clone(),
            thread_id: thread.id.clone(),
            agent_name: data.agent_name,
        };
        let stored = || self.0.store().load_state(&key);
        let so_far = self.0.so_far(&thread, Some(&key.agent_name), stored);
        let known = match so_far.await.map_err(|error| store_error(&error))? {
            (None, said) if said.is_empty() => kept(agent.kept_state(&key.thread_id, asker).await)?,
            (stored, said) => Some(told(stored, &said)),
        };
        let thread_exists = known.is_some();
        let (state, mut messages) = known.unwrap_or_else(|| (json!({}), Vec::new()));
        // Clients of this generation take everything with a `content` for text, and what agents keep may have more.
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

    async fn runtime_info(&self, ctx: &Context<'_>) -> Result<RuntimeInfo> {
        let agents = self.named_agents(self.asker(ctx)?).await;
        Ok(RuntimeInfo {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            runtime: env!("CARGO_PKG_NAME").to_owned(),
            providers: self.0.parts().providers.clone(),
            agents_count: i32::try_from(agents.len()).unwrap_or(i32::MAX),
        })
    }
}

/// What is stored, and on top of it what a live run has made so far, in the old form.
fn told(stored: Option<AgentState>, said: &[Arc<Entry>]) -> (Value, Vec<Value>) {
    let (state, messages) = match stored {
        Some(stored) => (stored.state, stored.messages),
        None => (json!({}), Vec::new()),
    };
    let messages = messages.into_iter().map(serde_json::from_value);
    let messages: Vec<Message> = messages.filter_map(Result::ok).collect();
    if said.is_empty() {
        return (without_messages(state), flat(&messages));
    }
    // What the client gave the run to begin with.
    let given = said.iter().find_map(|entry| match &entry.event {
        Event::RunStarted(event) => event.input.as_ref()?.state.clone(),
        _ => None,
    });
    let mut transcript = Transcript::new(given.or(Some(state)), messages);
    said.iter().for_each(|entry| transcript.apply(&entry.event));
    let (state, messages) = transcript.into_parts();
    let state = state.unwrap_or_else(|| json!({}));
    (without_messages(state), flat(&messages))
}

/// A state as upstream 1.10.6 loads it: what some agents keep of the messages in it is told beside it.
fn without_messages(mut state: Value) -> Value {
    if let Some(state) = state.as_object_mut() {
        state.shift_remove("messages");
    }
    state
}

/// What an agent itself keeps of a thread.
fn kept(answer: Result<Option<KeptState>, AgentError>) -> Result<Option<(Value, Vec<Value>)>> {
    match answer {
        Ok(kept) => Ok(kept.map(|kept| (kept.state, kept.messages))),
        Err(error) => {
            tracing::warn!(
                cause = error.source.as_ref().map(ToString::to_string),
                "the state of a thread was not loaded: {error}"
            );
            Err(field_error(&error))
        }
    }
}
