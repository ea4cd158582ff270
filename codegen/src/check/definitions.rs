//! Types defined twice, extensions of what is not there, types without content.
use std::collections::BTreeMap;

use crate::{
    error::{Errors, did_you_mean},
    schema::{BUILT_IN, Schema},
    sdl::{Kind, Sdl, TypeDef},
};

pub fn check(files: &[Sdl], schema: &Schema, errors: &mut Errors) {
    let mut first: BTreeMap<&str, &TypeDef> = BTreeMap::new();
    for ty in files.iter().flat_map(|file| &file.types) {
        let name = ty.name.text.as_str();
        for name in std::iter::once(&ty.name)
            .chain(ty.fields.iter().map(|field| &field.name))
            .filter(|name| name.text.starts_with("__"))
        {
            errors.at(
                &name.at,
                format!(
                    "\"{}\": names that begin with \"__\" belong to introspection",
                    name.text
                ),
            );
        }
        if BUILT_IN.contains(&name) {
            errors.at(
                &ty.name.at,
                format!("\"{name}\" is built in and cannot be defined"),
            );
        }
        if let Some(first) = first.get(name) {
            errors.at(&ty.name.at, defined_twice(ty, first));
        } else {
            first.insert(name, ty);
        }
    }
    for extension in files.iter().flat_map(|file| &file.extensions) {
        check_extension(extension, schema, errors);
    }
    for ty in schema.types() {
        check_content(ty, schema, errors);
    }
    if schema.query().is_none() {
        errors.general("the schema has no type \"Query\"");
    }
}

fn defined_twice(ty: &TypeDef, first: &TypeDef) -> String {
    let name = &ty.name.text;
    if ty.name.at.file == first.name.at.file {
        return format!(
            "{} \"{name}\" is defined twice, first at {}",
            ty.kind, first.name.at
        );
    }
    format!(
        "\"{name}\" is defined at {} already; write `extend {} {name}` to add to it",
        first.name.at, first.kind
    )
}

fn check_extension(extension: &TypeDef, schema: &Schema, errors: &mut Errors) {
    let name = extension.name.text.as_str();
    match schema.get(name) {
        None => {
            let hint = did_you_mean(name, schema.types().iter().map(|ty| ty.name.text.as_str()));
            errors.at(
                &extension.name.at,
                format!("cannot extend unknown {} \"{name}\"{hint}", extension.kind),
            );
        }
        Some(ty) if ty.kind != extension.kind => {
            errors.at(
                &extension.name.at,
                format!(
                    "\"{name}\" is no {}; write `extend {} {name}`",
                    extension.kind, ty.kind
                ),
            );
        }
        Some(_) => {}
    }
}

fn check_content(ty: &TypeDef, schema: &Schema, errors: &mut Errors) {
    let name = &ty.name.text;
    let missing = match ty.kind {
        Kind::Object | Kind::Interface | Kind::Input if ty.fields.is_empty() => "has no fields",
        Kind::Enum if ty.values.is_empty() => "has no values",
        Kind::Union if ty.members.is_empty() => "has no members",
        Kind::Interface if schema.possible_types(ty).is_empty() => "is implemented by no type",
        _ => return,
    };
    errors.at(&ty.name.at, format!("{} \"{name}\" {missing}", ty.kind));
}
