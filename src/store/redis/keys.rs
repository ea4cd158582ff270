//! What things are called in Redis.

use crate::store::{Owner, StateKey, ThreadKey};

/// The beginning of all keys, in braces: that part alone tells a cluster where a key belongs.
#[derive(Debug, Clone)]
pub(super) struct Keys(String);

impl Keys {
    pub(super) const DEFAULT_PREFIX: &'static str = "agui";

    pub(super) fn new(prefix: &str) -> Self {
        Self(format!("{{{prefix}}}:"))
    }

    /// What each script adds its names to.
    pub(super) fn start(&self) -> &str {
        &self.0
    }

    pub(super) fn run(&self, serial: &str) -> String {
        format!("{}run:{serial}", self.0)
    }

    pub(super) fn thread(&self, key: &ThreadKey) -> String {
        format!("{}thread:{}", self.0, name(key))
    }

    pub(super) fn state(&self, key: &StateKey) -> String {
        format!("{}state:{}", self.0, name_of_state(key))
    }

    pub(super) fn earlier_states(&self, key: &StateKey) -> String {
        format!("{}earlier:{}", self.0, name_of_state(key))
    }

    /// The names of all threads of which there is anything, in the order of their bytes: those of an owner together.
    pub(super) fn all(&self) -> String {
        self.of("all")
    }

    /// A key of which there is one.
    pub(super) fn of(&self, what: &str) -> String {
        format!("{}{what}", self.0)
    }

    /// Where followers of a thread's runs are woken.
    pub(super) fn said(&self, thread: &ThreadKey) -> String {
        format!("{}said:{}", self.0, name(thread))
    }

    /// Where a node is told which of its runs are to stop.
    pub(super) fn stops(&self, node: &str) -> String {
        format!("{}stop:{node}", self.0)
    }
}

/// The name of a thread within the keys. Whatever is in owners and ids, no two threads have the same: the first length
/// tells where the owner ends. As `named` in the scripts.
pub(super) fn name(thread: &ThreadKey) -> String {
    named(thread.owner.as_str(), &thread.id)
}

/// The thread of that name.
pub(super) fn thread_of_name(name: &str) -> Option<ThreadKey> {
    let (size, rest) = name.split_once(':')?;
    let (owner, id) = rest.split_at_checked(size.parse().ok()?)?;
    Some(ThreadKey {
        owner: Owner::new(owner),
        id: id.to_owned(),
    })
}

fn name_of_state(key: &StateKey) -> String {
    named(&named(key.owner.as_str(), &key.thread_id), &key.agent_name)
}

/// The name of the thread that a state is on.
pub(super) fn thread_of(key: &StateKey) -> String {
    named(key.owner.as_str(), &key.thread_id)
}

fn named(first: &str, second: &str) -> String {
    format!("{}:{first}{second}", first.len())
}
