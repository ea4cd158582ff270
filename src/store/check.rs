//! What a look at a store tells that changes nothing.

/// What `store check` found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoreCheck {
    /// The version of its tables; `None` if there are none yet.
    pub version: Option<i64>,
    /// The version that this binary brings them to; `None` for a store without tables.
    pub newest: Option<i64>,
    /// How many threads there are.
    pub threads: u64,
    /// The bytes of events and states.
    pub bytes: u64,
    /// How many runs go on, or were left behind by a process that died.
    pub going_on: u64,
}
