//! A deferred fragment at one object: its fields are gathered, and leave as one record when all are there.

use std::sync::Arc;

use async_graphql::{Name, ServerError, Value};
use indexmap::IndexMap;
use parking_lot::Mutex;

use super::{Delivery, Record, Task};
use crate::graphql::path::Path;
use crate::graphql::plan::response_key;

pub(crate) struct Group {
    /// The object that the fragment is on.
    pub(super) object: Path,
    /// The number of the fragment in its plan.
    pub(super) mark: usize,
    delivery: Delivery,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    data: IndexMap<Name, Value>,
    errors: Vec<ServerError>,
    /// Fields whose value is still to come.
    pending: usize,
    /// Whether the enclosing payload has gone out, so that the object exists for the client.
    open: bool,
    sent: bool,
    /// What may only go out after this record.
    tasks: Vec<Task>,
    inner: Vec<Arc<Group>>,
}

impl Group {
    pub(super) fn new(object: Path, mark: usize, delivery: Delivery) -> Arc<Self> {
        Arc::new(Self {
            object,
            mark,
            delivery,
            state: Mutex::default(),
        })
    }

    /// Announces a field whose value will come through [`Self::fulfil`].
    pub(crate) fn expect(&self) {
        self.state.lock().pending += 1;
    }

    /// The value of an announced field, with the work that hangs off it.
    pub(crate) fn fulfil(&self, key: &str, value: Option<Value>, errors: Vec<ServerError>) {
        {
            let mut state = self.state.lock();
            if let Some(value) = value {
                insert(&mut state.data, Name::new(response_key(key)), value);
            }
            state.errors.extend(errors);
            state.pending -= 1;
        }
        self.try_send();
    }

    /// A field whose value was there at once. Announced fields left a placeholder, which is not one.
    pub(super) fn put(&self, key: &str, value: Value) {
        insert(
            &mut self.state.lock().data,
            Name::new(response_key(key)),
            value,
        );
    }

    /// Work below this record: it starts when the record has gone out.
    pub(super) fn hold(&self, task: Task) {
        let mut state = self.state.lock();
        if state.sent {
            drop(state);
            self.delivery.release([task]);
        } else {
            state.tasks.push(task);
        }
    }

    /// A fragment inside of this one.
    pub(super) fn nest(&self, inner: Arc<Group>) {
        let mut state = self.state.lock();
        if state.sent {
            drop(state);
            inner.open();
        } else {
            state.inner.push(inner);
        }
    }

    /// The object exists for the client now.
    pub(super) fn open(&self) {
        self.state.lock().open = true;
        self.try_send();
    }

    fn try_send(&self) {
        let (tasks, inner) = {
            let mut state = self.state.lock();
            if !state.open || state.pending > 0 || state.sent {
                return;
            }
            state.sent = true;
            let errors = std::mem::take(&mut state.errors);
            let data = match std::mem::take(&mut state.data) {
                data if data.is_empty() => Value::Null,
                data => Value::Object(data),
            };
            // A fragment on a type that this object is not of selects nothing.
            if data != Value::Null || !errors.is_empty() {
                self.delivery.push(&Record {
                    items: None,
                    data: Some(&data),
                    path: &self.object,
                    label: self.delivery.label(self.mark),
                    errors: &errors,
                });
            }
            (
                std::mem::take(&mut state.tasks),
                std::mem::take(&mut state.inner),
            )
        };
        self.delivery.release(tasks);
        for group in inner {
            group.open();
        }
    }
}

/// Adds a value; a second one under the same key is merged, as the same field may be selected by several fragments.
fn insert(data: &mut IndexMap<Name, Value>, key: Name, value: Value) {
    match (data.get_mut(&key), value) {
        (Some(Value::Object(there)), Value::Object(more)) => {
            for (key, value) in more {
                insert(there, key, value);
            }
        }
        (Some(_), _) => {}
        (None, value) => {
            data.insert(key, value);
        }
    }
}
