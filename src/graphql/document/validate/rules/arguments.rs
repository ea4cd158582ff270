//! Arguments are known, given once, and given where they must be.

use indexmap::IndexMap;

use super::super::super::suggest::did_you_mean;
use super::super::super::syntax::ast::{Argument, Name};
use super::{Context, Node, Rule};

/// The field or directive has the argument.
#[derive(Default)]
pub struct Known {
    in_directive: bool,
}

impl<'a> Rule<'a> for Known {
    fn enter(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        match node {
            Node::Directive(directive, _) => {
                self.in_directive = true;
                let name = directive.name.text;
                let Some(def) = cx.schema.directives.get(name) else {
                    return;
                };
                let unknown = directive
                    .arguments
                    .iter()
                    .filter(|arg| !def.arguments.contains_key(arg.name.text));
                for Argument {
                    name: Name { text, at },
                    ..
                } in unknown
                {
                    let hint = did_you_mean(text, def.arguments.keys().map(String::as_str));
                    cx.report(
                        format!("Unknown argument \"{text}\" on directive \"@{name}\".{hint}"),
                        [*at],
                    );
                }
            }
            Node::Argument(argument) if cx.info.argument().is_none() && !self.in_directive => {
                let (Some(field), Some(parent)) = (cx.info.field(), cx.info.parent()) else {
                    return;
                };
                let (name, parent) = (argument.name.text, &cx.schema.get(parent).name);
                let hint = did_you_mean(name, field.arguments.keys().map(String::as_str));
                let message = format!(
                    "Unknown argument \"{name}\" on field \"{parent}.{}\".{hint}",
                    field.name
                );
                cx.report(message, [argument.name.at]);
            }
            _ => {}
        }
    }

    fn leave(&mut self, node: Node<'a>, _cx: &mut Context<'a>) {
        if let Node::Directive(..) = node {
            self.in_directive = false;
        }
    }
}

/// No argument is given twice.
pub struct UniqueNames;

impl<'a> Rule<'a> for UniqueNames {
    fn enter(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        let arguments = match node {
            Node::Field(field) => &field.arguments,
            Node::Directive(directive, _) => &directive.arguments,
            _ => return,
        };
        let mut places: IndexMap<&str, Vec<usize>> = IndexMap::new();
        for argument in arguments {
            places
                .entry(argument.name.text)
                .or_default()
                .push(argument.name.at);
        }
        for (name, places) in places.into_iter().filter(|(_, places)| places.len() > 1) {
            cx.report(
                format!("There can be only one argument named \"{name}\"."),
                places,
            );
        }
    }
}

/// Arguments without default that cannot be null are given.
pub struct Required;

impl<'a> Rule<'a> for Required {
    fn enter(&mut self, _node: Node<'a>, _cx: &mut Context<'a>) {}

    fn leave(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        let (whose, defs, given, at) = match node {
            Node::Field(field) => {
                let Some(def) = cx.info.field() else { return };
                (
                    format!("Field \"{}\"", def.name),
                    &def.arguments,
                    &field.arguments,
                    field.at,
                )
            }
            Node::Directive(directive, _) => {
                let Some(def) = cx.schema.directives.get(directive.name.text) else {
                    return;
                };
                let whose = format!("Directive \"@{}\"", directive.name.text);
                (whose, &def.arguments, &directive.arguments, directive.at)
            }
            _ => return,
        };
        for (name, def) in defs.iter().filter(|(_, def)| def.is_required()) {
            if given.iter().all(|argument| argument.name.text != name) {
                let ty = cx.show(&def.ty);
                let message = format!(
                    "{whose} argument \"{name}\" of type \"{ty}\" is required, but it was not provided."
                );
                cx.report(message, [at]);
            }
        }
    }
}
