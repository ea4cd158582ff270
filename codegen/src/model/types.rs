//! The Rust types of fields.
use super::Uses;
use crate::{
    names::{scalar_name, type_name},
    operations::Late,
    schema::Schema,
    sdl::{FieldDef, Kind, TypeRef},
};

/// Where our own scalars and wrappers are.
const OURS: &str = "agui_runtime::graphql";

/// Finds types, and notes what a file must `use` for them.
pub struct Types<'a> {
    pub schema: &'a Schema,
    pub late: &'a Late,
    /// The generated file that the types are for: its own types need no `use`.
    pub file: &'static str,
    pub uses: Uses,
}

impl Types<'_> {
    /// The name of a type, in Rust.
    pub fn named(&mut self, name: &str) -> String {
        let file = match self.schema.kind(name) {
            Some(Kind::Enum) => "enums",
            Some(Kind::Input) => "inputs",
            Some(Kind::Object | Kind::Interface | Kind::Union) => "outputs",
            Some(Kind::Scalar) | None => return self.scalar(name),
        };
        let rust = type_name(name).rust;
        if file != self.file {
            self.uses.insert(format!("super::{file}::{rust}"));
        }
        rust
    }

    fn scalar(&mut self, name: &str) -> String {
        let built_in = match name {
            "Boolean" => "bool",
            "Float" => "f64",
            "Int" => "i32",
            "String" => "String",
            "ID" => {
                self.uses.insert("async_graphql::ID".to_owned());
                "ID"
            }
            _ => {
                let rust = scalar_name(name);
                self.uses.insert(format!("{OURS}::scalars::{rust}"));
                return rust;
            }
        };
        built_in.to_owned()
    }

    /// The type of an input: as in the schema.
    pub fn input(&mut self, owner: &str, ty: &TypeRef) -> String {
        let recursive = contains(
            self.schema,
            &ty.name().text,
            owner,
            Kind::Input,
            &|_, field| !is_list(&field.ty),
        );
        self.plain(ty, recursive)
    }

    /// The type of an output, late if clients want it late.
    pub fn output(&mut self, owner: &str, field: &FieldDef) -> String {
        let name = field.name.text.as_str();
        let late = self.late;
        let direct = |ty: &str, field: &FieldDef| {
            let name = field.name.text.as_str();
            !is_list(&field.ty) && !late.defers(ty, name)
        };
        let recursive = direct(owner, field)
            && contains(
                self.schema,
                &field.ty.name().text,
                owner,
                Kind::Object,
                &direct,
            );
        let ty = match list_item(&field.ty).filter(|_| late.streams(owner, name)) {
            Some(item) => {
                self.uses.insert(format!("{OURS}::streamed::Streamed"));
                let streamed = format!("Streamed<{}>", self.plain(item, false));
                if field.ty.nullable() {
                    format!("Option<{streamed}>")
                } else {
                    streamed
                }
            }
            None => self.plain(&field.ty, recursive),
        };
        if !late.defers(owner, name) {
            return ty;
        }
        self.uses.insert(format!("{OURS}::deferred::Deferred"));
        format!("Deferred<{ty}>")
    }

    fn plain(&mut self, ty: &TypeRef, boxed: bool) -> String {
        match ty {
            TypeRef::NonNull(inner) => self.non_null(inner, boxed),
            nullable => format!("Option<{}>", self.non_null(nullable, boxed)),
        }
    }

    fn non_null(&mut self, ty: &TypeRef, boxed: bool) -> String {
        match ty {
            TypeRef::Named(name) if boxed => format!("Box<{}>", self.named(&name.text)),
            TypeRef::Named(name) => self.named(&name.text),
            TypeRef::List(item) => format!("Vec<{}>", self.plain(item, false)),
            TypeRef::NonNull(inner) => self.non_null(inner, boxed),
        }
    }
}

fn list_item(ty: &TypeRef) -> Option<&TypeRef> {
    match ty {
        TypeRef::Named(_) => None,
        TypeRef::List(item) => Some(item),
        TypeRef::NonNull(inner) => list_item(inner),
    }
}

fn is_list(ty: &TypeRef) -> bool {
    list_item(ty).is_some()
}

/// Whether a value of `outer` would hold a value of `inner` in itself, through fields that are `direct`: Rust needs a box then.
fn contains(
    schema: &Schema,
    outer: &str,
    inner: &str,
    kind: Kind,
    direct: &dyn Fn(&str, &FieldDef) -> bool,
) -> bool {
    let mut open = vec![outer];
    let mut seen = std::collections::BTreeSet::new();
    while let Some(name) = open.pop() {
        if name == inner {
            return true;
        }
        let Some(ty) = schema.get(name).filter(|_| seen.insert(name)) else {
            continue;
        };
        if ty.kind == kind {
            open.extend(
                ty.fields
                    .iter()
                    .filter(|field| direct(name, field))
                    .map(|field| field.ty.name().text.as_str()),
            );
        }
        let possible = schema.possible_types(ty);
        if possible.iter().any(|possible| possible.name.text == inner) {
            return true;
        }
        for possible in possible {
            let fields = possible
                .fields
                .iter()
                .filter(|field| direct(&possible.name.text, field));
            open.extend(fields.map(|field| field.ty.name().text.as_str()));
        }
    }
    false
}
