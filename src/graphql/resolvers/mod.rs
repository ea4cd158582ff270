//! The hand-written half of the schema: the generated resolver traits, implemented on the runtime.

mod directives;
pub(crate) mod error;
mod mutation;
mod query;

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use async_graphql::{EmptySubscription, Schema, ValidationMode};
use http::HeaderMap;

use crate::generated::graphql::{Mutation, Query, schema_builder};
use crate::principal::Principal;
use crate::runtime::Runtime;
use crate::runtime::gate::{RunGate, TooMany};

pub(crate) use mutation::Mutations;
pub(crate) use query::Queries;

/// The schema with its resolvers.
pub(crate) type CopilotSchema = Schema<Query<Queries>, Mutation<Mutations>, EmptySubscription>;

/// What a resolver may know of the request it answers.
#[derive(Debug, Clone)]
pub(crate) struct RequestContext {
    /// Who asks.
    pub(crate) principal: Principal,
    /// Headers for agents.
    pub(crate) headers: HeaderMap,
    /// Whether the client takes answers in parts.
    pub(crate) takes_incremental: bool,
    /// How many messages a request may carry.
    pub(crate) max_messages: usize,
    /// How many tools a request may bring.
    pub(crate) max_tools: usize,
    /// Lets runs in.
    pub(crate) gate: RunGate,
    /// There once a run was not let in: the request is refused as a whole then.
    pub(crate) too_many: Arc<OnceLock<TooMany>>,
    /// There if the answer would be incremental and the client takes none: no model should be asked for it. Set by who
    /// answered with nothing instead, so that this answer never leaves.
    pub(crate) unread: Option<Arc<AtomicBool>>,
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
