//! The language of LangGraph agents: LangChain's stream events and CopilotKit's own, one JSON object in a line.
//!
//! What is shown is what upstream 1.10.6 shows. Unlike it, messages of nodes that run at once are told apart, and of two calls
//! in one message each gets its own arguments.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::failure;
use super::told::{Told, Where};
use crate::runtime::error::AgentError;

/// What begins the ids of interrupts that are answered by a message (CopilotKit's own).
pub(super) const BY_MESSAGE: &str = "copilotkit-";

/// What a run has told so far, as far as it matters for what comes.
#[derive(Default)]
pub(super) struct LangGraph {
    /// The message that the last chunk of a model was of.
    last_message: Option<String>,
    /// The message of each run of a model.
    of_run: HashMap<String, String>,
    /// The last call of each place in a message, and whether it is shown.
    calls: HashMap<(String, Option<i64>), Call>,
    /// A failure that was told; another line may say more of it.
    failed: Option<AgentError>,
}

#[derive(Clone)]
struct Call {
    id: String,
    shown: bool,
}

/// A line. What is large and rarely needed is not looked at before it is.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow, default)]
    event: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    name: Option<&'a RawValue>,
    #[serde(borrow, default)]
    run_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    metadata: Option<&'a RawValue>,
    #[serde(borrow, default)]
    value: Option<&'a RawValue>,
}

impl LangGraph {
    /// Takes one line in.
    pub(super) fn take(
        &mut self,
        line: &[u8],
        told: &mut Told,
    ) -> Result<Option<AgentError>, serde_json::Error> {
        let line_read: Line<'_> = serde_json::from_slice(line)?;
        match line_read.event.as_deref().unwrap_or_default() {
            "on_chat_model_stream" => self.model_streams(&line_read, told),
            "on_chat_model_end" => self.model_ends(&line_read, told),
            "on_custom_event" => custom(&line_read, told),
            "on_copilotkit_state_sync" => told.is_at(serde_json::from_slice::<Sync>(line)?.into()),
            "on_interrupt" => told.waits("on_interrupt", json_of(line_read.value), ""),
            "on_copilotkit_interrupt" => {
                let data = json_of(line_read.data);
                told.waits("CopilotKitLangGraphInterruptEvent", data, BY_MESSAGE);
            }
            "on_copilotkit_error" => {
                let data: ErrorData = read(line_read.data);
                return Ok(Some(data.error.into_failure()));
            }
            // The same for LangGraph Platform's clients; CopilotKit's follows, and says more.
            "error" => {
                let data: PlainError = read(line_read.data);
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

    fn model_streams(&mut self, line: &Line<'_>, told: &mut Told) {
        let data: ChunkData = read(line.data);
        let chunk = data.chunk.whole();
        let filters: Filters = read(line.metadata);
        let given = chunk.id.as_str().map(str::to_owned);
        let Some(message) = given
            .or_else(|| self.last_message.clone())
            .or_else(|| line.run_id.as_deref().map(str::to_owned))
        else {
            return;
        };
        if let Some(run) = &line.run_id {
            self.of_run
                .insert(run.clone().into_owned(), message.clone());
        }
        let calls = chunk.tool_call_chunks.unwrap_or_default();
        if calls.is_empty() {
            told.calls_end(&message);
        }
        if filters.shows_messages() {
            told.text(&message, &text(&chunk.content));
        }
        for call in calls {
            self.call(&message, call, &filters, told);
        }
        if chunk.response_metadata.is_some_and(|it| it.is_last()) {
            told.text_ends(&message);
            told.calls_end(&message);
        }
        self.last_message = Some(message);
    }

    fn call(&mut self, message: &str, chunk: CallChunk, filters: &Filters, told: &mut Told) {
        let place = (message.to_owned(), chunk.index.as_i64());
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        if let (Some(name), Some(id)) = (given(chunk.name), given(chunk.id)) {
            let shown = filters.shows_call(&name);
            if shown {
                told.call_starts(&id, &name, message);
            }
            self.calls.insert(place.clone(), Call { id, shown });
        }
        if let (Some(call), Some(arguments)) = (self.calls.get(&place), chunk.args)
            && call.shown
        {
            told.call_goes_on(&call.id, &arguments);
        }
    }

    fn model_ends(&mut self, line: &Line<'_>, told: &mut Told) {
        let run = line.run_id.as_deref().unwrap_or_default();
        if let Some(message) = self.of_run.remove(run) {
            told.text_ends(&message);
            told.calls_end(&message);
        }
    }
}

/// What a graph tells by hand.
fn custom(line: &Line<'_>, told: &mut Told) {
    let name: String = read(line.name);
    match &*name {
        "copilotkit_manually_emit_message" => {
            let data: ManualMessage = read(line.data);
            told.text(&data.message_id, &data.message);
            told.text_ends(&data.message_id);
        }
        "copilotkit_manually_emit_tool_call" => {
            let data: ManualCall = read(line.data);
            told.call_starts(&data.id, &data.name, &data.id);
            told.call_goes_on(&data.id, &data.args.to_string());
            told.call_ends(&data.id);
        }
        // A state sync tells the state.
        "copilotkit_manually_emit_intermediate_state" => {}
        "copilotkit_exit" => told.custom("Exit", Value::Object(Default::default())),
        name => told.custom(name, json_of(line.data)),
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ChunkData {
    chunk: Chunk,
}

/// A chunk of a model's answer. LangChain's serializer puts all of it into `kwargs`.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Chunk {
    kwargs: Option<Box<Chunk>>,
    content: Value,
    id: Value,
    tool_call_chunks: Option<Vec<CallChunk>>,
    response_metadata: Option<ResponseMetadata>,
}

impl Chunk {
    fn whole(self) -> Self {
        match self.kwargs {
            Some(kwargs) => *kwargs,
            None => self,
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct CallChunk {
    name: Option<String>,
    args: Option<String>,
    id: Option<String>,
    index: Value,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ResponseMetadata {
    finish_reason: Value,
    stop_reason: Value,
}

impl ResponseMetadata {
    /// Models say why they stop when they do.
    fn is_last(&self) -> bool {
        self.finish_reason.is_string() || self.stop_reason.is_string()
    }
}

/// What a node wants shown of its model (`copilotkit_customize_config`).
#[derive(Deserialize, Default)]
#[serde(default)]
struct Filters {
    #[serde(rename = "copilotkit:emit-messages")]
    messages: Option<Value>,
    #[serde(rename = "copilotkit:emit-tool-calls")]
    calls: Option<Value>,
}

impl Filters {
    fn shows_messages(&self) -> bool {
        !matches!(self.messages, Some(Value::Bool(false)))
    }

    fn shows_call(&self, name: &str) -> bool {
        match &self.calls {
            None => true,
            Some(Value::Bool(shown)) => *shown,
            Some(Value::Array(names)) => names.iter().any(|it| it == name),
            Some(only) => only == name,
        }
    }
}

/// The text of a chunk; Anthropic's have parts.
fn text(content: &Value) -> Cow<'_, str> {
    match content {
        Value::String(text) => text.into(),
        Value::Array(parts) => {
            let texts = parts.iter().filter_map(|part| part["text"].as_str());
            texts.collect::<Vec<_>>().concat().into()
        }
        _ => "".into(),
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
struct ManualMessage {
    message_id: String,
    message: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ManualCall {
    id: String,
    name: String,
    args: Value,
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

/// A part of a line, or what its type has for nothing if it is not what it should be: one odd event must not end a run.
fn read<T: serde::de::DeserializeOwned + Default>(raw: Option<&RawValue>) -> T {
    let Some(raw) = raw else { return T::default() };
    serde_json::from_str(raw.get()).unwrap_or_else(|error| {
        tracing::debug!(%error, "left out a part of an agent's event");
        T::default()
    })
}

fn json_of(raw: Option<&RawValue>) -> Value {
    read(raw)
}
