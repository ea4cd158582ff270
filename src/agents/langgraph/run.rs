//! One run: what is asked before it, its request, and its answer up to the end.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::assistant::Assistant;
use super::cancel::Cancel;
use super::failure;
use super::interrupts::{self, Reply};
use super::messages::of_state;
use super::reader::Reader;
use super::server::{Question, Session};
use super::settings;
use super::state::Brought;
use super::thread::{Thread, ThreadState};
use super::travel;
use crate::agents::langchain::Told;
use crate::agents::{EventStream, RunInput};
use crate::generated::agui::Event;
use crate::runtime::error::AgentError;

/// In which ways a run tells of itself (`@ag-ui/langgraph` 0.0.43).
const STREAM_MODES: [&str; 4] = ["events", "values", "updates", "messages-tuple"];

/// A run that has begun, or that has nothing to do.
pub(super) struct Run {
    session: Session,
    thread: Thread,
    reader: Reader,
    told: Told,
    /// What is still to be read of the answer; nothing once it is over.
    answer: Option<Answer>,
}

impl Run {
    /// Begins a run.
    pub(super) async fn begin(
        session: Session,
        assistant: Arc<Assistant>,
        configured: &Map<String, Value>,
        input: &RunInput,
    ) -> Result<Self, AgentError> {
        let thread = Thread::of(&input.owner, &input.request.thread_id);
        let metadata = prop(input, "threadMetadata");
        let name = &input.request.thread_id;
        thread.ensure(&session, name, metadata).await?;
        let present = thread.state(&session).await?;
        let mut run = Self {
            reader: Reader::new(assistant.keys.clone(), subgraphs(input)),
            told: Told::new(input),
            session,
            thread,
            answer: None,
        };
        run.reader.at(
            prop(input, "nodeName").and_then(Value::as_str),
            &mut run.told,
        );
        if let Some(body) = run.request(&assistant, configured, input, &present).await? {
            run.answer = Some(run.ask(&body).await?);
        }
        Ok(run)
    }

    /// The request's body; nothing if the graph waits for an answer that the client did not give.
    async fn request(
        &mut self,
        assistant: &Assistant,
        configured: &Map<String, Value>,
        input: &RunInput,
        present: &ThreadState,
    ) -> Result<Option<Value>, AgentError> {
        let brought = Brought::new(input);
        let known = of_state(&present.values);
        let mut body = body(assistant, configured, input);
        if !interrupts::answers(input)
            && let Some(id) = travel::asked_again(input, known)
            && let Some(past) =
                travel::before(&self.session, &self.thread, present, &brought, id).await?
        {
            let state = brought.merged(past.state, vec![past.message]);
            body["input"] = assistant.keys.taken(state).into();
            body["checkpoint_id"] = past.checkpoint.into();
            return Ok(Some(body));
        }
        let waiting = interrupts::of_tasks(&present.tasks);
        match interrupts::answer(input, &waiting, &brought, known) {
            Reply::NotNeeded => {}
            Reply::Command(command) => body["command"] = command,
            Reply::None => {
                for interrupt in &waiting {
                    interrupt.tell(&mut self.told);
                }
                self.told.at_node(None);
                self.told.end();
                return Ok(None);
            }
        }
        body["input"] = assistant.keys.taken(brought.onto(&present.values)).into();
        Ok(Some(body))
    }

    async fn ask(&self, body: &Value) -> Result<Answer, AgentError> {
        let path = self.thread.path("/runs/stream");
        let (what, path) = ("a run", &*path);
        let answer = self.session.stream(Question { what, path }, body).await?;
        let cancel = Cancel::new(self.session.clone(), self.thread.clone());
        Ok(Answer::new(answer, cancel, &self.session))
    }

    pub(super) fn events(self) -> EventStream {
        stream::try_unfold(self, |mut run| async move {
            Ok(run.next().await?.map(|event| (event, run)))
        })
        .boxed()
    }

    async fn next(&mut self) -> Result<Option<Event>, AgentError> {
        loop {
            if let Some(event) = self.told.next() {
                return Ok(Some(event));
            }
            let Some(answer) = &mut self.answer else {
                return Ok(None);
            };
            match answer.next(&self.session).await? {
                Some((name, data)) => self.take(&name, &data)?,
                None => self.end().await?,
            }
        }
    }

    fn take(&mut self, name: &str, data: &[u8]) -> Result<(), AgentError> {
        if name == "error" {
            let told: failure::Told = serde_json::from_slice(data).unwrap_or_default();
            return Err(told.into_failure());
        }
        let taken = self.reader.take(name, data, &mut self.told);
        taken.map_err(|error| self.session.failures.bad_event(&error))
    }

    /// The run has ended: the thread's state tells how.
    async fn end(&mut self) -> Result<(), AgentError> {
        self.answer = None;
        let state = self.thread.state(&self.session).await?;
        let waiting = interrupts::of_tasks(&state.tasks);
        if waiting.is_empty()
            && let Some(next) = state.next.first()
        {
            // It stopped before this one.
            self.told.at_node(Some(next));
        }
        self.told.at_node(None);
        self.reader.end(state.values, &mut self.told);
        for interrupt in &waiting {
            interrupt.tell(&mut self.told);
        }
        self.told.end();
        Ok(())
    }
}

/// The request's body, but for what the thread decides.
fn body(assistant: &Assistant, configured: &Map<String, Value>, input: &RunInput) -> Value {
    let (config, context) = settings::of_run(assistant, configured, prop(input, "config"));
    let mut body = json!({
        "assistant_id": assistant.id,
        "stream_mode": STREAM_MODES,
        "stream_subgraphs": subgraphs(input),
        // Should this server die, nobody would read on.
        "on_disconnect": "cancel",
    });
    let options = settings::options(input.request.forwarded_props.as_ref());
    for (key, value) in options
        .chain(config.map(|it| ("config", it)))
        .chain(context.map(|it| ("context", it)))
    {
        body[key] = value;
    }
    body
}

/// What the client sent along beside AG-UI's own.
fn prop<'a>(input: &'a RunInput, key: &str) -> Option<&'a Value> {
    let props = input.request.forwarded_props.as_ref()?;
    props.get(key).filter(|value| !value.is_null())
}

/// Whether subgraphs tell of themselves: they do, unless the client says otherwise (upstream 1.75.0).
fn subgraphs(input: &RunInput) -> bool {
    prop(input, "streamSubgraphs") != Some(&Value::Bool(false))
}
