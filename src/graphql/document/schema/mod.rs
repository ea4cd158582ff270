//! What documents and variables are checked against: the types of the SDL, indexed so that a check asks no map twice.

mod build;
mod defaults;
mod introspection;
mod merge;
mod relations;

use std::collections::HashMap;

use indexmap::IndexMap;
use serde_json::Value;

use super::scalars::Scalar;
use super::syntax::ast::OperationKind;

/// The place of a type in the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TypeId(usize);

/// A use of a type, with its lists and its exclamation marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeRef {
    Named(TypeId),
    List(Box<TypeRef>),
    NonNull(Box<TypeRef>),
}

impl TypeRef {
    /// The type inside all the wrappers.
    pub fn id(&self) -> TypeId {
        match self {
            Self::Named(id) => *id,
            Self::List(inner) | Self::NonNull(inner) => inner.id(),
        }
    }

    pub fn is_non_null(&self) -> bool {
        matches!(self, Self::NonNull(_))
    }

    /// Without an outer exclamation mark.
    pub fn nullable(&self) -> &Self {
        match self {
            Self::NonNull(inner) => inner,
            other => other,
        }
    }

    /// What the list consists of, if it is one.
    pub fn item(&self) -> Option<&Self> {
        match self.nullable() {
            Self::List(item) => Some(item),
            _ => None,
        }
    }
}

/// A type of the schema.
#[derive(Debug)]
pub struct Type {
    pub name: String,
    pub kind: TypeKind,
    /// The plain reference to this type, for those who need one to borrow.
    pub plain: TypeRef,
}

/// What a type is, with what it consists of.
#[derive(Debug)]
pub enum TypeKind {
    Scalar(Scalar),
    Enum(Vec<String>),
    Object {
        fields: Fields,
        interfaces: Vec<TypeId>,
    },
    Interface {
        fields: Fields,
        interfaces: Vec<TypeId>,
        possible: Vec<TypeId>,
    },
    Union(Vec<TypeId>),
    Input {
        fields: Inputs,
        one_of: bool,
    },
}

pub type Fields = IndexMap<String, FieldDef>;
/// Input fields or arguments.
pub type Inputs = IndexMap<String, InputDef>;

/// A field one can select.
#[derive(Debug)]
pub struct FieldDef {
    pub name: String,
    pub ty: TypeRef,
    pub arguments: Inputs,
}

/// An argument or a field of an input object.
#[derive(Debug)]
pub struct InputDef {
    pub ty: TypeRef,
    /// The default, coerced.
    pub default: Option<Value>,
}

impl InputDef {
    pub fn is_required(&self) -> bool {
        self.ty.is_non_null() && self.default.is_none()
    }
}

/// A directive a document may use.
#[derive(Debug)]
pub struct DirectiveDef {
    pub arguments: Inputs,
    pub locations: Vec<String>,
    pub repeatable: bool,
}

/// The schema.
#[derive(Debug)]
pub struct Schema {
    types: Vec<Type>,
    by_name: HashMap<String, TypeId>,
    roots: [Option<TypeId>; 3],
    pub directives: IndexMap<String, DirectiveDef>,
    typename: FieldDef,
    introspection: [FieldDef; 2],
}

impl Schema {
    /// Reads SDL texts as one; what introspection and the incremental directives need is added.
    pub fn new(sdl: &[&str]) -> Result<Self, String> {
        build::build(sdl)
    }

    pub fn get(&self, id: TypeId) -> &Type {
        &self.types[id.0]
    }

    pub fn find(&self, name: &str) -> Option<TypeId> {
        self.by_name.get(name).copied()
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    pub fn root(&self, kind: OperationKind) -> Option<TypeId> {
        self.roots[kind as usize]
    }

    /// A type reference as SDL writes it.
    pub fn show(&self, ty: &TypeRef) -> String {
        match ty {
            TypeRef::Named(id) => self.get(*id).name.clone(),
            TypeRef::List(inner) => format!("[{}]", self.show(inner)),
            TypeRef::NonNull(inner) => format!("{}!", self.show(inner)),
        }
    }

    /// The fields a type declares; unions and leaves declare none.
    pub fn fields(&self, id: TypeId) -> Option<&Fields> {
        match &self.get(id).kind {
            TypeKind::Object { fields, .. } | TypeKind::Interface { fields, .. } => Some(fields),
            _ => None,
        }
    }

    /// The field a selection on the type means, `__typename` and the entries to introspection included.
    pub fn field(&self, parent: TypeId, name: &str) -> Option<&FieldDef> {
        let is_query = self.root(OperationKind::Query) == Some(parent);
        if is_query && let Some(field) = self.introspection.iter().find(|field| field.name == name)
        {
            return Some(field);
        }
        if name == self.typename.name && self.is_composite(parent) {
            return Some(&self.typename);
        }
        self.fields(parent)?.get(name)
    }
}
