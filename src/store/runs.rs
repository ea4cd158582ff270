//! What a store keeps of runs, from their start to their end.

use std::collections::HashSet;
use std::string::FromUtf8Error;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Node, StateChange, StoreError, ThreadKey};

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

/// A run's hold on its thread. Whatever is written for the run carries it, and is refused once the thread is somebody
/// else's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Lease {
    /// The thread.
    pub thread: ThreadKey,
    /// Counts the runs of a thread, from 1; names the run within its thread.
    pub number: u64,
    /// Names this hold, and no other that the store ever gives; greater than each that it gave for the thread before. Up
    /// to [`i64::MAX`].
    pub fence: u64,
}

/// What the store says to a run that wants to begin.
#[derive(Debug, Clone)]
pub enum Start {
    /// The thread is its.
    Started(StartedRun),
    /// Another node's run has the thread.
    Busy(ActiveRun),
    /// The thread's last run has nobody who ends it: its node died, or is this one and has forgotten it. It is the
    /// caller's from now on, to be ended; then the new run may try again.
    Left(Box<LeftRun>),
}

/// A run that has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartedRun {
    /// Its hold on the thread.
    pub lease: Lease,
    /// Those of [`NewRun::messages`] that the thread had before.
    pub known: HashSet<String>,
}

/// The run that has a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveRun {
    /// Its number in the thread.
    pub number: u64,
    /// Its id.
    pub id: String,
    /// Where it is.
    pub node: Node,
}

/// A run without a node, taken over by this one so that it is ended.
#[derive(Debug, Clone)]
pub struct LeftRun {
    /// The new hold on its thread; the old one is worth nothing any more.
    pub lease: Lease,
    /// The run, with the events that were appended.
    pub run: StoredRun,
}

/// Events of one run that come one after the other, encoded once for whatever keeps them: a JSON array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    lease: Arc<Lease>,
    from: u64,
    count: u64,
    events: String,
}

impl Batch {
    /// The events, each a JSON text in UTF-8, from sequence number `from` on; a run's first event has 0.
    pub fn new<E: AsRef<[u8]>>(
        lease: Arc<Lease>,
        from: u64,
        events: impl IntoIterator<Item = E>,
    ) -> Self {
        let (mut array, mut count) = (vec![b'['], 0);
        for event in events {
            if count > 0 {
                array.push(b',');
            }
            array.extend_from_slice(event.as_ref());
            count += 1;
        }
        array.push(b']');
        let lossy = |error: FromUtf8Error| String::from_utf8_lossy(error.as_bytes()).into_owned();
        Self {
            lease,
            from,
            count,
            events: String::from_utf8(array).unwrap_or_else(lossy),
        }
    }

    /// Whose events they are.
    pub fn lease(&self) -> &Arc<Lease> {
        &self.lease
    }

    /// The first one's sequence number.
    pub fn from(&self) -> u64 {
        self.from
    }

    /// How many they are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The sequence number after the last one.
    pub fn next(&self) -> u64 {
        self.from + self.count
    }

    /// The events as a JSON array, without a space between them.
    pub fn json(&self) -> &str {
        &self.events
    }

    /// Refuses a batch that leaves a gap after what a run has said.
    pub(super) fn follows(&self, next: u64) -> Result<(), StoreError> {
        match self.from <= next {
            true => Ok(()),
            false => Err(StoreError::Value {
                reason: format!(
                    "events of a run from {} on were given, but its next is {next}",
                    self.from
                ),
            }),
        }
    }

    /// Those of its events that are new to a run whose next sequence number is this one.
    pub(super) fn raw_from(&self, next: u64) -> Vec<Box<RawValue>> {
        let mut events = raw(&self.events).unwrap_or_default();
        let known = next.saturating_sub(self.from).min(events.len() as u64);
        events.drain(..known as usize);
        events
    }
}

/// The events of a JSON array of them, each as it is written there.
pub(super) fn raw(array: &str) -> serde_json::Result<Vec<Box<RawValue>>> {
    serde_json::from_str(array)
}

/// These as a JSON array.
pub(super) fn array(events: &[Box<RawValue>]) -> String {
    let events: Vec<&str> = events.iter().map(|event| event.get()).collect();
    format!("[{}]", events.join(","))
}

/// What came of renewing leases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Renewed {
    /// The fences of those that are lost for good.
    pub lost: Vec<u64>,
    /// The fences of the runs that somebody wants to stop, on whichever node.
    pub to_stop: Vec<u64>,
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
    /// Somebody ended it, or its process died.
    Stopped,
}

impl RunStatus {
    /// How it is written in a database.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }

    /// From how it is written.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        let all = [Self::Running, Self::Completed, Self::Failed, Self::Stopped];
        all.into_iter().find(|status| status.name() == name)
    }
}

/// What a run leaves behind when it ends: stored whole or not at all.
#[derive(Debug, Clone)]
pub struct EndedRun {
    /// How it went.
    pub status: RunStatus,
    /// Its compacted events.
    pub events: Vec<Box<RawValue>>,
    /// The last of its events as they were said, from one on that was acknowledged or the one after it, for those who
    /// follow the run on other nodes; `None` for a store without [`cluster`](super::Store::cluster).
    pub tail: Option<Batch>,
    /// The ids of the messages that its events tell; none if it never began, and then those that came with it are new to the
    /// thread again.
    pub messages: Vec<String>,
    /// What becomes of the agent's state on the thread, if anything.
    pub state: Option<StateChange>,
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
    /// Its compacted events; before its end, those that were appended.
    pub events: Arc<Events>,
}

/// Events of a run as they were said, from a sequence number on.
#[derive(Debug, Clone)]
pub struct RunTail {
    /// In order, without a gap.
    pub events: Vec<Box<RawValue>>,
    /// How the run ended, if these are its last.
    pub ended: Option<RunStatus>,
}
