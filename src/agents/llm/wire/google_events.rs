//! What the events of one of Google's answers say.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{CallDelta, Delta, Misread, Reader, Usage, sum};

#[derive(Default)]
pub(super) struct GoogleReader {
    named: bool,
    calls: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    response_id: Option<String>,
    #[serde(default)]
    candidates: Vec<Candidate>,
    prompt_feedback: Option<Feedback>,
    usage_metadata: Option<Counts>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    content: Option<Turn>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Turn {
    #[serde(default)]
    parts: Vec<Part>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    text: Option<String>,
    #[serde(default)]
    thought: bool,
    thought_signature: Option<String>,
    function_call: Option<Call>,
}

#[derive(Deserialize)]
struct Call {
    id: Option<String>,
    name: String,
    #[serde(default)]
    args: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Feedback {
    block_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Counts {
    prompt_token_count: Option<i64>,
    candidates_token_count: Option<i64>,
    thoughts_token_count: Option<i64>,
    cached_content_token_count: Option<i64>,
    total_token_count: Option<i64>,
}

impl Reader for GoogleReader {
    fn read(&mut self, data: &str, said: &mut Vec<Delta>) -> Result<(), Misread> {
        let response: Response<'_> = serde_json::from_str(data)?;
        if let Some(error) = response.error {
            return Err(Misread::Failed(error.get().to_owned()));
        }
        if !self.named {
            self.named = true;
            said.push(Delta::Id(response.response_id.unwrap_or_default()));
        }
        said.extend(
            response
                .usage_metadata
                .map(|counts| Delta::Usage(counts.usage())),
        );
        let blocked = response.prompt_feedback.and_then(|it| it.block_reason);
        if let Some(reason) = blocked {
            let text = format!("the prompt was blocked: {reason}");
            return Err(Misread::Failed(Value::from(text).to_string()));
        }
        // One candidate is what is asked for.
        let Some(candidate) = response.candidates.into_iter().next() else {
            return Ok(());
        };
        for part in candidate.content.into_iter().flat_map(|turn| turn.parts) {
            self.part(part, said);
        }
        if let Some(reason) = candidate.finish_reason {
            said.push(Delta::Finish(self.reason(&reason)));
        }
        Ok(())
    }
}

impl GoogleReader {
    fn part(&mut self, part: Part, said: &mut Vec<Delta>) {
        if let Some(text) = part.text.filter(|text| !text.is_empty()) {
            said.push(match part.thought {
                true => Delta::Thought(text),
                false => Delta::Text(text),
            });
        }
        if let Some(call) = part.function_call {
            // Calls come whole, and mostly without an id.
            let id = call.id.filter(|id| !id.is_empty());
            let made = || format!("call_{}", Uuid::new_v4().simple());
            said.push(Delta::Call(CallDelta {
                index: Some(self.calls),
                id: Some(id.unwrap_or_else(made)),
                name: Some(call.name),
                arguments: call
                    .args
                    .map_or_else(|| "{}".to_owned(), |it| it.to_string()),
                seal: part.thought_signature,
            }));
            self.calls += 1;
        }
    }

    /// In OpenAI's words.
    fn reason(&self, reason: &str) -> String {
        let reason = match reason {
            "STOP" if self.calls > 0 => "tool_calls",
            "STOP" => "stop",
            "MAX_TOKENS" => "length",
            "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" => {
                "content_filter"
            }
            other => return other.to_lowercase(),
        };
        reason.to_owned()
    }
}

impl Counts {
    /// Google counts thoughts beside the answer.
    fn usage(&self) -> Usage {
        Usage {
            input: self.prompt_token_count,
            output: sum([self.candidates_token_count, self.thoughts_token_count]),
            total: self.total_token_count,
            cached: self.cached_content_token_count,
            cache_written: None,
            reasoning: self.thoughts_token_count,
        }
    }
}
