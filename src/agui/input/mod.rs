//! Reads a `RunAgentInput`. What is wrong with one is told in upstream's words, which are zod's: developers search for them.

mod contract;
mod issues;
mod known;
mod shape;

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use self::shape::Rules;
use crate::generated::agui::RunAgentInput;
use crate::json;

/// Why a body is no input of a run.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Told as upstream tells it.
    Invalid(String),
    TooMany {
        /// Messages or tools: `limits.messages`, `limits.tools`.
        things: &'static str,
        count: usize,
        limit: usize,
    },
}

/// How much an input may carry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Most {
    pub(crate) messages: usize,
    pub(crate) tools: usize,
}

/// Reads a body with at most so much in it.
///
/// What upstream 1.75.0 refuses is refused, but for what AG-UI 1.0 allows: `tools` and `context` left out, content of tool
/// messages in parts, media of a provider's. Keys that the contract does not know are left out of what agents and later
/// readers get, as upstream does.
pub(super) fn read(body: &[u8], most: Most) -> Result<RunAgentInput, Refusal> {
    let mut body = json::parse_as_v8(body).map_err(Refusal::Invalid)?;
    for (things, limit) in [("messages", most.messages), ("tools", most.tools)] {
        let count = body
            .get(things)
            .and_then(Value::as_array)
            .map_or(0, Vec::len);
        if count > limit {
            return Err(Refusal::TooMany {
                things,
                count,
                limit,
            });
        }
    }
    if !shape::check(&contract::RUN_AGENT_INPUT, &body, Rules::Both).is_empty() {
        let issues = shape::check(&contract::RUN_AGENT_INPUT, &body, Rules::Old);
        return Err(Refusal::Invalid(issues::told(&issues)));
    }
    let version = body.get_mut("protocolVersion");
    if let Some(version) = version.filter(|version| !version.is_string()) {
        // Upstream 1.75.0 does not know the key.
        *version = Value::Null;
    }
    let input = RunAgentInput::deserialize(body);
    let mut input = input.map_err(|error| Refusal::Invalid(error.to_string()))?;
    if !known::only(&mut input) {
        let reason = "A message has a role or a content part of an unknown kind.";
        return Err(Refusal::Invalid(reason.to_owned()));
    }
    input.tools.get_or_insert_default();
    input.context.get_or_insert_default();
    input.state = input.state.filter(|state| !state.is_null());
    if input.run_id.is_empty() {
        input.run_id = Uuid::new_v4().to_string();
    }
    Ok(input)
}

#[cfg(test)]
mod tests;
