//! What the server must resolve, generated from `schema.graphql` by `just regenerate`; do not edit.

use async_graphql::{
    Context, EmptyMutation, EmptySubscription, Object, Result, Schema, SchemaBuilder,
};

use super::outputs::Book;

/// Resolves the fields of `Query`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not resolve the fields of `Query`",
    note = "implement `QueryResolver` for it; `just schema-stubs Query` prints a start"
)]
pub trait QueryResolver: Send + Sync + 'static {
    /// Resolves `Query.book`.
    fn book(&self, ctx: &Context<'_>) -> impl Future<Output = Result<Book>> + Send;
}

/// Serves what a [`QueryResolver`] resolves.
pub struct Query<R>(pub R);

#[Object]
impl<R: QueryResolver> Query<R> {
    async fn book(&self, ctx: &Context<'_>) -> Result<Book> {
        self.0.book(ctx).await
    }
}

/// Starts a schema that `query` resolves.
pub fn schema_builder<Q: QueryResolver>(
    query: Q,
) -> SchemaBuilder<Query<Q>, EmptyMutation, EmptySubscription> {
    Schema::build(Query(query), EmptyMutation, EmptySubscription)
}
