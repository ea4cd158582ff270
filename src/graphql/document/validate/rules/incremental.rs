//! The rules of `@defer` and `@stream`.

use std::collections::HashMap;

use super::super::super::syntax::ast::{OperationKind, ValueKind};
use super::{Context, Node, Rule};

/// Labels are literal and unique: patches are told apart by them.
#[derive(Default)]
pub struct Labels {
    known: HashMap<String, usize>,
}

impl<'a> Rule<'a> for Labels {
    fn enter(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        let Node::Directive(directive, _) = node else {
            return;
        };
        let name = directive.name.text;
        if !matches!(name, "defer" | "stream") {
            return;
        }
        let label = directive
            .arguments
            .iter()
            .find(|argument| argument.name.text == "label");
        match label.map(|argument| &argument.value.kind) {
            None => {}
            Some(ValueKind::String { value, .. }) => {
                if let Some(&first) = self.known.get(value.as_ref()) {
                    let message = "Defer/Stream directive label argument must be unique.";
                    cx.report(message, [first, directive.at]);
                } else {
                    self.known.insert(value.to_string(), directive.at);
                }
            }
            Some(_) => {
                cx.report(
                    format!("Directive \"{name}\"'s label argument must be a static string."),
                    [directive.at],
                );
            }
        }
    }
}

/// Neither is of use at the root of a mutation: its fields run one after the other.
pub struct OnRoot;

impl<'a> Rule<'a> for OnRoot {
    fn enter(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        let Node::Directive(directive, _) = node else {
            return;
        };
        let Some(parent) = cx.info.parent() else {
            return;
        };
        let shown = match directive.name.text {
            "defer" => "Defer",
            "stream" => "Stream",
            _ => return,
        };
        for kind in [OperationKind::Mutation, OperationKind::Subscription] {
            if cx.schema.root(kind) == Some(parent) {
                let (root, name) = (kind.keyword(), &cx.schema.get(parent).name);
                let message =
                    format!("{shown} directive cannot be used on root {root} type \"{name}\".");
                cx.report(message, [directive.at]);
            }
        }
    }
}

/// Only lists can be streamed.
pub struct StreamOnList;

impl<'a> Rule<'a> for StreamOnList {
    fn enter(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        let Node::Directive(directive, _) = node else {
            return;
        };
        let (Some(field), Some(parent)) = (cx.info.field(), cx.info.parent()) else {
            return;
        };
        if directive.name.text == "stream" && field.ty.item().is_none() {
            let (name, parent) = (&field.name, &cx.schema.get(parent).name);
            let message = format!(
                "Stream directive cannot be used on non-list field \"{name}\" on type \"{parent}\"."
            );
            cx.report(message, [directive.at]);
        }
    }
}
