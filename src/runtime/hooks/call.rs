//! Calls hooks, whatever they do.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use super::{Hook, HookError, HookResult, Refusal, RequestHead, ResponseHead, RunEnd};
use crate::agents::RunInput;
use crate::upstream::NamedUpstream;

/// How long somebody waits for a hook.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a hook may take when nobody waits for it: webhooks try again after a while.
const AFTERWARDS: Duration = Duration::from_secs(600);
/// How many ended runs may wait for their hooks. A service that is down must not fill the memory.
const TOLD_AT_ONCE: usize = 4096;

/// All hooks of a runtime. Cheap to clone; all clones are one.
#[derive(Clone)]
pub(crate) struct Hooks(Arc<Inner>);

struct Inner {
    hooks: Vec<Arc<dyn Hook>>,
    /// What goes on after runs.
    afterwards: TaskTracker,
    places: Arc<Semaphore>,
}

/// Why a request or a run does not go on. A hook's own error is in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HookFailure {
    Refused(Refusal),
    Failed,
}

impl Hooks {
    pub(crate) fn new(hooks: Vec<Arc<dyn Hook>>) -> Self {
        Self(Arc::new(Inner {
            hooks,
            afterwards: TaskTracker::new(),
            places: Arc::new(Semaphore::new(TOLD_AT_ONCE)),
        }))
    }

    /// Other hooks in their place. What these still have to be told, and how much of it there may be, is theirs too.
    pub(crate) fn followed_by(&self, hooks: Vec<Arc<dyn Hook>>) -> Self {
        Self(Arc::new(Inner {
            hooks,
            afterwards: self.0.afterwards.clone(),
            places: self.0.places.clone(),
        }))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.hooks.is_empty()
    }

    pub(crate) fn upstreams(&self) -> impl Iterator<Item = NamedUpstream> {
        self.0.hooks.iter().flat_map(|hook| hook.upstreams())
    }

    pub(crate) async fn on_request(&self, request: &mut RequestHead) -> Result<(), HookFailure> {
        for hook in &self.0.hooks {
            let asked = async { hook.on_request(request).await };
            called("on_request", PATIENCE, asked).await?;
        }
        Ok(())
    }

    pub(crate) async fn on_response(
        &self,
        request: &RequestHead,
        response: &mut ResponseHead,
    ) -> Result<(), HookFailure> {
        for hook in &self.0.hooks {
            let asked = async { hook.on_response(request, response).await };
            called("on_response", PATIENCE, asked).await?;
        }
        Ok(())
    }

    pub(crate) async fn before_run(&self, input: &RunInput) -> Result<(), HookFailure> {
        for hook in &self.0.hooks {
            let asked = async { hook.before_run(input).await };
            called("before_run", PATIENCE, asked).await?;
        }
        Ok(())
    }

    /// Tells all hooks of a run's end, and waits for none of them.
    pub(crate) fn after_run(&self, end: RunEnd) {
        let Ok(place) = self.0.places.clone().try_acquire_owned() else {
            let run = &end.input.request.run_id;
            tracing::error!(
                run,
                "the hooks are not told of a run's end: {TOLD_AT_ONCE} runs wait for them already"
            );
            return;
        };
        let inner = self.0.clone();
        let told = async move {
            let told = inner.hooks.iter().map(|hook| {
                let told = async { hook.after_run(&end).await };
                called("after_run", AFTERWARDS, told)
            });
            join_all(told).await;
            drop(place);
        };
        self.0.afterwards.spawn(told.in_current_span());
    }

    /// Waits until the hooks know of all runs, but not for ever.
    pub(crate) async fn close(&self, patience: Duration) {
        let afterwards = &self.0.afterwards;
        afterwards.close();
        if tokio::time::timeout(patience, afterwards.wait())
            .await
            .is_err()
        {
            tracing::error!("the hooks of {} ended runs were cut off", afterwards.len());
        }
    }
}

/// What came of calling a hook, its method's name for the log.
async fn called(
    method: &str,
    patience: Duration,
    asked: impl Future<Output = HookResult>,
) -> Result<(), HookFailure> {
    let asked = AssertUnwindSafe(asked).catch_unwind();
    let reason = match tokio::time::timeout(patience, asked).await {
        Ok(Ok(Ok(()))) => return Ok(()),
        Ok(Ok(Err(HookError::Refused(refusal)))) => return Err(HookFailure::Refused(refusal)),
        Ok(Ok(Err(HookError::Failed(error)))) => error.to_string(),
        Ok(Err(panic)) => format!("panicked: {}", said(&*panic)),
        Err(_) => format!("took longer than {} s", patience.as_secs()),
    };
    tracing::error!(method, "a hook failed: {reason}");
    Err(HookFailure::Failed)
}

fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied())
        .unwrap_or("the log says where")
}
