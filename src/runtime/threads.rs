//! What faces ask of threads: the history and the live run, and stop.

use std::sync::Arc;

use futures_util::future::join_all;
use futures_util::stream::{self, BoxStream, StreamExt};
use tokio::sync::broadcast;
use tokio::time::timeout;

use super::log::EndReason;
use super::run::Run;
use super::{Runtime, STORE_PATIENCE};
use crate::store::{Events, Owner, Store, StoreError, StoredRun, ThreadKey};

/// The compacted events of runs that have ended, one run at a time, each loaded when it is asked for: who reads slowly
/// holds one run's events and no more.
pub type History = BoxStream<'static, Result<Arc<Events>, StoreError>>;

/// A thread as a client that comes back finds it.
pub struct Connection {
    /// The runs that have ended, in order.
    pub history: History,
    /// The run that is going on.
    pub live: Option<Arc<Run>>,
}

/// A run that goes on.
pub struct ActiveRun {
    /// The run.
    pub run: Arc<Run>,
    /// How many wait for its end.
    pub waiting: usize,
}

/// What became of a request to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// The run ends.
    Yes,
    /// The thread has no active run.
    NoRun,
    /// The thread's active run is another.
    OtherRun,
}

impl Runtime {
    /// The thread's history, and its live run. A thread that is not there is empty.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn connect(&self, thread: &ThreadKey) -> Result<Connection, StoreError> {
        let mut swept = !self.0.node.journal.owns_all();
        loop {
            let live = self.active_run(thread);
            let runs = self.store().list_runs(thread).await?;
            // A run that began meanwhile may be in neither.
            if live.is_none() && self.active_run(thread).is_some() {
                continue;
            }
            let goes_on = runs.last().is_some_and(|run| run.ended_at_ms.is_none());
            if goes_on && live.is_none() && !std::mem::replace(&mut swept, true) {
                // Left by a process that died, and soon ended: it belongs to the history.
                self.0.node.journal.sweep().await?;
                continue;
            }
            let live = live.or_else(|| self.elsewhere(thread, &runs));
            // The live run may have been stored just now; its log has all of it, and of what comes after it comes more.
            let known = live.as_ref().and_then(|run| run.number());
            let ended = runs
                .into_iter()
                .filter(|run| run.ended_at_ms.is_some())
                .filter(|run| known.is_none_or(|live| run.number < live));
            let history = history(self.store().clone(), thread.clone(), ended);
            return Ok(Connection { history, live });
        }
    }

    /// The run that is going on on the thread, on this node.
    pub fn active_run(&self, thread: &ThreadKey) -> Option<Arc<Run>> {
        self.0.node.active.lock().get(thread)?.first().cloned()
    }

    /// The runs that go on on this node, oldest first: an owner's, or everybody's.
    pub fn active_runs(&self, owner: Option<&Owner>) -> Vec<ActiveRun> {
        let active = self.0.node.active.lock();
        let of_owner = |thread: &ThreadKey| owner.is_none_or(|owner| thread.owner == *owner);
        let runs = active.iter().filter(|(thread, _)| of_owner(thread));
        let mut runs: Vec<_> = runs
            .filter_map(|(_, runs)| {
                let run = runs.first()?.clone();
                let waiting = runs.len() - 1;
                Some(ActiveRun { run, waiting })
            })
            .collect();
        drop(active);
        runs.sort_by_key(|it| it.run.started_at_ms);
        runs
    }

    /// The run that is going on on the thread, on whichever node.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn live_run(&self, thread: &ThreadKey) -> Result<Option<Arc<Run>>, StoreError> {
        match self.active_run(thread) {
            None if self.store().cluster().is_some() => {
                let runs = self.store().list_runs(thread).await?;
                Ok(self.elsewhere(thread, &runs))
            }
            here => Ok(here),
        }
    }

    /// Stops the thread's runs, on whichever node: the one that is going on and those that wait. With a run's id, only if
    /// it is that one.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn stop(
        &self,
        thread: &ThreadKey,
        run_id: Option<&str>,
    ) -> Result<Stopped, StoreError> {
        match self.stop_here(thread, run_id) {
            Stopped::Yes => Ok(Stopped::Yes),
            _ if self.stop_elsewhere(thread, run_id).await? => Ok(Stopped::Yes),
            here => Ok(here),
        }
    }

    fn stop_here(&self, thread: &ThreadKey, run_id: Option<&str>) -> Stopped {
        let active = self.0.node.active.lock();
        let Some(runs) = active.get(thread) else {
            return Stopped::NoRun;
        };
        match run_id {
            Some(id) if runs.iter().all(|run| run.id != id) => return Stopped::OtherRun,
            Some(id) => runs
                .iter()
                .filter(|run| run.id == id)
                .for_each(|run| run.cancel(EndReason::Stopped)),
            None => runs.iter().for_each(|run| run.cancel(EndReason::Stopped)),
        }
        Stopped::Yes
    }

    /// Stops the thread's runs and waits until they have ended and what they left behind is stored, the latter not for ever.
    pub async fn stop_and_wait(&self, thread: &ThreadKey) {
        self.end_all(|key| key == thread).await;
        self.stop_elsewhere_and_wait(thread).await;
    }

    /// The same for all threads of an owner, on this node: other nodes' runs end when they find their thread deleted.
    pub async fn stop_all(&self, owner: &Owner) {
        self.end_all(|key| key.owner == *owner).await;
    }

    async fn end_all(&self, whose: impl Fn(&ThreadKey) -> bool) {
        let runs: Vec<_> = {
            let active = self.0.node.active.lock();
            let active = active.iter().filter(|(thread, _)| whose(thread));
            active.flat_map(|(_, runs)| runs).cloned().collect()
        };
        for run in &runs {
            run.cancel(EndReason::Stopped);
        }
        for run in &runs {
            run.ended().await;
        }
        // What is stored after the thread was deleted would bring it back.
        let late = self.0.node.late_ends(whose);
        let _ = timeout(STORE_PATIENCE, join_all(late)).await;
    }

    /// All runs that start from now on, for an onlooker.
    pub fn watch(&self) -> broadcast::Receiver<Arc<Run>> {
        self.0.node.started.subscribe()
    }
}

/// The events of these runs. One that was dropped meanwhile says nothing, nor does another that took its number.
fn history(
    store: Arc<dyn Store>,
    thread: ThreadKey,
    runs: impl Iterator<Item = StoredRun>,
) -> History {
    let names: Vec<_> = runs.map(|run| (run.number, run.started_at_ms)).collect();
    let load = move |(number, started_at_ms)| {
        let (store, thread) = (store.clone(), thread.clone());
        async move {
            let run = store.load_run(&thread, number).await?;
            let run = run.filter(|run| run.started_at_ms == started_at_ms);
            Ok(run.map(|run| run.events).unwrap_or_default())
        }
    };
    stream::iter(names).then(load).fuse().boxed()
}
