//! A list field that may arrive item by item.
use std::borrow::Cow;

use async_graphql::{ContextSelectionSet, OutputType, Positioned, ServerResult, Value, parser::types::Field, registry::Registry};
use futures_util::{StreamExt, stream::BoxStream};

/// A list whose items arrive over time.
pub struct Streamed<T>(parking_lot::Mutex<Option<BoxStream<'static, T>>>);

impl<T: Send + 'static> Streamed<T> {
    /// Wraps a stream of items.
    pub fn new(stream: impl futures_util::Stream<Item = T> + Send + 'static) -> Self {
        Self(parking_lot::Mutex::new(Some(stream.boxed())))
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
    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let stream = self.0.lock().take();
        let items: Vec<T> = match stream {
            Some(stream) => stream.collect().await,
            None => Vec::new(),
        };
        items.resolve(ctx, field).await
    }
}
