//! Fields of objects and interfaces: what clients read and resolvers provide.

use super::{
    Diff,
    Severity::{Breaking, Safe},
    arguments, matched,
};
use crate::sdl::{FieldDef, Kind, TypeDef, TypeRef};

/// Compares the fields of a type; those of a root type are methods.
pub fn fields(is_root: bool, was: &TypeDef, now: &TypeDef, diff: &mut Diff) {
    let owner = &was.name.text;
    let fields = matched(&was.fields, &now.fields, |field| &field.name.text);
    for field in &fields.removed {
        let message = format!(
            "field removed{}",
            renamed(field, &fields.removed, &fields.added)
        );
        diff.push(
            "field-removed",
            path(owner, field),
            message,
            Breaking,
            Breaking,
        );
    }
    for (was, now) in fields.kept {
        field(&path(owner, was), was, now, diff);
    }
    for field in fields.added {
        let must = match (is_root, was.kind) {
            (true, _) => "the resolver needs a method for it",
            (false, Kind::Interface) => "all that implement the interface need it",
            (false, _) => "whoever makes one must fill it",
        };
        diff.push(
            "field-added",
            path(owner, field),
            format!("field added: {}; {must}", field.ty),
            Safe,
            Breaking,
        );
    }
}

fn field(path: &str, was: &FieldDef, now: &FieldDef, diff: &mut Diff) {
    diff.description(&was.description, &now.description);
    if was.ty.to_string() != now.ty.to_string() {
        let clients = if narrows(&was.ty, &now.ty) {
            Safe
        } else {
            Breaking
        };
        diff.push(
            "field-type-changed",
            path,
            format!("was {}, is {}", was.ty, now.ty),
            clients,
            Breaking,
        );
    }
    deprecation(path, was, now, diff);
    arguments::arguments(path, was, now, diff);
}

/// Whether whoever expects `was` can read `now`: nothing may be null that was not.
pub fn narrows(was: &TypeRef, now: &TypeRef) -> bool {
    match (was, now) {
        (TypeRef::NonNull(was), TypeRef::NonNull(now))
        | (TypeRef::List(was), TypeRef::List(now)) => narrows(was, now),
        (_, TypeRef::NonNull(now)) => narrows(was, now),
        (TypeRef::Named(was), TypeRef::Named(now)) => was.text == now.text,
        _ => false,
    }
}

/// Compares whether something is deprecated.
pub fn deprecation(path: &str, was: &FieldDef, now: &FieldDef, diff: &mut Diff) {
    let change = match (&was.deprecation, &now.deprecation) {
        (None, Some(_)) => "deprecated",
        (Some(_), None) => "no longer deprecated",
        (Some(was), Some(now)) if was != now => "deprecated for another reason",
        _ => return,
    };
    diff.push("deprecation-changed", path, change, Safe, Safe);
}

/// ` (renamed to x?)`, where exactly one field of the same type came as this one went.
pub fn renamed(gone: &FieldDef, removed: &[&FieldDef], added: &[&FieldDef]) -> String {
    let same = |fields: &[&FieldDef]| -> Vec<String> {
        let alike = fields
            .iter()
            .filter(|field| field.ty.to_string() == gone.ty.to_string());
        alike.map(|field| field.name.text.clone()).collect()
    };
    match (same(removed).as_slice(), same(added).as_slice()) {
        ([_], [name]) => format!(" (renamed to {name}?)"),
        _ => String::new(),
    }
}

fn path(owner: &str, field: &FieldDef) -> String {
    format!("{owner}.{}", field.name.text)
}
