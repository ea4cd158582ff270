//! Fields that end under one key of the answer must be the same field.
//!
//! The only rule that compares pairs, so it has a budget: a document that exceeds it is refused, not compared.

use std::collections::HashMap;
use std::hash::Hash;
use std::rc::Rc;

use indexmap::{IndexMap, IndexSet};

use super::super::super::schema::{FieldDef, Schema, TypeId, TypeRef};
use super::super::super::syntax::ast::{Field, Selection, SelectionSet};
use super::super::super::syntax::print_arguments;
use super::super::MOST_ERRORS;
use super::{Context, Node, Rule};

/// Comparisons of two fields, or of a fragment with something, in a whole document.
const BUDGET: usize = 200_000;
/// A conflict of conflicts is told up to here.
const LONGEST_REASON: usize = 1000;
/// And points at so many places.
const MOST_PLACES: usize = 100;

/// A field as selected on a type. Its arguments are printed once, not for every comparison.
struct Entry<'a> {
    parent: Option<TypeId>,
    node: &'a Field<'a>,
    def: Option<&'a FieldDef>,
    arguments: String,
    stream: Option<String>,
}

impl<'a> Entry<'a> {
    fn new(schema: &'a Schema, parent: Option<TypeId>, node: &'a Field<'a>) -> Self {
        let fields = parent.and_then(|id| schema.fields(id));
        let stream = node
            .directives
            .iter()
            .find(|directive| directive.name.text == "stream");
        Self {
            parent,
            node,
            def: fields.and_then(|fields| fields.get(node.name.text)),
            arguments: print_arguments(&node.arguments),
            stream: stream.map(|directive| print_arguments(&directive.arguments)),
        }
    }
}

/// What the selection set at a place asks for by itself: fields by key, and the fragments it spreads.
struct Collected<'a> {
    at: usize,
    fields: IndexMap<&'a str, Vec<Entry<'a>>>,
    fragments: IndexSet<&'a str>,
}

/// Two fields that do not merge.
struct Conflict<'a> {
    key: &'a str,
    reason: String,
    places: (Vec<usize>, Vec<usize>),
}

/// The rule, with what it has compared so far.
#[derive(Default)]
pub struct Overlap<'a> {
    collected: HashMap<usize, Rc<Collected<'a>>>,
    /// Fragments compared with each other, and with the set at some place; the value says whether as exclusive.
    compared: HashMap<(&'a str, &'a str), bool>,
    compared_with: HashMap<(usize, &'a str), bool>,
    spent: usize,
}

impl<'a> Rule<'a> for Overlap<'a> {
    fn enter(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        let Node::SelectionSet(set, inline) = node else {
            return;
        };
        // The fields of an inline fragment are compared with those around it.
        let alone = matches!(set.items[..], [Selection::Field(_) | Selection::Spread(_)]);
        if inline || alone || self.spent > BUDGET {
            return;
        }
        let parent = cx.info.parent();
        let mut search = Search {
            rule: self,
            cx,
            conflicts: Vec::new(),
        };
        search.within(parent, set);
        let conflicts = search.conflicts;
        if self.spent > BUDGET {
            let message = "The document selects the same fields too many times over to compare them all. \
                           Select each field once.";
            cx.report(message, [set.at]);
            return;
        }
        for Conflict {
            key,
            reason,
            places: (mut places, more),
        } in conflicts
        {
            let message = format!(
                "Fields \"{key}\" conflict because {reason}. \
                 Use different aliases on the fields to fetch both if this was intentional."
            );
            places.extend(more);
            // Fragments that conflict meet again in every fragment that spreads them.
            if !cx.has_reported(&message, &places) {
                cx.report(message, places);
            }
        }
    }
}

struct Search<'s, 'a> {
    rule: &'s mut Overlap<'a>,
    cx: &'s Context<'a>,
    conflicts: Vec<Conflict<'a>>,
}

impl<'a> Search<'_, 'a> {
    /// Whether to go on: enough is found, or too much was compared.
    fn spend(&mut self) -> bool {
        self.rule.spent += 1;
        self.rule.spent <= BUDGET && self.conflicts.len() <= MOST_ERRORS
    }

    fn collect(&mut self, parent: Option<TypeId>, set: &'a SelectionSet<'a>) -> Rc<Collected<'a>> {
        if let Some(known) = self.rule.collected.get(&set.at) {
            return known.clone();
        }
        let mut collected = Collected {
            at: set.at,
            fields: IndexMap::new(),
            fragments: IndexSet::new(),
        };
        collect_into(self.cx.schema, parent, set, &mut collected);
        let collected = Rc::new(collected);
        self.rule.collected.insert(set.at, collected.clone());
        collected
    }

    fn collect_fragment(&mut self, name: &str) -> Option<Rc<Collected<'a>>> {
        let fragment = *self.cx.fragments.get(name)?;
        let on = self.cx.schema.find(fragment.on.text);
        Some(self.collect(on, &fragment.selection))
    }

    fn within(&mut self, parent: Option<TypeId>, set: &'a SelectionSet<'a>) {
        let own = self.collect(parent, set);
        for (key, fields) in &own.fields {
            for (at, first) in fields.iter().enumerate() {
                for second in &fields[at + 1..] {
                    if !self.spend() {
                        return;
                    }
                    self.compare(false, key, first, second);
                }
            }
        }
        for (at, fragment) in own.fragments.iter().enumerate() {
            self.fields_and_fragment(false, &own, fragment);
            for other in own.fragments.iter().skip(at + 1) {
                self.fragments(false, fragment, other);
            }
        }
    }

    /// Compares the fields of a set with those of a fragment and of all fragments in it.
    fn fields_and_fragment(&mut self, exclusive: bool, fields: &Collected<'a>, fragment: &'a str) {
        if !self.spend() || fields.fields.is_empty() {
            return;
        }
        if known(
            &mut self.rule.compared_with,
            (fields.at, fragment),
            exclusive,
        ) {
            return;
        }
        let Some(other) = self.collect_fragment(fragment) else {
            return;
        };
        if fields.at == other.at {
            return;
        }
        self.between(exclusive, fields, &other);
        for inner in other.fragments.iter().copied() {
            self.fields_and_fragment(exclusive, fields, inner);
        }
    }

    fn fragments(&mut self, exclusive: bool, first: &'a str, second: &'a str) {
        let pair = if first < second {
            (first, second)
        } else {
            (second, first)
        };
        if !self.spend() || first == second || known(&mut self.rule.compared, pair, exclusive) {
            return;
        }
        let (Some(one), Some(two)) = (self.collect_fragment(first), self.collect_fragment(second))
        else {
            return;
        };
        self.between(exclusive, &one, &two);
        for inner in two.fragments.iter().copied() {
            self.fragments(exclusive, first, inner);
        }
        for inner in one.fragments.iter().copied() {
            self.fragments(exclusive, inner, second);
        }
    }

    fn between(&mut self, exclusive: bool, one: &Collected<'a>, two: &Collected<'a>) {
        for (key, fields) in &one.fields {
            if !self.spend() {
                return;
            }
            let Some(others) = two.fields.get(key) else {
                continue;
            };
            for first in fields {
                for second in others {
                    if !self.spend() {
                        return;
                    }
                    self.compare(exclusive, key, first, second);
                }
            }
        }
    }

    fn compare(&mut self, exclusive: bool, key: &'a str, one: &Entry<'a>, two: &Entry<'a>) {
        let schema = self.cx.schema;
        let objects = |entry: &Entry<'a>| entry.parent.is_some_and(|id| schema.is_object(id));
        let exclusive = exclusive || (one.parent != two.parent && objects(one) && objects(two));
        if let Some(reason) = difference(schema, exclusive, one, two) {
            let places = (vec![one.node.at], vec![two.node.at]);
            self.conflicts.push(Conflict {
                key,
                reason,
                places,
            });
        } else if let (Some(first), Some(second)) = (&one.node.selection, &two.node.selection) {
            let types = [one, two].map(|entry| entry.def.map(|def| def.ty.id()));
            let inner = self.sub_selections(exclusive, (types[0], first), (types[1], second));
            if !inner.is_empty() {
                self.conflicts
                    .push(nested(key, inner, one.node.at, two.node.at));
            }
        }
    }

    fn sub_selections(
        &mut self,
        exclusive: bool,
        one: (Option<TypeId>, &'a SelectionSet<'a>),
        two: (Option<TypeId>, &'a SelectionSet<'a>),
    ) -> Vec<Conflict<'a>> {
        let found = std::mem::take(&mut self.conflicts);
        let (one, two) = (self.collect(one.0, one.1), self.collect(two.0, two.1));
        self.between(exclusive, &one, &two);
        for fragment in &two.fragments {
            self.fields_and_fragment(exclusive, &one, fragment);
        }
        for fragment in &one.fragments {
            self.fields_and_fragment(exclusive, &two, fragment);
        }
        for first in &one.fragments {
            for second in &two.fragments {
                self.fragments(exclusive, first, second);
            }
        }
        std::mem::replace(&mut self.conflicts, found)
    }
}

/// Remembers that two things are compared; `true` if they have been. What was compared as overlapping need not be compared as
/// exclusive, which is laxer.
fn known<K: Eq + Hash>(compared: &mut HashMap<K, bool>, pair: K, exclusive: bool) -> bool {
    match compared.get(&pair) {
        Some(&compared) if exclusive || !compared => true,
        _ => {
            compared.insert(pair, exclusive);
            false
        }
    }
}

/// Why the two fields themselves do not merge, their selections aside.
fn difference(
    schema: &Schema,
    exclusive: bool,
    one: &Entry<'_>,
    two: &Entry<'_>,
) -> Option<String> {
    if !exclusive {
        let (name, other) = (one.node.name.text, two.node.name.text);
        if name != other {
            return Some(format!("\"{name}\" and \"{other}\" are different fields"));
        }
        if one.arguments != two.arguments {
            return Some("they have differing arguments".to_owned());
        }
    }
    if one.stream != two.stream {
        return Some("they have differing stream directives".to_owned());
    }
    let (one, two) = (&one.def?.ty, &two.def?.ty);
    types_conflict(schema, one, two).then(|| {
        format!(
            "they return conflicting types \"{}\" and \"{}\"",
            schema.show(one),
            schema.show(two)
        )
    })
}

fn types_conflict(schema: &Schema, one: &TypeRef, two: &TypeRef) -> bool {
    match (one, two) {
        (TypeRef::List(one), TypeRef::List(two))
        | (TypeRef::NonNull(one), TypeRef::NonNull(two)) => types_conflict(schema, one, two),
        (TypeRef::Named(one), TypeRef::Named(two)) => {
            one != two && (schema.is_leaf(*one) || schema.is_leaf(*two))
        }
        _ => true,
    }
}

/// The conflict two fields have because of what is selected below them.
fn nested<'a>(key: &'a str, inner: Vec<Conflict<'a>>, first: usize, second: usize) -> Conflict<'a> {
    let mut reason = String::new();
    let mut places = (vec![first], vec![second]);
    for conflict in inner {
        if reason.len() > LONGEST_REASON {
            reason.push_str(" and more");
            break;
        }
        let and = if reason.is_empty() { "" } else { " and " };
        reason.push_str(&format!(
            "{and}subfields \"{}\" conflict because {}",
            conflict.key, conflict.reason
        ));
        places.0.extend(conflict.places.0);
        places.1.extend(conflict.places.1);
    }
    places.0.truncate(MOST_PLACES);
    places.1.truncate(MOST_PLACES);
    Conflict {
        key,
        reason,
        places,
    }
}

fn collect_into<'a>(
    schema: &'a Schema,
    parent: Option<TypeId>,
    set: &'a SelectionSet<'a>,
    into: &mut Collected<'a>,
) {
    for item in &set.items {
        match item {
            Selection::Field(node) => {
                let entry = Entry::new(schema, parent, node);
                into.fields
                    .entry(node.response_name())
                    .or_default()
                    .push(entry);
            }
            Selection::Spread(spread) => {
                into.fragments.insert(spread.name.text);
            }
            Selection::Inline(inline) => {
                let on = inline.on.map_or(parent, |on| schema.find(on.text));
                collect_into(schema, on, &inline.selection, into);
            }
        }
    }
}
