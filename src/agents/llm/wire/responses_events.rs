//! What the events of one of OpenAI's responses say.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{CallDelta, Delta, Misread, Reader, Usage};

#[derive(Default)]
pub(super) struct ResponseReader {
    calls: usize,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(default)]
    output_index: u32,
    #[serde(default)]
    summary_index: u32,
    delta: Option<String>,
    item: Option<Item>,
    #[serde(borrow)]
    response: Option<Response<'a>>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(rename = "type")]
    kind: String,
    id: Option<String>,
    call_id: Option<String>,
    name: Option<String>,
    encrypted_content: Option<String>,
}

#[derive(Deserialize)]
struct Response<'a> {
    id: Option<String>,
    usage: Option<Counts>,
    incomplete_details: Option<Incomplete>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Incomplete {
    reason: Option<String>,
}

#[derive(Deserialize)]
struct Counts {
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    total_tokens: Option<i64>,
    input_tokens_details: Option<Cached>,
    output_tokens_details: Option<Reasoned>,
}

#[derive(Deserialize)]
struct Cached {
    cached_tokens: Option<i64>,
}

#[derive(Deserialize)]
struct Reasoned {
    reasoning_tokens: Option<i64>,
}

impl Reader for ResponseReader {
    fn read(&mut self, data: &str, said: &mut Vec<Delta>) -> Result<(), Misread> {
        if data.trim_start().starts_with("[DONE]") {
            said.push(Delta::Over);
            return Ok(());
        }
        let event: Event<'_> = serde_json::from_str(data)?;
        let delta = event.delta.unwrap_or_default();
        match &*event.kind {
            "response.created" => {
                let id = event.response.and_then(|response| response.id);
                said.push(Delta::Id(id.unwrap_or_default()));
            }
            "response.output_text.delta" | "response.refusal.delta" => {
                said.push(Delta::Text(delta));
            }
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                said.push(Delta::Thought(delta));
            }
            "response.reasoning_summary_part.added" if event.summary_index > 0 => {
                said.push(Delta::Thought("\n\n".to_owned()));
            }
            "response.function_call_arguments.delta" => said.push(Delta::Call(CallDelta {
                index: Some(event.output_index),
                arguments: delta,
                ..CallDelta::default()
            })),
            "response.output_item.added" => self.begin(event.output_index, event.item, said),
            "response.output_item.done" => said.extend(event.item.and_then(seal)),
            "response.completed" | "response.incomplete" => self.end(event.response, said),
            "response.failed" => {
                let error = event.response.and_then(|response| response.error);
                return Err(failed(error.map_or(data, RawValue::get)));
            }
            // The error itself, or an object that holds it.
            "error" => return Err(failed(data)),
            _ => {}
        }
        Ok(())
    }
}

fn failed(error: &str) -> Misread {
    #[derive(Deserialize)]
    struct Holds<'a> {
        #[serde(borrow)]
        error: &'a RawValue,
    }
    let inner = serde_json::from_str::<Holds<'_>>(error);
    Misread::Failed(inner.map_or(error, |holds| holds.error.get()).to_owned())
}

/// What a thought is sent back with, behind its id.
fn seal(item: Item) -> Option<Delta> {
    let encrypted = item.encrypted_content.filter(|it| !it.is_empty())?;
    let of_thought = item.kind == "reasoning";
    of_thought.then(|| Delta::Seal(format!("{}:{encrypted}", item.id.unwrap_or_default())))
}

impl ResponseReader {
    fn begin(&mut self, index: u32, item: Option<Item>, said: &mut Vec<Delta>) {
        if let Some(item) = item.filter(|item| item.kind == "function_call") {
            self.calls += 1;
            said.push(Delta::Call(CallDelta {
                index: Some(index),
                id: item.call_id,
                name: item.name,
                ..CallDelta::default()
            }));
        }
    }

    fn end(&self, response: Option<Response<'_>>, said: &mut Vec<Delta>) {
        let (usage, incomplete) = match response {
            Some(response) => (response.usage, response.incomplete_details),
            None => (None, None),
        };
        said.extend(usage.map(|counts| Delta::Usage(counts.usage())));
        // In the words of chat completions.
        let cut = incomplete.and_then(|it| it.reason);
        let reason = match cut.as_deref() {
            Some("max_output_tokens") => "length",
            Some(other) => other,
            None if self.calls > 0 => "tool_calls",
            None => "stop",
        };
        said.push(Delta::Finish(reason.to_owned()));
        said.push(Delta::Over);
    }
}

impl Counts {
    fn usage(self) -> Usage {
        Usage {
            input: self.input_tokens,
            output: self.output_tokens,
            total: self.total_tokens,
            cached: self.input_tokens_details.and_then(|it| it.cached_tokens),
            cache_written: None,
            reasoning: self
                .output_tokens_details
                .and_then(|it| it.reasoning_tokens),
        }
    }
}
