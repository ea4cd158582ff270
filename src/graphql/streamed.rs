//! A list field whose items may arrive one by one.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{
    ContextSelectionSet, Data, Error, OutputType, Positioned, QueryEnv, QueryPathNode,
    QueryPathSegment, SchemaEnv, ServerError, ServerResult, Value,
};
use futures_util::{Stream, StreamExt};

use super::incremental::{Delivery, HeldStream, Record, Scope, Task, take_errors};
use super::path::{Path, Segment, with_path};
use super::plan::streaming;
use super::replay::{Consumer, Replay};

/// A list whose items arrive over time.
///
/// With `@stream` on the field each item is delivered as it comes; without it, or for a client that cannot take
/// incremental answers, the items are collected and the field is a plain list. It may be selected several times in one
/// query: each selection sees all items.
pub struct Streamed<T>(Replay<T>);

impl<T: Send + Sync + 'static> Streamed<T> {
    /// A list of what `stream` yields.
    pub fn new(stream: impl Stream<Item = T> + Send + 'static) -> Self {
        Self::try_new(stream.map(Ok))
    }

    /// A list that may break: after an `Err` nothing more is read, and the client sees the error at that item.
    pub fn try_new(stream: impl Stream<Item = Result<T, Error>> + Send + 'static) -> Self {
        Self(Replay::new(stream))
    }
}

impl<T: OutputType + Send + Sync + 'static> OutputType for Streamed<T> {
    fn type_name() -> Cow<'static, str> {
        <Vec<T>>::type_name()
    }

    fn qualified_type_name() -> String {
        <Vec<T>>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Vec<T>>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let mut items = self.0.consumer();
        match (ctx.data_opt::<Arc<Scope>>(), streaming(&field.node)) {
            (Some(scope), Some(streaming)) => {
                let count = streaming.initial_count.ok_or_else(|| {
                    let message = "initialCount must be a positive integer";
                    ctx.set_error_path(ServerError::new(message, Some(field.pos)))
                })?;
                let first = collect(&mut items, ctx, field, count).await?;
                let value = first.resolve(ctx, field).await?;
                // Of a list that was over before, nothing is late (upstream 1.10.6).
                if first.len() == count {
                    scope.hold_stream(late(items, (count, streaming.label), ctx, field, scope));
                }
                Ok(value)
            }
            _ => {
                let all = collect(&mut items, ctx, field, usize::MAX).await?;
                all.resolve(ctx, field).await
            }
        }
    }
}

async fn collect<T: Send + Sync + 'static>(
    items: &mut Consumer<T>,
    ctx: &ContextSelectionSet<'_>,
    field: &Positioned<Field>,
    count: usize,
) -> ServerResult<Vec<Arc<T>>> {
    let mut collected = Vec::new();
    while collected.len() < count
        && let Some(item) = items.next().await
    {
        collected
            .push(item.map_err(|error| ctx.set_error_path(error.into_server_error(field.pos)))?);
    }
    Ok(collected)
}

/// The rest of a stream, to be delivered after the payload it belongs to.
fn late<T: OutputType + Send + Sync + 'static>(
    items: Consumer<T>,
    (index, label): (usize, Option<String>),
    ctx: &ContextSelectionSet<'_>,
    field: &Positioned<Field>,
    scope: &Scope,
) -> HeldStream {
    let path = Path::of(ctx.path_node.as_ref());
    let rest = Rest {
        item_path: path.join(Segment::Index(index)),
        index,
        label,
        env: ctx.query_env.clone(),
        schema: ctx.schema_env.clone(),
        delivery: scope.delivery.clone(),
    };
    HeldStream {
        path,
        field: field.clone(),
        start: Box::new(move |field| -> Task { Box::pin(deliver(rest, items, field)) }),
    }
}

struct Rest {
    /// The path of the next item.
    item_path: Path,
    index: usize,
    label: Option<String>,
    env: QueryEnv,
    schema: SchemaEnv,
    /// Not the scope: it holds this until it lets go, and would never be freed.
    delivery: Delivery,
}

async fn deliver<T: OutputType + Send + Sync + 'static>(
    mut rest: Rest,
    mut items: Consumer<T>,
    field: Positioned<Field>,
) {
    let path = rest.item_path.clone();
    let list = path.segments().len() - 1;
    with_path(None, &path.segments()[..list], |list| {
        Box::pin(async move {
            loop {
                rest.delivery.room().await;
                let Some(item) = items.next().await else {
                    break;
                };
                if !rest.item(list, &field, item).await {
                    break;
                }
                rest.index += 1;
                rest.item_path.set_last(Segment::Index(rest.index));
            }
        })
    })
    .await;
}

impl Rest {
    /// Resolves and delivers one item. Whether the stream goes on: an item that may not be null and is broken ends it.
    async fn item<T: OutputType + Send + Sync + 'static>(
        &self,
        list: Option<&QueryPathNode<'_>>,
        field: &Positioned<Field>,
        item: Result<Arc<T>, Error>,
    ) -> bool {
        let node = QueryPathNode {
            parent: list,
            segment: QueryPathSegment::Index(self.index),
        };
        // A scalar has nothing below it that could be late.
        let scope = (!field.node.selection_set.node.items.is_empty())
            .then(|| Scope::new(self.delivery.clone()));
        let data = scope.as_ref().map(|scope| {
            let mut data = Data::default();
            data.insert(scope.clone());
            data
        });
        let selection = &field.node.selection_set;
        let ctx = self
            .env
            .create_context(&self.schema, Some(node), selection, data.as_ref());
        let resolved = match item {
            Ok(item) => item.resolve(&ctx, field).await,
            Err(error) => Err(error.into_server_error(field.pos)),
        };
        let mut errors = take_errors(&self.env, &self.item_path);
        let value = match resolved {
            Ok(mut value) => {
                if let Some(scope) = &scope {
                    scope.settle(&mut value, &self.item_path);
                }
                Some(value)
            }
            Err(error) => {
                errors.push(ctx.set_error_path(error));
                None
            }
        };
        self.delivery.push(&Record {
            items: Some(value.as_ref().map(|value| [value])),
            data: None,
            path: &self.item_path,
            label: self.label.as_deref(),
            errors: &super::incremental::clean(errors),
        });
        if let Some(scope) = scope {
            scope.release();
        }
        value.is_some()
    }
}
