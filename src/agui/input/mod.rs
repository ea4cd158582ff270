//! Reads a `RunAgentInput`. What is wrong with one is told in upstream's words, which are zod's: developers search for them.

mod contract;
mod issues;
mod known;
mod shape;

use serde_json::Value;

use crate::generated::agui::RunAgentInput;

/// Why a body is no input of a run.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Told as upstream tells it.
    Invalid(String),
    TooMany {
        messages: usize,
        limit: usize,
    },
}

/// Reads a body with at most so many messages.
///
/// AG-UI 1.0 lets `tools` and `context` be left out, upstream 1.75.0 does not: here they may. Keys that the contract does not
/// know are left out of what agents and later readers get, as upstream does.
pub(super) fn read(body: &[u8], limit: usize) -> Result<RunAgentInput, Refusal> {
    let mut input: RunAgentInput = match serde_json::from_slice(body) {
        Ok(input) => input,
        Err(error) => return Err(Refusal::Invalid(complaint(body, &error.to_string()))),
    };
    let messages = input.messages.len();
    if messages > limit {
        return Err(Refusal::TooMany { messages, limit });
    }
    if !known::only(&mut input) {
        let reason = "A message has a role or a content part of an unknown kind.";
        return Err(Refusal::Invalid(complaint(body, reason)));
    }
    input.tools.get_or_insert_default();
    input.context.get_or_insert_default();
    input.state = input.state.filter(|state| !state.is_null());
    Ok(input)
}

/// What upstream would say of this body; `otherwise` if it would say nothing.
fn complaint(body: &[u8], otherwise: &str) -> String {
    let body: Value = match serde_json::from_slice(body) {
        Ok(body) => body,
        // V8's words for a text that breaks off.
        Err(error) if error.is_eof() => return "Unexpected end of JSON input".to_owned(),
        Err(error) => return error.to_string(),
    };
    let issues = shape::check(&contract::RUN_AGENT_INPUT, &body);
    match issues.is_empty() {
        true => otherwise.to_owned(),
        false => issues::told(&issues),
    }
}

#[cfg(test)]
mod tests;
