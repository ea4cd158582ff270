//! What hooks are told of a run that has ended.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::agents::RunInput;
use crate::generated::agui::{Message, RunErrorEvent};
use crate::runtime::log::EndReason;
use crate::runtime::protocol::Transcript;

/// A run that has ended, and what came of it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RunEnd {
    /// What it was started with: owner, agent, thread, run, messages, properties.
    pub input: Arc<RunInput>,
    /// The messages that it added to those it was started with.
    pub output: Vec<Message>,
    /// The agent's last state, if there is any.
    pub state: Option<Value>,
    /// Why it ended.
    pub reason: EndReason,
    /// What its clients were told, if it failed.
    pub error: Option<RunErrorEvent>,
    /// How long it took, with what it waited for its turn on the thread.
    pub duration: Duration,
}

impl RunEnd {
    pub(crate) fn new(
        input: Arc<RunInput>,
        left: Transcript,
        reason: EndReason,
        error: Option<&RunErrorEvent>,
        duration: Duration,
    ) -> Self {
        let (state, messages) = left.into_parts();
        Self {
            output: added(messages, &input.request.messages),
            state,
            reason,
            error: error.cloned(),
            duration,
            input,
        }
    }
}

/// Those messages that were not there before.
fn added(messages: Vec<Message>, before: &[Message]) -> Vec<Message> {
    let known: HashSet<&str> = before.iter().filter_map(Message::id).collect();
    let new = |message: &Message| message.id().is_none_or(|id| !known.contains(id));
    messages.into_iter().filter(new).collect()
}
