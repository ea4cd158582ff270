//! A2UI: a model describes an interface as the arguments of `render_a2ui`, and the frontend draws it as it is written.
//!
//! Events and their order are those of `@ag-ui/a2ui-middleware` 0.0.10: one activity `a2ui-surface` for each call, which says
//! that it is being made, then shows the components once they are all there, then their data item by item. Each snapshot is
//! complete in itself. It comes before the event that made it possible.

mod call;
mod components;
pub(super) mod input;
mod results;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use indexmap::IndexSet;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::generated::agui::{
    ActivitySnapshotEvent, Event, Message, RunAgentInput, ToolCallResultEvent, ToolCallStartEvent,
};
use call::{Call, Progress};

/// The tool whose arguments are an interface.
const TOOL: &str = "render_a2ui";

const ACTIVITY: &str = "a2ui-surface";

/// How many attempts a client is told that there are.
const ATTEMPTS: usize = 3;

/// Draws the surfaces of one run.
#[derive(Debug)]
pub(super) struct A2ui {
    /// The catalog that the frontend draws with.
    catalog: Option<String>,
    calls: HashMap<String, Call>,
    /// The other tool within whose call surfaces are drawn: all of its attempts are one activity.
    outer: Option<String>,
    activities: HashMap<String, Progress>,
    /// The surfaces that calls have drawn.
    drawn: HashSet<String>,
    /// The calls of [`TOOL`] that have no result.
    unanswered: IndexSet<String>,
}

impl A2ui {
    /// For a run of this input.
    pub(super) fn of(request: &RunAgentInput) -> Self {
        Self {
            catalog: input::catalog(request),
            calls: HashMap::new(),
            outer: None,
            activities: HashMap::new(),
            drawn: HashSet::new(),
            unanswered: unanswered(&request.messages),
        }
    }

    /// Adds what the client is to see of an event.
    pub(super) fn take(&mut self, event: Event, out: &mut Vec<Event>) {
        match &event {
            Event::ToolCallStart(start) => self.start(start, out),
            Event::ToolCallArgs(args) => {
                if let Some(call) = self.calls.get_mut(&args.tool_call_id) {
                    let progress = self.activities.entry(call.activity.clone()).or_default();
                    call.read(&args.delta, progress, self.catalog.as_deref(), out);
                    self.drawn.extend(call.drawn().map(str::to_owned));
                }
            }
            Event::ToolCallEnd(end) => {
                if let Some(call) = self.calls.get_mut(&end.tool_call_id) {
                    call.end();
                }
            }
            Event::ToolCallResult(_) => return self.result(event, out),
            Event::MessagesSnapshot(snapshot) => self.unanswered = unanswered(&snapshot.messages),
            Event::RunFinished(_) => self.answer(out),
            _ => {}
        }
        out.push(event);
    }

    fn start(&mut self, start: &ToolCallStartEvent, out: &mut Vec<Event>) {
        let id = &start.tool_call_id;
        match &*start.tool_call_name {
            TOOL => {
                let activity = self.outer.as_ref().unwrap_or(id).clone();
                let progress = self.activities.entry(activity.clone()).or_default();
                if progress.begin() {
                    out.push(snapshot(&activity, json!({"status": "building"})));
                }
                self.unanswered.insert(id.clone());
                self.calls.insert(id.clone(), Call::new(activity));
            }
            input::ACTION_TOOL => {}
            _ => self.outer = Some(id.clone()),
        }
    }

    /// A tool's result may hold surfaces, if its call has not drawn them already.
    fn result(&mut self, event: Event, out: &mut Vec<Event>) {
        let Event::ToolCallResult(result) = &event else {
            return out.push(event);
        };
        let id = result.tool_call_id.clone();
        self.unanswered.shift_remove(&id);
        let own = |(call, state): (&String, &Call)| {
            state.drawn().is_some() && (*call == id || state.activity == id)
        };
        let shown = if self.calls.iter().any(own) {
            Vec::new()
        } else {
            let activity = self.outer.as_ref().unwrap_or(&id);
            results::shown(&result.content, activity, &self.drawn)
        };
        out.push(event);
        out.extend(shown);
        if self.outer.as_ref() == Some(&id) {
            self.outer = None;
        }
    }

    /// Answers the calls that nobody has answered: the frontend has drawn them. Of those that could not be drawn the model is
    /// told, where upstream says that they were.
    fn answer(&mut self, out: &mut Vec<Event>) {
        for id in std::mem::take(&mut self.unanswered) {
            let failure = self.calls.get(&id).and_then(Call::failure);
            let content = match &failure {
                Some(error) => json!({"status": "failed", "error": error}),
                None => json!({"status": "rendered"}),
            };
            if let (Some(error), Some(call)) = (failure, self.calls.get(&id)) {
                let content = json!({"status": "failed", "error": error, "attempts": [], "maxAttempts": ATTEMPTS});
                out.push(snapshot(&call.activity, content));
            }
            let content = content.to_string();
            out.push(ToolCallResultEvent::new(Uuid::new_v4(), id, &*content).into());
        }
    }
}

/// The activity of a call, as it is now.
fn snapshot(call: &str, content: Value) -> Event {
    activity(format!("a2ui-surface-{call}"), content)
}

fn activity(id: String, content: Value) -> Event {
    let mut event = ActivitySnapshotEvent::new(id, ACTIVITY, content);
    event.replace = Some(true);
    event.into()
}

/// The calls among messages that have no result.
fn unanswered(messages: &[Message]) -> IndexSet<String> {
    let mut calls: IndexSet<String> = messages
        .iter()
        .filter_map(|message| match message {
            Message::Assistant(message) => message.tool_calls.as_ref(),
            _ => None,
        })
        .flatten()
        .filter(|call| call.function.name == TOOL)
        .map(|call| call.id.clone())
        .collect();
    for message in messages {
        if let Message::Tool(result) = message {
            calls.shift_remove(&result.tool_call_id);
        }
    }
    calls
}
