//! What the server must resolve, generated from `schema.graphql` by `just regenerate`; do not edit.

use async_graphql::{
    Context, EmptyMutation, EmptySubscription, ID, Object, Result, Schema, SchemaBuilder,
};

use super::inputs::Filter;

/// Resolves the fields of `Query`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not resolve the fields of `Query`",
    note = "implement `QueryResolver` for it; `just schema-stubs Query` prints a start"
)]
pub trait QueryResolver: Send + Sync + 'static {
    /// Resolves `Query.search`.
    fn search(
        &self,
        ctx: &Context<'_>,
        filter: Filter,
    ) -> impl Future<Output = Result<Vec<ID>>> + Send;
}

/// Serves what a [`QueryResolver`] resolves.
pub struct Query<R>(pub R);

#[Object]
impl<R: QueryResolver> Query<R> {
    async fn search(&self, ctx: &Context<'_>, filter: Filter) -> Result<Vec<ID>> {
        self.0.search(ctx, filter).await
    }
}

/// Starts a schema that `query` resolves.
pub fn schema_builder<Q: QueryResolver>(
    query: Q,
) -> SchemaBuilder<Query<Q>, EmptyMutation, EmptySubscription> {
    Schema::build(Query(query), EmptyMutation, EmptySubscription)
}
