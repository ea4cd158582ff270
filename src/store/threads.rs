//! What a store keeps of threads and runs.

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Owner, StateChange};

/// Names one thread of one owner.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ThreadKey {
    /// Whose thread.
    pub owner: Owner,
    /// The thread's id, as clients give it.
    pub id: String,
}

/// A thread as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// The thread's id.
    pub id: String,
    /// The agent of its last run.
    pub agent: String,
    /// What the user calls it.
    pub name: Option<String>,
    /// Whether the user put it away.
    pub archived: bool,
    /// When its first run began, in milliseconds since 1970.
    pub created_at_ms: i64,
    /// When it last changed, in milliseconds since 1970; never goes back, even if the clock does.
    pub updated_at_ms: i64,
}

/// Which threads to list: newest change first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadFilter {
    /// Only those whose last run was this agent's.
    pub agent: Option<String>,
    /// Whether archived ones are listed too.
    pub archived: bool,
    /// At most so many; 0 counts as 1.
    pub limit: usize,
    /// Only those that come after this place in the list, whether or not that thread is still there.
    pub after: Option<Cursor>,
}

/// A place in a list of threads: that of the last thread of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The thread's last change.
    pub updated_at_ms: i64,
    /// The thread's id; of two threads changed at once the greater comes first.
    pub id: String,
}

/// Some threads, and where the next ones begin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ThreadPage {
    /// In order.
    pub threads: Vec<Thread>,
    /// `None` with the last page.
    pub next: Option<Cursor>,
}

impl ThreadPage {
    /// A page of these, which are in order and go on beyond the page if there is another.
    pub(super) fn cut(mut threads: Vec<Thread>, filter: &ThreadFilter) -> Self {
        let limit = filter.limit.max(1);
        let more = threads.len() > limit;
        threads.truncate(limit);
        let next = threads.last().filter(|_| more).map(|last| Cursor {
            updated_at_ms: last.updated_at_ms,
            id: last.id.clone(),
        });
        Self { threads, next }
    }
}

/// What the user changes about a thread; `None` leaves it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ThreadChange {
    /// The new name, or none.
    pub name: Option<Option<String>>,
    /// Put away or taken out again.
    pub archived: Option<bool>,
}

/// A run that begins. Its thread is made if it is not there.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRun {
    /// The run's id, as the client gave it; it need not be unique.
    pub id: String,
    /// The agent.
    pub agent: String,
    /// The run that this one continues.
    pub parent: Option<String>,
    /// The ids of the messages that came with it.
    pub messages: Vec<String>,
}

/// What the store says to a run that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartedRun {
    /// Counts the runs of a thread, from 1; names the run within its thread.
    pub number: u64,
    /// Those of [`NewRun::messages`] that the thread had before.
    pub known: HashSet<String>,
}

/// How a run went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// It goes on, or its process died.
    Running,
    /// The agent finished.
    Completed,
    /// The agent failed, or broke a limit.
    Failed,
    /// Somebody ended it.
    Stopped,
}

/// What a run leaves behind when it ends: stored whole or not at all.
#[derive(Debug, Clone)]
pub struct EndedRun {
    /// How it went.
    pub status: RunStatus,
    /// Its compacted events.
    pub events: Vec<Box<RawValue>>,
    /// The ids of the messages that it leaves in the thread; none if it never began, and then those that came with it are
    /// new to the thread again.
    pub messages: Vec<String>,
    /// What becomes of the agent's state on the thread.
    pub state: StateChange,
}

/// The events of a run, as JSON.
pub type Events = [Box<RawValue>];

/// A run as it is kept.
#[derive(Debug, Clone)]
pub struct StoredRun {
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
    /// When it ended; `None` while it runs.
    pub ended_at_ms: Option<i64>,
    /// Its compacted events; none before its end.
    pub events: Arc<Events>,
}

/// How much a store keeps; `None` is no limit. What is over it is dropped as a run begins or ends or a state is changed,
/// oldest first, and logged. A thread with a run that goes on stays, and so does the run itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreLimits {
    /// Threads of all owners; those go that have not changed for the longest time.
    pub threads: Option<usize>,
    /// Runs of one thread.
    pub runs_per_thread: Option<usize>,
    /// Bytes of all events and states; threads go as with [`Self::threads`], and states that have no thread with them,
    /// then the oldest runs of the one that is left, and at last its other agents' states.
    pub bytes: Option<u64>,
}

impl StoreLimits {
    /// What upstream 1.75.0 keeps in memory: 1,000 threads, 100 runs of each, 512 MiB.
    pub const IN_MEMORY: Self = Self {
        threads: Some(1_000),
        runs_per_thread: Some(100),
        bytes: Some(512 << 20),
    };

    /// These limits, with those of `defaults` where there is none.
    pub fn or(self, defaults: Self) -> Self {
        Self {
            threads: self.threads.or(defaults.threads),
            runs_per_thread: self.runs_per_thread.or(defaults.runs_per_thread),
            bytes: self.bytes.or(defaults.bytes),
        }
    }
}
