//! Tools that run in the server: the [`Tool`] trait and the set of them that a runtime offers.

mod apps;
pub mod call;
pub mod langserve;
pub mod mcp;
mod source;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use indexmap::IndexMap;
use serde_json::Value;

use crate::store::Owner;

pub use apps::{Activity, AppRequest};
pub use source::{Offer, RunFacts, ToolSource};

/// A function that runs in the server when a model calls it (upstream's server-side action).
///
/// ```
/// use agui_runtime::tools::{Tool, ToolContext, ToolError, ToolOutput};
/// use futures_util::{FutureExt, future::BoxFuture};
/// use serde_json::{Value, json};
///
/// struct Weather;
///
/// impl Tool for Weather {
///     fn name(&self) -> &str {
///         "getWeather"
///     }
///     fn description(&self) -> &str {
///         "The weather in a city"
///     }
///     fn parameters(&self) -> Value {
///         json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]})
///     }
///     fn call(&self, arguments: Value, _: ToolContext) -> BoxFuture<'_, Result<ToolOutput, ToolError>> {
///         async move { Ok(json!({"city": arguments["city"], "temp": 21}).into()) }.boxed()
///     }
/// }
/// ```
pub trait Tool: Send + Sync + 'static {
    /// The name that the model calls.
    fn name(&self) -> &str;
    /// What it does, for the model.
    fn description(&self) -> &str;
    /// JSON Schema of the arguments: an object schema.
    fn parameters(&self) -> Value;
    /// Runs the tool. Dropping the future must end the work.
    fn call(
        &self,
        arguments: Value,
        context: ToolContext,
    ) -> BoxFuture<'_, Result<ToolOutput, ToolError>>;

    /// What AG-UI clients are shown of this call besides its result, which has just been told; asked once.
    fn activity(&self, _tool_call_id: &str) -> Option<Activity> {
        None
    }
}

/// On whose behalf, and where, a tool is called.
#[derive(Debug, Clone)]
pub struct ToolContext {
    /// The owner of the run.
    pub owner: Owner,
    /// The run's thread.
    pub thread_id: String,
    /// The run.
    pub run_id: String,
    /// The call that the model made.
    pub tool_call_id: String,
}

/// What a tool gives back.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolOutput {
    /// The result: a string goes to the model as it is, `null` as the empty string, all else as JSON (upstream 1.10.6).
    pub value: Value,
    /// Whether the result is also the answer to the user, as a text message of its own (upstream's `returnDirect`).
    pub direct: bool,
}

impl From<Value> for ToolOutput {
    fn from(value: Value) -> Self {
        Self {
            value,
            direct: false,
        }
    }
}

/// A tool that failed. The text reaches the model and the client.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct ToolError {
    /// What went wrong, for the model and the client.
    pub message: String,
}

/// The server's tools by name, in the order in which they were added.
#[derive(Clone, Default)]
pub struct ToolSet {
    tools: Arc<IndexMap<String, Arc<dyn Tool>>>,
    instructions: Option<Arc<str>>,
}

impl ToolSet {
    /// A set of these tools; of two with one name the later stands.
    pub fn new(tools: impl IntoIterator<Item = Arc<dyn Tool>>) -> Self {
        let named = |tool: Arc<dyn Tool>| (tool.name().to_owned(), tool);
        Self {
            tools: Arc::new(tools.into_iter().map(named).collect()),
            instructions: None,
        }
    }

    /// This set and the offered tools after it; those whose name is taken are left out.
    pub fn with(&self, offer: Offer) -> Self {
        let mut tools = IndexMap::clone(&self.tools);
        for tool in offer.tools {
            tools.entry(tool.name().to_owned()).or_insert(tool);
        }
        let said = self.instructions.as_deref().map(str::to_owned);
        let said: Vec<String> = said.into_iter().chain(offer.instructions).collect();
        Self {
            tools: Arc::new(tools),
            instructions: (!said.is_empty()).then(|| said.join("\n\n").into()),
        }
    }

    /// What a model that GraphQL clients talk to is told of the tools, besides their schemas.
    pub fn instructions(&self) -> Option<&str> {
        self.instructions.as_deref()
    }

    /// The tool of this name.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Tool>> {
        self.tools.get(name)
    }

    /// All tools, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Tool>> {
        self.tools.values()
    }
}

impl std::fmt::Debug for ToolSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.tools.keys()).finish()
    }
}
