//! The assistant that is asked, and what is known of its graph: which keys its state has, and what its nodes are called.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::config::Wanted;
use super::server::{Question, Session};
use crate::runtime::error::AgentError;

/// So long what is known of an assistant is taken to be so: a deployment may be replaced while this server runs.
const REMEMBERED: Duration = Duration::from_secs(60);
/// What every state has, besides what the graph says (`@ag-ui/langgraph`, and `copilotkit` as upstream 1.10.6 adds it).
const ALWAYS: [&str; 3] = ["messages", "tools", "copilotkit"];

/// An assistant.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Assistant {
    #[serde(rename = "assistant_id")]
    pub(super) id: String,
    #[serde(default)]
    pub(super) graph_id: String,
    #[serde(default)]
    pub(super) config: Map<String, Value>,
    #[serde(default)]
    pub(super) metadata: Value,
    /// The keys of its graph's state.
    #[serde(skip)]
    pub(super) keys: Keys,
}

/// Which keys a graph takes and gives; without a list, any.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Keys {
    pub(super) input: Option<Vec<String>>,
    pub(super) output: Option<Vec<String>>,
    pub(super) config: Option<Vec<String>>,
    pub(super) context: Vec<String>,
}

impl Keys {
    /// Those that every graph has, and no others.
    fn usual() -> Self {
        Self {
            input: Some(Vec::new()),
            output: Some(Vec::new()),
            config: Some(Vec::new()),
            context: Vec::new(),
        }
    }

    /// What a graph takes of a state.
    pub(super) fn taken(&self, state: Map<String, Value>) -> Map<String, Value> {
        only(state, self.input.as_deref())
    }

    /// What a graph wants shown of its state.
    pub(super) fn shown(&self, state: Map<String, Value>) -> Map<String, Value> {
        only(state, self.output.as_deref())
    }

    /// Whether a run can be configured with this key.
    pub(super) fn configurable(&self, key: &str) -> bool {
        let Some(known) = &self.config else {
            return true;
        };
        known.iter().chain(&self.context).any(|it| it == key) || ALWAYS.contains(&key)
    }
}

fn only(mut state: Map<String, Value>, keys: Option<&[String]>) -> Map<String, Value> {
    if let Some(keys) = keys {
        state.retain(|key, _| ALWAYS.contains(&&**key) || keys.iter().any(|it| it == key));
    }
    state
}

/// The graph's JSON Schemas.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Schemas {
    input_schema: Value,
    output_schema: Value,
    config_schema: Value,
    context_schema: Value,
}

impl Schemas {
    /// By upstream's rules: without both schemas nothing is known of the state.
    fn keys(&self) -> Keys {
        let context = properties(&self.context_schema).unwrap_or_default();
        let named = |schema| properties(schema).filter(|keys| !keys.is_empty());
        match (
            properties(&self.input_schema),
            properties(&self.output_schema),
        ) {
            (Some(_), Some(_)) => Keys {
                input: named(&self.input_schema),
                output: named(&self.output_schema),
                config: properties(&self.config_schema),
                context,
            },
            _ => Keys {
                config: Some(Vec::new()),
                context,
                ..Keys::default()
            },
        }
    }
}

fn properties(schema: &Value) -> Option<Vec<String>> {
    let properties = schema["properties"].as_object()?;
    Some(properties.keys().cloned().collect())
}

/// The assistant of one agent, as it was last found.
#[derive(Debug)]
pub(super) struct Known {
    wanted: Wanted,
    found: Mutex<Option<(Instant, Arc<Assistant>)>>,
}

impl Known {
    pub(super) fn new(wanted: Wanted) -> Self {
        Self {
            wanted,
            found: Mutex::default(),
        }
    }

    /// The assistant, if it was found lately.
    pub(super) fn remembered(&self) -> Option<Arc<Assistant>> {
        let found = self.found.lock();
        let (at, assistant) = found.as_ref()?;
        (at.elapsed() < REMEMBERED).then(|| assistant.clone())
    }

    /// What was found is not there any more.
    pub(super) fn forget(&self) {
        *self.found.lock() = None;
    }

    /// Looks for the assistant, and remembers it.
    pub(super) async fn found(&self, session: &Session) -> Result<Arc<Assistant>, AgentError> {
        let mut assistant = self.look(session).await?;
        // A server that cannot tell is believed to have the keys that every graph has, as upstream does, and is asked again.
        let keys = keys(session, &assistant.id).await;
        let known = keys.is_some();
        assistant.keys = keys.unwrap_or_else(Keys::usual);
        let assistant = Arc::new(assistant);
        if known {
            *self.found.lock() = Some((Instant::now(), assistant.clone()));
        }
        Ok(assistant)
    }

    async fn look(&self, session: &Session) -> Result<Assistant, AgentError> {
        match &self.wanted {
            Wanted::Assistant(id) => {
                let path = format!("/assistants/{}", escaped(id));
                let what = format!("the assistant `{id}`");
                let (what, path) = (&*what, &*path);
                session.get(Question { what, path }).await
            }
            Wanted::Graph(graph) => {
                let found = search(session, Some(graph)).await?;
                let of_graph = || found.iter().filter(|it| it.graph_id == *graph);
                // The one that the server itself made for the graph; others are somebody's variants of it.
                let default = of_graph().find(|it| it.metadata["created_by"] == "system");
                match default.or_else(|| of_graph().next()) {
                    Some(assistant) => Ok(assistant.clone()),
                    None => Err(self.missing(graph, session).await),
                }
            }
        }
    }

    async fn missing(&self, graph: &str, session: &Session) -> AgentError {
        match search(session, None).await {
            Ok(found) => {
                let mut known: Vec<String> = found.into_iter().map(|it| it.graph_id).collect();
                known.sort();
                known.dedup();
                session.failures.no_assistant(graph, &known)
            }
            Err(error) => error,
        }
    }
}

async fn search(session: &Session, graph: Option<&str>) -> Result<Vec<Assistant>, AgentError> {
    let mut body = json!({"limit": 10, "offset": 0});
    if let Some(graph) = graph {
        body["graph_id"] = graph.into();
    }
    let (what, path) = ("its assistants", "/assistants/search");
    session.post(Question { what, path }, &body).await
}

/// Which keys the assistant's graph has, if the server can tell.
async fn keys(session: &Session, id: &str) -> Option<Keys> {
    let path = format!("/assistants/{}/schemas", escaped(id));
    let (what, path) = ("the graph's schemas", &*path);
    match session.get::<Schemas>(Question { what, path }).await {
        Ok(schemas) => Some(schemas.keys()),
        Err(error) => {
            tracing::debug!(%error, "the keys of a graph are not known");
            None
        }
    }
}

/// A part of a path, whatever is in it.
fn escaped(part: &str) -> String {
    percent_encoding::utf8_percent_encode(part, percent_encoding::NON_ALPHANUMERIC)
        .to_string()
        .replace("%2D", "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(keys: &[&str]) -> Map<String, Value> {
        keys.iter()
            .map(|key| ((*key).to_owned(), json!(1)))
            .collect()
    }

    #[test]
    fn a_graph_gets_and_shows_what_its_schemas_name() {
        let schemas = Schemas {
            input_schema: json!({"properties": {"messages": {}, "topic": {}}}),
            output_schema: json!({"properties": {"report": {}}}),
            config_schema: json!({"properties": {"model": {}}}),
            context_schema: json!({"properties": {"user": {}}}),
        };
        let keys = schemas.keys();
        let all = state(&["topic", "report", "tools", "copilotkit", "secret"]);
        assert_eq!(
            keys.taken(all.clone()),
            state(&["topic", "tools", "copilotkit"])
        );
        assert_eq!(keys.shown(all), state(&["report", "tools", "copilotkit"]));
        assert!(keys.configurable("model") && keys.configurable("user"));
        assert!(!keys.configurable("other"));
    }

    #[test]
    fn a_graph_without_schemas_gets_everything() {
        let keys = Schemas::default().keys();
        assert_eq!(keys.taken(state(&["x"])), state(&["x"]));
        assert_eq!(keys.shown(state(&["x"])), state(&["x"]));
        let empty = Schemas {
            input_schema: json!({"properties": {}}),
            output_schema: json!({"properties": {}}),
            ..Schemas::default()
        };
        assert_eq!(empty.keys().taken(state(&["x"])), state(&["x"]));
        assert!(empty.keys().configurable("anything"));
    }
}
