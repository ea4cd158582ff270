//! The answer of an agent: its events, as long as it gives signs of life, up to the one that ends the run.
//!
//! Bytes are read only when an event is asked for, so a slow reader slows the agent down.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::Stream;

use super::failure::Failures;
use super::lines::{Lines, TooLong};
use super::shape::settle;
use crate::generated::agui::{Event, Message};
use crate::runtime::error::AgentError;
use crate::upstream::Body;

/// So many chunks without an event are read at one go; a run must be cancelled in time whatever its agent sends.
const CHUNKS_A_POLL: usize = 64;

/// An answer that has begun.
pub(super) struct Events {
    body: Body,
    /// Whether all bytes have come.
    complete: bool,
    lines: Lines,
    line_bytes: usize,
    failures: Failures,
    /// Whether the run has begun.
    begun: bool,
    /// Whether the run has ended.
    ended: bool,
}

impl Events {
    pub(super) fn new(body: Body, line_bytes: usize, failures: Failures) -> Self {
        Self {
            body,
            complete: false,
            lines: Lines::new(line_bytes),
            line_bytes,
            failures,
            begun: false,
            ended: false,
        }
    }

    /// The same answer, of which this was read already.
    pub(super) fn behind(mut self, beginning: Bytes) -> Self {
        self.lines.push(beginning);
        self
    }

    /// The next event that is here, or the failure that keeps it from coming.
    fn arrived(&mut self) -> Result<Option<Event>, AgentError> {
        loop {
            let data = match self.lines.next() {
                Ok(None) if self.complete => self.lines.finish(),
                data => data,
            };
            match data {
                // Some servers keep a stream open with empty events.
                Ok(Some(data)) if data.is_empty() => {}
                Ok(Some(data)) => {
                    let event = self.parse(&data)?;
                    self.begin(&event)?;
                    return Ok(Some(event));
                }
                Ok(None) if self.complete => return Err(self.failures.no_end()),
                Ok(None) => return Ok(None),
                Err(TooLong) => return Err(self.failures.too_long(self.line_bytes)),
            }
        }
    }

    fn parse(&self, data: &Bytes) -> Result<Event, AgentError> {
        let event = serde_json::from_slice(data);
        let event = event.map_err(|error| self.failures.event(data, error))?;
        let event = settle(event).map_err(|what| self.failures.shape(what))?;
        if let Event::MessagesSnapshot(snapshot) = &event {
            // No client can read it, and without the message it would say something else.
            let unknown = |message: &&Message| matches!(message, Message::Other(_));
            if let Some(message) = snapshot.messages.iter().find(unknown) {
                return Err(self.failures.unknown_role(message.role()));
            }
        }
        Ok(event)
    }

    /// An agent elsewhere must say that it began, as upstream 1.75.0 and 1.10.6 have it.
    fn begin(&mut self, event: &Event) -> Result<(), AgentError> {
        let begins = matches!(event, Event::RunStarted(_) | Event::RunError(_));
        if !self.begun && !begins {
            return Err(self.failures.no_start());
        }
        self.begun = true;
        Ok(())
    }

    /// Reads one more chunk.
    fn read(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), AgentError>> {
        match ready!(Pin::new(&mut self.body).poll_next(cx)) {
            Some(Ok(chunk)) => self.lines.push(chunk),
            Some(Err(error)) => return Poll::Ready(Err(self.failures.broke_off(error))),
            None => self.complete = true,
        }
        Poll::Ready(Ok(()))
    }
}

impl Stream for Events {
    type Item = Result<Event, AgentError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.ended {
            return Poll::Ready(None);
        }
        for _ in 0..CHUNKS_A_POLL {
            let next = match this.arrived() {
                Ok(Some(event)) => Ok(event),
                Err(error) => Err(error),
                Ok(None) => match ready!(this.read(cx)) {
                    Ok(()) => continue,
                    Err(error) => Err(error),
                },
            };
            this.ended = !matches!(&next, Ok(event) if !is_end(event));
            if this.ended && !this.complete {
                // Where the answer's end is here too, the connection can be used again.
                let _ = Pin::new(&mut this.body).poll_next(cx);
            }
            return Poll::Ready(Some(next));
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

fn is_end(event: &Event) -> bool {
    matches!(event, Event::RunFinished(_) | Event::RunError(_))
}
