//! What the events of one of Bedrock's answers say.

use std::borrow::Cow;

use http::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::anthropic::REDACTED;
use super::tagged::Tagged;
use super::{CallDelta, Delta, Misread, Reader, Usage, sum};

#[derive(Default)]
pub(super) struct ConverseReader {
    block: Block,
}

/// The block that is open; the server sends one after the other, and tells only of calls that they begin.
#[derive(Default)]
enum Block {
    #[default]
    None,
    Text(Tagged),
    Call {
        index: u32,
        begun: bool,
    },
}

/// One message of the stream, as `frames` passes it on.
#[derive(Deserialize)]
struct Frame<'a> {
    #[serde(borrow)]
    event: Option<Cow<'a, str>>,
    #[serde(borrow)]
    exception: Option<Cow<'a, str>>,
    #[serde(borrow)]
    data: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    #[serde(default)]
    content_block_index: u32,
    start: Option<BlockStart>,
    delta: Option<BlockDelta>,
    stop_reason: Option<String>,
    usage: Option<Counts>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BlockStart {
    tool_use: Option<CallStart>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CallStart {
    tool_use_id: String,
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BlockDelta {
    text: Option<String>,
    tool_use: Option<CallPiece>,
    reasoning_content: Option<Thought>,
}

#[derive(Deserialize)]
struct CallPiece {
    input: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Thought {
    text: Option<String>,
    signature: Option<String>,
    redacted_content: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Counts {
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    cache_read_input_tokens: Option<i64>,
    cache_write_input_tokens: Option<i64>,
}

impl Reader for ConverseReader {
    fn read(&mut self, data: &str, said: &mut Vec<Delta>) -> Result<(), Misread> {
        let frame: Frame<'_> = serde_json::from_str(data)?;
        if let Some(exception) = frame.exception {
            let body = frame.data.get().to_owned();
            return Err(match status(&exception) {
                Some(status) => Misread::Refused(status, body),
                None => Misread::Failed(body),
            });
        }
        let event = frame.event.unwrap_or_default();
        if event == "messageStart" {
            // Its answers have no ids.
            said.push(Delta::Id(String::new()));
            return Ok(());
        }
        let data: Data = match frame.data.get() {
            "null" => return Ok(()),
            data => serde_json::from_str(data)?,
        };
        let index = data.content_block_index;
        if let Some(call) = data.start.and_then(|start| start.tool_use) {
            self.begin_call(index, call, said);
        }
        if let Some(delta) = data.delta {
            self.go_on(index, delta, said);
        }
        match &*event {
            "contentBlockStop" => self.end(said),
            "messageStop" => {
                let reason = data.stop_reason.unwrap_or_default();
                said.push(Delta::Finish(reason_of(&reason)));
            }
            "metadata" => {
                said.extend(data.usage.map(|counts| Delta::Usage(counts.usage())));
                said.push(Delta::Over);
            }
            _ => {}
        }
        Ok(())
    }
}

impl ConverseReader {
    fn begin_call(&mut self, index: u32, call: CallStart, said: &mut Vec<Delta>) {
        said.push(Delta::Call(CallDelta {
            index: Some(index),
            id: Some(call.tool_use_id),
            name: Some(call.name),
            ..CallDelta::default()
        }));
        let begun = false;
        self.block = Block::Call { index, begun };
    }

    fn go_on(&mut self, index: u32, delta: BlockDelta, said: &mut Vec<Delta>) {
        if let Some(text) = delta.text {
            if !matches!(self.block, Block::Text(_)) {
                self.block = Block::Text(Tagged::default());
            }
            if let Block::Text(tagged) = &mut self.block {
                tagged.read(&text, said);
            }
        }
        if let Some(piece) = delta.tool_use {
            if let Block::Call { begun, .. } = &mut self.block {
                *begun |= !piece.input.is_empty();
            }
            said.push(more(index, piece.input));
        }
        if let Some(thought) = delta.reasoning_content {
            let said_something = |text: &String| !text.is_empty();
            said.extend(thought.text.filter(said_something).map(Delta::Thought));
            said.extend(thought.signature.filter(said_something).map(Delta::Seal));
            let redacted = thought.redacted_content;
            said.extend(redacted.map(|data| Delta::Seal(format!("{REDACTED}{data}"))));
        }
    }

    fn end(&mut self, said: &mut Vec<Delta>) {
        match std::mem::take(&mut self.block) {
            Block::Text(mut tagged) => tagged.finish(said),
            // A call without arguments has none of their pieces either.
            Block::Call {
                index,
                begun: false,
            } => said.push(more(index, "{}".to_owned())),
            Block::Call { .. } | Block::None => {}
        }
    }
}

fn more(index: u32, arguments: String) -> Delta {
    Delta::Call(CallDelta {
        index: Some(index),
        arguments,
        ..CallDelta::default()
    })
}

/// The status that the same refusal has where the stream has not begun (the reference of `ConverseStream`).
fn status(exception: &str) -> Option<StatusCode> {
    Some(match exception {
        "throttlingException" => StatusCode::TOO_MANY_REQUESTS,
        "validationException" => StatusCode::BAD_REQUEST,
        "modelStreamErrorException" => StatusCode::FAILED_DEPENDENCY,
        "internalServerException" => StatusCode::INTERNAL_SERVER_ERROR,
        "serviceUnavailableException" => StatusCode::SERVICE_UNAVAILABLE,
        "modelTimeoutException" => StatusCode::REQUEST_TIMEOUT,
        _ => return None,
    })
}

/// In OpenAI's words.
fn reason_of(reason: &str) -> String {
    let reason = match reason {
        "end_turn" | "stop_sequence" => "stop",
        "max_tokens" | "model_context_window_exceeded" => "length",
        "tool_use" => "tool_calls",
        "guardrail_intervened" | "content_filtered" => "content_filter",
        other => other,
    };
    reason.to_owned()
}

impl Counts {
    /// Bedrock counts what was cached beside the input.
    fn usage(&self) -> Usage {
        let (cached, cache_written) = (self.cache_read_input_tokens, self.cache_write_input_tokens);
        let input = sum([self.input_tokens, cached, cache_written]);
        Usage {
            input,
            output: self.output_tokens,
            total: sum([input, self.output_tokens]),
            cached,
            cache_written,
            reasoning: None,
        }
    }
}
