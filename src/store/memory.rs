//! A store that forgets: for tests, trials, and servers whose threads may go with the process.

use std::collections::HashMap;

use futures_util::{FutureExt, future::ready};
use parking_lot::Mutex;

use super::{AgentState, StateChange, StateKey, Store, StoreError, StoreFuture, change};

/// Agent states in this process's memory.
#[derive(Debug)]
pub struct MemoryStore {
    /// `None` once closed.
    states: Mutex<Option<HashMap<StateKey, AgentState>>>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self {
            states: Mutex::new(Some(HashMap::new())),
        }
    }
}

impl MemoryStore {
    fn with_states<T>(
        &self,
        operation: impl FnOnce(&mut HashMap<StateKey, AgentState>) -> T,
    ) -> Result<T, StoreError> {
        self.states
            .lock()
            .as_mut()
            .map(operation)
            .ok_or(StoreError::Closed)
    }

    fn change(&self, key: &StateKey, wanted: &StateChange) -> Result<AgentState, StoreError> {
        change::check(wanted)?;
        self.with_states(|states| {
            let now = chrono::Utc::now().timestamp_millis();
            let after = change::apply(states.get(key).cloned(), wanted, now);
            states.insert(key.clone(), after.clone());
            after
        })
    }
}

impl Store for MemoryStore {
    fn load_state<'a>(&'a self, key: &'a StateKey) -> StoreFuture<'a, Option<AgentState>> {
        ready(self.with_states(|states| states.get(key).cloned())).boxed()
    }

    fn change_state<'a>(
        &'a self,
        key: &'a StateKey,
        change: StateChange,
    ) -> StoreFuture<'a, AgentState> {
        ready(self.change(key, &change)).boxed()
    }

    fn delete_state<'a>(&'a self, key: &'a StateKey) -> StoreFuture<'a, bool> {
        ready(self.with_states(|states| states.remove(key).is_some())).boxed()
    }

    fn close(&self) -> StoreFuture<'_, ()> {
        self.states.lock().take();
        ready(Ok(())).boxed()
    }
}
