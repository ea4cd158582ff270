//! Where variables are used, and what is expected of them there: several rules ask, also of fragments yet to come.

use std::collections::HashMap;

use serde_json::Value as Json;

use super::super::schema::{Schema, TypeKind, TypeRef};
use super::super::syntax::ast::{Definition, Document, Name, Operation, ValueKind};
use super::info::{TypeInfo, VariableTypes};
use super::walk::{Node, Visitor, walk_definition};
use super::{Context, referenced};

/// One use of a variable.
#[derive(Debug, Clone, Copy)]
pub struct Usage<'a> {
    pub name: Name<'a>,
    /// What is expected here; `None` where the document is wrong.
    pub expected: Option<&'a TypeRef>,
    /// Leaving the value out here would do.
    pub default: Option<&'a Json>,
    /// The name of the "one of" input object it is a field of.
    pub one_of: Option<&'a str>,
}

struct Collector<'a> {
    schema: &'a Schema,
    info: TypeInfo<'a>,
    found: Vec<Usage<'a>>,
}

impl<'a> Visitor<'a> for Collector<'a> {
    fn enter(&mut self, node: Node<'a>) -> bool {
        self.info.enter(node);
        if let Node::Value(value) = node
            && let ValueKind::Variable(text) = value.kind
        {
            let schema: &'a Schema = self.schema;
            let parent = self.info.parent_input().map(|ty| schema.get(ty.id()));
            self.found.push(Usage {
                name: Name { text, at: value.at },
                expected: self.info.input(),
                default: self.info.default(),
                one_of: parent
                    .filter(|ty| matches!(ty.kind, TypeKind::Input { one_of: true, .. }))
                    .map(|ty| ty.name.as_str()),
            });
        }
        !matches!(node, Node::VariableDefinition(_))
    }

    fn leave(&mut self, node: Node<'a>) {
        self.info.leave(node);
    }
}

/// The uses in each operation and fragment, by where it starts.
pub fn collect<'a>(
    schema: &'a Schema,
    document: &'a Document<'a>,
    variable_types: &'a VariableTypes,
) -> HashMap<usize, Vec<Usage<'a>>> {
    let mut all = HashMap::new();
    for definition in &document.definitions {
        let at = match definition {
            Definition::Operation(operation) => operation.at,
            Definition::Fragment(fragment) => fragment.at,
            Definition::System(_) => continue,
        };
        let info = TypeInfo::new(schema, variable_types);
        let mut collector = Collector {
            schema,
            info,
            found: Vec::new(),
        };
        walk_definition(definition, &mut collector);
        all.insert(at, collector.found);
    }
    all
}

impl<'a> Context<'a> {
    /// The uses in an operation, then in the fragments it spreads.
    pub fn usages_of(
        &self,
        operation: &'a Operation<'a>,
    ) -> impl Iterator<Item = Usage<'a>> + use<'a> {
        let fragments = referenced(std::iter::once(&operation.selection), self);
        let places =
            std::iter::once(operation.at).chain(fragments.into_iter().map(|fragment| fragment.at));
        let usages = self.usages;
        places.filter_map(|at| usages.get(&at)).flatten().copied()
    }
}
