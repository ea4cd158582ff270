//! A thread with all that hangs on it, as one piece: what goes from one store to another.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Owner, RunStatus, ThreadKey};

/// All that a store keeps under one owner's thread id: a line of `store export`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ThreadDump {
    /// Whose thread.
    pub owner: Owner,
    /// Its id.
    pub id: String,
    /// The thread; `None` if there are only states.
    pub thread: Option<DumpedThread>,
    /// Its runs that have ended, oldest first; one that goes on is left out.
    pub runs: Vec<DumpedRun>,
    /// The states of agents on it, by the agent's name.
    pub states: Vec<DumpedState>,
}

/// What there is of the thread itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DumpedThread {
    /// The agent of its last run.
    pub agent: String,
    /// What the user calls it.
    pub name: Option<String>,
    /// Whether the user put it away.
    pub archived: bool,
    /// When its first run began, in milliseconds since 1970.
    pub created_at_ms: i64,
    /// When it last changed, in milliseconds since 1970.
    pub updated_at_ms: i64,
    /// The number of the last run that began, which may be gone.
    pub last_number: u64,
}

/// A run that has ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DumpedRun {
    /// Its number in the thread.
    pub number: u64,
    /// Its id.
    pub id: String,
    /// Its agent.
    pub agent: String,
    /// The run that it continues.
    pub parent: Option<String>,
    /// How it went.
    pub status: RunStatus,
    /// When it began, in milliseconds since 1970.
    pub started_at_ms: i64,
    /// When it ended, in milliseconds since 1970.
    pub ended_at_ms: i64,
    /// The ids of the messages that it brought, in the order of their bytes.
    pub messages: Vec<String>,
    /// Its compacted events.
    pub events: Vec<Box<RawValue>>,
}

/// An agent's state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DumpedState {
    /// Whose state.
    pub agent: String,
    /// The state.
    pub state: Value,
    /// The messages as the agent left them.
    pub messages: Vec<Value>,
    /// Counts writes, from 1.
    pub version: u64,
    /// Time of the last write, in milliseconds since 1970.
    pub updated_at_ms: i64,
    /// Earlier states, newest first.
    pub versions: Vec<DumpedVersion>,
}

/// An earlier state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DumpedVersion {
    /// Its version.
    pub version: u64,
    /// What it was.
    pub state: Value,
    /// When it was written, in milliseconds since 1970.
    pub updated_at_ms: i64,
}

impl ThreadDump {
    /// Where it belongs.
    pub fn key(&self) -> ThreadKey {
        ThreadKey {
            owner: self.owner.clone(),
            id: self.id.clone(),
        }
    }

    /// Whether there is anything in it.
    pub(super) fn is_empty(&self) -> bool {
        self.thread.is_none() && self.states.is_empty()
    }
}
