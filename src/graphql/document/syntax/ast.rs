//! The tree of a document. Every node knows the byte offset at which it starts; names borrow from the text.

use std::borrow::Cow;

/// A name and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Name<'t> {
    pub text: &'t str,
    pub at: usize,
}

/// A whole text, executable or SDL.
#[derive(Debug)]
pub struct Document<'t> {
    pub definitions: Vec<Definition<'t>>,
}

/// A top-level definition.
#[derive(Debug)]
pub enum Definition<'t> {
    Operation(Operation<'t>),
    Fragment(Fragment<'t>),
    System(System<'t>),
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationKind {
    /// Reads.
    Query,
    /// Changes.
    Mutation,
    /// Follows.
    Subscription,
}

impl OperationKind {
    /// The keyword that introduces it.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Mutation => "mutation",
            Self::Subscription => "subscription",
        }
    }
}

#[derive(Debug)]
pub struct Operation<'t> {
    pub at: usize,
    pub kind: OperationKind,
    pub name: Option<Name<'t>>,
    pub variables: Vec<VariableDefinition<'t>>,
    pub directives: Vec<Directive<'t>>,
    pub selection: SelectionSet<'t>,
}

#[derive(Debug)]
pub struct VariableDefinition<'t> {
    pub at: usize,
    pub name: Name<'t>,
    pub ty: TypeNode<'t>,
    pub default: Option<Value<'t>>,
    pub directives: Vec<Directive<'t>>,
}

#[derive(Debug)]
pub struct Fragment<'t> {
    pub at: usize,
    pub name: Name<'t>,
    pub on: Name<'t>,
    pub directives: Vec<Directive<'t>>,
    pub selection: SelectionSet<'t>,
}

#[derive(Debug)]
pub struct SelectionSet<'t> {
    pub at: usize,
    pub items: Vec<Selection<'t>>,
}

#[derive(Debug)]
pub enum Selection<'t> {
    Field(Field<'t>),
    Spread(Spread<'t>),
    Inline(Inline<'t>),
}

#[derive(Debug)]
pub struct Field<'t> {
    pub at: usize,
    pub alias: Option<Name<'t>>,
    pub name: Name<'t>,
    pub arguments: Vec<Argument<'t>>,
    pub directives: Vec<Directive<'t>>,
    pub selection: Option<SelectionSet<'t>>,
}

impl<'t> Field<'t> {
    /// The key under which the field stands in the answer.
    pub fn response_name(&self) -> &'t str {
        self.alias.unwrap_or(self.name).text
    }
}

#[derive(Debug)]
pub struct Spread<'t> {
    pub at: usize,
    pub name: Name<'t>,
    pub directives: Vec<Directive<'t>>,
}

#[derive(Debug)]
pub struct Inline<'t> {
    pub at: usize,
    pub on: Option<Name<'t>>,
    pub directives: Vec<Directive<'t>>,
    pub selection: SelectionSet<'t>,
}

#[derive(Debug)]
pub struct Directive<'t> {
    pub at: usize,
    pub name: Name<'t>,
    pub arguments: Vec<Argument<'t>>,
}

/// A named value: an argument, or a field of an object literal.
#[derive(Debug)]
pub struct Argument<'t> {
    pub name: Name<'t>,
    pub value: Value<'t>,
}

#[derive(Debug)]
pub struct Value<'t> {
    pub at: usize,
    pub kind: ValueKind<'t>,
}

#[derive(Debug)]
pub enum ValueKind<'t> {
    Variable(&'t str),
    Int(&'t str),
    Float(&'t str),
    String { value: Cow<'t, str>, block: bool },
    Boolean(bool),
    Null,
    Enum(&'t str),
    List(Vec<Value<'t>>),
    Object(Vec<Argument<'t>>),
}

#[derive(Debug)]
pub enum TypeNode<'t> {
    Named(Name<'t>),
    List(usize, Box<TypeNode<'t>>),
    NonNull(Box<TypeNode<'t>>),
}

impl<'t> TypeNode<'t> {
    pub fn at(&self) -> usize {
        match self {
            Self::Named(name) => name.at,
            Self::List(at, _) => *at,
            Self::NonNull(inner) => inner.at(),
        }
    }

    /// The name inside all the brackets.
    pub fn name(&self) -> Name<'t> {
        match self {
            Self::Named(name) => *name,
            Self::List(_, inner) | Self::NonNull(inner) => inner.name(),
        }
    }
}

/// A definition of the type system: what SDL consists of and what a request must not contain.
#[derive(Debug)]
pub struct System<'t> {
    pub at: usize,
    /// `None` for `schema { … }`.
    pub name: Option<Name<'t>>,
    pub extends: bool,
    pub directives: Vec<Directive<'t>>,
    pub kind: SystemKind<'t>,
}

#[derive(Debug)]
pub enum SystemKind<'t> {
    Schema(Vec<(OperationKind, Name<'t>)>),
    Scalar,
    Object {
        interfaces: Vec<Name<'t>>,
        fields: Vec<FieldDefinition<'t>>,
    },
    Interface {
        interfaces: Vec<Name<'t>>,
        fields: Vec<FieldDefinition<'t>>,
    },
    Union(Vec<Name<'t>>),
    Enum(Vec<Name<'t>>),
    Input(Vec<InputDefinition<'t>>),
    Directive {
        arguments: Vec<InputDefinition<'t>>,
        repeatable: bool,
        locations: Vec<Name<'t>>,
    },
}

#[derive(Debug)]
pub struct FieldDefinition<'t> {
    pub name: Name<'t>,
    pub arguments: Vec<InputDefinition<'t>>,
    pub ty: TypeNode<'t>,
}

#[derive(Debug)]
pub struct InputDefinition<'t> {
    pub name: Name<'t>,
    pub ty: TypeNode<'t>,
    pub default: Option<Value<'t>>,
}
