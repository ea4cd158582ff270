//! How a store operation fails.

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
    /// The state has another version than the one that the change is for.
    #[error("the state has version {version} by now, not {expected}; load it, and change that")]
    Conflict {
        /// The version that the caller expected; 0 for no state.
        expected: u64,
        /// The one that is there; 0 for none.
        version: u64,
    },
    /// The run does not hold its thread any more: its lease ran out and another node took it, or the thread was deleted.
    /// Nothing was written.
    #[error(
        "the run has lost its thread: its lease ran out and was taken, or the thread was deleted"
    )]
    Fenced,
    /// What is to be restored is there already.
    #[error(
        "thread {id:?} of owner {owner:?} is there already; delete it first, or import into an empty store"
    )]
    Occupied {
        /// Whose thread.
        owner: String,
        /// Its id.
        id: String,
    },
    /// The run that was followed is not there, or only its compacted events are left.
    #[error(
        "the run is not there any more, or has ended too long ago to be followed; connect to its thread again"
    )]
    Gone,
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
