//! What this process knows of runs, whichever configuration they came with: a runtime that takes the place of another one
//! (a reload) goes on with it. Each run keeps the runtime that it was started by until it has ended.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use super::housekeeping::Keeper;
use super::journal::Journal;
use super::keep::LateEnds;
use super::remote::{self, Mirrors};
use super::run::Run;
use super::{Inner, Runtime};
use crate::metrics::Metrics;
use crate::store::{MeteredStore, Store, ThreadKey};

/// How many runs may start while an onlooker looks away.
const STARTED: usize = 256;

/// Store, runs, and all that becomes of them.
pub(crate) struct Node {
    pub(super) store: Arc<dyn Store>,
    pub(super) metrics: Metrics,
    /// The active run of each thread, and after it those that wait for it.
    pub(super) active: Mutex<HashMap<ThreadKey, Vec<Arc<Run>>>>,
    /// Keeps what runs say while they go on.
    pub(super) journal: Arc<Journal>,
    pub(super) housekeeping: Arc<Keeper>,
    pub(super) late_ends: LateEnds,
    /// The runs of other nodes that are followed here.
    pub(super) mirrors: Mirrors,
    /// What goes on as long as the node.
    _background: Vec<AbortOnDropHandle<()>>,
    pub(super) tasks: TaskTracker,
    /// Ends what only looks on, before the runs.
    pub(super) closing: CancellationToken,
    pub(super) shutdown: CancellationToken,
    /// Tells onlookers of runs that start.
    pub(super) started: broadcast::Sender<Arc<Run>>,
    /// The runtime, and those before it that runs or requests still hold.
    runtimes: Mutex<Vec<Weak<Inner>>>,
}

impl Node {
    pub(super) fn new(store: Arc<dyn Store>) -> Arc<Self> {
        let metrics = Metrics::default();
        let store: Arc<dyn Store> = Arc::new(MeteredStore::new(store, metrics.clone()));
        let journal = Journal::new(store.clone());
        let housekeeping = Keeper::new(store.clone());
        let mut background = vec![
            AbortOnDropHandle::new(tokio::spawn(journal.clone().work())),
            AbortOnDropHandle::new(tokio::spawn(housekeeping.clone().work())),
        ];
        if let Some(cluster) = store.cluster() {
            let requests = cluster.stop_requests();
            let heard = remote::hear_stops(requests, journal.clone());
            background.push(AbortOnDropHandle::new(tokio::spawn(heard)));
        }
        Arc::new(Self {
            store,
            metrics,
            active: Mutex::default(),
            journal,
            housekeeping,
            late_ends: LateEnds::default(),
            mirrors: Mirrors::default(),
            _background: background,
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
            shutdown: CancellationToken::new(),
            started: broadcast::Sender::new(STARTED),
            runtimes: Mutex::default(),
        })
    }

    /// Takes note of a runtime that goes on with it.
    pub(super) fn enter(&self, runtime: &Arc<Inner>) {
        let mut runtimes = self.runtimes.lock();
        runtimes.retain(|it| it.strong_count() > 0);
        runtimes.push(Arc::downgrade(runtime));
    }

    /// All runtimes that are still held by somebody.
    pub(super) fn runtimes(&self) -> Vec<Arc<Inner>> {
        let runtimes = self.runtimes.lock();
        runtimes.iter().filter_map(Weak::upgrade).collect()
    }
}

impl Runtime {
    pub(super) fn node(&self) -> &Arc<Node> {
        &self.0.node
    }
}
