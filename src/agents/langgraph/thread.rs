//! A thread on the LangGraph server: found or made, and its state.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::server::{Question, Session};
use super::thread_id::{is_derived, thread_id};
use crate::runtime::error::AgentError;
use crate::store::Owner;

/// One thread.
#[derive(Debug, Clone)]
pub(super) struct Thread {
    id: Uuid,
}

/// What a thread has at one checkpoint.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ThreadState {
    /// The graph's state.
    #[serde(deserialize_with = "object")]
    pub(super) values: Map<String, Value>,
    /// The nodes that come next; none where the graph has ended.
    pub(super) next: Vec<String>,
    /// What was begun and is not done.
    pub(super) tasks: Vec<Value>,
    checkpoint: Value,
    checkpoint_id: Option<String>,
    parent_checkpoint: Value,
}

impl ThreadState {
    pub(super) fn checkpoint_id(&self) -> Option<&str> {
        let id = self.checkpoint["checkpoint_id"].as_str();
        id.or(self.checkpoint_id.as_deref())
    }

    pub(super) fn parent_id(&self) -> Option<&str> {
        self.parent_checkpoint["checkpoint_id"].as_str()
    }
}

/// An object; what is none is as good as an empty one.
fn object<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Object(map) => map,
        _ => Map::new(),
    })
}

impl Thread {
    /// The owner's thread of this name.
    pub(super) fn of(owner: &Owner, thread: &str) -> Self {
        Self {
            id: thread_id(owner, thread),
        }
    }

    /// Where something of the thread is on the server.
    pub(super) fn path(&self, below: &str) -> String {
        format!("/threads/{}{below}", self.id)
    }

    /// Makes sure that the server has the thread; one that is there stays as it is. `name` is what it is called here, and `metadata` what the client wants kept
    /// with it.
    pub(super) async fn ensure(
        &self,
        session: &Session,
        name: &str,
        metadata: Option<&Value>,
    ) -> Result<(), AgentError> {
        let mut metadata = metadata.cloned().filter(Value::is_object);
        let metadata = metadata.get_or_insert_with(|| json!({}));
        if is_derived(&self.id) {
            // The id does not tell people which thread it is.
            metadata["copilotkit_thread_id"] = name.into();
        }
        let body = json!({
            "thread_id": self.id.to_string(), "metadata": metadata, "if_exists": "do_nothing",
        });
        let (what, path) = ("a new thread", "/threads");
        session
            .post::<Value>(Question { what, path }, &body)
            .await?;
        Ok(())
    }

    /// What the thread has now.
    pub(super) async fn state(&self, session: &Session) -> Result<ThreadState, AgentError> {
        let path = self.path("/state");
        let (what, path) = ("the thread's state", &*path);
        session.get(Question { what, path }).await
    }

    /// As [`Self::state`], of a thread that may not be there.
    pub(super) async fn state_if_any(
        &self,
        session: &Session,
    ) -> Result<Option<ThreadState>, AgentError> {
        match self.state(session).await {
            Ok(state) => Ok(Some(state)),
            Err(error) if error.status == 404 => {
                session.is_fine();
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
