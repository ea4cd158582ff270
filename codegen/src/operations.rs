//! Reads from upstream's operations which fields arrive late: there is no list of them anywhere else.
use std::collections::{BTreeMap, BTreeSet};

use graphql_parser::query::{
    Definition, Directive, Document, FragmentDefinition, OperationDefinition, Selection,
    SelectionSet, TypeCondition,
};

use crate::{
    error::Errors,
    schema::Schema,
    sdl::{Kind, Source, syntax_error},
};

type Text = String;

/// A field of a type.
type FieldOf = (String, String);

/// The fields that some client wants to arrive late.
#[derive(Debug, Default)]
pub struct Late {
    streamed: BTreeSet<FieldOf>,
    deferred: BTreeSet<FieldOf>,
}

impl Late {
    /// Collects the marks of all operations. A mark on a field of an interface holds for all types that implement it, and the
    /// other way round, since both must have the same Rust type.
    pub fn collect(schema: &Schema, operations: &[Source]) -> Result<Self, Errors> {
        let mut late = Late::default();
        let mut errors = Errors::default();
        for source in operations {
            match graphql_parser::parse_query::<Text>(&source.text) {
                Ok(document) => Walk::new(schema, &document, &mut late).run(&document),
                Err(error) => errors
                    .0
                    .extend(syntax_error(&source.path, &error.to_string()).0),
            }
        }
        spread(schema, &mut late.streamed);
        spread(schema, &mut late.deferred);
        errors.or(late)
    }

    /// Whether some client marks the field `@stream`.
    pub fn streams(&self, ty: &str, field: &str) -> bool {
        self.streamed.contains(&(ty.to_owned(), field.to_owned()))
    }

    /// Whether some client asks for the field in a fragment marked `@defer`.
    pub fn defers(&self, ty: &str, field: &str) -> bool {
        self.deferred.contains(&(ty.to_owned(), field.to_owned()))
    }
}

struct Walk<'a> {
    schema: &'a Schema,
    fragments: BTreeMap<&'a str, &'a FragmentDefinition<'a, Text>>,
    /// The fragments being walked: one may not contain itself, but a broken operation might say so.
    open: Vec<&'a str>,
    late: &'a mut Late,
}

impl<'a> Walk<'a> {
    fn new(schema: &'a Schema, document: &'a Document<'a, Text>, late: &'a mut Late) -> Self {
        let fragments = document
            .definitions
            .iter()
            .filter_map(|definition| match definition {
                Definition::Fragment(fragment) => Some((fragment.name.as_str(), fragment)),
                Definition::Operation(_) => None,
            });
        Self {
            schema,
            fragments: fragments.collect(),
            open: Vec::new(),
            late,
        }
    }

    fn run(mut self, document: &'a Document<'a, Text>) {
        let schema = self.schema;
        for definition in &document.definitions {
            let Definition::Operation(operation) = definition else {
                continue;
            };
            let (root, selection) = match operation {
                OperationDefinition::SelectionSet(selection) => (schema.query(), selection),
                OperationDefinition::Query(query) => (schema.query(), &query.selection_set),
                OperationDefinition::Mutation(mutation) => {
                    (schema.mutation(), &mutation.selection_set)
                }
                OperationDefinition::Subscription(subscription) => {
                    (schema.subscription(), &subscription.selection_set)
                }
            };
            if let Some(root) = root {
                self.selection(&root.name.text, selection, false);
            }
        }
    }

    fn selection(&mut self, on: &str, selection: &'a SelectionSet<'a, Text>, deferred: bool) {
        for item in &selection.items {
            match item {
                Selection::Field(field) => {
                    let Some(definition) = self.schema.field(on, &field.name) else {
                        continue;
                    };
                    if deferred {
                        self.late
                            .deferred
                            .insert((on.to_owned(), field.name.clone()));
                    }
                    if marked(&field.directives, "stream") {
                        self.late
                            .streamed
                            .insert((on.to_owned(), field.name.clone()));
                    }
                    self.selection(&definition.ty.name().text, &field.selection_set, false);
                }
                Selection::InlineFragment(fragment) => {
                    let on = fragment.type_condition.as_ref().map_or(on, condition);
                    self.selection(
                        on,
                        &fragment.selection_set,
                        deferred || marked(&fragment.directives, "defer"),
                    );
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.fragment_name.as_str();
                    let Some(fragment) = self.fragments.get(name).copied() else {
                        continue;
                    };
                    if !self.open.contains(&name) {
                        self.open.push(name);
                        let deferred = deferred || marked(&spread.directives, "defer");
                        self.selection(
                            condition(&fragment.type_condition),
                            &fragment.selection_set,
                            deferred,
                        );
                        self.open.pop();
                    }
                }
            }
        }
    }
}

fn condition<'a>(condition: &'a TypeCondition<'_, Text>) -> &'a str {
    let TypeCondition::On(name) = condition;
    name
}

fn marked(directives: &[Directive<'_, Text>], name: &str) -> bool {
    directives.iter().any(|directive| directive.name == name)
}

/// Marks a field in all types that share it through an interface.
fn spread(schema: &Schema, marks: &mut BTreeSet<FieldOf>) {
    loop {
        let before = marks.len();
        for interface in schema
            .types()
            .iter()
            .filter(|ty| ty.kind == Kind::Interface)
        {
            let family: Vec<&str> = schema
                .possible_types(interface)
                .into_iter()
                .chain([interface])
                .map(|ty| ty.name.text.as_str())
                .collect();
            for field in &interface.fields {
                let of = |ty: &str| (ty.to_owned(), field.name.text.clone());
                if family.iter().any(|ty| marks.contains(&of(ty))) {
                    marks.extend(family.iter().map(|ty| of(ty)));
                }
            }
        }
        if marks.len() == before {
            return;
        }
    }
}
