//! Which types the walk is in: of the selection, of the field, of the value expected here.

use std::collections::HashMap;

use serde_json::Value as Json;

use super::super::schema::{DirectiveDef, FieldDef, InputDef, Schema, TypeId, TypeKind, TypeRef};
use super::super::syntax::ast::{Definition, Document, ValueKind};
use super::walk::Node;

/// The types of the document's variables, by where each is declared.
pub type VariableTypes = HashMap<usize, TypeRef>;

pub fn variable_types(schema: &Schema, document: &Document<'_>) -> VariableTypes {
    let operations = document
        .definitions
        .iter()
        .filter_map(|definition| match definition {
            Definition::Operation(operation) => Some(operation),
            _ => None,
        });
    let variables = operations.flat_map(|operation| &operation.variables);
    variables
        .filter_map(|def| Some((def.at, schema.resolve(&def.ty)?)))
        .collect()
}

/// Stacks of types that grow and shrink with the walk; an entry is `None` where the document is wrong.
pub struct TypeInfo<'a> {
    schema: &'a Schema,
    variable_types: &'a VariableTypes,
    types: Vec<Option<&'a TypeRef>>,
    parents: Vec<Option<TypeId>>,
    fields: Vec<Option<&'a FieldDef>>,
    inputs: Vec<Option<&'a TypeRef>>,
    defaults: Vec<Option<&'a Json>>,
    directive: Option<&'a DirectiveDef>,
    argument: Option<&'a InputDef>,
}

impl<'a> TypeInfo<'a> {
    pub fn new(schema: &'a Schema, variable_types: &'a VariableTypes) -> Self {
        Self {
            schema,
            variable_types,
            types: Vec::new(),
            parents: Vec::new(),
            fields: Vec::new(),
            inputs: Vec::new(),
            defaults: Vec::new(),
            directive: None,
            argument: None,
        }
    }

    /// The type of the field, or of the fragment, we are in.
    pub fn ty(&self) -> Option<&'a TypeRef> {
        self.types.last().copied().flatten()
    }

    /// The type selections here are made on.
    pub fn parent(&self) -> Option<TypeId> {
        self.parents.last().copied().flatten()
    }

    pub fn field(&self) -> Option<&'a FieldDef> {
        self.fields.last().copied().flatten()
    }

    pub fn argument(&self) -> Option<&'a InputDef> {
        self.argument
    }

    /// The type a value here must have.
    pub fn input(&self) -> Option<&'a TypeRef> {
        self.inputs.last().copied().flatten()
    }

    /// The type of the list or object the value is in.
    pub fn parent_input(&self) -> Option<&'a TypeRef> {
        let above = self.inputs.len().checked_sub(2)?;
        self.inputs[above]
    }

    /// What applies if the value here is left out.
    pub fn default(&self) -> Option<&'a Json> {
        self.defaults.last().copied().flatten()
    }

    pub fn enter(&mut self, node: Node<'a>) {
        match node {
            Node::SelectionSet(..) => {
                let named = self.ty().map(TypeRef::id);
                self.parents
                    .push(named.filter(|&id| self.schema.is_composite(id)));
            }
            Node::Field(field) => {
                let def = self
                    .parent()
                    .and_then(|parent| self.schema.field(parent, field.name.text));
                self.fields.push(def);
                self.types.push(def.map(|def| &def.ty));
            }
            Node::Directive(directive, _) => {
                self.directive = self.schema.directives.get(directive.name.text)
            }
            Node::Operation(operation) => {
                let root = self.schema.root(operation.kind);
                self.types.push(root.map(|id| self.plain(id)));
            }
            Node::Inline(inline) => {
                let named = match inline.on {
                    Some(on) => self.schema.find(on.text),
                    None => self.ty().map(TypeRef::id),
                };
                self.push_type(named);
            }
            Node::Fragment(fragment) => self.push_type(self.schema.find(fragment.on.text)),
            Node::VariableDefinition(def) => self.push_input(self.variable_types.get(&def.at)),
            Node::Argument(argument) => self.enter_argument(argument.name.text),
            Node::Value(value) if matches!(value.kind, ValueKind::List(_)) => {
                let list = self.input();
                self.defaults.push(None);
                self.push_input(list.map(|list| list.item().unwrap_or(list.nullable())));
            }
            Node::ObjectField(field) => self.enter_object_field(field.name.text),
            _ => {}
        }
    }

    fn plain(&self, id: TypeId) -> &'a TypeRef {
        let schema: &'a Schema = self.schema;
        &schema.get(id).plain
    }

    fn push_type(&mut self, id: Option<TypeId>) {
        let output = id.filter(|&id| self.schema.is_output(id));
        self.types.push(output.map(|id| self.plain(id)));
    }

    fn push_input(&mut self, ty: Option<&'a TypeRef>) {
        self.inputs
            .push(ty.filter(|ty| self.schema.is_input(ty.id())));
    }

    fn enter_argument(&mut self, name: &str) {
        let arguments = match (self.directive, self.field()) {
            (Some(directive), _) => Some(&directive.arguments),
            (None, Some(field)) => Some(&field.arguments),
            (None, None) => None,
        };
        self.argument = arguments.and_then(|arguments| arguments.get(name));
        self.defaults
            .push(self.argument.and_then(|def| def.default.as_ref()));
        self.push_input(self.argument.map(|def| &def.ty));
    }

    fn enter_object_field(&mut self, name: &str) {
        let schema: &'a Schema = self.schema;
        let def = self.input().and_then(|ty| match &schema.get(ty.id()).kind {
            TypeKind::Input { fields, .. } => fields.get(name),
            _ => None,
        });
        self.defaults.push(def.and_then(|def| def.default.as_ref()));
        self.push_input(def.map(|def| &def.ty));
    }

    pub fn leave(&mut self, node: Node<'a>) {
        match node {
            Node::SelectionSet(..) => drop(self.parents.pop()),
            Node::Field(_) => {
                self.fields.pop();
                self.types.pop();
            }
            Node::Directive(..) => self.directive = None,
            Node::Operation(_) | Node::Inline(_) | Node::Fragment(_) => drop(self.types.pop()),
            Node::VariableDefinition(_) => drop(self.inputs.pop()),
            Node::Argument(_) => {
                self.argument = None;
                self.leave_input();
            }
            Node::Value(value) if matches!(value.kind, ValueKind::List(_)) => self.leave_input(),
            Node::ObjectField(_) => self.leave_input(),
            _ => {}
        }
    }

    fn leave_input(&mut self) {
        self.defaults.pop();
        self.inputs.pop();
    }
}
