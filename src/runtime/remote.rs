//! Runs of other nodes, as far as this one has to do with them: followed, stopped, waited for.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use parking_lot::Mutex;

use super::begin::over;
use super::journal::Journal;
use super::log::{EndReason, Entry, Origin, RunLog};
use super::protocol::{Verifier, Why};
use super::run::Run;
use super::writer::{FRAME, INCOMPLETE_STREAM};
use super::{Runtime, STORE_PATIENCE};
use crate::generated::agui::{Event, RunErrorEvent};
use crate::store::{RunStatus, RunTail, StoreError, StoredRun, ThreadKey};

/// What is told of a run whose node goes on, but whose events do not come any more.
const CUT: &str = "The run cannot be followed any further; connect to its thread again.";

/// The logs of other nodes' runs, each filled once for all who follow it here.
#[derive(Default)]
pub(super) struct Mirrors(Mutex<HashMap<(ThreadKey, u64), Weak<RunLog>>>);

impl Mirrors {
    /// Tells all who follow a run of another node that they have to go elsewhere.
    pub(super) fn cut(&self) {
        let logs = self.0.lock();
        logs.values()
            .filter_map(Weak::upgrade)
            .for_each(|log| cut(&log));
    }
}

impl Runtime {
    /// The thread's run that goes on on another node, if these are the thread's runs.
    pub(super) fn elsewhere(&self, thread: &ThreadKey, runs: &[StoredRun]) -> Option<Arc<Run>> {
        let cluster = self.store().cluster()?;
        let run = runs.last().filter(|run| run.status == RunStatus::Running)?;
        let mut mirrors = self.0.node.mirrors.0.lock();
        mirrors.retain(|_, log| log.strong_count() > 0);
        let key = (thread.clone(), run.number);
        let log = match mirrors.get(&key).and_then(Weak::upgrade) {
            Some(log) => log,
            None => {
                let log = Arc::<RunLog>::default();
                mirrors.insert(key, Arc::downgrade(&log));
                let tails = cluster.follow(thread, run.number, 0);
                // Not among the tasks that a shutdown waits for: it says nothing that the store does not have.
                tokio::spawn(fill(Arc::downgrade(&log), tails));
                log
            }
        };
        Some(Run::mirrored(thread, run, log))
    }

    /// Asks the node that has the thread's active run to stop it; whether there is one.
    pub(super) async fn stop_elsewhere(
        &self,
        thread: &ThreadKey,
        run_id: Option<&str>,
    ) -> Result<bool, StoreError> {
        match self.store().cluster() {
            Some(cluster) => Ok(cluster.request_stop(thread, run_id).await?.is_some()),
            None => Ok(false),
        }
    }

    /// The same, and waits until it has ended, though not for ever. A store that fails is logged: what is done next finds
    /// that as well.
    pub(super) async fn stop_elsewhere_and_wait(&self, thread: &ThreadKey) {
        let Some(cluster) = self.store().cluster() else {
            return;
        };
        let stopped = async {
            if let Some(number) = cluster.request_stop(thread, None).await? {
                over(cluster, thread, number).await;
            }
            Ok::<_, StoreError>(())
        };
        match tokio::time::timeout(STORE_PATIENCE, stopped).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "a run on another node was not stopped"),
            Err(_) => tracing::warn!(
                "a run on another node does not stop; its thread is taken all the same"
            ),
        }
    }
}

/// Stops runs as other nodes ask it.
pub(super) async fn hear_stops(mut requests: BoxStream<'static, u64>, journal: Arc<Journal>) {
    while let Some(fence) = requests.next().await {
        journal.stop(fence);
    }
}

/// Copies a run's events into the log, until the run ends or nobody holds the log any more.
async fn fill(log: Weak<RunLog>, mut tails: BoxStream<'static, Result<RunTail, StoreError>>) {
    while let Some(tail) = tails.next().await {
        let Some(log) = log.upgrade() else { return };
        match tail {
            Ok(tail) => {
                for event in tail.events {
                    let size = FRAME + event.get().len();
                    match serde_json::from_str::<Event>(event.get()) {
                        Ok(event) => log.append(Entry::new(event, Origin::Agent, size)),
                        Err(error) => tracing::error!(%error, "a stored event is left out"),
                    }
                    log.room().await;
                }
                if let Some(status) = tail.ended {
                    log.end(reason(status));
                }
            }
            Err(error) => {
                tracing::error!(%error, "a run on another node cannot be followed to its end");
                cut(&log);
            }
        }
    }
}

/// Ends a log whose run can not be followed any further.
fn cut(log: &RunLog) {
    let said = log.entries();
    let said = said.iter().map(|entry| &entry.event);
    let mut error = RunErrorEvent::new(CUT);
    error.code = Some(INCOMPLETE_STREAM.to_owned());
    let ends = Verifier::after(said).close(Why::Incomplete(CUT));
    for event in ends.into_iter().chain([error.into()]) {
        log.append(Entry::new(event, Origin::Closing, FRAME));
    }
    log.end(EndReason::StoreFailed);
}

fn reason(status: RunStatus) -> EndReason {
    match status {
        RunStatus::Running | RunStatus::Completed => EndReason::Completed,
        RunStatus::Failed => EndReason::AgentFailed,
        RunStatus::Stopped => EndReason::Stopped,
    }
}
