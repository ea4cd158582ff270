//! Answers the calls that an agent makes of the server's own tools (upstream 1.10.6's server-side actions): the result comes
//! right behind the call. Chunks are expanded before, by the run's own rules: which of them belong together, and where a call
//! ends, must not be decided twice.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::{Stream, StreamExt};
use indexmap::IndexMap;
use uuid::Uuid;

use super::failure::failure;
use crate::agents::{EventStream, RunInput};
use crate::generated::agui::{
    Event, MessageContent, TextMessageContentEvent, TextMessageEndEvent, TextMessageStartEvent,
    ToolCallResultEvent,
};
use crate::runtime::error::AgentError;
use crate::runtime::protocol::Chunks;
use crate::tools::{Tool, ToolContext, call};

/// The agent's events, with the results of the server's tools between them.
pub(in crate::agents) fn answered(
    events: EventStream,
    input: Arc<RunInput>,
) -> impl Stream<Item = Result<Event, AgentError>> + Send {
    let answering = Answering {
        events,
        input,
        chunks: Chunks::default(),
        calls: IndexMap::new(),
        expanded: VecDeque::new(),
        ready: VecDeque::new(),
    };
    futures_util::stream::unfold(answering, |mut answering| async move {
        answering.next().await.map(|event| (event, answering))
    })
}

struct Answering {
    events: EventStream,
    input: Arc<RunInput>,
    chunks: Chunks,
    /// The open calls of the server's tools, by id: tool and arguments so far.
    calls: IndexMap<String, (Arc<dyn Tool>, String)>,
    /// What the agent's last event stands for.
    expanded: VecDeque<Event>,
    ready: VecDeque<Event>,
}

impl Answering {
    async fn next(&mut self) -> Option<Result<Event, AgentError>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(Ok(event));
            }
            if let Some(event) = self.expanded.pop_front() {
                let ended = self.follow(&event);
                self.ready.push_back(event);
                self.answer(ended).await;
                continue;
            }
            let event = match self.events.next().await? {
                Ok(event) => event,
                Err(error) => return Some(Err(error)),
            };
            if self.chunks.passes(&event) {
                self.expanded.push_back(event);
                continue;
            }
            match self.chunks.expand(event) {
                Ok(events) => self.expanded.extend(events),
                Err(reason) => return Some(Err(failure(reason))),
            }
        }
    }

    /// Takes note of an event. The call that it ends.
    fn follow(&mut self, event: &Event) -> Option<String> {
        match event {
            Event::ToolCallStart(event) => self.open(&event.tool_call_id, &event.tool_call_name),
            Event::ToolCallArgs(event) => self.extend(&event.tool_call_id, &event.delta),
            Event::ToolCallEnd(event) => return Some(event.tool_call_id.clone()),
            _ => {}
        }
        None
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
    #![allow(clippy::unwrap_used, clippy::panic)]

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

    fn input() -> RunInput {
        RunInput {
            owner: Owner::anonymous(),
            agent: "a".into(),
            request: RunAgentInput::new("t", "r", Vec::new()),
            parameters: Default::default(),
            tools: ToolSet::new([Arc::new(Echo) as Arc<dyn Tool>]),
            agents: Default::default(),
            properties: Default::default(),
            headers: Default::default(),
            frontend_url: None,
        }
    }

    /// What comes of an agent's events: types, and of results what they say.
    async fn told(events: Value) -> Vec<String> {
        let events: Vec<Event> = serde_json::from_value(events).unwrap();
        let events = stream::iter(events.into_iter().map(Ok)).boxed();
        let told = answered(events, Arc::new(input())).map(|event| match event.unwrap() {
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
        let expected = "TOOL_CALL_START TOOL_CALL_ARGS RAW TOOL_CALL_ARGS TOOL_CALL_END c=1 \
             TOOL_CALL_START TOOL_CALL_ARGS TOOL_CALL_END d=2 RUN_FINISHED";
        assert_eq!(told.await.join(" "), expected);
    }

    #[tokio::test]
    async fn a_call_in_chunks_waits_for_all_of_its_arguments() {
        for between in [
            json!({"type": "ACTIVITY_SNAPSHOT", "messageId": "a", "activityType": "x", "content": {}}),
            json!({"type": "FROM_THE_FUTURE"}),
            json!({"type": "TEXT_MESSAGE_CHUNK", "messageId": "m", "delta": "hi", "subagentRunId": "s"}),
        ] {
            let told = told(json!([
                {"type": "TOOL_CALL_CHUNK", "toolCallId": "c", "toolCallName": "echo", "delta": "{\"say\""},
                between,
                {"type": "TOOL_CALL_CHUNK", "delta": ":1}"},
                {"type": "RUN_FINISHED", "threadId": "t", "runId": "r"},
            ]));
            let told = told.await;
            let results: Vec<_> = told.iter().filter(|told| told.contains('=')).collect();
            assert_eq!(results, ["c=1"], "with {between}: {told:?}");
        }
    }

    #[tokio::test]
    async fn a_chunk_that_goes_on_with_nothing_fails_the_run() {
        let events: Vec<Event> =
            serde_json::from_value(json!([{"type": "TOOL_CALL_CHUNK", "delta": "{}"}])).unwrap();
        let events = stream::iter(events.into_iter().map(Ok)).boxed();
        let answered: Vec<_> = answered(events, Arc::new(input())).collect().await;
        let [Err(error)] = &answered[..] else {
            panic!("{answered:?}");
        };
        assert!(error.message.contains("toolCallId"), "{error}");
        assert_eq!(error.event_code, Some(crate::runtime::INCOMPLETE_STREAM));
    }
}
