//! Where threads last: the [`Store`] trait (`contract.rs`), its errors, and one folder for each backend.
//!
//! A store knows no HTTP and no GraphQL. Every key carries the owner: what belongs to one is not there for another.

use serde::{Deserialize, Serialize};
use serde_json::Value;

mod change;
mod check;
mod contract;
mod dump;
mod error;
mod follow;
mod limits;
pub mod memory;
mod metered;
mod open;
mod options;
pub mod postgres;
mod read;
mod reclaimed;
pub mod redis;
mod runs;
pub mod sqlite;
#[cfg(test)]
mod suite;
mod threads;

pub use change::MAX_DEPTH;
pub use check::StoreCheck;
pub use contract::{Cluster, FOLLOWED_AFTER_END, Store, StoreFuture};
pub use dump::{DumpedRun, DumpedState, DumpedThread, DumpedVersion, ThreadDump};
pub use error::StoreError;
pub(crate) use metered::MeteredStore;
pub use open::{check, check_url, kind, open, without_secrets};
pub use options::{Durability, Node, StoreLimits, StoreOptions, Terms};
pub use reclaimed::Reclaimed;
pub use runs::{
    ActiveRun, Batch, EndedRun, Events, Lease, LeftRun, NewRun, Renewed, RunStatus, RunTail, Start,
    StartedRun, StoredRun,
};
pub use threads::{Cursor, Thread, ThreadChange, ThreadFilter, ThreadKey, ThreadPage};

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
