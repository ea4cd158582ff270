//! `@defer` and `@stream` for introspection. What they do is done by the plan.

use std::borrow::Cow;

use async_graphql::registry::{Deprecation, MetaDirective, MetaInputValue, Registry};
use async_graphql::{
    ContextDirective, CustomDirective, CustomDirectiveFactory, ServerResult, parser,
};

pub(super) struct Defer;
pub(super) struct Stream;

impl CustomDirectiveFactory for Defer {
    fn name(&self) -> Cow<'static, str> {
        "defer".into()
    }

    fn register(&self, registry: &mut Registry) {
        let arguments = [
            argument(
                "if",
                "Boolean!",
                Some("true"),
                "Deferred when true or undefined.",
            ),
            argument("label", "String", None, "Unique name"),
        ];
        let mut directive = like_skip(
            registry,
            "defer",
            "Directs the executor to defer this fragment when the `if` argument is true or undefined.",
            arguments,
        );
        // On fragments, not on fields.
        directive.locations.remove(0);
        registry.add_directive(directive);
    }

    fn create(&self, _: &ContextDirective<'_>, _: &parser::types::Directive) -> Created {
        Ok(Box::new(Planned))
    }
}

impl CustomDirectiveFactory for Stream {
    fn name(&self) -> Cow<'static, str> {
        "stream".into()
    }

    fn register(&self, registry: &mut Registry) {
        let arguments = [
            argument(
                "if",
                "Boolean!",
                Some("true"),
                "Stream when true or undefined.",
            ),
            argument("label", "String", None, "Unique name"),
            argument(
                "initialCount",
                "Int",
                Some("0"),
                "Number of items to return immediately",
            ),
        ];
        let mut directive = like_skip(
            registry,
            "stream",
            "Directs the executor to stream plural fields when the `if` argument is true or undefined.",
            arguments,
        );
        directive.locations.truncate(1);
        registry.add_directive(directive);
    }

    fn create(&self, _: &ContextDirective<'_>, _: &parser::types::Directive) -> Created {
        Ok(Box::new(Planned))
    }
}

type Created = ServerResult<Box<dyn CustomDirective>>;

/// A directive with the locations of `@skip`: a field, then fragments. Their type is private to async-graphql.
fn like_skip(
    registry: &Registry,
    name: &str,
    description: &str,
    arguments: impl IntoIterator<Item = MetaInputValue>,
) -> MetaDirective {
    let skip = registry.directives.get("skip");
    MetaDirective {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        locations: skip.map(|skip| skip.locations.clone()).unwrap_or_default(),
        args: arguments
            .into_iter()
            .map(|it| (it.name.clone(), it))
            .collect(),
        is_repeatable: false,
        visible: None,
        composable: None,
    }
}

fn argument(name: &str, ty: &str, default: Option<&str>, description: &str) -> MetaInputValue {
    MetaInputValue {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        ty: ty.to_owned(),
        deprecation: Deprecation::NoDeprecated,
        default_value: default.map(str::to_owned),
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        is_secret: false,
        directive_invocations: Vec::new(),
    }
}

struct Planned;

#[async_trait::async_trait]
impl CustomDirective for Planned {}
