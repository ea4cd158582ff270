//! A store that forgets: for tests, trials, and servers whose threads may go with the process.

use std::collections::{HashMap, HashSet};

use futures_util::{FutureExt, future::ready};
use parking_lot::Mutex;

use super::{
    AgentState, Cursor, EndedRun, NewRun, Owner, RunStatus, StartedRun, StateChange, StateKey,
    Store, StoreError, StoreFuture, StoreLimits, StoredRun, Thread, ThreadChange, ThreadFilter,
    ThreadKey, ThreadPage, change,
};

/// Threads and agent states in this process's memory.
#[derive(Debug)]
pub struct MemoryStore {
    limits: StoreLimits,
    /// `None` once closed.
    content: Mutex<Option<Content>>,
}

#[derive(Debug, Default)]
struct Content {
    states: HashMap<StateKey, AgentState>,
    threads: HashMap<ThreadKey, Kept>,
}

/// A thread with its runs.
#[derive(Debug)]
struct Kept {
    thread: Thread,
    runs: Vec<StoredRun>,
    /// The number of the last run that began.
    numbered: u64,
    messages: HashSet<String>,
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

impl Content {
    fn change(&mut self, key: &StateKey, wanted: &StateChange) -> AgentState {
        let after = change::apply(self.states.get(key).cloned(), wanted, now());
        self.states.insert(key.clone(), after.clone());
        after
    }

    fn start(&mut self, key: &ThreadKey, run: NewRun) -> StartedRun {
        let kept = self.threads.entry(key.clone()).or_insert_with(|| Kept {
            thread: Thread {
                id: key.id.clone(),
                agent: run.agent.clone(),
                name: None,
                archived: false,
                created_at_ms: now(),
                updated_at_ms: now(),
            },
            runs: Vec::new(),
            numbered: 0,
            messages: HashSet::new(),
        });
        let known = kept.messages.clone();
        kept.messages.extend(run.messages);
        kept.numbered += 1;
        kept.thread.agent.clone_from(&run.agent);
        kept.thread.updated_at_ms = now();
        kept.runs.push(StoredRun {
            number: kept.numbered,
            id: run.id,
            agent: run.agent,
            parent: run.parent,
            status: RunStatus::Running,
            started_at_ms: now(),
            ended_at_ms: None,
            events: Vec::new(),
        });
        StartedRun {
            number: kept.numbered,
            known,
        }
    }

    fn end(&mut self, key: &ThreadKey, number: u64, ended: EndedRun) {
        let Some(kept) = self.threads.get_mut(key) else {
            return;
        };
        let Some(run) = kept.runs.iter_mut().find(|run| run.number == number) else {
            return;
        };
        run.status = ended.status;
        run.ended_at_ms = Some(now());
        run.events = ended.events;
        kept.messages.extend(ended.messages);
        kept.thread.updated_at_ms = now();
        let state = StateKey {
            owner: key.owner.clone(),
            thread_id: key.id.clone(),
            agent_name: run.agent.clone(),
        };
        self.change(&state, &ended.state);
    }

    fn list(&self, owner: &Owner, filter: &ThreadFilter) -> ThreadPage {
        let place = |thread: &Thread| (thread.updated_at_ms, thread.id.clone());
        let after = filter.after.as_ref();
        let mut threads: Vec<&Thread> = self
            .threads
            .iter()
            .filter(|(key, _)| key.owner == *owner)
            .map(|(_, kept)| &kept.thread)
            .filter(|thread| filter.archived || !thread.archived)
            .filter(|thread| {
                let agent = filter.agent.as_ref();
                agent.is_none_or(|agent| thread.agent == *agent)
            })
            .filter(|thread| {
                after.is_none_or(|after| place(thread) < (after.updated_at_ms, after.id.clone()))
            })
            .collect();
        threads.sort_by_key(|thread| std::cmp::Reverse(place(thread)));
        let more = threads.len() > filter.limit;
        threads.truncate(filter.limit);
        let next = threads.last().filter(|_| more).map(|last| Cursor {
            updated_at_ms: last.updated_at_ms,
            id: last.id.clone(),
        });
        let threads = threads.into_iter().cloned().collect();
        ThreadPage { threads, next }
    }

    fn change_thread(&mut self, key: &ThreadKey, change: ThreadChange) -> Option<Thread> {
        let thread = &mut self.threads.get_mut(key)?.thread;
        if let Some(name) = change.name {
            thread.name = name;
        }
        if let Some(archived) = change.archived {
            thread.archived = archived;
        }
        thread.updated_at_ms = now();
        Some(thread.clone())
    }

    fn delete(&mut self, key: &ThreadKey) -> bool {
        self.states
            .retain(|state, _| !(state.owner == key.owner && state.thread_id == key.id));
        self.threads.remove(key).is_some()
    }

    fn clear(&mut self, owner: &Owner) -> u64 {
        self.states.retain(|state, _| state.owner != *owner);
        let before = self.threads.len();
        self.threads.retain(|key, _| key.owner != *owner);
        (before - self.threads.len()) as u64
    }
}

fn now() -> i64 {
    chrono::Utc::now().timestamp_millis()
}

impl Store for MemoryStore {
    fn load_state<'a>(&'a self, key: &'a StateKey) -> StoreFuture<'a, Option<AgentState>> {
        self.with(|content| content.states.get(key).cloned())
    }

    fn change_state<'a>(
        &'a self,
        key: &'a StateKey,
        change: StateChange,
    ) -> StoreFuture<'a, AgentState> {
        if let Err(error) = change::check(&change) {
            return ready(Err(error)).boxed();
        }
        self.with(|content| content.change(key, &change))
    }

    fn delete_state<'a>(&'a self, key: &'a StateKey) -> StoreFuture<'a, bool> {
        self.with(|content| content.states.remove(key).is_some())
    }

    fn start_run<'a>(&'a self, thread: &'a ThreadKey, run: NewRun) -> StoreFuture<'a, StartedRun> {
        self.with(|content| content.start(thread, run))
    }

    fn end_run<'a>(
        &'a self,
        thread: &'a ThreadKey,
        number: u64,
        run: EndedRun,
    ) -> StoreFuture<'a, ()> {
        self.with(|content| content.end(thread, number, run))
    }

    fn load_runs<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Vec<StoredRun>> {
        self.with(|content| {
            let kept = content.threads.get(thread);
            kept.map(|kept| kept.runs.clone()).unwrap_or_default()
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
        self.with(|content| {
            let kept = content.threads.get(thread);
            kept.map(|kept| kept.thread.clone())
        })
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
