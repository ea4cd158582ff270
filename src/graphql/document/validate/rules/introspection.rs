//! Introspection does not go round in circles.

use std::collections::HashMap;

use super::super::super::syntax::ast::{Field, Selection, SelectionSet};
use super::{Context, Node, Rule};

/// Lists inside lists inside lists of types grow without end; graphql-js allows two.
pub struct Depth;

const MOST_LISTS: usize = 3;

impl<'a> Rule<'a> for Depth {
    fn enter(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        let Node::Field(field) = node else { return };
        if matches!(field.name.text, "__schema" | "__type")
            && field_exceeds(field, 0, &mut HashMap::new(), cx)
        {
            cx.report("Maximum introspection depth exceeded", [field.at]);
        }
    }
}

/// `seen` has the greatest depth at which each fragment was looked into: shallower needs no second look.
type Seen<'a> = HashMap<&'a str, usize>;

fn field_exceeds<'a>(
    field: &'a Field<'a>,
    lists: usize,
    seen: &mut Seen<'a>,
    cx: &Context<'a>,
) -> bool {
    let is_list = matches!(
        field.name.text,
        "fields" | "interfaces" | "possibleTypes" | "inputFields"
    );
    let lists = lists + usize::from(is_list);
    if is_list && lists >= MOST_LISTS {
        return true;
    }
    field
        .selection
        .as_ref()
        .is_some_and(|set| set_exceeds(set, lists, seen, cx))
}

fn set_exceeds<'a>(
    set: &'a SelectionSet<'a>,
    lists: usize,
    seen: &mut Seen<'a>,
    cx: &Context<'a>,
) -> bool {
    set.items.iter().any(|item| match item {
        Selection::Field(field) => field_exceeds(field, lists, seen, cx),
        Selection::Inline(inline) => set_exceeds(&inline.selection, lists, seen, cx),
        Selection::Spread(spread) => {
            let name = spread.name.text;
            if seen.get(name).is_some_and(|&depth| depth >= lists) {
                return false;
            }
            seen.insert(name, lists);
            cx.fragments
                .get(name)
                .is_some_and(|fragment| set_exceeds(&fragment.selection, lists, seen, cx))
        }
    })
}
