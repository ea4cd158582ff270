//! How a run takes its thread in the store: at its beginning, or later, if the store is away then.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, Shared};
use futures_util::{FutureExt, StreamExt};
use tokio::time::{Instant, sleep, timeout};
use tracing::Instrument;

use super::active::{Active, ThreadBusy, WhenBusy};
use super::keep::{LateEnd, Stored};
use super::left::{self, ids};
use super::log::EndReason;
use super::node::Node;
use super::run::{Run, Started};
use crate::agents::RunInput;
use crate::store::{Cluster, NewRun, Start, StartedRun, StoreError, ThreadKey};

/// How long a store that is away is asked again, for a run that goes on or has ended.
pub(super) const GIVE_UP: Duration = Duration::from_secs(60);
/// The shortest and the longest pause in between.
pub(super) const PAUSES: (Duration, Duration) =
    (Duration::from_millis(100), Duration::from_secs(2));

/// What the store says to a run that begins.
#[derive(Debug, Clone)]
pub(super) enum Begun {
    /// The thread is the run's.
    Kept(Arc<StartedRun>),
    /// Another node's run has the thread.
    Busy(ThreadBusy),
    /// Nothing is kept of the run.
    Unkept,
    /// The store failed.
    Failed,
}

/// The store's first word, and its last.
pub(super) struct Beginning {
    first: Shared<BoxFuture<'static, Begun>>,
    last: Shared<BoxFuture<'static, ToEnd>>,
}

/// What is to be ended in the store; if there is nothing, what has become of the run there.
type ToEnd = Result<Arc<StartedRun>, Stored>;

impl Beginning {
    /// The first word, if it comes in time.
    pub(super) async fn in_time(&self, patience: Duration) -> Option<Begun> {
        timeout(patience, self.first.clone()).await.ok()
    }

    /// What the run's first event is told of the thread.
    pub(super) fn started(&self) -> Started {
        let started = |begun| match begun {
            Begun::Kept(started) => Some(started),
            Begun::Busy(_) | Begun::Unkept | Begun::Failed => None,
        };
        self.first.clone().map(started).boxed().shared()
    }

    /// What is to be ended.
    pub(super) async fn last(self) -> ToEnd {
        self.last.await
    }
}

impl Active {
    /// Takes the thread, as soon as somebody waits for it.
    pub(super) fn beginning(&self, input: &RunInput, when_busy: WhenBusy) -> Beginning {
        let Some(thread) = self.thread.clone() else {
            let first = async { Begun::Unkept }.boxed().shared();
            let last = async { Err(Stored::Yes) }.boxed().shared();
            return Beginning { first, last };
        };
        let request = &input.request;
        let taking = Taking {
            node: self.inner.node.clone(),
            run: self.run.clone(),
            before: self.inner.node.late_end(&thread),
            thread,
            new: NewRun {
                id: request.run_id.clone(),
                agent: input.agent.clone(),
                parent: request.parent_run_id.clone(),
                messages: ids(&request.messages),
            },
        };
        let taking = Arc::new(taking);
        let again = taking.clone();
        let first = async move { taking.first(when_busy).await };
        let first = first.boxed().shared();
        let said = first.clone();
        let last = async move {
            match said.await {
                Begun::Kept(started) => Ok(started),
                Begun::Failed => again.again().await,
                Begun::Busy(_) => Err(again.lost()),
                Begun::Unkept => Err(Stored::Yes),
            }
        };
        let last = last.boxed().shared();
        // Whether or not somebody waits for it by then.
        self.inner.node.tasks.spawn(last.clone().in_current_span());
        Beginning { first, last }
    }
}

/// A run that wants its thread.
struct Taking {
    node: Arc<Node>,
    run: Arc<Run>,
    thread: ThreadKey,
    /// What the run before left behind, if that is on its way to the store. Not looked for later, when this run's own end may
    /// be on its way, too, which waits for its beginning.
    before: Option<LateEnd>,
    new: NewRun,
}

impl Taking {
    async fn first(&self, when_busy: WhenBusy) -> Begun {
        let strict = self.node.journal.is_strict();
        let taken = self.take(when_busy);
        let taken = match strict {
            true => timeout(self.node.journal.patience(), taken).await,
            false => Ok(taken.await),
        };
        match taken {
            Ok(Ok(begun)) => begun,
            Ok(Err(error)) if !strict => {
                tracing::error!(%error, "a run that begins is not stored; it goes on, and the store is asked again");
                Begun::Failed
            }
            failed => {
                let error = failed.map(|it| it.err().map(|error| error.to_string()));
                tracing::error!(?error, "a run that begins is not stored, and ends");
                self.run.cancel(EndReason::StoreFailed);
                Begun::Failed
            }
        }
    }

    /// Asks until the store is back, or away for too long; not for a run that has ended for that.
    async fn again(&self) -> ToEnd {
        if self.node.journal.is_strict() {
            return Err(Stored::No);
        }
        let begun = Instant::now();
        let mut pause = PAUSES.0;
        while begun.elapsed() < GIVE_UP {
            sleep(pause).await;
            pause = PAUSES.1.min(2 * pause);
            match self.take(WhenBusy::Reject).await {
                Ok(Begun::Kept(started)) => return Ok(started),
                Ok(Begun::Busy(busy)) => {
                    tracing::error!(%busy, "a run went on while the store was away, and another one has its thread");
                    return Err(self.lost());
                }
                Ok(Begun::Unkept) => return Err(Stored::Yes),
                Ok(Begun::Failed) | Err(StoreError::Closed) => return Err(Stored::No),
                Err(_) => {}
            }
        }
        tracing::error!(run = ?self.new.id, "a run is not stored: the store was away for too long");
        Err(Stored::No)
    }

    /// Another run has the thread: this one ends, if it went on without the store's word.
    fn lost(&self) -> Stored {
        self.run.cancel(EndReason::Lost);
        Stored::Fenced
    }

    /// Takes the thread once it is free, as far as that is to be waited for.
    async fn take(&self, when_busy: WhenBusy) -> Result<Begun, StoreError> {
        let store = &*self.node.store;
        if let Some(end) = &self.before {
            end.clone().await;
        }
        loop {
            match store.start_run(&self.thread, self.new.clone()).await? {
                Start::Started(started) => {
                    self.run.set_number(started.lease.number);
                    self.node.journal.enter(&started.lease, &self.run);
                    return Ok(Begun::Kept(Arc::new(started)));
                }
                Start::Left(left) => match left::close(store, *left).await {
                    Ok(()) | Err(StoreError::Fenced) => {}
                    Err(error) => return Err(error),
                },
                Start::Busy(active) => {
                    let Some(cluster) = store.cluster().filter(|_| when_busy != WhenBusy::Reject)
                    else {
                        return Ok(Begun::Busy(ThreadBusy {
                            thread: self.thread.id.clone(),
                            run: active.id,
                            waiting: 0,
                        }));
                    };
                    if when_busy == WhenBusy::Supersede {
                        cluster.request_stop(&self.thread, None).await?;
                    }
                    let cancelled = self.run.cancel_token();
                    tokio::select! {
                        () = over(cluster, &self.thread, active.number) => {}
                        () = cancelled.cancelled() => return Ok(Begun::Unkept),
                    }
                }
            }
        }
    }
}

/// Waits until a run on another node has ended.
pub(super) async fn over(cluster: &dyn Cluster, thread: &ThreadKey, number: u64) {
    // Beyond its last event: of the run only its end is of interest.
    let mut tails = cluster.follow(thread, number, i64::MAX.unsigned_abs());
    while let Some(tail) = tails.next().await {
        match tail {
            Ok(tail) if tail.ended.is_none() => {}
            Ok(_) => return,
            // It is gone, or the store cannot tell: who asks tries again, though not at once.
            Err(_) => return sleep(PAUSES.0).await,
        }
    }
}
