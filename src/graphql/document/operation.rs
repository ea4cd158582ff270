//! What is kept of a document once it is checked: its operations and what their variables must be.

use serde_json::Value;

use super::error::{DocumentError, Lines, Location, OPERATION_RESOLUTION};
use super::schema::{Schema, TypeRef};
use super::syntax::ast::{self, Definition, Document, OperationKind};
use super::variables::literal;

/// An operation of a checked document.
#[derive(Debug)]
pub struct Operation {
    /// Its name, if it has one.
    pub name: Option<String>,
    /// What it does.
    pub kind: OperationKind,
    /// Where it stands.
    pub location: Location,
    pub(super) variables: Vec<Variable>,
    /// The schema has no root type for it.
    pub(super) unsupported: bool,
}

/// A variable an operation declares.
#[derive(Debug)]
pub(super) struct Variable {
    pub name: String,
    pub ty: TypeRef,
    pub default: Option<Value>,
    pub location: Location,
}

impl Operation {
    /// What upstream says to an operation its schema has no root type for.
    pub(super) fn refusal(&self) -> Option<DocumentError> {
        self.unsupported.then(|| DocumentError {
            message: format!(
                "Schema is not configured to execute {} operation.",
                self.kind.keyword()
            ),
            locations: vec![self.location],
            code: None,
        })
    }
}

/// The operations of a document; variables of unknown types are left out, for validation refuses the document anyway.
pub(super) fn collect(
    schema: &Schema,
    document: &Document<'_>,
    lines: &Lines<'_>,
) -> Vec<Operation> {
    let operation = |definition: &Definition<'_>| match definition {
        Definition::Operation(operation) => Some(Operation {
            name: operation.name.map(|name| name.text.to_owned()),
            kind: operation.kind,
            location: lines.locate(operation.at),
            variables: operation
                .variables
                .iter()
                .filter_map(|def| variable(schema, def, lines))
                .collect(),
            unsupported: schema.root(operation.kind).is_none(),
        }),
        _ => None,
    };
    document.definitions.iter().filter_map(operation).collect()
}

fn variable(
    schema: &Schema,
    def: &ast::VariableDefinition<'_>,
    lines: &Lines<'_>,
) -> Option<Variable> {
    let ty = schema.resolve(&def.ty)?;
    let default = def
        .default
        .as_ref()
        .map(|value| literal::coerced(schema, value, &ty));
    Some(Variable {
        name: def.name.text.to_owned(),
        ty,
        default,
        location: lines.locate(def.at),
    })
}

/// The operation a request means: the one of that name, or the only one.
pub(super) fn select<'o>(
    operations: &'o [Operation],
    name: Option<&str>,
) -> Result<&'o Operation, DocumentError> {
    let found = match (name, operations) {
        (None, [only]) => Some(only),
        (None, _) => None,
        // Names are unique in a valid document; of an invalid one, only errors will be told.
        (Some(_), _) => operations
            .iter()
            .find(|operation| operation.name.as_deref() == name),
    };
    found.ok_or_else(|| DocumentError {
        message: "Could not determine what operation to execute.".to_owned(),
        locations: Vec::new(),
        code: Some(OPERATION_RESOLUTION),
    })
}
