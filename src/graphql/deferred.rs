//! A field whose value may arrive later.
use std::borrow::Cow;

use async_graphql::{ContextSelectionSet, OutputType, Positioned, ServerResult, Value, parser::types::Field, registry::Registry};
use futures_util::{FutureExt, future::BoxFuture};

/// A value that is known later.
pub struct Deferred<T>(parking_lot::Mutex<Option<BoxFuture<'static, T>>>);

impl<T: Send + 'static> Deferred<T> {
    /// Wraps a future value.
    pub fn new(value: impl Future<Output = T> + Send + 'static) -> Self {
        Self(parking_lot::Mutex::new(Some(value.boxed())))
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
    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let value = self.0.lock().take();
        match value {
            Some(value) => value.await.resolve(ctx, field).await,
            None => Ok(Value::Null),
        }
    }
}
