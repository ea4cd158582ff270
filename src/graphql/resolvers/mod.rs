//! The hand-written half of the schema: the generated resolver traits, implemented on the runtime.

pub(crate) mod error;
mod mutation;
mod query;

use std::borrow::Cow;

use async_graphql::registry::{MetaDirective, Registry};
use async_graphql::{
    ContextDirective, CustomDirective, CustomDirectiveFactory, EmptySubscription, Schema,
    ServerResult, ValidationMode, parser,
};
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
    /// Whether the answer will be refused, so that no model should be asked for it.
    pub(crate) refused: bool,
}

/// The schema on this runtime.
pub(crate) fn schema(runtime: Runtime, introspection: bool) -> CopilotSchema {
    let mut builder = schema_builder(Queries(runtime.clone()), Mutations(runtime))
        // Documents are checked before they come here, in upstream's words.
        .validation_mode(ValidationMode::Fast)
        .limit_recursive_depth(usize::MAX)
        .directive(Incremental("defer"))
        .directive(Incremental("stream"));
    if !introspection {
        builder = builder.disable_introspection();
    }
    builder.finish()
}

/// Makes `@defer` or `@stream` known to introspection. What they do is done by the plan.
struct Incremental(&'static str);

impl CustomDirectiveFactory for Incremental {
    fn name(&self) -> Cow<'static, str> {
        self.0.into()
    }

    fn register(&self, registry: &mut Registry) {
        // The type of the locations is private to async-graphql; those of `@skip` are ours as well.
        let locations = registry
            .directives
            .get("skip")
            .map(|skip| skip.locations.clone())
            .unwrap_or_default();
        registry.add_directive(MetaDirective {
            name: self.0.into(),
            description: None,
            locations,
            args: Default::default(),
            is_repeatable: false,
            visible: None,
            composable: None,
        });
    }

    fn create(
        &self,
        _: &ContextDirective<'_>,
        _: &parser::types::Directive,
    ) -> ServerResult<Box<dyn CustomDirective>> {
        Ok(Box::new(Planned))
    }
}

struct Planned;

#[async_trait::async_trait]
impl CustomDirective for Planned {}
