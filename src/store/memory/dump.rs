//! Whole threads, out of a store in memory and into it.

use std::collections::{BTreeMap, BTreeSet};

use super::content::{Content, Kept, KeptState};
use crate::store::{
    AgentState, DumpedRun, DumpedState, DumpedThread, DumpedVersion, StateKey, StoreError,
    StoredRun, Thread, ThreadDump, ThreadKey, limits,
};

impl Content {
    /// In the order of owner and id.
    pub(super) fn all_keys(&self, after: Option<&ThreadKey>, most: usize) -> Vec<ThreadKey> {
        let place = |key: &ThreadKey| (key.owner.as_str().to_owned(), key.id.clone());
        let after = after.map(place);
        let keys = self.threads.keys().chain(self.states.keys());
        let keys = keys.map(|key| (place(key), key));
        let keys = keys.filter(|(place, _)| after.as_ref().is_none_or(|after| place > after));
        let keys: BTreeMap<_, _> = keys.collect();
        keys.into_values().take(most).cloned().collect()
    }

    pub(super) fn dump(&self, key: &ThreadKey) -> Option<ThreadDump> {
        let kept = self.threads.get(key);
        let states = self.states.get(key).into_iter().flatten();
        let mut states: Vec<_> = states.map(|(agent, kept)| state(agent, kept)).collect();
        states.sort_by(|one, other| one.agent.cmp(&other.agent));
        let dump = ThreadDump {
            owner: key.owner.clone(),
            id: key.id.clone(),
            thread: kept.map(Kept::dumped),
            runs: kept.map(Kept::dumped_runs).unwrap_or_default(),
            states,
        };
        (!dump.is_empty()).then_some(dump)
    }

    pub(super) fn restore(&mut self, dump: &ThreadDump) -> Result<(), StoreError> {
        let key = dump.key();
        if self.threads.contains_key(&key) || self.states.contains_key(&key) {
            return Err(StoreError::Occupied {
                owner: key.owner.as_str().to_owned(),
                id: key.id,
            });
        }
        if let Some(thread) = &dump.thread {
            let kept = Kept::restored(dump, thread);
            self.bytes += kept.bytes;
            self.threads.insert(key.clone(), kept);
        }
        for dumped in &dump.states {
            let state = StateKey {
                owner: key.owner.clone(),
                thread_id: key.id.clone(),
                agent_name: dumped.agent.clone(),
            };
            self.put_state(&state, restored(&state, dumped));
        }
        Ok(())
    }
}

impl Kept {
    fn dumped(&self) -> DumpedThread {
        DumpedThread {
            agent: self.thread.agent.clone(),
            name: self.thread.name.clone(),
            archived: self.thread.archived,
            created_at_ms: self.thread.created_at_ms,
            updated_at_ms: self.thread.updated_at_ms,
            last_number: self.numbered,
        }
    }

    fn dumped_runs(&self) -> Vec<DumpedRun> {
        let runs = self.runs.iter();
        runs.filter_map(|run| Some((run, run.ended_at_ms?)))
            .map(|(run, ended_at_ms)| {
                let messages = self.messages.iter();
                let messages = messages.filter(|(_, number)| **number == run.number);
                let messages: BTreeSet<_> = messages.map(|(id, _)| id.clone()).collect();
                DumpedRun {
                    number: run.number,
                    id: run.id.clone(),
                    agent: run.agent.clone(),
                    parent: run.parent.clone(),
                    status: run.status,
                    started_at_ms: run.started_at_ms,
                    ended_at_ms,
                    messages: messages.into_iter().collect(),
                    events: run.events.to_vec(),
                }
            })
            .collect()
    }

    fn restored(dump: &ThreadDump, thread: &DumpedThread) -> Self {
        let mut kept = Self::new(dump.id.clone(), thread.agent.clone());
        kept.thread = Thread {
            id: dump.id.clone(),
            agent: thread.agent.clone(),
            name: thread.name.clone(),
            archived: thread.archived,
            created_at_ms: thread.created_at_ms,
            updated_at_ms: thread.updated_at_ms,
        };
        kept.numbered = thread.last_number;
        for run in &dump.runs {
            kept.bytes += limits::bytes(&run.events);
            let ids = run.messages.iter().cloned();
            kept.messages.extend(ids.map(|id| (id, run.number)));
            kept.runs.push(StoredRun {
                number: run.number,
                id: run.id.clone(),
                agent: run.agent.clone(),
                parent: run.parent.clone(),
                status: run.status,
                started_at_ms: run.started_at_ms,
                ended_at_ms: Some(run.ended_at_ms),
                events: run.events.clone().into(),
            });
        }
        kept
    }
}

fn state(agent: &str, kept: &KeptState) -> DumpedState {
    let versions = kept.versions.iter();
    let versions = versions.map(|(state, _)| DumpedVersion {
        version: state.version,
        state: state.state.clone(),
        updated_at_ms: state.updated_at_ms,
    });
    DumpedState {
        agent: agent.to_owned(),
        state: kept.state.state.clone(),
        messages: kept.state.messages.clone(),
        version: kept.state.version,
        updated_at_ms: kept.state.updated_at_ms,
        versions: versions.collect(),
    }
}

fn restored(key: &StateKey, dumped: &DumpedState) -> KeptState {
    let state = AgentState {
        state: dumped.state.clone(),
        messages: dumped.messages.clone(),
        version: dumped.version,
        updated_at_ms: dumped.updated_at_ms,
    };
    let versions = dumped.versions.iter().map(|earlier| {
        let state = AgentState {
            state: earlier.state.clone(),
            messages: Vec::new(),
            version: earlier.version,
            updated_at_ms: earlier.updated_at_ms,
        };
        (state, earlier.state.to_string().len() as u64)
    });
    KeptState::new(key, state, versions.collect())
}
