//! The tools by which a model changes the application's state, and the events that tell of it (upstream 1.75.0).

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::generated::agui::{Event, StateDeltaEvent, StateSnapshotEvent};

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
    now: Value,
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
        Self {
            now: state
                .filter(|state| !state.is_null())
                .cloned()
                .unwrap_or_else(|| Value::Object(Map::new())),
            untold: state.is_some(),
        }
    }

    /// The state as it is now.
    pub(super) fn now(&self) -> &Value {
        &self.now
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
        self.now = snapshot.clone();
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
            for operation in missing_list(&next, operation)
                .into_iter()
                .chain([operation.clone()])
            {
                apply(&mut next, &operation)?;
                fitting.push(serde_json::from_value(operation).map_err(|error| error.to_string())?);
            }
        }
        let mut events = Vec::new();
        if std::mem::take(&mut self.untold) {
            events.push(StateSnapshotEvent::new(self.now.clone()).into());
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
fn missing_list(state: &Value, operation: &Value) -> Option<Value> {
    let path = operation["path"].as_str()?.strip_suffix("/-")?;
    let (parent, _) = path.rsplit_once('/')?;
    let made = operation["op"] == "add"
        && state.pointer(path).is_none()
        && state.pointer(parent).is_some();
    made.then(|| json!({"op": "add", "path": path, "value": []}))
}

fn apply(state: &mut Value, operation: &Value) -> Result<(), String> {
    let patch: json_patch::PatchOperation = serde_json::from_value(operation.clone())
        .map_err(|error| format!("{operation} is not a JSON Patch operation: {error}"))?;
    json_patch::patch(state, &[patch])
        .map_err(|error| format!("{operation} does not fit the state: {}", error.kind))
}

fn read<T: for<'de> Deserialize<'de>>(arguments: &str) -> Result<T, String> {
    serde_json::from_str(arguments).map_err(|error| format!("bad arguments: {error}"))
}

/// A `null` is a value too; only what is missing is an error.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    Value::deserialize(deserializer)
}
