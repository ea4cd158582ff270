//! Incremental delivery, from outside of async-graphql: what is resolved late, and in which order it may go out.
//!
//! A payload (the first answer, an item of a stream, the data of a deferred fragment) is resolved inside a [`Scope`].
//! While it is resolved, the [`Streamed`](super::streamed::Streamed) and [`Deferred`](super::deferred::Deferred) fields
//! in it leave their work with the scope. Only when the payload itself has gone out does the scope hand that work to the
//! [`Delivery`]: nothing is ever sent for a path before the path exists.
//!
//! All work runs inside the poll of the response body. A client that reads slowly, or not at all, therefore stops the work
//! rather than filling a buffer; a client that goes drops it.

mod errors;
mod group;
mod payloads;
mod scope;

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use async_graphql::{Name, ServerError, Value};
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use serde::Serialize;

use super::path::Path;
use super::plan::{Plan, without_fillers};

pub(crate) use errors::{clean, take_errors};
pub(crate) use group::Group;
pub(crate) use payloads::Payloads;
pub(crate) use scope::{HeldStream, Scope};

/// Work that delivers something late.
pub(crate) type Task = BoxFuture<'static, ()>;

/// How many bytes of records one payload carries: work stops until they are on their way.
const BYTES_A_PAYLOAD: usize = 16 << 10;

/// Where late records and the work behind them meet; one for each request.
#[derive(Clone)]
pub(crate) struct Delivery(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    labels: Arc<[Option<String>]>,
    /// Whether there are fillers in what is delivered.
    filled: bool,
}

#[derive(Default)]
struct State {
    /// Records that are ready, as JSON, with commas between them.
    records: String,
    tasks: Vec<Task>,
}

impl Delivery {
    /// A delivery of what a plan gives late.
    pub(crate) fn new(plan: &Plan) -> Self {
        Self(Arc::new(Shared {
            state: Mutex::default(),
            labels: plan.labels.clone(),
            filled: plan.filled,
        }))
    }

    fn label(&self, group: usize) -> Option<&str> {
        self.0.labels.get(group)?.as_deref()
    }

    /// Whether the plan defers anything, so that values have to be searched for marks.
    fn defers(&self) -> bool {
        !self.0.labels.is_empty()
    }

    pub(crate) fn push(&self, record: &Record<'_>) {
        let json = match self.0.filled {
            true => record.without_fillers(),
            false => serde_json::to_string(record),
        };
        if let Ok(json) = json {
            let records = &mut self.0.state.lock().records;
            if !records.is_empty() {
                records.push(',');
            }
            records.push_str(&json);
        }
    }

    fn release(&self, tasks: impl IntoIterator<Item = Task>) {
        self.0.state.lock().tasks.extend(tasks);
    }

    /// Drops all work that has not begun: nobody is there for it any more.
    fn abandon(&self) {
        let tasks = std::mem::take(&mut self.0.state.lock().tasks);
        drop(tasks);
    }

    /// Waits until the next payload has room for a record.
    pub(crate) async fn room(&self) {
        poll_fn(|cx| {
            if self.0.state.lock().records.len() < BYTES_A_PAYLOAD {
                Poll::Ready(())
            } else {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        })
        .await;
    }
}

/// What stands in a resolved object for a field whose value comes later. No GraphQL enum has a value of this name.
pub(crate) fn placeholder() -> Value {
    Value::Enum(Name::new(PLACEHOLDER))
}

const PLACEHOLDER: &str = "@later";

fn is_placeholder(value: &Value) -> bool {
    matches!(value, Value::Enum(name) if name == PLACEHOLDER)
}

/// One entry of `incremental`, in upstream's form (graphql-yoga's, of 2022).
#[derive(Serialize)]
pub(crate) struct Record<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) items: Option<Option<[&'a Value; 1]>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<&'a Value>,
    pub(crate) path: &'a Path,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) label: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) errors: &'a [ServerError],
}

impl Record<'_> {
    /// As JSON, without what the plan put in.
    fn without_fillers(&self) -> serde_json::Result<String> {
        let without = |value: &Value| {
            let mut value = value.clone();
            without_fillers(&mut value);
            value
        };
        let items = self.items.map(|items| items.map(|[item]| without(item)));
        serde_json::to_string(&Record {
            items: items
                .as_ref()
                .map(|items| items.as_ref().map(|item| [item])),
            data: self.data.map(without).as_ref(),
            ..*self
        })
    }
}
