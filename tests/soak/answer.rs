//! What clients of a soak read: an answer to its end, or up to the piece after which they go away.

use std::net::SocketAddr;

use serde_json::Value;

use crate::support::client::events;
use crate::support::http::{Exchange, PATIENCE, Reply};
use crate::support::payloads;

/// A run as somebody read it.
#[derive(Debug)]
pub struct Said {
    pub text: String,
    /// How it ended; empty if it did not.
    pub end: String,
    /// The run's first event, where there are any.
    pub first: Value,
}

impl Said {
    /// One run's AG-UI events.
    pub fn by(events: &[Value]) -> Self {
        let content = |event: &&Value| event["type"] == "TEXT_MESSAGE_CONTENT";
        let texts = events.iter().filter(content);
        let last = events.last().unwrap_or(&Value::Null);
        let kind = last["type"].as_str().unwrap_or_default();
        Self {
            text: texts.filter_map(|event| event["delta"].as_str()).collect(),
            end: match (kind, last["code"].as_str()) {
                ("RUN_FINISHED", _) => kind.to_owned(),
                ("RUN_ERROR", code) => format!("{kind} {}", code.unwrap_or("without a code")),
                _ => String::new(),
            },
            first: events.first().cloned().unwrap_or_default(),
        }
    }

    /// The payloads of a GraphQL answer, merged.
    fn merged(reply: &Reply) -> Self {
        let media_type = reply.header("content-type").unwrap_or_default();
        let parted = match media_type.starts_with("multipart/mixed") {
            true => payloads::multipart(reply.text()),
            false => Ok((vec![reply.json()], true)),
        };
        let answer = parted.and_then(|(parts, ended)| payloads::canonical(&parts, ended));
        let answer = answer.unwrap_or_else(|error| panic!("{error}: {}", reply.text()));
        let merged = &answer["merged"];
        let response = &merged["data"]["generateCopilotResponse"];
        let messages = response["messages"].as_array().into_iter().flatten();
        let words = messages.filter_map(|message| message["content"].as_array());
        let code = response["status"]["code"].as_str().unwrap_or_default();
        let failed = code == "Failed" || !answer["errors"].is_null() || !merged["errors"].is_null();
        Self {
            text: words.flatten().filter_map(Value::as_str).collect(),
            end: match (answer["ended"] == true, failed) {
                (false, _) => String::new(),
                (true, true) => "RUN_ERROR GraphQL".to_owned(),
                (true, false) if code == "Success" => "RUN_FINISHED".to_owned(),
                (true, false) => format!("RUN_FINISHED with the status {code:?}"),
            },
            first: Value::Null,
        }
    }

    pub fn has_finished(&self) -> bool {
        self.end == "RUN_FINISHED"
    }

    pub fn has_failed(&self) -> bool {
        self.end.starts_with("RUN_ERROR")
    }
}

/// An answer, as far as it was read.
pub struct Answer {
    pub reply: Reply,
    /// The client went away before the end.
    pub left: bool,
}

impl Answer {
    /// The runs of an AG-UI stream.
    pub fn runs(&self) -> Vec<Vec<Value>> {
        let mut runs: Vec<Vec<Value>> = Vec::new();
        for event in events(self.reply.text()) {
            let over = runs.last().and_then(|run| run.last()).is_none_or(is_end);
            match runs.last_mut() {
                Some(run) if !over => run.push(event),
                _ => runs.push(vec![event]),
            }
        }
        runs
    }

    /// The one run of it.
    pub fn said(&self, graphql: bool) -> Said {
        if graphql {
            return Said::merged(&self.reply);
        }
        let runs = self.runs();
        assert!(runs.len() <= 1, "more than one run: {runs:?}");
        Said::by(runs.first().map_or(&[], Vec::as_slice))
    }
}

fn is_end(event: &Value) -> bool {
    event["type"] == "RUN_FINISHED" || event["type"] == "RUN_ERROR"
}

/// Asks, and reads to the end or for so many pieces; `after` is told once the first of them is there.
pub async fn read(
    address: SocketAddr,
    request: Vec<u8>,
    pieces: Option<usize>,
    after: impl AsyncFnOnce(),
) -> Answer {
    let mut exchange = Exchange::start(address, request).await;
    let mut reply = Reply::default();
    let reading = async {
        exchange.head(&mut reply).await;
        let mut after = Some(after);
        for number in 0.. {
            if pieces == Some(number) {
                return true;
            }
            let Some(piece) = exchange.next().await else {
                return false;
            };
            reply.body.extend_from_slice(&piece);
            if let Some(after) = after.take() {
                after().await;
            }
        }
        false
    };
    let left = tokio::time::timeout(PATIENCE, reading).await;
    let Ok(left) = left else {
        panic!("an answer goes on for ever: {reply:?}");
    };
    reply.complete = exchange.ended();
    if left {
        exchange.hang_up();
    }
    Answer { reply, left }
}
