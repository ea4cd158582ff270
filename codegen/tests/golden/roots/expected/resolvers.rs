//! What the server must resolve, generated from `schema.graphql` and `extensions.graphql` by `just regenerate`; do not edit.

use async_graphql::{Context, EmptySubscription, Object, Result, Schema, SchemaBuilder};

use super::inputs::NewItem;
use super::outputs::Item;

/// Resolves the fields of `Reads`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not resolve the fields of `Reads`",
    note = "implement `ReadsResolver` for it; `just schema-stubs Reads` prints a start"
)]
pub trait ReadsResolver: Send + Sync + 'static {
    /// The one of that number.
    fn item(
        &self,
        ctx: &Context<'_>,
        number: i32,
        with_url: Option<bool>,
    ) -> impl Future<Output = Result<Option<Item>>> + Send;

    /// Resolves `Reads.old`.
    fn old(
        &self,
        ctx: &Context<'_>,
    ) -> impl Future<Output = Result<Option<String>>> + Send;
}

/// Serves what a [`ReadsResolver`] resolves.
pub struct Reads<R>(pub R);

/// All that can be read.
#[Object]
impl<R: ReadsResolver> Reads<R> {
    /// The one of that number.
    async fn item(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "1", desc = "Counted from 1.")]
        number: i32,
        #[graphql(name = "withURL")]
        with_url: Option<bool>,
    ) -> Result<Option<Item>> {
        self.0.item(ctx, number, with_url).await
    }

    #[graphql(deprecation = "use item")]
    async fn old(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        self.0.old(ctx).await
    }
}

/// Resolves the fields of `APIWrites`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not resolve the fields of `APIWrites`",
    note = "implement `APIWritesResolver` for it; `just schema-stubs APIWrites` prints a start"
)]
pub trait APIWritesResolver: Send + Sync + 'static {
    /// Resolves `APIWrites.add`.
    fn add(
        &self,
        ctx: &Context<'_>,
        item: NewItem,
    ) -> impl Future<Output = Result<Item>> + Send;

    /// Adds several.
    fn add_all(
        &self,
        ctx: &Context<'_>,
        items: Vec<NewItem>,
    ) -> impl Future<Output = Result<Vec<Item>>> + Send;
}

/// Serves what a [`APIWritesResolver`] resolves.
pub struct APIWrites<R>(pub R);

#[Object(name = "APIWrites")]
impl<R: APIWritesResolver> APIWrites<R> {
    async fn add(&self, ctx: &Context<'_>, item: NewItem) -> Result<Item> {
        self.0.add(ctx, item).await
    }

    /// Adds several.
    async fn add_all(
        &self,
        ctx: &Context<'_>,
        items: Vec<NewItem>,
    ) -> Result<Vec<Item>> {
        self.0.add_all(ctx, items).await
    }
}

/// Starts a schema that `query` and `mutation` resolve.
pub fn schema_builder<Q: ReadsResolver, M: APIWritesResolver>(
    query: Q,
    mutation: M,
) -> SchemaBuilder<Reads<Q>, APIWrites<M>, EmptySubscription> {
    Schema::build(Reads(query), APIWrites(mutation), EmptySubscription)
}
