// Generated from `schema/ag-ui.schema.json` by `just regenerate`; do not edit.
//! AG-UI: the events that agents send, the messages and inputs that they get, and what they can do.
//!
//! Nothing is lost on the way through: keys that the contract does not know are kept in `extra`, objects with an unknown tag in
//! `Other`. What the contract knows must have its shape; errors name the path to what has not.

use serde_json::{Map, Value};

#[macro_use]
#[path = "agui/macros.rs"]
mod macros;
#[path = "agui/extra.rs"]
mod extra;
#[path = "agui/fields.rs"]
mod fields;
#[path = "agui/objects.rs"]
mod objects;

pub use extra::Extra;

/// An object with a tag that the contract does not know.
#[derive(Debug, Clone, PartialEq)]
pub struct Unknown {
    /// The tag: what stands under `type`, `role` or `op`.
    pub tag: String,
    /// Everything else.
    pub fields: Map<String, Value>,
}

/// Message content.
#[derive(Debug, Clone, PartialEq)]
pub enum MessageContent {
    /// Plain text.
    Text(String),
    /// Parts, in order.
    Parts(Vec<ContentPart>),
}

text_or_list!(MessageContent {
    Text(String),
    Parts(Vec<ContentPart>),
});

/// The event `ACTIVITY_DELTA`.
#[derive(Debug, Clone, PartialEq)]
pub struct ActivityDeltaEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// The id of the message.
    pub message_id: String,
    /// What kind of activity it is; the client chooses how to show it.
    pub activity_type: String,
    /// The changes, in order (RFC 6902).
    pub patch: Vec<JsonPatchOperation>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl ActivityDeltaEvent {
    /// One with what is required, and nothing else.
    pub fn new(
        message_id: impl Into<String>,
        activity_type: impl Into<String>,
        patch: Vec<JsonPatchOperation>,
    ) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            subagent_run_id: None,
            message_id: message_id.into(),
            activity_type: activity_type.into(),
            patch,
            extra: Extra::new(),
        }
    }
}

record!(ActivityDeltaEvent {
    const "type" = "ACTIVITY_DELTA",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "subagentRunId": subagent_run_id,
    "messageId": message_id,
    "activityType": activity_type,
    "patch": patch,
});

/// The message `activity`.
#[derive(Debug, Clone, PartialEq)]
pub struct ActivityMessage {
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// Its id.
    pub id: String,
    /// What kind of activity it is; the client chooses how to show it.
    pub activity_type: String,
    /// Content.
    pub content: Value,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl ActivityMessage {
    /// One with what is required, and nothing else.
    pub fn new(
        id: impl Into<String>,
        activity_type: impl Into<String>,
        content: Value,
    ) -> Self {
        Self {
            subagent_run_id: None,
            id: id.into(),
            activity_type: activity_type.into(),
            content,
            metadata: None,
            extra: Extra::new(),
        }
    }
}

record!(ActivityMessage {
    const "role" = "activity",
    "subagentRunId": subagent_run_id,
    "id": id,
    "activityType": activity_type,
    "content": content,
    "metadata": metadata,
});

/// The event `ACTIVITY_SNAPSHOT`.
#[derive(Debug, Clone, PartialEq)]
pub struct ActivitySnapshotEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// The id of the message.
    pub message_id: String,
    /// What kind of activity it is; the client chooses how to show it.
    pub activity_type: String,
    /// Content.
    pub content: Value,
    /// Whether it takes the place of what is there; it does where this is absent.
    pub replace: Option<bool>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl ActivitySnapshotEvent {
    /// One with what is required, and nothing else.
    pub fn new(
        message_id: impl Into<String>,
        activity_type: impl Into<String>,
        content: Value,
    ) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            subagent_run_id: None,
            message_id: message_id.into(),
            activity_type: activity_type.into(),
            content,
            replace: None,
            extra: Extra::new(),
        }
    }
}

record!(ActivitySnapshotEvent {
    const "type" = "ACTIVITY_SNAPSHOT",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "subagentRunId": subagent_run_id,
    "messageId": message_id,
    "activityType": activity_type,
    "content": content,
    "replace": replace,
});

/// The JSON patch operation `add`.
#[derive(Debug, Clone, PartialEq)]
pub struct AddOperation {
    /// JSON pointer to the place (RFC 6901).
    pub path: String,
    /// Value.
    pub value: Value,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl AddOperation {
    /// One with what is required, and nothing else.
    pub fn new(path: impl Into<String>, value: Value) -> Self {
        Self {
            path: path.into(),
            value,
            extra: Extra::new(),
        }
    }
}

record!(AddOperation {
    const "op" = "add",
    "path": path,
    "value": value,
});

/// Agent capabilities.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AgentCapabilities {
    /// Identity.
    pub identity: Option<IdentityCapabilities>,
    /// Transport.
    pub transport: Option<TransportCapabilities>,
    /// Tools.
    pub tools: Option<ToolsCapabilities>,
    /// Output.
    pub output: Option<OutputCapabilities>,
    /// The state that the client holds.
    pub state: Option<StateCapabilities>,
    /// Multi agent.
    pub multi_agent: Option<MultiAgentCapabilities>,
    /// Reasoning.
    pub reasoning: Option<ReasoningCapabilities>,
    /// Multimodal.
    pub multimodal: Option<MultimodalCapabilities>,
    /// Execution.
    pub execution: Option<ExecutionCapabilities>,
    /// Human in the loop.
    pub human_in_the_loop: Option<HumanInTheLoopCapabilities>,
    /// Custom.
    pub custom: Option<Value>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl AgentCapabilities {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            identity: None,
            transport: None,
            tools: None,
            output: None,
            state: None,
            multi_agent: None,
            reasoning: None,
            multimodal: None,
            execution: None,
            human_in_the_loop: None,
            custom: None,
            extra: Extra::new(),
        }
    }
}

record!(AgentCapabilities {
    "identity": identity,
    "transport": transport,
    "tools": tools,
    "output": output,
    "state": state,
    "multiAgent": multi_agent,
    "reasoning": reasoning,
    "multimodal": multimodal,
    "execution": execution,
    "humanInTheLoop": human_in_the_loop,
    "custom": custom,
});

/// The message `assistant`.
#[derive(Debug, Clone, PartialEq)]
pub struct AssistantMessage {
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// Its id.
    pub id: String,
    /// Name.
    pub name: Option<String>,
    /// What only the model's provider can read, to be handed back as it is.
    pub encrypted_value: Option<String>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// Content.
    pub content: Option<String>,
    /// The tools that it calls.
    pub tool_calls: Option<Vec<ToolCall>>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl AssistantMessage {
    /// One with what is required, and nothing else.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            subagent_run_id: None,
            id: id.into(),
            name: None,
            encrypted_value: None,
            metadata: None,
            content: None,
            tool_calls: None,
            extra: Extra::new(),
        }
    }
}

record!(AssistantMessage {
    const "role" = "assistant",
    "subagentRunId": subagent_run_id,
    "id": id,
    "name": name,
    "encryptedValue": encrypted_value,
    "metadata": metadata,
    "content": content,
    "toolCalls": tool_calls,
});

/// The content part `audio`.
#[derive(Debug, Clone, PartialEq)]
pub struct AudioPart {
    /// Its id.
    pub id: Option<String>,
    /// Source.
    pub source: PartSource,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl AudioPart {
    /// One with what is required, and nothing else.
    pub fn new(source: PartSource) -> Self {
        Self {
            id: None,
            source,
            metadata: None,
            extra: Extra::new(),
        }
    }
}

record!(AudioPart {
    const "type" = "audio",
    "id": id,
    "source": source,
    "metadata": metadata,
});

/// Another name of [`AudioPart`].
pub type AudioInputContent = AudioPart;

/// Another name of [`AudioPart`].
pub type AudioInputPart = AudioPart;

/// Content part.
///
/// Which one it is says `type`. What this version of the contract does not know is kept in `Other`.
#[derive(Debug, Clone, PartialEq)]
pub enum ContentPart {
    /// The content part `text`.
    Text(TextPart),
    /// The content part `image`.
    Image(ImagePart),
    /// The content part `audio`.
    Audio(AudioPart),
    /// The content part `video`.
    Video(VideoPart),
    /// The content part `document`.
    Document(DocumentPart),
    /// One that the contract does not know, kept as it is.
    Other(Unknown),
}

impl ContentPart {
    /// The `type`, as on the wire.
    pub fn part_type(&self) -> &str {
        match self {
            Self::Text(_) => "text",
            Self::Image(_) => "image",
            Self::Audio(_) => "audio",
            Self::Video(_) => "video",
            Self::Document(_) => "document",
            Self::Other(unknown) => &unknown.tag,
        }
    }

    /// Its id.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Text(value) => value.id.as_deref(),
            Self::Image(value) => value.id.as_deref(),
            Self::Audio(value) => value.id.as_deref(),
            Self::Video(value) => value.id.as_deref(),
            Self::Document(value) => value.id.as_deref(),
            Self::Other(unknown) => unknown.fields.get("id").and_then(Value::as_str),
        }
    }

    /// Free data about it.
    pub fn metadata(&self) -> Option<&Value> {
        match self {
            Self::Text(value) => value.metadata.as_deref(),
            Self::Image(value) => value.metadata.as_deref(),
            Self::Audio(value) => value.metadata.as_deref(),
            Self::Video(value) => value.metadata.as_deref(),
            Self::Document(value) => value.metadata.as_deref(),
            Self::Other(unknown) => unknown.fields.get("metadata"),
        }
    }
}

tagged!(ContentPart by "type" {
    "text": Text(TextPart),
    "image": Image(ImagePart),
    "audio": Audio(AudioPart),
    "video": Video(VideoPart),
    "document": Document(DocumentPart),
});

/// Another name of [`ContentPart`].
pub type InputContent = ContentPart;

/// Context.
#[derive(Debug, Clone, PartialEq)]
pub struct Context {
    /// Description.
    pub description: String,
    /// Value.
    pub value: String,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl Context {
    /// One with what is required, and nothing else.
    pub fn new(description: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            description: description.into(),
            value: value.into(),
            extra: Extra::new(),
        }
    }
}

record!(Context {
    "description": description,
    "value": value,
});

/// The JSON patch operation `copy`.
#[derive(Debug, Clone, PartialEq)]
pub struct CopyOperation {
    /// JSON pointer to where the value comes from.
    pub from: String,
    /// JSON pointer to the place (RFC 6901).
    pub path: String,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl CopyOperation {
    /// One with what is required, and nothing else.
    pub fn new(from: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
            from: from.into(),
            path: path.into(),
            extra: Extra::new(),
        }
    }
}

record!(CopyOperation {
    const "op" = "copy",
    "from": from,
    "path": path,
});

/// The event `CUSTOM`.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// Name.
    pub name: String,
    /// Value.
    pub value: Value,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl CustomEvent {
    /// One with what is required, and nothing else.
    pub fn new(name: impl Into<String>, value: Value) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            subagent_run_id: None,
            name: name.into(),
            value,
            extra: Extra::new(),
        }
    }
}

record!(CustomEvent {
    const "type" = "CUSTOM",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "subagentRunId": subagent_run_id,
    "name": name,
    "value": value,
});

/// The part source `data`.
#[derive(Debug, Clone, PartialEq)]
pub struct DataSource {
    /// Value.
    pub value: String,
    /// The media type of the content.
    pub mime_type: String,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl DataSource {
    /// One with what is required, and nothing else.
    pub fn new(value: impl Into<String>, mime_type: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            mime_type: mime_type.into(),
            extra: Extra::new(),
        }
    }
}

record!(DataSource {
    const "type" = "data",
    "value": value,
    "mimeType": mime_type,
});

/// Another name of [`DataSource`].
pub type InputContentDataSource = DataSource;

/// The message `developer`.
#[derive(Debug, Clone, PartialEq)]
pub struct DeveloperMessage {
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// Its id.
    pub id: String,
    /// Name.
    pub name: Option<String>,
    /// What only the model's provider can read, to be handed back as it is.
    pub encrypted_value: Option<String>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// Content.
    pub content: String,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl DeveloperMessage {
    /// One with what is required, and nothing else.
    pub fn new(id: impl Into<String>, content: impl Into<String>) -> Self {
        Self {
            subagent_run_id: None,
            id: id.into(),
            name: None,
            encrypted_value: None,
            metadata: None,
            content: content.into(),
            extra: Extra::new(),
        }
    }
}

record!(DeveloperMessage {
    const "role" = "developer",
    "subagentRunId": subagent_run_id,
    "id": id,
    "name": name,
    "encryptedValue": encrypted_value,
    "metadata": metadata,
    "content": content,
});

/// The content part `document`.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentPart {
    /// Its id.
    pub id: Option<String>,
    /// Source.
    pub source: PartSource,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl DocumentPart {
    /// One with what is required, and nothing else.
    pub fn new(source: PartSource) -> Self {
        Self {
            id: None,
            source,
            metadata: None,
            extra: Extra::new(),
        }
    }
}

record!(DocumentPart {
    const "type" = "document",
    "id": id,
    "source": source,
    "metadata": metadata,
});

/// Another name of [`DocumentPart`].
pub type DocumentInputContent = DocumentPart;

/// Another name of [`DocumentPart`].
pub type DocumentInputPart = DocumentPart;

/// Event.
///
/// Which one it is says `type`. What this version of the contract does not know is kept in `Other`.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The event `TEXT_MESSAGE_START`.
    TextMessageStart(TextMessageStartEvent),
    /// The event `TEXT_MESSAGE_CONTENT`.
    TextMessageContent(TextMessageContentEvent),
    /// The event `TEXT_MESSAGE_END`.
    TextMessageEnd(TextMessageEndEvent),
    /// The event `TEXT_MESSAGE_CHUNK`.
    TextMessageChunk(TextMessageChunkEvent),
    /// The event `TOOL_CALL_START`.
    ToolCallStart(ToolCallStartEvent),
    /// The event `TOOL_CALL_ARGS`.
    ToolCallArgs(ToolCallArgsEvent),
    /// The event `TOOL_CALL_END`.
    ToolCallEnd(ToolCallEndEvent),
    /// The event `TOOL_CALL_CHUNK`.
    ToolCallChunk(ToolCallChunkEvent),
    /// The event `TOOL_CALL_RESULT`.
    ToolCallResult(ToolCallResultEvent),
    /// The event `STATE_SNAPSHOT`.
    StateSnapshot(StateSnapshotEvent),
    /// The event `STATE_DELTA`.
    StateDelta(StateDeltaEvent),
    /// The event `MESSAGES_SNAPSHOT`.
    MessagesSnapshot(MessagesSnapshotEvent),
    /// The event `ACTIVITY_SNAPSHOT`.
    ActivitySnapshot(ActivitySnapshotEvent),
    /// The event `ACTIVITY_DELTA`.
    ActivityDelta(ActivityDeltaEvent),
    /// The event `RAW`.
    Raw(RawEvent),
    /// The event `CUSTOM`.
    Custom(CustomEvent),
    /// The event `RUN_STARTED`.
    RunStarted(RunStartedEvent),
    /// The event `RUN_FINISHED`.
    RunFinished(RunFinishedEvent),
    /// The event `RUN_ERROR`.
    RunError(RunErrorEvent),
    /// The event `STEP_STARTED`.
    StepStarted(StepStartedEvent),
    /// The event `STEP_FINISHED`.
    StepFinished(StepFinishedEvent),
    /// The event `REASONING_START`.
    ReasoningStart(ReasoningStartEvent),
    /// The event `REASONING_MESSAGE_START`.
    ReasoningMessageStart(ReasoningMessageStartEvent),
    /// The event `REASONING_MESSAGE_CONTENT`.
    ReasoningMessageContent(ReasoningMessageContentEvent),
    /// The event `REASONING_MESSAGE_END`.
    ReasoningMessageEnd(ReasoningMessageEndEvent),
    /// The event `REASONING_MESSAGE_CHUNK`.
    ReasoningMessageChunk(ReasoningMessageChunkEvent),
    /// The event `REASONING_END`.
    ReasoningEnd(ReasoningEndEvent),
    /// The event `REASONING_ENCRYPTED_VALUE`.
    ReasoningEncryptedValue(ReasoningEncryptedValueEvent),
    /// The event `SUBAGENT_STARTED`.
    SubagentStarted(SubagentStartedEvent),
    /// The event `SUBAGENT_FINISHED`.
    SubagentFinished(SubagentFinishedEvent),
    /// The event `SUBAGENT_ERROR`.
    SubagentError(SubagentErrorEvent),
    /// One that the contract does not know, kept as it is.
    Other(Unknown),
}

impl Event {
    /// The `type`, as on the wire.
    pub fn event_type(&self) -> &str {
        match self {
            Self::TextMessageStart(_) => "TEXT_MESSAGE_START",
            Self::TextMessageContent(_) => "TEXT_MESSAGE_CONTENT",
            Self::TextMessageEnd(_) => "TEXT_MESSAGE_END",
            Self::TextMessageChunk(_) => "TEXT_MESSAGE_CHUNK",
            Self::ToolCallStart(_) => "TOOL_CALL_START",
            Self::ToolCallArgs(_) => "TOOL_CALL_ARGS",
            Self::ToolCallEnd(_) => "TOOL_CALL_END",
            Self::ToolCallChunk(_) => "TOOL_CALL_CHUNK",
            Self::ToolCallResult(_) => "TOOL_CALL_RESULT",
            Self::StateSnapshot(_) => "STATE_SNAPSHOT",
            Self::StateDelta(_) => "STATE_DELTA",
            Self::MessagesSnapshot(_) => "MESSAGES_SNAPSHOT",
            Self::ActivitySnapshot(_) => "ACTIVITY_SNAPSHOT",
            Self::ActivityDelta(_) => "ACTIVITY_DELTA",
            Self::Raw(_) => "RAW",
            Self::Custom(_) => "CUSTOM",
            Self::RunStarted(_) => "RUN_STARTED",
            Self::RunFinished(_) => "RUN_FINISHED",
            Self::RunError(_) => "RUN_ERROR",
            Self::StepStarted(_) => "STEP_STARTED",
            Self::StepFinished(_) => "STEP_FINISHED",
            Self::ReasoningStart(_) => "REASONING_START",
            Self::ReasoningMessageStart(_) => "REASONING_MESSAGE_START",
            Self::ReasoningMessageContent(_) => "REASONING_MESSAGE_CONTENT",
            Self::ReasoningMessageEnd(_) => "REASONING_MESSAGE_END",
            Self::ReasoningMessageChunk(_) => "REASONING_MESSAGE_CHUNK",
            Self::ReasoningEnd(_) => "REASONING_END",
            Self::ReasoningEncryptedValue(_) => "REASONING_ENCRYPTED_VALUE",
            Self::SubagentStarted(_) => "SUBAGENT_STARTED",
            Self::SubagentFinished(_) => "SUBAGENT_FINISHED",
            Self::SubagentError(_) => "SUBAGENT_ERROR",
            Self::Other(unknown) => &unknown.tag,
        }
    }

    /// When it happened, in milliseconds since 1970.
    pub fn timestamp(&self) -> Option<i64> {
        match self {
            Self::TextMessageStart(value) => value.timestamp,
            Self::TextMessageContent(value) => value.timestamp,
            Self::TextMessageEnd(value) => value.timestamp,
            Self::TextMessageChunk(value) => value.timestamp,
            Self::ToolCallStart(value) => value.timestamp,
            Self::ToolCallArgs(value) => value.timestamp,
            Self::ToolCallEnd(value) => value.timestamp,
            Self::ToolCallChunk(value) => value.timestamp,
            Self::ToolCallResult(value) => value.timestamp,
            Self::StateSnapshot(value) => value.timestamp,
            Self::StateDelta(value) => value.timestamp,
            Self::MessagesSnapshot(value) => value.timestamp,
            Self::ActivitySnapshot(value) => value.timestamp,
            Self::ActivityDelta(value) => value.timestamp,
            Self::Raw(value) => value.timestamp,
            Self::Custom(value) => value.timestamp,
            Self::RunStarted(value) => value.timestamp,
            Self::RunFinished(value) => value.timestamp,
            Self::RunError(value) => value.timestamp,
            Self::StepStarted(value) => value.timestamp,
            Self::StepFinished(value) => value.timestamp,
            Self::ReasoningStart(value) => value.timestamp,
            Self::ReasoningMessageStart(value) => value.timestamp,
            Self::ReasoningMessageContent(value) => value.timestamp,
            Self::ReasoningMessageEnd(value) => value.timestamp,
            Self::ReasoningMessageChunk(value) => value.timestamp,
            Self::ReasoningEnd(value) => value.timestamp,
            Self::ReasoningEncryptedValue(value) => value.timestamp,
            Self::SubagentStarted(value) => value.timestamp,
            Self::SubagentFinished(value) => value.timestamp,
            Self::SubagentError(value) => value.timestamp,
            Self::Other(unknown) => {
                unknown.fields.get("timestamp").and_then(Value::as_i64)
            }
        }
    }

    /// The event of the agent's framework that this one came from.
    pub fn raw_event(&self) -> Option<&Value> {
        match self {
            Self::TextMessageStart(value) => value.raw_event.as_deref(),
            Self::TextMessageContent(value) => value.raw_event.as_deref(),
            Self::TextMessageEnd(value) => value.raw_event.as_deref(),
            Self::TextMessageChunk(value) => value.raw_event.as_deref(),
            Self::ToolCallStart(value) => value.raw_event.as_deref(),
            Self::ToolCallArgs(value) => value.raw_event.as_deref(),
            Self::ToolCallEnd(value) => value.raw_event.as_deref(),
            Self::ToolCallChunk(value) => value.raw_event.as_deref(),
            Self::ToolCallResult(value) => value.raw_event.as_deref(),
            Self::StateSnapshot(value) => value.raw_event.as_deref(),
            Self::StateDelta(value) => value.raw_event.as_deref(),
            Self::MessagesSnapshot(value) => value.raw_event.as_deref(),
            Self::ActivitySnapshot(value) => value.raw_event.as_deref(),
            Self::ActivityDelta(value) => value.raw_event.as_deref(),
            Self::Raw(value) => value.raw_event.as_deref(),
            Self::Custom(value) => value.raw_event.as_deref(),
            Self::RunStarted(value) => value.raw_event.as_deref(),
            Self::RunFinished(value) => value.raw_event.as_deref(),
            Self::RunError(value) => value.raw_event.as_deref(),
            Self::StepStarted(value) => value.raw_event.as_deref(),
            Self::StepFinished(value) => value.raw_event.as_deref(),
            Self::ReasoningStart(value) => value.raw_event.as_deref(),
            Self::ReasoningMessageStart(value) => value.raw_event.as_deref(),
            Self::ReasoningMessageContent(value) => value.raw_event.as_deref(),
            Self::ReasoningMessageEnd(value) => value.raw_event.as_deref(),
            Self::ReasoningMessageChunk(value) => value.raw_event.as_deref(),
            Self::ReasoningEnd(value) => value.raw_event.as_deref(),
            Self::ReasoningEncryptedValue(value) => value.raw_event.as_deref(),
            Self::SubagentStarted(value) => value.raw_event.as_deref(),
            Self::SubagentFinished(value) => value.raw_event.as_deref(),
            Self::SubagentError(value) => value.raw_event.as_deref(),
            Self::Other(unknown) => unknown.fields.get("rawEvent"),
        }
    }

    /// Free data about it.
    pub fn metadata(&self) -> Option<&Value> {
        match self {
            Self::TextMessageStart(value) => value.metadata.as_deref(),
            Self::TextMessageContent(value) => value.metadata.as_deref(),
            Self::TextMessageEnd(value) => value.metadata.as_deref(),
            Self::TextMessageChunk(value) => value.metadata.as_deref(),
            Self::ToolCallStart(value) => value.metadata.as_deref(),
            Self::ToolCallArgs(value) => value.metadata.as_deref(),
            Self::ToolCallEnd(value) => value.metadata.as_deref(),
            Self::ToolCallChunk(value) => value.metadata.as_deref(),
            Self::ToolCallResult(value) => value.metadata.as_deref(),
            Self::StateSnapshot(value) => value.metadata.as_deref(),
            Self::StateDelta(value) => value.metadata.as_deref(),
            Self::MessagesSnapshot(value) => value.metadata.as_deref(),
            Self::ActivitySnapshot(value) => value.metadata.as_deref(),
            Self::ActivityDelta(value) => value.metadata.as_deref(),
            Self::Raw(value) => value.metadata.as_deref(),
            Self::Custom(value) => value.metadata.as_deref(),
            Self::RunStarted(value) => value.metadata.as_deref(),
            Self::RunFinished(value) => value.metadata.as_deref(),
            Self::RunError(value) => value.metadata.as_deref(),
            Self::StepStarted(value) => value.metadata.as_deref(),
            Self::StepFinished(value) => value.metadata.as_deref(),
            Self::ReasoningStart(value) => value.metadata.as_deref(),
            Self::ReasoningMessageStart(value) => value.metadata.as_deref(),
            Self::ReasoningMessageContent(value) => value.metadata.as_deref(),
            Self::ReasoningMessageEnd(value) => value.metadata.as_deref(),
            Self::ReasoningMessageChunk(value) => value.metadata.as_deref(),
            Self::ReasoningEnd(value) => value.metadata.as_deref(),
            Self::ReasoningEncryptedValue(value) => value.metadata.as_deref(),
            Self::SubagentStarted(value) => value.metadata.as_deref(),
            Self::SubagentFinished(value) => value.metadata.as_deref(),
            Self::SubagentError(value) => value.metadata.as_deref(),
            Self::Other(unknown) => unknown.fields.get("metadata"),
        }
    }
}

tagged!(Event by "type" in errors {
    "TEXT_MESSAGE_START": TextMessageStart(TextMessageStartEvent),
    "TEXT_MESSAGE_CONTENT": TextMessageContent(TextMessageContentEvent),
    "TEXT_MESSAGE_END": TextMessageEnd(TextMessageEndEvent),
    "TEXT_MESSAGE_CHUNK": TextMessageChunk(TextMessageChunkEvent),
    "TOOL_CALL_START": ToolCallStart(ToolCallStartEvent),
    "TOOL_CALL_ARGS": ToolCallArgs(ToolCallArgsEvent),
    "TOOL_CALL_END": ToolCallEnd(ToolCallEndEvent),
    "TOOL_CALL_CHUNK": ToolCallChunk(ToolCallChunkEvent),
    "TOOL_CALL_RESULT": ToolCallResult(ToolCallResultEvent),
    "STATE_SNAPSHOT": StateSnapshot(StateSnapshotEvent),
    "STATE_DELTA": StateDelta(StateDeltaEvent),
    "MESSAGES_SNAPSHOT": MessagesSnapshot(MessagesSnapshotEvent),
    "ACTIVITY_SNAPSHOT": ActivitySnapshot(ActivitySnapshotEvent),
    "ACTIVITY_DELTA": ActivityDelta(ActivityDeltaEvent),
    "RAW": Raw(RawEvent),
    "CUSTOM": Custom(CustomEvent),
    "RUN_STARTED": RunStarted(RunStartedEvent),
    "RUN_FINISHED": RunFinished(RunFinishedEvent),
    "RUN_ERROR": RunError(RunErrorEvent),
    "STEP_STARTED": StepStarted(StepStartedEvent),
    "STEP_FINISHED": StepFinished(StepFinishedEvent),
    "REASONING_START": ReasoningStart(ReasoningStartEvent),
    "REASONING_MESSAGE_START": ReasoningMessageStart(ReasoningMessageStartEvent),
    "REASONING_MESSAGE_CONTENT": ReasoningMessageContent(ReasoningMessageContentEvent),
    "REASONING_MESSAGE_END": ReasoningMessageEnd(ReasoningMessageEndEvent),
    "REASONING_MESSAGE_CHUNK": ReasoningMessageChunk(ReasoningMessageChunkEvent),
    "REASONING_END": ReasoningEnd(ReasoningEndEvent),
    "REASONING_ENCRYPTED_VALUE": ReasoningEncryptedValue(ReasoningEncryptedValueEvent),
    "SUBAGENT_STARTED": SubagentStarted(SubagentStartedEvent),
    "SUBAGENT_FINISHED": SubagentFinished(SubagentFinishedEvent),
    "SUBAGENT_ERROR": SubagentError(SubagentErrorEvent),
});

/// Event type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventType {
    /// `TEXT_MESSAGE_START`
    TextMessageStart,
    /// `TEXT_MESSAGE_CONTENT`
    TextMessageContent,
    /// `TEXT_MESSAGE_END`
    TextMessageEnd,
    /// `TEXT_MESSAGE_CHUNK`
    TextMessageChunk,
    /// `TOOL_CALL_START`
    ToolCallStart,
    /// `TOOL_CALL_ARGS`
    ToolCallArgs,
    /// `TOOL_CALL_END`
    ToolCallEnd,
    /// `TOOL_CALL_CHUNK`
    ToolCallChunk,
    /// `TOOL_CALL_RESULT`
    ToolCallResult,
    /// `STATE_SNAPSHOT`
    StateSnapshot,
    /// `STATE_DELTA`
    StateDelta,
    /// `MESSAGES_SNAPSHOT`
    MessagesSnapshot,
    /// `ACTIVITY_SNAPSHOT`
    ActivitySnapshot,
    /// `ACTIVITY_DELTA`
    ActivityDelta,
    /// `RAW`
    Raw,
    /// `CUSTOM`
    Custom,
    /// `RUN_STARTED`
    RunStarted,
    /// `RUN_FINISHED`
    RunFinished,
    /// `RUN_ERROR`
    RunError,
    /// `STEP_STARTED`
    StepStarted,
    /// `STEP_FINISHED`
    StepFinished,
    /// `REASONING_START`
    ReasoningStart,
    /// `REASONING_MESSAGE_START`
    ReasoningMessageStart,
    /// `REASONING_MESSAGE_CONTENT`
    ReasoningMessageContent,
    /// `REASONING_MESSAGE_END`
    ReasoningMessageEnd,
    /// `REASONING_MESSAGE_CHUNK`
    ReasoningMessageChunk,
    /// `REASONING_END`
    ReasoningEnd,
    /// `REASONING_ENCRYPTED_VALUE`
    ReasoningEncryptedValue,
    /// `SUBAGENT_STARTED`
    SubagentStarted,
    /// `SUBAGENT_FINISHED`
    SubagentFinished,
    /// `SUBAGENT_ERROR`
    SubagentError,
}

words!(EventType {
    "TEXT_MESSAGE_START": TextMessageStart,
    "TEXT_MESSAGE_CONTENT": TextMessageContent,
    "TEXT_MESSAGE_END": TextMessageEnd,
    "TEXT_MESSAGE_CHUNK": TextMessageChunk,
    "TOOL_CALL_START": ToolCallStart,
    "TOOL_CALL_ARGS": ToolCallArgs,
    "TOOL_CALL_END": ToolCallEnd,
    "TOOL_CALL_CHUNK": ToolCallChunk,
    "TOOL_CALL_RESULT": ToolCallResult,
    "STATE_SNAPSHOT": StateSnapshot,
    "STATE_DELTA": StateDelta,
    "MESSAGES_SNAPSHOT": MessagesSnapshot,
    "ACTIVITY_SNAPSHOT": ActivitySnapshot,
    "ACTIVITY_DELTA": ActivityDelta,
    "RAW": Raw,
    "CUSTOM": Custom,
    "RUN_STARTED": RunStarted,
    "RUN_FINISHED": RunFinished,
    "RUN_ERROR": RunError,
    "STEP_STARTED": StepStarted,
    "STEP_FINISHED": StepFinished,
    "REASONING_START": ReasoningStart,
    "REASONING_MESSAGE_START": ReasoningMessageStart,
    "REASONING_MESSAGE_CONTENT": ReasoningMessageContent,
    "REASONING_MESSAGE_END": ReasoningMessageEnd,
    "REASONING_MESSAGE_CHUNK": ReasoningMessageChunk,
    "REASONING_END": ReasoningEnd,
    "REASONING_ENCRYPTED_VALUE": ReasoningEncryptedValue,
    "SUBAGENT_STARTED": SubagentStarted,
    "SUBAGENT_FINISHED": SubagentFinished,
    "SUBAGENT_ERROR": SubagentError,
});

/// Execution capabilities.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ExecutionCapabilities {
    /// Code execution.
    pub code_execution: Option<bool>,
    /// Sandboxed.
    pub sandboxed: Option<bool>,
    /// Max iterations.
    pub max_iterations: Option<i64>,
    /// Max execution time.
    pub max_execution_time: Option<i64>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl ExecutionCapabilities {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            code_execution: None,
            sandboxed: None,
            max_iterations: None,
            max_execution_time: None,
            extra: Extra::new(),
        }
    }
}

record!(ExecutionCapabilities {
    "codeExecution": code_execution,
    "sandboxed": sandboxed,
    "maxIterations": max_iterations,
    "maxExecutionTime": max_execution_time,
});

/// The part source `file`.
#[derive(Debug, Clone, PartialEq)]
pub struct FileSource {
    /// Value.
    pub value: String,
    /// Provider.
    pub provider: Option<String>,
    /// The media type of the content.
    pub mime_type: Option<String>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl FileSource {
    /// One with what is required, and nothing else.
    pub fn new(value: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            provider: None,
            mime_type: None,
            extra: Extra::new(),
        }
    }
}

record!(FileSource {
    const "type" = "file",
    "value": value,
    "provider": provider,
    "mimeType": mime_type,
});

/// Function call.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionCall {
    /// Name.
    pub name: String,
    /// The arguments, JSON as text.
    pub arguments: String,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl FunctionCall {
    /// One with what is required, and nothing else.
    pub fn new(name: impl Into<String>, arguments: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            arguments: arguments.into(),
            extra: Extra::new(),
        }
    }
}

record!(FunctionCall {
    "name": name,
    "arguments": arguments,
});

/// Human in the loop capabilities.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HumanInTheLoopCapabilities {
    /// Supported.
    pub supported: Option<bool>,
    /// Approvals.
    pub approvals: Option<bool>,
    /// Interventions.
    pub interventions: Option<bool>,
    /// Feedback.
    pub feedback: Option<bool>,
    /// What the agent waits for.
    pub interrupts: Option<bool>,
    /// Approve with edits.
    pub approve_with_edits: Option<bool>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl HumanInTheLoopCapabilities {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            supported: None,
            approvals: None,
            interventions: None,
            feedback: None,
            interrupts: None,
            approve_with_edits: None,
            extra: Extra::new(),
        }
    }
}

record!(HumanInTheLoopCapabilities {
    "supported": supported,
    "approvals": approvals,
    "interventions": interventions,
    "feedback": feedback,
    "interrupts": interrupts,
    "approveWithEdits": approve_with_edits,
});

/// Identity capabilities.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct IdentityCapabilities {
    /// Name.
    pub name: Option<String>,
    /// Type.
    pub r#type: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Version.
    pub version: Option<String>,
    /// Provider.
    pub provider: Option<String>,
    /// Documentation URL.
    pub documentation_url: Option<String>,
    /// Free data about it.
    pub metadata: Option<Value>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl IdentityCapabilities {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            name: None,
            r#type: None,
            description: None,
            version: None,
            provider: None,
            documentation_url: None,
            metadata: None,
            extra: Extra::new(),
        }
    }
}

record!(IdentityCapabilities {
    "name": name,
    "type": r#type,
    "description": description,
    "version": version,
    "provider": provider,
    "documentationUrl": documentation_url,
    "metadata": metadata,
});

/// The content part `image`.
#[derive(Debug, Clone, PartialEq)]
pub struct ImagePart {
    /// Its id.
    pub id: Option<String>,
    /// Source.
    pub source: PartSource,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl ImagePart {
    /// One with what is required, and nothing else.
    pub fn new(source: PartSource) -> Self {
        Self {
            id: None,
            source,
            metadata: None,
            extra: Extra::new(),
        }
    }
}

record!(ImagePart {
    const "type" = "image",
    "id": id,
    "source": source,
    "metadata": metadata,
});

/// Another name of [`ImagePart`].
pub type ImageInputContent = ImagePart;

/// Another name of [`ImagePart`].
pub type ImageInputPart = ImagePart;

/// Interrupt.
#[derive(Debug, Clone, PartialEq)]
pub struct Interrupt {
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// Its id.
    pub id: String,
    /// Reason.
    pub reason: String,
    /// Message.
    pub message: Option<String>,
    /// The id of the tool call.
    pub tool_call_id: Option<String>,
    /// JSON Schema of the answer.
    pub response_schema: Option<Value>,
    /// When an answer comes too late.
    pub expires_at: Option<String>,
    /// Free data about it.
    pub metadata: Option<Value>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl Interrupt {
    /// One with what is required, and nothing else.
    pub fn new(id: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            subagent_run_id: None,
            id: id.into(),
            reason: reason.into(),
            message: None,
            tool_call_id: None,
            response_schema: None,
            expires_at: None,
            metadata: None,
            extra: Extra::new(),
        }
    }
}

record!(Interrupt {
    "subagentRunId": subagent_run_id,
    "id": id,
    "reason": reason,
    "message": message,
    "toolCallId": tool_call_id,
    "responseSchema": response_schema,
    "expiresAt": expires_at,
    "metadata": metadata,
});

/// JSON patch operation.
///
/// Which one it is says `op`. What this version of the contract does not know is kept in `Other`.
#[derive(Debug, Clone, PartialEq)]
pub enum JsonPatchOperation {
    /// The JSON patch operation `add`.
    Add(AddOperation),
    /// The JSON patch operation `remove`.
    Remove(RemoveOperation),
    /// The JSON patch operation `replace`.
    Replace(ReplaceOperation),
    /// The JSON patch operation `move`.
    Move(MoveOperation),
    /// The JSON patch operation `copy`.
    Copy(CopyOperation),
    /// The JSON patch operation `test`.
    Test(TestOperation),
    /// One that the contract does not know, kept as it is.
    Other(Unknown),
}

impl JsonPatchOperation {
    /// The `op`, as on the wire.
    pub fn op(&self) -> &str {
        match self {
            Self::Add(_) => "add",
            Self::Remove(_) => "remove",
            Self::Replace(_) => "replace",
            Self::Move(_) => "move",
            Self::Copy(_) => "copy",
            Self::Test(_) => "test",
            Self::Other(unknown) => &unknown.tag,
        }
    }

    /// JSON pointer to the place (RFC 6901).
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Add(value) => Some(&value.path),
            Self::Remove(value) => Some(&value.path),
            Self::Replace(value) => Some(&value.path),
            Self::Move(value) => Some(&value.path),
            Self::Copy(value) => Some(&value.path),
            Self::Test(value) => Some(&value.path),
            Self::Other(unknown) => unknown.fields.get("path").and_then(Value::as_str),
        }
    }
}

tagged!(JsonPatchOperation by "op" {
    "add": Add(AddOperation),
    "remove": Remove(RemoveOperation),
    "replace": Replace(ReplaceOperation),
    "move": Move(MoveOperation),
    "copy": Copy(CopyOperation),
    "test": Test(TestOperation),
});

/// Message.
///
/// Which one it is says `role`. What this version of the contract does not know is kept in `Other`.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// The message `developer`.
    Developer(DeveloperMessage),
    /// The message `system`.
    System(SystemMessage),
    /// The message `assistant`.
    Assistant(AssistantMessage),
    /// The message `user`.
    User(UserMessage),
    /// The message `tool`.
    Tool(ToolMessage),
    /// The message `activity`.
    Activity(ActivityMessage),
    /// The message `reasoning`.
    Reasoning(ReasoningMessage),
    /// One that the contract does not know, kept as it is.
    Other(Unknown),
}

impl Message {
    /// The `role`, as on the wire.
    pub fn role(&self) -> &str {
        match self {
            Self::Developer(_) => "developer",
            Self::System(_) => "system",
            Self::Assistant(_) => "assistant",
            Self::User(_) => "user",
            Self::Tool(_) => "tool",
            Self::Activity(_) => "activity",
            Self::Reasoning(_) => "reasoning",
            Self::Other(unknown) => &unknown.tag,
        }
    }

    /// The subagent's run that this belongs to.
    pub fn subagent_run_id(&self) -> Option<&str> {
        match self {
            Self::Developer(value) => value.subagent_run_id.as_deref(),
            Self::System(value) => value.subagent_run_id.as_deref(),
            Self::Assistant(value) => value.subagent_run_id.as_deref(),
            Self::User(value) => value.subagent_run_id.as_deref(),
            Self::Tool(value) => value.subagent_run_id.as_deref(),
            Self::Activity(value) => value.subagent_run_id.as_deref(),
            Self::Reasoning(value) => value.subagent_run_id.as_deref(),
            Self::Other(unknown) => {
                unknown.fields.get("subagentRunId").and_then(Value::as_str)
            }
        }
    }

    /// Its id.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Developer(value) => Some(&value.id),
            Self::System(value) => Some(&value.id),
            Self::Assistant(value) => Some(&value.id),
            Self::User(value) => Some(&value.id),
            Self::Tool(value) => Some(&value.id),
            Self::Activity(value) => Some(&value.id),
            Self::Reasoning(value) => Some(&value.id),
            Self::Other(unknown) => unknown.fields.get("id").and_then(Value::as_str),
        }
    }

    /// Free data about it.
    pub fn metadata(&self) -> Option<&Value> {
        match self {
            Self::Developer(value) => value.metadata.as_deref(),
            Self::System(value) => value.metadata.as_deref(),
            Self::Assistant(value) => value.metadata.as_deref(),
            Self::User(value) => value.metadata.as_deref(),
            Self::Tool(value) => value.metadata.as_deref(),
            Self::Activity(value) => value.metadata.as_deref(),
            Self::Reasoning(value) => value.metadata.as_deref(),
            Self::Other(unknown) => unknown.fields.get("metadata"),
        }
    }
}

tagged!(Message by "role" {
    "developer": Developer(DeveloperMessage),
    "system": System(SystemMessage),
    "assistant": Assistant(AssistantMessage),
    "user": User(UserMessage),
    "tool": Tool(ToolMessage),
    "activity": Activity(ActivityMessage),
    "reasoning": Reasoning(ReasoningMessage),
});

/// The event `MESSAGES_SNAPSHOT`.
#[derive(Debug, Clone, PartialEq)]
pub struct MessagesSnapshotEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// Messages.
    pub messages: Vec<Message>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl MessagesSnapshotEvent {
    /// One with what is required, and nothing else.
    pub fn new(messages: Vec<Message>) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            messages,
            extra: Extra::new(),
        }
    }
}

record!(MessagesSnapshotEvent {
    const "type" = "MESSAGES_SNAPSHOT",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "messages": messages,
});

/// The JSON patch operation `move`.
#[derive(Debug, Clone, PartialEq)]
pub struct MoveOperation {
    /// JSON pointer to where the value comes from.
    pub from: String,
    /// JSON pointer to the place (RFC 6901).
    pub path: String,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl MoveOperation {
    /// One with what is required, and nothing else.
    pub fn new(from: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
            from: from.into(),
            path: path.into(),
            extra: Extra::new(),
        }
    }
}

record!(MoveOperation {
    const "op" = "move",
    "from": from,
    "path": path,
});

/// Multi agent capabilities.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MultiAgentCapabilities {
    /// Supported.
    pub supported: Option<bool>,
    /// Delegation.
    pub delegation: Option<bool>,
    /// Handoffs.
    pub handoffs: Option<bool>,
    /// Subagents.
    pub subagents: Option<Vec<SubagentInfo>>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl MultiAgentCapabilities {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            supported: None,
            delegation: None,
            handoffs: None,
            subagents: None,
            extra: Extra::new(),
        }
    }
}

record!(MultiAgentCapabilities {
    "supported": supported,
    "delegation": delegation,
    "handoffs": handoffs,
    "subagents": subagents,
});

/// Multimodal capabilities.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MultimodalCapabilities {
    /// What the agent was asked.
    pub input: Option<MultimodalInputCapabilities>,
    /// Output.
    pub output: Option<MultimodalOutputCapabilities>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl MultimodalCapabilities {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            input: None,
            output: None,
            extra: Extra::new(),
        }
    }
}

record!(MultimodalCapabilities {
    "input": input,
    "output": output,
});

/// Multimodal input capabilities.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MultimodalInputCapabilities {
    /// Image.
    pub image: Option<bool>,
    /// Audio.
    pub audio: Option<bool>,
    /// Video.
    pub video: Option<bool>,
    /// Pdf.
    pub pdf: Option<bool>,
    /// File.
    pub file: Option<bool>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl MultimodalInputCapabilities {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            image: None,
            audio: None,
            video: None,
            pdf: None,
            file: None,
            extra: Extra::new(),
        }
    }
}

record!(MultimodalInputCapabilities {
    "image": image,
    "audio": audio,
    "video": video,
    "pdf": pdf,
    "file": file,
});

/// Multimodal output capabilities.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MultimodalOutputCapabilities {
    /// Image.
    pub image: Option<bool>,
    /// Audio.
    pub audio: Option<bool>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl MultimodalOutputCapabilities {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            image: None,
            audio: None,
            extra: Extra::new(),
        }
    }
}

record!(MultimodalOutputCapabilities {
    "image": image,
    "audio": audio,
});

/// Output capabilities.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OutputCapabilities {
    /// Structured output.
    pub structured_output: Option<bool>,
    /// Supported MIME types.
    pub supported_mime_types: Option<Vec<String>>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl OutputCapabilities {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            structured_output: None,
            supported_mime_types: None,
            extra: Extra::new(),
        }
    }
}

record!(OutputCapabilities {
    "structuredOutput": structured_output,
    "supportedMimeTypes": supported_mime_types,
});

/// Part source.
///
/// Which one it is says `type`. What this version of the contract does not know is kept in `Other`.
#[derive(Debug, Clone, PartialEq)]
pub enum PartSource {
    /// The part source `data`.
    Data(DataSource),
    /// The part source `url`.
    Url(UrlSource),
    /// The part source `file`.
    File(FileSource),
    /// One that the contract does not know, kept as it is.
    Other(Unknown),
}

impl PartSource {
    /// The `type`, as on the wire.
    pub fn source_type(&self) -> &str {
        match self {
            Self::Data(_) => "data",
            Self::Url(_) => "url",
            Self::File(_) => "file",
            Self::Other(unknown) => &unknown.tag,
        }
    }

    /// Value.
    pub fn value(&self) -> Option<&str> {
        match self {
            Self::Data(value) => Some(&value.value),
            Self::Url(value) => Some(&value.value),
            Self::File(value) => Some(&value.value),
            Self::Other(unknown) => unknown.fields.get("value").and_then(Value::as_str),
        }
    }
}

tagged!(PartSource by "type" {
    "data": Data(DataSource),
    "url": Url(UrlSource),
    "file": File(FileSource),
});

/// Another name of [`PartSource`].
pub type InputContentSource = PartSource;

/// The event `RAW`.
#[derive(Debug, Clone, PartialEq)]
pub struct RawEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// Event.
    pub event: Value,
    /// Source.
    pub source: Option<String>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl RawEvent {
    /// One with what is required, and nothing else.
    pub fn new(event: Value) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            subagent_run_id: None,
            event,
            source: None,
            extra: Extra::new(),
        }
    }
}

record!(RawEvent {
    const "type" = "RAW",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "subagentRunId": subagent_run_id,
    "event": event,
    "source": source,
});

/// Reasoning capabilities.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReasoningCapabilities {
    /// Supported.
    pub supported: Option<bool>,
    /// Streaming.
    pub streaming: Option<bool>,
    /// Encrypted.
    pub encrypted: Option<bool>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl ReasoningCapabilities {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            supported: None,
            streaming: None,
            encrypted: None,
            extra: Extra::new(),
        }
    }
}

record!(ReasoningCapabilities {
    "supported": supported,
    "streaming": streaming,
    "encrypted": encrypted,
});

/// The event `REASONING_ENCRYPTED_VALUE`.
#[derive(Debug, Clone, PartialEq)]
pub struct ReasoningEncryptedValueEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// Subtype.
    pub subtype: ReasoningEncryptedValueSubtype,
    /// The message or tool call that the value belongs to.
    pub entity_id: String,
    /// What only the model's provider can read, to be handed back as it is.
    pub encrypted_value: String,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl ReasoningEncryptedValueEvent {
    /// One with what is required, and nothing else.
    pub fn new(
        subtype: ReasoningEncryptedValueSubtype,
        entity_id: impl Into<String>,
        encrypted_value: impl Into<String>,
    ) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            subagent_run_id: None,
            subtype,
            entity_id: entity_id.into(),
            encrypted_value: encrypted_value.into(),
            extra: Extra::new(),
        }
    }
}

record!(ReasoningEncryptedValueEvent {
    const "type" = "REASONING_ENCRYPTED_VALUE",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "subagentRunId": subagent_run_id,
    "subtype": subtype,
    "entityId": entity_id,
    "encryptedValue": encrypted_value,
});

/// Reasoning encrypted value subtype.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReasoningEncryptedValueSubtype {
    /// `tool-call`
    ToolCall,
    /// `message`
    Message,
}

words!(ReasoningEncryptedValueSubtype {
    "tool-call": ToolCall,
    "message": Message,
});

/// The event `REASONING_END`.
#[derive(Debug, Clone, PartialEq)]
pub struct ReasoningEndEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// The id of the message.
    pub message_id: String,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl ReasoningEndEvent {
    /// One with what is required, and nothing else.
    pub fn new(message_id: impl Into<String>) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            subagent_run_id: None,
            message_id: message_id.into(),
            extra: Extra::new(),
        }
    }
}

record!(ReasoningEndEvent {
    const "type" = "REASONING_END",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "subagentRunId": subagent_run_id,
    "messageId": message_id,
});

/// The event `REASONING_MESSAGE_CHUNK`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReasoningMessageChunkEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// The id of the message.
    pub message_id: Option<String>,
    /// What is added.
    pub delta: Option<String>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl ReasoningMessageChunkEvent {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            subagent_run_id: None,
            message_id: None,
            delta: None,
            extra: Extra::new(),
        }
    }
}

record!(ReasoningMessageChunkEvent {
    const "type" = "REASONING_MESSAGE_CHUNK",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "subagentRunId": subagent_run_id,
    "messageId": message_id,
    "delta": delta,
});

/// The event `REASONING_MESSAGE_CONTENT`.
#[derive(Debug, Clone, PartialEq)]
pub struct ReasoningMessageContentEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// The id of the message.
    pub message_id: String,
    /// What is added.
    pub delta: String,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl ReasoningMessageContentEvent {
    /// One with what is required, and nothing else.
    pub fn new(message_id: impl Into<String>, delta: impl Into<String>) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            subagent_run_id: None,
            message_id: message_id.into(),
            delta: delta.into(),
            extra: Extra::new(),
        }
    }
}

record!(ReasoningMessageContentEvent {
    const "type" = "REASONING_MESSAGE_CONTENT",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "subagentRunId": subagent_run_id,
    "messageId": message_id,
    "delta": delta,
});

/// The event `REASONING_MESSAGE_END`.
#[derive(Debug, Clone, PartialEq)]
pub struct ReasoningMessageEndEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// The id of the message.
    pub message_id: String,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl ReasoningMessageEndEvent {
    /// One with what is required, and nothing else.
    pub fn new(message_id: impl Into<String>) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            subagent_run_id: None,
            message_id: message_id.into(),
            extra: Extra::new(),
        }
    }
}

record!(ReasoningMessageEndEvent {
    const "type" = "REASONING_MESSAGE_END",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "subagentRunId": subagent_run_id,
    "messageId": message_id,
});

/// The message `reasoning`.
#[derive(Debug, Clone, PartialEq)]
pub struct ReasoningMessage {
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// Its id.
    pub id: String,
    /// Content.
    pub content: String,
    /// What only the model's provider can read, to be handed back as it is.
    pub encrypted_value: Option<String>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl ReasoningMessage {
    /// One with what is required, and nothing else.
    pub fn new(id: impl Into<String>, content: impl Into<String>) -> Self {
        Self {
            subagent_run_id: None,
            id: id.into(),
            content: content.into(),
            encrypted_value: None,
            metadata: None,
            extra: Extra::new(),
        }
    }
}

record!(ReasoningMessage {
    const "role" = "reasoning",
    "subagentRunId": subagent_run_id,
    "id": id,
    "content": content,
    "encryptedValue": encrypted_value,
    "metadata": metadata,
});

/// The event `REASONING_MESSAGE_START`.
#[derive(Debug, Clone, PartialEq)]
pub struct ReasoningMessageStartEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// The id of the message.
    pub message_id: String,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl ReasoningMessageStartEvent {
    /// One with what is required, and nothing else.
    pub fn new(message_id: impl Into<String>) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            subagent_run_id: None,
            message_id: message_id.into(),
            extra: Extra::new(),
        }
    }
}

record!(ReasoningMessageStartEvent {
    const "type" = "REASONING_MESSAGE_START",
    const "role" = "reasoning",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "subagentRunId": subagent_run_id,
    "messageId": message_id,
});

/// The event `REASONING_START`.
#[derive(Debug, Clone, PartialEq)]
pub struct ReasoningStartEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// The id of the message.
    pub message_id: String,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl ReasoningStartEvent {
    /// One with what is required, and nothing else.
    pub fn new(message_id: impl Into<String>) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            subagent_run_id: None,
            message_id: message_id.into(),
            extra: Extra::new(),
        }
    }
}

record!(ReasoningStartEvent {
    const "type" = "REASONING_START",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "subagentRunId": subagent_run_id,
    "messageId": message_id,
});

/// The JSON patch operation `remove`.
#[derive(Debug, Clone, PartialEq)]
pub struct RemoveOperation {
    /// JSON pointer to the place (RFC 6901).
    pub path: String,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl RemoveOperation {
    /// One with what is required, and nothing else.
    pub fn new(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            extra: Extra::new(),
        }
    }
}

record!(RemoveOperation {
    const "op" = "remove",
    "path": path,
});

/// The JSON patch operation `replace`.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplaceOperation {
    /// JSON pointer to the place (RFC 6901).
    pub path: String,
    /// Value.
    pub value: Value,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl ReplaceOperation {
    /// One with what is required, and nothing else.
    pub fn new(path: impl Into<String>, value: Value) -> Self {
        Self {
            path: path.into(),
            value,
            extra: Extra::new(),
        }
    }
}

record!(ReplaceOperation {
    const "op" = "replace",
    "path": path,
    "value": value,
});

/// Resume entry status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResumeEntryStatus {
    /// `resolved`
    Resolved,
    /// `cancelled`
    Cancelled,
}

words!(ResumeEntryStatus {
    "resolved": Resolved,
    "cancelled": Cancelled,
});

/// Resume entry.
#[derive(Debug, Clone, PartialEq)]
pub struct ResumeEntry {
    /// The interrupt that is answered.
    pub interrupt_id: String,
    /// Status.
    pub status: ResumeEntryStatus,
    /// The answer.
    pub payload: Option<Value>,
    /// Free data about it.
    pub metadata: Option<Value>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl ResumeEntry {
    /// One with what is required, and nothing else.
    pub fn new(interrupt_id: impl Into<String>, status: ResumeEntryStatus) -> Self {
        Self {
            interrupt_id: interrupt_id.into(),
            status,
            payload: None,
            metadata: None,
            extra: Extra::new(),
        }
    }
}

record!(ResumeEntry {
    "interruptId": interrupt_id,
    "status": status,
    "payload": payload,
    "metadata": metadata,
});

/// Role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// `developer`
    Developer,
    /// `system`
    System,
    /// `assistant`
    Assistant,
    /// `user`
    User,
    /// `tool`
    Tool,
    /// `activity`
    Activity,
    /// `reasoning`
    Reasoning,
}

words!(Role {
    "developer": Developer,
    "system": System,
    "assistant": Assistant,
    "user": User,
    "tool": Tool,
    "activity": Activity,
    "reasoning": Reasoning,
});

/// Run agent input.
#[derive(Debug, Clone, PartialEq)]
pub struct RunAgentInput {
    /// The id of the thread.
    pub thread_id: String,
    /// The id of the run.
    pub run_id: String,
    /// The version of AG-UI that is spoken.
    pub protocol_version: Option<String>,
    /// The run that this one continues.
    pub parent_run_id: Option<String>,
    /// The state that the client holds.
    pub state: Option<Value>,
    /// Messages.
    pub messages: Vec<Message>,
    /// Tools.
    pub tools: Option<Vec<Tool>>,
    /// Context.
    pub context: Option<Vec<Context>>,
    /// Free data from the application for the agent.
    pub forwarded_props: Option<Value>,
    /// The answers to the interrupts that ended the run before.
    pub resume: Option<Vec<ResumeEntry>>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl RunAgentInput {
    /// One with what is required, and nothing else.
    pub fn new(
        thread_id: impl Into<String>,
        run_id: impl Into<String>,
        messages: Vec<Message>,
    ) -> Self {
        Self {
            thread_id: thread_id.into(),
            run_id: run_id.into(),
            protocol_version: None,
            parent_run_id: None,
            state: None,
            messages,
            tools: None,
            context: None,
            forwarded_props: None,
            resume: None,
            extra: Extra::new(),
        }
    }
}

record!(RunAgentInput {
    "threadId": thread_id,
    "runId": run_id,
    "protocolVersion": protocol_version,
    "parentRunId": parent_run_id,
    "state": state,
    "messages": messages,
    "tools": tools,
    "context": context,
    "forwardedProps": forwarded_props,
    "resume": resume,
});

/// The event `RUN_ERROR`.
#[derive(Debug, Clone, PartialEq)]
pub struct RunErrorEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// Message.
    pub message: String,
    /// Code.
    pub code: Option<String>,
    /// The tokens that it took, one entry a model.
    pub usage: Option<Vec<TokenUsage>>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl RunErrorEvent {
    /// One with what is required, and nothing else.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            message: message.into(),
            code: None,
            usage: None,
            extra: Extra::new(),
        }
    }
}

record!(RunErrorEvent {
    const "type" = "RUN_ERROR",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "message": message,
    "code": code,
    "usage": usage,
});

/// The run finished outcome `cancelled`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunFinishedCancelledOutcome {
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl RunFinishedCancelledOutcome {
    /// An empty one.
    pub fn new() -> Self {
        Self { extra: Extra::new() }
    }
}

record!(RunFinishedCancelledOutcome {
    const "type" = "cancelled",
});

/// The event `RUN_FINISHED`.
#[derive(Debug, Clone, PartialEq)]
pub struct RunFinishedEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The id of the thread.
    pub thread_id: String,
    /// The id of the run.
    pub run_id: String,
    /// Result.
    pub result: Option<Box<Value>>,
    /// How it ended.
    pub outcome: Option<RunFinishedOutcome>,
    /// The tokens that it took, one entry a model.
    pub usage: Option<Vec<TokenUsage>>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl RunFinishedEvent {
    /// One with what is required, and nothing else.
    pub fn new(thread_id: impl Into<String>, run_id: impl Into<String>) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            thread_id: thread_id.into(),
            run_id: run_id.into(),
            result: None,
            outcome: None,
            usage: None,
            extra: Extra::new(),
        }
    }
}

record!(RunFinishedEvent {
    const "type" = "RUN_FINISHED",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "threadId": thread_id,
    "runId": run_id,
    "result": result,
    "outcome": outcome,
    "usage": usage,
});

/// The run finished outcome `interrupt`.
#[derive(Debug, Clone, PartialEq)]
pub struct RunFinishedInterruptOutcome {
    /// What the agent waits for.
    pub interrupts: Vec<Interrupt>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl RunFinishedInterruptOutcome {
    /// One with what is required, and nothing else.
    pub fn new(interrupts: Vec<Interrupt>) -> Self {
        Self {
            interrupts,
            extra: Extra::new(),
        }
    }
}

record!(RunFinishedInterruptOutcome {
    const "type" = "interrupt",
    "interrupts": interrupts,
});

/// Run finished outcome.
///
/// Which one it is says `type`. What this version of the contract does not know is kept in `Other`.
#[derive(Debug, Clone, PartialEq)]
pub enum RunFinishedOutcome {
    /// The run finished outcome `success`.
    Success(RunFinishedSuccessOutcome),
    /// The run finished outcome `interrupt`.
    Interrupt(RunFinishedInterruptOutcome),
    /// The run finished outcome `cancelled`.
    Cancelled(RunFinishedCancelledOutcome),
    /// One that the contract does not know, kept as it is.
    Other(Unknown),
}

impl RunFinishedOutcome {
    /// The `type`, as on the wire.
    pub fn outcome_type(&self) -> &str {
        match self {
            Self::Success(_) => "success",
            Self::Interrupt(_) => "interrupt",
            Self::Cancelled(_) => "cancelled",
            Self::Other(unknown) => &unknown.tag,
        }
    }
}

tagged!(RunFinishedOutcome by "type" {
    "success": Success(RunFinishedSuccessOutcome),
    "interrupt": Interrupt(RunFinishedInterruptOutcome),
    "cancelled": Cancelled(RunFinishedCancelledOutcome),
});

/// The run finished outcome `success`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunFinishedSuccessOutcome {
    /// The tool calls that the client has yet to answer.
    pub pending_tool_call_ids: Option<Vec<String>>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl RunFinishedSuccessOutcome {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            pending_tool_call_ids: None,
            extra: Extra::new(),
        }
    }
}

record!(RunFinishedSuccessOutcome {
    const "type" = "success",
    "pendingToolCallIds": pending_tool_call_ids,
});

/// The event `RUN_STARTED`.
#[derive(Debug, Clone, PartialEq)]
pub struct RunStartedEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The id of the thread.
    pub thread_id: String,
    /// The id of the run.
    pub run_id: String,
    /// The version of AG-UI that is spoken.
    pub protocol_version: Option<String>,
    /// The run that this one continues.
    pub parent_run_id: Option<String>,
    /// What the agent was asked.
    pub input: Option<Box<RunAgentInput>>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl RunStartedEvent {
    /// One with what is required, and nothing else.
    pub fn new(thread_id: impl Into<String>, run_id: impl Into<String>) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            thread_id: thread_id.into(),
            run_id: run_id.into(),
            protocol_version: None,
            parent_run_id: None,
            input: None,
            extra: Extra::new(),
        }
    }
}

record!(RunStartedEvent {
    const "type" = "RUN_STARTED",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "threadId": thread_id,
    "runId": run_id,
    "protocolVersion": protocol_version,
    "parentRunId": parent_run_id,
    "input": input,
});

/// State capabilities.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StateCapabilities {
    /// Snapshots.
    pub snapshots: Option<bool>,
    /// Deltas.
    pub deltas: Option<bool>,
    /// Memory.
    pub memory: Option<bool>,
    /// Persistent state.
    pub persistent_state: Option<bool>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl StateCapabilities {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            snapshots: None,
            deltas: None,
            memory: None,
            persistent_state: None,
            extra: Extra::new(),
        }
    }
}

record!(StateCapabilities {
    "snapshots": snapshots,
    "deltas": deltas,
    "memory": memory,
    "persistentState": persistent_state,
});

/// The event `STATE_DELTA`.
#[derive(Debug, Clone, PartialEq)]
pub struct StateDeltaEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// What is added.
    pub delta: Vec<JsonPatchOperation>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl StateDeltaEvent {
    /// One with what is required, and nothing else.
    pub fn new(delta: Vec<JsonPatchOperation>) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            subagent_run_id: None,
            delta,
            extra: Extra::new(),
        }
    }
}

record!(StateDeltaEvent {
    const "type" = "STATE_DELTA",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "subagentRunId": subagent_run_id,
    "delta": delta,
});

/// The event `STATE_SNAPSHOT`.
#[derive(Debug, Clone, PartialEq)]
pub struct StateSnapshotEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// The whole state.
    pub snapshot: Value,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl StateSnapshotEvent {
    /// One with what is required, and nothing else.
    pub fn new(snapshot: Value) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            subagent_run_id: None,
            snapshot,
            extra: Extra::new(),
        }
    }
}

record!(StateSnapshotEvent {
    const "type" = "STATE_SNAPSHOT",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "subagentRunId": subagent_run_id,
    "snapshot": snapshot,
});

/// The event `STEP_FINISHED`.
#[derive(Debug, Clone, PartialEq)]
pub struct StepFinishedEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// The name of the step.
    pub step_name: String,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl StepFinishedEvent {
    /// One with what is required, and nothing else.
    pub fn new(step_name: impl Into<String>) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            subagent_run_id: None,
            step_name: step_name.into(),
            extra: Extra::new(),
        }
    }
}

record!(StepFinishedEvent {
    const "type" = "STEP_FINISHED",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "subagentRunId": subagent_run_id,
    "stepName": step_name,
});

/// The event `STEP_STARTED`.
#[derive(Debug, Clone, PartialEq)]
pub struct StepStartedEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// The name of the step.
    pub step_name: String,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl StepStartedEvent {
    /// One with what is required, and nothing else.
    pub fn new(step_name: impl Into<String>) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            subagent_run_id: None,
            step_name: step_name.into(),
            extra: Extra::new(),
        }
    }
}

record!(StepStartedEvent {
    const "type" = "STEP_STARTED",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "subagentRunId": subagent_run_id,
    "stepName": step_name,
});

/// The event `SUBAGENT_ERROR`.
#[derive(Debug, Clone, PartialEq)]
pub struct SubagentErrorEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The subagent's run that this belongs to.
    pub subagent_run_id: String,
    /// Message.
    pub message: String,
    /// Code.
    pub code: Option<String>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl SubagentErrorEvent {
    /// One with what is required, and nothing else.
    pub fn new(subagent_run_id: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            subagent_run_id: subagent_run_id.into(),
            message: message.into(),
            code: None,
            extra: Extra::new(),
        }
    }
}

record!(SubagentErrorEvent {
    const "type" = "SUBAGENT_ERROR",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "subagentRunId": subagent_run_id,
    "message": message,
    "code": code,
});

/// The event `SUBAGENT_FINISHED`.
#[derive(Debug, Clone, PartialEq)]
pub struct SubagentFinishedEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The subagent's run that this belongs to.
    pub subagent_run_id: String,
    /// Result.
    pub result: Option<Box<Value>>,
    /// How it ended.
    pub outcome: Option<SubagentFinishedOutcome>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl SubagentFinishedEvent {
    /// One with what is required, and nothing else.
    pub fn new(subagent_run_id: impl Into<String>) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            subagent_run_id: subagent_run_id.into(),
            result: None,
            outcome: None,
            extra: Extra::new(),
        }
    }
}

record!(SubagentFinishedEvent {
    const "type" = "SUBAGENT_FINISHED",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "subagentRunId": subagent_run_id,
    "result": result,
    "outcome": outcome,
});

/// Subagent finished outcome.
///
/// Which one it is says `type`. What this version of the contract does not know is kept in `Other`.
#[derive(Debug, Clone, PartialEq)]
pub enum SubagentFinishedOutcome {
    /// The subagent finished outcome `success`.
    Success(SubagentFinishedSuccessOutcome),
    /// The subagent finished outcome `suspended`.
    Suspended(SubagentFinishedSuspendedOutcome),
    /// One that the contract does not know, kept as it is.
    Other(Unknown),
}

impl SubagentFinishedOutcome {
    /// The `type`, as on the wire.
    pub fn outcome_type(&self) -> &str {
        match self {
            Self::Success(_) => "success",
            Self::Suspended(_) => "suspended",
            Self::Other(unknown) => &unknown.tag,
        }
    }
}

tagged!(SubagentFinishedOutcome by "type" {
    "success": Success(SubagentFinishedSuccessOutcome),
    "suspended": Suspended(SubagentFinishedSuspendedOutcome),
});

/// The subagent finished outcome `success`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SubagentFinishedSuccessOutcome {
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl SubagentFinishedSuccessOutcome {
    /// An empty one.
    pub fn new() -> Self {
        Self { extra: Extra::new() }
    }
}

record!(SubagentFinishedSuccessOutcome {
    const "type" = "success",
});

/// The subagent finished outcome `suspended`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SubagentFinishedSuspendedOutcome {
    /// The interrupts that are waited for.
    pub interrupt_ids: Option<Vec<String>>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl SubagentFinishedSuspendedOutcome {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            interrupt_ids: None,
            extra: Extra::new(),
        }
    }
}

record!(SubagentFinishedSuspendedOutcome {
    const "type" = "suspended",
    "interruptIds": interrupt_ids,
});

/// Subagent info.
#[derive(Debug, Clone, PartialEq)]
pub struct SubagentInfo {
    /// Name.
    pub name: String,
    /// Description.
    pub description: Option<String>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl SubagentInfo {
    /// One with what is required, and nothing else.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            description: None,
            extra: Extra::new(),
        }
    }
}

record!(SubagentInfo {
    "name": name,
    "description": description,
});

/// The event `SUBAGENT_STARTED`.
#[derive(Debug, Clone, PartialEq)]
pub struct SubagentStartedEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The subagent's run that this belongs to.
    pub subagent_run_id: String,
    /// Name.
    pub name: String,
    /// Description.
    pub description: Option<String>,
    /// The subagent run that started it.
    pub parent_subagent_run_id: Option<String>,
    /// The tool call that started it.
    pub parent_tool_call_id: Option<String>,
    /// The message that the call belongs to.
    pub parent_message_id: Option<String>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl SubagentStartedEvent {
    /// One with what is required, and nothing else.
    pub fn new(subagent_run_id: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            subagent_run_id: subagent_run_id.into(),
            name: name.into(),
            description: None,
            parent_subagent_run_id: None,
            parent_tool_call_id: None,
            parent_message_id: None,
            extra: Extra::new(),
        }
    }
}

record!(SubagentStartedEvent {
    const "type" = "SUBAGENT_STARTED",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "subagentRunId": subagent_run_id,
    "name": name,
    "description": description,
    "parentSubagentRunId": parent_subagent_run_id,
    "parentToolCallId": parent_tool_call_id,
    "parentMessageId": parent_message_id,
});

/// The message `system`.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemMessage {
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// Its id.
    pub id: String,
    /// Name.
    pub name: Option<String>,
    /// What only the model's provider can read, to be handed back as it is.
    pub encrypted_value: Option<String>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// Content.
    pub content: String,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl SystemMessage {
    /// One with what is required, and nothing else.
    pub fn new(id: impl Into<String>, content: impl Into<String>) -> Self {
        Self {
            subagent_run_id: None,
            id: id.into(),
            name: None,
            encrypted_value: None,
            metadata: None,
            content: content.into(),
            extra: Extra::new(),
        }
    }
}

record!(SystemMessage {
    const "role" = "system",
    "subagentRunId": subagent_run_id,
    "id": id,
    "name": name,
    "encryptedValue": encrypted_value,
    "metadata": metadata,
    "content": content,
});

/// The JSON patch operation `test`.
#[derive(Debug, Clone, PartialEq)]
pub struct TestOperation {
    /// JSON pointer to the place (RFC 6901).
    pub path: String,
    /// Value.
    pub value: Value,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl TestOperation {
    /// One with what is required, and nothing else.
    pub fn new(path: impl Into<String>, value: Value) -> Self {
        Self {
            path: path.into(),
            value,
            extra: Extra::new(),
        }
    }
}

record!(TestOperation {
    const "op" = "test",
    "path": path,
    "value": value,
});

/// The event `TEXT_MESSAGE_CHUNK`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TextMessageChunkEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// The id of the message.
    pub message_id: Option<String>,
    /// Role.
    pub role: Option<TextMessageRole>,
    /// What is added.
    pub delta: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl TextMessageChunkEvent {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            subagent_run_id: None,
            message_id: None,
            role: None,
            delta: None,
            name: None,
            extra: Extra::new(),
        }
    }
}

record!(TextMessageChunkEvent {
    const "type" = "TEXT_MESSAGE_CHUNK",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "subagentRunId": subagent_run_id,
    "messageId": message_id,
    "role": role,
    "delta": delta,
    "name": name,
});

/// The event `TEXT_MESSAGE_CONTENT`.
#[derive(Debug, Clone, PartialEq)]
pub struct TextMessageContentEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// The id of the message.
    pub message_id: String,
    /// What is added.
    pub delta: String,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl TextMessageContentEvent {
    /// One with what is required, and nothing else.
    pub fn new(message_id: impl Into<String>, delta: impl Into<String>) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            subagent_run_id: None,
            message_id: message_id.into(),
            delta: delta.into(),
            extra: Extra::new(),
        }
    }
}

record!(TextMessageContentEvent {
    const "type" = "TEXT_MESSAGE_CONTENT",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "subagentRunId": subagent_run_id,
    "messageId": message_id,
    "delta": delta,
});

/// The event `TEXT_MESSAGE_END`.
#[derive(Debug, Clone, PartialEq)]
pub struct TextMessageEndEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// The id of the message.
    pub message_id: String,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl TextMessageEndEvent {
    /// One with what is required, and nothing else.
    pub fn new(message_id: impl Into<String>) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            subagent_run_id: None,
            message_id: message_id.into(),
            extra: Extra::new(),
        }
    }
}

record!(TextMessageEndEvent {
    const "type" = "TEXT_MESSAGE_END",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "subagentRunId": subagent_run_id,
    "messageId": message_id,
});

/// Text message role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextMessageRole {
    /// `developer`
    Developer,
    /// `system`
    System,
    /// `assistant`
    Assistant,
    /// `user`
    User,
}

words!(TextMessageRole {
    "developer": Developer,
    "system": System,
    "assistant": Assistant,
    "user": User,
});

/// The event `TEXT_MESSAGE_START`.
#[derive(Debug, Clone, PartialEq)]
pub struct TextMessageStartEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// The id of the message.
    pub message_id: String,
    /// Role.
    pub role: Option<TextMessageRole>,
    /// Name.
    pub name: Option<String>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl TextMessageStartEvent {
    /// One with what is required, and nothing else.
    pub fn new(message_id: impl Into<String>) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            subagent_run_id: None,
            message_id: message_id.into(),
            role: None,
            name: None,
            extra: Extra::new(),
        }
    }
}

record!(TextMessageStartEvent {
    const "type" = "TEXT_MESSAGE_START",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "subagentRunId": subagent_run_id,
    "messageId": message_id,
    "role": role,
    "name": name,
});

/// The content part `text`.
#[derive(Debug, Clone, PartialEq)]
pub struct TextPart {
    /// Its id.
    pub id: Option<String>,
    /// Text.
    pub text: String,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl TextPart {
    /// One with what is required, and nothing else.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            id: None,
            text: text.into(),
            metadata: None,
            extra: Extra::new(),
        }
    }
}

record!(TextPart {
    const "type" = "text",
    "id": id,
    "text": text,
    "metadata": metadata,
});

/// Another name of [`TextPart`].
pub type TextInputContent = TextPart;

/// Token usage.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TokenUsage {
    /// Provider.
    pub provider: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Input tokens.
    pub input_tokens: Option<i64>,
    /// Output tokens.
    pub output_tokens: Option<i64>,
    /// Total tokens.
    pub total_tokens: Option<i64>,
    /// Reasoning tokens.
    pub reasoning_tokens: Option<i64>,
    /// Cached input tokens.
    pub cached_input_tokens: Option<i64>,
    /// Cache write input tokens.
    pub cache_write_input_tokens: Option<i64>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl TokenUsage {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            provider: None,
            model: None,
            input_tokens: None,
            output_tokens: None,
            total_tokens: None,
            reasoning_tokens: None,
            cached_input_tokens: None,
            cache_write_input_tokens: None,
            extra: Extra::new(),
        }
    }
}

record!(TokenUsage {
    "provider": provider,
    "model": model,
    "inputTokens": input_tokens,
    "outputTokens": output_tokens,
    "totalTokens": total_tokens,
    "reasoningTokens": reasoning_tokens,
    "cachedInputTokens": cached_input_tokens,
    "cacheWriteInputTokens": cache_write_input_tokens,
});

/// The event `TOOL_CALL_ARGS`.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolCallArgsEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// The id of the tool call.
    pub tool_call_id: String,
    /// What is added.
    pub delta: String,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl ToolCallArgsEvent {
    /// One with what is required, and nothing else.
    pub fn new(tool_call_id: impl Into<String>, delta: impl Into<String>) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            subagent_run_id: None,
            tool_call_id: tool_call_id.into(),
            delta: delta.into(),
            extra: Extra::new(),
        }
    }
}

record!(ToolCallArgsEvent {
    const "type" = "TOOL_CALL_ARGS",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "subagentRunId": subagent_run_id,
    "toolCallId": tool_call_id,
    "delta": delta,
});

/// The event `TOOL_CALL_CHUNK`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ToolCallChunkEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// The id of the tool call.
    pub tool_call_id: Option<String>,
    /// The name of the tool.
    pub tool_call_name: Option<String>,
    /// The message that the call belongs to.
    pub parent_message_id: Option<String>,
    /// What is added.
    pub delta: Option<String>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl ToolCallChunkEvent {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            subagent_run_id: None,
            tool_call_id: None,
            tool_call_name: None,
            parent_message_id: None,
            delta: None,
            extra: Extra::new(),
        }
    }
}

record!(ToolCallChunkEvent {
    const "type" = "TOOL_CALL_CHUNK",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "subagentRunId": subagent_run_id,
    "toolCallId": tool_call_id,
    "toolCallName": tool_call_name,
    "parentMessageId": parent_message_id,
    "delta": delta,
});

/// The event `TOOL_CALL_END`.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolCallEndEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// The id of the tool call.
    pub tool_call_id: String,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl ToolCallEndEvent {
    /// One with what is required, and nothing else.
    pub fn new(tool_call_id: impl Into<String>) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            subagent_run_id: None,
            tool_call_id: tool_call_id.into(),
            extra: Extra::new(),
        }
    }
}

record!(ToolCallEndEvent {
    const "type" = "TOOL_CALL_END",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "subagentRunId": subagent_run_id,
    "toolCallId": tool_call_id,
});

/// The event `TOOL_CALL_RESULT`.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolCallResultEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// The id of the message.
    pub message_id: String,
    /// The id of the tool call.
    pub tool_call_id: String,
    /// Content.
    pub content: MessageContent,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl ToolCallResultEvent {
    /// One with what is required, and nothing else.
    pub fn new(
        message_id: impl Into<String>,
        tool_call_id: impl Into<String>,
        content: impl Into<MessageContent>,
    ) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            subagent_run_id: None,
            message_id: message_id.into(),
            tool_call_id: tool_call_id.into(),
            content: content.into(),
            extra: Extra::new(),
        }
    }
}

record!(ToolCallResultEvent {
    const "type" = "TOOL_CALL_RESULT",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "subagentRunId": subagent_run_id,
    "messageId": message_id,
    "toolCallId": tool_call_id,
    "content": content,
});

/// Tool call.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolCall {
    /// Its id.
    pub id: String,
    /// Type.
    pub r#type: String,
    /// Function.
    pub function: FunctionCall,
    /// What only the model's provider can read, to be handed back as it is.
    pub encrypted_value: Option<String>,
    /// Free data about it.
    pub metadata: Option<Value>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl ToolCall {
    /// One with what is required, and nothing else.
    pub fn new(id: impl Into<String>, function: FunctionCall) -> Self {
        Self {
            id: id.into(),
            r#type: "function".to_owned(),
            function,
            encrypted_value: None,
            metadata: None,
            extra: Extra::new(),
        }
    }
}

record!(ToolCall {
    "id": id,
    "type": r#type,
    "function": function,
    "encryptedValue": encrypted_value,
    "metadata": metadata,
});

/// The event `TOOL_CALL_START`.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolCallStartEvent {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The event of the agent's framework that this one came from.
    pub raw_event: Option<Box<Value>>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// The id of the tool call.
    pub tool_call_id: String,
    /// The name of the tool.
    pub tool_call_name: String,
    /// The message that the call belongs to.
    pub parent_message_id: Option<String>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl ToolCallStartEvent {
    /// One with what is required, and nothing else.
    pub fn new(
        tool_call_id: impl Into<String>,
        tool_call_name: impl Into<String>,
    ) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            subagent_run_id: None,
            tool_call_id: tool_call_id.into(),
            tool_call_name: tool_call_name.into(),
            parent_message_id: None,
            extra: Extra::new(),
        }
    }
}

record!(ToolCallStartEvent {
    const "type" = "TOOL_CALL_START",
    "timestamp": timestamp,
    "rawEvent": raw_event,
    "metadata": metadata,
    "subagentRunId": subagent_run_id,
    "toolCallId": tool_call_id,
    "toolCallName": tool_call_name,
    "parentMessageId": parent_message_id,
});

/// The message `tool`.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolMessage {
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// Its id.
    pub id: String,
    /// Content.
    pub content: MessageContent,
    /// The id of the tool call.
    pub tool_call_id: String,
    /// Error.
    pub error: Option<String>,
    /// What only the model's provider can read, to be handed back as it is.
    pub encrypted_value: Option<String>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl ToolMessage {
    /// One with what is required, and nothing else.
    pub fn new(
        id: impl Into<String>,
        content: impl Into<MessageContent>,
        tool_call_id: impl Into<String>,
    ) -> Self {
        Self {
            subagent_run_id: None,
            id: id.into(),
            content: content.into(),
            tool_call_id: tool_call_id.into(),
            error: None,
            encrypted_value: None,
            metadata: None,
            extra: Extra::new(),
        }
    }
}

record!(ToolMessage {
    const "role" = "tool",
    "subagentRunId": subagent_run_id,
    "id": id,
    "content": content,
    "toolCallId": tool_call_id,
    "error": error,
    "encryptedValue": encrypted_value,
    "metadata": metadata,
});

/// Tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    /// Name.
    pub name: String,
    /// Description.
    pub description: String,
    /// Parameters.
    pub parameters: Option<Value>,
    /// Free data about it.
    pub metadata: Option<Value>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl Tool {
    /// One with what is required, and nothing else.
    pub fn new(name: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            description: description.into(),
            parameters: None,
            metadata: None,
            extra: Extra::new(),
        }
    }
}

record!(Tool {
    "name": name,
    "description": description,
    "parameters": parameters,
    "metadata": metadata,
});

/// Tools capabilities.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ToolsCapabilities {
    /// Supported.
    pub supported: Option<bool>,
    /// Items.
    pub items: Option<Vec<Tool>>,
    /// Parallel calls.
    pub parallel_calls: Option<bool>,
    /// Client provided.
    pub client_provided: Option<bool>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl ToolsCapabilities {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            supported: None,
            items: None,
            parallel_calls: None,
            client_provided: None,
            extra: Extra::new(),
        }
    }
}

record!(ToolsCapabilities {
    "supported": supported,
    "items": items,
    "parallelCalls": parallel_calls,
    "clientProvided": client_provided,
});

/// Transport capabilities.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TransportCapabilities {
    /// Streaming.
    pub streaming: Option<bool>,
    /// Websocket.
    pub websocket: Option<bool>,
    /// Http binary.
    pub http_binary: Option<bool>,
    /// Push notifications.
    pub push_notifications: Option<bool>,
    /// Resumable.
    pub resumable: Option<bool>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl TransportCapabilities {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            streaming: None,
            websocket: None,
            http_binary: None,
            push_notifications: None,
            resumable: None,
            extra: Extra::new(),
        }
    }
}

record!(TransportCapabilities {
    "streaming": streaming,
    "websocket": websocket,
    "httpBinary": http_binary,
    "pushNotifications": push_notifications,
    "resumable": resumable,
});

/// The part source `url`.
#[derive(Debug, Clone, PartialEq)]
pub struct UrlSource {
    /// Value.
    pub value: String,
    /// The media type of the content.
    pub mime_type: Option<String>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl UrlSource {
    /// One with what is required, and nothing else.
    pub fn new(value: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            mime_type: None,
            extra: Extra::new(),
        }
    }
}

record!(UrlSource {
    const "type" = "url",
    "value": value,
    "mimeType": mime_type,
});

/// Another name of [`UrlSource`].
pub type InputContentUrlSource = UrlSource;

/// The message `user`.
#[derive(Debug, Clone, PartialEq)]
pub struct UserMessage {
    /// The subagent's run that this belongs to.
    pub subagent_run_id: Option<String>,
    /// Its id.
    pub id: String,
    /// Name.
    pub name: Option<String>,
    /// What only the model's provider can read, to be handed back as it is.
    pub encrypted_value: Option<String>,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// Content.
    pub content: MessageContent,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl UserMessage {
    /// One with what is required, and nothing else.
    pub fn new(id: impl Into<String>, content: impl Into<MessageContent>) -> Self {
        Self {
            subagent_run_id: None,
            id: id.into(),
            name: None,
            encrypted_value: None,
            metadata: None,
            content: content.into(),
            extra: Extra::new(),
        }
    }
}

record!(UserMessage {
    const "role" = "user",
    "subagentRunId": subagent_run_id,
    "id": id,
    "name": name,
    "encryptedValue": encrypted_value,
    "metadata": metadata,
    "content": content,
});

/// The content part `video`.
#[derive(Debug, Clone, PartialEq)]
pub struct VideoPart {
    /// Its id.
    pub id: Option<String>,
    /// Source.
    pub source: PartSource,
    /// Free data about it.
    pub metadata: Option<Box<Value>>,
    /// Keys that the contract does not know.
    pub extra: Extra,
}

impl VideoPart {
    /// One with what is required, and nothing else.
    pub fn new(source: PartSource) -> Self {
        Self {
            id: None,
            source,
            metadata: None,
            extra: Extra::new(),
        }
    }
}

record!(VideoPart {
    const "type" = "video",
    "id": id,
    "source": source,
    "metadata": metadata,
});

/// Another name of [`VideoPart`].
pub type VideoInputContent = VideoPart;

/// Another name of [`VideoPart`].
pub type VideoInputPart = VideoPart;
