//! Upstream's schema, as far as operations are made of it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use graphql_parser::schema::{Definition, Field, InputValue, Type, TypeDefinition, parse_schema};

/// The vendored schema.
pub static SCHEMA: LazyLock<Schema> = LazyLock::new(Schema::vendored);

/// A type, without what it is wrapped in.
#[derive(Debug, Clone)]
pub struct Kind {
    pub name: String,
    /// Whether it is a list of them.
    pub list: bool,
    pub required: bool,
    /// As it is written.
    pub text: String,
}

#[derive(Debug)]
pub struct OutputField {
    pub name: String,
    pub kind: Kind,
    pub arguments: Vec<(String, Kind)>,
}

/// Types by their names.
#[derive(Debug, Default)]
pub struct Schema {
    /// Of objects and interfaces.
    pub fields: BTreeMap<String, Vec<OutputField>>,
    /// What an interface or union may be.
    pub possible: BTreeMap<String, Vec<String>>,
    pub inputs: BTreeMap<String, Vec<(String, Kind)>>,
    pub enums: BTreeMap<String, Vec<String>>,
}

impl Schema {
    fn vendored() -> Self {
        let text = include_str!("../../../schema/schema.graphql");
        let document = parse_schema::<String>(text).expect("a schema");
        let mut schema = Self::default();
        for definition in document.definitions {
            if let Definition::TypeDefinition(definition) = definition {
                schema.add(definition);
            }
        }
        schema
    }

    fn add(&mut self, definition: TypeDefinition<'_, String>) {
        match definition {
            TypeDefinition::Object(object) => {
                for interface in object.implements_interfaces {
                    let possible = self.possible.entry(interface).or_default();
                    possible.push(object.name.clone());
                }
                self.fields.insert(object.name, fields(object.fields));
            }
            TypeDefinition::Interface(interface) => {
                self.fields.insert(interface.name, fields(interface.fields));
            }
            TypeDefinition::Union(union) => {
                self.possible.insert(union.name, union.types);
            }
            TypeDefinition::InputObject(input) => {
                self.inputs.insert(input.name, values(input.fields));
            }
            TypeDefinition::Enum(of) => {
                let values = of.values.into_iter().map(|value| value.name);
                self.enums.insert(of.name, values.collect());
            }
            TypeDefinition::Scalar(_) => {}
        }
    }

    /// Whether it has fields to select.
    pub fn is_composite(&self, name: &str) -> bool {
        self.fields.contains_key(name) || self.possible.contains_key(name)
    }
}

fn fields(fields: Vec<Field<'_, String>>) -> Vec<OutputField> {
    let output = |field: Field<'_, String>| OutputField {
        kind: kind(&field.field_type),
        name: field.name,
        arguments: values(field.arguments),
    };
    fields.into_iter().map(output).collect()
}

fn values(values: Vec<InputValue<'_, String>>) -> Vec<(String, Kind)> {
    let values = values.into_iter();
    values
        .map(|value| (value.name, kind(&value.value_type)))
        .collect()
}

fn kind(of: &Type<'_, String>) -> Kind {
    match of {
        Type::NamedType(name) => Kind {
            name: name.clone(),
            list: false,
            required: false,
            text: of.to_string(),
        },
        Type::ListType(inner) => Kind {
            list: true,
            required: false,
            text: of.to_string(),
            ..kind(inner)
        },
        Type::NonNullType(inner) => Kind {
            required: true,
            text: of.to_string(),
            ..kind(inner)
        },
    }
}
