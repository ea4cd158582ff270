//! What a store in memory holds, and what each operation does to it.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

use super::runs::{Active, Over};
use crate::store::{
    AgentState, Owner, StateChange, StateKey, StoreLimits, StoredRun, Thread, ThreadChange,
    ThreadFilter, ThreadKey, ThreadPage, change, limits,
};

#[derive(Debug, Default)]
pub(super) struct Content {
    /// By agent, of each thread.
    pub(super) states: HashMap<ThreadKey, HashMap<String, KeptState>>,
    pub(super) threads: HashMap<ThreadKey, Kept>,
    /// Of all events and states.
    pub(super) bytes: u64,
    /// The last fence that was given.
    pub(super) fences: u64,
}

#[derive(Debug)]
pub(super) struct KeptState {
    pub(super) state: AgentState,
    /// Earlier ones, newest first, without their messages; with the bytes of each.
    pub(super) versions: VecDeque<(AgentState, u64)>,
    bytes: u64,
}

impl KeptState {
    pub(super) fn new(
        key: &StateKey,
        state: AgentState,
        versions: VecDeque<(AgentState, u64)>,
    ) -> Self {
        let messages: Vec<_> = state.messages.iter().map(ToString::to_string).collect();
        let messages = format!("[{}]", messages.join(","));
        let earlier: u64 = versions.iter().map(|(_, bytes)| bytes).sum();
        let bytes = limits::state_bytes(key, &state.state.to_string(), &messages) + earlier;
        Self {
            state,
            versions,
            bytes,
        }
    }
}

/// A thread with its runs.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) thread: Thread,
    pub(super) runs: Vec<StoredRun>,
    /// The run that goes on, the last one.
    pub(super) active: Option<Active>,
    pub(super) over: Vec<Over>,
    /// The number of the last run that began.
    pub(super) numbered: u64,
    /// The ids of its messages, with the run that brought each.
    pub(super) messages: HashMap<String, u64>,
    /// Of the events of its runs.
    pub(super) bytes: u64,
}

impl Kept {
    pub(super) fn new(id: String, agent: String) -> Self {
        let now = now();
        Self {
            thread: Thread {
                id,
                agent,
                name: None,
                archived: false,
                created_at_ms: now,
                updated_at_ms: now,
            },
            runs: Vec::new(),
            active: None,
            over: Vec::new(),
            numbered: 0,
            messages: HashMap::new(),
            bytes: 0,
        }
    }

    pub(super) fn touch(&mut self) {
        self.thread.updated_at_ms = self.thread.updated_at_ms.max(now());
    }
}

impl Content {
    pub(super) fn state(&self, key: &StateKey) -> Option<&AgentState> {
        let kept = self.states.get(&thread_of(key))?.get(&key.agent_name)?;
        Some(&kept.state)
    }

    pub(super) fn change_state(
        &mut self,
        key: &StateKey,
        wanted: &StateChange,
        limits: &StoreLimits,
    ) -> AgentState {
        let states = self.states.entry(thread_of(key)).or_default();
        let (before, mut versions) = match states.remove(&key.agent_name) {
            Some(kept) => {
                self.bytes -= kept.bytes;
                (Some(kept.state), kept.versions)
            }
            None => (None, VecDeque::new()),
        };
        let after = change::apply(before.clone(), wanted, now());
        if let Some(before) = before.filter(|before| before.state != after.state) {
            let bytes = before.state.to_string().len() as u64;
            let without_messages = AgentState {
                messages: Vec::new(),
                ..before
            };
            versions.push_front((without_messages, bytes));
        }
        versions.truncate(limits.versions());
        self.put_state(key, KeptState::new(key, after.clone(), versions));
        after
    }

    pub(super) fn put_state(&mut self, key: &StateKey, state: KeptState) {
        self.bytes += state.bytes;
        let states = self.states.entry(thread_of(key)).or_default();
        states.insert(key.agent_name.clone(), state);
    }

    pub(super) fn state_versions(&self, key: &StateKey, most: usize) -> Vec<AgentState> {
        let kept = self.states.get(&thread_of(key));
        let kept = kept.and_then(|states| states.get(&key.agent_name));
        let versions = kept.into_iter().flat_map(|kept| &kept.versions);
        versions
            .take(most)
            .map(|(state, _)| state.clone())
            .collect()
    }

    pub(super) fn delete_state(&mut self, key: &StateKey) -> bool {
        let Entry::Occupied(mut states) = self.states.entry(thread_of(key)) else {
            return false;
        };
        let removed = states.get_mut().remove(&key.agent_name);
        if states.get().is_empty() {
            states.remove();
        }
        self.bytes -= removed.as_ref().map_or(0, |removed| removed.bytes);
        removed.is_some()
    }

    pub(super) fn thread(&self, key: &ThreadKey) -> Option<&Thread> {
        self.threads.get(key).map(|kept| &kept.thread)
    }

    pub(super) fn list(&self, owner: &Owner, filter: &ThreadFilter) -> ThreadPage {
        let place = |thread: &Thread| (thread.updated_at_ms, thread.id.clone());
        let after = filter.after.as_ref();
        let after = after.map(|after| (after.updated_at_ms, after.id.clone()));
        let agent = filter.agent.as_ref();
        let threads = self.threads.iter();
        let mut threads: Vec<&Thread> = threads
            .filter(|(key, _)| key.owner == *owner)
            .map(|(_, kept)| &kept.thread)
            .filter(|thread| filter.archived || !thread.archived)
            .filter(|thread| agent.is_none_or(|agent| thread.agent == *agent))
            .filter(|thread| after.as_ref().is_none_or(|after| place(thread) < *after))
            .collect();
        threads.sort_by_cached_key(|thread| std::cmp::Reverse(place(thread)));
        // One more than asked tells whether there is a next page.
        threads.truncate(filter.limit.max(1).saturating_add(1));
        ThreadPage::cut(threads.into_iter().cloned().collect(), filter)
    }

    pub(super) fn change_thread(
        &mut self,
        key: &ThreadKey,
        change: ThreadChange,
    ) -> Option<Thread> {
        let kept = self.threads.get_mut(key)?;
        kept.touch();
        let thread = &mut kept.thread;
        if let Some(name) = change.name {
            thread.name = name;
        }
        if let Some(archived) = change.archived {
            thread.archived = archived;
        }
        Some(thread.clone())
    }

    pub(super) fn delete(&mut self, key: &ThreadKey) -> bool {
        let states = self.states.remove(key);
        let states = states.iter().flat_map(HashMap::values);
        self.bytes -= states.map(|kept| kept.bytes).sum::<u64>();
        let removed = self.threads.remove(key);
        self.bytes -= removed.as_ref().map_or(0, |kept| kept.bytes);
        removed.is_some()
    }

    pub(super) fn clear(&mut self, owner: &Owner) -> u64 {
        let of_owner = self.states.extract_if(|key, _| key.owner == *owner);
        let states = of_owner.flat_map(|(_, states)| states.into_values());
        self.bytes -= states.map(|kept| kept.bytes).sum::<u64>();
        let of_owner = self.threads.extract_if(|key, _| key.owner == *owner);
        let mut count = 0;
        for (_, kept) in of_owner {
            count += 1;
            self.bytes -= kept.bytes;
        }
        count
    }
}

pub(super) fn thread_of(key: &StateKey) -> ThreadKey {
    ThreadKey {
        owner: key.owner.clone(),
        id: key.thread_id.clone(),
    }
}

pub(super) fn now() -> i64 {
    chrono::Utc::now().timestamp_millis()
}
