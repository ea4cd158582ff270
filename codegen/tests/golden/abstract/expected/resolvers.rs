//! What the server must resolve, generated from `schema.graphql` by `just regenerate`; do not edit.

use async_graphql::{
    Context, EmptyMutation, EmptySubscription, Object, Result, Schema, SchemaBuilder,
};

use super::inputs::Forgotten;
use super::outputs::{Dated, Found, Node};

/// Resolves the fields of `Query`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not resolve the fields of `Query`",
    note = "implement `QueryResolver` for it; `just schema-stubs Query` prints a start"
)]
pub trait QueryResolver: Send + Sync + 'static {
    /// Resolves `Query.found`.
    fn found(
        &self,
        ctx: &Context<'_>,
    ) -> impl Future<Output = Result<Option<Found>>> + Send;

    /// Resolves `Query.nodes`.
    fn nodes(&self, ctx: &Context<'_>) -> impl Future<Output = Result<Vec<Node>>> + Send;
}

/// Serves what a [`QueryResolver`] resolves.
pub struct Query<R>(pub R);

#[Object]
impl<R: QueryResolver> Query<R> {
    async fn found(&self, ctx: &Context<'_>) -> Result<Option<Found>> {
        self.0.found(ctx).await
    }

    async fn nodes(&self, ctx: &Context<'_>) -> Result<Vec<Node>> {
        self.0.nodes(ctx).await
    }
}

/// Starts a schema that `query` resolves.
pub fn schema_builder<Q: QueryResolver>(
    query: Q,
) -> SchemaBuilder<Query<Q>, EmptyMutation, EmptySubscription> {
    Schema::build(Query(query), EmptyMutation, EmptySubscription)
        .register_output_type::<Dated>()
        .register_input_type::<Forgotten>()
}
