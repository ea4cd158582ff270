//! An AG-UI agent that counts, and what tells from a run's events whether one is missing or there twice.

use std::collections::HashMap;
use std::fmt::Write;
use std::time::Duration;

use serde_json::{Value, json};

use super::model::{Call, Model};

/// Messages and tool calls of a run.
const PARTS: usize = 4;

/// An agent whose runs count to the number that they are given, in each of their messages and tool calls, with a pause
/// after each word. Each part has events besides that are no text, with its number.
pub async fn agent(pause: Duration) -> Model {
    Model::start(move |call| count(call, pause)).await
}

async fn count(mut call: Call, pause: Duration) {
    let words = call.text().parse().expect("a number");
    let (thread, run) = (call.body["threadId"].clone(), call.body["runId"].clone());
    let name = run.as_str().unwrap_or_default().to_owned();
    call.begin().await;
    say(
        &mut call,
        &json!({"type": "RUN_STARTED", "threadId": thread, "runId": run}),
    )
    .await;
    for part in 0..PARTS {
        let id = format!("{part} {name}");
        let events = match part % 2 {
            0 => text(&id, words),
            _ => tool_call(&id, words),
        };
        for event in events {
            if !say(&mut call, &event).await {
                return;
            }
            if event.get("delta").is_some() {
                tokio::time::sleep(pause).await;
            }
        }
        let more = [
            json!({"type": "STATE_SNAPSHOT", "snapshot": {"part": part}}),
            json!({"type": "CUSTOM", "name": "part", "value": part}),
        ];
        for event in more {
            say(&mut call, &event).await;
        }
    }
    say(
        &mut call,
        &json!({"type": "RUN_FINISHED", "threadId": thread, "runId": run}),
    )
    .await;
    call.raw(b"0\r\n\r\n").await;
}

fn text(id: &str, words: usize) -> Vec<Value> {
    let mut events =
        vec![json!({"type": "TEXT_MESSAGE_START", "messageId": id, "role": "assistant"})];
    events.extend((0..words).map(
        |n| json!({"type": "TEXT_MESSAGE_CONTENT", "messageId": id, "delta": format!("{n} ")}),
    ));
    events.push(json!({"type": "TEXT_MESSAGE_END", "messageId": id}));
    events
}

fn tool_call(id: &str, words: usize) -> Vec<Value> {
    let mut events =
        vec![json!({"type": "TOOL_CALL_START", "toolCallId": id, "toolCallName": "count"})];
    events
        .extend((0..words).map(
            |n| json!({"type": "TOOL_CALL_ARGS", "toolCallId": id, "delta": format!("{n} ")}),
        ));
    events.push(json!({"type": "TOOL_CALL_END", "toolCallId": id}));
    events
}

async fn say(call: &mut Call, event: &Value) -> bool {
    call.chunk(format!("data: {event}\n\n").as_bytes()).await
}

/// What is told of one run of [`agent`]: how far each part has counted, and how often all else was said.
#[derive(Debug, Default)]
pub struct Told {
    /// By the id of the message or the tool call.
    counted: HashMap<String, usize>,
    others: HashMap<String, usize>,
    /// The part of the last state.
    state: Option<u64>,
}

impl Told {
    /// Reads a run's events, as they were said or compacted.
    ///
    /// # Panics
    /// If a word is missing, there twice, or not in its place.
    pub fn by<'a>(events: impl IntoIterator<Item = &'a Value>) -> Self {
        let (mut texts, mut told) = (HashMap::<String, String>::new(), Self::default());
        for event in events {
            let id = event["messageId"].as_str().or(event["toolCallId"].as_str());
            match (id, event["delta"].as_str()) {
                (Some(id), Some(delta)) => {
                    texts.entry(id.to_owned()).or_default().push_str(delta);
                }
                // Compacted, only the last one is there.
                _ if event["type"] == "STATE_SNAPSHOT" => {
                    let part = event["snapshot"]["part"].as_u64().unwrap_or_default();
                    told.state = Some(part);
                }
                _ => *told.others.entry(what(event)).or_default() += 1,
            }
        }
        for (id, text) in texts {
            let words = text.split_terminator(' ').count();
            assert_eq!(text, counted_to(words), "of {id}");
            told.counted.insert(id, words);
        }
        told
    }

    /// How many events these are, each word one.
    pub fn events(&self) -> usize {
        self.counted.values().sum::<usize>() + self.others.values().sum::<usize>()
    }

    /// How far all parts have counted together.
    pub fn words(&self) -> usize {
        self.counted.values().sum()
    }

    /// Whether all parts have counted to this number.
    pub fn is_all(&self, words: usize) -> bool {
        self.counted.len() == PARTS && self.counted.values().all(|counted| *counted == words)
    }

    /// # Panics
    /// If anything that was received is not kept, or anything is kept twice.
    pub fn is_kept_by(&self, kept: &Self) {
        for (id, words) in &self.counted {
            let there = kept.counted.get(id).copied().unwrap_or_default();
            assert!(*words <= there, "{id}: {words} received, {there} kept");
        }
        assert!(self.state <= kept.state, "{self:?} received, {kept:?} kept");
        for what in self.others.keys() {
            let times = kept.others.get(what).copied().unwrap_or_default();
            assert_eq!(times, 1, "{what} was received");
        }
        for (what, times) in &kept.others {
            assert_eq!(*times, 1, "{what} is kept");
        }
    }
}

/// What an event says that is no word.
fn what(event: &Value) -> String {
    let said = ["messageId", "toolCallId", "value", "runId"];
    let said: Vec<_> = said.iter().map(|key| event[key].to_string()).collect();
    format!("{} {}", event["type"], said.join(" "))
}

/// `0 1 2 `
fn counted_to(words: usize) -> String {
    (0..words).fold(String::new(), |mut text, n| {
        write!(text, "{n} ").expect("a string takes all");
        text
    })
}

#[test]
fn what_is_lost_or_there_twice_is_told() {
    let delta = |n: usize| json!({"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": format!("{n} ")});
    let custom = json!({"type": "CUSTOM", "name": "part", "value": 1});
    let received = Told::by(&[delta(0), delta(1), custom.clone()]);
    assert_eq!(received.events(), 3);
    let compacted = json!({"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "0 1 2 "});
    received.is_kept_by(&Told::by(&[compacted.clone(), custom.clone()]));
    let twice = [compacted.clone(), custom.clone(), custom];
    let fails = |check: fn(Vec<Value>), events: Vec<Value>| {
        std::panic::catch_unwind(move || check(events)).is_err()
    };
    assert!(fails(
        |events| drop(Told::by(&events)),
        vec![delta(0), delta(0)]
    ));
    assert!(fails(
        |events| drop(Told::by(&events)),
        vec![delta(0), delta(2)]
    ));
    let kept = |events: Vec<Value>| {
        let delta = json!({"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "0 "});
        let custom = json!({"type": "CUSTOM", "name": "part", "value": 1});
        Told::by(&[delta, custom]).is_kept_by(&Told::by(&events));
    };
    assert!(fails(kept, vec![compacted]));
    assert!(fails(kept, twice.to_vec()));
}
