//! What is left to do while one payload is resolved, and how it is let go once the payload is out.

use std::sync::Arc;

use async_graphql::Value;
use async_graphql::parser::types::Field;
use async_graphql::{Name, Positioned};
use parking_lot::Mutex;

use super::{Delivery, Group, Task};
use crate::graphql::path::{Path, Segment};
use crate::graphql::plan;

/// A streamed field that waits for its payload. Its start takes the field: all selections of it, merged.
pub(crate) struct HeldStream {
    pub(crate) path: Path,
    pub(crate) field: Positioned<Field>,
    pub(crate) start: Box<dyn FnOnce(Positioned<Field>) -> Task + Send>,
}

/// Holds back the work below one payload until the payload has gone out.
pub(crate) struct Scope {
    pub(crate) delivery: Delivery,
    /// The deferred fragment that this payload is a part of, if it is not a record of its own.
    within: Option<Arc<Group>>,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    streams: Vec<HeldStream>,
    tasks: Vec<Task>,
    groups: Vec<Arc<Group>>,
}

impl Scope {
    /// A payload that is a record of its own.
    pub(crate) fn new(delivery: Delivery) -> Arc<Self> {
        Self::inside(delivery, None)
    }

    /// A payload that leaves with the record of `within`.
    pub(crate) fn inside(delivery: Delivery, within: Option<Arc<Group>>) -> Arc<Self> {
        Arc::new(Self {
            delivery,
            within,
            held: Mutex::default(),
        })
    }

    /// Leaves a stream with the scope. The same field selected once more adds its selection: it streams once.
    pub(crate) fn hold_stream(&self, stream: HeldStream) {
        let mut held = self.held.lock();
        match held.streams.iter_mut().find(|it| it.path == stream.path) {
            Some(first) => {
                let more = stream.field.node.selection_set.node.items;
                first.field.node.selection_set.node.items.extend(more);
            }
            None => held.streams.push(stream),
        }
    }

    /// Leaves other work with the scope.
    pub(crate) fn hold(&self, task: Task) {
        self.held.lock().tasks.push(task);
    }

    /// The deferred fragment number `mark` at this object.
    pub(crate) fn group(&self, object: Path, mark: usize) -> Arc<Group> {
        let mut held = self.held.lock();
        if let Some(group) = find(&held.groups, &object, mark) {
            return group;
        }
        let group = Group::new(object, mark, self.delivery.clone());
        held.groups.push(group.clone());
        group
    }

    /// Whether nothing at all is left to do after this payload.
    pub(crate) fn is_empty(&self) -> bool {
        let held = self.held.lock();
        held.streams.is_empty() && held.tasks.is_empty() && held.groups.is_empty()
    }

    /// Takes what belongs to deferred fragments out of a resolved payload.
    pub(crate) fn settle(&self, value: &mut Value, path: &Path) {
        if self.delivery.defers() {
            self.extract(value, path);
        }
    }

    /// Drops the held work: the payload will never go out. What is held knows the request, and the request knows its scope.
    pub(crate) fn abandon(&self) {
        let held = std::mem::take(&mut *self.held.lock());
        drop(held);
    }

    /// Lets the held work go: the payload is out (or, for a part of a record, will go out with it).
    pub(crate) fn release(&self) {
        let Held {
            streams,
            tasks,
            groups,
        } = std::mem::take(&mut *self.held.lock());
        for stream in streams {
            let group = self.enclosing(&groups, &stream.path);
            let task = (stream.start)(stream.field);
            match group {
                Some(group) => group.hold(task),
                None => self.delivery.release([task]),
            }
        }
        self.delivery.release(tasks);
        for group in &groups {
            match self.enclosing(&groups, &group.object) {
                Some(outer) => outer.nest(group.clone()),
                None => group.open(),
            }
        }
    }

    /// The innermost deferred fragment of this payload that `path` lies in.
    fn enclosing(&self, groups: &[Arc<Group>], path: &Path) -> Option<Arc<Group>> {
        let segments = path.segments();
        segments
            .iter()
            .enumerate()
            .rev()
            .find_map(|(at, segment)| match segment {
                Segment::Field(name) => find(groups, &path.prefix(at), plan::mark(name.as_str())?),
                Segment::Index(_) => None,
            })
            .or_else(|| self.within.clone())
    }

    fn extract(&self, value: &mut Value, path: &Path) {
        match value {
            Value::Object(fields) => {
                let marked: Vec<Name> = fields
                    .keys()
                    .filter(|key| plan::mark(key).is_some())
                    .cloned()
                    .collect();
                for (key, value) in fields.iter_mut() {
                    if matches!(value, Value::Object(_) | Value::List(_)) {
                        self.extract(value, &path.join(Segment::Field(key.clone())));
                    }
                }
                for key in marked {
                    if let (Some(mark), Some(value)) = (plan::mark(&key), fields.shift_remove(&key))
                    {
                        let group = self.group(path.clone(), mark);
                        if !super::is_placeholder(&value) {
                            group.put(&key, value);
                        }
                    }
                }
            }
            Value::List(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    if matches!(item, Value::Object(_) | Value::List(_)) {
                        self.extract(item, &path.join(Segment::Index(index)));
                    }
                }
            }
            _ => {}
        }
    }
}

fn find(groups: &[Arc<Group>], object: &Path, mark: usize) -> Option<Arc<Group>> {
    groups
        .iter()
        .find(|group| group.mark == mark && group.object == *object)
        .cloned()
}
