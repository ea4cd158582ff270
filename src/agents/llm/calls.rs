//! The calls that the server answers itself: its tools, and those that change the application's state.

use uuid::Uuid;

use super::answer::{GrowingCall, Output};
use super::request::AnsweredCall;
use super::run::Run;
use crate::agents::agent_started;
use crate::generated::agui::{
    Event, MessageContent, TextMessageContentEvent, TextMessageEndEvent, TextMessageRole,
    TextMessageStartEvent, ToolCallResultEvent,
};
use crate::tools::{Tool, ToolContext, call};

/// What came of a call.
struct Answered {
    /// What the client gets to know before the result.
    events: Vec<Event>,
    result: String,
    /// Whether the result is also the answer to the user.
    direct: bool,
}

impl Run {
    /// Answers the call at this place, now that it is whole, if it is not the frontend's.
    pub(super) async fn answer_call(&mut self, place: usize) {
        let Some(answered) = self.run_call(place).await else {
            return;
        };
        let GrowingCall {
            id,
            name,
            arguments,
            ..
        } = &self.building.calls[place];
        let mut told = answered.events;
        let content = MessageContent::Text(answered.result.clone());
        let mut result = ToolCallResultEvent::new(format!("result-{id}"), id.clone(), content);
        result.extra.insert("role".into(), "tool".into());
        told.push(result.into());
        if answered.direct {
            told.extend(message(&answered.result));
        }
        self.direct |= answered.direct;
        self.answered.push(AnsweredCall {
            id: id.clone(),
            name: name.clone(),
            arguments: arguments.clone(),
            result: answered.result,
        });
        // In front of what the model said after the call.
        for event in told.into_iter().rev() {
            self.ready.push_front(Output::Event(event));
        }
    }

    async fn run_call(&mut self, place: usize) -> Option<Answered> {
        let call = &self.building.calls[place];
        if let Some(state) = &mut self.state
            && let Some(changed) = state.call(&call.name, &call.arguments)
        {
            return Some(Answered {
                events: changed.events,
                result: changed.result,
                direct: false,
            });
        }
        let mut agents = self.model.manner.agents(&self.input);
        if let Some(agent) = agents.find(|agent| agent.name() == call.name) {
            self.handover.call(agent);
            return Some(Answered {
                events: Vec::new(),
                result: agent_started(agent.name()),
                direct: false,
            });
        }
        let tool = self.input.tools.get(&call.name)?;
        let context = ToolContext {
            owner: self.input.owner.clone(),
            thread_id: self.input.request.thread_id.clone(),
            run_id: self.input.request.run_id.clone(),
            tool_call_id: call.id.clone(),
        };
        let result = call::run(tool.as_ref() as &dyn Tool, &call.arguments, context).await;
        Some(Answered {
            events: Vec::new(),
            result: result.content,
            direct: result.direct,
        })
    }
}

/// A whole message of the assistant.
fn message(text: &str) -> Vec<Event> {
    let id = format!("ck-{}", Uuid::new_v4());
    let mut start = TextMessageStartEvent::new(id.clone());
    start.role = Some(TextMessageRole::Assistant);
    let mut events = vec![start.into()];
    if !text.is_empty() {
        events.push(TextMessageContentEvent::new(id.clone(), text).into());
    }
    events.push(TextMessageEndEvent::new(id).into());
    events
}
