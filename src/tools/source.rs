//! Tools that come and go: a [`ToolSource`] is asked at the start of each run for what it has just then.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::HeaderMap;
use serde_json::{Map, Value};

use super::{AppRequest, Tool, ToolSet};
use crate::store::Owner;
use crate::upstream::NamedUpstream;

/// Something that has tools to offer, such as servers that may be down now and back in a minute.
///
/// ```
/// use std::sync::Arc;
/// use agui_runtime::tools::{Offer, RunFacts, Tool, ToolSource};
/// use futures_util::{FutureExt, future::BoxFuture};
///
/// /// Tools for some people only.
/// struct ForAdmins(Vec<Arc<dyn Tool>>);
///
/// impl ToolSource for ForAdmins {
///     fn offer<'a>(&'a self, run: RunFacts<'a>) -> BoxFuture<'a, Offer> {
///         let admin = run.owner.as_str() == "admin";
///         let tools = if admin { self.0.clone() } else { Vec::new() };
///         async move { Offer { tools, instructions: None } }.boxed()
///     }
/// }
/// ```
pub trait ToolSource: Send + Sync + 'static {
    /// What there is for this run. The run waits for it, so it must not take long: what is not there in time is left out.
    fn offer<'a>(&'a self, run: RunFacts<'a>) -> BoxFuture<'a, Offer>;

    /// The servers that have them: they are watched over in `/health/ready`.
    fn upstreams(&self) -> Vec<NamedUpstream> {
        Vec::new()
    }

    /// Whether any of its tools has an interface that asks back.
    fn has_apps(&self) -> bool {
        false
    }

    /// Answers what the interface of a tool asks, or says why not; `None` if that tool's server is not one of these.
    fn ask<'a>(&'a self, _: &'a AppRequest) -> BoxFuture<'a, Option<Result<Value, String>>> {
        async { None }.boxed()
    }

    /// Ends what the source holds open, because the server shuts down.
    fn close(&self) -> BoxFuture<'_, ()> {
        async {}.boxed()
    }
}

/// The run that tools are wanted for.
#[derive(Debug, Clone, Copy)]
pub struct RunFacts<'a> {
    /// Who asks.
    pub owner: &'a Owner,
    /// The application's properties, the request's included: what is in them comes from a browser.
    pub properties: &'a Map<String, Value>,
    /// Request headers that the forwarding rules let through to agents.
    pub headers: &'a HeaderMap,
    /// The page that the user is at, where the client says so.
    pub frontend_url: Option<&'a str>,
    /// The tools that the run has already. Their names are taken.
    pub tools: &'a ToolSet,
}

/// Tools for one run.
#[derive(Default)]
pub struct Offer {
    /// The tools.
    pub tools: Vec<Arc<dyn Tool>>,
    /// What a model that GraphQL clients talk to is told of them (upstream 1.10.6).
    pub instructions: Option<String>,
}
