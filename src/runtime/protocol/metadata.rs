//! AG-UI's rule for metadata of events that make one thing together: key by key, the last one stands.

use std::borrow::BorrowMut;

use serde_json::Value;

/// Adds what a later event says.
pub(super) fn merge<T: BorrowMut<Value> + From<Value>>(
    metadata: &mut Option<T>,
    later: Option<&Value>,
) {
    let now = metadata.as_mut().map(BorrowMut::borrow_mut);
    match (now, later) {
        (Some(Value::Object(now)), Some(Value::Object(later))) => now.extend(later.clone()),
        (_, None | Some(Value::Null)) => {}
        (_, Some(later)) => *metadata = Some(later.clone().into()),
    }
}
