//! Rules about operations as a whole.

use std::collections::HashMap;

use super::super::super::syntax::ast::Definition;
use super::{Context, Node, Rule};

/// A request contains operations and fragments, no type definitions.
pub struct Executable;

impl<'a> Rule<'a> for Executable {
    fn enter(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        let Node::Document(document) = node else {
            return;
        };
        for definition in &document.definitions {
            if let Definition::System(system) = definition {
                let name = system
                    .name
                    .map_or("schema".to_owned(), |name| format!("\"{}\"", name.text));
                cx.report(
                    format!("The {name} definition is not executable."),
                    [system.at],
                );
            }
        }
    }
}

/// No two operations share a name.
#[derive(Default)]
pub struct UniqueNames<'a> {
    known: HashMap<&'a str, usize>,
}

impl<'a> Rule<'a> for UniqueNames<'a> {
    fn enter(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        let Node::Operation(operation) = node else {
            return;
        };
        let Some(name) = operation.name else { return };
        if let Some(&first) = self.known.get(name.text) {
            cx.report(
                format!("There can be only one operation named \"{}\".", name.text),
                [first, name.at],
            );
        } else {
            self.known.insert(name.text, name.at);
        }
    }
}

/// An operation without a name stands alone.
pub struct LoneAnonymous;

impl<'a> Rule<'a> for LoneAnonymous {
    fn enter(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        let Node::Operation(operation) = node else {
            return;
        };
        if operation.name.is_some() {
            return;
        }
        let is_operation =
            |definition: &&Definition<'_>| matches!(definition, Definition::Operation(_));
        if cx
            .document
            .definitions
            .iter()
            .filter(is_operation)
            .nth(1)
            .is_some()
        {
            cx.report(
                "This anonymous operation must be the only defined operation.",
                [operation.at],
            );
        }
    }
}
