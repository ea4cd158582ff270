//! Fields, arguments, values, members and interfaces that are there twice, in GraphQL or only once they are Rust.
use std::collections::BTreeMap;

use crate::{
    error::Errors,
    names::{field_name, type_name, value_name},
    schema::Schema,
    sdl::{Kind, Name, TypeDef},
};

pub fn check(schema: &Schema, errors: &mut Errors) {
    for ty in schema.types() {
        let of = format!("{} \"{}\"", ty.kind, ty.name.text);
        unique(
            "field",
            &of,
            ty.fields.iter().map(|field| &field.name),
            errors,
        );
        unique(
            "value",
            &of,
            ty.values.iter().map(|value| &value.name),
            errors,
        );
        unique("member", &of, &ty.members, errors);
        unique("interface", &of, &ty.interfaces, errors);
        for field in &ty.fields {
            let of = format!("field \"{}.{}\"", ty.name.text, field.name.text);
            unique(
                "argument",
                &of,
                field.args.iter().map(|arg| &arg.name),
                errors,
            );
            distinct(
                field
                    .args
                    .iter()
                    .map(|arg| (&arg.name, field_name(&arg.name.text).rust)),
                errors,
            );
        }
        distinct(
            ty.fields
                .iter()
                .map(|field| (&field.name, field_name(&field.name.text).rust)),
            errors,
        );
        distinct(
            ty.values
                .iter()
                .map(|value| (&value.name, value_name(&value.name.text).rust)),
            errors,
        );
    }
    let generated = schema.types().iter().filter(|ty| ty.kind != Kind::Scalar);
    distinct(
        generated.map(|ty: &TypeDef| (&ty.name, type_name(&ty.name.text).rust)),
        errors,
    );
}

fn unique<'a>(
    what: &str,
    of: &str,
    names: impl IntoIterator<Item = &'a Name>,
    errors: &mut Errors,
) {
    let mut seen: BTreeMap<&str, &Name> = BTreeMap::new();
    for name in names {
        if let Some(first) = seen.get(name.text.as_str()) {
            let rule = if first.at.file == name.at.file {
                ""
            } else {
                "; an extension may only add"
            };
            errors.at(
                &name.at,
                format!(
                    "{of} has the {what} \"{}\" already, at {}{rule}",
                    name.text, first.at
                ),
            );
        } else {
            seen.insert(&name.text, name);
        }
    }
}

fn distinct<'a>(names: impl Iterator<Item = (&'a Name, String)>, errors: &mut Errors) {
    let mut seen: BTreeMap<String, &Name> = BTreeMap::new();
    for (name, rust) in names {
        match seen.get(&rust) {
            Some(first) if first.text != name.text => {
                errors.at(
                    &name.at,
                    format!(
                        "\"{}\" and \"{}\" would both be `{rust}` in Rust",
                        first.text, name.text
                    ),
                );
            }
            Some(_) => {}
            None => drop(seen.insert(rust, name)),
        }
    }
}
