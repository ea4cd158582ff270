//! What a [`StateChange`] does to a state: the same for every backend, so that none can merge differently.

use serde_json::{Map, Value};

use super::{AgentState, StateChange, StoreError};

/// Deepest nesting that is kept. `serde_json` reads back at most 127 levels, and a reader may wrap a state in an envelope.
pub const MAX_DEPTH: usize = 120;

/// Refuses a change that could be written but never be read again.
///
/// Looks at the change alone, before it is queued: a merge cannot nest deeper than the deeper of its two sides, plus
/// the key it is put under.
pub(super) fn check(change: &StateChange) -> Result<(), StoreError> {
    let (values, under_key): (Vec<&Value>, usize) = match change {
        StateChange::Replace(value) | StateChange::Merge(value) => (vec![value], 0),
        StateChange::ReplaceKey(_, value) | StateChange::MergeKey(_, value) => (vec![value], 1),
        StateChange::Run { state, messages } => (state.iter().chain(messages).collect(), 1),
    };
    match values
        .into_iter()
        .find(|value| deeper_than(value, MAX_DEPTH - under_key))
    {
        Some(_) => Err(StoreError::Value {
            reason: format!("the JSON is nested too deeply; at most {MAX_DEPTH} levels are kept"),
        }),
        None => Ok(()),
    }
}

impl StateChange {
    /// What can be kept of the change at the end of a run, whose events must not be lost with a state that nests too
    /// deeply. What is left out is logged.
    pub(super) fn keepable(self) -> Option<Self> {
        let Err(error) = check(&self) else {
            return Some(self);
        };
        tracing::warn!(%error, "a run's state is not kept");
        let rest = match self {
            Self::Run { messages, .. } => Self::Run {
                state: None,
                messages,
            },
            _ => return None,
        };
        check(&rest).is_ok().then_some(rest)
    }
}

/// Refuses a change that is for another version than the one that is there.
pub(super) fn expect(before: Option<&AgentState>, expected: Option<u64>) -> Result<(), StoreError> {
    let version = before.map_or(0, |before| before.version);
    match expected {
        Some(expected) if expected != version => Err(StoreError::Conflict { expected, version }),
        _ => Ok(()),
    }
}

/// The state after `change`. An agent without a state starts from an empty object.
pub(super) fn apply(before: Option<AgentState>, change: &StateChange, now_ms: i64) -> AgentState {
    let mut after = before.unwrap_or_else(|| AgentState {
        state: Value::Object(Map::new()),
        messages: Vec::new(),
        version: 0,
        updated_at_ms: 0,
    });
    match change {
        StateChange::Replace(value) => after.state = value.clone(),
        StateChange::Merge(patch) => merge_patch(&mut after.state, patch),
        StateChange::ReplaceKey(key, value) => {
            object(&mut after.state).insert(key.clone(), value.clone());
        }
        StateChange::MergeKey(key, patch) => {
            merge_patch(
                object(&mut after.state)
                    .entry(key.clone())
                    .or_insert(Value::Null),
                patch,
            );
        }
        StateChange::Run { state, messages } => {
            if let Some(state) = state {
                after.state = state.clone();
            }
            after.messages = messages.clone();
        }
    }
    after.version += 1;
    after.updated_at_ms = now_ms;
    after
}

/// RFC 7396: objects merge key by key, `null` removes, anything else replaces.
fn merge_patch(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    let target = object(target);
    for (key, value) in patch {
        if value.is_null() {
            // `shift_remove` keeps the order of the other keys.
            target.shift_remove(key);
        } else {
            merge_patch(target.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

/// The value as an object, made an empty one if it is something else.
fn object(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(map) => map,
        // Two lines up it was made one.
        _ => unreachable!("an object"),
    }
}

/// Level by level, not recursive: the very values it is there to refuse would overflow the stack.
fn deeper_than(value: &Value, limit: usize) -> bool {
    let nests = |value: &&Value| value.is_array() || value.is_object();
    let mut level = vec![value];
    for _ in 0..limit {
        let mut next = Vec::new();
        for value in level {
            match value {
                Value::Array(items) => next.extend(items.iter().filter(nests)),
                Value::Object(map) => next.extend(map.values().filter(nests)),
                _ => {}
            }
        }
        if next.is_empty() {
            return false;
        }
        level = next;
    }
    true
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    /// The examples of RFC 7396, appendix A: target, patch, result.
    #[test]
    fn merge_patch_follows_the_rfc() {
        for (mut target, patch, result) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (
                json!({"a": "b"}),
                json!({"b": "c"}),
                json!({"a": "b", "b": "c"}),
            ),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (
                json!({"a": "b", "b": "c"}),
                json!({"a": null}),
                json!({"b": "c"}),
            ),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "d", "c": null}}),
                json!({"a": {"b": "d"}}),
            ),
            (
                json!({"a": [{"b": "c"}]}),
                json!({"a": [1]}),
                json!({"a": [1]}),
            ),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a": "b"}), json!(["c"]), json!(["c"])),
            (json!({"a": "foo"}), json!(null), json!(null)),
            (json!({"a": "foo"}), json!("bar"), json!("bar")),
            (
                json!({"e": null}),
                json!({"a": 1}),
                json!({"e": null, "a": 1}),
            ),
            (
                json!([1, 2]),
                json!({"a": "b", "c": null}),
                json!({"a": "b"}),
            ),
            (
                json!({}),
                json!({"a": {"bb": {"ccc": null}}}),
                json!({"a": {"bb": {}}}),
            ),
        ] {
            let shown = format!("{target} + {patch}");
            merge_patch(&mut target, &patch);
            assert_eq!(target, result, "{shown}");
        }
    }

    fn nested(levels: usize) -> Value {
        (0..levels).fold(json!(1), |inner, _| Value::Array(vec![inner]))
    }

    #[test]
    fn what_is_accepted_can_be_read_back() {
        let deepest = StateChange::Replace(nested(MAX_DEPTH));
        check(&deepest).unwrap();
        let text = serde_json::to_string(&apply(None, &deepest, 0).state).unwrap();
        serde_json::from_str::<Value>(&text).unwrap();

        check(&StateChange::MergeKey("k".into(), nested(MAX_DEPTH - 1))).unwrap();
        for change in [
            StateChange::Replace(nested(MAX_DEPTH + 1)),
            StateChange::MergeKey("k".into(), nested(MAX_DEPTH)),
            StateChange::Run {
                state: None,
                messages: vec![nested(1000)],
            },
        ] {
            assert!(
                check(&change)
                    .unwrap_err()
                    .to_string()
                    .contains("at most 120 levels")
            );
        }
    }
}
