//! The application's own code around requests and runs: the [`Hook`] trait, and the calling of hooks such that none of them
//! can take a request down but its own, and nobody waits for what comes after a run.

mod call;
mod end;
mod webhook;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Method, StatusCode};

use crate::agents::RunInput;
use crate::store::Owner;
use crate::upstream::NamedUpstream;

pub(crate) use call::{HookFailure, Hooks};
pub use end::RunEnd;
pub use webhook::{Webhooks, WebhooksConfig, WebhooksConfigError};

/// Code of the application's own that is asked before requests and runs, and told after them. Each method does nothing by
/// default.
///
/// Hooks are asked in the order in which they were added, and the first that objects is the last that is asked. One that
/// fails, panics or takes longer than a minute has failed: its request is answered with an error, others are not touched.
///
/// ```
/// use agui_runtime::Runtime;
/// use agui_runtime::agents::{RunInput, demo::DemoAgent};
/// use agui_runtime::runtime::hooks::{Hook, HookResult, Refusal, RequestHead, RunEnd};
/// use agui_runtime::store::Owner;
/// use futures_util::{FutureExt, future::BoxFuture};
/// use http::StatusCode;
///
/// /// Knows users by a header, and lets each of them run a short conversation.
/// struct Trial;
///
/// impl Hook for Trial {
///     fn on_request<'a>(&'a self, request: &'a mut RequestHead) -> BoxFuture<'a, HookResult> {
///         async move {
///             let Some(user) = request.headers.get("x-user") else {
///                 return Err(Refusal::new(StatusCode::UNAUTHORIZED, "Unauthorized").into());
///             };
///             request.owner = Owner::new(user.to_str()?);
///             Ok(())
///         }
///         .boxed()
///     }
///
///     fn before_run<'a>(&'a self, run: &'a RunInput) -> BoxFuture<'a, HookResult> {
///         async move {
///             match run.request.messages.len() {
///                 0..20 => Ok(()),
///                 _ => Err(Refusal::new(StatusCode::PAYMENT_REQUIRED, "The trial ends here.").into()),
///             }
///         }
///         .boxed()
///     }
///
///     fn after_run<'a>(&'a self, run: &'a RunEnd) -> BoxFuture<'a, HookResult> {
///         async move {
///             println!("{} got {} messages", run.input.owner.as_str(), run.output.len());
///             Ok(())
///         }
///         .boxed()
///     }
/// }
///
/// let builder = Runtime::builder().agent("default", DemoAgent::default()).hook(Trial);
/// # drop(builder);
/// ```
pub trait Hook: Send + Sync + 'static {
    /// Before a request is looked at, for any path but those of probes and for any method but `OPTIONS` (upstream 1.75.0's
    /// `onRequest`). May change the headers, which agents see as far as the forwarding rules let them, and the owner.
    fn on_request<'a>(&'a self, _: &'a mut RequestHead) -> BoxFuture<'a, HookResult> {
        async { Ok(()) }.boxed()
    }

    /// Before an answer goes out, a refusal too, but not that of a hook that failed (upstream 1.75.0's `onResponse`). May
    /// change the headers; the body of a run has not begun by then.
    fn on_response<'a>(
        &'a self,
        _: &'a RequestHead,
        _: &'a mut ResponseHead,
    ) -> BoxFuture<'a, HookResult> {
        async { Ok(()) }.boxed()
    }

    /// Before a run starts, and before it stops another one on its thread (upstream 1.10.6's `onBeforeRequest`). A run that
    /// is refused is never heard of again.
    fn before_run<'a>(&'a self, _: &'a RunInput) -> BoxFuture<'a, HookResult> {
        async { Ok(()) }.boxed()
    }

    /// After a run, however it ended (upstream 1.10.6's `onAfterRequest`, `onError` and `onStopGeneration`). The client has
    /// its end already. What goes wrong is logged; a refusal is nobody's concern any more.
    fn after_run<'a>(&'a self, _: &'a RunEnd) -> BoxFuture<'a, HookResult> {
        async { Ok(()) }.boxed()
    }

    /// The servers that it asks, for who wants to know how they do.
    fn upstreams(&self) -> Vec<NamedUpstream> {
        Vec::new()
    }
}

/// What a hook says: all is well, or why it does not go on.
pub type HookResult = Result<(), HookError>;

/// Why a hook does not let something go on. Any error can be made into one with `?`.
#[derive(Debug)]
pub enum HookError {
    /// It objects, and says so to the client.
    Refused(Refusal),
    /// It failed. Why is for the log; the client learns that it did.
    Failed(Box<dyn std::error::Error + Send + Sync>),
}

impl From<Refusal> for HookError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for HookError {
    fn from(error: E) -> Self {
        Self::Failed(Box::new(error))
    }
}

/// What a client is told that is refused something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The answer's status; a GraphQL client finds it inside of the error.
    pub status: StatusCode,
    /// Why, for people.
    pub message: String,
}

impl Refusal {
    /// A refusal of this status, for this reason.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { status, message }
    }
}

/// A request without its body.
#[derive(Debug, Clone)]
pub struct RequestHead {
    /// The method.
    pub method: Method,
    /// The path as it was sent, still percent-encoded.
    pub path: String,
    /// What follows the `?`; empty without one.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// Who asks.
    pub owner: Owner,
}

/// An answer without its body.
#[derive(Debug)]
#[non_exhaustive]
pub struct ResponseHead {
    /// The status. It is settled.
    status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
}

impl ResponseHead {
    pub(crate) fn new(status: StatusCode, headers: HeaderMap) -> Self {
        Self { status, headers }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }
}
