//! Gives a run the tools that come and go before its agent starts, and lets those with an interface show it.

use std::sync::Arc;

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use serde_json::json;
use uuid::Uuid;

use super::error::AgentError;
use crate::agents::{Agent, EventStream, RunInput};
use crate::generated::agui::{ActivitySnapshotEvent, Event, RunAgentInput, RunFinishedEvent};
use crate::tools::{Activity, AppRequest, RunFacts, ToolSet, ToolSource};

/// The agent, with what the sources have when it runs.
pub(super) fn equipped(
    agent: Arc<dyn Agent>,
    sources: &Arc<[Arc<dyn ToolSource>]>,
    tools: &ToolSet,
) -> Arc<dyn Agent> {
    if sources.is_empty() && tools.iter().next().is_none() {
        return agent;
    }
    let sources = sources.clone();
    Arc::new(Equipped { agent, sources })
}

struct Equipped {
    agent: Arc<dyn Agent>,
    sources: Arc<[Arc<dyn ToolSource>]>,
}

impl Agent for Equipped {
    /// Asking the sources is a part of the stream, so that a run that is cancelled meanwhile stops asking.
    fn run(&self, input: Arc<RunInput>) -> EventStream {
        let (agent, sources) = (self.agent.clone(), self.sources.clone());
        if let Some(request) = app_request(&sources, &input.request) {
            return stream::once(answered(sources, request, input)).boxed();
        }
        let begin = async move {
            let input = equip(input, &sources).await;
            let tools = input.tools.clone();
            shown(agent.run(input), tools)
        };
        stream::once(begin).flatten().boxed()
    }
}

/// What a run asks for the interface of a tool, in place of its agent; nothing if no tool has any.
pub(super) fn app_request(
    sources: &[Arc<dyn ToolSource>],
    request: &RunAgentInput,
) -> Option<AppRequest> {
    let props = request.forwarded_props.as_ref()?;
    let has_apps = sources.iter().any(|source| source.has_apps());
    has_apps.then(|| AppRequest::of(props)).flatten()
}

/// The end of a run that asks for an interface: the answer is its result (upstream 1.75.0).
async fn answered(
    sources: Arc<[Arc<dyn ToolSource>]>,
    request: AppRequest,
    input: Arc<RunInput>,
) -> Result<Event, AgentError> {
    let mut answer = None;
    for source in sources.iter() {
        answer = source.ask(&request).await;
        if answer.is_some() {
            break;
        }
    }
    let error = |reason: String| json!({ "error": reason });
    let mut finished = RunFinishedEvent::new(&*input.request.thread_id, &*input.request.run_id);
    let result = match answer {
        Some(Ok(answer)) => answer,
        Some(Err(reason)) => error(format!("Error: {reason}")),
        None => error(format!("Unknown server: {}", request.server())),
    };
    finished.result = Some(result.into());
    Ok(finished.into())
}

/// The agent's events, and behind the result of each call what its tool has to show.
fn shown(events: EventStream, tools: ToolSet) -> EventStream {
    if tools.iter().next().is_none() {
        return events;
    }
    events
        .flat_map(move |event| {
            let activity = match &event {
                Ok(Event::ToolCallResult(told)) => activity(&tools, &told.tool_call_id),
                _ => None,
            };
            stream::iter([Some(event), activity.map(Ok)].into_iter().flatten())
        })
        .boxed()
}

fn activity(tools: &ToolSet, call: &str) -> Option<Event> {
    let Activity { kind, content } = tools.iter().find_map(|tool| tool.activity(call))?;
    let id = Uuid::new_v4().to_string();
    let mut snapshot = ActivitySnapshotEvent::new(id, kind, content);
    snapshot.replace = Some(true);
    Some(snapshot.into())
}

async fn equip(input: Arc<RunInput>, sources: &[Arc<dyn ToolSource>]) -> Arc<RunInput> {
    let run = RunFacts {
        owner: &input.owner,
        properties: &input.properties,
        headers: &input.headers,
        frontend_url: input.frontend_url.as_deref(),
        tools: &input.tools,
    };
    let offers = join_all(sources.iter().map(|source| source.offer(run))).await;
    let offers = offers.into_iter().filter(|offer| !offer.tools.is_empty());
    let tools = offers.fold(input.tools.clone(), |tools, offer| tools.with(offer));
    if tools.iter().count() == input.tools.iter().count() {
        return input;
    }
    let input = RunInput::clone(&input);
    Arc::new(RunInput { tools, ..input })
}
