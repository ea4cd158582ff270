//! A type from its definition and its extensions.

use super::super::scalars::Scalar;
use super::super::syntax::ast::SystemKind;
use super::{Fields, Inputs, TypeKind};

/// A type of the right kind without content, `None` for what is no type.
pub fn empty(kind: &SystemKind<'_>, name: &str) -> Option<TypeKind> {
    Some(match kind {
        SystemKind::Scalar => TypeKind::Scalar(Scalar::named(name)),
        SystemKind::Object { .. } => TypeKind::Object {
            fields: Fields::new(),
            interfaces: Vec::new(),
        },
        SystemKind::Interface { .. } => TypeKind::Interface {
            fields: Fields::new(),
            interfaces: Vec::new(),
            possible: Vec::new(),
        },
        SystemKind::Union(_) => TypeKind::Union(Vec::new()),
        SystemKind::Enum(_) => TypeKind::Enum(Vec::new()),
        SystemKind::Input(_) => TypeKind::Input {
            fields: Inputs::new(),
            one_of: false,
        },
        SystemKind::Schema(_) | SystemKind::Directive { .. } => return None,
    })
}

/// Adds what a definition or an extension says; an error if it is of another kind.
pub fn merge(into: &mut TypeKind, added: TypeKind) -> Result<(), ()> {
    match (into, added) {
        (TypeKind::Scalar(_), TypeKind::Scalar(_)) => {}
        (
            TypeKind::Object { fields, interfaces },
            TypeKind::Object {
                fields: more,
                interfaces: further,
            },
        )
        | (
            TypeKind::Interface {
                fields, interfaces, ..
            },
            TypeKind::Interface {
                fields: more,
                interfaces: further,
                ..
            },
        ) => {
            fields.extend(more);
            interfaces.extend(further);
        }
        (TypeKind::Union(members), TypeKind::Union(more)) => members.extend(more),
        (TypeKind::Enum(values), TypeKind::Enum(more)) => values.extend(more),
        (
            TypeKind::Input { fields, one_of },
            TypeKind::Input {
                fields: more,
                one_of: also,
            },
        ) => {
            fields.extend(more);
            *one_of |= also;
        }
        _ => return Err(()),
    }
    Ok(())
}
