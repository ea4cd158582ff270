//! The language of LangGraph agents: LangChain's stream events and CopilotKit's own, one JSON object in a line.
//!
//! What is shown is what upstream 1.10.6 shows.

use serde::Deserialize;
use serde_json::Value;

use super::failure;
use crate::agents::langchain::{Manual, Models, StreamEvent, Told, Where, by_hand, json_of, read};
use crate::runtime::error::AgentError;

/// What begins the ids of interrupts that are answered by a message (CopilotKit's own).
pub(super) const BY_MESSAGE: &str = "copilotkit-";

/// What a run has told so far, as far as it matters for what comes.
#[derive(Default)]
pub(super) struct LangGraph {
    models: Models,
    /// A failure that was told; another line may say more of it.
    failed: Option<AgentError>,
}

impl LangGraph {
    /// Takes one line in.
    pub(super) fn take(
        &mut self,
        line: &[u8],
        told: &mut Told,
    ) -> Result<Option<AgentError>, serde_json::Error> {
        let event: StreamEvent<'_> = serde_json::from_slice(line)?;
        match event.kind() {
            "on_chat_model_stream" => self.models.stream(&event, told),
            "on_chat_model_end" => self.models.end(&event, told),
            "on_custom_event" => match by_hand(&event, told) {
                // A state sync tells the state.
                Manual::Told | Manual::State(_) => {}
            },
            "on_copilotkit_state_sync" => told.is_at(serde_json::from_slice::<Sync>(line)?.into()),
            "on_interrupt" => told.waits("on_interrupt", json_of(event.value), ""),
            "on_copilotkit_interrupt" => {
                let data = json_of(event.data);
                told.waits("CopilotKitLangGraphInterruptEvent", data, BY_MESSAGE);
            }
            "on_copilotkit_error" => {
                let data: ErrorData = read(event.data);
                return Ok(Some(data.error.into_failure()));
            }
            // The same for LangGraph Platform's clients; CopilotKit's follows, and says more.
            "error" => {
                let data: PlainError = read(event.data);
                self.failed = Some(failure::told(None, &data.message, None));
            }
            _ => {}
        }
        Ok(None)
    }

    /// The failure that was told of, if nothing more was said of it.
    pub(super) fn failed(&mut self) -> Option<AgentError> {
        self.failed.take()
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Sync {
    thread_id: Value,
    agent_name: Value,
    node_name: Value,
    run_id: Value,
    active: bool,
    running: bool,
    state: Value,
}

impl From<Sync> for Where {
    fn from(sync: Sync) -> Self {
        let text = |value: Value| value.as_str().map(str::to_owned).unwrap_or_default();
        Self {
            thread_id: text(sync.thread_id),
            agent_name: text(sync.agent_name),
            node_name: text(sync.node_name),
            run_id: text(sync.run_id),
            active: sync.active,
            running: sync.running,
            state: sync.state,
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PlainError {
    message: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ErrorData {
    error: ToldError,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ToldError {
    message: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    status_code: Option<u16>,
}

impl ToldError {
    fn into_failure(self) -> AgentError {
        failure::told(self.kind, &self.message, self.status_code)
    }
}
