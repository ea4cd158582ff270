//! Answers the calls that an agent makes of the server's own tools (upstream 1.10.6's server-side actions): the result comes
//! right behind the call.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::{Stream, StreamExt};
use indexmap::IndexMap;
use uuid::Uuid;

use crate::agents::{EventStream, RunInput};
use crate::generated::agui::{
    Event, MessageContent, TextMessageContentEvent, TextMessageEndEvent, TextMessageStartEvent,
    ToolCallResultEvent,
};
use crate::runtime::error::AgentError;
use crate::tools::{Tool, ToolContext, call};

/// The agent's events, with the results of the server's tools between them.
pub(super) fn answered(
    events: EventStream,
    input: Arc<RunInput>,
) -> impl Stream<Item = Result<Event, AgentError>> + Send {
    let answering = Answering {
        events,
        input,
        calls: IndexMap::new(),
        chunked: None,
        ready: VecDeque::new(),
    };
    futures_util::stream::unfold(answering, |mut answering| async move {
        answering.next().await.map(|event| (event, answering))
    })
}

struct Answering {
    events: EventStream,
    input: Arc<RunInput>,
    /// The open calls of the server's tools, by id: tool and arguments so far.
    calls: IndexMap<String, (Arc<dyn Tool>, String)>,
    /// The call that chunks have opened: it ends with the next event that is none of its chunks.
    chunked: Option<String>,
    ready: VecDeque<Event>,
}

impl Answering {
    async fn next(&mut self) -> Option<Result<Event, AgentError>> {
        if let Some(event) = self.ready.pop_front() {
            return Some(Ok(event));
        }
        let event = match self.events.next().await? {
            Ok(event) => event,
            Err(error) => return Some(Err(error)),
        };
        let ended = self.follow(&event);
        let behind = matches!(event, Event::ToolCallEnd(_));
        if behind || ended.is_none() {
            self.ready.push_back(event);
            self.answer(ended).await;
        } else {
            self.answer(ended).await;
            self.ready.push_back(event);
        }
        self.ready.pop_front().map(Ok)
    }

    /// Takes note of an event. The call that it ends.
    fn follow(&mut self, event: &Event) -> Option<String> {
        let chunks_end = match (event, &self.chunked) {
            (Event::ToolCallChunk(chunk), Some(open)) => {
                chunk.tool_call_id.as_ref().is_some_and(|id| id != open)
            }
            (Event::Raw(_), _) | (_, None) => false,
            _ => true,
        };
        let chunked = if chunks_end {
            self.chunked.take()
        } else {
            None
        };
        match event {
            Event::ToolCallStart(event) => self.open(&event.tool_call_id, &event.tool_call_name),
            Event::ToolCallArgs(event) => self.extend(&event.tool_call_id, &event.delta),
            Event::ToolCallEnd(event) => {
                return chunked.or_else(|| Some(event.tool_call_id.clone()));
            }
            Event::ToolCallChunk(event) => {
                if let (Some(id), Some(name), None) =
                    (&event.tool_call_id, &event.tool_call_name, &self.chunked)
                {
                    self.open(id, name);
                    self.chunked = Some(id.clone());
                }
                if let (Some(id), Some(delta)) = (self.chunked.clone(), &event.delta) {
                    self.extend(&id, delta);
                }
            }
            _ => {}
        }
        chunked
    }

    fn open(&mut self, id: &str, name: &str) {
        if let Some(tool) = self.input.tools.get(name) {
            self.calls
                .insert(id.to_owned(), (tool.clone(), String::new()));
        }
    }

    fn extend(&mut self, id: &str, delta: &str) {
        if let Some((_, arguments)) = self.calls.get_mut(id) {
            arguments.push_str(delta);
        }
    }

    /// Runs the tool that was called, if it is the server's.
    async fn answer(&mut self, ended: Option<String>) {
        let call = ended.and_then(|id| self.calls.shift_remove(&id).map(|call| (id, call)));
        let Some((id, (tool, arguments))) = call else {
            return;
        };
        let context = ToolContext {
            owner: self.input.owner.clone(),
            thread_id: self.input.request.thread_id.clone(),
            run_id: self.input.request.run_id.clone(),
            tool_call_id: id.clone(),
        };
        let result = call::run(&*tool, &arguments, context).await;
        let content = MessageContent::Text(result.content.clone());
        let told = ToolCallResultEvent::new(format!("result-{id}"), id, content);
        self.ready.push_back(told.into());
        if result.direct {
            let id = format!("ck-{}", Uuid::new_v4());
            self.ready
                .push_back(TextMessageStartEvent::new(&*id).into());
            if !result.content.is_empty() {
                let content = TextMessageContentEvent::new(&*id, result.content);
                self.ready.push_back(content.into());
            }
            self.ready.push_back(TextMessageEndEvent::new(id).into());
        }
    }
}
