//! Directives are known, stand where they may, and as often as they may.

use std::collections::HashMap;

use super::{Context, Node, Rule};

/// The directive exists and may stand here.
pub struct Known;

impl<'a> Rule<'a> for Known {
    fn enter(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        let Node::Directive(directive, place) = node else {
            return;
        };
        let name = directive.name.text;
        match cx.schema.directives.get(name) {
            None => cx.report(format!("Unknown directive \"@{name}\"."), [directive.at]),
            Some(def) if def.locations.iter().all(|location| location != place) => {
                cx.report(
                    format!("Directive \"@{name}\" may not be used on {place}."),
                    [directive.at],
                );
            }
            Some(_) => {}
        }
    }
}

/// A directive stands once at a place, unless it is repeatable.
pub struct Unique;

impl<'a> Rule<'a> for Unique {
    fn enter(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for directive in node.directives() {
            let name = directive.name.text;
            if cx
                .schema
                .directives
                .get(name)
                .is_none_or(|def| def.repeatable)
            {
                continue;
            }
            if let Some(&first) = seen.get(name) {
                let message =
                    format!("The directive \"@{name}\" can only be used once at this location.");
                cx.report(message, [first, directive.at]);
            } else {
                seen.insert(name, directive.at);
            }
        }
    }
}
