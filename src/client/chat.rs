//! `generateCopilotResponse`: a question, and the answer as it arrives.

use std::collections::VecDeque;

use http::header::CONTENT_TYPE;

pub use super::incremental::Piece;
pub use super::inputs::{
    ActionExecutionMessageInput, MessageInput, MessageRole, MetaEventInput, MetaEventName,
    ResultMessageInput, TextMessageInput,
};
pub use super::messages::{Message, MessageStatus, MetaEvent, ResponseStatus};

use super::error::no_runtime;
use super::extensions::Request;
use super::incremental::pieces;
use super::inputs::{
    AgentSessionInput, CopilotRequestType, FrontendInput, GenerateCopilotResponseInput,
    GenerateCopilotResponseMetadataInput, GenerateVariables,
};
use super::multipart::Multipart;
use super::{Client, ClientError};

/// What upstream's own client sends.
const OPERATION: &str =
    include_str!("../../schema/operations/1.10.6/generateCopilotResponse.wire.graphql");
const ACCEPT: &str = "multipart/mixed, application/graphql-response+json, application/json";

/// One request for an answer.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// The conversation's thread; without one the runtime begins a thread.
    pub thread_id: Option<String>,
    /// The agent to ask; without one whatever the runtime asks by default.
    pub agent: Option<String>,
    /// The conversation so far.
    pub messages: Vec<MessageInput>,
    /// Answers to interrupts.
    pub meta_events: Vec<MetaEventInput>,
}

/// An answer that is arriving. Dropping it closes the connection, which stops the run.
#[derive(Debug)]
pub struct Answer {
    response: reqwest::Response,
    /// `None` where the server sends one JSON.
    multipart: Option<Multipart>,
    ready: VecDeque<Piece>,
    /// What has arrived of one JSON.
    whole: Vec<u8>,
    ended: bool,
}

impl Client {
    /// Asks, and gives the answer as soon as the runtime begins it.
    pub async fn chat(&self, question: Question) -> Result<Answer, ClientError> {
        let request = Request {
            operation_name: "generateCopilotResponse",
            query: OPERATION,
            variables: variables(question),
        };
        let response = self.post(&request, ACCEPT, None).await?;
        let content_type = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let multipart = content_type.and_then(Multipart::new);
        Ok(Answer {
            response,
            multipart,
            ready: VecDeque::new(),
            whole: Vec::new(),
            ended: false,
        })
    }
}

impl Answer {
    /// The next piece; `None` once the answer is complete.
    pub async fn next(&mut self) -> Result<Option<Piece>, ClientError> {
        while self.ready.is_empty() && !self.ended {
            match self.response.chunk().await.map_err(ClientError::broken)? {
                Some(bytes) => self.take(&bytes)?,
                None => self.finish()?,
            }
        }
        Ok(self.ready.pop_front())
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), ClientError> {
        match &mut self.multipart {
            None => self.whole.extend_from_slice(bytes),
            Some(multipart) => {
                let parts = multipart.push(bytes);
                self.ended = multipart.is_complete();
                parts.iter().try_for_each(|part| self.read(part))?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ClientError> {
        self.ended = true;
        match &self.multipart {
            Some(_) => Err(ClientError::Broken("the server closed it".to_owned())),
            None => {
                let whole = std::mem::take(&mut self.whole);
                self.read(&whole)
            }
        }
    }

    fn read(&mut self, payload: &[u8]) -> Result<(), ClientError> {
        let read = pieces(payload);
        let read =
            read.ok_or_else(|| no_runtime(self.response.url(), self.response.status(), payload))?;
        self.ready.extend(read?);
        Ok(())
    }
}

fn variables(question: Question) -> GenerateVariables {
    GenerateVariables {
        data: GenerateCopilotResponseInput {
            metadata: GenerateCopilotResponseMetadataInput {
                request_type: Some(CopilotRequestType::Chat),
            },
            agent_session: question.agent.map(|agent_name| AgentSessionInput {
                agent_name,
                thread_id: question.thread_id.clone(),
            }),
            thread_id: question.thread_id,
            messages: question.messages,
            frontend: FrontendInput {
                actions: Vec::new(),
            },
            meta_events: Some(question.meta_events).filter(|events| !events.is_empty()),
        },
    }
}
