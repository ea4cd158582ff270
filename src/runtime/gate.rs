//! Whether one more run may start: what the server has to say to it, as faces know it. A face asks before it starts a run,
//! and gives what it got to the run, which keeps it until its end.

use std::fmt;
use std::sync::Arc;

/// Somebody asks for more than is taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct TooMany {
    /// What a client is told.
    pub(crate) message: String,
    /// After how many seconds it is worth another try.
    pub(crate) retry_after: u64,
}

/// What lets a run start; its place is free again when this is dropped.
pub(crate) struct RunPass(#[expect(dead_code, reason = "it is dropped")] Box<dyn Send + Sync>);

impl RunPass {
    pub(crate) fn new(place: impl Send + Sync + 'static) -> Self {
        Self(Box::new(place))
    }
}

impl fmt::Debug for RunPass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RunPass")
    }
}

/// Lets in the runs of whoever asks.
#[derive(Clone)]
pub(crate) struct RunGate(Arc<dyn Fn() -> Result<RunPass, TooMany> + Send + Sync>);

impl RunGate {
    pub(crate) fn new(
        enter: impl Fn() -> Result<RunPass, TooMany> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(enter))
    }

    /// Lets one more run in.
    pub(crate) fn enter(&self) -> Result<RunPass, TooMany> {
        (self.0)()
    }
}

impl fmt::Debug for RunGate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RunGate")
    }
}
