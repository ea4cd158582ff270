//! The rules of the GraphQL specification and of incremental delivery, run over a document in one walk.
//!
//! Errors come in the order graphql-js finds them in: all rules see a node, in their order, before the walk goes on.

mod info;
mod rules;
mod usages;
mod walk;

use std::collections::HashMap;

use super::cost::Shape;
use super::error::Fault;
use super::schema::{Schema, TypeRef};
use super::syntax::ast::{Definition, Document, Fragment, SelectionSet};
use info::TypeInfo;
use usages::Usage;
use walk::{Node, Visitor, walk_document};

/// After so many errors graphql-js gives up.
const MOST_ERRORS: usize = 100;

/// What all rules may ask.
struct Context<'a> {
    schema: &'a Schema,
    document: &'a Document<'a>,
    fragments: &'a HashMap<&'a str, &'a Fragment<'a>>,
    info: TypeInfo<'a>,
    usages: &'a HashMap<usize, Vec<Usage<'a>>>,
    errors: Vec<Fault>,
}

impl<'a> Context<'a> {
    fn report(&mut self, message: impl Into<String>, at: impl Into<Vec<usize>>) {
        self.push(Fault::invalid(message, at));
    }

    fn push(&mut self, fault: Fault) {
        match self.errors.len() {
            0..MOST_ERRORS => self.errors.push(fault),
            MOST_ERRORS => {
                let end = "Too many validation errors, error limit reached. Validation aborted.";
                self.errors.push(Fault::invalid(end, []));
            }
            _ => {}
        }
    }

    fn has_reported(&self, message: &str, at: &[usize]) -> bool {
        self.errors
            .iter()
            .any(|fault| fault.at == at && fault.message == message)
    }

    fn is_full(&self) -> bool {
        self.errors.len() > MOST_ERRORS
    }

    fn show(&self, ty: &TypeRef) -> String {
        self.schema.show(ty)
    }
}

/// A rule of validation.
trait Rule<'a> {
    fn enter(&mut self, node: Node<'a>, cx: &mut Context<'a>);
    fn leave(&mut self, _node: Node<'a>, _cx: &mut Context<'a>) {}
}

struct Run<'a> {
    cx: Context<'a>,
    rules: Vec<Box<dyn Rule<'a> + 'a>>,
}

impl<'a> Visitor<'a> for Run<'a> {
    fn enter(&mut self, node: Node<'a>) -> bool {
        self.cx.info.enter(node);
        for rule in &mut self.rules {
            rule.enter(node, &mut self.cx);
        }
        !self.cx.is_full()
    }

    fn leave(&mut self, node: Node<'a>) {
        for rule in &mut self.rules {
            rule.leave(node, &mut self.cx);
        }
        self.cx.info.leave(node);
    }
}

/// All that is wrong with the document.
pub fn validate(schema: &Schema, document: &Document<'_>, shape: Shape) -> Vec<Fault> {
    let variable_types = info::variable_types(schema, document);
    let fragments = fragments(document);
    let usages = usages::collect(schema, document, &variable_types);
    let cx = Context {
        schema,
        document,
        fragments: &fragments,
        info: TypeInfo::new(schema, &variable_types),
        usages: &usages,
        errors: Vec::new(),
    };
    let mut run = Run {
        cx,
        rules: rules::all(shape),
    };
    walk_document(document, &mut run);
    run.cx.errors
}

/// The fragments by name; of two of one name the later counts, as in graphql-js.
fn fragments<'a>(document: &'a Document<'a>) -> HashMap<&'a str, &'a Fragment<'a>> {
    let named = document
        .definitions
        .iter()
        .filter_map(|definition| match definition {
            Definition::Fragment(fragment) => Some((fragment.name.text, fragment)),
            _ => None,
        });
    named.collect()
}

/// The spreads of a selection at any depth, in the order graphql-js lists them: the set's own, then the last inner set's.
fn spreads<'a>(set: &'a SelectionSet<'a>) -> Vec<&'a super::syntax::ast::Spread<'a>> {
    use super::syntax::ast::Selection;
    let mut found = Vec::new();
    let mut sets = vec![set];
    while let Some(set) = sets.pop() {
        for item in &set.items {
            match item {
                Selection::Spread(spread) => found.push(spread),
                Selection::Field(field) => sets.extend(&field.selection),
                Selection::Inline(inline) => sets.push(&inline.selection),
            }
        }
    }
    found
}

/// The fragments a selection uses, directly or through others, each once.
fn referenced<'a>(
    sets: impl Iterator<Item = &'a SelectionSet<'a>>,
    cx: &Context<'a>,
) -> Vec<&'a Fragment<'a>> {
    let mut names: indexmap::IndexSet<&str> = sets
        .flat_map(spreads)
        .map(|spread| spread.name.text)
        .collect();
    let mut found = Vec::new();
    let mut next = 0;
    while let Some(name) = names.get_index(next) {
        next += 1;
        if let Some(&fragment) = cx.fragments.get(name) {
            found.push(fragment);
            names.extend(
                spreads(&fragment.selection)
                    .iter()
                    .map(|spread| spread.name.text),
            );
        }
    }
    found
}
