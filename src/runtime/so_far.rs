//! What has been said on a thread so far: what the store has of it, and what a live run has made since.

use std::sync::Arc;

use futures_util::{FutureExt, StreamExt};

use super::Runtime;
use super::log::Entry;
use crate::store::{StoreError, ThreadKey};

impl Runtime {
    /// What `kept` finds in the store, and what a live run on the thread, on whichever node, has said that is not stored
    /// yet: nothing, if there is none, or it is not a run of this agent.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) async fn so_far<K, F>(
        &self,
        thread: &ThreadKey,
        agent: Option<&str>,
        kept: impl Fn() -> F,
    ) -> Result<(K, Vec<Arc<Entry>>), StoreError>
    where
        F: Future<Output = Result<K, StoreError>>,
    {
        let live = self.live_run(thread).await?;
        let before = kept().await?;
        let Some(run) = live.filter(|run| agent.is_none_or(|agent| run.agent == agent)) else {
            return Ok((before, Vec::new()));
        };
        let mut entries = run.observe();
        let mut said = Vec::new();
        while let Some(Some(entry)) = entries.next().now_or_never() {
            said.push(entry);
        }
        match run.end_reason() {
            None => Ok((before, said)),
            // It has just been kept.
            Some(_) => Ok((kept().await?, Vec::new())),
        }
    }
}
