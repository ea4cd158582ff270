//! From SDL to the schema.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::super::error::Lines;
use super::super::scalars::Scalar;
use super::super::syntax::ast::*;
use super::super::syntax::{Bounds, parse};
use super::super::variables::literal;
use super::defaults::{PendingDefault, set_default};
use super::introspection::{BUILT_IN, META};
use super::merge::{empty, merge};
use super::{
    DirectiveDef, FieldDef, Fields, InputDef, Inputs, Schema, Type, TypeId, TypeKind, TypeRef,
};

pub fn build(sdl: &[&str]) -> Result<Schema, String> {
    let mut documents = Vec::new();
    for text in std::iter::once(&BUILT_IN).chain(sdl) {
        documents.push(parse(text, Bounds::NONE).map_err(|fault| {
            let error = fault.locate(&Lines::of(text));
            let place = error
                .locations
                .first()
                .map(|l| format!("{}:{}: ", l.line, l.column));
            format!(
                "the schema does not parse: {}{}",
                place.unwrap_or_default(),
                error.message
            )
        })?);
    }
    let systems: Vec<&System<'_>> = documents
        .iter()
        .flat_map(|document| &document.definitions)
        .filter_map(system)
        .collect();
    let mut builder = Builder::declare(&systems);
    for system in &systems {
        builder.define(system)?;
    }
    builder.finish()
}

fn system<'a, 't>(definition: &'a Definition<'t>) -> Option<&'a System<'t>> {
    match definition {
        Definition::System(system) => Some(system),
        _ => None,
    }
}

struct Builder<'t> {
    types: Vec<Type>,
    by_name: HashMap<String, TypeId>,
    roots: [Option<TypeId>; 3],
    directives: IndexMap<String, DirectiveDef>,
    pending: Vec<PendingDefault<'t>>,
}

impl<'t> Builder<'t> {
    /// Gives every type its place, so that definitions may speak of types that come later.
    fn declare(systems: &[&'t System<'t>]) -> Self {
        let mut builder = Self {
            types: Vec::new(),
            by_name: HashMap::new(),
            roots: [None; 3],
            directives: IndexMap::new(),
            pending: Vec::new(),
        };
        for system in systems {
            if let Some(name) = system.name
                && !system.extends
                && let Some(kind) = empty(&system.kind, name.text)
                && !builder.by_name.contains_key(name.text)
            {
                let id = TypeId(builder.types.len());
                builder.types.push(Type {
                    name: name.text.to_owned(),
                    kind,
                    plain: TypeRef::Named(id),
                });
                builder.by_name.insert(name.text.to_owned(), id);
            }
        }
        for (root, name) in builder
            .roots
            .iter_mut()
            .zip(["Query", "Mutation", "Subscription"])
        {
            *root = builder.by_name.get(name).copied();
        }
        builder
    }

    fn id(&self, name: Name<'_>) -> Result<TypeId, String> {
        let unknown = || {
            format!(
                "the schema names the type \"{}\", which it does not define",
                name.text
            )
        };
        self.by_name.get(name.text).copied().ok_or_else(unknown)
    }

    fn ids(&self, names: &[Name<'_>]) -> Result<Vec<TypeId>, String> {
        names.iter().map(|&name| self.id(name)).collect()
    }

    fn type_ref(&self, node: &TypeNode<'_>) -> Result<TypeRef, String> {
        Ok(match node {
            TypeNode::Named(name) => TypeRef::Named(self.id(*name)?),
            TypeNode::List(_, inner) => TypeRef::List(Box::new(self.type_ref(inner)?)),
            TypeNode::NonNull(inner) => TypeRef::NonNull(Box::new(self.type_ref(inner)?)),
        })
    }

    fn inputs(&self, definitions: &[InputDefinition<'_>]) -> Result<Inputs, String> {
        let entry = |def: &InputDefinition<'_>| {
            Ok((
                def.name.text.to_owned(),
                InputDef {
                    ty: self.type_ref(&def.ty)?,
                    default: None,
                },
            ))
        };
        definitions.iter().map(entry).collect()
    }

    fn fields(
        &mut self,
        owner: TypeId,
        definitions: &'t [FieldDefinition<'t>],
    ) -> Result<Fields, String> {
        let mut fields = Fields::new();
        for def in definitions {
            let name = def.name.text;
            let field = FieldDef {
                name: name.to_owned(),
                ty: self.type_ref(&def.ty)?,
                arguments: self.inputs(&def.arguments)?,
            };
            self.defer(owner, Some(name), &def.arguments);
            fields.insert(name.to_owned(), field);
        }
        Ok(fields)
    }

    fn defer(&mut self, owner: TypeId, field: Option<&'t str>, inputs: &'t [InputDefinition<'t>]) {
        self.pending.extend(inputs.iter().filter_map(|input| {
            let value = input.default.as_ref()?;
            Some(PendingDefault {
                owner,
                field,
                input: input.name.text,
                value,
            })
        }));
    }

    fn define(&mut self, system: &'t System<'t>) -> Result<(), String> {
        if let SystemKind::Schema(roots) = &system.kind {
            for (kind, name) in roots {
                self.roots[*kind as usize] = Some(self.id(*name)?);
            }
            return Ok(());
        }
        let Some(name) = system.name else {
            return Ok(());
        };
        if let SystemKind::Directive {
            arguments,
            repeatable,
            locations,
        } = &system.kind
        {
            return self.define_directive(name, arguments, *repeatable, locations);
        }
        let id = self.id(name)?;
        let added = self.content(id, system)?;
        merge(&mut self.types[id.0].kind, added).map_err(|()| {
            format!(
                "the schema defines or extends \"{}\" as two different kinds of type",
                name.text
            )
        })
    }

    fn define_directive(
        &mut self,
        name: Name<'t>,
        arguments: &'t [InputDefinition<'t>],
        repeatable: bool,
        locations: &[Name<'t>],
    ) -> Result<(), String> {
        let mut inputs = self.inputs(arguments)?;
        for argument in arguments {
            if let (Some(input), Some(value)) =
                (inputs.get_mut(argument.name.text), &argument.default)
            {
                input.default = Some(literal::to_json(value));
            }
        }
        let locations = locations
            .iter()
            .map(|location| location.text.to_owned())
            .collect();
        let directive = DirectiveDef {
            arguments: inputs,
            locations,
            repeatable,
        };
        self.directives.insert(name.text.to_owned(), directive);
        Ok(())
    }

    /// What one definition or extension contributes to its type.
    fn content(&mut self, id: TypeId, system: &'t System<'t>) -> Result<TypeKind, String> {
        let one_of = system
            .directives
            .iter()
            .any(|directive| directive.name.text == "oneOf");
        Ok(match &system.kind {
            SystemKind::Object { interfaces, fields } => TypeKind::Object {
                fields: self.fields(id, fields)?,
                interfaces: self.ids(interfaces)?,
            },
            SystemKind::Interface { interfaces, fields } => TypeKind::Interface {
                fields: self.fields(id, fields)?,
                interfaces: self.ids(interfaces)?,
                possible: Vec::new(),
            },
            SystemKind::Union(members) => TypeKind::Union(self.ids(members)?),
            SystemKind::Enum(values) => {
                TypeKind::Enum(values.iter().map(|value| value.text.to_owned()).collect())
            }
            SystemKind::Input(inputs) => {
                self.defer(id, None, inputs);
                TypeKind::Input {
                    fields: self.inputs(inputs)?,
                    one_of,
                }
            }
            SystemKind::Scalar | SystemKind::Schema(_) | SystemKind::Directive { .. } => {
                TypeKind::Scalar(Scalar::named(&self.types[id.0].name))
            }
        })
    }

    fn finish(mut self) -> Result<Schema, String> {
        for id in (0..self.types.len()).map(TypeId) {
            let TypeKind::Object { interfaces, .. } = &self.types[id.0].kind else {
                continue;
            };
            for interface in interfaces.clone() {
                if let TypeKind::Interface { possible, .. } = &mut self.types[interface.0].kind {
                    possible.push(id);
                }
            }
        }
        let pending = std::mem::take(&mut self.pending);
        let (typename, introspection) = self.take_meta()?;
        let Self {
            types,
            by_name,
            roots,
            directives,
            ..
        } = self;
        if roots[0].is_none() {
            return Err("the schema has no type Query".to_owned());
        }
        let mut schema = Schema {
            types,
            by_name,
            roots,
            directives,
            typename,
            introspection,
        };
        for default in pending {
            set_default(&mut schema, &default);
        }
        Ok(schema)
    }

    /// Takes the meta fields out of the type that lends them.
    fn take_meta(&mut self) -> Result<(FieldDef, [FieldDef; 2]), String> {
        let missing = || "the introspection types are not complete".to_owned();
        // Declared with the built-in types; its place stays, so that no other type moves.
        let id = self.by_name.remove(META).ok_or_else(missing)?;
        let TypeKind::Object { fields, .. } = &mut self.types[id.0].kind else {
            return Err(missing());
        };
        let mut take = |name: &str| fields.swap_remove(name).ok_or_else(missing);
        Ok((take("__typename")?, [take("__schema")?, take("__type")?]))
    }
}
