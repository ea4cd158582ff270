//! Runs of an agent that says what it is told to.

use std::sync::Arc;
use std::time::Duration;

use agui_runtime::agents::{Agent, EventStream, ModelParameters, RunInput};
use agui_runtime::generated::agui::{Event, RunAgentInput};
use agui_runtime::runtime::error::{AgentError, ErrorCode};
use agui_runtime::store::Owner;
use futures_util::{StreamExt, stream};
use serde_json::Value;
use std::sync::Mutex;

/// What an agent does in its next runs: each event after so many milliseconds, and whether it fails at the end.
#[derive(Clone, Default)]
pub struct Steps {
    pub events: Vec<(u64, Event)>,
    pub fails: bool,
}

impl From<Vec<Event>> for Steps {
    fn from(events: Vec<Event>) -> Self {
        Self {
            events: events.into_iter().map(|event| (0, event)).collect(),
            fails: false,
        }
    }
}

/// An agent that does the steps that were set last.
#[derive(Clone, Default)]
pub struct Scripted {
    steps: Arc<Mutex<Steps>>,
    /// The inner one is held by every run.
    at_work: Arc<Arc<()>>,
}

impl Scripted {
    /// What all runs from now on do.
    pub fn set(&self, steps: Steps) {
        *self.steps.lock().expect("nobody panics here") = steps;
    }

    /// How many runs go on.
    pub fn at_work(&self) -> usize {
        Arc::strong_count(self.at_work.as_ref()) - 1
    }
}

impl Agent for Scripted {
    fn run(&self, _: Arc<RunInput>) -> EventStream {
        let steps = self.steps.lock().expect("nobody panics here").clone();
        let failure = steps
            .fails
            .then(|| AgentError::new(ErrorCode::Unknown, "it broke"));
        let at_work = Arc::clone(&*self.at_work);
        let events = stream::iter(steps.events).then(move |(millis, event)| {
            let at_work = at_work.clone();
            async move {
                if millis > 0 {
                    tokio::time::sleep(Duration::from_millis(millis)).await;
                }
                drop(at_work);
                Ok(event)
            }
        });
        events.chain(stream::iter(failure.map(Err))).boxed()
    }
}

/// What a run is asked that says nothing of itself.
pub fn input(thread: &str, run: &str) -> RunInput {
    RunInput {
        owner: Owner::anonymous(),
        agent: "default".to_owned(),
        request: RunAgentInput::new(thread, run, Vec::new()),
        parameters: ModelParameters::default(),
        tools: Default::default(),
        agents: Default::default(),
        properties: Default::default(),
        headers: Default::default(),
        frontend_url: None,
    }
}

/// The values that are events.
pub fn typed(values: &[Value]) -> Vec<Event> {
    let events = values.iter().cloned().map(serde_json::from_value);
    events.filter_map(Result::ok).collect()
}

/// The events as JSON.
pub fn untyped(events: &[Event]) -> Vec<Value> {
    let events = events.iter().map(serde_json::to_value);
    events
        .map(|event| event.expect("every event can be written"))
        .collect()
}
