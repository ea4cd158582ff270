//! What the server must resolve, generated from `schema.graphql` by `just regenerate`; do not edit.

use async_graphql::{
    Context, EmptyMutation, EmptySubscription, Object, Result, Schema, SchemaBuilder,
};

use super::inputs::Condition;
use super::outputs::Tree;

/// Resolves the fields of `Query`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not resolve the fields of `Query`",
    note = "implement `QueryResolver` for it; `just schema-stubs Query` prints a start"
)]
pub trait QueryResolver: Send + Sync + 'static {
    /// Resolves `Query.root`.
    fn root(
        &self,
        ctx: &Context<'_>,
        r#where: Option<Condition>,
    ) -> impl Future<Output = Result<Tree>> + Send;
}

/// Serves what a [`QueryResolver`] resolves.
pub struct Query<R>(pub R);

#[Object]
impl<R: QueryResolver> Query<R> {
    async fn root(&self, ctx: &Context<'_>, r#where: Option<Condition>) -> Result<Tree> {
        self.0.root(ctx, r#where).await
    }
}

/// Starts a schema that `query` resolves.
pub fn schema_builder<Q: QueryResolver>(
    query: Q,
) -> SchemaBuilder<Query<Q>, EmptyMutation, EmptySubscription> {
    Schema::build(Query(query), EmptyMutation, EmptySubscription)
}
