//! Agents as tools: which of the other agents the model may call, and the run after it has called one. That agent takes the
//! run over; the model is not asked again (upstream 1.10.6).

use std::collections::VecDeque;

use futures_util::StreamExt;
use serde_json::{Value, json};

use super::run::Run;
use crate::agents::{EventStream, OtherAgent, RunInput};
use crate::generated::agui::{Event, RunFinishedEvent, RunFinishedOutcome};
use crate::runtime::error::AgentError;

/// All other agents, in a list of names.
const ALL: &str = "*";

/// Whether an agent of this name can be a tool. Model servers refuse requests with other names, whichever tool is called.
pub(crate) fn is_tool_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    (1..=64).contains(&name.len()) && name.chars().all(plain)
}

/// The agents that the model is offered in this run: those that are configured, else as the face wants it. A server tool of
/// the same name wins.
pub(super) fn offered<'a>(
    configured: Option<&'a [String]>,
    input: &'a RunInput,
) -> impl Iterator<Item = &'a OtherAgent> {
    input.agents.iter().filter(move |agent| {
        let named = |names: &[String]| names.iter().any(|name| name == ALL || name == agent.name());
        configured.map_or(input.parameters.agents_as_tools, named)
            && is_tool_name(agent.name())
            && input.tools.get(agent.name()).is_none()
    })
}

/// The schema of their arguments: they have none.
pub(super) fn parameters() -> Value {
    json!({"type": "object", "properties": {}, "required": []})
}

/// The agents that the model called in its answer.
#[derive(Default)]
pub(super) struct Handover {
    called: VecDeque<OtherAgent>,
    running: Option<EventStream>,
    /// How the last of them said that it finished.
    finished: Option<RunFinishedEvent>,
}

impl Handover {
    /// Notes that this agent was called. To call it twice in one answer is to call it once: it has no arguments.
    pub(super) fn call(&mut self, agent: &OtherAgent) {
        if !self
            .called
            .iter()
            .any(|called| called.name() == agent.name())
        {
            self.called.push_back(agent.clone());
        }
    }

    pub(super) fn is_wanted(&self) -> bool {
        !self.called.is_empty()
    }

    /// Whether an agent waits for an answer of the user: nobody else goes on before.
    fn is_interrupted(&self) -> bool {
        let outcome = self.finished.as_ref().and_then(|it| it.outcome.as_ref());
        matches!(outcome, Some(RunFinishedOutcome::Interrupt(_)))
    }
}

impl Run {
    /// Relays the called agents one after the other. `None` after the last one's end.
    pub(super) async fn relay(&mut self) -> Result<Option<Event>, AgentError> {
        loop {
            let Some(events) = &mut self.handover.running else {
                let next = match self.handover.is_interrupted() {
                    true => None,
                    false => self.handover.called.pop_front(),
                };
                let Some(agent) = next else { return Ok(None) };
                self.handover.finished = None;
                self.handover.running = Some(self.start(&agent));
                continue;
            };
            match events.next().await {
                // This run has begun, and is not over yet.
                Some(Ok(Event::RunStarted(_))) => {}
                Some(Ok(Event::RunFinished(finished))) => {
                    self.handover.finished = Some(finished);
                    self.handover.running = None;
                }
                Some(event) => return event.map(Some),
                None => self.handover.running = None,
            }
        }
    }

    /// The agent gets the state as the model left it.
    fn start(&self, agent: &OtherAgent) -> EventStream {
        let Some(state) = &self.state else {
            return agent.run(&self.input);
        };
        let mut input = RunInput::clone(&self.input);
        input.request.state = Some(state.now().clone());
        agent.run(&input)
    }

    /// The end of the run: the last agent's, with the tokens that the model took. `None` if that agent left it to the runtime.
    pub(super) fn handed_over(&mut self, finish_reason: &str) -> Option<RunFinishedEvent> {
        let theirs = self.handover.finished.take()?;
        let mut finished = self.finished(finish_reason);
        finished.outcome = theirs.outcome;
        finished.result = theirs.result;
        if let Some(tokens) = theirs.usage {
            finished.usage.get_or_insert_default().extend(tokens);
        }
        Some(finished)
    }
}
