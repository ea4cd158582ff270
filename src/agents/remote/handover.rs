//! The other agents as actions of an agent of an endpoint: which it is offered, and that one which it calls is the rest of
//! the run (upstream 1.10.6).

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use futures_util::{StreamExt, stream};

use crate::agents::{EventStream, OtherAgent, RunInput, agent_started};
use crate::generated::agui::{
    Event, MessageContent, RunFinishedEvent, RunFinishedOutcome, ToolCallResultEvent,
};
use crate::runtime::builder::DEFAULT_AGENT;
use crate::runtime::error::AgentError;

/// The agents that this run's agent may call. Only GraphQL clients know what it means that an agent has started; the default
/// agent is asked when none is named, and is nobody's tool. A server tool of the same name wins.
pub(super) fn offered(input: &RunInput) -> impl Iterator<Item = &OtherAgent> {
    let known = input.parameters.context_told;
    input.agents.iter().filter(move |agent| {
        known && agent.name() != DEFAULT_AGENT && input.tools.get(agent.name()).is_none()
    })
}

/// The agent's events, and behind them those of the agents that it called.
pub(super) fn relayed(events: EventStream, input: Arc<RunInput>) -> EventStream {
    if offered(&input).next().is_none() {
        return events;
    }
    let relay = Relay {
        events,
        input,
        handed_over: false,
        open: HashMap::new(),
        called: VecDeque::new(),
        ready: VecDeque::new(),
    };
    stream::try_unfold(relay, |mut relay| async move {
        Ok(relay.next().await?.map(|event| (event, relay)))
    })
    .boxed()
}

struct Relay {
    /// Of the agent itself, then of one that it called.
    events: EventStream,
    input: Arc<RunInput>,
    handed_over: bool,
    /// The open calls of agents: names by id.
    open: HashMap<String, String>,
    /// The agents that are to run yet.
    called: VecDeque<OtherAgent>,
    ready: VecDeque<Event>,
}

impl Relay {
    async fn next(&mut self) -> Result<Option<Event>, AgentError> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            match self.events.next().await.transpose()? {
                Some(event) => self.take(event),
                None => match self.called.pop_front() {
                    Some(agent) => {
                        self.events = agent.run(&self.input);
                        self.handed_over = true;
                    }
                    None => return Ok(None),
                },
            }
        }
    }

    fn take(&mut self, event: Event) {
        match &event {
            // This run has begun.
            Event::RunStarted(_) if self.handed_over => return,
            Event::RunFinished(finished) => return self.finished(finished.clone()),
            Event::ToolCallStart(call)
                if !self.handed_over
                    && offered(&self.input).any(|agent| agent.name() == call.tool_call_name) =>
            {
                let name = call.tool_call_name.clone();
                self.open.insert(call.tool_call_id.clone(), name);
            }
            Event::ToolCallEnd(call) => {
                if let Some(name) = self.open.remove(&call.tool_call_id) {
                    let id = call.tool_call_id.clone();
                    self.ready.push_back(event);
                    return self.call(id, &name);
                }
            }
            _ => {}
        }
        self.ready.push_back(event);
    }

    /// An agent was called. To call it twice in one run is to call it once: it has no arguments.
    fn call(&mut self, id: String, name: &str) {
        let result = MessageContent::Text(agent_started(name));
        self.ready
            .push_back(ToolCallResultEvent::new(format!("result-{id}"), id, result).into());
        if let Some(agent) = self.input.agents.get(name)
            && !self.called.iter().any(|called| called.name() == name)
        {
            self.called.push_back(agent.clone());
        }
    }

    /// The last one's end is the run's. While an agent waits for an answer of the user nobody else goes on.
    fn finished(&mut self, mut finished: RunFinishedEvent) {
        if matches!(finished.outcome, Some(RunFinishedOutcome::Interrupt(_))) {
            self.called.clear();
        }
        if self.called.is_empty() {
            let request = &self.input.request;
            finished.thread_id.clone_from(&request.thread_id);
            finished.run_id.clone_from(&request.run_id);
            self.ready.push_back(finished.into());
        }
    }
}
