//! From graphql-parser's syntax tree to ours.
use graphql_parser::{
    Pos,
    schema::{
        Definition, Directive, Document, EnumValue, Field, InputValue, Type, TypeDefinition,
        TypeExtension,
    },
};

use super::{
    Deprecation, FieldDef, Kind, Name, Roots, Sdl, Source, TypeDef, TypeRef, Value, ValueDef,
    cursor::Cursor,
};
use crate::error::Errors;

type Text = String;

/// Lowers the definitions of a file.
pub fn lower(source: &Source, document: Document<'static, Text>) -> Result<Sdl, Errors> {
    let mut lower = Lower {
        cursor: Cursor::new(source),
    };
    let mut sdl = Sdl::default();
    let mut errors = Errors::default();
    for definition in document.definitions {
        match definition {
            Definition::SchemaDefinition(schema) => {
                sdl.roots = Roots {
                    query: schema.query,
                    mutation: schema.mutation,
                    subscription: schema.subscription,
                };
            }
            Definition::TypeDefinition(definition) => sdl.types.push(lower.definition(definition)),
            Definition::TypeExtension(extension) => sdl.extensions.push(lower.extension(extension)),
            Definition::DirectiveDefinition(directive) => {
                lower.seek(directive.position);
                let name = lower.cursor.find(&directive.name);
                errors.at(
                    &name.at,
                    format!(
                        "directive definitions are not supported: \"@{}\"",
                        name.text
                    ),
                );
            }
        }
    }
    errors.or(sdl)
}

struct Lower<'a> {
    cursor: Cursor<'a>,
}

impl Lower<'_> {
    fn definition(&mut self, definition: TypeDefinition<'static, Text>) -> TypeDef {
        match definition {
            TypeDefinition::Scalar(def) => {
                self.start(def.position, Kind::Scalar, &def.name, def.description)
            }
            TypeDefinition::Object(def) => {
                let ty = self.start(def.position, Kind::Object, &def.name, def.description);
                self.composite(ty, &def.implements_interfaces, def.fields)
            }
            TypeDefinition::Interface(def) => {
                let ty = self.start(def.position, Kind::Interface, &def.name, def.description);
                self.composite(ty, &def.implements_interfaces, def.fields)
            }
            TypeDefinition::Union(def) => {
                let ty = self.start(def.position, Kind::Union, &def.name, def.description);
                TypeDef {
                    members: self.names(&def.types),
                    ..ty
                }
            }
            TypeDefinition::Enum(def) => {
                let ty = self.start(def.position, Kind::Enum, &def.name, def.description);
                TypeDef {
                    values: self.values(def.values),
                    ..ty
                }
            }
            TypeDefinition::InputObject(def) => {
                let ty = self.start(def.position, Kind::Input, &def.name, def.description);
                TypeDef {
                    fields: self.inputs(def.fields),
                    ..ty
                }
            }
        }
    }

    fn extension(&mut self, extension: TypeExtension<'static, Text>) -> TypeDef {
        match extension {
            TypeExtension::Scalar(ext) => self.start(ext.position, Kind::Scalar, &ext.name, None),
            TypeExtension::Object(ext) => {
                let ty = self.start(ext.position, Kind::Object, &ext.name, None);
                self.composite(ty, &ext.implements_interfaces, ext.fields)
            }
            TypeExtension::Interface(ext) => {
                let ty = self.start(ext.position, Kind::Interface, &ext.name, None);
                self.composite(ty, &ext.implements_interfaces, ext.fields)
            }
            TypeExtension::Union(ext) => {
                let ty = self.start(ext.position, Kind::Union, &ext.name, None);
                TypeDef {
                    members: self.names(&ext.types),
                    ..ty
                }
            }
            TypeExtension::Enum(ext) => {
                let ty = self.start(ext.position, Kind::Enum, &ext.name, None);
                TypeDef {
                    values: self.values(ext.values),
                    ..ty
                }
            }
            TypeExtension::InputObject(ext) => {
                let ty = self.start(ext.position, Kind::Input, &ext.name, None);
                TypeDef {
                    fields: self.inputs(ext.fields),
                    ..ty
                }
            }
        }
    }

    fn seek(&mut self, position: Pos) {
        self.cursor.seek(position.line, position.column);
    }

    fn start(
        &mut self,
        position: Pos,
        kind: Kind,
        name: &str,
        description: Option<String>,
    ) -> TypeDef {
        self.seek(position);
        // The keyword comes first, and a type may be called like it.
        self.cursor.find(&kind.to_string());
        let name = self.cursor.find(name);
        TypeDef {
            kind,
            name,
            description,
            interfaces: vec![],
            fields: vec![],
            members: vec![],
            values: vec![],
        }
    }

    fn composite(
        &mut self,
        ty: TypeDef,
        interfaces: &[String],
        fields: Vec<Field<'static, Text>>,
    ) -> TypeDef {
        TypeDef {
            interfaces: self.names(interfaces),
            fields: fields.into_iter().map(|field| self.field(field)).collect(),
            ..ty
        }
    }

    fn names(&mut self, names: &[String]) -> Vec<Name> {
        names.iter().map(|name| self.cursor.find(name)).collect()
    }

    fn field(&mut self, field: Field<'static, Text>) -> FieldDef {
        self.seek(field.position);
        let name = self.cursor.find(&field.name);
        let args = self.inputs(field.arguments);
        let ty = self.ty(&field.field_type);
        let deprecation = deprecation(&field.directives);
        FieldDef {
            name,
            description: field.description,
            args,
            ty,
            default: None,
            deprecation,
        }
    }

    fn inputs(&mut self, inputs: Vec<InputValue<'static, Text>>) -> Vec<FieldDef> {
        inputs.into_iter().map(|input| self.input(input)).collect()
    }

    fn input(&mut self, input: InputValue<'static, Text>) -> FieldDef {
        self.seek(input.position);
        let name = self.cursor.find(&input.name);
        let ty = self.ty(&input.value_type);
        let deprecation = deprecation(&input.directives);
        FieldDef {
            name,
            description: input.description,
            args: vec![],
            ty,
            default: input.default_value,
            deprecation,
        }
    }

    fn values(&mut self, values: Vec<EnumValue<'static, Text>>) -> Vec<ValueDef> {
        let lower = |value: EnumValue<'static, Text>| {
            self.seek(value.position);
            let deprecation = deprecation(&value.directives);
            ValueDef {
                name: self.cursor.find(&value.name),
                description: value.description,
                deprecation,
            }
        };
        values.into_iter().map(lower).collect()
    }

    fn ty(&mut self, ty: &Type<'static, Text>) -> TypeRef {
        match ty {
            Type::NamedType(name) => TypeRef::Named(self.cursor.find(name)),
            Type::ListType(inner) => TypeRef::List(Box::new(self.ty(inner))),
            Type::NonNullType(inner) => TypeRef::NonNull(Box::new(self.ty(inner))),
        }
    }
}

fn deprecation(directives: &[Directive<'static, Text>]) -> Option<Deprecation> {
    let directive = directives
        .iter()
        .find(|directive| directive.name == "deprecated")?;
    let reason = directive
        .arguments
        .iter()
        .find_map(|(name, value)| match value {
            Value::String(reason) if name == "reason" => Some(reason.clone()),
            _ => None,
        });
    Some(Deprecation { reason })
}
