//! A store that forgets: for tests, trials, and servers whose threads may go with the process.

mod content;
mod limits;

use futures_util::{FutureExt, future::ready};
use parking_lot::Mutex;

use self::content::Content;
use super::{
    AgentState, EndedRun, NewRun, Owner, StartedRun, StateChange, StateKey, Store, StoreError,
    StoreFuture, StoreLimits, StoredRun, Thread, ThreadChange, ThreadFilter, ThreadKey, ThreadPage,
    change, limits as shared,
};

/// Threads and agent states in this process's memory.
#[derive(Debug)]
pub struct MemoryStore {
    limits: StoreLimits,
    /// `None` once closed.
    content: Mutex<Option<Content>>,
}

impl Default for MemoryStore {
    /// A store with upstream's limits.
    fn default() -> Self {
        Self::with_limits(StoreLimits::IN_MEMORY)
    }
}

impl MemoryStore {
    /// A store that keeps so much.
    pub fn with_limits(limits: StoreLimits) -> Self {
        Self {
            limits,
            content: Mutex::new(Some(Content::default())),
        }
    }

    fn with<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&mut Content) -> T,
    ) -> StoreFuture<'_, T> {
        let mut content = self.content.lock();
        ready(content.as_mut().map(operation).ok_or(StoreError::Closed)).boxed()
    }
}

impl Store for MemoryStore {
    fn load_state<'a>(&'a self, key: &'a StateKey) -> StoreFuture<'a, Option<AgentState>> {
        self.with(|content| content.state(key).cloned())
    }

    fn change_state<'a>(
        &'a self,
        key: &'a StateKey,
        change: StateChange,
    ) -> StoreFuture<'a, AgentState> {
        if let Err(error) = change::check(&change) {
            return ready(Err(error)).boxed();
        }
        self.with(|content| {
            let after = content.change_state(key, &change);
            shared::log(content.enforce(&self.limits, &content::thread_of(key), &key.agent_name));
            after
        })
    }

    fn delete_state<'a>(&'a self, key: &'a StateKey) -> StoreFuture<'a, bool> {
        self.with(|content| content.delete_state(key))
    }

    fn start_run<'a>(&'a self, thread: &'a ThreadKey, run: NewRun) -> StoreFuture<'a, StartedRun> {
        self.with(|content| {
            let agent = run.agent.clone();
            let started = content.start(thread, run);
            shared::log(content.enforce(&self.limits, thread, &agent));
            started
        })
    }

    fn end_run<'a>(
        &'a self,
        thread: &'a ThreadKey,
        number: u64,
        run: EndedRun,
    ) -> StoreFuture<'a, ()> {
        self.with(|content| {
            if let Some(agent) = content.end(thread, number, run) {
                shared::log(content.enforce(&self.limits, thread, &agent));
            } else if content.thread(thread).is_some() {
                shared::log_lost(thread, number);
            }
        })
    }

    fn load_runs<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Vec<StoredRun>> {
        self.with(|content| content.runs(thread).to_vec())
    }

    fn load_run<'a>(
        &'a self,
        thread: &'a ThreadKey,
        number: u64,
    ) -> StoreFuture<'a, Option<StoredRun>> {
        self.with(|content| {
            let runs = content.runs(thread);
            let at = runs.binary_search_by_key(&number, |run| run.number).ok()?;
            Some(runs[at].clone())
        })
    }

    fn list_threads<'a>(
        &'a self,
        owner: &'a Owner,
        filter: ThreadFilter,
    ) -> StoreFuture<'a, ThreadPage> {
        self.with(|content| content.list(owner, &filter))
    }

    fn load_thread<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Option<Thread>> {
        self.with(|content| content.thread(thread).cloned())
    }

    fn change_thread<'a>(
        &'a self,
        thread: &'a ThreadKey,
        change: ThreadChange,
    ) -> StoreFuture<'a, Option<Thread>> {
        self.with(|content| content.change_thread(thread, change))
    }

    fn delete_thread<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, bool> {
        self.with(|content| content.delete(thread))
    }

    fn clear_threads<'a>(&'a self, owner: &'a Owner) -> StoreFuture<'a, u64> {
        self.with(|content| content.clear(owner))
    }

    fn close(&self) -> StoreFuture<'_, ()> {
        self.content.lock().take();
        ready(Ok(())).boxed()
    }
}
