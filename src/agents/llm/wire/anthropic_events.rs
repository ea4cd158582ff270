//! What the events of one of Anthropic's answers say.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::anthropic::REDACTED;
use super::tagged::Tagged;
use super::{CallDelta, Delta, Misread, Reader, Usage, sum};

#[derive(Default)]
pub(super) struct EventReader {
    block: Block,
    counts: Counts,
}

/// The block that is open; the server sends one after the other.
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

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(default)]
    index: u32,
    message: Option<Start>,
    content_block: Option<BlockStart>,
    delta: Option<BlockDelta>,
    usage: Option<Counts>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Start {
    #[serde(default)]
    id: String,
    usage: Option<Counts>,
}

#[derive(Deserialize)]
struct BlockStart {
    #[serde(rename = "type")]
    kind: String,
    id: Option<String>,
    name: Option<String>,
    text: Option<String>,
    data: Option<String>,
}

#[derive(Deserialize)]
struct BlockDelta {
    text: Option<String>,
    thinking: Option<String>,
    signature: Option<String>,
    partial_json: Option<String>,
    stop_reason: Option<String>,
}

#[derive(Deserialize, Default)]
struct Counts {
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    cache_read_input_tokens: Option<i64>,
    cache_creation_input_tokens: Option<i64>,
}

impl Reader for EventReader {
    fn read(&mut self, data: &str, said: &mut Vec<Delta>) -> Result<(), Misread> {
        let event: Event<'_> = serde_json::from_str(data)?;
        if let Some(error) = event.error {
            return Err(Misread::Failed(error.get().to_owned()));
        }
        if let Some(start) = event.message {
            said.push(Delta::Id(start.id));
            self.counts.take(start.usage);
        }
        if let Some(start) = event.content_block {
            self.begin(event.index, start, said);
        }
        if let Some(delta) = event.delta {
            self.go_on(delta, event.usage, said);
        }
        match &*event.kind {
            "content_block_stop" => self.end(said),
            "message_stop" => said.push(Delta::Over),
            _ => {}
        }
        Ok(())
    }
}

impl EventReader {
    fn begin(&mut self, index: u32, start: BlockStart, said: &mut Vec<Delta>) {
        self.block = match start.kind.as_str() {
            "text" => {
                let mut tagged = Tagged::default();
                tagged.read(start.text.as_deref().unwrap_or_default(), said);
                Block::Text(tagged)
            }
            "tool_use" => {
                said.push(Delta::Call(CallDelta {
                    index: Some(index),
                    id: start.id,
                    name: start.name,
                    ..CallDelta::default()
                }));
                let begun = false;
                Block::Call { index, begun }
            }
            "redacted_thinking" => {
                let data = start.data.unwrap_or_default();
                said.push(Delta::Seal(format!("{REDACTED}{data}")));
                Block::None
            }
            _ => Block::None,
        };
    }

    fn go_on(&mut self, delta: BlockDelta, counts: Option<Counts>, said: &mut Vec<Delta>) {
        said.extend(
            delta
                .thinking
                .filter(|it| !it.is_empty())
                .map(Delta::Thought),
        );
        said.extend(delta.signature.filter(|it| !it.is_empty()).map(Delta::Seal));
        if let (Some(text), Block::Text(tagged)) = (&delta.text, &mut self.block) {
            tagged.read(text, said);
        }
        if let (Some(arguments), Block::Call { index, begun }) =
            (delta.partial_json, &mut self.block)
        {
            *begun |= !arguments.is_empty();
            said.push(more(*index, arguments));
        }
        if let Some(reason) = delta.stop_reason {
            self.counts.take(counts);
            said.push(Delta::Usage(self.counts.usage()));
            said.push(Delta::Finish(reason_of(&reason)));
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

/// In OpenAI's words.
fn reason_of(reason: &str) -> String {
    let reason = match reason {
        "end_turn" | "stop_sequence" | "pause_turn" => "stop",
        "max_tokens" | "model_context_window_exceeded" => "length",
        "tool_use" => "tool_calls",
        "refusal" => "content_filter",
        other => other,
    };
    reason.to_owned()
}

impl Counts {
    /// The later ones stand.
    fn take(&mut self, later: Option<Self>) {
        let Some(later) = later else { return };
        for (count, later) in [
            (&mut self.input_tokens, later.input_tokens),
            (&mut self.output_tokens, later.output_tokens),
            (
                &mut self.cache_read_input_tokens,
                later.cache_read_input_tokens,
            ),
            (
                &mut self.cache_creation_input_tokens,
                later.cache_creation_input_tokens,
            ),
        ] {
            *count = later.or(*count);
        }
    }

    /// Anthropic counts what was cached beside the input.
    fn usage(&self) -> Usage {
        let (cached, cache_written) = (
            self.cache_read_input_tokens,
            self.cache_creation_input_tokens,
        );
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
