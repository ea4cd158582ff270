//! JSON documents that an agent changes with patches: the state, and what activities show.
//!
//! A patch applies whole or not at all. A few short `copy` operations can make a document of any size and depth, so both have
//! bounds.

use std::borrow::Cow;
use std::slice;

use json_patch::jsonptr::{Pointer, PointerBuf};
use json_patch::{
    AddOperation, CopyOperation, MoveOperation, PatchOperation, RemoveOperation, ReplaceOperation,
    TestOperation,
};
use serde_json::Value;

use crate::generated::agui::JsonPatchOperation;

/// How large a document may become, in about as many bytes as its JSON has.
pub(super) const LIMIT: usize = 16 << 20;

/// How deep a document may become. `serde_json` reads 128 levels, and the events around a state need a few.
pub(super) const DEPTH: usize = 100;

/// Why a change was left out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unfit {
    #[error("an operation of the patch is not one of RFC 6902's")]
    Operation,
    #[error(transparent)]
    Patch(#[from] json_patch::PatchError),
    #[error("the document would be larger than {LIMIT} bytes or deeper than {DEPTH} levels")]
    TooLarge,
}

/// How large and how deep a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    bytes: usize,
    depth: usize,
}

impl Extent {
    pub(super) fn bytes(self) -> usize {
        self.bytes
    }

    pub(super) fn of(value: &Value) -> Self {
        let (own, inner) = match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => return Self { bytes: 8, depth: 0 },
            Value::String(text) => {
                return Self {
                    bytes: text.len() + 8,
                    depth: 0,
                };
            }
            Value::Array(items) => (8, items.iter().fold((0, 0), add)),
            Value::Object(entries) => (
                8 + entries.keys().map(|key| key.len() + 8).sum::<usize>(),
                entries.values().fold((0, 0), add),
            ),
        };
        Self {
            bytes: own + inner.0,
            depth: inner.1 + 1,
        }
    }
}

fn add((bytes, depth): (usize, usize), value: &Value) -> (usize, usize) {
    let extent = Extent::of(value);
    (bytes + extent.bytes, depth.max(extent.depth))
}

/// An upper bound of what documents take, kept without looking at them more often than needed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Room {
    used: usize,
}

impl Room {
    pub(super) fn used(used: Extent) -> Self {
        Self { used: used.bytes }
    }

    /// Takes room for something new. `measure` tells what is really used, and is asked if it might matter.
    pub(super) fn take(
        &mut self,
        new: Extent,
        measure: impl FnOnce() -> usize,
    ) -> Result<(), Unfit> {
        if new.depth > DEPTH {
            return Err(Unfit::TooLarge);
        }
        if self.used.saturating_add(new.bytes) > LIMIT {
            self.used = measure();
        }
        let used = self.used.saturating_add(new.bytes);
        if used > LIMIT {
            return Err(Unfit::TooLarge);
        }
        self.used = used;
        Ok(())
    }
}

/// A document that may not be there yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct Document {
    value: Option<Value>,
    room: Room,
}

impl Document {
    pub(crate) fn new(value: Option<Value>) -> Self {
        let room = value.as_ref().map(Extent::of).map(Room::used);
        Self {
            room: room.unwrap_or_default(),
            value,
        }
    }

    pub(crate) fn value(&self) -> Option<&Value> {
        self.value.as_ref()
    }

    pub(super) fn into_value(self) -> Option<Value> {
        self.value
    }

    pub(crate) fn set(&mut self, value: &Value) -> Result<(), Unfit> {
        let mut room = Room::default();
        room.take(Extent::of(value), || 0)?;
        self.room = room;
        self.value = Some(value.clone());
        Ok(())
    }

    /// Applies a patch; to `{}` if there is nothing yet.
    pub(crate) fn patch(&mut self, patch: &[JsonPatchOperation]) -> Result<(), Unfit> {
        if let Some(value) = &mut self.value {
            return apply(value, patch, &mut self.room, |value| {
                Extent::of(value).bytes
            });
        }
        let mut value = Value::Object(Default::default());
        apply(&mut value, patch, &mut self.room, |value| {
            Extent::of(value).bytes
        })?;
        self.value = Some(value);
        Ok(())
    }
}

/// Applies a patch whole or not at all. `measure` tells what the room has in use, with the value as it is then.
pub(super) fn apply(
    value: &mut Value,
    patch: &[JsonPatchOperation],
    room: &mut Room,
    measure: impl Fn(&Value) -> usize,
) -> Result<(), Unfit> {
    let operations: Option<Vec<PatchOperation>> = patch.iter().map(operation).collect();
    let operations = operations.ok_or(Unfit::Operation)?;
    let takes_from_it = |operation: &PatchOperation| {
        matches!(operation, PatchOperation::Copy(_) | PatchOperation::Move(_))
    };
    if operations.iter().any(takes_from_it) {
        // Step by step, as what an operation takes depends on those before it. And `json_patch` does not undo a `move` that
        // found its source but not its target.
        let mut changed = value.clone();
        let mut changed_room = *room;
        for operation in &operations {
            let new = growth(&changed, operation);
            changed_room.take(new, || measure(&changed))?;
            json_patch::patch(&mut changed, slice::from_ref(operation))?;
        }
        *value = changed;
        *room = changed_room;
        return Ok(());
    }
    let new = operations.iter().map(|operation| growth(value, operation));
    let new = new.fold(Extent { bytes: 0, depth: 0 }, |all, new| Extent {
        bytes: all.bytes.saturating_add(new.bytes),
        depth: all.depth.max(new.depth),
    });
    room.take(new, || measure(value))?;
    Ok(json_patch::patch(value, &operations)?)
}

/// By how much an operation may make the document larger, and how deep.
fn growth(value: &Value, operation: &PatchOperation) -> Extent {
    let (path, new) = match operation {
        PatchOperation::Add(operation) => (&operation.path, Cow::Borrowed(&operation.value)),
        PatchOperation::Replace(operation) => (&operation.path, Cow::Borrowed(&operation.value)),
        PatchOperation::Copy(operation) => (&operation.path, source(value, &operation.from)),
        PatchOperation::Move(operation) => (&operation.path, source(value, &operation.from)),
        PatchOperation::Remove(_) | PatchOperation::Test(_) => {
            return Extent { bytes: 0, depth: 0 };
        }
    };
    let extent = Extent::of(&new);
    let moved = matches!(operation, PatchOperation::Move(_));
    Extent {
        bytes: path.len() + if moved { 0 } else { extent.bytes },
        depth: path.tokens().count() + extent.depth,
    }
}

fn source<'a>(value: &'a Value, from: &Pointer) -> Cow<'a, Value> {
    value
        .pointer(from.as_str())
        .map_or(Cow::Owned(Value::Null), Cow::Borrowed)
}

fn operation(operation: &JsonPatchOperation) -> Option<PatchOperation> {
    Some(match operation {
        JsonPatchOperation::Add(operation) => PatchOperation::Add(AddOperation {
            path: pointer(&operation.path)?,
            value: operation.value.clone(),
        }),
        JsonPatchOperation::Remove(operation) => PatchOperation::Remove(RemoveOperation {
            path: pointer(&operation.path)?,
        }),
        JsonPatchOperation::Replace(operation) => PatchOperation::Replace(ReplaceOperation {
            path: pointer(&operation.path)?,
            value: operation.value.clone(),
        }),
        JsonPatchOperation::Move(operation) => PatchOperation::Move(MoveOperation {
            from: pointer(&operation.from)?,
            path: pointer(&operation.path)?,
        }),
        JsonPatchOperation::Copy(operation) => PatchOperation::Copy(CopyOperation {
            from: pointer(&operation.from)?,
            path: pointer(&operation.path)?,
        }),
        JsonPatchOperation::Test(operation) => PatchOperation::Test(TestOperation {
            path: pointer(&operation.path)?,
            value: operation.value.clone(),
        }),
        JsonPatchOperation::Other(_) => return None,
    })
}

fn pointer(path: &str) -> Option<PointerBuf> {
    PointerBuf::parse(path).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn patch(document: &mut Document, patch: Value) -> Result<(), Unfit> {
        let patch: Vec<JsonPatchOperation> = serde_json::from_value(patch).unwrap();
        document.patch(&patch)
    }

    #[test]
    fn a_patch_that_does_not_fit_changes_nothing() {
        let before = json!({"a": {"b": 1}, "list": [1, 2]});
        let mut document = Document::new(Some(before.clone()));
        for misfit in [
            json!([{"op": "add", "path": "/a/x", "value": 1}, {"op": "move", "from": "/a", "path": "/no/where"}]),
            json!([{"op": "add", "path": "/list/-", "value": 3}, {"op": "remove", "path": "/no"}]),
            json!([{"op": "remove", "path": "/list/0"}, {"op": "test", "path": "/a", "value": 0}]),
            json!([{"op": "replace", "path": "/a", "value": 0}, {"op": "replace", "path": "/no", "value": 0}]),
            json!([{"op": "add", "path": "/x", "value": 0}, {"op": "no such", "path": "/x"}]),
            json!([{"op": "add", "path": "no pointer", "value": 0}]),
        ] {
            patch(&mut document, misfit).unwrap_err();
            assert_eq!(document.value, Some(before.clone()));
        }
    }

    #[test]
    fn copies_cannot_blow_a_document_up() {
        let mut wide = Document::new(Some(json!({"list": ["x".repeat(100_000)]})));
        let mut deep = Document::new(Some(json!({})));
        for _ in 0..20 {
            let double = json!([{"op": "copy", "from": "/list", "path": "/list/-"}, {"op": "copy", "from": "/list", "path": "/list/-"}]);
            let _ = patch(&mut wide, double);
        }
        for _ in 0..2 * DEPTH {
            let nest = json!([{"op": "copy", "from": "", "path": "/a"}]);
            let _ = patch(&mut deep, nest);
        }
        let wide = Extent::of(wide.value.as_ref().unwrap());
        assert!(wide.bytes <= LIMIT && wide.depth <= DEPTH, "{wide:?}");
        let deep = Extent::of(deep.value.as_ref().unwrap());
        assert!(deep.depth <= DEPTH && deep.depth > DEPTH / 2, "{deep:?}");
    }

    #[test]
    fn a_document_that_changes_for_long_is_not_taken_for_a_large_one() {
        let mut document = Document::new(None);
        document.set(&json!({"text": ""})).unwrap();
        let text = "x".repeat(LIMIT / 4);
        for _ in 0..9 {
            let change = json!([{"op": "replace", "path": "/text", "value": text}]);
            patch(&mut document, change).unwrap();
        }
        document.set(&json!("x".repeat(LIMIT))).unwrap_err();
        assert_eq!(document.into_value(), Some(json!({"text": text})));
    }
}
