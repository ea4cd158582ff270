//! The tools by which a model changes the application's state, and the events that tell of it (upstream 1.75.0).

use std::slice;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::generated::agui::{Event, JsonPatchOperation, StateDeltaEvent, StateSnapshotEvent};
use crate::runtime::protocol::{Document, Unfit};

/// Replaces the whole state.
pub(super) const SNAPSHOT_TOOL: &str = "AGUISendStateSnapshot";
/// Changes parts of it.
pub(super) const DELTA_TOOL: &str = "AGUISendStateDelta";

/// One of the two, as the model gets to know it.
pub(super) struct StateTool {
    pub name: &'static str,
    pub description: &'static str,
    pub parameters: Value,
}

/// Both, in upstream's order.
pub(super) fn tools() -> &'static [StateTool; 2] {
    static TOOLS: LazyLock<[StateTool; 2]> = LazyLock::new(|| {
        let operation = json!({
            "type": "object",
            "properties": {
                "op": {"type": "string", "enum": ["add", "replace", "remove"]},
                "path": {"type": "string", "description": "JSON Pointer to the place, such as /items/0/title"},
                "value": {"description": "What stands there then; not for remove"},
            },
            "required": ["op", "path"],
        });
        [
            StateTool {
                name: SNAPSHOT_TOOL,
                description: "Puts a new state in the place of the application's whole state",
                parameters: json!({
                    "type": "object",
                    "properties": {"snapshot": {"description": "The whole new state"}},
                    "required": ["snapshot"],
                }),
            },
            StateTool {
                name: DELTA_TOOL,
                description: "Changes parts of the application's state by JSON Patch operations (RFC 6902)",
                parameters: json!({
                    "type": "object",
                    "properties": {"delta": {"type": "array", "items": operation}},
                    "required": ["delta"],
                }),
            },
        ]
    });
    &TOOLS
}

/// The state as the run's calls change it.
#[derive(Debug)]
pub(super) struct SharedState {
    now: Document,
    /// Whether the client must be told what a first delta builds on.
    untold: bool,
}

/// What a call did: what the model hears of it, and the events for the client, none if it failed.
#[derive(Debug)]
pub(super) struct Changed {
    pub events: Vec<Event>,
    pub result: String,
}

#[derive(Deserialize)]
struct SnapshotArguments {
    #[serde(deserialize_with = "present")]
    snapshot: Value,
}

#[derive(Deserialize)]
struct DeltaArguments {
    delta: Vec<Value>,
}

impl SharedState {
    /// The state that the client sent.
    pub(super) fn new(state: Option<&Value>) -> Self {
        let now = state
            .filter(|state| !state.is_null())
            .cloned()
            .unwrap_or_else(|| Value::Object(Map::new()));
        Self {
            now: Document::new(Some(now)),
            untold: state.is_some(),
        }
    }

    /// The state as it is now.
    pub(super) fn now(&self) -> &Value {
        self.now.value().unwrap_or(&Value::Null)
    }

    /// Answers a call of one of the tools; `None` if it is of neither.
    pub(super) fn call(&mut self, name: &str, arguments: &str) -> Option<Changed> {
        let done = match name {
            SNAPSHOT_TOOL => self.replace(arguments),
            DELTA_TOOL => self.patch(arguments),
            _ => return None,
        };
        Some(done.unwrap_or_else(|error| Changed {
            events: Vec::new(),
            result: json!({"success": false, "error": error}).to_string(),
        }))
    }

    fn replace(&mut self, arguments: &str) -> Result<Changed, String> {
        let SnapshotArguments { snapshot } = read(arguments)?;
        self.now.set(&snapshot).map_err(|unfit| unfit.to_string())?;
        self.untold = false;
        Ok(Changed {
            result: json!({"success": true, "snapshot": snapshot}).to_string(),
            events: vec![StateSnapshotEvent::new(snapshot).into()],
        })
    }

    fn patch(&mut self, arguments: &str) -> Result<Changed, String> {
        let DeltaArguments { delta } = read(arguments)?;
        let mut next = self.now.clone();
        let mut fitting = Vec::new();
        for operation in &delta {
            for operation in missing_list(next.value(), operation)
                .into_iter()
                .chain([operation.clone()])
            {
                fitting.push(apply(&mut next, operation)?);
            }
        }
        let mut events = Vec::new();
        if std::mem::take(&mut self.untold) {
            let before = self.now.value().cloned().unwrap_or_default();
            events.push(StateSnapshotEvent::new(before).into());
        }
        events.push(StateDeltaEvent::new(fitting).into());
        self.now = next;
        Ok(Changed {
            events,
            result: json!({"success": true, "delta": delta}).to_string(),
        })
    }
}

/// Models append to lists that are not there yet; upstream 1.75.0 makes them.
fn missing_list(state: Option<&Value>, operation: &Value) -> Option<Value> {
    let path = operation["path"].as_str()?.strip_suffix("/-")?;
    let (parent, _) = path.rsplit_once('/')?;
    let state = state?;
    let made = operation["op"] == "add"
        && state.pointer(path).is_none()
        && state.pointer(parent).is_some();
    made.then(|| json!({"op": "add", "path": path, "value": []}))
}

/// Applies one operation, as the application will get it. `copy` and `move` are not offered to the model, and a few short
/// ones could make a state of any size.
fn apply(state: &mut Document, operation: Value) -> Result<JsonPatchOperation, String> {
    let fitting: JsonPatchOperation = serde_json::from_value(operation.clone())
        .map_err(|error| format!("{operation} is not a JSON Patch operation: {error}"))?;
    match fitting {
        JsonPatchOperation::Copy(_)
        | JsonPatchOperation::Move(_)
        | JsonPatchOperation::Other(_) => {
            return Err(format!(
                "{operation} is not one of the operations that are allowed: add, replace, remove and test"
            ));
        }
        JsonPatchOperation::Add(_)
        | JsonPatchOperation::Replace(_)
        | JsonPatchOperation::Remove(_)
        | JsonPatchOperation::Test(_) => {}
    }
    match state.patch(slice::from_ref(&fitting)) {
        Ok(()) => Ok(fitting),
        Err(Unfit::Patch(error)) => Err(format!(
            "{operation} does not fit the state: {}",
            error.kind
        )),
        // Without the operation: it may be what is too large.
        Err(unfit) => Err(unfit.to_string()),
    }
}

fn read<T: for<'de> Deserialize<'de>>(arguments: &str) -> Result<T, String> {
    serde_json::from_str(arguments).map_err(|error| format!("bad arguments: {error}"))
}

/// A `null` is a value too; only what is missing is an error.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    Value::deserialize(deserializer)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn state(of: Value) -> SharedState {
        SharedState::new(Some(&of))
    }

    fn refused(state: &mut SharedState, tool: &str, arguments: &Value) -> String {
        let changed = state.call(tool, &arguments.to_string()).unwrap();
        assert!(changed.events.is_empty(), "{:?}", changed.events);
        let result: Value = serde_json::from_str(&changed.result).unwrap();
        assert_eq!(result["success"], false);
        result["error"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_state_that_copies_itself_again_and_again_is_refused() {
        let before = json!({"a": 1, "b": 2});
        let mut state = state(before.clone());
        let copies: Vec<Value> = (0..10)
            .map(|n| json!({"op": "copy", "from": "", "path": format!("/k{n}")}))
            .collect();
        for delta in [
            json!(copies),
            json!([{"op": "add", "path": "/c", "value": 3}, {"op": "move", "from": "/a", "path": "/z"}]),
            json!([{"op": "frob", "path": "/a"}]),
        ] {
            let error = refused(&mut state, DELTA_TOOL, &json!({"delta": delta}));
            assert!(error.contains("add, replace, remove and test"), "{error}");
            assert_eq!(state.now.value(), Some(&before));
        }
    }

    #[test]
    fn a_state_grows_up_to_the_limits_of_all_documents() {
        let mut state = state(json!({}));
        let half = "x".repeat(9 << 20);
        let add = |path: &str| json!({"delta": [{"op": "add", "path": path, "value": half}]});
        let first = state.call(DELTA_TOOL, &add("/a").to_string()).unwrap();
        assert_eq!(first.events.len(), 2);
        let error = refused(&mut state, DELTA_TOOL, &add("/b"));
        assert!(error.contains("larger than"), "{error}");
        let deep = (0..110).fold(json!(1), |inner, _| json!([inner]));
        let error = refused(&mut state, SNAPSHOT_TOOL, &json!({"snapshot": deep}));
        assert!(error.contains("deeper than"), "{error}");
        let keys: Vec<&String> = state
            .now
            .value()
            .unwrap()
            .as_object()
            .unwrap()
            .keys()
            .collect();
        assert_eq!(keys, ["a"]);
    }
}
