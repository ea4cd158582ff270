//! An agent of an endpoint.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, TryFutureExt};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Answer, Language};
use super::asked::Said;
use super::handover;
use super::info::FoundAgent;
use super::request::Body;
use super::transport::{Method, Transport};
use crate::agents::{Agent, Asker, EventStream, KeptState, RunInput, agui};
use crate::runtime::error::AgentError;

/// An agent as it was found.
pub(super) struct RemoteAgent {
    found: FoundAgent,
    transport: Arc<Transport>,
}

impl RemoteAgent {
    pub(super) fn new(found: FoundAgent, transport: Arc<Transport>) -> Self {
        Self { found, transport }
    }

    fn language(&self) -> Result<Language, AgentError> {
        let kind = self.found.kind.as_deref();
        match kind {
            Some("langgraph") => Ok(Language::LangGraph),
            Some("crewai") => Ok(Language::CrewAi),
            _ => Err(self.transport.failures.unsupported(&self.found.name, kind)),
        }
    }
}

impl Agent for RemoteAgent {
    fn description(&self) -> &str {
        self.found.description.as_deref().unwrap_or_default()
    }

    fn run(&self, input: Arc<RunInput>) -> EventStream {
        let language = self.language();
        let (transport, name) = (self.transport.clone(), self.found.name.clone());
        let asked = input.clone();
        let answer = async move {
            let language = language?;
            let said = Said::new(&asked.properties, &asked.headers);
            let body = Body::new(&name, language, &asked, &said);
            let answer = transport.ask(Method::ExecuteAgent, &said, &body).await?;
            Ok(Answer::new(answer, language, &asked, transport).events())
        };
        let answered = agui::answered(answer.try_flatten_stream().boxed(), input.clone());
        handover::relayed(answered.boxed(), input)
    }

    fn kept_state<'a>(
        &'a self,
        thread: &'a str,
        asker: Asker<'a>,
    ) -> BoxFuture<'a, Result<Option<KeptState>, AgentError>> {
        async move {
            let said = Said::new(asker.properties, asker.headers);
            let body = json!({
                "properties": said.properties,
                "threadId": thread,
                "name": self.found.name,
            });
            let method = Method::AgentState;
            let answer = self.transport.ask(method, &said, &body).await?;
            let kept: Kept = self.transport.read(method, answer).await?;
            Ok(kept.thread_exists.then_some(KeptState {
                state: kept.state,
                messages: kept.messages,
            }))
        }
        .boxed()
    }
}

/// The answer to `/agents/state`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    #[serde(default)]
    thread_exists: bool,
    #[serde(default)]
    state: Value,
    #[serde(default)]
    messages: Vec<Value>,
}
