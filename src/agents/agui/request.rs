//! What an agent is asked: AG-UI's `RunAgentInput`, with the keys, and in the order, in which upstream 1.75.0 writes it.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Value, json};

use crate::agents::RunInput;
use crate::generated::agui::{Context, Message, ResumeEntry, RunAgentInput, Tool, ToolCall};

/// The body of the request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Body<'a> {
    thread_id: &'a str,
    run_id: &'a str,
    tools: Vec<Cow<'a, Tool>>,
    context: &'a [Context],
    forwarded_props: Cow<'a, Value>,
    /// Always there, as in upstream 1.10.6: AG-UI's Python package refuses an input without it, though upstream 1.75.0 leaves
    /// out a `null`.
    state: Cow<'a, Value>,
    messages: Vec<Cow<'a, Message>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resume: Option<&'a [ResumeEntry]>,
}

impl<'a> Body<'a> {
    pub(super) fn new(input: &'a RunInput) -> Self {
        let request = &input.request;
        let or_empty = |value: &'a Option<Value>| match value {
            Some(value) => Cow::Borrowed(value),
            None => Cow::Owned(json!({})),
        };
        Self {
            thread_id: &request.thread_id,
            run_id: &request.run_id,
            tools: tools(input),
            context: request.context.as_deref().unwrap_or_default(),
            forwarded_props: or_empty(&request.forwarded_props),
            state: or_empty(&request.state),
            messages: messages(request),
            resume: request.resume.as_deref(),
        }
    }
}

/// The server's own tools first; one of the same name as a frontend's wins (upstream 1.10.6).
fn tools(input: &RunInput) -> Vec<Cow<'_, Tool>> {
    let own = input.tools.iter().map(|tool| {
        let mut offered = Tool::new(tool.name(), tool.description());
        offered.parameters = Some(tool.parameters());
        Cow::Owned(offered)
    });
    let frontend = input.request.tools.iter().flatten();
    let frontend = frontend.filter(|tool| input.tools.get(&tool.name).is_none());
    own.chain(frontend.map(Cow::Borrowed)).collect()
}

/// The messages that agents know of: activities are between frontend and runtime. Keys that AG-UI does not know stay here
/// (upstream 1.75.0).
fn messages(request: &RunAgentInput) -> Vec<Cow<'_, Message>> {
    let told = |message: &&Message| !matches!(message, Message::Activity(_));
    let messages = request.messages.iter().filter(told);
    messages.map(plain).collect()
}

fn plain(message: &Message) -> Cow<'_, Message> {
    match has_extra(message) {
        false => Cow::Borrowed(message),
        true => Cow::Owned(without_extra(message.clone())),
    }
}

fn has_extra(message: &Message) -> bool {
    let call_has = |call: &ToolCall| !call.extra.is_empty() || !call.function.extra.is_empty();
    match message {
        Message::Developer(message) => !message.extra.is_empty(),
        Message::System(message) => !message.extra.is_empty(),
        Message::User(message) => !message.extra.is_empty(),
        Message::Tool(message) => !message.extra.is_empty(),
        Message::Reasoning(message) => !message.extra.is_empty(),
        Message::Assistant(message) => {
            !message.extra.is_empty() || message.tool_calls.iter().flatten().any(call_has)
        }
        Message::Activity(_) | Message::Other(_) => false,
    }
}

fn without_extra(mut message: Message) -> Message {
    match &mut message {
        Message::Developer(message) => message.extra.clear(),
        Message::System(message) => message.extra.clear(),
        Message::User(message) => message.extra.clear(),
        Message::Tool(message) => message.extra.clear(),
        Message::Reasoning(message) => message.extra.clear(),
        Message::Assistant(message) => {
            message.extra.clear();
            for call in message.tool_calls.iter_mut().flatten() {
                call.extra.clear();
                call.function.extra.clear();
            }
        }
        Message::Activity(_) | Message::Other(_) => {}
    }
    message
}
