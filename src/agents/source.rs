//! Agents that come and go: an [`AgentSource`] is asked, whenever agents are listed or looked up, for those it has just then.

use std::sync::{Arc, LazyLock};

use futures_util::future::BoxFuture;
use http::HeaderMap;
use serde_json::{Map, Value};

use super::Agent;
use crate::principal::Principal;
use crate::upstream::NamedUpstream;

/// Something that has agents to offer, such as a server that may be down now and back in a minute.
///
/// ```
/// use std::sync::Arc;
/// use agui_runtime::agents::{Agent, AgentSource, Asker, demo::DemoAgent};
/// use futures_util::{FutureExt, future::BoxFuture};
///
/// /// An agent for some people only.
/// struct ForAdmins(Arc<dyn Agent>);
///
/// impl AgentSource for ForAdmins {
///     fn agents<'a>(&'a self, asker: Asker<'a>) -> BoxFuture<'a, Vec<(String, Arc<dyn Agent>)>> {
///         let admin = asker.principal.admin;
///         let agents = if admin { vec![("secret".to_owned(), self.0.clone())] } else { Vec::new() };
///         async move { agents }.boxed()
///     }
/// }
/// # drop(ForAdmins(Arc::new(DemoAgent::default())));
/// ```
pub trait AgentSource: Send + Sync + 'static {
    /// The agents there are for who asks, by name. A request waits for them, so it must not take long: what is not there in
    /// time is left out.
    fn agents<'a>(&'a self, asker: Asker<'a>) -> BoxFuture<'a, Vec<(String, Arc<dyn Agent>)>>;

    /// The servers that are asked for them: they are watched over in `/health/ready`.
    fn upstreams(&self) -> Vec<NamedUpstream> {
        Vec::new()
    }
}

/// Who wants to know, and what came along with the question.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// Who asks.
    pub principal: &'a Principal,
    /// The application's properties, the request's included: what is in them comes from a browser.
    pub properties: &'a Map<String, Value>,
    /// Request headers that the forwarding rules let through to agents.
    pub headers: &'a HeaderMap,
    /// The page that the user is at, where the client says so.
    pub frontend_url: Option<&'a str>,
}

impl Asker<'static> {
    /// Nobody in particular, who brings nothing along.
    pub fn anonymous() -> Self {
        static NOBODY: LazyLock<(Principal, Map<String, Value>, HeaderMap)> =
            LazyLock::new(|| (Principal::anonymous(), Map::new(), HeaderMap::new()));
        let (principal, properties, headers) = &*NOBODY;
        Self {
            principal,
            properties,
            headers,
            frontend_url: None,
        }
    }
}

/// What an agent keeps of a thread by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptState {
    /// The agent's state, without the messages.
    pub state: Value,
    /// The thread's messages, in the form that clients of `loadAgentState` read (upstream 1.10.6).
    pub messages: Vec<Value>,
}
