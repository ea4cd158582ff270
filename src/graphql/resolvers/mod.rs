//! The hand-written half of the schema: the generated resolver traits, implemented on the runtime.

mod directives;
pub(crate) mod error;
mod mutation;
mod query;

use async_graphql::{EmptySubscription, Schema, ValidationMode};
use http::HeaderMap;

use crate::generated::graphql::{Mutation, Query, schema_builder};
use crate::runtime::Runtime;
use crate::store::Owner;

pub(crate) use mutation::Mutations;
pub(crate) use query::Queries;

/// The schema with its resolvers.
pub(crate) type CopilotSchema = Schema<Query<Queries>, Mutation<Mutations>, EmptySubscription>;

/// What a resolver may know of the request it answers.
#[derive(Debug, Clone)]
pub(crate) struct RequestContext {
    /// Who asks.
    pub(crate) owner: Owner,
    /// Headers for agents.
    pub(crate) headers: HeaderMap,
    /// Whether the client takes answers in parts.
    pub(crate) takes_incremental: bool,
    /// How many messages a request may carry.
    pub(crate) max_messages: usize,
    /// Whether the answer will be refused, so that no model should be asked for it.
    pub(crate) refused: bool,
}

/// The schema on this runtime.
pub(crate) fn schema(runtime: Runtime, introspection: bool) -> CopilotSchema {
    let mut builder = schema_builder(Queries(runtime.clone()), Mutations(runtime))
        // Documents are checked before they come here, in upstream's words.
        .validation_mode(ValidationMode::Fast)
        .limit_recursive_depth(usize::MAX)
        .directive(directives::Defer)
        .directive(directives::Stream);
    if !introspection {
        builder = builder.disable_introspection();
    }
    builder.finish()
}
