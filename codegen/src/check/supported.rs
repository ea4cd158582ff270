//! What GraphQL allows and this generator does not make: said here, not by generated code that does not compile.
use crate::{
    error::Errors,
    schema::Schema,
    sdl::{Kind, TypeDef},
};

pub fn check(schema: &Schema, errors: &mut Errors) {
    if let Some(subscription) = schema.subscription() {
        errors.at(
            &subscription.name.at,
            "subscriptions are not supported: what comes late comes by @stream and @defer",
        );
    }
    for ty in schema.types() {
        let name = &ty.name.text;
        if ty.kind == Kind::Interface && !ty.interfaces.is_empty() {
            errors.at(
                &ty.name.at,
                format!("interface \"{name}\" implements another one, which is not supported"),
            );
        }
        if !schema.is_root(name) {
            arguments(ty, errors);
        }
    }
}

fn arguments(ty: &TypeDef, errors: &mut Errors) {
    for field in ty.fields.iter().filter(|field| !field.args.is_empty()) {
        let message = format!(
            "\"{}.{}\" takes arguments, which only the fields of the root types can",
            ty.name.text, field.name.text
        );
        errors.at(&field.name.at, message);
    }
}
