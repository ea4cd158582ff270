//! What changed between two schemas, and whom it hurts.
//!
//! Two parties are asked separately. **Clients** were written against the old schema and talk to the new one. **Resolvers** are
//! this server's hand-written code, compiled against what is generated from the new one: for them a change is breaking where
//! the compiler stops at it, dangerous where it compiles and ignores something.

use serde::Serialize;

use crate::{
    schema::Schema,
    sdl::{Kind, TypeDef},
};

mod arguments;
mod fields;
mod report;
mod types;
mod variants;

pub use report::human;

/// How much a change hurts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing needs to be done.
    Safe,
    /// What worked may behave differently.
    Dangerous,
    /// What worked fails.
    Breaking,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What kind of difference: `field-added`, `type-removed` and so on.
    pub change: &'static str,
    /// What differs: `Type`, `Type.field`, `Type.field(argument:)` or `Type.VALUE`.
    pub path: String,
    /// How it differs, in short.
    pub message: String,
    /// Whether old clients get along with it.
    pub clients: Severity,
    /// Whether the server's code gets along with it.
    pub resolvers: Severity,
}

impl Change {
    /// How much it hurts whom it hurts most.
    pub fn worst(&self) -> Severity {
        self.clients.max(self.resolvers)
    }
}

/// All differences.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// In the order of the schemas, by type.
    pub changes: Vec<Change>,
    /// How many descriptions differ.
    pub descriptions: usize,
}

impl Diff {
    /// Whether anything breaks clients or resolvers.
    pub fn is_breaking(&self) -> bool {
        self.changes
            .iter()
            .any(|change| change.worst() == Severity::Breaking)
    }

    fn push(
        &mut self,
        change: &'static str,
        path: impl Into<String>,
        message: impl Into<String>,
        clients: Severity,
        resolvers: Severity,
    ) {
        self.changes.push(Change {
            change,
            path: path.into(),
            message: message.into(),
            clients,
            resolvers,
        });
    }

    fn description(&mut self, old: &Option<String>, new: &Option<String>) {
        self.descriptions += usize::from(old != new);
    }
}

/// Compares two schemas.
pub fn diff(old: &Schema, new: &Schema) -> Diff {
    let mut diff = Diff::default();
    types::roots(old, new, &mut diff);
    for ty in old.types() {
        match new.get(&ty.name.text) {
            Some(now) => changed(old, new, ty, now, &mut diff),
            None => types::removed(ty, &mut diff),
        }
    }
    for ty in new
        .types()
        .iter()
        .filter(|ty| old.get(&ty.name.text).is_none())
    {
        types::added(old, ty, &mut diff);
    }
    diff
}

fn changed(old: &Schema, new: &Schema, was: &TypeDef, now: &TypeDef, diff: &mut Diff) {
    if was.kind != now.kind {
        return types::kind_changed(was, now, diff);
    }
    diff.description(&was.description, &now.description);
    match was.kind {
        Kind::Scalar => {}
        Kind::Object | Kind::Interface => {
            types::interfaces(was, now, diff);
            fields::fields(new.is_root(&now.name.text), was, now, diff);
        }
        Kind::Input => arguments::inputs(was, now, diff),
        Kind::Union => variants::members(was, now, diff),
        Kind::Enum => variants::values(
            types::is_input(old, &was.name.text) || types::is_input(new, &was.name.text),
            was,
            now,
            diff,
        ),
    }
}

/// What is only in the old list, what is in both, what is only in the new one; told apart by name.
struct Matched<'a, T> {
    removed: Vec<&'a T>,
    kept: Vec<(&'a T, &'a T)>,
    added: Vec<&'a T>,
}

fn matched<'a, T>(old: &'a [T], new: &'a [T], name: impl Fn(&T) -> &str) -> Matched<'a, T> {
    let find = |list: &'a [T], wanted: &T| list.iter().find(|item| name(item) == name(wanted));
    Matched {
        removed: old
            .iter()
            .filter(|item| find(new, item).is_none())
            .collect(),
        kept: old
            .iter()
            .filter_map(|item| find(new, item).map(|now| (item, now)))
            .collect(),
        added: new
            .iter()
            .filter(|item| find(old, item).is_none())
            .collect(),
    }
}
