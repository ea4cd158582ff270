//! A field whose value may arrive later.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{
    ContextSelectionSet, Data, Error, OutputType, Positioned, QueryEnv, SchemaEnv, ServerResult,
    Value,
};
use futures_util::future::{BoxFuture, FutureExt, Shared};

use super::incremental::{Delivery, Group, Scope, placeholder, take_errors};
use super::path::{Path, with_path};
use super::plan;

/// A value that is known later.
///
/// Inside a fragment with `@defer` the answer does not wait for it; elsewhere it does. It may be selected several times.
pub struct Deferred<T>(Later<T>);

type Later<T> = Shared<BoxFuture<'static, Result<Arc<T>, Error>>>;

impl<T: Send + Sync + 'static> Deferred<T> {
    /// The value of `future`.
    pub fn new(future: impl Future<Output = T> + Send + 'static) -> Self {
        Self::try_new(future.map(Ok))
    }

    /// A value that may fail to come.
    pub fn try_new(future: impl Future<Output = Result<T, Error>> + Send + 'static) -> Self {
        Self(future.map(|value| value.map(Arc::new)).boxed().shared())
    }

    /// A value that is there already.
    pub fn ready(value: T) -> Self {
        Self::new(std::future::ready(value))
    }
}

impl<T: OutputType + Send + Sync + 'static> OutputType for Deferred<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn qualified_type_name() -> String {
        T::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let key = &field.node.response_key().node;
        match (ctx.data_opt::<Arc<Scope>>(), plan::mark(key)) {
            (Some(scope), Some(mark)) => {
                let path = Path::of(ctx.path_node.as_ref());
                let object = path.prefix(path.segments().len().saturating_sub(1));
                let late = Late {
                    path,
                    group: scope.group(object, mark),
                    env: ctx.query_env.clone(),
                    schema: ctx.schema_env.clone(),
                    delivery: scope.delivery.clone(),
                };
                late.group.expect();
                scope.hold(Box::pin(deliver(late, self.0.clone(), field.clone())));
                Ok(placeholder())
            }
            _ => match self.0.clone().await {
                Ok(value) => value.resolve(ctx, field).await,
                Err(error) => Err(ctx.set_error_path(error.into_server_error(field.pos))),
            },
        }
    }
}

struct Late {
    path: Path,
    group: Arc<Group>,
    env: QueryEnv,
    schema: SchemaEnv,
    delivery: Delivery,
}

async fn deliver<T: OutputType + Send + Sync + 'static>(
    late: Late,
    value: Later<T>,
    field: Positioned<Field>,
) {
    let value = value.await;
    let path = late.path.clone();
    with_path(None, path.segments(), |node| {
        Box::pin(async move {
            let scope = Scope::inside(late.delivery.clone(), Some(late.group.clone()));
            let mut data = Data::default();
            data.insert(scope.clone());
            let selection = &field.node.selection_set;
            let ctx = late
                .env
                .create_context(&late.schema, node.copied(), selection, Some(&data));
            let resolved = match value {
                Ok(value) => value.resolve(&ctx, &field).await,
                Err(error) => Err(error.into_server_error(field.pos)),
            };
            let mut errors = take_errors(&late.env, &late.path);
            let value = match resolved {
                Ok(mut value) => {
                    scope.settle(&mut value, &late.path);
                    Some(value)
                }
                Err(error) => {
                    errors.push(ctx.set_error_path(error));
                    None
                }
            };
            scope.release();
            let key = &field.node.response_key().node;
            late.group
                .fulfil(key, value, super::incremental::clean(errors));
        })
    })
    .await;
}
