//! Ends a run on the server when nobody reads it any more: a run there does not end with its connection.

use std::time::Duration;

use http::HeaderMap;
use http::header::CONTENT_LOCATION;
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::server::{Question, Session};
use super::thread::Thread;

/// So long the server has to be told.
const PATIENCE: Duration = Duration::from_secs(10);

/// Cancels the run when it is dropped, unless that is not needed.
pub(super) struct Cancel {
    session: Session,
    thread: Thread,
    run: Option<String>,
}

impl Cancel {
    pub(super) fn new(session: Session, thread: Thread) -> Self {
        Self {
            session,
            thread,
            run: None,
        }
    }

    /// The run has the id that stands in the answer's head, if one does: `/threads/…/runs/…`.
    pub(super) fn named_by(&mut self, headers: &HeaderMap) {
        let location = headers
            .get(CONTENT_LOCATION)
            .and_then(|it| it.to_str().ok());
        if let Some((_, run)) = location.and_then(|it| it.rsplit_once("/runs/")) {
            self.named(run.split(['/', '?']).next().unwrap_or_default());
        }
    }

    pub(super) fn named(&mut self, run: &str) {
        // It becomes part of an address.
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !run.is_empty() && run.chars().all(plain) {
            self.run = Some(run.to_owned());
        }
    }

    /// The run has ended.
    pub(super) fn not_needed(&mut self) {
        self.run = None;
    }
}

impl Drop for Cancel {
    fn drop(&mut self) {
        // Without an id the run has not begun, or ends with its connection (`on_disconnect`).
        let (Some(run), Ok(runtime)) = (self.run.take(), Handle::try_current()) else {
            return;
        };
        let (session, path) = (
            self.session.clone(),
            self.thread
                .path(&format!("/runs/{run}/cancel?wait=0&action=interrupt")),
        );
        // The one thing that outlives its run: it says that the run is over.
        runtime.spawn(async move {
            let (what, path) = ("the end of a run", &*path);
            match timeout(PATIENCE, session.tell(Question { what, path })).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!(%error, "a run was not cancelled by request"),
                Err(_) => tracing::debug!("a run was not cancelled in time"),
            }
        });
    }
}
