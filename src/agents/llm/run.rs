//! One run: asks the model, tells what it says, runs the server's tools, and asks again while steps are left.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::Model;
use super::answer::{Building, GrowingCall, Output};
use super::chunk::{Chunk, Usage};
use super::request::{AnsweredCall, Step};
use super::stream::Answer;
use crate::agents::RunInput;
use crate::generated::agui::{
    Event, MessageContent, RunFinishedEvent, TextMessageContentEvent, TextMessageEndEvent,
    TextMessageRole, TextMessageStartEvent, TokenUsage, ToolCallResultEvent,
};
use crate::runtime::error::{AgentError, ErrorCode};
use crate::tools::{Tool, ToolContext, call};

/// After the model has said why it stopped, only token counts can follow: those are not waited for for long.
const AFTERWORD: Duration = Duration::from_secs(5);

/// The state of one run; [`Run::next`] is its stream.
pub(super) struct Run {
    model: Arc<Model>,
    input: Arc<RunInput>,
    phase: Phase,
    building: Building,
    ready: VecDeque<Output>,
    /// What the server's tools gave in this step.
    answered: Vec<AnsweredCall>,
    /// Whether a tool has given the user the answer already.
    direct: bool,
    steps: Vec<Step>,
    usage: Option<TokenUsage>,
}

enum Phase {
    Asking,
    Reading(Box<Answer>),
    /// The answer is at its end; what was open has been ended.
    Ending,
    Over,
}

impl Run {
    pub(super) fn new(model: Arc<Model>, input: Arc<RunInput>) -> Self {
        Self {
            model,
            input,
            phase: Phase::Asking,
            building: Building::default(),
            ready: VecDeque::new(),
            answered: Vec::new(),
            direct: false,
            steps: Vec::new(),
            usage: None,
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
                        return Some(Err(error));
                    }
                }
            }
        }
    }

    async fn advance(&mut self) -> Result<(), AgentError> {
        match &mut self.phase {
            Phase::Asking => {
                let body = self.model.manner.body(&self.input, &self.steps);
                let body =
                    body.map_err(|error| AgentError::new(ErrorCode::Unknown, error.to_string()))?;
                let answer = self.model.transport.ask(body).await?;
                self.phase = Phase::Reading(Box::new(answer));
            }
            Phase::Reading(answer) => match answer.next(self.model.transport.failures()).await {
                Some(Ok(data)) if data.trim_start().starts_with("[DONE]") => self.end_answer()?,
                Some(Ok(data)) => self.read(&data)?,
                // The model has said all; how its connection ends is of no interest any more.
                Some(Err(_)) if self.building.finish_reason.is_some() => self.end_answer()?,
                Some(Err(error)) => return Err(error),
                None => self.end_answer()?,
            },
            Phase::Ending => self.end_step()?,
            Phase::Over => {}
        }
        Ok(())
    }

    fn read(&mut self, data: &str) -> Result<(), AgentError> {
        let failures = self.model.transport.failures();
        let chunk: Chunk = serde_json::from_str(data).map_err(|error| {
            tracing::debug!(data = failures.excerpt(data), "not a chunk");
            failures.broken(&format!(
                "the model server sent a chunk that cannot be read: {error}"
            ))
        })?;
        if let Some(error) = chunk.error {
            return Err(failures.in_stream(error.get()));
        }
        if chunk.is_error() {
            return Err(failures.in_stream(data));
        }
        self.building.push(chunk, &mut self.ready);
        if self.building.finish_reason.is_some()
            && let Phase::Reading(answer) = &mut self.phase
        {
            answer.hurry(AFTERWORD);
        }
        Ok(())
    }

    /// Runs the tool of a call that is whole, if it is one of ours.
    async fn answer_call(&mut self, place: usize) {
        let GrowingCall {
            id,
            name,
            arguments,
            ..
        } = &self.building.calls[place];
        let Some(tool) = self.input.tools.get(name) else {
            return;
        };
        let result = call::run(tool.as_ref() as &dyn Tool, arguments, self.context(id)).await;
        // In front of what the model said after the call.
        let mut told: Vec<Event> = vec![
            ToolCallResultEvent::new(
                format!("result-{id}"),
                id.clone(),
                MessageContent::Text(result.content.clone()),
            )
            .into(),
        ];
        if result.direct {
            let message_id = format!("ck-{}", Uuid::new_v4());
            let mut start = TextMessageStartEvent::new(message_id.clone());
            start.role = Some(TextMessageRole::Assistant);
            told.push(start.into());
            if !result.content.is_empty() {
                told.push(
                    TextMessageContentEvent::new(message_id.clone(), result.content.clone()).into(),
                );
            }
            told.push(TextMessageEndEvent::new(message_id).into());
        }
        self.direct |= result.direct;
        self.answered.push(AnsweredCall {
            id: id.clone(),
            name: name.clone(),
            arguments: arguments.clone(),
            result: result.content,
        });
        for event in told.into_iter().rev() {
            self.ready.push_front(Output::Event(event));
        }
    }

    fn context(&self, tool_call_id: &str) -> ToolContext {
        ToolContext {
            owner: self.input.owner.clone(),
            thread_id: self.input.request.thread_id.clone(),
            run_id: self.input.request.run_id.clone(),
            tool_call_id: tool_call_id.to_owned(),
        }
    }

    /// Some servers send more after they have said why the model stopped: that may be open still.
    fn end_answer(&mut self) -> Result<(), AgentError> {
        if self.building.finish_reason.is_some() {
            self.building.finish(&mut self.ready);
        }
        if self.ready.is_empty() {
            return self.end_step();
        }
        self.phase = Phase::Ending;
        Ok(())
    }

    fn end_step(&mut self) -> Result<(), AgentError> {
        let building = std::mem::take(&mut self.building);
        let answered = std::mem::take(&mut self.answered);
        let failures = self.model.transport.failures();
        let Some(finish_reason) = building.finish_reason else {
            return Err(failures.broken(match building.chunks {
                0 => "request ended without sending any chunks",
                _ => "missing finish_reason for choice 0",
            }));
        };
        self.count(building.usage);
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
            text: building.text,
            calls: answered,
        });
        self.phase = Phase::Asking;
        Ok(())
    }

    fn finished(&mut self, finish_reason: &str) -> RunFinishedEvent {
        let request = &self.input.request;
        let mut finished = RunFinishedEvent::new(&request.thread_id, &request.run_id);
        finished.usage = self.usage.take().map(|usage| vec![usage]);
        // Upstream 1.75's spelling of OpenAI's words.
        finished.extra.insert(
            "finishReason".into(),
            finish_reason.replace('_', "-").into(),
        );
        finished
    }

    /// Adds a step's tokens to the run's.
    fn count(&mut self, usage: Option<Usage>) {
        let Some(step) = usage else { return };
        let sum = self.usage.get_or_insert_with(|| TokenUsage {
            provider: Some(self.model.manner.provider.name.into()),
            model: Some(self.model.manner.model_for(&self.input.parameters).into()),
            ..TokenUsage::new()
        });
        add(&mut sum.input_tokens, step.prompt_tokens);
        add(&mut sum.output_tokens, step.completion_tokens);
        add(&mut sum.total_tokens, step.total_tokens);
        add(&mut sum.reasoning_tokens, step.reasoning_tokens);
        add(&mut sum.cached_input_tokens, step.cached_tokens);
    }
}

fn add(sum: &mut Option<i64>, tokens: Option<i64>) {
    if let Some(tokens) = tokens {
        *sum = Some(sum.unwrap_or(0).saturating_add(tokens));
    }
}
