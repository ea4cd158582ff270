//! Types a document names exist.

use super::super::super::suggest::did_you_mean;
use super::{Context, Node, Rule};

/// Fragments and variables name known types.
pub struct Known;

impl<'a> Rule<'a> for Known {
    fn enter(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        let Node::NamedType(name) = node else { return };
        if cx.schema.find(name.text).is_none() {
            let hint = did_you_mean(name.text, cx.schema.names());
            cx.report(format!("Unknown type \"{}\".{hint}", name.text), [name.at]);
        }
    }
}
