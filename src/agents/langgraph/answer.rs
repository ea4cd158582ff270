//! The answer to a run's request: server-sent events, as long as the server gives signs of life.

use bytes::Bytes;
use futures_util::StreamExt;
use serde_json::Value;

use super::cancel::Cancel;
use super::server::Session;
use crate::agents::agui::{Lines, TooLong};
use crate::runtime::error::AgentError;
use crate::upstream::{self, Body};

/// An answer that has begun. Dropped before its end, it ends the run.
pub(super) struct Answer {
    // Closed before the run is cancelled.
    body: Body,
    lines: Lines,
    line_bytes: usize,
    cancel: Cancel,
    /// Whether all bytes have come.
    complete: bool,
}

impl Answer {
    pub(super) fn new(answer: upstream::Answer, mut cancel: Cancel, session: &Session) -> Self {
        cancel.named_by(&answer.headers);
        Self {
            body: answer.body,
            lines: Lines::new(session.line_bytes()),
            line_bytes: session.line_bytes(),
            cancel,
            complete: false,
        }
    }

    /// The next event's name and data; nothing once the run has ended.
    pub(super) async fn next(
        &mut self,
        session: &Session,
    ) -> Result<Option<(String, Bytes)>, AgentError> {
        let limit = self.line_bytes;
        let too_long = |TooLong| session.failures.too_long("a line", limit);
        loop {
            let data = match self.lines.next().map_err(too_long)? {
                None if self.complete => self.lines.finish().map_err(too_long)?,
                data => data,
            };
            match data {
                // Some servers keep a stream open with empty events.
                Some(data) if data.is_empty() => {}
                Some(data) => {
                    let name = String::from_utf8_lossy(self.lines.event_name()).into_owned();
                    self.note(&name, &data);
                    return Ok(Some((name, data)));
                }
                None if self.complete => {
                    self.cancel.not_needed();
                    return Ok(None);
                }
                None => match self.body.next().await {
                    Some(Ok(chunk)) => self.lines.push(chunk),
                    Some(Err(error)) => return Err(session.failures.broke_off(error)),
                    None => self.complete = true,
                },
            }
        }
    }

    /// Notes what the run is called, and that a run that failed need not be ended.
    fn note(&mut self, name: &str, data: &[u8]) {
        match name {
            "metadata" => {
                let run: Value = serde_json::from_slice(data).unwrap_or_default();
                if let Some(run) = run["run_id"].as_str() {
                    self.cancel.named(run);
                }
            }
            "error" => self.cancel.not_needed(),
            _ => {}
        }
    }
}
