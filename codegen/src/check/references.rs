//! Names of types that are not there, or not of the kind that the place needs.
use crate::{
    error::{Errors, did_you_mean},
    model::fits,
    schema::Schema,
    sdl::{FieldDef, Kind, Name, Sdl, TypeDef},
};

pub fn check(files: &[Sdl], schema: &Schema, errors: &mut Errors) {
    let mut references = References { schema, errors };
    for ty in files
        .iter()
        .flat_map(|file| file.types.iter().chain(&file.extensions))
    {
        references.check(ty);
    }
}

struct References<'a> {
    schema: &'a Schema,
    errors: &'a mut Errors,
}

impl References<'_> {
    fn check(&mut self, ty: &TypeDef) {
        for interface in &ty.interfaces {
            self.expect(interface, "an interface", &[Kind::Interface]);
        }
        for member in &ty.members {
            self.expect(member, "a type", &[Kind::Object]);
        }
        for field in &ty.fields {
            if ty.kind == Kind::Input {
                self.input(field);
            } else {
                let outputs = [
                    Kind::Scalar,
                    Kind::Enum,
                    Kind::Object,
                    Kind::Interface,
                    Kind::Union,
                ];
                self.expect(
                    field.ty.name(),
                    "something that a field can return",
                    &outputs,
                );
            }
            for arg in &field.args {
                self.input(arg);
            }
        }
    }

    fn input(&mut self, field: &FieldDef) {
        let known = self.expect(
            field.ty.name(),
            "an input, an enum or a scalar",
            &[Kind::Scalar, Kind::Enum, Kind::Input],
        );
        if let Some(default) = field.default.as_ref().filter(|_| known)
            && !fits(self.schema, default, &field.ty)
        {
            self.errors.at(
                &field.name.at,
                format!(
                    "the default {default} of \"{}\" is no \"{}\"",
                    field.name.text, field.ty
                ),
            );
        }
    }

    /// Whether the name is that of a type of one of the `kinds`.
    fn expect(&mut self, name: &Name, wanted: &str, kinds: &[Kind]) -> bool {
        let fits = |kind| kinds.contains(&kind);
        match self.schema.kind(&name.text) {
            Some(kind) if fits(kind) => return true,
            Some(kind) => self.errors.at(
                &name.at,
                format!(
                    "\"{}\" is {} {kind}, but {wanted} is needed here",
                    name.text,
                    article(kind)
                ),
            ),
            None => {
                let candidates = self
                    .schema
                    .names()
                    .filter(|candidate| self.schema.kind(candidate).is_some_and(fits));
                let hint = did_you_mean(&name.text, candidates);
                self.errors
                    .at(&name.at, format!("unknown type \"{}\"{hint}", name.text));
            }
        }
        false
    }
}

fn article(kind: Kind) -> &'static str {
    if matches!(kind, Kind::Interface | Kind::Input | Kind::Enum) {
        "an"
    } else {
        "a"
    }
}
