//! Rules about fragments: where they may stand, that they are used, that they end.

use std::collections::{HashMap, HashSet};

use super::super::super::syntax::ast::{Definition, Fragment, Name, Spread};
use super::super::{referenced, spreads};
use super::{Context, Node, Rule};

/// Fragments are on objects, interfaces and unions.
pub struct OnComposite;

impl<'a> Rule<'a> for OnComposite {
    fn enter(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        let (whose, on) = match node {
            Node::Inline(inline) => (String::new(), inline.on),
            Node::Fragment(fragment) => (format!(" \"{}\"", fragment.name.text), Some(fragment.on)),
            _ => return,
        };
        let Some(Name { text, at }) = on else { return };
        if cx
            .schema
            .find(text)
            .is_some_and(|id| !cx.schema.is_composite(id))
        {
            cx.report(
                format!("Fragment{whose} cannot condition on non composite type \"{text}\"."),
                [at],
            );
        }
    }
}

/// No two fragments share a name.
#[derive(Default)]
pub struct UniqueNames<'a> {
    known: HashMap<&'a str, usize>,
}

impl<'a> Rule<'a> for UniqueNames<'a> {
    fn enter(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        let Node::Fragment(Fragment { name, .. }) = node else {
            return;
        };
        if let Some(&first) = self.known.get(name.text) {
            cx.report(
                format!("There can be only one fragment named \"{}\".", name.text),
                [first, name.at],
            );
        } else {
            self.known.insert(name.text, name.at);
        }
    }
}

/// Spread fragments are defined.
pub struct KnownNames;

impl<'a> Rule<'a> for KnownNames {
    fn enter(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        let Node::Spread(Spread { name, .. }) = node else {
            return;
        };
        if !cx.fragments.contains_key(name.text) {
            cx.report(format!("Unknown fragment \"{}\".", name.text), [name.at]);
        }
    }
}

/// Defined fragments are spread by some operation.
pub struct Unused;

impl<'a> Rule<'a> for Unused {
    fn enter(&mut self, _node: Node<'a>, _cx: &mut Context<'a>) {}

    fn leave(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        let Node::Document(document) = node else {
            return;
        };
        let selections = document
            .definitions
            .iter()
            .filter_map(|definition| match definition {
                Definition::Operation(operation) => Some(&operation.selection),
                _ => None,
            });
        let used: HashSet<&str> = referenced(selections, cx)
            .iter()
            .map(|fragment| fragment.name.text)
            .collect();
        for definition in &document.definitions {
            if let Definition::Fragment(Fragment { name, at, .. }) = definition
                && !used.contains(name.text)
            {
                cx.report(format!("Fragment \"{}\" is never used.", name.text), [*at]);
            }
        }
    }
}

/// A fragment stands only where an object of its type can be.
pub struct Possible;

impl<'a> Rule<'a> for Possible {
    fn enter(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        let (whose, ty, at) = match node {
            Node::Inline(inline) => (String::new(), cx.info.ty().map(|ty| ty.id()), inline.at),
            Node::Spread(spread) => {
                let fragment = cx.fragments.get(spread.name.text);
                let ty = fragment.and_then(|fragment| cx.schema.find(fragment.on.text));
                (format!(" \"{}\"", spread.name.text), ty, spread.at)
            }
            _ => return,
        };
        let (Some(ty), Some(parent)) = (
            ty.filter(|&id| cx.schema.is_composite(id)),
            cx.info.parent(),
        ) else {
            return;
        };
        if !cx.schema.overlap(ty, parent) {
            let (ty, parent) = (&cx.schema.get(ty).name, &cx.schema.get(parent).name);
            let message = format!(
                "Fragment{whose} cannot be spread here as objects of type \"{parent}\" can never be of type \"{ty}\"."
            );
            cx.report(message, [at]);
        }
    }
}

/// No fragment contains itself.
#[derive(Default)]
pub struct Cycles<'a> {
    visited: HashSet<&'a str>,
    path: Vec<&'a Spread<'a>>,
    open: HashMap<&'a str, usize>,
}

impl<'a> Rule<'a> for Cycles<'a> {
    fn enter(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        if let Node::Fragment(fragment) = node {
            self.follow(fragment, cx);
        }
    }
}

impl<'a> Cycles<'a> {
    /// As deep as fragments contain each other, which the limit on depth bounds.
    fn follow(&mut self, fragment: &'a Fragment<'a>, cx: &mut Context<'a>) {
        let name = fragment.name.text;
        if !self.visited.insert(name) {
            return;
        }
        self.open.insert(name, self.path.len());
        for spread in spreads(&fragment.selection) {
            self.path.push(spread);
            match self.open.get(spread.name.text) {
                Some(&start) => report_cycle(&self.path[start..], cx),
                None => {
                    if let Some(&inner) = cx.fragments.get(spread.name.text) {
                        self.follow(inner, cx);
                    }
                }
            }
            self.path.pop();
        }
        self.open.remove(name);
    }
}

fn report_cycle(path: &[&Spread<'_>], cx: &mut Context<'_>) {
    let Some((last, before)) = path.split_last() else {
        return;
    };
    let via: Vec<String> = before
        .iter()
        .map(|spread| format!("\"{}\"", spread.name.text))
        .collect();
    let via = if via.is_empty() {
        String::new()
    } else {
        format!(" via {}", via.join(", "))
    };
    let places: Vec<usize> = path.iter().map(|spread| spread.at).collect();
    cx.report(
        format!(
            "Cannot spread fragment \"{}\" within itself{via}.",
            last.name.text
        ),
        places,
    );
}
