//! Keeps a store in memory within its limits.

use super::content::{Content, Kept};
use crate::store::limits::{self, Dropped, Limit};
use crate::store::{RunStatus, StoreLimits, StoredRun, ThreadKey};

impl Content {
    /// Drops what is over the limits, now that this thread has changed: it stays, as do threads with a run that goes on.
    pub(super) fn enforce(&mut self, limits: &StoreLimits, thread: &ThreadKey) -> Vec<Dropped> {
        let mut dropped = Vec::new();
        if let Some(most) = limits.runs_per_thread {
            let gone = self.drop_runs(thread, |kept| over_count(kept, most));
            dropped.extend(runs(thread, gone, Limit::RunsPerThread(most)));
        }
        if let Some(most) = limits.threads {
            while self.threads.len() > most {
                let Some(gone) = self.drop_oldest_thread(thread, Limit::Threads(most)) else {
                    break;
                };
                dropped.push(gone);
            }
        }
        if let Some(most) = limits.bytes {
            while self.bytes > most {
                let Some(gone) = self.drop_oldest_thread(thread, Limit::Bytes(most)) else {
                    let excess = self.bytes - most;
                    let gone = self.drop_runs(thread, |kept| over_bytes(kept, excess));
                    dropped.extend(runs(thread, gone, Limit::Bytes(most)));
                    break;
                };
                dropped.push(gone);
            }
        }
        dropped
    }

    fn drop_oldest_thread(&mut self, except: &ThreadKey, limit: Limit) -> Option<Dropped> {
        let threads = self.threads.iter();
        let (oldest, _) = threads
            .filter(|(key, kept)| *key != except && !kept.is_live())
            .min_by_key(|(key, kept)| (kept.thread.updated_at_ms, &key.id, key.owner.as_str()))?;
        let oldest = oldest.clone();
        self.delete(&oldest);
        Some(Dropped {
            thread: oldest.id,
            runs: None,
            limit,
        })
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
        runs: Some(runs),
        limit,
    })
}
