//! Fragments on unions, inside of fragments on what is a member of them.
//!
//! Of an object async-graphql asks whether it is of a fragment's type, or implements it; that it is a member of it goes unseen,
//! and what is selected there would be missing. Where nothing that is not a member can stand, the condition excludes nothing
//! and is taken off.

use std::collections::HashMap;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, FragmentDefinition, InlineFragment, Selection,
    SelectionSet,
};
use async_graphql::{Name, Positioned};

/// Takes the conditions off that exclude nothing: `covering` tells them by the type's name. The document is valid.
pub(crate) fn without_conditions(
    document: &mut ExecutableDocument,
    covering: impl Fn(&str) -> bool,
) {
    let fragments = std::mem::take(&mut document.fragments);
    let (of_unions, others) = fragments
        .into_iter()
        .partition(|(_, fragment)| covering(&fragment.node.type_condition.node.on.node));
    document.fragments = others;
    let unions = Unions {
        covering,
        fragments: of_unions,
    };
    match &mut document.operations {
        DocumentOperations::Single(operation) => {
            unions.selection_set(&mut operation.node.selection_set.node);
        }
        DocumentOperations::Multiple(operations) => {
            for operation in operations.values_mut() {
                unions.selection_set(&mut operation.node.selection_set.node);
            }
        }
    }
    for fragment in document.fragments.values_mut() {
        unions.selection_set(&mut fragment.node.selection_set.node);
    }
}

struct Unions<F> {
    covering: F,
    /// The fragments on such unions, as they are written.
    fragments: HashMap<Name, Positioned<FragmentDefinition>>,
}

impl<F: Fn(&str) -> bool> Unions<F> {
    fn selection_set(&self, set: &mut SelectionSet) {
        for selection in &mut set.items {
            // A named fragment must have a condition; its copy need not.
            if let Selection::FragmentSpread(spread) = &mut selection.node
                && let Some(fragment) = self.fragments.get(&spread.node.fragment_name.node)
            {
                let inline = InlineFragment {
                    type_condition: None,
                    directives: std::mem::take(&mut spread.node.directives),
                    selection_set: fragment.node.selection_set.clone(),
                };
                selection.node = Selection::InlineFragment(Positioned::new(inline, selection.pos));
            }
            match &mut selection.node {
                Selection::Field(field) => {
                    self.selection_set(&mut field.node.selection_set.node);
                }
                Selection::InlineFragment(fragment) => {
                    let condition = &mut fragment.node.type_condition;
                    condition.take_if(|it| (self.covering)(&it.node.on.node));
                    self.selection_set(&mut fragment.node.selection_set.node);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }
}
