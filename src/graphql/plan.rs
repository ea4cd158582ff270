//! Rewrites a document so that async-graphql, which knows no `@defer`, can carry it out.
//!
//! A field's resolver cannot see the fragment around it. So the `@defer` of a fragment moves onto the fragment's fields,
//! as a mark on their response keys: `status` in the second deferred fragment becomes `@1:status`. What is marked is taken
//! out of the enclosing object and delivered as one record a fragment; the marks never reach a client. `@stream` stays
//! where it is, with its arguments made constant. Directives whose `if` is false are gone.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::parser::types::{
    Directive, DocumentOperations, ExecutableDocument, Field, FragmentDefinition, InlineFragment,
    OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Pos, Positioned};
use async_graphql_value::{ConstValue, Value as InputValue};
use serde_json::{Map, Value};

/// A document ready to be executed, once for each request with the same switches.
#[derive(Debug)]
pub(crate) struct Plan {
    /// One anonymous operation and its fragments, rewritten.
    pub(crate) document: ExecutableDocument,
    /// The label of each deferred fragment, by its number.
    pub(crate) labels: Arc<[Option<String>]>,
    /// Whether anything may arrive late.
    pub(crate) incremental: bool,
    /// Whether there are fields in it that no client asked for: see [`without_fillers`].
    pub(crate) filled: bool,
}

/// The response key of a field in an object of which nothing else may be selected: async-graphql takes an object without
/// fields for null, but `{}` is what a fragment on another type selects.
const FILLER: &str = "@nothing";

/// The number of the deferred fragment that a response key is marked with.
pub(crate) fn mark(key: &str) -> Option<usize> {
    key.strip_prefix('@')?.split_once(':')?.0.parse().ok()
}

/// A response key without its mark, as the client wrote it.
pub(crate) fn response_key(key: &str) -> &str {
    match key.strip_prefix('@').and_then(|key| key.split_once(':')) {
        Some((_, key)) => key,
        None => key,
    }
}

/// The variables on which the directives of a document depend; their values select the plan.
pub(crate) fn switches(document: &ExecutableDocument) -> Vec<Name> {
    let mut found = Vec::new();
    for (_, operation) in document.operations.iter() {
        collect_switches(&operation.node.selection_set.node, &mut found);
    }
    for fragment in document.fragments.values() {
        collect_switches(&fragment.node.selection_set.node, &mut found);
    }
    found.sort();
    found.dedup();
    found
}

fn collect_switches(set: &SelectionSet, found: &mut Vec<Name>) {
    for selection in &set.items {
        for directive in selection.node.directives() {
            if is_switch(directive) {
                for (_, value) in &directive.node.arguments {
                    if let InputValue::Variable(name) = &value.node {
                        found.push(name.clone());
                    }
                }
            }
        }
        match &selection.node {
            Selection::Field(field) => collect_switches(&field.node.selection_set.node, found),
            Selection::InlineFragment(fragment) => {
                collect_switches(&fragment.node.selection_set.node, found);
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}

/// Whether a directive decides what the plan looks like.
fn is_switch(directive: &Positioned<Directive>) -> bool {
    let name = directive.node.name.node.as_str();
    matches!(name, "stream" | "defer" | "skip" | "include")
}

/// Plans one operation of a checked document. `variables` are coerced, so a switch is of its declared type.
pub(crate) fn plan(
    document: &ExecutableDocument,
    operation: &Positioned<OperationDefinition>,
    variables: &Map<String, Value>,
) -> Plan {
    let mut rewriter = Rewriter {
        fragments: &document.fragments,
        variables,
        labels: Vec::new(),
        streams: false,
        filled: false,
    };
    let mut operation = operation.clone();
    let root = &mut operation.node.selection_set.node;
    rewriter.selection_set(root, None);
    if root.items.is_empty() {
        rewriter.fill(root);
    }
    let fragments = rewriter.reached(&operation.node.selection_set.node);
    Plan {
        incremental: rewriter.streams || !rewriter.labels.is_empty(),
        document: ExecutableDocument {
            operations: DocumentOperations::Single(operation),
            fragments,
        },
        labels: rewriter.labels.into(),
        filled: rewriter.filled,
    }
}

/// Takes out of an answer what the plan put in for objects that may be empty.
pub(crate) fn without_fillers(value: &mut ConstValue) {
    match value {
        ConstValue::Object(fields) => {
            fields.shift_remove(FILLER);
            fields.values_mut().for_each(without_fillers);
        }
        ConstValue::List(items) => items.iter_mut().for_each(without_fillers),
        _ => {}
    }
}

struct Rewriter<'a> {
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    variables: &'a Map<String, Value>,
    labels: Vec<Option<String>>,
    streams: bool,
    filled: bool,
}

impl Rewriter<'_> {
    /// The fragments that a rewritten operation uses, rewritten themselves.
    fn reached(&mut self, set: &SelectionSet) -> HashMap<Name, Positioned<FragmentDefinition>> {
        let mut reached = HashMap::new();
        let mut open = spreads(set);
        while let Some(name) = open.pop() {
            if let Some(fragment) = self.fragments.get(&name)
                && !reached.contains_key(&name)
            {
                let mut fragment = fragment.clone();
                let set = &mut fragment.node.selection_set.node;
                self.selection_set(set, None);
                open.extend(spreads(set));
                reached.insert(name, fragment);
            }
        }
        reached
    }

    /// Rewrites one selection set; `group` is the deferred fragment whose fields these are. What `@skip` and `@include`
    /// leave out is gone.
    fn selection_set(&mut self, set: &mut SelectionSet, group: Option<usize>) {
        set.items
            .retain_mut(|selection| self.included(selection.node.directives_mut()));
        for selection in &mut set.items {
            self.selection(&mut selection.node, group);
        }
        merge_fields(set);
    }

    fn selection(&mut self, selection: &mut Selection, group: Option<usize>) {
        match selection {
            Selection::Field(field) => self.field(&mut field.node, group),
            Selection::InlineFragment(fragment) => {
                let group = self.defer(&mut fragment.node.directives).or(group);
                self.selection_set(&mut fragment.node.selection_set.node, group);
            }
            Selection::FragmentSpread(spread) => {
                let group = self.defer(&mut spread.node.directives).or(group);
                // Only a deferred spread needs a copy of the fragment of its own: its keys are marked.
                if group.is_some()
                    && let Some(fragment) = self.fragments.get(&spread.node.fragment_name.node)
                {
                    let mut inline = InlineFragment {
                        type_condition: Some(fragment.node.type_condition.clone()),
                        directives: std::mem::take(&mut spread.node.directives),
                        selection_set: fragment.node.selection_set.clone(),
                    };
                    self.selection_set(&mut inline.selection_set.node, group);
                    *selection = Selection::InlineFragment(Positioned::new(inline, spread.pos));
                }
            }
        }
    }

    fn field(&mut self, field: &mut Field, group: Option<usize>) {
        self.stream(&mut field.directives);
        let set = &mut field.selection_set.node;
        let composite = !set.items.is_empty();
        self.selection_set(set, None);
        let is_field = |it: &Positioned<Selection>| matches!(it.node, Selection::Field(_));
        if composite && !set.items.iter().any(is_field) {
            self.fill(set);
        }
        if let Some(group) = group {
            let key = field.response_key().clone();
            field.alias = Some(Positioned::new(
                Name::new(format!("@{group}:{}", key.node)),
                key.pos,
            ));
        }
    }

    /// Adds a field to a set that may select nothing.
    fn fill(&mut self, set: &mut SelectionSet) {
        self.filled = true;
        let name = |text: &str| Positioned::new(Name::new(text), Pos::default());
        let filler = Field {
            alias: Some(name(FILLER)),
            name: name("__typename"),
            arguments: Vec::new(),
            directives: Vec::new(),
            selection_set: Positioned::new(SelectionSet::default(), Pos::default()),
        };
        let filler = Selection::Field(Positioned::new(filler, Pos::default()));
        set.items.push(Positioned::new(filler, Pos::default()));
    }

    /// Takes `@defer` off and gives the number of the new group, if it is switched on.
    fn defer(&mut self, directives: &mut Vec<Positioned<Directive>>) -> Option<usize> {
        let directive = take(directives, "defer")?;
        self.enabled(&directive.node).then(|| {
            self.labels
                .push(string(self.argument(&directive.node, "label")));
            self.labels.len() - 1
        })
    }

    /// Makes the arguments of `@stream` constant, or takes it off if it is switched off.
    fn stream(&mut self, directives: &mut Vec<Positioned<Directive>>) {
        let Some(mut directive) = take(directives, "stream") else {
            return;
        };
        if self.enabled(&directive.node) {
            self.streams = true;
            let mut arguments = std::mem::take(&mut directive.node.arguments);
            arguments.retain(|(name, _)| name.node != "if");
            for (_, value) in &mut arguments {
                if let InputValue::Variable(name) = &value.node {
                    value.node = self.variable(name).into();
                }
            }
            directive.node.arguments = arguments;
            directives.push(directive);
        }
    }

    /// Whether `@skip` and `@include` let a selection in; takes them off.
    fn included(&self, directives: &mut Vec<Positioned<Directive>>) -> bool {
        let skip = take(directives, "skip");
        let include = take(directives, "include");
        let says = |directive: Option<Positioned<Directive>>, value| {
            directive
                .is_some_and(|it| self.argument(&it.node, "if") == Some(ConstValue::Boolean(value)))
        };
        !says(skip, true) && !says(include, false)
    }

    fn enabled(&self, directive: &Directive) -> bool {
        !matches!(
            self.argument(directive, "if"),
            Some(ConstValue::Boolean(false))
        )
    }

    fn argument(&self, directive: &Directive, name: &str) -> Option<ConstValue> {
        let value = &directive.get_argument(name)?.node;
        match value {
            InputValue::Variable(name) => Some(self.variable(name)),
            value => value.clone().into_const(),
        }
    }

    fn variable(&self, name: &Name) -> ConstValue {
        self.variables
            .get(name.as_str())
            .and_then(|value| ConstValue::from_json(value.clone()).ok())
            .unwrap_or_default()
    }
}

fn take(directives: &mut Vec<Positioned<Directive>>, name: &str) -> Option<Positioned<Directive>> {
    let at = directives.iter().position(|it| it.node.name.node == name)?;
    Some(directives.remove(at))
}

fn string(value: Option<ConstValue>) -> Option<String> {
    match value {
        Some(ConstValue::String(text)) => Some(text),
        _ => None,
    }
}

/// Joins fields of one set that have one response key, as the specification's CollectFields does: a streamed field that
/// is written twice must still be streamed once.
fn merge_fields(set: &mut SelectionSet) {
    let mut seen: HashMap<Name, usize> = HashMap::new();
    let mut merged: Vec<Positioned<Selection>> = Vec::with_capacity(set.items.len());
    for selection in set.items.drain(..) {
        if let Selection::Field(field) = &selection.node {
            let key = field.node.response_key().node.clone();
            if let Some(first) = seen.get(&key).map(|at| &mut merged[*at])
                && let Selection::Field(first) = &mut first.node
            {
                let more = field.node.selection_set.node.items.iter().cloned();
                first.node.selection_set.node.items.extend(more);
                merge_fields(&mut first.node.selection_set.node);
                continue;
            }
            seen.insert(key, merged.len());
        }
        merged.push(selection);
    }
    set.items = merged;
}

/// The fragments that a selection set spreads, at any depth of it.
fn spreads(set: &SelectionSet) -> Vec<Name> {
    let spread = set
        .items
        .iter()
        .flat_map(|selection| match &selection.node {
            Selection::Field(field) => spreads(&field.node.selection_set.node),
            Selection::InlineFragment(fragment) => spreads(&fragment.node.selection_set.node),
            Selection::FragmentSpread(spread) => vec![spread.node.fragment_name.node.clone()],
        });
    spread.collect()
}

/// `label` and `initialCount` of an enabled `@stream` on this field.
pub(crate) fn streaming(field: &Field) -> Option<Streaming> {
    let directive = field
        .directives
        .iter()
        .find(|it| it.node.name.node == "stream")?;
    let argument = |name| {
        directive
            .node
            .get_argument(name)
            .and_then(|value| value.node.clone().into_const())
    };
    Some(Streaming {
        label: string(argument("label")),
        initial_count: match argument("initialCount") {
            Some(ConstValue::Number(count)) => count.as_u64().map(|count| count as usize),
            _ => Some(0),
        },
    })
}

/// How a list is to be streamed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Streaming {
    pub(crate) label: Option<String>,
    /// `None` if it is negative, which no schema can forbid.
    pub(crate) initial_count: Option<usize>,
}
