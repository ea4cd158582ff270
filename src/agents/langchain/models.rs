//! The answers of models, chunk by chunk. Messages of nodes that run at once are told apart, and of two calls in one message
//! each gets its own arguments; upstream (1.10.6) mixes them up.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

use super::chunk::{Asked, CallChunk, Chunk, texts};
use super::event::{StreamEvent, read};
use super::reasoning::Reasoning;
use super::told::Told;

/// What models have told so far, as far as it matters for what comes.
#[derive(Default)]
pub(in crate::agents) struct Models {
    /// The message that the last chunk was of.
    last_message: Option<String>,
    /// The message of each run of a model.
    of_run: HashMap<String, String>,
    /// The last call of each place in a message, and whether it is shown.
    calls: HashMap<(String, Option<i64>), Call>,
    /// The calls that are not shown.
    hidden: HashSet<String>,
    reasoning: Reasoning,
}

#[derive(Clone)]
struct Call {
    id: String,
    shown: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ChunkData {
    chunk: Chunk,
}

impl Models {
    /// `on_chat_model_stream`.
    pub(in crate::agents) fn stream(&mut self, event: &StreamEvent<'_>, told: &mut Told) {
        let data: ChunkData = read(event.data);
        let chunk = data.chunk.whole();
        self.chunk(chunk, read(event.metadata), event.run_id.as_deref(), told);
    }

    /// A chunk and its metadata, as servers tell them that have no events of models.
    pub(in crate::agents) fn message(&mut self, data: &[u8], told: &mut Told) {
        let Ok((chunk, asked)) = serde_json::from_slice::<(Chunk, Asked)>(data) else {
            return;
        };
        if chunk.of_a_model() {
            self.chunk(chunk.whole(), asked, None, told);
        }
    }

    /// `on_chat_model_end`.
    pub(in crate::agents) fn end(&mut self, event: &StreamEvent<'_>, told: &mut Told) {
        let run = event.run_id.as_deref().unwrap_or_default();
        if let Some(message) = self.of_run.remove(run) {
            self.reasoning.ends(told);
            told.text_ends(&message);
            told.calls_end(&message);
        }
    }

    /// Whether a call was kept from the client.
    pub(in crate::agents) fn hides(&self, call: &str) -> bool {
        self.hidden.contains(call)
    }

    fn chunk(&mut self, chunk: Chunk, asked: Asked, run: Option<&str>, told: &mut Told) {
        let given = chunk.id.as_str().map(str::to_owned);
        let Some(message) = given
            .or_else(|| self.last_message.clone())
            .or_else(|| run.map(str::to_owned))
        else {
            return;
        };
        if let Some(run) = run {
            self.of_run.insert(run.to_owned(), message.clone());
        }
        let calls = chunk.tool_call_chunks.as_deref().unwrap_or_default();
        if calls.is_empty() {
            told.calls_end(&message);
        }
        if asked.shows_messages() {
            self.reasoning.take(&chunk, told);
            let text = texts(&chunk.content);
            if !text.is_empty() {
                self.reasoning.ends(told);
                told.text(&message, &text);
            }
        }
        for call in chunk.tool_call_chunks.unwrap_or_default() {
            self.call(&message, call, &asked, told);
        }
        if chunk.response_metadata.is_some_and(|it| it.is_last()) {
            self.reasoning.ends(told);
            told.text_ends(&message);
            told.calls_end(&message);
        }
        if let Some(usage) = chunk.usage_metadata {
            told.used(usage.of(asked));
        }
        self.last_message = Some(message);
    }

    fn call(&mut self, message: &str, chunk: CallChunk, asked: &Asked, told: &mut Told) {
        let place = (message.to_owned(), chunk.index.as_i64());
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        if let (Some(name), Some(id)) = (given(chunk.name), given(chunk.id)) {
            let shown = asked.shows_call(&name);
            if shown {
                self.reasoning.ends(told);
                told.call_starts(&id, &name, message);
            } else {
                self.hidden.insert(id.clone());
            }
            self.calls.insert(place.clone(), Call { id, shown });
        }
        if let (Some(call), Some(arguments)) = (self.calls.get(&place), chunk.args)
            && call.shown
        {
            told.call_goes_on(&call.id, &arguments);
        }
    }
}
