//! Where threads last: the [`Store`] trait, its errors, and one file for each backend.
//!
//! A store knows no HTTP and no GraphQL. Every key carries the owner: what belongs to one is not there for another.

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, TryFutureExt};
use serde::{Deserialize, Serialize};
use serde_json::Value;

mod change;
mod limits;
pub mod memory;
mod open;
pub mod sqlite;
#[cfg(test)]
mod suite;
mod threads;

pub use change::MAX_DEPTH;
pub use open::{check_url, open, without_secrets};
pub use threads::{
    Cursor, EndedRun, Events, NewRun, RunStatus, StartedRun, StoreLimits, StoredRun, Thread,
    ThreadChange, ThreadFilter, ThreadKey, ThreadPage,
};

/// The authenticated principal to whom threads belong; `anonymous` where no authentication is configured.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Owner(String);

impl Owner {
    /// The owner of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// Everybody, where no authentication is configured.
    pub fn anonymous() -> Self {
        Self::new("anonymous")
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Names one agent's state on one thread of one owner.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StateKey {
    /// Whose thread.
    pub owner: Owner,
    /// Which thread.
    pub thread_id: String,
    /// Which agent's state on it.
    pub agent_name: String,
}

/// An agent's state on a thread, with the messages as the client last saw them.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentState {
    /// The state, any JSON.
    pub state: Value,
    /// The thread's messages as this agent left them, in AG-UI's form.
    pub messages: Vec<Value>,
    /// Counts writes, from 1.
    pub version: u64,
    /// Time of the last write, in milliseconds since 1970.
    pub updated_at_ms: i64,
}

/// One atomic change of an agent's state. Concurrent changes of one key happen one after the other; none is lost.
#[derive(Debug, Clone, PartialEq)]
pub enum StateChange {
    /// The state becomes this value.
    Replace(Value),
    /// RFC 7396 JSON Merge Patch on the state that is there; `null` removes a key.
    Merge(Value),
    /// One top-level key of the state becomes this value; a state that is no object becomes one.
    ReplaceKey(String, Value),
    /// RFC 7396 JSON Merge Patch on one top-level key.
    MergeKey(String, Value),
    /// What a run left behind: the state (if it set one) and the messages.
    Run {
        /// The run's last state; `None` leaves the state as it was.
        state: Option<Value>,
        /// The thread's messages after the run.
        messages: Vec<Value>,
    },
}

/// A failed store operation: full context for the log; a client only ever sees that the store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The URL names no store this binary has, or is malformed.
    #[error("store url {url:?}: {reason}")]
    Url {
        /// The configured URL, without secrets.
        url: String,
        /// What is wrong and what would be right.
        reason: String,
    },
    /// The value cannot be kept. The caller's mistake, so a client may read the reason.
    #[error("{reason}")]
    Value {
        /// What is wrong with it.
        reason: String,
    },
    /// The store was closed: the server is shutting down.
    #[error("the store is closed")]
    Closed,
    /// The backend refused or failed.
    #[error("store: {context}")]
    Backend {
        /// What was being done, what is wrong, and what to do about it.
        context: String,
        /// The backend's own error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// The future of a store operation.
pub type StoreFuture<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// Durable threads and agent states. Every operation is by owner.
///
/// A write that was acknowledged survives: whatever fails after it, it is there.
pub trait Store: Send + Sync + 'static {
    /// The agent's state, if it has one on that thread.
    fn load_state<'a>(&'a self, key: &'a StateKey) -> StoreFuture<'a, Option<AgentState>>;
    /// Applies one change atomically and gives the state after it. Dropping the future does not undo a change already
    /// on its way.
    fn change_state<'a>(
        &'a self,
        key: &'a StateKey,
        change: StateChange,
    ) -> StoreFuture<'a, AgentState>;
    /// Removes the state; whether there was one.
    fn delete_state<'a>(&'a self, key: &'a StateKey) -> StoreFuture<'a, bool>;
    /// Notes that a run begins, and makes its thread if it is not there.
    fn start_run<'a>(&'a self, thread: &'a ThreadKey, run: NewRun) -> StoreFuture<'a, StartedRun>;
    /// Keeps what a run left behind. Nothing is kept for a thread or run that was deleted meanwhile.
    fn end_run<'a>(
        &'a self,
        thread: &'a ThreadKey,
        number: u64,
        run: EndedRun,
    ) -> StoreFuture<'a, ()>;
    /// The runs of a thread, oldest first; none if there is no such thread.
    fn load_runs<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Vec<StoredRun>>;
    /// The runs of a thread, oldest first; their events may be left out.
    fn list_runs<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Vec<StoredRun>> {
        self.load_runs(thread)
    }
    /// One run of a thread, by its number, if it is there.
    fn load_run<'a>(
        &'a self,
        thread: &'a ThreadKey,
        number: u64,
    ) -> StoreFuture<'a, Option<StoredRun>> {
        let of_number = move |runs: Vec<StoredRun>| {
            let mut runs = runs.into_iter();
            runs.find(|run| run.number == number)
        };
        self.load_runs(thread).map_ok(of_number).boxed()
    }
    /// Lists an owner's threads.
    fn list_threads<'a>(
        &'a self,
        owner: &'a Owner,
        filter: ThreadFilter,
    ) -> StoreFuture<'a, ThreadPage>;
    /// The thread, if it is there.
    fn load_thread<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Option<Thread>>;
    /// Changes a thread; the thread after it, if it is there.
    fn change_thread<'a>(
        &'a self,
        thread: &'a ThreadKey,
        change: ThreadChange,
    ) -> StoreFuture<'a, Option<Thread>>;
    /// Deletes a thread with its runs and states; whether it was there.
    fn delete_thread<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, bool>;
    /// Deletes all threads of an owner with their runs and states; how many there were.
    fn clear_threads<'a>(&'a self, owner: &'a Owner) -> StoreFuture<'a, u64>;
    /// Flushes and closes; later operations fail with [`StoreError::Closed`], closing again does nothing.
    fn close(&self) -> StoreFuture<'_, ()>;
}
