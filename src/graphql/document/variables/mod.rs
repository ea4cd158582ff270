//! The variables of a request, checked against their types and completed with defaults.
//!
//! Most of a request's bytes are here: messages, states. So the check borrows and allocates only to complain, and what it
//! lets pass is completed in place.

pub mod literal;

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::error::{DocumentError, cut};
use super::js;
use super::operation::{Operation, Variable};
use super::schema::{Inputs, Schema, TypeId, TypeKind, TypeRef};
use super::suggest::did_you_mean;

/// After so many errors graphql-js gives up.
const MOST_ERRORS: usize = 50;

/// Checks the request's variables and returns those the operation declares, defaults filled in.
pub fn coerce(
    schema: &Schema,
    operation: &Operation,
    mut given: Map<String, Value>,
) -> Result<Map<String, Value>, Vec<DocumentError>> {
    let mut errors = Errors {
        found: Vec::new(),
        full: false,
    };
    for variable in &operation.variables {
        check_variable(schema, variable, given.get(&variable.name), &mut errors);
    }
    if !errors.found.is_empty() {
        return Err(errors.found);
    }
    let mut coerced = Map::new();
    for variable in &operation.variables {
        if let Some(mut value) = given.swap_remove(&variable.name) {
            complete(schema, &variable.ty, &mut value);
            coerced.insert(variable.name.clone(), value);
        } else if let Some(default) = &variable.default {
            coerced.insert(variable.name.clone(), default.clone());
        }
    }
    Ok(coerced)
}

struct Errors {
    found: Vec<DocumentError>,
    full: bool,
}

impl Errors {
    fn push(&mut self, variable: &Variable, message: String) {
        if self.full {
            return;
        }
        let (mut message, locations) = if self.found.len() < MOST_ERRORS {
            (message, vec![variable.location])
        } else {
            self.full = true;
            let end =
                "Too many errors processing variables, error limit reached. Execution aborted.";
            (end.to_owned(), Vec::new())
        };
        cut(&mut message);
        self.found.push(DocumentError {
            message,
            locations,
            code: None,
        });
    }
}

fn check_variable(
    schema: &Schema,
    variable: &Variable,
    value: Option<&Value>,
    errors: &mut Errors,
) {
    let name = &variable.name;
    let shown = || schema.show(&variable.ty);
    match value {
        None if variable.default.is_none() && variable.ty.is_non_null() => {
            errors.push(
                variable,
                format!(
                    "Variable \"${name}\" of required type \"{}\" was not provided.",
                    shown()
                ),
            );
        }
        None => {}
        Some(Value::Null) if variable.ty.is_non_null() => {
            let message = format!(
                "Variable \"${name}\" of non-null type \"{}\" must not be null.",
                shown()
            );
            errors.push(variable, message);
        }
        Some(value) => Check {
            schema,
            variable,
            errors,
        }
        .value(value, &variable.ty, &Path::Root),
    }
}

/// Where in a variable's value we are; a list through the stack, made into text only for an error.
enum Path<'p> {
    Root,
    Field(&'p Path<'p>, &'p str),
    Item(&'p Path<'p>, usize),
}

impl Path<'_> {
    fn write(&self, out: &mut String) {
        match self {
            Self::Root => {}
            Self::Field(parent, name) => {
                parent.write(out);
                out.push('.');
                out.push_str(name);
            }
            Self::Item(parent, index) => {
                parent.write(out);
                // Writing to a string does not fail.
                let _ = write!(out, "[{index}]");
            }
        }
    }
}

struct Check<'c> {
    schema: &'c Schema,
    variable: &'c Variable,
    errors: &'c mut Errors,
}

impl<'c> Check<'c> {
    fn refuse(&mut self, path: &Path<'_>, value: &Value, complaint: &str) {
        if self.errors.full {
            return;
        }
        let name = &self.variable.name;
        let mut message = format!(
            "Variable \"${name}\" got invalid value {}",
            js::inspect(value, js::OUTER)
        );
        let mut place = String::new();
        path.write(&mut place);
        if !place.is_empty() {
            message.push_str(&format!(" at \"{name}{place}\""));
        }
        message.push_str("; ");
        message.push_str(complaint);
        self.errors.push(self.variable, message);
    }

    fn value(&mut self, value: &Value, ty: &TypeRef, path: &Path<'_>) {
        match (ty, value) {
            // The rest cannot be told any more.
            _ if self.errors.full => {}
            (TypeRef::NonNull(_), Value::Null) => {
                let complaint = format!(
                    "Expected non-nullable type \"{}\" not to be null.",
                    self.schema.show(ty)
                );
                self.refuse(path, value, &complaint);
            }
            (TypeRef::NonNull(inner), _) => self.value(value, inner, path),
            (_, Value::Null) => {}
            (TypeRef::List(item), Value::Array(items)) => {
                for (index, value) in items.iter().enumerate() {
                    self.value(value, item, &Path::Item(path, index));
                }
            }
            // One value stands for a list of one.
            (TypeRef::List(item), _) => self.value(value, item, path),
            (TypeRef::Named(id), _) => self.named(value, *id, path),
        }
    }

    fn named(&mut self, value: &Value, id: TypeId, path: &Path<'_>) {
        let schema: &'c Schema = self.schema;
        let ty = schema.get(id);
        match &ty.kind {
            TypeKind::Scalar(scalar) => {
                if let Err(complaint) = scalar.check_value(value) {
                    self.refuse(path, value, &complaint);
                }
            }
            TypeKind::Enum(values) => {
                if let Err(complaint) = check_enum(&ty.name, values, value) {
                    self.refuse(path, value, &complaint);
                }
            }
            TypeKind::Input { fields, one_of } => match value {
                Value::Object(object) => {
                    self.object(value, object, (&ty.name, fields), path);
                    if *one_of {
                        self.one_of(value, object, (&ty.name, fields), path);
                    }
                }
                _ => self.refuse(
                    path,
                    value,
                    &format!("Expected type \"{}\" to be an object.", ty.name),
                ),
            },
            // Validation has refused variables of output types.
            TypeKind::Object { .. } | TypeKind::Interface { .. } | TypeKind::Union(_) => {}
        }
    }

    fn object(
        &mut self,
        value: &Value,
        object: &Map<String, Value>,
        ty: (&str, &Inputs),
        path: &Path<'_>,
    ) {
        let (type_name, fields) = ty;
        for (name, field) in fields {
            match object.get(name) {
                Some(inner) => self.value(inner, &field.ty, &Path::Field(path, name)),
                None if field.is_required() => {
                    let wanted = self.schema.show(&field.ty);
                    let complaint =
                        format!("Field \"{name}\" of required type \"{wanted}\" was not provided.");
                    self.refuse(path, value, &complaint);
                }
                None => {}
            }
        }
        for name in object.keys().filter(|name| !fields.contains_key(*name)) {
            if self.errors.full {
                return;
            }
            let hint = did_you_mean(name, fields.keys().map(String::as_str));
            self.refuse(
                path,
                value,
                &format!("Field \"{name}\" is not defined by type \"{type_name}\".{hint}"),
            );
        }
    }

    /// Fields that do not exist are told elsewhere and do not count here.
    fn one_of(
        &mut self,
        value: &Value,
        object: &Map<String, Value>,
        ty: (&str, &Inputs),
        path: &Path<'_>,
    ) {
        let mut given = ty.1.keys().filter_map(|name| object.get_key_value(name));
        let first = given.next();
        if first.is_none() || given.next().is_some() {
            let complaint = format!(
                "Exactly one key must be specified for OneOf type \"{}\".",
                ty.0
            );
            self.refuse(path, value, &complaint);
        }
        if let Some((name, Value::Null)) = first {
            self.refuse(
                &Path::Field(path, name),
                &Value::Null,
                &format!("Field \"{name}\" must be non-null."),
            );
        }
    }
}

fn check_enum(name: &str, values: &[String], value: &Value) -> Result<(), String> {
    let hint = |given: &str| enum_hint(given, values);
    match value {
        Value::String(given) if values.contains(given) => Ok(()),
        Value::String(given) => Err(format!(
            "Value \"{given}\" does not exist in \"{name}\" enum.{}",
            hint(given)
        )),
        other => {
            let shown = js::inspect(other, js::INNER);
            Err(format!(
                "Enum \"{name}\" cannot represent non-string value: {shown}.{}",
                hint(&shown)
            ))
        }
    }
}

/// Which value of the enum was perhaps meant.
pub fn enum_hint(given: &str, values: &[String]) -> String {
    use super::suggest::{near, sentence};
    sentence(
        "the enum value",
        &near(given, values.iter().map(String::as_str)),
    )
}

/// Completes a value that passed the check: a lone value becomes a list, absent fields get their defaults, an ID becomes a
/// string, an integer loses its `.0`.
pub fn complete(schema: &Schema, ty: &TypeRef, value: &mut Value) {
    use super::scalars::Scalar;
    match (ty, &mut *value) {
        (_, Value::Null) => {}
        (TypeRef::NonNull(inner), _) => complete(schema, inner, value),
        (TypeRef::List(item), Value::Array(items)) => items
            .iter_mut()
            .for_each(|value| complete(schema, item, value)),
        (TypeRef::List(item), _) => {
            complete(schema, item, value);
            *value = Value::Array(vec![value.take()]);
        }
        (TypeRef::Named(id), given) => match (&schema.get(*id).kind, given) {
            (TypeKind::Input { fields, .. }, Value::Object(object)) => {
                complete_object(schema, fields, object)
            }
            (TypeKind::Scalar(Scalar::Id), Value::Number(number)) => {
                *value = Value::String(js::show_number(number))
            }
            (TypeKind::Scalar(Scalar::Int), Value::Number(number)) if number.is_f64() => {
                // The check has seen to it that it is a whole number of 32 bits.
                *value = Value::from(number.as_f64().unwrap_or_default() as i32);
            }
            _ => {}
        },
    }
}

fn complete_object(schema: &Schema, fields: &Inputs, object: &mut Map<String, Value>) {
    for (name, field) in fields {
        match (object.get_mut(name), &field.default) {
            (Some(inner), _) => complete(schema, &field.ty, inner),
            (None, Some(default)) => {
                object.insert(name.clone(), default.clone());
            }
            (None, None) => {}
        }
    }
}
