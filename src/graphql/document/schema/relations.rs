//! How types relate: which overlap, which stand for which.

use super::super::syntax::ast::TypeNode;
use super::{Schema, TypeId, TypeKind, TypeRef};

impl Schema {
    /// The type a document writes; `None` if it names an unknown one.
    pub fn resolve(&self, node: &TypeNode<'_>) -> Option<TypeRef> {
        Some(match node {
            TypeNode::Named(name) => TypeRef::Named(self.find(name.text)?),
            TypeNode::List(_, inner) => TypeRef::List(Box::new(self.resolve(inner)?)),
            TypeNode::NonNull(inner) => TypeRef::NonNull(Box::new(self.resolve(inner)?)),
        })
    }

    /// A type one selects fields of.
    pub fn is_composite(&self, id: TypeId) -> bool {
        matches!(
            self.get(id).kind,
            TypeKind::Object { .. } | TypeKind::Interface { .. } | TypeKind::Union(_)
        )
    }

    pub fn is_object(&self, id: TypeId) -> bool {
        matches!(self.get(id).kind, TypeKind::Object { .. })
    }

    pub fn is_interface(&self, id: TypeId) -> bool {
        matches!(self.get(id).kind, TypeKind::Interface { .. })
    }

    pub fn is_abstract(&self, id: TypeId) -> bool {
        self.is_composite(id) && !self.is_object(id)
    }

    pub fn is_leaf(&self, id: TypeId) -> bool {
        matches!(self.get(id).kind, TypeKind::Scalar(_) | TypeKind::Enum(_))
    }

    pub fn is_input(&self, id: TypeId) -> bool {
        !self.is_composite(id)
    }

    pub fn is_output(&self, id: TypeId) -> bool {
        !matches!(self.get(id).kind, TypeKind::Input { .. })
    }

    /// The object types a value of this type can have.
    pub fn possible(&self, id: TypeId) -> Vec<TypeId> {
        match &self.get(id).kind {
            TypeKind::Union(members) => members.clone(),
            TypeKind::Interface { possible, .. } => possible.clone(),
            _ => vec![id],
        }
    }

    pub fn interfaces(&self, id: TypeId) -> &[TypeId] {
        match &self.get(id).kind {
            TypeKind::Object { interfaces, .. } | TypeKind::Interface { interfaces, .. } => {
                interfaces
            }
            _ => &[],
        }
    }

    /// Whether `sub` implements, or is a member of, the abstract type.
    pub fn is_sub_type(&self, wide: TypeId, sub: TypeId) -> bool {
        match &self.get(wide).kind {
            TypeKind::Union(members) => members.contains(&sub),
            TypeKind::Interface { .. } => self.interfaces(sub).contains(&wide),
            _ => false,
        }
    }

    /// Whether one object could be of both types.
    pub fn overlap(&self, a: TypeId, b: TypeId) -> bool {
        a == b
            || self
                .possible(a)
                .iter()
                .any(|id| self.possible(b).contains(id))
    }

    /// Whether this is a union of which all are members that may be one: a fragment on it leaves out nothing, wherever it may
    /// stand.
    pub fn is_covering(&self, id: TypeId) -> bool {
        let TypeKind::Union(members) = &self.get(id).kind else {
            return false;
        };
        let mut types = self.by_name.values();
        types.all(|other| {
            !self.is_composite(*other)
                || !self.overlap(id, *other)
                || self.possible(*other).iter().all(|it| members.contains(it))
        })
    }

    /// Whether a value of type `sub` may stand where `wide` is expected.
    pub fn fits(&self, sub: &TypeRef, wide: &TypeRef) -> bool {
        match (sub, wide) {
            (TypeRef::NonNull(sub), TypeRef::NonNull(wide)) => self.fits(sub, wide),
            (_, TypeRef::NonNull(_)) => false,
            (TypeRef::NonNull(sub), wide) => self.fits(sub, wide),
            (TypeRef::List(sub), TypeRef::List(wide)) => self.fits(sub, wide),
            (TypeRef::Named(sub), TypeRef::Named(wide)) => {
                sub == wide || (self.is_abstract(*wide) && self.is_sub_type(*wide, *sub))
            }
            _ => false,
        }
    }
}
