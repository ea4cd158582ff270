//! `Mutation`.

use std::sync::atomic::Ordering;

use async_graphql::{Context, Result};
use serde_json::{Map, Value};

use super::RequestContext;
use super::error::{field_error, misuse, nested_field_error, not_admitted, store_error};
use crate::agents::Asker;
use crate::generated::graphql::{
    CopilotRequestType, CopilotResponse, DeleteAgentStateInput, DeleteAgentStateResponse,
    GenerateCopilotResponseInput, MutationResolver, PendingResponseStatus, ResponseStatusCode,
    SaveAgentStateInput, SaveAgentStateResponse,
};
use crate::graphql::deferred::Deferred;
use crate::graphql::input::{call_names, run_input};
use crate::graphql::projection::{Projection, Subject};
use crate::graphql::resume;
use crate::graphql::scalars::JsonObject;
use crate::graphql::streamed::Streamed;
use crate::runtime::error::{AgentError, ErrorCode};
use crate::runtime::{Runtime, StartOptions, WhenBusy, unknown_agent};
use crate::store::{StateChange, StateKey, ThreadKey};

/// Resolves mutations on a runtime.
pub(crate) struct Mutations(pub(super) Runtime);

impl MutationResolver for Mutations {
    /// Starts a run and answers with views of it.
    async fn generate_copilot_response(
        &self,
        ctx: &Context<'_>,
        data: GenerateCopilotResponseInput,
        properties: Option<JsonObject>,
    ) -> Result<CopilotResponse> {
        let named = data
            .agent_session
            .as_ref()
            .map(|session| &*session.agent_name)
            .filter(|_| !self.0.parts().delegate);
        let context = ctx.data::<RequestContext>()?;
        let properties = properties.map(|properties| properties.0);
        let properties = merged(&self.0, properties.unwrap_or_default());
        let asker = Asker {
            principal: &context.principal,
            properties: &properties,
            headers: &context.headers,
            frontend_url: data.frontend.url.as_deref(),
        };
        let Some((name, agent)) = self.0.agent_for(named, asker).await else {
            return Err(nested_field_error(&match named {
                Some(name) => unknown_agent(&self.0.agents_for(asker).await, name),
                None => AgentError::new(
                    ErrorCode::Misuse,
                    "The request names no agent and the runtime has no default one. Name one in `agentSession`, or configure `[agents.default]`.",
                ),
            }));
        };
        if data.messages.len() > context.max_messages {
            return Err(misuse(format!(
                "The request has {} messages; {} are allowed (limits.messages).",
                data.messages.len(),
                context.max_messages
            )));
        }
        let tools = data.frontend.actions.len();
        if tools > context.max_tools {
            return Err(misuse(format!(
                "The request brings {tools} tools; {} are allowed (limits.tools).",
                context.max_tools
            )));
        }
        let headers = context.headers.clone();
        let mut input = run_input(
            &self.0,
            &name,
            &context.principal,
            headers,
            &data,
            properties,
        )
        .await;
        let subject = Subject {
            thread_id: input.request.thread_id.clone(),
            run_id: input.request.run_id.clone(),
            agent: name,
            calls: call_names(&input.request.messages),
            others: input.agents.clone(),
        };
        let thread_id = subject.thread_id.clone();
        if let Some(unread_answer) = &context.unread {
            unread_answer.store(true, Ordering::Relaxed);
            return Ok(unread(thread_id));
        }
        let thread = ThreadKey {
            owner: input.owner.clone(),
            id: thread_id.clone(),
        };
        input.request.resume = resume::entries(&data, self.0.store().as_ref(), &thread).await;
        let options = StartOptions {
            when_busy: self.0.parts().when_busy.unwrap_or(WhenBusy::Supersede),
            kept: belongs_to_thread(&data),
        };
        let pass = match context.gate.enter() {
            Ok(pass) => pass,
            Err(too_many) => {
                let error = misuse(too_many.message.clone());
                context.too_many.get_or_init(|| too_many);
                return Err(error);
            }
        };
        let admitted = self.0.admit(&input).await;
        admitted.map_err(not_admitted)?;
        let started = self.0.start(agent, input, options).await;
        let run = started.map_err(|busy| misuse(busy.to_string()))?;
        run.keep(pass);
        let attached = follows(ctx).then(|| run.clone().attach());
        let projection = Projection::new(run.follow(), attached, subject);
        Ok(CopilotResponse {
            extensions: None,
            messages: projection.messages(),
            meta_events: Some(projection.meta_events()),
            run_id: None,
            status: projection.status(),
            thread_id,
        })
    }

    async fn save_agent_state(
        &self,
        ctx: &Context<'_>,
        data: SaveAgentStateInput,
    ) -> Result<SaveAgentStateResponse> {
        let context = ctx.data::<RequestContext>()?;
        let asker = Asker {
            principal: &context.principal,
            properties: &self.0.parts().properties,
            headers: &context.headers,
            frontend_url: None,
        };
        let name = &*data.agent_name;
        if self.0.agent_for(Some(name), asker).await.is_none() {
            let known = self.0.agents_for(asker).await;
            return Err(field_error(&unknown_agent(&known, name)));
        }
        let value: Value = serde_json::from_str(&data.state_data)
            .map_err(|error| misuse(format!("`stateData` is not JSON: {error}")))?;
        let change = match (data.merge_with_existing.unwrap_or(true), data.state_key) {
            (true, Some(key)) => StateChange::MergeKey(key, value),
            (true, None) => StateChange::Merge(value),
            (false, Some(key)) => StateChange::ReplaceKey(key, value),
            (false, None) => StateChange::Replace(value),
        };
        let key = state_key(ctx, data.thread_id, data.agent_name)?;
        let saved = self.0.store().change_state(&key, change).await;
        let saved = saved.map_err(|error| store_error(&error))?;
        Ok(SaveAgentStateResponse {
            thread_id: key.thread_id,
            agent_name: key.agent_name,
            state: saved.state.to_string(),
            version: i32::try_from(saved.version).unwrap_or(i32::MAX),
        })
    }

    async fn delete_agent_state(
        &self,
        ctx: &Context<'_>,
        data: DeleteAgentStateInput,
    ) -> Result<DeleteAgentStateResponse> {
        let key = state_key(ctx, data.thread_id, data.agent_name)?;
        let deleted = self.0.store().delete_state(&key).await;
        let deleted = deleted.map_err(|error| store_error(&error))?;
        Ok(DeleteAgentStateResponse { deleted })
    }
}

/// The application's properties: the server's, and the request's over them (upstream 1.10.6).
fn merged(runtime: &Runtime, request: Map<String, Value>) -> Map<String, Value> {
    let mut properties = runtime.parts().properties.clone();
    properties.extend(request);
    properties
}

fn state_key(ctx: &Context<'_>, thread_id: String, agent_name: String) -> Result<StateKey> {
    Ok(StateKey {
        owner: ctx.data::<RequestContext>()?.principal.owner.clone(),
        thread_id,
        agent_name,
    })
}

/// Whether the run is part of a conversation. Suggestions, completions and tasks that name no thread are not: each of them
/// would leave a thread behind that nobody comes back to.
fn belongs_to_thread(data: &GenerateCopilotResponseInput) -> bool {
    let kind = data.metadata.request_type.as_ref();
    let chat = kind.is_none_or(|kind| *kind == CopilotRequestType::Chat);
    let session = data.agent_session.as_ref();
    let named = data
        .thread_id
        .as_ref()
        .or(session.and_then(|session| session.thread_id.as_ref()));
    chat || named.is_some_and(|id| !id.is_empty())
}

/// Whether the client waits for anything of the run. One that asks for the thread's id alone starts the run and leaves it
/// to itself (upstream 1.10.6).
fn follows(ctx: &Context<'_>) -> bool {
    let selected = ctx.look_ahead();
    ["messages", "metaEvents", "status"]
        .iter()
        .any(|field| selected.field(field).exists())
}

/// An answer that nobody will read, without asking any agent.
fn unread(thread_id: String) -> CopilotResponse {
    CopilotResponse {
        extensions: None,
        messages: Streamed::new(futures_util::stream::empty()),
        meta_events: None,
        run_id: None,
        status: Deferred::ready(
            PendingResponseStatus {
                code: ResponseStatusCode::Pending,
            }
            .into(),
        ),
        thread_id,
    }
}
