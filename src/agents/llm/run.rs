//! One run: asks the model, tells what it says, runs the server's tools, and asks again while steps are left.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, MaybeDone, maybe_done};
use uuid::Uuid;

use super::Model;
use super::answer::{Building, Output};
use super::handover::Handover;
use super::request::{AnsweredCall, Step};
use super::settings::Wishes;
use super::state::SharedState;
use super::stream::Answer;
use super::wire::{Delta, Misread, Reader, Usage};
use crate::agents::RunInput;
use crate::generated::agui::{Event, RunErrorEvent, RunFinishedEvent, RunStartedEvent, TokenUsage};
use crate::runtime::error::AgentError;

/// After the model has said why it stopped, only token counts can follow: those are not waited for for long.
const AFTERWORD: Duration = Duration::from_secs(5);

/// The state of one run; [`Run::next`] is its stream.
pub(super) struct Run {
    pub(super) model: Arc<Model>,
    pub(super) input: Arc<RunInput>,
    wishes: Wishes,
    phase: Phase,
    pub(super) building: Building,
    pub(super) ready: VecDeque<Output>,
    /// What the server's tools gave in this step.
    pub(super) answered: Vec<AnsweredCall>,
    /// Whether a tool has given the user the answer already.
    pub(super) direct: bool,
    /// The agents that the model called.
    pub(super) handover: Handover,
    /// The application's state, where the model may change it.
    pub(super) state: Option<SharedState>,
    steps: Vec<Step>,
    /// The ids of the answers so far.
    ids: Vec<String>,
    usage: Option<TokenUsage>,
    /// What one event said; kept for its room.
    said: Vec<Delta>,
}

enum Phase {
    Starting,
    Asking(Asked),
    Reading(Box<Answer>, Box<dyn Reader>),
    /// The answer is at its end; what was open has been ended.
    Ending,
    /// A called agent goes on, after the model stopped for this reason.
    HandedOver(String),
    Over,
}

/// A request on its way, with its answer once that has begun.
type Asked = Pin<Box<MaybeDone<BoxFuture<'static, Result<Answer, AgentError>>>>>;

impl Run {
    pub(super) fn new(model: Arc<Model>, input: Arc<RunInput>) -> Self {
        let manner = &model.manner;
        Self {
            wishes: Wishes::of(manner, &input),
            state: manner
                .shares_state(&input)
                .then(|| SharedState::new(input.request.state.as_ref())),
            phase: Phase::Starting,
            building: Building::by(manner.provider.name),
            ready: VecDeque::new(),
            answered: Vec::new(),
            direct: false,
            handover: Handover::default(),
            steps: Vec::new(),
            ids: Vec::new(),
            model,
            input,
            usage: None,
            said: Vec::new(),
        }
    }

    /// The next event; `None` when the run is over.
    pub(super) async fn next(&mut self) -> Option<Result<Event, AgentError>> {
        loop {
            match self.ready.pop_front() {
                Some(Output::Event(event)) => return Some(Ok(event)),
                Some(Output::Called(place)) => self.answer_call(place).await,
                None if matches!(self.phase, Phase::Over) => return None,
                None => {
                    if let Err(error) = self.advance().await {
                        self.phase = Phase::Over;
                        return Some(Err(self.failed(error)));
                    }
                }
            }
        }
    }

    async fn advance(&mut self) -> Result<(), AgentError> {
        match &mut self.phase {
            Phase::Starting => self.start().await,
            Phase::Asking(asked) => {
                asked.as_mut().await;
                if let Some(answer) = asked.as_mut().take_output() {
                    let reader = self.model.manner.wire.reader();
                    self.phase = Phase::Reading(Box::new(answer?), reader);
                }
            }
            Phase::Reading(answer, reader) => {
                match answer.next(self.model.transport.failures()).await {
                    Some(Ok(data)) => {
                        let read = reader.read(&data, &mut self.said);
                        self.take(&data, read)?;
                    }
                    // The model has said all; how its connection ends is of no interest any more.
                    Some(Err(_)) if self.building.finish_reason.is_some() => self.end_answer()?,
                    Some(Err(error)) => return Err(error),
                    None => self.end_answer()?,
                }
            }
            Phase::Ending => self.end_step()?,
            Phase::HandedOver(_) => self.go_on().await?,
            Phase::Over => {}
        }
        Ok(())
    }

    /// Passes on what a called agent says, until its end is that of the run.
    async fn go_on(&mut self) -> Result<(), AgentError> {
        match self.relay().await? {
            Some(event) => {
                if matches!(event, Event::RunError(_)) {
                    self.phase = Phase::Over;
                }
                self.ready.push_back(Output::Event(event));
            }
            None => {
                if let Phase::HandedOver(reason) = std::mem::replace(&mut self.phase, Phase::Over) {
                    let finished = self.handed_over(&reason).map(Event::from);
                    self.ready.extend(finished.map(Output::Event));
                }
            }
        }
        Ok(())
    }

    /// The client sees that the run began before the model has said anything. The request is on its way then, so that
    /// whatever is done with the event costs the answer no time.
    async fn start(&mut self) {
        let mut asked = self.ask();
        let _ = futures_util::poll!(asked.as_mut());
        self.phase = Phase::Asking(asked);
        let request = &self.input.request;
        let started = RunStartedEvent::new(&*request.thread_id, &*request.run_id);
        self.ready.push_back(Output::Event(started.into()));
    }

    fn ask(&self) -> Asked {
        let manner = &self.model.manner;
        let body = manner.body(&self.input, &self.wishes, &self.steps);
        let url = manner
            .wire
            .url(self.model.transport.base(), &self.wishes.model);
        let model = self.model.clone();
        let asked = async move { model.transport.ask(url, body?).await };
        Box::pin(maybe_done(asked.boxed()))
    }

    fn take(&mut self, data: &str, read: Result<(), Misread>) -> Result<(), AgentError> {
        let failures = self.model.transport.failures();
        match read {
            Ok(()) => {}
            Err(Misread::Failed(error)) => return Err(failures.in_stream(&error)),
            Err(Misread::Refused(status, error)) => return Err(failures.status(status, &error)),
            Err(Misread::Unreadable(reason)) => {
                tracing::debug!(data = failures.excerpt(data), "not of this format");
                return Err(failures.broken(&format!(
                    "the model server sent a chunk that cannot be read: {reason}"
                )));
            }
        }
        let mut said = std::mem::take(&mut self.said);
        let over = said.last() == Some(&Delta::Over);
        self.building.events += usize::from(!over);
        for delta in said.drain(..) {
            match delta {
                Delta::Id(id) => self.name_answer(id),
                delta => self.building.push(delta, &mut self.ready),
            }
        }
        self.said = said;
        if over {
            return self.end_answer();
        }
        if self.building.finish_reason.is_some()
            && let Phase::Reading(answer, _) = &mut self.phase
        {
            answer.hurry(AFTERWORD);
        }
        Ok(())
    }

    /// Gives the answer the id that its server gave it, or one of its own where that is missing or taken: Ollama, for one,
    /// has a thousand of them.
    fn name_answer(&mut self, id: String) {
        let messages = &self.input.request.messages;
        let known = |id: &str| messages.iter().any(|message| message.id() == Some(id));
        let id = match id {
            id if !id.is_empty() && !self.ids.contains(&id) && !known(&id) => id,
            _ => format!("ck-{}", Uuid::new_v4()),
        };
        self.ids.push(id.clone());
        self.building.name(id);
    }

    /// Some servers send more after they have said why the model stopped: that may be open still.
    fn end_answer(&mut self) -> Result<(), AgentError> {
        if self.building.finish_reason.is_some() {
            self.building.finish(&mut self.ready);
            self.speak_result();
        } else if let Phase::Reading(_, reader) = &self.phase {
            let reason = reader.cut_short(self.building.events);
            return Err(self.model.transport.failures().broken(reason));
        }
        if self.ready.is_empty() {
            return self.end_step();
        }
        self.phase = Phase::Ending;
        Ok(())
    }

    fn end_step(&mut self) -> Result<(), AgentError> {
        let provider = self.model.manner.provider.name;
        let building = std::mem::replace(&mut self.building, Building::by(provider));
        let answered = std::mem::take(&mut self.answered);
        let finish_reason = building.finish_reason.clone().unwrap_or_default();
        self.count(building.usage.clone());
        let unanswered = |id: &str| !answered.iter().any(|call| call.id == id);
        let mut calls = building.calls.iter();
        if finish_reason == "length"
            && let Some(call) = calls.find(|call| call.is_cut() && unanswered(&call.id))
        {
            let failures = self.model.transport.failures();
            return Err(failures.cut_call(&call.name));
        }
        if self.handover.is_wanted() {
            self.phase = Phase::HandedOver(finish_reason);
            return Ok(());
        }
        let done = self.steps.len() + 1 >= self.model.max_steps as usize;
        // A call that is the frontend's to answer ends the run: the client asks again with the result.
        let all_answered = !answered.is_empty() && answered.len() == building.calls.len();
        if done || self.direct || !all_answered {
            self.phase = Phase::Over;
            let finished = self.finished(&finish_reason).into();
            self.ready.push_back(Output::Event(finished));
            return Ok(());
        }
        self.steps.push(Step {
            thoughts: building.thoughts,
            text: building.text,
            calls: answered,
        });
        // A client puts the calls of all steps into one message, until a text begins another (upstream 1.75.0).
        if !self.input.parameters.context_told {
            self.building.parent = building.parent;
        }
        self.phase = Phase::Asking(self.ask());
        Ok(())
    }

    /// What the clients of both faces are told: upstream's error events name the thread and the run (1.75.0).
    fn failed(&mut self, mut error: AgentError) -> AgentError {
        let request = &self.input.request;
        let message = &error.message;
        let event = error
            .event
            .get_or_insert_with(|| Box::new(RunErrorEvent::new(message)));
        event.usage = self.usage.take().map(|usage| vec![usage]);
        for (key, id) in [("threadId", &request.thread_id), ("runId", &request.run_id)] {
            event.extra.insert(key.into(), id.as_str().into());
        }
        error
    }

    pub(super) fn finished(&mut self, finish_reason: &str) -> RunFinishedEvent {
        let request = &self.input.request;
        let mut finished = RunFinishedEvent::new(&request.thread_id, &request.run_id);
        finished.usage = self.usage.take().map(|usage| vec![usage]);
        let reason = told_reason(finish_reason).into();
        finished.extra.insert("finishReason".into(), reason);
        finished
    }

    /// Adds a step's tokens to the run's.
    fn count(&mut self, usage: Option<Usage>) {
        let Some(step) = usage else { return };
        let sum = self.usage.get_or_insert_with(|| TokenUsage {
            provider: Some(self.model.manner.provider.name.into()),
            model: Some(self.wishes.model.clone()),
            ..TokenUsage::new()
        });
        add(&mut sum.input_tokens, step.input);
        add(&mut sum.output_tokens, step.output);
        add(&mut sum.total_tokens, step.total);
        add(&mut sum.reasoning_tokens, step.reasoning);
        add(&mut sum.cached_input_tokens, step.cached);
        add(&mut sum.cache_write_input_tokens, step.cache_written);
    }
}

/// Upstream 1.75's spelling of OpenAI's words.
fn told_reason(finish_reason: &str) -> String {
    match finish_reason {
        "function_call" => "tool-calls".to_owned(),
        reason => reason.replace('_', "-"),
    }
}

fn add(sum: &mut Option<i64>, tokens: Option<i64>) {
    if let Some(tokens) = tokens {
        *sum = Some(sum.unwrap_or(0).saturating_add(tokens));
    }
}
