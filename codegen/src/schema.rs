//! The whole contract in one piece: upstream's definitions with the extensions merged in.
use std::collections::{BTreeMap, BTreeSet};

use crate::sdl::{FieldDef, Kind, Roots, Sdl, TypeDef};

/// Scalars that every schema has.
pub const BUILT_IN: &[&str] = &["Boolean", "Float", "ID", "Int", "String"];

/// All types, in the order of the files.
#[derive(Debug, Default)]
pub struct Schema {
    types: Vec<TypeDef>,
    index: BTreeMap<String, usize>,
    roots: Roots,
}

impl Schema {
    /// Merges the files. Of what is defined twice the first counts, and an extension of an unknown type is left out: `check`
    /// reports both.
    pub fn merge(files: &[Sdl]) -> Self {
        let mut schema = Schema::default();
        for file in files {
            for ty in &file.types {
                if !schema.index.contains_key(&ty.name.text) {
                    schema
                        .index
                        .insert(ty.name.text.clone(), schema.types.len());
                    schema.types.push(ty.clone());
                }
            }
            let roots = file.roots.clone();
            schema.roots = Roots {
                query: schema.roots.query.or(roots.query),
                mutation: schema.roots.mutation.or(roots.mutation),
                subscription: schema.roots.subscription.or(roots.subscription),
            };
        }
        for extension in files.iter().flat_map(|file| &file.extensions) {
            let target = schema
                .index
                .get(&extension.name.text)
                .and_then(|at| schema.types.get_mut(*at));
            if let Some(ty) = target.filter(|ty| ty.kind == extension.kind) {
                ty.interfaces.extend(extension.interfaces.iter().cloned());
                ty.fields.extend(extension.fields.iter().cloned());
                ty.members.extend(extension.members.iter().cloned());
                ty.values.extend(extension.values.iter().cloned());
            }
        }
        schema
    }

    /// The types in order.
    pub fn types(&self) -> &[TypeDef] {
        &self.types
    }

    /// The type of that name.
    pub fn get(&self, name: &str) -> Option<&TypeDef> {
        self.index.get(name).and_then(|at| self.types.get(*at))
    }

    /// What a name stands for; a built-in scalar has no definition but a kind.
    pub fn kind(&self, name: &str) -> Option<Kind> {
        self.get(name)
            .map(|ty| ty.kind)
            .or_else(|| BUILT_IN.contains(&name).then_some(Kind::Scalar))
    }

    /// The names of all types, the built-in scalars included.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.types
            .iter()
            .map(|ty| ty.name.text.as_str())
            .chain(BUILT_IN.iter().copied())
    }

    /// A field of a type.
    pub fn field(&self, ty: &str, field: &str) -> Option<&FieldDef> {
        self.get(ty)?
            .fields
            .iter()
            .find(|candidate| candidate.name.text == field)
    }

    /// The root type of queries.
    pub fn query(&self) -> Option<&TypeDef> {
        self.get(self.roots.query.as_deref().unwrap_or("Query"))
    }

    /// The root type of mutations.
    pub fn mutation(&self) -> Option<&TypeDef> {
        self.get(self.roots.mutation.as_deref().unwrap_or("Mutation"))
    }

    /// The root type of subscriptions.
    pub fn subscription(&self) -> Option<&TypeDef> {
        self.get(self.roots.subscription.as_deref().unwrap_or("Subscription"))
    }

    /// Whether that is the name of a root type.
    pub fn is_root(&self, name: &str) -> bool {
        [self.query(), self.mutation(), self.subscription()]
            .into_iter()
            .flatten()
            .any(|root| root.name.text == name)
    }

    /// The object types that an abstract type stands for, in order.
    pub fn possible_types<'a>(&'a self, ty: &'a TypeDef) -> Vec<&'a TypeDef> {
        match ty.kind {
            Kind::Union => ty
                .members
                .iter()
                .filter_map(|member| self.get(&member.text))
                .collect(),
            Kind::Interface => {
                let implements = |candidate: &&TypeDef| {
                    candidate
                        .interfaces
                        .iter()
                        .any(|name| name.text == ty.name.text)
                };
                self.types
                    .iter()
                    .filter(|candidate| candidate.kind == Kind::Object)
                    .filter(implements)
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// The names of all types that the root types lead to, arguments included.
    pub fn reachable(&self) -> BTreeSet<&str> {
        let mut open: Vec<&str> = [self.query(), self.mutation(), self.subscription()]
            .into_iter()
            .flatten()
            .map(|ty| ty.name.text.as_str())
            .collect();
        let mut reached = BTreeSet::new();
        while let Some(name) = open.pop() {
            if !reached.insert(name) {
                continue;
            }
            let Some(ty) = self.get(name) else { continue };
            for field in &ty.fields {
                open.push(&field.ty.name().text);
                open.extend(field.args.iter().map(|arg| arg.ty.name().text.as_str()));
            }
            open.extend(
                self.possible_types(ty)
                    .into_iter()
                    .map(|possible| possible.name.text.as_str()),
            );
        }
        reached
    }
}
