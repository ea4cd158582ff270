//! Variables are declared once, with input types, and used, where their types fit.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::super::super::schema::TypeRef;
use super::super::super::syntax::ast::{Operation, ValueKind, VariableDefinition};
use super::super::super::syntax::print_type;
use super::super::usages::Usage;
use super::{Context, Node, Rule};

/// Variables have types one can put in.
pub struct InputTypes;

impl<'a> Rule<'a> for InputTypes {
    fn enter(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        let Node::VariableDefinition(VariableDefinition { name, ty, .. }) = node else {
            return;
        };
        if cx
            .schema
            .find(ty.name().text)
            .is_some_and(|id| !cx.schema.is_input(id))
        {
            let shown = print_type(ty);
            cx.report(
                format!(
                    "Variable \"${}\" cannot be non-input type \"{shown}\".",
                    name.text
                ),
                [ty.at()],
            );
        }
    }
}

/// No two variables of an operation share a name.
pub struct UniqueNames;

impl<'a> Rule<'a> for UniqueNames {
    fn enter(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        let Node::Operation(operation) = node else {
            return;
        };
        let mut places: IndexMap<&str, Vec<usize>> = IndexMap::new();
        for variable in &operation.variables {
            places
                .entry(variable.name.text)
                .or_default()
                .push(variable.name.at);
        }
        for (name, places) in places.into_iter().filter(|(_, places)| places.len() > 1) {
            cx.report(
                format!("There can be only one variable named \"${name}\"."),
                places,
            );
        }
    }
}

/// Variables used are declared.
pub struct Undefined;

impl<'a> Rule<'a> for Undefined {
    fn enter(&mut self, _node: Node<'a>, _cx: &mut Context<'a>) {}

    fn leave(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        let Node::Operation(operation) = node else {
            return;
        };
        let declared: HashSet<&str> = operation
            .variables
            .iter()
            .map(|variable| variable.name.text)
            .collect();
        for Usage { name, .. } in cx.usages_of(operation) {
            if !declared.contains(name.text) {
                let by = operation.name.map_or(String::new(), |name| {
                    format!(" by operation \"{}\"", name.text)
                });
                cx.report(
                    format!("Variable \"${}\" is not defined{by}.", name.text),
                    [name.at, operation.at],
                );
            }
        }
    }
}

/// Variables declared are used.
pub struct Unused;

impl<'a> Rule<'a> for Unused {
    fn enter(&mut self, _node: Node<'a>, _cx: &mut Context<'a>) {}

    fn leave(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        let Node::Operation(operation) = node else {
            return;
        };
        let used: HashSet<&str> = cx
            .usages_of(operation)
            .map(|usage| usage.name.text)
            .collect();
        for VariableDefinition { at, name, .. } in &operation.variables {
            if !used.contains(name.text) {
                let whose = operation.name.map_or(String::new(), |name| {
                    format!(" in operation \"{}\"", name.text)
                });
                cx.report(
                    format!("Variable \"${}\" is never used{whose}.", name.text),
                    [*at],
                );
            }
        }
    }
}

/// A variable's type fits where the variable is used.
pub struct Positions;

impl<'a> Rule<'a> for Positions {
    fn enter(&mut self, _node: Node<'a>, _cx: &mut Context<'a>) {}

    fn leave(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        let Node::Operation(operation) = node else {
            return;
        };
        // Of two declarations of one name the later counts.
        let declared = operation
            .variables
            .iter()
            .map(|variable| (variable.name.text, variable))
            .collect();
        for usage in cx.usages_of(operation) {
            check_position(&usage, operation, &declared, cx);
        }
    }
}

type Declared<'a> = std::collections::HashMap<&'a str, &'a VariableDefinition<'a>>;

fn check_position<'a>(
    usage: &Usage<'a>,
    _operation: &'a Operation<'a>,
    declared: &Declared<'a>,
    cx: &mut Context<'a>,
) {
    let Some(def) = declared.get(usage.name.text) else {
        return;
    };
    let (Some(expected), Some(ty)) = (usage.expected, cx.schema.resolve(&def.ty)) else {
        return;
    };
    let name = usage.name.text;
    if !allowed(def, &ty, expected, usage, cx) {
        let (ty, expected) = (cx.show(&ty), cx.show(expected));
        let message = format!(
            "Variable \"${name}\" of type \"{ty}\" used in position expecting type \"{expected}\"."
        );
        cx.report(message, [def.at, usage.name.at]);
    }
    if let Some(object) = usage.one_of
        && !ty.is_non_null()
    {
        let ty = cx.show(&ty);
        let message = format!(
            "Variable \"${name}\" is of type \"{ty}\" but must be non-nullable to be used for OneOf Input Object \"{object}\"."
        );
        cx.report(message, [def.at, usage.name.at]);
    }
}

/// A nullable variable may stand where null may not if a default keeps null away.
fn allowed(
    def: &VariableDefinition<'_>,
    ty: &TypeRef,
    expected: &TypeRef,
    usage: &Usage<'_>,
    cx: &Context<'_>,
) -> bool {
    if expected.is_non_null() && !ty.is_non_null() {
        let has_default = def
            .default
            .as_ref()
            .is_some_and(|value| !matches!(value.kind, ValueKind::Null));
        return (has_default || usage.default.is_some()) && cx.schema.fits(ty, expected.nullable());
    }
    cx.schema.fits(ty, expected)
}
