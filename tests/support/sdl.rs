//! SDL as a set of facts, to compare schemas whatever the order they are written in.
#![allow(clippy::unwrap_used, clippy::panic)]
use std::collections::BTreeSet;

use graphql_parser::schema::{
    Definition, Directive, EnumValue, Field, InputValue, Type, TypeDefinition, TypeExtension,
    Value, parse_schema,
};

type Text = String;

/// What the SDL of all files together says. Directive definitions are no part of it.
pub fn facts(files: &[&str]) -> BTreeSet<String> {
    let mut facts = BTreeSet::new();
    for file in files {
        for definition in parse_schema::<Text>(file).unwrap().definitions {
            facts.extend(definition_facts(&definition));
        }
    }
    facts
}

/// What one says and the other does not.
pub fn differences(served: &BTreeSet<String>, contract: &BTreeSet<String>) -> Vec<String> {
    let missing = contract
        .difference(served)
        .map(|fact| format!("not served: {fact}"));
    let extra = served
        .difference(contract)
        .map(|fact| format!("served, but not in the contract: {fact}"));
    missing.chain(extra).collect()
}

fn definition_facts(definition: &Definition<'_, Text>) -> Vec<String> {
    match definition {
        Definition::SchemaDefinition(roots) => {
            let roots = [
                ("query", &roots.query),
                ("mutation", &roots.mutation),
                ("subscription", &roots.subscription),
            ];
            roots
                .iter()
                .filter_map(|(role, name)| Some(format!("{role} is {}", name.as_ref()?)))
                .collect()
        }
        Definition::TypeDefinition(definition) => type_facts(definition),
        Definition::TypeExtension(TypeExtension::Object(extension)) => extension
            .fields
            .iter()
            .flat_map(|field| field_facts(&extension.name, field))
            .collect(),
        Definition::TypeExtension(other) => panic!("teach this test about {other:?}"),
        Definition::DirectiveDefinition(_) => Vec::new(),
    }
}

fn type_facts(definition: &TypeDefinition<'_, Text>) -> Vec<String> {
    let (kind, name, description, directives) = match definition {
        TypeDefinition::Scalar(ty) => ("scalar", &ty.name, &ty.description, &ty.directives),
        TypeDefinition::Object(ty) => ("type", &ty.name, &ty.description, &ty.directives),
        TypeDefinition::Interface(ty) => ("interface", &ty.name, &ty.description, &ty.directives),
        TypeDefinition::Union(ty) => ("union", &ty.name, &ty.description, &ty.directives),
        TypeDefinition::Enum(ty) => ("enum", &ty.name, &ty.description, &ty.directives),
        TypeDefinition::InputObject(ty) => ("input", &ty.name, &ty.description, &ty.directives),
    };
    let mut facts = vec![format!(
        "{kind} {name}{}{}",
        directives_of(directives),
        description_of(description)
    )];
    match definition {
        TypeDefinition::Scalar(_) => {}
        TypeDefinition::Object(ty) => {
            facts.extend(
                ty.implements_interfaces
                    .iter()
                    .map(|interface| format!("{name} implements {interface}")),
            );
            facts.extend(ty.fields.iter().flat_map(|field| field_facts(name, field)));
        }
        TypeDefinition::Interface(ty) => {
            facts.extend(ty.fields.iter().flat_map(|field| field_facts(name, field)))
        }
        TypeDefinition::Union(ty) => facts.extend(
            ty.types
                .iter()
                .map(|member| format!("{name} has the member {member}")),
        ),
        TypeDefinition::Enum(ty) => {
            facts.extend(ty.values.iter().map(|value| value_fact(name, value)))
        }
        TypeDefinition::InputObject(ty) => {
            facts.extend(ty.fields.iter().map(|field| input_fact(name, field)))
        }
    }
    facts
}

fn field_facts(ty: &str, field: &Field<'_, Text>) -> Vec<String> {
    let path = format!("{ty}.{}", field.name);
    let fact = format!(
        "{path}: {}{}{}",
        field.field_type,
        directives_of(&field.directives),
        description_of(&field.description)
    );
    let args = field.arguments.iter().map(|arg| input_fact(&path, arg));
    std::iter::once(fact).chain(args).collect()
}

fn input_fact(owner: &str, input: &InputValue<'_, Text>) -> String {
    let default = input
        .default_value
        .as_ref()
        .map(|value| format!(" = {}", number(value, &input.value_type)));
    format!(
        "{owner}.{}: {}{}{}{}",
        input.name,
        input.value_type,
        default.unwrap_or_default(),
        directives_of(&input.directives),
        description_of(&input.description)
    )
}

fn value_fact(ty: &str, value: &EnumValue<'_, Text>) -> String {
    format!(
        "{ty}.{}{}{}",
        value.name,
        directives_of(&value.directives),
        description_of(&value.description)
    )
}

/// `1` and `1.0` are the same Float.
fn number(value: &Value<'_, Text>, ty: &Type<'_, Text>) -> String {
    match value {
        Value::Float(number) if ty.to_string().starts_with("Float") && number.fract() == 0.0 => {
            format!("{number:.0}")
        }
        value => value.to_string(),
    }
}

fn directives_of(directives: &[Directive<'_, Text>]) -> String {
    directives
        .iter()
        .map(|directive| format!(" {}", directive.to_string().trim()))
        .collect()
}

fn description_of(description: &Option<String>) -> String {
    let Some(description) = description else {
        return String::new();
    };
    let lines: Vec<&str> = description
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    format!(" \"{}\"", lines.join(" "))
}
