//! Types that come, go or become something else.

use super::{
    Diff,
    Severity::{Breaking, Dangerous, Safe},
    matched,
};
use crate::{
    schema::Schema,
    sdl::{Kind, TypeDef},
};

/// Compares the names of the root types: an operation starts there.
pub fn roots(old: &Schema, new: &Schema, diff: &mut Diff) {
    let roots = [
        ("query", old.query(), new.query()),
        ("mutation", old.mutation(), new.mutation()),
        ("subscription", old.subscription(), new.subscription()),
    ];
    for (role, was, now) in roots {
        let name =
            |ty: Option<&TypeDef>| ty.map_or("nothing", |ty| ty.name.text.as_str()).to_owned();
        let (was_name, now_name) = (name(was), name(now));
        if was_name != now_name {
            let severity = if was.is_some() { Breaking } else { Safe };
            diff.push(
                "root-changed",
                role,
                format!("was {was_name}, is {now_name}"),
                severity,
                Breaking,
            );
        }
    }
}

/// A type that is no longer there.
pub fn removed(ty: &TypeDef, diff: &mut Diff) {
    diff.push(
        "type-removed",
        &ty.name.text,
        format!("{} removed", ty.kind),
        Breaking,
        Breaking,
    );
}

/// A type that was not there.
///
/// By itself it is safe; one that implements an interface is a new kind of answer where there was that interface before.
pub fn added(old: &Schema, ty: &TypeDef, diff: &mut Diff) {
    diff.push(
        "type-added",
        &ty.name.text,
        format!("{} added", ty.kind),
        Safe,
        Safe,
    );
    for interface in ty
        .interfaces
        .iter()
        .filter(|interface| old.get(&interface.text).is_some())
    {
        let message = format!(
            "may now be {}, which no fragment of an old client covers",
            ty.name.text
        );
        diff.push(
            "possible-type-added",
            &interface.text,
            message,
            Dangerous,
            Breaking,
        );
    }
}

/// A type that is something else under the same name.
pub fn kind_changed(was: &TypeDef, now: &TypeDef, diff: &mut Diff) {
    diff.push(
        "kind-changed",
        &was.name.text,
        format!("was {}, is {}", was.kind, now.kind),
        Breaking,
        Breaking,
    );
}

/// Compares the interfaces that a type implements.
pub fn interfaces(was: &TypeDef, now: &TypeDef, diff: &mut Diff) {
    let interfaces = matched(&was.interfaces, &now.interfaces, |name| &name.text);
    for interface in interfaces.removed {
        let message = format!("no longer implements {}", interface.text);
        diff.push(
            "interface-removed",
            &was.name.text,
            message,
            Breaking,
            Breaking,
        );
    }
    for interface in interfaces.added {
        diff.push(
            "interface-added",
            &was.name.text,
            format!("implements {}", interface.text),
            Dangerous,
            Breaking,
        );
    }
}

/// Whether clients send values of that type.
pub fn is_input(schema: &Schema, name: &str) -> bool {
    schema.types().iter().any(|ty| {
        let is = |field: &crate::sdl::FieldDef| field.ty.name().text == name;
        match ty.kind {
            Kind::Input => ty.fields.iter().any(is),
            _ => ty.fields.iter().any(|field| field.args.iter().any(is)),
        }
    })
}
