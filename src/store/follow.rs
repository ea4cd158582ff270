//! Following a run whose events come through the store: who is woken by what, and the stream made of it.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::Stream;
use futures_util::stream;
use parking_lot::Mutex;
use tokio::sync::watch;

use super::{RunTail, StoreError, StoreFuture, ThreadKey};

/// How long a follower waits before it looks all the same: a wake-up may be lost with a connection.
const LOOK: Duration = Duration::from_secs(1);

/// Wakes this process's followers of a run when there is more of it to read.
#[derive(Debug, Default)]
pub(super) struct Bells(Mutex<HashMap<(ThreadKey, u64), watch::Sender<()>>>);

impl Bells {
    /// A bell that rings for this run.
    pub(super) fn listen(&self, thread: &ThreadKey, number: u64) -> watch::Receiver<()> {
        let mut bells = self.0.lock();
        bells.retain(|_, bell| !bell.is_closed());
        let bell = bells.entry((thread.clone(), number)).or_default();
        bell.subscribe()
    }

    /// There is more to read of this run.
    pub(super) fn ring(&self, thread: &ThreadKey, number: u64) {
        let bells = self.0.lock();
        // Most of the time nobody follows anything.
        if !bells.is_empty()
            && let Some(bell) = bells.get(&(thread.clone(), number))
        {
            bell.send_replace(());
        }
    }

    /// There may be more to read of any run.
    pub(super) fn wake_all(&self) {
        for bell in self.0.lock().values() {
            bell.send_replace(());
        }
    }

    /// There may be more to read of any run of this thread.
    pub(super) fn ring_all(&self, thread: &ThreadKey) {
        let bells = self.0.lock();
        for (_, bell) in bells.iter().filter(|((of, _), _)| of == thread) {
            bell.send_replace(());
        }
    }
}

/// What [`Cluster::follow`](super::Cluster::follow) gives: all that `read` finds from a sequence number on, until the run's
/// end. Looks again whenever the bell rings.
pub(super) fn stream(
    read: impl Fn(u64) -> StoreFuture<'static, Option<RunTail>> + Send + 'static,
    bell: watch::Receiver<()>,
    from: u64,
) -> impl Stream<Item = Result<RunTail, StoreError>> + Send {
    let reader = Reader { read, bell, from };
    stream::unfold(Some(reader), async |reader| {
        let mut reader = reader?;
        let next = reader.next().await;
        let goes_on = next.as_ref().is_ok_and(|tail| tail.ended.is_none());
        Some((next, goes_on.then_some(reader)))
    })
}

struct Reader<R> {
    read: R,
    bell: watch::Receiver<()>,
    from: u64,
}

impl<R: Fn(u64) -> StoreFuture<'static, Option<RunTail>>> Reader<R> {
    async fn next(&mut self) -> Result<RunTail, StoreError> {
        let mut told = false;
        loop {
            // Before the look: what comes after it rings again.
            self.bell.mark_unchanged();
            match (self.read)(self.from).await {
                Ok(Some(tail)) if tail.events.is_empty() && tail.ended.is_none() => {}
                Ok(Some(tail)) => {
                    self.from += tail.events.len() as u64;
                    return Ok(tail);
                }
                Ok(None) => return Err(StoreError::Gone),
                Err(error @ StoreError::Closed) => return Err(error),
                Err(error) => {
                    if !std::mem::replace(&mut told, true) {
                        tracing::warn!(%error, "a run on another node cannot be followed for now");
                    }
                    tokio::time::sleep(LOOK).await;
                    continue;
                }
            }
            // Without anybody left to ring, time alone tells.
            let rung = async {
                if self.bell.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            let _ = tokio::time::timeout(LOOK, rung).await;
        }
    }
}
