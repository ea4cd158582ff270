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
pub(in crate::agents) fn answered(
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use futures_util::future::BoxFuture;
    use futures_util::{FutureExt, stream};
    use serde_json::{Value, json};

    use super::*;
    use crate::generated::agui::RunAgentInput;
    use crate::store::Owner;
    use crate::tools::{ToolError, ToolOutput, ToolSet};

    /// Gives its arguments back, as the answer if they say so.
    struct Echo;

    impl Tool for Echo {
        fn name(&self) -> &str {
            "echo"
        }
        fn description(&self) -> &str {
            ""
        }
        fn parameters(&self) -> Value {
            json!({})
        }
        fn call(
            &self,
            arguments: Value,
            _: ToolContext,
        ) -> BoxFuture<'_, Result<ToolOutput, ToolError>> {
            let direct = arguments["direct"] == true;
            let value = arguments["say"].clone();
            async move { Ok(ToolOutput { value, direct }) }.boxed()
        }
    }

    /// What comes of an agent's events: types, and of results what they say.
    async fn told(events: Value) -> Vec<String> {
        let events: Vec<Event> = serde_json::from_value(events).unwrap();
        let input = RunInput {
            owner: Owner::anonymous(),
            agent: "a".into(),
            request: RunAgentInput::new("t", "r", Vec::new()),
            parameters: Default::default(),
            tools: ToolSet::new([Arc::new(Echo) as Arc<dyn Tool>]),
            agents: Default::default(),
            properties: Default::default(),
            headers: Default::default(),
        };
        let events = stream::iter(events.into_iter().map(Ok)).boxed();
        let told = answered(events, Arc::new(input)).map(|event| match event.unwrap() {
            Event::ToolCallResult(event) => match event.content {
                MessageContent::Text(text) => format!("{}={text}", event.tool_call_id),
                MessageContent::Parts(_) => String::new(),
            },
            event => event.event_type().to_owned(),
        });
        told.collect().await
    }

    #[tokio::test]
    async fn a_call_of_the_servers_tool_is_answered_behind_it() {
        let told = told(json!([
            {"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": "echo"},
            {"type": "TOOL_CALL_START", "toolCallId": "d", "toolCallName": "other"},
            {"type": "TOOL_CALL_ARGS", "toolCallId": "c", "delta": "{\"say\":"},
            {"type": "TOOL_CALL_ARGS", "toolCallId": "d", "delta": "{}"},
            {"type": "TOOL_CALL_ARGS", "toolCallId": "c", "delta": "\"hi\",\"direct\":true}"},
            {"type": "TOOL_CALL_END", "toolCallId": "c"},
            {"type": "TOOL_CALL_END", "toolCallId": "d"},
        ]));
        let expected = "TOOL_CALL_START TOOL_CALL_START TOOL_CALL_ARGS TOOL_CALL_ARGS TOOL_CALL_ARGS TOOL_CALL_END c=hi \
             TEXT_MESSAGE_START TEXT_MESSAGE_CONTENT TEXT_MESSAGE_END TOOL_CALL_END";
        assert_eq!(told.await.join(" "), expected);
    }

    #[tokio::test]
    async fn a_call_in_chunks_is_answered_when_something_else_comes() {
        let told = told(json!([
            {"type": "TOOL_CALL_CHUNK", "toolCallId": "c", "toolCallName": "echo", "delta": "{\"say\""},
            {"type": "RAW", "event": 1},
            {"type": "TOOL_CALL_CHUNK", "delta": ":1}"},
            {"type": "TOOL_CALL_CHUNK", "toolCallId": "d", "toolCallName": "echo", "delta": "{\"say\":2}"},
            {"type": "RUN_FINISHED", "threadId": "t", "runId": "r"},
        ]));
        let expected = "TOOL_CALL_CHUNK RAW TOOL_CALL_CHUNK c=1 TOOL_CALL_CHUNK d=2 RUN_FINISHED";
        assert_eq!(told.await.join(" "), expected);
    }
}
