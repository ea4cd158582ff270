//! Keeps a store in memory within its limits.

use super::content::{Content, Kept, now};
use crate::store::limits::{self, Dropped, Gone, Limit};
use crate::store::{RunStatus, StateKey, StoreLimits, StoredRun, ThreadKey};

/// What may go next.
struct Oldest {
    thread: ThreadKey,
    /// Of this agent; `None` for the whole thread.
    state: Option<String>,
    /// When it changed last.
    time: i64,
}

impl Content {
    /// Drops what is over the limits, now that this thread and this agent's state of it have changed: they stay, as do
    /// threads with a run that goes on.
    pub(super) fn enforce(
        &mut self,
        limits: &StoreLimits,
        thread: &ThreadKey,
        agent: &str,
    ) -> Vec<Dropped> {
        let mut dropped = Vec::new();
        if let Some(most) = limits.runs_per_thread {
            let gone = self.drop_runs(thread, |kept| over_count(kept, most));
            dropped.extend(runs(thread, gone, Limit::RunsPerThread(most)));
        }
        if let Some(most) = limits.threads {
            while self.threads.len() > most {
                let Some(oldest) = self.oldest_thread(Some(thread)) else {
                    break;
                };
                dropped.push(self.drop_oldest(oldest, Limit::Threads(most)));
            }
        }
        dropped.extend(self.drop_old(limits, Some((thread, agent))));
        if let Some(most) = limits.bytes {
            self.keep_bytes(most, thread, agent, &mut dropped);
        }
        dropped
    }

    /// Drops what is too old, but not this thread and this agent's state of it.
    pub(super) fn drop_old(
        &mut self,
        limits: &StoreLimits,
        except: Option<(&ThreadKey, &str)>,
    ) -> Vec<Dropped> {
        let mut dropped = Vec::new();
        let Some(oldest_ms) = limits.oldest_ms(now()) else {
            return dropped;
        };
        while dropped.len() < limits::OLD_AT_ONCE {
            let oldest = self.oldest(except).filter(|it| it.time < oldest_ms);
            let Some(oldest) = oldest else { break };
            dropped.push(self.drop_oldest(oldest, Limit::age(limits)));
        }
        dropped
    }

    /// The oldest of the threads and of the states that have none.
    fn oldest(&self, except: Option<(&ThreadKey, &str)>) -> Option<Oldest> {
        let thread = self.oldest_thread(except.map(|(thread, _)| thread));
        let candidates = [thread, self.loose_state(except)];
        candidates.into_iter().flatten().min_by_key(|it| it.time)
    }

    fn keep_bytes(
        &mut self,
        most: u64,
        thread: &ThreadKey,
        agent: &str,
        dropped: &mut Vec<Dropped>,
    ) {
        let limit = Limit::Bytes(most);
        let mut shrunk = false;
        while self.bytes > most {
            if let Some(oldest) = self.oldest(Some((thread, agent))) {
                dropped.push(self.drop_oldest(oldest, limit));
            } else if !shrunk {
                let excess = self.bytes - most;
                let gone = self.drop_runs(thread, |kept| over_bytes(kept, excess));
                dropped.extend(runs(thread, gone, limit));
                shrunk = true;
            } else if let Some(state) = self.other_state(thread, agent) {
                dropped.push(self.drop_oldest(state, limit));
            } else {
                break;
            }
        }
    }

    fn oldest_thread(&self, except: Option<&ThreadKey>) -> Option<Oldest> {
        let threads = self.threads.iter();
        let (oldest, kept) = threads
            .filter(|(key, kept)| Some(*key) != except && kept.active.is_none())
            .min_by_key(|(key, kept)| (kept.thread.updated_at_ms, &key.id, key.owner.as_str()))?;
        Some(Oldest {
            thread: oldest.clone(),
            state: None,
            time: kept.thread.updated_at_ms,
        })
    }

    /// The oldest state that has no thread.
    fn loose_state(&self, except: Option<(&ThreadKey, &str)>) -> Option<Oldest> {
        let loose = self.states.keys();
        let loose = loose.filter(|key| !self.threads.contains_key(key));
        loose
            .filter_map(|key| match except {
                Some((thread, agent)) if key == thread => self.other_state(key, agent),
                _ => self.oldest_state(key, |_| true),
            })
            .min_by_key(|state| state.time)
    }

    /// The oldest state of the thread's other agents.
    fn other_state(&self, thread: &ThreadKey, agent: &str) -> Option<Oldest> {
        self.oldest_state(thread, |other| other != agent)
    }

    fn oldest_state(&self, thread: &ThreadKey, of: impl Fn(&str) -> bool) -> Option<Oldest> {
        let states = self.states.get(thread)?.iter();
        let (agent, kept) = states
            .filter(|(agent, _)| of(agent))
            .min_by_key(|(_, kept)| kept.state.updated_at_ms)?;
        Some(Oldest {
            thread: thread.clone(),
            state: Some(agent.clone()),
            time: kept.state.updated_at_ms,
        })
    }

    fn drop_oldest(&mut self, oldest: Oldest, limit: Limit) -> Dropped {
        let thread = oldest.thread.id.clone();
        let what = match oldest.state {
            None => {
                self.delete(&oldest.thread);
                Gone::Thread
            }
            Some(agent_name) => {
                let key = StateKey {
                    owner: oldest.thread.owner,
                    thread_id: oldest.thread.id,
                    agent_name,
                };
                self.delete_state(&key);
                Gone::State(key.agent_name)
            }
        };
        Dropped {
            thread,
            what,
            limit,
        }
    }

    /// Drops the thread's runs that have ended, up to the one that `last` says. How many went.
    fn drop_runs(&mut self, key: &ThreadKey, last: impl Fn(&Kept) -> Option<u64>) -> usize {
        let Some(kept) = self.threads.get_mut(key) else {
            return 0;
        };
        let Some(last) = last(kept) else { return 0 };
        let old = |run: &mut StoredRun| run.number <= last && run.status != RunStatus::Running;
        let gone: Vec<_> = kept.runs.extract_if(.., old).collect();
        let bytes: u64 = gone.iter().map(|run| limits::bytes(&run.events)).sum();
        let went = |number| gone.iter().any(|run| run.number == number);
        kept.messages.retain(|_, number| !went(*number));
        kept.bytes -= bytes;
        self.bytes -= bytes;
        gone.len()
    }
}

/// The last run that goes if only so many of those that have ended stay.
fn over_count(kept: &Kept, most: usize) -> Option<u64> {
    ended(kept).rev().nth(most).map(|run| run.number)
}

/// The last run that goes if so many bytes have to; the newest that has ended stays.
fn over_bytes(kept: &Kept, excess: u64) -> Option<u64> {
    let newest = ended(kept).next_back()?.number;
    let mut gone = 0;
    let needed = |run: &&StoredRun| {
        let needed = gone < excess && run.number < newest;
        gone += limits::bytes(&run.events);
        needed
    };
    ended(kept).take_while(needed).last().map(|run| run.number)
}

/// The runs that have ended, oldest first.
fn ended(kept: &Kept) -> impl DoubleEndedIterator<Item = &StoredRun> {
    let runs = kept.runs.iter();
    runs.filter(|run| run.status != RunStatus::Running)
}

fn runs(thread: &ThreadKey, runs: usize, limit: Limit) -> Option<Dropped> {
    (runs > 0).then(|| Dropped {
        thread: thread.id.clone(),
        what: Gone::Runs(runs),
        limit,
    })
}
