//! The answer of an agent: its lines as events, as long as it gives signs of life.
//!
//! Bytes are read only when an event is asked for, so a slow reader slows the agent down.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, stream};

use super::crew::Crew;
use super::langgraph::LangGraph;
use super::lines::{Lines, TooLong};
use super::transport::Transport;
use crate::agents::langchain::Told;
use crate::agents::{EventStream, RunInput};
use crate::generated::agui::Event;
use crate::runtime::error::AgentError;
use crate::upstream::{Body, BodyError};

/// In which events an agent speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    LangGraph,
    CrewAi,
}

/// An answer that has begun.
pub(super) struct Answer {
    body: Body,
    /// Whether all bytes have come.
    complete: bool,
    lines: Lines,
    reader: Reader,
    told: Told,
    transport: Arc<Transport>,
}

enum Reader {
    LangGraph(Box<LangGraph>),
    CrewAi(Crew),
}

impl Answer {
    pub(super) fn new(
        body: Body,
        language: Language,
        input: &RunInput,
        transport: Arc<Transport>,
    ) -> Self {
        Self {
            body,
            complete: false,
            lines: Lines::new(transport.line_bytes),
            reader: match language {
                Language::LangGraph => Reader::LangGraph(Box::default()),
                Language::CrewAi => Reader::CrewAi(Crew::default()),
            },
            told: Told::new(input),
            transport,
        }
    }

    pub(super) fn events(self) -> EventStream {
        stream::try_unfold(self, |mut answer| async move {
            Ok(answer.next().await?.map(|event| (event, answer)))
        })
        .boxed()
    }

    async fn next(&mut self) -> Result<Option<Event>, AgentError> {
        loop {
            if let Some(event) = self.told.next() {
                return Ok(Some(event));
            }
            let failures = &self.transport.failures;
            match self.lines.next() {
                Ok(Some(line)) => self.take(&line)?,
                Ok(None) if self.complete => return Ok(None),
                Ok(None) => self.read().await?,
                Err(TooLong) => return Err(failures.too_long("a line", self.transport.line_bytes)),
            }
        }
    }

    fn take(&mut self, line: &Bytes) -> Result<(), AgentError> {
        let taken = match &mut self.reader {
            Reader::LangGraph(reader) => reader.take(line, &mut self.told),
            Reader::CrewAi(reader) => reader.take(line, &mut self.told),
        };
        match taken {
            Ok(None) => Ok(()),
            Ok(Some(failure)) => Err(failure),
            Err(error) => Err(self.transport.failures.bad_line(&error)),
        }
    }

    /// Reads one more chunk, or the end.
    async fn read(&mut self) -> Result<(), AgentError> {
        match self.body.next().await {
            Some(Ok(chunk)) => self.lines.push(&chunk),
            None => self.end()?,
            Some(Err(error)) => {
                let own = match error {
                    BodyError::Cut(_) => self.failed(),
                    BodyError::Silent(_) => None,
                };
                return Err(own.unwrap_or_else(|| self.transport.failures.broke_off(error)));
            }
        }
        Ok(())
    }

    /// All bytes have come; the last line may lack its end.
    fn end(&mut self) -> Result<(), AgentError> {
        self.complete = true;
        if let Some(rest) = self.lines.finish() {
            self.take(&rest)?;
        }
        if let Some(failure) = self.failed() {
            return Err(failure);
        }
        self.told.end();
        Ok(())
    }

    fn failed(&mut self) -> Option<AgentError> {
        match &mut self.reader {
            Reader::LangGraph(reader) => reader.failed(),
            Reader::CrewAi(_) => None,
        }
    }
}
