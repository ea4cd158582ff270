// placeholder; the generator replaces this file
#![allow(missing_docs)]
use serde::{Deserialize, Serialize};
use serde_json::Value;
pub type Extra = serde_json::Map<String, Value>;
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum MessageContent {
    Text(String),
    Parts(Vec<ContentPart>),
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActivityDeltaEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    #[serde(rename = "messageId")]
    pub message_id: String,
    #[serde(rename = "activityType")]
    pub activity_type: String,
    pub patch: Vec<JsonPatchOperation>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl ActivityDeltaEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActivityMessage {
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    pub id: String,
    #[serde(rename = "activityType")]
    pub activity_type: String,
    pub content: Value,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl ActivityMessage {
    #[allow(clippy::too_many_arguments)]
    pub fn new(id: impl Into<String>, activity_type: impl Into<String>, content: Value) -> Self {
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActivitySnapshotEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    #[serde(rename = "messageId")]
    pub message_id: String,
    #[serde(rename = "activityType")]
    pub activity_type: String,
    pub content: Value,
    #[serde(rename = "replace", default, skip_serializing_if = "Option::is_none")]
    pub replace: Option<bool>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl ActivitySnapshotEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AddOperation {
    pub path: String,
    pub value: Value,
    #[serde(flatten)]
    pub extra: Extra,
}
impl AddOperation {
    #[allow(clippy::too_many_arguments)]
    pub fn new(path: impl Into<String>, value: Value) -> Self {
        Self {
            path: path.into(),
            value,
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgentCapabilities {
    #[serde(rename = "identity", default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<IdentityCapabilities>,
    #[serde(rename = "transport", default, skip_serializing_if = "Option::is_none")]
    pub transport: Option<TransportCapabilities>,
    #[serde(rename = "tools", default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<ToolsCapabilities>,
    #[serde(rename = "output", default, skip_serializing_if = "Option::is_none")]
    pub output: Option<OutputCapabilities>,
    #[serde(rename = "state", default, skip_serializing_if = "Option::is_none")]
    pub state: Option<StateCapabilities>,
    #[serde(
        rename = "multiAgent",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub multi_agent: Option<MultiAgentCapabilities>,
    #[serde(rename = "reasoning", default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<ReasoningCapabilities>,
    #[serde(
        rename = "multimodal",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub multimodal: Option<MultimodalCapabilities>,
    #[serde(rename = "execution", default, skip_serializing_if = "Option::is_none")]
    pub execution: Option<ExecutionCapabilities>,
    #[serde(
        rename = "humanInTheLoop",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub human_in_the_loop: Option<HumanInTheLoopCapabilities>,
    #[serde(rename = "custom", default, skip_serializing_if = "Option::is_none")]
    pub custom: Option<Value>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl AgentCapabilities {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AssistantMessage {
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    pub id: String,
    #[serde(rename = "name", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(
        rename = "encryptedValue",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub encrypted_value: Option<String>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(rename = "content", default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    #[serde(rename = "toolCalls", default, skip_serializing_if = "Option::is_none")]
    pub tool_calls: Option<Vec<ToolCall>>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl AssistantMessage {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AudioPart {
    #[serde(rename = "id", default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub source: PartSource,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl AudioPart {
    #[allow(clippy::too_many_arguments)]
    pub fn new(source: PartSource) -> Self {
        Self {
            id: None,
            source,
            metadata: None,
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum ContentPart {
    #[serde(rename = "text")]
    Text(TextPart),
    #[serde(rename = "image")]
    Image(ImagePart),
    #[serde(rename = "audio")]
    Audio(AudioPart),
    #[serde(rename = "video")]
    Video(VideoPart),
    #[serde(rename = "document")]
    Document(DocumentPart),
}
impl From<TextPart> for ContentPart {
    fn from(value: TextPart) -> Self {
        Self::Text(value)
    }
}
impl From<ImagePart> for ContentPart {
    fn from(value: ImagePart) -> Self {
        Self::Image(value)
    }
}
impl From<AudioPart> for ContentPart {
    fn from(value: AudioPart) -> Self {
        Self::Audio(value)
    }
}
impl From<VideoPart> for ContentPart {
    fn from(value: VideoPart) -> Self {
        Self::Video(value)
    }
}
impl From<DocumentPart> for ContentPart {
    fn from(value: DocumentPart) -> Self {
        Self::Document(value)
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Context {
    pub description: String,
    pub value: String,
    #[serde(flatten)]
    pub extra: Extra,
}
impl Context {
    #[allow(clippy::too_many_arguments)]
    pub fn new(description: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            description: description.into(),
            value: value.into(),
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CopyOperation {
    pub from: String,
    pub path: String,
    #[serde(flatten)]
    pub extra: Extra,
}
impl CopyOperation {
    #[allow(clippy::too_many_arguments)]
    pub fn new(from: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
            from: from.into(),
            path: path.into(),
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    pub name: String,
    pub value: Value,
    #[serde(flatten)]
    pub extra: Extra,
}
impl CustomEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeveloperMessage {
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    pub id: String,
    #[serde(rename = "name", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(
        rename = "encryptedValue",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub encrypted_value: Option<String>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    pub content: String,
    #[serde(flatten)]
    pub extra: Extra,
}
impl DeveloperMessage {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentPart {
    #[serde(rename = "id", default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub source: PartSource,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl DocumentPart {
    #[allow(clippy::too_many_arguments)]
    pub fn new(source: PartSource) -> Self {
        Self {
            id: None,
            source,
            metadata: None,
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum Event {
    #[serde(rename = "TEXT_MESSAGE_START")]
    TextMessageStart(TextMessageStartEvent),
    #[serde(rename = "TEXT_MESSAGE_CONTENT")]
    TextMessageContent(TextMessageContentEvent),
    #[serde(rename = "TEXT_MESSAGE_END")]
    TextMessageEnd(TextMessageEndEvent),
    #[serde(rename = "TEXT_MESSAGE_CHUNK")]
    TextMessageChunk(TextMessageChunkEvent),
    #[serde(rename = "TOOL_CALL_START")]
    ToolCallStart(ToolCallStartEvent),
    #[serde(rename = "TOOL_CALL_ARGS")]
    ToolCallArgs(ToolCallArgsEvent),
    #[serde(rename = "TOOL_CALL_END")]
    ToolCallEnd(ToolCallEndEvent),
    #[serde(rename = "TOOL_CALL_CHUNK")]
    ToolCallChunk(ToolCallChunkEvent),
    #[serde(rename = "TOOL_CALL_RESULT")]
    ToolCallResult(ToolCallResultEvent),
    #[serde(rename = "STATE_SNAPSHOT")]
    StateSnapshot(StateSnapshotEvent),
    #[serde(rename = "STATE_DELTA")]
    StateDelta(StateDeltaEvent),
    #[serde(rename = "MESSAGES_SNAPSHOT")]
    MessagesSnapshot(MessagesSnapshotEvent),
    #[serde(rename = "ACTIVITY_SNAPSHOT")]
    ActivitySnapshot(ActivitySnapshotEvent),
    #[serde(rename = "ACTIVITY_DELTA")]
    ActivityDelta(ActivityDeltaEvent),
    #[serde(rename = "RAW")]
    Raw(RawEvent),
    #[serde(rename = "CUSTOM")]
    Custom(CustomEvent),
    #[serde(rename = "RUN_STARTED")]
    RunStarted(RunStartedEvent),
    #[serde(rename = "RUN_FINISHED")]
    RunFinished(RunFinishedEvent),
    #[serde(rename = "RUN_ERROR")]
    RunError(RunErrorEvent),
    #[serde(rename = "STEP_STARTED")]
    StepStarted(StepStartedEvent),
    #[serde(rename = "STEP_FINISHED")]
    StepFinished(StepFinishedEvent),
    #[serde(rename = "REASONING_START")]
    ReasoningStart(ReasoningStartEvent),
    #[serde(rename = "REASONING_MESSAGE_START")]
    ReasoningMessageStart(ReasoningMessageStartEvent),
    #[serde(rename = "REASONING_MESSAGE_CONTENT")]
    ReasoningMessageContent(ReasoningMessageContentEvent),
    #[serde(rename = "REASONING_MESSAGE_END")]
    ReasoningMessageEnd(ReasoningMessageEndEvent),
    #[serde(rename = "REASONING_MESSAGE_CHUNK")]
    ReasoningMessageChunk(ReasoningMessageChunkEvent),
    #[serde(rename = "REASONING_END")]
    ReasoningEnd(ReasoningEndEvent),
    #[serde(rename = "REASONING_ENCRYPTED_VALUE")]
    ReasoningEncryptedValue(ReasoningEncryptedValueEvent),
    #[serde(rename = "SUBAGENT_STARTED")]
    SubagentStarted(SubagentStartedEvent),
    #[serde(rename = "SUBAGENT_FINISHED")]
    SubagentFinished(SubagentFinishedEvent),
    #[serde(rename = "SUBAGENT_ERROR")]
    SubagentError(SubagentErrorEvent),
}
impl From<TextMessageStartEvent> for Event {
    fn from(value: TextMessageStartEvent) -> Self {
        Self::TextMessageStart(value)
    }
}
impl From<TextMessageContentEvent> for Event {
    fn from(value: TextMessageContentEvent) -> Self {
        Self::TextMessageContent(value)
    }
}
impl From<TextMessageEndEvent> for Event {
    fn from(value: TextMessageEndEvent) -> Self {
        Self::TextMessageEnd(value)
    }
}
impl From<TextMessageChunkEvent> for Event {
    fn from(value: TextMessageChunkEvent) -> Self {
        Self::TextMessageChunk(value)
    }
}
impl From<ToolCallStartEvent> for Event {
    fn from(value: ToolCallStartEvent) -> Self {
        Self::ToolCallStart(value)
    }
}
impl From<ToolCallArgsEvent> for Event {
    fn from(value: ToolCallArgsEvent) -> Self {
        Self::ToolCallArgs(value)
    }
}
impl From<ToolCallEndEvent> for Event {
    fn from(value: ToolCallEndEvent) -> Self {
        Self::ToolCallEnd(value)
    }
}
impl From<ToolCallChunkEvent> for Event {
    fn from(value: ToolCallChunkEvent) -> Self {
        Self::ToolCallChunk(value)
    }
}
impl From<ToolCallResultEvent> for Event {
    fn from(value: ToolCallResultEvent) -> Self {
        Self::ToolCallResult(value)
    }
}
impl From<StateSnapshotEvent> for Event {
    fn from(value: StateSnapshotEvent) -> Self {
        Self::StateSnapshot(value)
    }
}
impl From<StateDeltaEvent> for Event {
    fn from(value: StateDeltaEvent) -> Self {
        Self::StateDelta(value)
    }
}
impl From<MessagesSnapshotEvent> for Event {
    fn from(value: MessagesSnapshotEvent) -> Self {
        Self::MessagesSnapshot(value)
    }
}
impl From<ActivitySnapshotEvent> for Event {
    fn from(value: ActivitySnapshotEvent) -> Self {
        Self::ActivitySnapshot(value)
    }
}
impl From<ActivityDeltaEvent> for Event {
    fn from(value: ActivityDeltaEvent) -> Self {
        Self::ActivityDelta(value)
    }
}
impl From<RawEvent> for Event {
    fn from(value: RawEvent) -> Self {
        Self::Raw(value)
    }
}
impl From<CustomEvent> for Event {
    fn from(value: CustomEvent) -> Self {
        Self::Custom(value)
    }
}
impl From<RunStartedEvent> for Event {
    fn from(value: RunStartedEvent) -> Self {
        Self::RunStarted(value)
    }
}
impl From<RunFinishedEvent> for Event {
    fn from(value: RunFinishedEvent) -> Self {
        Self::RunFinished(value)
    }
}
impl From<RunErrorEvent> for Event {
    fn from(value: RunErrorEvent) -> Self {
        Self::RunError(value)
    }
}
impl From<StepStartedEvent> for Event {
    fn from(value: StepStartedEvent) -> Self {
        Self::StepStarted(value)
    }
}
impl From<StepFinishedEvent> for Event {
    fn from(value: StepFinishedEvent) -> Self {
        Self::StepFinished(value)
    }
}
impl From<ReasoningStartEvent> for Event {
    fn from(value: ReasoningStartEvent) -> Self {
        Self::ReasoningStart(value)
    }
}
impl From<ReasoningMessageStartEvent> for Event {
    fn from(value: ReasoningMessageStartEvent) -> Self {
        Self::ReasoningMessageStart(value)
    }
}
impl From<ReasoningMessageContentEvent> for Event {
    fn from(value: ReasoningMessageContentEvent) -> Self {
        Self::ReasoningMessageContent(value)
    }
}
impl From<ReasoningMessageEndEvent> for Event {
    fn from(value: ReasoningMessageEndEvent) -> Self {
        Self::ReasoningMessageEnd(value)
    }
}
impl From<ReasoningMessageChunkEvent> for Event {
    fn from(value: ReasoningMessageChunkEvent) -> Self {
        Self::ReasoningMessageChunk(value)
    }
}
impl From<ReasoningEndEvent> for Event {
    fn from(value: ReasoningEndEvent) -> Self {
        Self::ReasoningEnd(value)
    }
}
impl From<ReasoningEncryptedValueEvent> for Event {
    fn from(value: ReasoningEncryptedValueEvent) -> Self {
        Self::ReasoningEncryptedValue(value)
    }
}
impl From<SubagentStartedEvent> for Event {
    fn from(value: SubagentStartedEvent) -> Self {
        Self::SubagentStarted(value)
    }
}
impl From<SubagentFinishedEvent> for Event {
    fn from(value: SubagentFinishedEvent) -> Self {
        Self::SubagentFinished(value)
    }
}
impl From<SubagentErrorEvent> for Event {
    fn from(value: SubagentErrorEvent) -> Self {
        Self::SubagentError(value)
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExecutionCapabilities {
    #[serde(
        rename = "codeExecution",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub code_execution: Option<bool>,
    #[serde(rename = "sandboxed", default, skip_serializing_if = "Option::is_none")]
    pub sandboxed: Option<bool>,
    #[serde(
        rename = "maxIterations",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub max_iterations: Option<i64>,
    #[serde(
        rename = "maxExecutionTime",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub max_execution_time: Option<i64>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl ExecutionCapabilities {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileSource {
    pub value: String,
    #[serde(rename = "provider", default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    #[serde(rename = "mimeType", default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl FileSource {
    #[allow(clippy::too_many_arguments)]
    pub fn new(value: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            provider: None,
            mime_type: None,
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FunctionCall {
    pub name: String,
    pub arguments: String,
    #[serde(flatten)]
    pub extra: Extra,
}
impl FunctionCall {
    #[allow(clippy::too_many_arguments)]
    pub fn new(name: impl Into<String>, arguments: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            arguments: arguments.into(),
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HumanInTheLoopCapabilities {
    #[serde(rename = "supported", default, skip_serializing_if = "Option::is_none")]
    pub supported: Option<bool>,
    #[serde(rename = "approvals", default, skip_serializing_if = "Option::is_none")]
    pub approvals: Option<bool>,
    #[serde(
        rename = "interventions",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub interventions: Option<bool>,
    #[serde(rename = "feedback", default, skip_serializing_if = "Option::is_none")]
    pub feedback: Option<bool>,
    #[serde(
        rename = "interrupts",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub interrupts: Option<bool>,
    #[serde(
        rename = "approveWithEdits",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub approve_with_edits: Option<bool>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl HumanInTheLoopCapabilities {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IdentityCapabilities {
    #[serde(rename = "name", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub r#type: Option<String>,
    #[serde(
        rename = "description",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub description: Option<String>,
    #[serde(rename = "version", default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(rename = "provider", default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    #[serde(
        rename = "documentationUrl",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub documentation_url: Option<String>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl IdentityCapabilities {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImagePart {
    #[serde(rename = "id", default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub source: PartSource,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl ImagePart {
    #[allow(clippy::too_many_arguments)]
    pub fn new(source: PartSource) -> Self {
        Self {
            id: None,
            source,
            metadata: None,
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InputContentDataSource {
    pub value: String,
    #[serde(rename = "mimeType")]
    pub mime_type: String,
    #[serde(flatten)]
    pub extra: Extra,
}
impl InputContentDataSource {
    #[allow(clippy::too_many_arguments)]
    pub fn new(value: impl Into<String>, mime_type: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            mime_type: mime_type.into(),
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interrupt {
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    pub id: String,
    pub reason: String,
    #[serde(rename = "message", default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(
        rename = "toolCallId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub tool_call_id: Option<String>,
    #[serde(
        rename = "responseSchema",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub response_schema: Option<Value>,
    #[serde(rename = "expiresAt", default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl Interrupt {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op")]
pub enum JsonPatchOperation {
    #[serde(rename = "add")]
    Add(AddOperation),
    #[serde(rename = "remove")]
    Remove(RemoveOperation),
    #[serde(rename = "replace")]
    Replace(ReplaceOperation),
    #[serde(rename = "move")]
    Move(MoveOperation),
    #[serde(rename = "copy")]
    Copy(CopyOperation),
    #[serde(rename = "test")]
    Test(TestOperation),
}
impl From<AddOperation> for JsonPatchOperation {
    fn from(value: AddOperation) -> Self {
        Self::Add(value)
    }
}
impl From<RemoveOperation> for JsonPatchOperation {
    fn from(value: RemoveOperation) -> Self {
        Self::Remove(value)
    }
}
impl From<ReplaceOperation> for JsonPatchOperation {
    fn from(value: ReplaceOperation) -> Self {
        Self::Replace(value)
    }
}
impl From<MoveOperation> for JsonPatchOperation {
    fn from(value: MoveOperation) -> Self {
        Self::Move(value)
    }
}
impl From<CopyOperation> for JsonPatchOperation {
    fn from(value: CopyOperation) -> Self {
        Self::Copy(value)
    }
}
impl From<TestOperation> for JsonPatchOperation {
    fn from(value: TestOperation) -> Self {
        Self::Test(value)
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "role")]
pub enum Message {
    #[serde(rename = "developer")]
    Developer(DeveloperMessage),
    #[serde(rename = "system")]
    System(SystemMessage),
    #[serde(rename = "assistant")]
    Assistant(AssistantMessage),
    #[serde(rename = "user")]
    User(UserMessage),
    #[serde(rename = "tool")]
    Tool(ToolMessage),
    #[serde(rename = "activity")]
    Activity(ActivityMessage),
    #[serde(rename = "reasoning")]
    Reasoning(ReasoningMessage),
}
impl From<DeveloperMessage> for Message {
    fn from(value: DeveloperMessage) -> Self {
        Self::Developer(value)
    }
}
impl From<SystemMessage> for Message {
    fn from(value: SystemMessage) -> Self {
        Self::System(value)
    }
}
impl From<AssistantMessage> for Message {
    fn from(value: AssistantMessage) -> Self {
        Self::Assistant(value)
    }
}
impl From<UserMessage> for Message {
    fn from(value: UserMessage) -> Self {
        Self::User(value)
    }
}
impl From<ToolMessage> for Message {
    fn from(value: ToolMessage) -> Self {
        Self::Tool(value)
    }
}
impl From<ActivityMessage> for Message {
    fn from(value: ActivityMessage) -> Self {
        Self::Activity(value)
    }
}
impl From<ReasoningMessage> for Message {
    fn from(value: ReasoningMessage) -> Self {
        Self::Reasoning(value)
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessagesSnapshotEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    pub messages: Vec<Message>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl MessagesSnapshotEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MoveOperation {
    pub from: String,
    pub path: String,
    #[serde(flatten)]
    pub extra: Extra,
}
impl MoveOperation {
    #[allow(clippy::too_many_arguments)]
    pub fn new(from: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
            from: from.into(),
            path: path.into(),
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MultiAgentCapabilities {
    #[serde(rename = "supported", default, skip_serializing_if = "Option::is_none")]
    pub supported: Option<bool>,
    #[serde(
        rename = "delegation",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub delegation: Option<bool>,
    #[serde(rename = "handoffs", default, skip_serializing_if = "Option::is_none")]
    pub handoffs: Option<bool>,
    #[serde(rename = "subagents", default, skip_serializing_if = "Option::is_none")]
    pub subagents: Option<Vec<SubagentInfo>>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl MultiAgentCapabilities {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MultimodalCapabilities {
    #[serde(rename = "input", default, skip_serializing_if = "Option::is_none")]
    pub input: Option<MultimodalInputCapabilities>,
    #[serde(rename = "output", default, skip_serializing_if = "Option::is_none")]
    pub output: Option<MultimodalOutputCapabilities>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl MultimodalCapabilities {
    #[allow(clippy::too_many_arguments)]
    pub fn new() -> Self {
        Self {
            input: None,
            output: None,
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MultimodalInputCapabilities {
    #[serde(rename = "image", default, skip_serializing_if = "Option::is_none")]
    pub image: Option<bool>,
    #[serde(rename = "audio", default, skip_serializing_if = "Option::is_none")]
    pub audio: Option<bool>,
    #[serde(rename = "video", default, skip_serializing_if = "Option::is_none")]
    pub video: Option<bool>,
    #[serde(rename = "pdf", default, skip_serializing_if = "Option::is_none")]
    pub pdf: Option<bool>,
    #[serde(rename = "file", default, skip_serializing_if = "Option::is_none")]
    pub file: Option<bool>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl MultimodalInputCapabilities {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MultimodalOutputCapabilities {
    #[serde(rename = "image", default, skip_serializing_if = "Option::is_none")]
    pub image: Option<bool>,
    #[serde(rename = "audio", default, skip_serializing_if = "Option::is_none")]
    pub audio: Option<bool>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl MultimodalOutputCapabilities {
    #[allow(clippy::too_many_arguments)]
    pub fn new() -> Self {
        Self {
            image: None,
            audio: None,
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutputCapabilities {
    #[serde(
        rename = "structuredOutput",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub structured_output: Option<bool>,
    #[serde(
        rename = "supportedMimeTypes",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub supported_mime_types: Option<Vec<String>>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl OutputCapabilities {
    #[allow(clippy::too_many_arguments)]
    pub fn new() -> Self {
        Self {
            structured_output: None,
            supported_mime_types: None,
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum PartSource {
    #[serde(rename = "data")]
    Data(InputContentDataSource),
    #[serde(rename = "url")]
    Url(UrlSource),
    #[serde(rename = "file")]
    File(FileSource),
}
impl From<InputContentDataSource> for PartSource {
    fn from(value: InputContentDataSource) -> Self {
        Self::Data(value)
    }
}
impl From<UrlSource> for PartSource {
    fn from(value: UrlSource) -> Self {
        Self::Url(value)
    }
}
impl From<FileSource> for PartSource {
    fn from(value: FileSource) -> Self {
        Self::File(value)
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RawEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    pub event: Value,
    #[serde(rename = "source", default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl RawEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReasoningCapabilities {
    #[serde(rename = "supported", default, skip_serializing_if = "Option::is_none")]
    pub supported: Option<bool>,
    #[serde(rename = "streaming", default, skip_serializing_if = "Option::is_none")]
    pub streaming: Option<bool>,
    #[serde(rename = "encrypted", default, skip_serializing_if = "Option::is_none")]
    pub encrypted: Option<bool>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl ReasoningCapabilities {
    #[allow(clippy::too_many_arguments)]
    pub fn new() -> Self {
        Self {
            supported: None,
            streaming: None,
            encrypted: None,
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReasoningEncryptedValueEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    pub subtype: ReasoningEncryptedValueSubtype,
    #[serde(rename = "entityId")]
    pub entity_id: String,
    #[serde(rename = "encryptedValue")]
    pub encrypted_value: String,
    #[serde(flatten)]
    pub extra: Extra,
}
impl ReasoningEncryptedValueEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReasoningEncryptedValueSubtype {
    #[serde(rename = "tool-call")]
    ToolCall,
    #[serde(rename = "message")]
    Message,
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReasoningEndEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    #[serde(rename = "messageId")]
    pub message_id: String,
    #[serde(flatten)]
    pub extra: Extra,
}
impl ReasoningEndEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReasoningMessageChunkEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    #[serde(rename = "messageId", default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    #[serde(rename = "delta", default, skip_serializing_if = "Option::is_none")]
    pub delta: Option<String>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl ReasoningMessageChunkEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReasoningMessageContentEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    #[serde(rename = "messageId")]
    pub message_id: String,
    pub delta: String,
    #[serde(flatten)]
    pub extra: Extra,
}
impl ReasoningMessageContentEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReasoningMessageEndEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    #[serde(rename = "messageId")]
    pub message_id: String,
    #[serde(flatten)]
    pub extra: Extra,
}
impl ReasoningMessageEndEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReasoningMessage {
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    pub id: String,
    pub content: String,
    #[serde(
        rename = "encryptedValue",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub encrypted_value: Option<String>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl ReasoningMessage {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReasoningMessageStartEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    #[serde(rename = "messageId")]
    pub message_id: String,
    #[serde(flatten)]
    pub extra: Extra,
}
impl ReasoningMessageStartEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReasoningStartEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    #[serde(rename = "messageId")]
    pub message_id: String,
    #[serde(flatten)]
    pub extra: Extra,
}
impl ReasoningStartEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RemoveOperation {
    pub path: String,
    #[serde(flatten)]
    pub extra: Extra,
}
impl RemoveOperation {
    #[allow(clippy::too_many_arguments)]
    pub fn new(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReplaceOperation {
    pub path: String,
    pub value: Value,
    #[serde(flatten)]
    pub extra: Extra,
}
impl ReplaceOperation {
    #[allow(clippy::too_many_arguments)]
    pub fn new(path: impl Into<String>, value: Value) -> Self {
        Self {
            path: path.into(),
            value,
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResumeEntryStatus {
    #[serde(rename = "resolved")]
    Resolved,
    #[serde(rename = "cancelled")]
    Cancelled,
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResumeEntry {
    #[serde(rename = "interruptId")]
    pub interrupt_id: String,
    pub status: ResumeEntryStatus,
    #[serde(rename = "payload", default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl ResumeEntry {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    #[serde(rename = "developer")]
    Developer,
    #[serde(rename = "system")]
    System,
    #[serde(rename = "assistant")]
    Assistant,
    #[serde(rename = "user")]
    User,
    #[serde(rename = "tool")]
    Tool,
    #[serde(rename = "activity")]
    Activity,
    #[serde(rename = "reasoning")]
    Reasoning,
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunAgentInput {
    #[serde(rename = "threadId")]
    pub thread_id: String,
    #[serde(rename = "runId")]
    pub run_id: String,
    #[serde(
        rename = "protocolVersion",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub protocol_version: Option<String>,
    #[serde(
        rename = "parentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub parent_run_id: Option<String>,
    #[serde(rename = "state", default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Value>,
    pub messages: Vec<Message>,
    #[serde(rename = "tools", default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<Vec<Tool>>,
    #[serde(rename = "context", default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Vec<Context>>,
    #[serde(
        rename = "forwardedProps",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub forwarded_props: Option<Value>,
    #[serde(rename = "resume", default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<Vec<ResumeEntry>>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl RunAgentInput {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunErrorEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    pub message: String,
    #[serde(rename = "code", default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(rename = "usage", default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Vec<TokenUsage>>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl RunErrorEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunFinishedCancelledOutcome {
    #[serde(flatten)]
    pub extra: Extra,
}
impl RunFinishedCancelledOutcome {
    #[allow(clippy::too_many_arguments)]
    pub fn new() -> Self {
        Self {
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunFinishedEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(rename = "threadId")]
    pub thread_id: String,
    #[serde(rename = "runId")]
    pub run_id: String,
    #[serde(rename = "result", default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    #[serde(rename = "outcome", default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<RunFinishedOutcome>,
    #[serde(rename = "usage", default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Vec<TokenUsage>>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl RunFinishedEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunFinishedInterruptOutcome {
    pub interrupts: Vec<Interrupt>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl RunFinishedInterruptOutcome {
    #[allow(clippy::too_many_arguments)]
    pub fn new(interrupts: Vec<Interrupt>) -> Self {
        Self {
            interrupts,
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum RunFinishedOutcome {
    #[serde(rename = "success")]
    Success(RunFinishedSuccessOutcome),
    #[serde(rename = "interrupt")]
    Interrupt(RunFinishedInterruptOutcome),
    #[serde(rename = "cancelled")]
    Cancelled(RunFinishedCancelledOutcome),
}
impl From<RunFinishedSuccessOutcome> for RunFinishedOutcome {
    fn from(value: RunFinishedSuccessOutcome) -> Self {
        Self::Success(value)
    }
}
impl From<RunFinishedInterruptOutcome> for RunFinishedOutcome {
    fn from(value: RunFinishedInterruptOutcome) -> Self {
        Self::Interrupt(value)
    }
}
impl From<RunFinishedCancelledOutcome> for RunFinishedOutcome {
    fn from(value: RunFinishedCancelledOutcome) -> Self {
        Self::Cancelled(value)
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunFinishedSuccessOutcome {
    #[serde(
        rename = "pendingToolCallIds",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub pending_tool_call_ids: Option<Vec<String>>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl RunFinishedSuccessOutcome {
    #[allow(clippy::too_many_arguments)]
    pub fn new() -> Self {
        Self {
            pending_tool_call_ids: None,
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunStartedEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(rename = "threadId")]
    pub thread_id: String,
    #[serde(rename = "runId")]
    pub run_id: String,
    #[serde(
        rename = "protocolVersion",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub protocol_version: Option<String>,
    #[serde(
        rename = "parentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub parent_run_id: Option<String>,
    #[serde(rename = "input", default, skip_serializing_if = "Option::is_none")]
    pub input: Option<RunAgentInput>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl RunStartedEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StateCapabilities {
    #[serde(rename = "snapshots", default, skip_serializing_if = "Option::is_none")]
    pub snapshots: Option<bool>,
    #[serde(rename = "deltas", default, skip_serializing_if = "Option::is_none")]
    pub deltas: Option<bool>,
    #[serde(rename = "memory", default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<bool>,
    #[serde(
        rename = "persistentState",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub persistent_state: Option<bool>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl StateCapabilities {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StateDeltaEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    pub delta: Vec<JsonPatchOperation>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl StateDeltaEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StateSnapshotEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    pub snapshot: Value,
    #[serde(flatten)]
    pub extra: Extra,
}
impl StateSnapshotEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepFinishedEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    #[serde(rename = "stepName")]
    pub step_name: String,
    #[serde(flatten)]
    pub extra: Extra,
}
impl StepFinishedEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepStartedEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    #[serde(rename = "stepName")]
    pub step_name: String,
    #[serde(flatten)]
    pub extra: Extra,
}
impl StepStartedEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubagentErrorEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(rename = "subagentRunId")]
    pub subagent_run_id: String,
    pub message: String,
    #[serde(rename = "code", default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl SubagentErrorEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubagentFinishedEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(rename = "subagentRunId")]
    pub subagent_run_id: String,
    #[serde(rename = "result", default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    #[serde(rename = "outcome", default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<SubagentFinishedOutcome>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl SubagentFinishedEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum SubagentFinishedOutcome {
    #[serde(rename = "success")]
    Success(SubagentFinishedSuccessOutcome),
    #[serde(rename = "suspended")]
    Suspended(SubagentFinishedSuspendedOutcome),
}
impl From<SubagentFinishedSuccessOutcome> for SubagentFinishedOutcome {
    fn from(value: SubagentFinishedSuccessOutcome) -> Self {
        Self::Success(value)
    }
}
impl From<SubagentFinishedSuspendedOutcome> for SubagentFinishedOutcome {
    fn from(value: SubagentFinishedSuspendedOutcome) -> Self {
        Self::Suspended(value)
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubagentFinishedSuccessOutcome {
    #[serde(flatten)]
    pub extra: Extra,
}
impl SubagentFinishedSuccessOutcome {
    #[allow(clippy::too_many_arguments)]
    pub fn new() -> Self {
        Self {
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubagentFinishedSuspendedOutcome {
    #[serde(
        rename = "interruptIds",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub interrupt_ids: Option<Vec<String>>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl SubagentFinishedSuspendedOutcome {
    #[allow(clippy::too_many_arguments)]
    pub fn new() -> Self {
        Self {
            interrupt_ids: None,
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubagentInfo {
    pub name: String,
    #[serde(
        rename = "description",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub description: Option<String>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl SubagentInfo {
    #[allow(clippy::too_many_arguments)]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            description: None,
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubagentStartedEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(rename = "subagentRunId")]
    pub subagent_run_id: String,
    pub name: String,
    #[serde(
        rename = "description",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub description: Option<String>,
    #[serde(
        rename = "parentSubagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub parent_subagent_run_id: Option<String>,
    #[serde(
        rename = "parentToolCallId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub parent_tool_call_id: Option<String>,
    #[serde(
        rename = "parentMessageId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub parent_message_id: Option<String>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl SubagentStartedEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SystemMessage {
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    pub id: String,
    #[serde(rename = "name", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(
        rename = "encryptedValue",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub encrypted_value: Option<String>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    pub content: String,
    #[serde(flatten)]
    pub extra: Extra,
}
impl SystemMessage {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestOperation {
    pub path: String,
    pub value: Value,
    #[serde(flatten)]
    pub extra: Extra,
}
impl TestOperation {
    #[allow(clippy::too_many_arguments)]
    pub fn new(path: impl Into<String>, value: Value) -> Self {
        Self {
            path: path.into(),
            value,
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextMessageChunkEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    #[serde(rename = "messageId", default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    #[serde(rename = "role", default, skip_serializing_if = "Option::is_none")]
    pub role: Option<TextMessageRole>,
    #[serde(rename = "delta", default, skip_serializing_if = "Option::is_none")]
    pub delta: Option<String>,
    #[serde(rename = "name", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl TextMessageChunkEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextMessageContentEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    #[serde(rename = "messageId")]
    pub message_id: String,
    pub delta: String,
    #[serde(flatten)]
    pub extra: Extra,
}
impl TextMessageContentEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextMessageEndEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    #[serde(rename = "messageId")]
    pub message_id: String,
    #[serde(flatten)]
    pub extra: Extra,
}
impl TextMessageEndEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TextMessageRole {
    #[serde(rename = "developer")]
    Developer,
    #[serde(rename = "system")]
    System,
    #[serde(rename = "assistant")]
    Assistant,
    #[serde(rename = "user")]
    User,
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextMessageStartEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    #[serde(rename = "messageId")]
    pub message_id: String,
    #[serde(rename = "role", default, skip_serializing_if = "Option::is_none")]
    pub role: Option<TextMessageRole>,
    #[serde(rename = "name", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl TextMessageStartEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextPart {
    #[serde(rename = "id", default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub text: String,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl TextPart {
    #[allow(clippy::too_many_arguments)]
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            id: None,
            text: text.into(),
            metadata: None,
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TokenUsage {
    #[serde(rename = "provider", default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    #[serde(rename = "model", default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(
        rename = "inputTokens",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub input_tokens: Option<i64>,
    #[serde(
        rename = "outputTokens",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub output_tokens: Option<i64>,
    #[serde(
        rename = "totalTokens",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub total_tokens: Option<i64>,
    #[serde(
        rename = "reasoningTokens",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub reasoning_tokens: Option<i64>,
    #[serde(
        rename = "cachedInputTokens",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub cached_input_tokens: Option<i64>,
    #[serde(
        rename = "cacheWriteInputTokens",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub cache_write_input_tokens: Option<i64>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl TokenUsage {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCallArgsEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    #[serde(rename = "toolCallId")]
    pub tool_call_id: String,
    pub delta: String,
    #[serde(flatten)]
    pub extra: Extra,
}
impl ToolCallArgsEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCallChunkEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    #[serde(
        rename = "toolCallId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub tool_call_id: Option<String>,
    #[serde(
        rename = "toolCallName",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub tool_call_name: Option<String>,
    #[serde(
        rename = "parentMessageId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub parent_message_id: Option<String>,
    #[serde(rename = "delta", default, skip_serializing_if = "Option::is_none")]
    pub delta: Option<String>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl ToolCallChunkEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCallEndEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    #[serde(rename = "toolCallId")]
    pub tool_call_id: String,
    #[serde(flatten)]
    pub extra: Extra,
}
impl ToolCallEndEvent {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCallResultEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    #[serde(rename = "messageId")]
    pub message_id: String,
    #[serde(rename = "toolCallId")]
    pub tool_call_id: String,
    pub content: MessageContent,
    #[serde(flatten)]
    pub extra: Extra,
}
impl ToolCallResultEvent {
    #[allow(clippy::too_many_arguments)]
    pub fn new(
        message_id: impl Into<String>,
        tool_call_id: impl Into<String>,
        content: MessageContent,
    ) -> Self {
        Self {
            timestamp: None,
            raw_event: None,
            metadata: None,
            subagent_run_id: None,
            message_id: message_id.into(),
            tool_call_id: tool_call_id.into(),
            content,
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    pub id: String,
    pub r#type: String,
    pub function: FunctionCall,
    #[serde(
        rename = "encryptedValue",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub encrypted_value: Option<String>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl ToolCall {
    #[allow(clippy::too_many_arguments)]
    pub fn new(id: impl Into<String>, function: FunctionCall) -> Self {
        Self {
            id: id.into(),
            r#type: "function".into(),
            function,
            encrypted_value: None,
            metadata: None,
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCallStartEvent {
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    #[serde(rename = "rawEvent", default, skip_serializing_if = "Option::is_none")]
    pub raw_event: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    #[serde(rename = "toolCallId")]
    pub tool_call_id: String,
    #[serde(rename = "toolCallName")]
    pub tool_call_name: String,
    #[serde(
        rename = "parentMessageId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub parent_message_id: Option<String>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl ToolCallStartEvent {
    #[allow(clippy::too_many_arguments)]
    pub fn new(tool_call_id: impl Into<String>, tool_call_name: impl Into<String>) -> Self {
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolMessage {
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    pub id: String,
    pub content: MessageContent,
    #[serde(rename = "toolCallId")]
    pub tool_call_id: String,
    #[serde(rename = "error", default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(
        rename = "encryptedValue",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub encrypted_value: Option<String>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl ToolMessage {
    #[allow(clippy::too_many_arguments)]
    pub fn new(
        id: impl Into<String>,
        content: MessageContent,
        tool_call_id: impl Into<String>,
    ) -> Self {
        Self {
            subagent_run_id: None,
            id: id.into(),
            content,
            tool_call_id: tool_call_id.into(),
            error: None,
            encrypted_value: None,
            metadata: None,
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tool {
    pub name: String,
    pub description: String,
    #[serde(
        rename = "parameters",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub parameters: Option<Value>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl Tool {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolsCapabilities {
    #[serde(rename = "supported", default, skip_serializing_if = "Option::is_none")]
    pub supported: Option<bool>,
    #[serde(rename = "items", default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<Tool>>,
    #[serde(
        rename = "parallelCalls",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub parallel_calls: Option<bool>,
    #[serde(
        rename = "clientProvided",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub client_provided: Option<bool>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl ToolsCapabilities {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransportCapabilities {
    #[serde(rename = "streaming", default, skip_serializing_if = "Option::is_none")]
    pub streaming: Option<bool>,
    #[serde(rename = "websocket", default, skip_serializing_if = "Option::is_none")]
    pub websocket: Option<bool>,
    #[serde(
        rename = "httpBinary",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub http_binary: Option<bool>,
    #[serde(
        rename = "pushNotifications",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub push_notifications: Option<bool>,
    #[serde(rename = "resumable", default, skip_serializing_if = "Option::is_none")]
    pub resumable: Option<bool>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl TransportCapabilities {
    #[allow(clippy::too_many_arguments)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UrlSource {
    pub value: String,
    #[serde(rename = "mimeType", default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl UrlSource {
    #[allow(clippy::too_many_arguments)]
    pub fn new(value: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            mime_type: None,
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserMessage {
    #[serde(
        rename = "subagentRunId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub subagent_run_id: Option<String>,
    pub id: String,
    #[serde(rename = "name", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(
        rename = "encryptedValue",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub encrypted_value: Option<String>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    pub content: MessageContent,
    #[serde(flatten)]
    pub extra: Extra,
}
impl UserMessage {
    #[allow(clippy::too_many_arguments)]
    pub fn new(id: impl Into<String>, content: MessageContent) -> Self {
        Self {
            subagent_run_id: None,
            id: id.into(),
            name: None,
            encrypted_value: None,
            metadata: None,
            content,
            extra: Extra::new(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoPart {
    #[serde(rename = "id", default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub source: PartSource,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    #[serde(flatten)]
    pub extra: Extra,
}
impl VideoPart {
    #[allow(clippy::too_many_arguments)]
    pub fn new(source: PartSource) -> Self {
        Self {
            id: None,
            source,
            metadata: None,
            extra: Extra::new(),
        }
    }
}
