//! The rules, in the order graphql-yoga runs them with its defer-stream plugin.

mod arguments;
mod directives;
mod fields;
mod fragments;
mod incremental;
mod introspection;
mod operations;
mod overlap;
mod types;
mod values;
mod variables;

use super::super::cost::Shape;
use super::{Context, Node, Rule};

/// All rules for one document.
pub fn all<'a>(shape: Shape) -> Vec<Box<dyn Rule<'a> + 'a>> {
    let mut rules: Vec<Box<dyn Rule<'a> + 'a>> = vec![
        Box::new(operations::Executable),
        Box::new(operations::UniqueNames::default()),
        Box::new(operations::LoneAnonymous),
        Box::new(types::Known),
        Box::new(fragments::OnComposite),
        Box::new(variables::InputTypes),
        Box::new(fields::Leaves),
        Box::new(fields::OnType),
        Box::new(fragments::UniqueNames::default()),
        Box::new(fragments::KnownNames),
        Box::new(fragments::Unused),
        Box::new(fragments::Possible),
        Box::new(fragments::Cycles::default()),
        Box::new(variables::UniqueNames),
        Box::new(variables::Undefined),
        Box::new(variables::Unused),
        Box::new(directives::Known),
        Box::new(directives::Unique),
        Box::new(arguments::Known::default()),
        Box::new(arguments::UniqueNames),
        Box::new(values::OfCorrectType::default()),
        Box::new(arguments::Required),
        Box::new(variables::Positions),
    ];
    // Fragments that contain themselves are refused anyway, and comparing their fields goes deep.
    if !shape.cyclic {
        rules.push(Box::new(overlap::Overlap::default()));
    }
    rules.push(Box::new(values::UniqueFields::default()));
    rules.push(Box::new(introspection::Depth));
    rules.push(Box::new(incremental::Labels::default()));
    rules.push(Box::new(incremental::OnRoot));
    rules.push(Box::new(incremental::StreamOnList));
    rules
}
