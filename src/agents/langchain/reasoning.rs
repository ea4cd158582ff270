//! What a model thinks before it answers, in the many ways in which providers put it into LangChain's chunks (those that
//! `@ag-ui/langgraph` 0.0.43 knows).

use serde_json::Value;
use uuid::Uuid;

use super::chunk::Chunk;
use super::told::Told;

/// The stretch of thinking that is open, if one is.
#[derive(Default)]
pub(super) struct Reasoning {
    open: Option<Open>,
    /// The provider's id for thoughts whose text has not come.
    announced: Option<String>,
}

struct Open {
    id: String,
    index: i64,
    signature: Option<String>,
}

/// What one chunk has of it.
#[derive(Debug, Default, PartialEq)]
struct Thought<'a> {
    text: &'a str,
    index: i64,
    id: Option<&'a str>,
    signature: Option<&'a str>,
}

impl Reasoning {
    /// Takes in what a chunk has.
    pub(super) fn take(&mut self, chunk: &Chunk, told: &mut Told) {
        if let (Some(open), Some(hidden)) = (&self.open, encrypted(&chunk.content)) {
            told.reasoning_encrypted(&open.id, hidden);
        }
        let Some(thought) = thought(chunk) else {
            return;
        };
        if thought.text.is_empty() {
            self.announced = thought.id.map(str::to_owned).or(self.announced.take());
            return;
        }
        if self
            .open
            .as_ref()
            .is_some_and(|open| open.index != thought.index)
        {
            self.ends(told);
        }
        let open = self.open.get_or_insert_with(|| {
            // The provider's id is the one under which the thread's messages have the thought later.
            let id = thought.id.map(str::to_owned).or(self.announced.take());
            let id = id.unwrap_or_else(|| Uuid::new_v4().to_string());
            told.reasoning_starts(&id);
            Open {
                id,
                index: thought.index,
                signature: None,
            }
        });
        if let Some(signature) = thought.signature {
            open.signature = Some(signature.to_owned());
        }
        told.reasoning(thought.text);
    }

    /// Something else begins.
    pub(super) fn ends(&mut self, told: &mut Told) {
        if let Some(open) = self.open.take() {
            if let Some(signature) = &open.signature {
                told.reasoning_encrypted(&open.id, signature);
            }
            told.reasoning_ends();
        }
    }
}

fn thought(chunk: &Chunk) -> Option<Thought<'_>> {
    let in_content = chunk.content.get(0).and_then(of_block);
    in_content.or_else(|| of_rest(&chunk.additional_kwargs))
}

/// Of the first part of a content.
fn of_block(block: &Value) -> Option<Thought<'_>> {
    let index = |of: &Value| of["index"].as_i64().unwrap_or_default();
    match block["type"].as_str()? {
        "thinking" => Some(Thought {
            text: block["thinking"].as_str()?,
            index: index(block),
            id: None,
            signature: block["signature"].as_str(),
        }),
        "reasoning" if block["reasoning"].is_string() => Some(Thought {
            text: block["reasoning"].as_str()?,
            index: index(block),
            ..Thought::default()
        }),
        "reasoning" => {
            let id = block["id"].as_str();
            match block["summary"].as_array()?.first() {
                None => id.map(|id| Thought {
                    index: index(block),
                    id: Some(id),
                    ..Thought::default()
                }),
                // Later parts of a summary are of the same item, and two messages cannot have one id.
                Some(part) => Some(Thought {
                    text: part["text"].as_str().unwrap_or_default(),
                    index: index(part),
                    id: id.filter(|_| index(part) == 0),
                    signature: None,
                }),
            }
        }
        "reasoning_content" => {
            let content = &block["reasoning_content"];
            Some(Thought {
                text: content["text"].as_str()?,
                index: index(content),
                ..Thought::default()
            })
        }
        _ => None,
    }
}

/// Of `additional_kwargs`: OpenAI's older form, and DeepSeek's.
fn of_rest(rest: &Value) -> Option<Thought<'_>> {
    let summary = &rest["reasoning"]["summary"][0];
    let text = summary["text"]
        .as_str()
        .or_else(|| rest["reasoning_content"].as_str());
    text.map(|text| Thought {
        text,
        index: summary["index"].as_i64().unwrap_or_default(),
        ..Thought::default()
    })
}

/// Thoughts that only their provider can read.
fn encrypted(content: &Value) -> Option<&str> {
    let block = content.get(0)?;
    (block["type"] == "redacted_thinking").then(|| block["data"].as_str())?
}
