//! What the server must resolve, generated from `schema/schema.graphql` and `schema/extensions.graphql` by `just regenerate`; do not edit.

use async_graphql::{Context, EmptySubscription, Object, Result, Schema, SchemaBuilder};

use agui_runtime::graphql::scalars::JsonObject;

use super::inputs::{
    DeleteAgentStateInput, GenerateCopilotResponseInput, LoadAgentStateInput,
    SaveAgentStateInput,
};
use super::outputs::{
    AgentsResponse, BaseResponseStatus, CopilotResponse, DeleteAgentStateResponse,
    LoadAgentStateResponse, RuntimeInfo, SaveAgentStateResponse,
};

/// Resolves the fields of `Query`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not resolve the fields of `Query`",
    note = "implement `QueryResolver` for it; `just schema-stubs Query` prints a start"
)]
pub trait QueryResolver: Send + Sync + 'static {
    /// Resolves `Query.availableAgents`.
    fn available_agents(
        &self,
        ctx: &Context<'_>,
    ) -> impl Future<Output = Result<AgentsResponse>> + Send;

    /// Resolves `Query.hello`.
    fn hello(&self, ctx: &Context<'_>) -> impl Future<Output = Result<String>> + Send;

    /// Resolves `Query.loadAgentState`.
    fn load_agent_state(
        &self,
        ctx: &Context<'_>,
        data: LoadAgentStateInput,
    ) -> impl Future<Output = Result<LoadAgentStateResponse>> + Send;

    /// What this runtime is and which agents and providers it offers.
    fn runtime_info(
        &self,
        ctx: &Context<'_>,
    ) -> impl Future<Output = Result<RuntimeInfo>> + Send;
}

/// Serves what a [`QueryResolver`] resolves.
pub struct Query<R>(pub R);

#[Object]
impl<R: QueryResolver> Query<R> {
    async fn available_agents(&self, ctx: &Context<'_>) -> Result<AgentsResponse> {
        self.0.available_agents(ctx).await
    }

    async fn hello(&self, ctx: &Context<'_>) -> Result<String> {
        self.0.hello(ctx).await
    }

    async fn load_agent_state(
        &self,
        ctx: &Context<'_>,
        data: LoadAgentStateInput,
    ) -> Result<LoadAgentStateResponse> {
        self.0.load_agent_state(ctx, data).await
    }

    /// What this runtime is and which agents and providers it offers.
    async fn runtime_info(&self, ctx: &Context<'_>) -> Result<RuntimeInfo> {
        self.0.runtime_info(ctx).await
    }
}

/// Resolves the fields of `Mutation`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not resolve the fields of `Mutation`",
    note = "implement `MutationResolver` for it; `just schema-stubs Mutation` prints a start"
)]
pub trait MutationResolver: Send + Sync + 'static {
    /// Resolves `Mutation.generateCopilotResponse`.
    fn generate_copilot_response(
        &self,
        ctx: &Context<'_>,
        data: GenerateCopilotResponseInput,
        properties: Option<JsonObject>,
    ) -> impl Future<Output = Result<CopilotResponse>> + Send;

    /// Stores the state of an agent in a thread, creating the thread if there is none.
    /// Atomic: of several writers at once, none loses its change.
    fn save_agent_state(
        &self,
        ctx: &Context<'_>,
        data: SaveAgentStateInput,
    ) -> impl Future<Output = Result<SaveAgentStateResponse>> + Send;

    /// Forgets the state of an agent in a thread. The thread and its messages stay.
    fn delete_agent_state(
        &self,
        ctx: &Context<'_>,
        data: DeleteAgentStateInput,
    ) -> impl Future<Output = Result<DeleteAgentStateResponse>> + Send;
}

/// Serves what a [`MutationResolver`] resolves.
pub struct Mutation<R>(pub R);

#[Object]
impl<R: MutationResolver> Mutation<R> {
    async fn generate_copilot_response(
        &self,
        ctx: &Context<'_>,
        data: GenerateCopilotResponseInput,
        properties: Option<JsonObject>,
    ) -> Result<CopilotResponse> {
        self.0.generate_copilot_response(ctx, data, properties).await
    }

    /// Stores the state of an agent in a thread, creating the thread if there is none.
    /// Atomic: of several writers at once, none loses its change.
    async fn save_agent_state(
        &self,
        ctx: &Context<'_>,
        data: SaveAgentStateInput,
    ) -> Result<SaveAgentStateResponse> {
        self.0.save_agent_state(ctx, data).await
    }

    /// Forgets the state of an agent in a thread. The thread and its messages stay.
    async fn delete_agent_state(
        &self,
        ctx: &Context<'_>,
        data: DeleteAgentStateInput,
    ) -> Result<DeleteAgentStateResponse> {
        self.0.delete_agent_state(ctx, data).await
    }
}

/// Starts a schema that `query` and `mutation` resolve.
pub fn schema_builder<Q: QueryResolver, M: MutationResolver>(
    query: Q,
    mutation: M,
) -> SchemaBuilder<Query<Q>, Mutation<M>, EmptySubscription> {
    Schema::build(Query(query), Mutation(mutation), EmptySubscription)
        .register_output_type::<BaseResponseStatus>()
}
