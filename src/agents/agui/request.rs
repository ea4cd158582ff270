//! What an agent is asked: AG-UI's `RunAgentInput`, with the keys, and in the order, in which upstream 1.75.0 writes it.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Value, json};

use crate::agents::RunInput;
use crate::generated::agui::{Context, Message, ResumeEntry, RunAgentInput, Tool};

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
    messages: Vec<&'a Message>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resume: Option<&'a [ResumeEntry]>,
}

impl<'a> Body<'a> {
    pub(super) fn new(input: &'a RunInput) -> Self {
        let request = &input.request;
        let or_empty = |value: &'a Option<Value>| match value {
            Some(value) if !value.is_null() => Cow::Borrowed(value),
            _ => Cow::Owned(json!({})),
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

/// The messages that agents know of: activities are between frontend and runtime (upstream 1.75.0).
fn messages(request: &RunAgentInput) -> Vec<&Message> {
    let told = |message: &&Message| !matches!(message, Message::Activity(_));
    request.messages.iter().filter(told).collect()
}
