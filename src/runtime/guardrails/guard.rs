//! Stands between a run and its agent until the verdict is there.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, try_join_all};
use futures_util::{FutureExt, StreamExt, stream};

use super::{DENIED, Guardrail, Question, Verdict, Wait};
use crate::agents::{Agent, EventStream, RunInput};
use crate::generated::agui::{AgentCapabilities, Event, RunErrorEvent};
use crate::runtime::OnFailure;
use crate::runtime::error::{AgentError, ErrorCode};
use crate::upstream::NamedUpstream;

/// How long somebody waits for a verdict.
const PATIENCE: Duration = Duration::from_secs(60);

/// All guardrails of a runtime: each may deny.
#[derive(Clone, Default)]
pub(crate) struct Guardrails {
    pub(super) guardrails: Vec<Arc<dyn Guardrail>>,
    pub(crate) wait: Wait,
    pub(crate) on_failure: OnFailure,
}

/// The agent, such that nothing is answered that may not be.
pub(crate) fn guarded(agent: Arc<dyn Agent>, guardrails: &Guardrails) -> Arc<dyn Agent> {
    match guardrails.guardrails.is_empty() {
        true => agent,
        false => Arc::new(Guarded {
            agent,
            guardrails: guardrails.clone(),
        }),
    }
}

struct Guarded {
    agent: Arc<dyn Agent>,
    guardrails: Guardrails,
}

/// What the guardrails say in the end; `Err` ends the run.
type Judging = BoxFuture<'static, Result<(), AgentError>>;

impl Agent for Guarded {
    fn description(&self) -> &str {
        self.agent.description()
    }

    fn version(&self) -> Option<&str> {
        self.agent.version()
    }

    fn capabilities(&self) -> Option<AgentCapabilities> {
        self.agent.capabilities()
    }

    fn class_name(&self) -> &str {
        self.agent.class_name()
    }

    fn run(&self, input: Arc<RunInput>) -> EventStream {
        let Some(question) = Question::of(&input) else {
            return self.agent.run(input);
        };
        let wait = self.guardrails.wait;
        let judging = self.guardrails.clone().judge(question).boxed();
        let agent = self.agent.clone();
        if wait == Wait::Question {
            let allowed = judging.map(move |verdict| match verdict {
                Ok(()) => agent.run(input),
                Err(error) => stream::once(async { Err(error) }).boxed(),
            });
            return stream::once(allowed).flatten().boxed();
        }
        let answer = Answer {
            events: agent.run(input),
            judging: Some(judging),
            held: None,
            all_waits: wait == Wait::Answer,
        };
        stream::unfold(answer, |mut answer| async move {
            answer.next().await.map(|event| (event, answer))
        })
        .boxed()
    }
}

/// An agent's answer, and the verdict on what it answers.
struct Answer {
    events: EventStream,
    /// `None` once it is there.
    judging: Option<Judging>,
    /// What waits for the verdict. The agent is not asked for more meanwhile, so it does nothing more either.
    held: Option<Option<Result<Event, AgentError>>>,
    all_waits: bool,
}

impl Answer {
    async fn next(&mut self) -> Option<Result<Event, AgentError>> {
        while let Some(judging) = &mut self.judging {
            tokio::select! {
                biased;
                verdict = judging => {
                    self.judging = None;
                    if let Err(error) = verdict {
                        self.events = stream::empty().boxed();
                        self.held = None;
                        return Some(Err(error));
                    }
                }
                event = self.events.next(), if self.held.is_none() => match event {
                    Some(Ok(event)) if !self.waits(&event) => return Some(Ok(event)),
                    event => self.held = Some(event),
                },
            }
        }
        match self.held.take() {
            Some(event) => event,
            None => self.events.next().await,
        }
    }

    /// Whether an event must not go out, nor the agent go on, before the verdict. An agent that has said nothing has begun
    /// nothing: its run's beginning may be told.
    fn waits(&self, event: &Event) -> bool {
        match event {
            Event::RunStarted(_) => false,
            Event::TextMessageStart(_)
            | Event::TextMessageContent(_)
            | Event::TextMessageEnd(_)
            | Event::TextMessageChunk(_) => self.all_waits,
            _ => true,
        }
    }
}

impl Guardrails {
    pub(crate) fn add(&mut self, guardrail: impl Guardrail) {
        self.guardrails.push(Arc::new(guardrail));
    }

    pub(crate) fn upstreams(&self) -> impl Iterator<Item = NamedUpstream> {
        self.guardrails.iter().flat_map(|it| it.upstreams())
    }

    async fn judge(self, question: Question) -> Result<(), AgentError> {
        let asked = self.guardrails.iter().map(|guardrail| async {
            let judged = AssertUnwindSafe(async { guardrail.judge(&question).await });
            match tokio::time::timeout(PATIENCE, judged.catch_unwind()).await {
                Ok(Ok(Ok(Verdict::Allowed))) => Ok(()),
                Ok(Ok(Ok(Verdict::Denied(reason)))) => Err(denied(reason)),
                Ok(Ok(Err(error))) => self.failed(&error.to_string()),
                Ok(Err(_)) => self.failed("it panicked"),
                Err(_) => self.failed(&format!("it took longer than {} s", PATIENCE.as_secs())),
            }
        });
        try_join_all(asked).await.map(drop)
    }

    fn failed(&self, reason: &str) -> Result<(), AgentError> {
        match self.on_failure {
            OnFailure::Refuse => {
                tracing::error!("a guardrail failed, and the run with it: {reason}");
                Err(not_judged())
            }
            OnFailure::Allow => {
                tracing::warn!("a guardrail failed, and the run goes on: {reason}");
                Ok(())
            }
        }
    }
}

/// The end of a run whose question was denied. Faces tell the reason in words of their own.
fn denied(reason: String) -> AgentError {
    let mut event = RunErrorEvent::new(format!("The guardrails do not allow this: {reason}"));
    event.code = Some(DENIED.to_owned());
    let mut error = AgentError::new(ErrorCode::Unknown, reason);
    error.event_code = Some(DENIED);
    error.event = Some(Box::new(event));
    error
}

/// In upstream's words (1.10.6).
fn not_judged() -> AgentError {
    let mut error = AgentError::new(
        ErrorCode::Unknown,
        "An unknown error has occurred in the guardrails validation",
    );
    error.kind = "".into();
    error.event_code = Some("GUARDRAILS_FAILED");
    error
}
