//! Prints a merged schema as SDL, without descriptions.
use std::fmt;

use crate::{
    schema::Schema,
    sdl::{FieldDef, Kind, Name, TypeDef},
};

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let roots = [
            ("query", self.query()),
            ("mutation", self.mutation()),
            ("subscription", self.subscription()),
        ];
        writeln!(f, "schema {{")?;
        for (role, root) in roots {
            if let Some(root) = root {
                writeln!(f, "  {role}: {}", root.name.text)?;
            }
        }
        writeln!(f, "}}")?;
        self.types().iter().try_for_each(|ty| print_type(f, ty))
    }
}

fn print_type(f: &mut fmt::Formatter<'_>, ty: &TypeDef) -> fmt::Result {
    write!(f, "\n{} {}", ty.kind, ty.name.text)?;
    if !ty.interfaces.is_empty() {
        write!(f, " implements {}", join(&ty.interfaces, " & "))?;
    }
    match ty.kind {
        Kind::Scalar => writeln!(f),
        Kind::Union => writeln!(f, " = {}", join(&ty.members, " | ")),
        Kind::Enum => block(f, &ty.values, |f, value| f.write_str(&value.name.text)),
        Kind::Object | Kind::Interface | Kind::Input => block(f, &ty.fields, print_field),
    }
}

fn block<T>(
    f: &mut fmt::Formatter<'_>,
    lines: &[T],
    print: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    writeln!(f, " {{")?;
    for line in lines {
        f.write_str("  ")?;
        print(f, line)?;
        writeln!(f)?;
    }
    writeln!(f, "}}")
}

fn print_field(f: &mut fmt::Formatter<'_>, field: &FieldDef) -> fmt::Result {
    f.write_str(&field.name.text)?;
    for (i, arg) in field.args.iter().enumerate() {
        f.write_str(if i == 0 { "(" } else { ", " })?;
        print_field(f, arg)?;
    }
    if !field.args.is_empty() {
        f.write_str(")")?;
    }
    write!(f, ": {}", field.ty)?;
    field
        .default
        .iter()
        .try_for_each(|default| write!(f, " = {default}"))
}

fn join(names: &[Name], between: &str) -> String {
    names
        .iter()
        .map(|name| name.text.as_str())
        .collect::<Vec<_>>()
        .join(between)
}
