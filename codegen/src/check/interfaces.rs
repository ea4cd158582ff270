//! Types that do not have what their interfaces promise.
use crate::{
    error::{Errors, did_you_mean},
    schema::Schema,
    sdl::{Kind, TypeDef},
};

pub fn check(schema: &Schema, errors: &mut Errors) {
    for ty in schema.types() {
        for name in &ty.interfaces {
            if let Some(interface) = schema
                .get(&name.text)
                .filter(|interface| interface.kind == Kind::Interface)
            {
                conforms(ty, interface, errors);
            }
        }
    }
}

fn conforms(ty: &TypeDef, interface: &TypeDef, errors: &mut Errors) {
    for wanted in &interface.fields {
        let (name, of) = (&wanted.name.text, &interface.name.text);
        let Some(field) = ty.fields.iter().find(|field| field.name.text == *name) else {
            let others = ty.fields.iter().map(|field| field.name.text.as_str());
            let own = others.filter(|other| {
                interface
                    .fields
                    .iter()
                    .all(|field| field.name.text != *other)
            });
            let hint = did_you_mean(name, own);
            errors.at(
                &ty.name.at,
                format!(
                    "{} \"{}\" lacks the field \"{name}: {}\" of interface \"{of}\"{hint}",
                    ty.kind, ty.name.text, wanted.ty
                ),
            );
            continue;
        };
        // GraphQL allows a narrower type, but one Rust enum needs one type.
        if field.ty.to_string() != wanted.ty.to_string() {
            let message = format!(
                "\"{}.{name}\" is \"{}\", but interface \"{of}\" has \"{}\": the types must be the same",
                ty.name.text, field.ty, wanted.ty
            );
            errors.at(&field.ty.name().at, message);
        }
    }
}
