//! What a store keeps of threads.

use serde::{Deserialize, Serialize};

use super::Owner;

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
