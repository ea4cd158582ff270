//! Stores what a run leaves behind, before anybody sees its end; or behind its back, if the store is slow.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use parking_lot::Mutex;
use tokio::time::{Instant, sleep, timeout};
use tracing::Instrument;

use super::active::Active;
use super::begin::{Beginning, GIVE_UP, PAUSES};
use super::left::{raw, told, values};
use super::log::EndReason;
use super::node::Node;
use super::protocol::Transcript;
use super::run::Ending;
use crate::store::{Batch, EndedRun, Lease, StateChange, StoreError, ThreadKey};

/// The ends that are still on their way to a slow store: the next run on the thread begins after them.
#[derive(Default)]
pub(super) struct LateEnds(Mutex<HashMap<ThreadKey, LateEnd>>);

/// A run's end on its way to the store; it begins there before, if it has not yet.
pub(super) type LateEnd = Shared<BoxFuture<'static, Stored>>;

/// What became of a run's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    /// It is stored, or there is nothing to store.
    Yes,
    /// It is not, and the log says why.
    No,
    /// Another node has ended the run, or has its thread.
    Fenced,
}

impl Active {
    /// Stores what the run left behind: the end that its followers are told.
    pub(super) async fn keep(
        &self,
        beginning: Beginning,
        left: Transcript,
        ending: Ending,
    ) -> Ending {
        let said = match self.inner.node.store.cluster() {
            Some(_) => self.run.said(&ending),
            None => Vec::new(),
        };
        let left = self.left(left, &ending);
        let node = self.inner.node.clone();
        let stored = async move {
            match beginning.last().await {
                Ok(begun) => node.end(&begun.lease, left, &said).await,
                Err(stored) => stored,
            }
        };
        let stored = stored.boxed().shared();
        match timeout(self.inner.node.journal.patience(), stored.clone()).await {
            Ok(Stored::Fenced) => self.run.given_up(EndReason::Lost),
            Ok(Stored::Yes) => ending,
            Ok(Stored::No) if !self.inner.node.journal.is_strict() => ending,
            Err(_) if !self.inner.node.journal.is_strict() => {
                tracing::error!(run = %self.run.id, "the store is slow; the run's end is told before it is stored");
                self.inner.node.end_later(&self.run.thread, stored);
                ending
            }
            Ok(Stored::No) => self.run.given_up(EndReason::StoreFailed),
            Err(_) => {
                self.inner.node.end_later(&self.run.thread, stored);
                self.run.given_up(EndReason::StoreFailed)
            }
        }
    }

    /// What the store is to keep of the run.
    fn left(&self, left: Transcript, ending: &Ending) -> EndedRun {
        let events = self
            .inner
            .node
            .housekeeping
            .compact(self.run.events(ending));
        let (state, messages) = left.into_parts();
        EndedRun {
            status: ending.status(),
            events: events.iter().filter_map(raw).collect(),
            tail: None,
            // What came with a run that never began is in none of its events: to the thread it is still new.
            messages: told(&events),
            state: Some(StateChange::Run {
                messages: values(&messages),
                state,
            }),
        }
    }
}

impl Node {
    /// Ends the run in the store, and holds its thread until then.
    async fn end(&self, lease: &Lease, mut left: EndedRun, said: &[Bytes]) -> Stored {
        let stored = self.journal.leave(lease);
        left.tail = said
            .get(stored..)
            .map(|rest| Batch::new(Arc::new(lease.clone()), stored as u64, rest));
        let stored = self.end_in_store(lease, &left).await;
        self.journal.release(lease);
        stored
    }

    /// However often it takes, though not for ever.
    async fn end_in_store(&self, lease: &Lease, left: &EndedRun) -> Stored {
        let begun = Instant::now();
        let mut pause = None;
        loop {
            let error = match self.store.end_run(lease, left).await {
                Ok(()) => return Stored::Yes,
                Err(StoreError::Fenced) => {
                    tracing::warn!(
                        thread = ?lease.thread.id,
                        number = lease.number,
                        "a run that has ended is not stored: another node ended it, or its thread was deleted"
                    );
                    return Stored::Fenced;
                }
                Err(error) => error,
            };
            let again = matches!(error, StoreError::Backend { .. }) && begun.elapsed() < GIVE_UP;
            if pause.is_none() || !again {
                tracing::error!(%error, number = lease.number, again, "a run that has ended is not stored");
            }
            if !again {
                return Stored::No;
            }
            let next = pause.map_or(PAUSES.0, |pause| PAUSES.1.min(2 * pause));
            pause = Some(next);
            sleep(next).await;
        }
    }

    /// Goes on with what a slow store was given.
    fn end_later(&self, thread: &ThreadKey, stored: LateEnd) {
        let mut ends = self.late_ends.0.lock();
        ends.retain(|_, end| end.peek().is_none());
        // An earlier one of the thread that is still there is waited for by this one.
        ends.insert(thread.clone(), stored.clone());
        self.tasks.spawn(stored.in_current_span());
    }

    /// The ends of threads' last runs, where they are still on their way to the store.
    pub(super) fn late_ends(&self, whose: impl Fn(&ThreadKey) -> bool) -> Vec<LateEnd> {
        let ends = self.late_ends.0.lock();
        let ends = ends.iter().filter(|(thread, _)| whose(thread));
        ends.map(|(_, end)| end.clone()).collect()
    }

    /// The end of the thread's last run, if it is still on its way to the store.
    pub(super) fn late_end(&self, thread: &ThreadKey) -> Option<LateEnd> {
        self.late_ends.0.lock().get(thread).cloned()
    }
}
