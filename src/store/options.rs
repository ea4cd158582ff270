//! How a store is opened: how much it keeps, how sure it is, and who asks.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One process among those that share a store, for as long as it lives: a process that starts anew is another node.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Node(String);

impl Node {
    /// A node of this name, which no other has.
    pub fn named(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Node {
    /// A name that nobody else comes upon.
    fn default() -> Self {
        Self(uuid::Uuid::new_v4().simple().to_string())
    }
}

/// When a client is shown an event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// Once the store has acknowledged it, synced to its disk: what a client has seen survives a power cut.
    Strict,
    /// At once; it is in the store within 50 ms. A process that dies takes at most these with it, and the run ends with an
    /// error anyway. A run's end is always stored before it is shown.
    ///
    /// The default: a token waits for no disk, and a store that is away stops nobody's stream.
    #[default]
    Batched,
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
    /// Threads, and states that have none, that have not changed for so long go.
    pub age: Option<Duration>,
    /// Earlier versions of one agent's state, besides the one that is there.
    pub state_versions: Option<usize>,
}

impl StoreLimits {
    /// What upstream 1.75.0 keeps in memory: 1,000 threads, 100 runs of each, 512 MiB.
    pub const IN_MEMORY: Self = Self {
        threads: Some(1_000),
        runs_per_thread: Some(100),
        bytes: Some(512 << 20),
        age: None,
        state_versions: None,
    };

    /// How many earlier versions of a state are kept where [`Self::state_versions`] does not say.
    pub const STATE_VERSIONS: usize = 10;

    /// These limits, with those of `defaults` where there is none.
    pub fn or(self, defaults: Self) -> Self {
        Self {
            threads: self.threads.or(defaults.threads),
            runs_per_thread: self.runs_per_thread.or(defaults.runs_per_thread),
            bytes: self.bytes.or(defaults.bytes),
            age: self.age.or(defaults.age),
            state_versions: self.state_versions.or(defaults.state_versions),
        }
    }

    /// How many earlier versions of a state are kept.
    pub(super) fn versions(&self) -> usize {
        self.state_versions.unwrap_or(Self::STATE_VERSIONS)
    }

    /// What changed last before this time, in milliseconds since 1970, is too old.
    pub(super) fn oldest_ms(&self, now_ms: i64) -> Option<i64> {
        let age = i64::try_from(self.age?.as_millis()).unwrap_or(i64::MAX);
        Some(now_ms.saturating_sub(age))
    }
}

/// On what terms a store keeps runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Whether it outlives the process: if not, nobody appends events while a run goes on.
    pub lasts: bool,
    /// When events may be shown.
    pub durability: Durability,
    /// How long a run holds its thread if its node says nothing, by the store's clock. A node renews after a third of it.
    pub lease: Duration,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            lasts: true,
            durability: Durability::default(),
            lease: StoreOptions::LEASE,
        }
    }
}

/// How to open a store.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// How much is kept.
    pub limits: StoreLimits,
    /// When events may be shown.
    pub durability: Durability,
    /// Who asks.
    pub node: Node,
    /// How long a run holds its thread if its node says nothing.
    pub lease: Duration,
}

impl StoreOptions {
    /// Long enough for a node that is slow, short enough for a user who waits for the thread of one that died.
    pub const LEASE: Duration = Duration::from_secs(15);

    /// Often enough for what is counted in days.
    pub(super) const TIDIED: Duration = Duration::from_secs(60);

    /// How often it is worth looking for what has become too old, if anything ever does.
    pub(super) fn tidy_every(&self) -> Option<Duration> {
        self.limits.age.map(|_| Self::TIDIED)
    }
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            limits: StoreLimits::default(),
            durability: Durability::default(),
            node: Node::default(),
            lease: Self::LEASE,
        }
    }
}

impl From<StoreLimits> for StoreOptions {
    fn from(limits: StoreLimits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }
}
