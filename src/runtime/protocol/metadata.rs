//! AG-UI's rule for metadata of events that make one thing together: key by key, the last one stands.

use serde_json::Value;

/// Adds what a later event says.
pub(super) fn merge(metadata: &mut Option<Value>, later: Option<Value>) {
    match (metadata, later) {
        (Some(Value::Object(metadata)), Some(Value::Object(later))) => metadata.extend(later),
        (_, None | Some(Value::Null)) => {}
        (metadata, later) => *metadata = later,
    }
}
