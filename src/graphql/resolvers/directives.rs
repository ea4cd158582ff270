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
        let mut directive = like_skip(registry, "defer");
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
        let mut directive = like_skip(registry, "stream");
        directive.locations.truncate(1);
        let count = argument("initialCount", "Int", Some("0"));
        directive.args.insert(count.name.clone(), count);
        registry.add_directive(directive);
    }

    fn create(&self, _: &ContextDirective<'_>, _: &parser::types::Directive) -> Created {
        Ok(Box::new(Planned))
    }
}

type Created = ServerResult<Box<dyn CustomDirective>>;

/// A directive with the locations of `@skip` (a field, then fragments: their type is private to async-graphql) and with
/// the arguments that both of ours have.
fn like_skip(registry: &Registry, name: &str) -> MetaDirective {
    let arguments = [
        argument("if", "Boolean!", Some("true")),
        argument("label", "String", None),
    ];
    let skip = registry.directives.get("skip");
    MetaDirective {
        name: name.to_owned(),
        description: None,
        locations: skip.map(|skip| skip.locations.clone()).unwrap_or_default(),
        args: arguments
            .map(|it| (it.name.clone(), it))
            .into_iter()
            .collect(),
        is_repeatable: false,
        visible: None,
        composable: None,
    }
}

fn argument(name: &str, ty: &str, default: Option<&str>) -> MetaInputValue {
    MetaInputValue {
        name: name.to_owned(),
        description: None,
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
