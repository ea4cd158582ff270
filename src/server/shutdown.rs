//! Down again without cutting anybody off: runs get time to finish, and those that do not are ended so that their clients
//! learn it.

use std::time::Duration;

use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use crate::runtime::Runtime;

/// How long clients have to read how their runs were ended, as long as none of them gets on.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Gives the runs, and the connections that are open yet, `grace` to end; then ends them.
pub(super) async fn finish(runtime: &Runtime, open: &TaskTracker, grace: Duration) {
    let finished = async { tokio::join!(open.wait(), runtime.runs_ended()) };
    if timeout(grace, finished).await.is_err() {
        let (runs, connections) = (runtime.runs_under_way(), open.len());
        tracing::warn!(
            runs,
            connections,
            "not all ended within the time of grace (server.shutdown_grace_seconds); they are ended now"
        );
    }
    runtime.shut_down().await;
    last_words(open).await;
    if let Err(error) = runtime.store().close().await {
        tracing::error!(%error, "the store was not closed cleanly");
    }
}

/// How the runs ended is on its way to their clients.
async fn last_words(open: &TaskTracker) {
    let mut left = open.len();
    while timeout(LAST_WORDS, open.wait()).await.is_err() {
        if open.len() == left {
            tracing::warn!("{left} connections were cut");
            return;
        }
        left = open.len();
    }
}
