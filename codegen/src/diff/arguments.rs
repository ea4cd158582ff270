//! What clients send: arguments, and fields of input objects.

use super::{
    Diff, Matched,
    Severity::{Breaking, Dangerous, Safe},
    fields::{deprecation, narrows, renamed},
    matched,
};
use crate::sdl::{FieldDef, TypeDef, Value};

/// What is compared: the same rules hold for both, but for what the server's code must do.
struct What {
    name: &'static str,
    added: &'static str,
    removed: &'static str,
    ty: &'static str,
    default: &'static str,
}

const ARGUMENT: What = What {
    name: "argument",
    added: "argument-added",
    removed: "argument-removed",
    ty: "argument-type-changed",
    default: "argument-default-changed",
};
const INPUT: What = What {
    name: "input field",
    added: "input-field-added",
    removed: "input-field-removed",
    ty: "input-field-type-changed",
    default: "input-field-default-changed",
};

/// Compares the arguments of a field.
pub fn arguments(path: &str, was: &FieldDef, now: &FieldDef, diff: &mut Diff) {
    let path = |argument: &FieldDef| format!("{path}({}:)", argument.name.text);
    compare(
        &ARGUMENT,
        path,
        &matched(&was.args, &now.args, |argument| &argument.name.text),
        diff,
    );
}

/// Compares the fields of an input object.
pub fn inputs(was: &TypeDef, now: &TypeDef, diff: &mut Diff) {
    let path = |field: &FieldDef| format!("{}.{}", was.name.text, field.name.text);
    compare(
        &INPUT,
        path,
        &matched(&was.fields, &now.fields, |field| &field.name.text),
        diff,
    );
}

fn compare(
    what: &What,
    path: impl Fn(&FieldDef) -> String,
    fields: &Matched<'_, FieldDef>,
    diff: &mut Diff,
) {
    for field in &fields.removed {
        let message = format!(
            "{} removed{}",
            what.name,
            renamed(field, &fields.removed, &fields.added)
        );
        diff.push(what.removed, path(field), message, Breaking, Breaking);
    }
    for (was, now) in &fields.kept {
        kept(what, &path(was), was, now, diff);
    }
    for field in &fields.added {
        added(what, path(field), field, diff);
    }
}

fn added(what: &What, path: String, field: &FieldDef, diff: &mut Diff) {
    let required = !field.ty.nullable() && field.default.is_none();
    let (clients, is) = if required {
        (Breaking, "required: old clients do not send it")
    } else {
        (Safe, "optional")
    };
    // A method gets one more parameter; a struct has one more field, which the code may never read.
    let resolvers = if what.name == ARGUMENT.name {
        Breaking
    } else {
        Dangerous
    };
    diff.push(
        what.added,
        path,
        format!("{} added: {}, {is}", what.name, field.ty),
        clients,
        resolvers,
    );
}

fn kept(what: &What, path: &str, was: &FieldDef, now: &FieldDef, diff: &mut Diff) {
    diff.description(&was.description, &now.description);
    if was.ty.to_string() != now.ty.to_string() {
        // Whoever sends the old type must still be understood: the other way round than for answers.
        let clients = if narrows(&now.ty, &was.ty) {
            Safe
        } else {
            Breaking
        };
        diff.push(
            what.ty,
            path,
            format!("was {}, is {}", was.ty, now.ty),
            clients,
            Breaking,
        );
    }
    if was.default != now.default {
        let message = format!(
            "default was {}, is {}",
            shown(&was.default),
            shown(&now.default)
        );
        // Without a default, what clients leave out may become an error.
        let required = now.default.is_none() && !now.ty.nullable();
        diff.push(
            what.default,
            path,
            message,
            if required { Breaking } else { Dangerous },
            Dangerous,
        );
    }
    deprecation(path, was, now, diff);
}

fn shown(default: &Option<Value>) -> String {
    default
        .as_ref()
        .map_or_else(|| "absent".to_owned(), ToString::to_string)
}
