//! What a store in memory holds, and what each operation does to it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use crate::store::{
    AgentState, EndedRun, NewRun, Owner, RunStatus, StartedRun, StateChange, StateKey, StoredRun,
    Thread, ThreadChange, ThreadFilter, ThreadKey, ThreadPage, change, limits,
};

#[derive(Debug, Default)]
pub(super) struct Content {
    /// By agent, of each thread.
    pub(super) states: HashMap<ThreadKey, HashMap<String, KeptState>>,
    pub(super) threads: HashMap<ThreadKey, Kept>,
    /// Of all events and states.
    pub(super) bytes: u64,
}

#[derive(Debug)]
pub(super) struct KeptState {
    pub(super) state: AgentState,
    bytes: u64,
}

/// A thread with its runs.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) thread: Thread,
    pub(super) runs: Vec<StoredRun>,
    /// The number of the last run that began.
    numbered: u64,
    /// The ids of its messages, with the run that brought each.
    pub(super) messages: HashMap<String, u64>,
    /// Of the events of its runs.
    pub(super) bytes: u64,
}

impl Kept {
    fn new(id: String, agent: String) -> Self {
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
            numbered: 0,
            messages: HashMap::new(),
            bytes: 0,
        }
    }

    fn touch(&mut self) {
        self.thread.updated_at_ms = self.thread.updated_at_ms.max(now());
    }

    /// Whether a run goes on.
    pub(super) fn is_live(&self) -> bool {
        self.runs.last().is_some_and(goes_on)
    }
}

/// Whether the run has not ended yet, and may.
pub(super) fn goes_on(run: &StoredRun) -> bool {
    run.status == RunStatus::Running && run.started_at_ms > limits::since(now())
}

impl Content {
    pub(super) fn state(&self, key: &StateKey) -> Option<&AgentState> {
        let kept = self.states.get(&thread_of(key))?.get(&key.agent_name)?;
        Some(&kept.state)
    }

    pub(super) fn change_state(&mut self, key: &StateKey, wanted: &StateChange) -> AgentState {
        let states = self.states.entry(thread_of(key)).or_default();
        let before = states.remove(&key.agent_name);
        self.bytes -= before.as_ref().map_or(0, |before| before.bytes);
        let state = change::apply(before.map(|before| before.state), wanted, now());
        let json = state.state.to_string();
        let messages: Vec<_> = state.messages.iter().map(ToString::to_string).collect();
        let bytes = limits::state_bytes(key, &json, &format!("[{}]", messages.join(",")));
        self.bytes += bytes;
        let after = state.clone();
        states.insert(key.agent_name.clone(), KeptState { state, bytes });
        after
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

    pub(super) fn start(&mut self, key: &ThreadKey, run: NewRun) -> StartedRun {
        let made = || Kept::new(key.id.clone(), run.agent.clone());
        let kept = self.threads.entry(key.clone()).or_insert_with(made);
        kept.touch();
        kept.numbered += 1;
        kept.thread.agent.clone_from(&run.agent);
        let known = run.messages.iter();
        let known = known.filter(|id| kept.messages.contains_key(*id));
        let started = StartedRun {
            number: kept.numbered,
            known: known.cloned().collect(),
        };
        for id in run.messages {
            kept.messages.entry(id).or_insert(kept.numbered);
        }
        kept.runs.push(StoredRun {
            number: kept.numbered,
            id: run.id,
            agent: run.agent,
            parent: run.parent,
            status: RunStatus::Running,
            started_at_ms: now(),
            ended_at_ms: None,
            events: Arc::default(),
        });
        started
    }

    /// The run's agent, if it was going on.
    pub(super) fn end(&mut self, key: &ThreadKey, number: u64, ended: EndedRun) -> Option<String> {
        let kept = self.threads.get_mut(key)?;
        let mut runs = kept.runs.iter_mut().rev();
        let run = runs.find(|run| run.number == number && run.status == RunStatus::Running)?;
        let bytes = limits::bytes(&ended.events);
        run.status = ended.status;
        run.ended_at_ms = Some(now());
        run.events = ended.events.into();
        let state = StateKey {
            owner: key.owner.clone(),
            thread_id: key.id.clone(),
            agent_name: run.agent.clone(),
        };
        if ended.messages.is_empty() {
            kept.messages.retain(|_, run| *run != number);
        }
        for id in ended.messages {
            kept.messages.entry(id).or_insert(number);
        }
        kept.touch();
        kept.bytes += bytes;
        self.bytes += bytes;
        if let Some(change) = ended.state.keepable() {
            self.change_state(&state, &change);
        }
        Some(state.agent_name)
    }

    pub(super) fn runs(&self, key: &ThreadKey) -> &[StoredRun] {
        let kept = self.threads.get(key);
        kept.map(|kept| &*kept.runs).unwrap_or_default()
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

fn now() -> i64 {
    chrono::Utc::now().timestamp_millis()
}
