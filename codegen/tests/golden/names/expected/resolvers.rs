//! What the server must resolve, generated from `schema.graphql` by `just regenerate`; do not edit.

use async_graphql::{
    Context, EmptyMutation, EmptySubscription, Object, Result, Schema, SchemaBuilder,
};

use super::inputs::JSONPatch;
use super::outputs::{OptionType, User};

/// Resolves the fields of `Query`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not resolve the fields of `Query`",
    note = "implement `QueryResolver` for it; `just schema-stubs Query` prints a start"
)]
pub trait QueryResolver: Send + Sync + 'static {
    /// Resolves `Query.match`.
    fn r#match(
        &self,
        ctx: &Context<'_>,
        r#type: String,
        self_: Option<JSONPatch>,
    ) -> impl Future<Output = Result<User>> + Send;

    /// Resolves `Query.HTTPStatus`.
    fn http_status(&self, ctx: &Context<'_>) -> impl Future<Output = Result<i32>> + Send;

    /// Resolves `Query._private`.
    fn private(
        &self,
        ctx: &Context<'_>,
    ) -> impl Future<Output = Result<Option<OptionType>>> + Send;

    /// Resolves `Query.v2`.
    fn v2(&self, ctx: &Context<'_>) -> impl Future<Output = Result<String>> + Send;
}

/// Serves what a [`QueryResolver`] resolves.
pub struct Query<R>(pub R);

#[Object]
impl<R: QueryResolver> Query<R> {
    async fn r#match(
        &self,
        ctx: &Context<'_>,
        r#type: String,
        self_: Option<JSONPatch>,
    ) -> Result<User> {
        self.0.r#match(ctx, r#type, self_).await
    }

    #[graphql(name = "HTTPStatus")]
    async fn http_status(&self, ctx: &Context<'_>) -> Result<i32> {
        self.0.http_status(ctx).await
    }

    #[graphql(name = "_private")]
    async fn private(&self, ctx: &Context<'_>) -> Result<Option<OptionType>> {
        self.0.private(ctx).await
    }

    async fn v2(&self, ctx: &Context<'_>) -> Result<String> {
        self.0.v2(ctx).await
    }
}

/// Starts a schema that `query` resolves.
pub fn schema_builder<Q: QueryResolver>(
    query: Q,
) -> SchemaBuilder<Query<Q>, EmptyMutation, EmptySubscription> {
    Schema::build(Query(query), EmptyMutation, EmptySubscription)
}
