//! Reads SDL into definitions that know where each of their names stands.
use std::fmt;

use crate::error::{Errors, Location};

pub use graphql_parser::schema::Value as RawValue;

mod cursor;
mod lower;

/// A file of the contract.
#[derive(Debug, Clone)]
pub struct Source {
    /// The path relative to the project, as shown in errors.
    pub path: String,
    /// The contents.
    pub text: String,
}

/// A value written in SDL.
pub type Value = RawValue<'static, String>;

/// A name and where it stands.
#[derive(Debug, Clone)]
pub struct Name {
    /// The name.
    pub text: String,
    /// Its place.
    pub at: Location,
}

/// The definitions of one file, in its order.
#[derive(Debug, Default)]
pub struct Sdl {
    /// `type`, `input`, `enum` and so on.
    pub types: Vec<TypeDef>,
    /// `extend type` and so on.
    pub extensions: Vec<TypeDef>,
    /// `schema { … }`, where there is one.
    pub roots: Roots,
}

/// The names of the root types, where the schema names them.
#[derive(Debug, Clone, Default)]
pub struct Roots {
    /// The type of queries.
    pub query: Option<String>,
    /// The type of mutations.
    pub mutation: Option<String>,
    /// The type of subscriptions.
    pub subscription: Option<String>,
}

/// What a type is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `scalar`
    Scalar,
    /// `type`
    Object,
    /// `interface`
    Interface,
    /// `union`
    Union,
    /// `enum`
    Enum,
    /// `input`
    Input,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Scalar => "scalar",
            Kind::Object => "type",
            Kind::Interface => "interface",
            Kind::Union => "union",
            Kind::Enum => "enum",
            Kind::Input => "input",
        })
    }
}

/// A type, or what an extension adds to one. Only what fits the kind is filled.
#[derive(Debug, Clone)]
pub struct TypeDef {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: Name,
    /// Its description.
    pub description: Option<String>,
    /// The interfaces that it implements.
    pub interfaces: Vec<Name>,
    /// The fields of an object, interface or input.
    pub fields: Vec<FieldDef>,
    /// The members of a union.
    pub members: Vec<Name>,
    /// The values of an enum.
    pub values: Vec<ValueDef>,
}

/// A field, or an argument of one.
#[derive(Debug, Clone)]
pub struct FieldDef {
    /// Its name.
    pub name: Name,
    /// Its description.
    pub description: Option<String>,
    /// The arguments that it takes.
    pub args: Vec<FieldDef>,
    /// Its type.
    pub ty: TypeRef,
    /// The default of an input field or argument.
    pub default: Option<Value>,
    /// Whether it is deprecated.
    pub deprecation: Option<Deprecation>,
}

/// A value of an enum.
#[derive(Debug, Clone)]
pub struct ValueDef {
    /// Its name.
    pub name: Name,
    /// Its description.
    pub description: Option<String>,
    /// Whether it is deprecated.
    pub deprecation: Option<Deprecation>,
}

/// `@deprecated`, with the reason if one is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deprecation {
    /// Why.
    pub reason: Option<String>,
}

/// The type of a field.
#[derive(Debug, Clone)]
pub enum TypeRef {
    /// `Name`
    Named(Name),
    /// `[…]`
    List(Box<TypeRef>),
    /// `…!`
    NonNull(Box<TypeRef>),
}

impl TypeRef {
    /// The name inside all brackets.
    pub fn name(&self) -> &Name {
        match self {
            TypeRef::Named(name) => name,
            TypeRef::List(inner) | TypeRef::NonNull(inner) => inner.name(),
        }
    }

    /// Whether null is allowed.
    pub fn nullable(&self) -> bool {
        !matches!(self, TypeRef::NonNull(_))
    }
}

impl fmt::Display for TypeRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TypeRef::Named(name) => f.write_str(&name.text),
            TypeRef::List(inner) => write!(f, "[{inner}]"),
            TypeRef::NonNull(inner) => write!(f, "{inner}!"),
        }
    }
}

/// Parses one file.
pub fn parse(source: &Source) -> Result<Sdl, Errors> {
    let document = graphql_parser::parse_schema::<String>(&source.text)
        .map_err(|error| syntax_error(&source.path, &error.to_string()))?
        .into_static();
    lower::lower(source, document)
}

/// Takes the place out of a message of graphql-parser (`… Parse error at 3:7\nUnexpected …`).
pub fn syntax_error(file: &str, message: &str) -> Errors {
    let mut lines = message.lines();
    let place = lines
        .next()
        .and_then(|line| line.rsplit_once(" at "))
        .and_then(|(_, place)| place.split_once(':'));
    let what = lines
        .filter(|line| !line.trim().is_empty())
        .collect::<Vec<_>>()
        .join("; ");
    let mut errors = Errors::default();
    match place.and_then(|(line, column)| Some((line.parse().ok()?, column.parse().ok()?))) {
        Some((line, column)) => errors.at(
            &Location {
                file: file.to_owned(),
                line,
                column,
            },
            format!("syntax error: {what}"),
        ),
        None => errors.general(format!("{file}: {message}")),
    }
    errors
}
