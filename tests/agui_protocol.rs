//! AG-UI's types and rules, against upstream's recordings and the contract's own JSON Schema.

mod generate;

use std::sync::Arc;

use agui_runtime::Runtime;
use agui_runtime::agents::{Agent, EventStream, RunInput};
use agui_runtime::generated::agui::{Event, RunAgentInput};
use agui_runtime::runtime::error::{AgentError, ErrorCode};
use agui_runtime::runtime::protocol::{compact, messages};
use agui_runtime::runtime::{StartOptions, WhenBusy};
use futures_util::{StreamExt, stream};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::runs::input;
use crate::support::golden::root;
use generate::Schema;

/// A recording: its name, request and response.
fn goldens() -> Vec<(String, Value)> {
    let folder = std::fs::read_dir(root().join("tests/golden/ag-ui")).unwrap();
    let mut goldens: Vec<(String, Value)> = folder
        .map(|file| {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let json = std::fs::read_to_string(path).unwrap();
            (name, serde_json::from_str(&json).unwrap())
        })
        .collect();
    goldens.sort_by(|(one, _), (other, _)| one.cmp(other));
    goldens
}

fn golden(name: &str) -> Option<Value> {
    let path = root().join(format!("tests/golden/ag-ui/{name}.json"));
    let json = std::fs::read_to_string(path).ok()?;
    Some(serde_json::from_str(&json).unwrap())
}

/// The events of an answer, streamed or listed.
fn events(golden: &Value) -> Vec<Value> {
    let body = golden["response"]["body"].as_str().unwrap_or_default();
    if let Ok(json) = serde_json::from_str::<Value>(body) {
        return json["events"].as_array().cloned().unwrap_or_default();
    }
    let data = body.lines().filter_map(|line| line.strip_prefix("data: "));
    let events = data.map(|event| serde_json::from_str(event).unwrap());
    // The stream for debugging wraps its events.
    events
        .filter(|event: &Value| event.get("type").is_some())
        .collect()
}

fn typed(events: &[Value]) -> Vec<Event> {
    let events = events.iter().cloned().map(serde_json::from_value);
    events.map(Result::unwrap).collect()
}

fn untyped(events: &[Event]) -> Vec<Value> {
    let events = events.iter().map(serde_json::to_value);
    events.map(Result::unwrap).collect()
}

/// 0.0.59 leaves out the `value` of a custom event that is undefined; 1.0 wants it.
fn with_value(mut event: Value) -> Value {
    if event["type"] == "CUSTOM" && event.get("value").is_none() {
        event["value"] = Value::Null;
    }
    event
}

#[test]
fn every_recorded_event_survives_the_types() {
    let mut seen = 0;
    for (name, golden) in goldens() {
        for event in events(&golden) {
            // A stop in 1.50.0: neither that contract nor any other allows it.
            if event == json!({"type": "RUN_ERROR", "rawEvent": {}}) {
                continue;
            }
            let typed: Event = serde_json::from_value(event.clone()).unwrap();
            let again = serde_json::to_value(&typed).unwrap();
            assert_eq!(again, with_value(event), "{name}");
            seen += 1;
        }
    }
    assert!(seen > 500, "only {seen} events are recorded");
}

#[test]
fn every_recorded_input_survives_the_types() {
    let mut seen = 0;
    for (name, golden) in goldens() {
        let body = &golden["request"]["body"];
        let body = match body.get("method") {
            Some(_) => &body["body"],
            None => body,
        };
        let accepted = golden["response"]["status"]
            .as_str()
            .is_some_and(|status| status.contains(" 200"));
        if !accepted || body.get("threadId").is_none() || body.get("messages").is_none() {
            continue;
        }
        let typed: RunAgentInput = serde_json::from_value(body.clone()).unwrap();
        assert_eq!(serde_json::to_value(&typed).unwrap(), *body, "{name}");
        seen += 1;
    }
    assert!(seen > 100, "only {seen} inputs are recorded");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_event_of_the_contract_survives_the_types(seed in any::<u64>()) {
        let schema = Schema::vendored();
        let event = schema.generate("Event", seed);
        prop_assert!(schema.errors("Event", &event).is_empty(), "{:?}", schema.errors("Event", &event));
        let typed: Event = serde_json::from_value(event.clone()).unwrap();
        prop_assert!(!matches!(typed, Event::Other(_)), "{} is known", event);
        prop_assert_eq!(serde_json::to_value(&typed).unwrap(), event);
    }

    #[test]
    fn every_input_of_the_contract_survives_the_types(seed in any::<u64>()) {
        let schema = Schema::vendored();
        let input = schema.generate("RunAgentInput", seed);
        prop_assert!(schema.errors("RunAgentInput", &input).is_empty());
        let typed: RunAgentInput = serde_json::from_value(input.clone()).unwrap();
        prop_assert_eq!(serde_json::to_value(&typed).unwrap(), input);
    }

    #[test]
    fn compacted_events_are_in_the_contract(seeds in proptest::collection::vec(any::<u64>(), 0..20)) {
        let schema = Schema::vendored();
        let events: Vec<Value> = seeds.iter().map(|seed| schema.generate("Event", *seed)).collect();
        for event in untyped(&compact(typed(&events))) {
            let errors = schema.errors("Event", &event);
            prop_assert!(errors.is_empty(), "{}: {:?}", event, errors);
        }
    }
}

/// Where our compaction differs from upstream's on purpose.
const KEPT: [(&str, &str); 3] = [
    (
        "customraw",
        "joined deltas keep their time, raw event and unknown keys",
    ),
    ("subagent", "joined deltas keep their subagent"),
    ("runerror", "what was open stays before the end of the run"),
];

#[test]
fn history_is_compacted_as_upstream_does() {
    let mut compared = 0;
    for (name, run) in goldens() {
        let Some(scenario) = name.strip_prefix("run_") else {
            continue;
        };
        let Some(replay) = golden(&format!("connect_after_{scenario}")) else {
            continue;
        };
        let replay: Vec<Value> = events(&replay).into_iter().map(with_value).collect();
        let compacted = untyped(&compact(typed(&events(&run))));
        // A thread may have had other runs.
        let is_it = |event: &Value| event["runId"] == compacted[0]["runId"];
        // A run that did not begin may not be kept.
        let Some(began) = replay.iter().position(is_it) else {
            continue;
        };
        let ended = replay
            .iter()
            .rposition(|event| event["type"] == "RUN_STARTED" && !is_it(event));
        let ended = ended.filter(|ended| *ended > began);
        let replay = &replay[began..ended.unwrap_or(replay.len())];
        let deviates = KEPT.iter().any(|(kept, _)| *kept == scenario);
        assert_eq!(compacted != replay, deviates, "{name}: {compacted:#?}");
        compared += 1;
    }
    assert!(compared > 15, "only {compared} replays are recorded");
}

/// A message as upstream lists it.
fn listed(message: &Value) -> Value {
    let mut listed = json!({"id": message["id"], "role": message["role"]});
    for key in ["content", "toolCallId"] {
        if let Some(value) = message.get(key) {
            listed[key] = value.clone();
        }
    }
    if let Some(calls) = message["toolCalls"].as_array() {
        let calls = calls.iter().map(|call| {
            json!({"id": call["id"], "name": call["function"]["name"], "args": call["function"]["arguments"]})
        });
        listed["toolCalls"] = calls.collect();
    }
    listed
}

#[test]
fn a_threads_events_make_the_messages_that_upstream_lists() {
    for (replay, list) in [
        ("connect_after_activity", "threads_messages_activity"),
        ("connect_after_reasoning", "threads_messages_reasoning"),
        ("connect_after_msgsnapshot", "threads_messages_msgsnapshot"),
        ("followup_3_connect", "followup_4_thread_messages"),
    ] {
        let list = golden(list).unwrap()["response"]["body"]
            .as_str()
            .map(|body| serde_json::from_str::<Value>(body).unwrap())
            .unwrap();
        let events = typed(&events(&golden(replay).unwrap()));
        let messages = serde_json::to_value(messages(&events)).unwrap();
        let messages: Value = messages.as_array().unwrap().iter().map(listed).collect();
        assert_eq!(messages, list["messages"], "{replay}");
    }
}

/// An agent that says this and then ends as an `Err` tells.
struct Scripted(Vec<Value>, Option<&'static str>);

impl Agent for Scripted {
    fn run(&self, _: Arc<RunInput>) -> EventStream {
        let events = typed(&self.0).into_iter().map(Ok);
        let failure = self
            .1
            .map(|message| Err(AgentError::new(ErrorCode::Unknown, message)));
        stream::iter(events.chain(failure).collect::<Vec<_>>()).boxed()
    }
}

/// All events of a run.
async fn run(agent: Scripted) -> Vec<Value> {
    let runtime = Runtime::builder()
        .agent("default", agent)
        .build()
        .await
        .unwrap();
    let input = input("t");
    let options = StartOptions {
        when_busy: WhenBusy::Reject,
        kept: true,
    };
    let agent = runtime.agent(None).unwrap().1.clone();
    let run = runtime.start(agent, input, options).await.unwrap();
    let entries: Vec<Event> = run
        .follow()
        .map(|entry| entry.event.clone())
        .collect()
        .await;
    untyped(&entries)
}

/// Everything that can be open, opened by chunks and by plain events.
fn left_open() -> Vec<Value> {
    vec![
        json!({"type": "RUN_STARTED", "threadId": "t", "runId": "r"}),
        json!({"type": "TOOL_CALL_START", "toolCallId": "ended", "toolCallName": "f"}),
        json!({"type": "TOOL_CALL_END", "toolCallId": "ended"}),
        json!({"type": "TOOL_CALL_START", "toolCallId": "open", "toolCallName": "f"}),
        json!({"type": "REASONING_START", "messageId": "r"}),
        json!({"type": "REASONING_MESSAGE_CHUNK", "messageId": "r", "delta": "hm"}),
        json!({"type": "STEP_STARTED", "stepName": "s"}),
        json!({"type": "TEXT_MESSAGE_CHUNK", "messageId": "m", "delta": "x", "rawEvent": {}, "key": 1}),
        json!({"type": "TOOL_CALL_CHUNK", "toolCallId": "chunk", "toolCallName": "f", "delta": "{"}),
    ]
}

fn types(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect()
}

/// What ends it, sorted.
const CLOSED: [&str; 7] = [
    "REASONING_END",
    "RUN_ERROR",
    "TOOL_CALL_END",
    "TOOL_CALL_END",
    "TOOL_CALL_RESULT",
    "TOOL_CALL_RESULT",
    "TOOL_CALL_RESULT",
];

#[tokio::test]
async fn a_run_that_fails_ends_what_is_open_and_stays_in_the_contract() {
    let schema = Schema::vendored();
    let own_error = json!({"type": "RUN_ERROR", "message": "boom", "code": "B"});
    let bad_order = json!({"type": "TEXT_MESSAGE_END", "messageId": "never"});
    let runs = [
        (
            run(Scripted(left_open(), Some("terminated"))).await,
            "terminated",
            "missing_terminal_event",
        ),
        (
            run(Scripted([left_open(), vec![own_error]].concat(), None)).await,
            "boom",
            "run_error",
        ),
        (
            run(Scripted([left_open(), vec![bad_order]].concat(), None)).await,
            "Cannot send 'TEXT_MESSAGE_END' event: No active text message found with ID 'never'. A 'TEXT_MESSAGE_START' event must be sent first.",
            "missing_terminal_event",
        ),
    ];
    for (events, message, reason) in runs {
        let mut closing = types(&events[events.len() - CLOSED.len()..]);
        closing.sort_unstable();
        assert_eq!(closing, CLOSED, "{events:#?}");
        assert_eq!(events.last().unwrap()["message"], message);
        let results: Vec<&Value> = events
            .iter()
            .filter(|event| event["type"] == "TOOL_CALL_RESULT")
            .collect();
        assert_eq!(results.len(), 3, "{events:#?}");
        for result in results {
            let content: Value = serde_json::from_str(result["content"].as_str().unwrap()).unwrap();
            assert_eq!(
                content,
                json!({"status": "error", "reason": reason, "message": message})
            );
        }
        for event in &events {
            assert!(schema.errors("Event", event).is_empty(), "{event}");
        }
        for event in untyped(&compact(typed(&events))) {
            assert!(schema.errors("Event", &event).is_empty(), "{event}");
        }
    }
}

#[tokio::test]
async fn a_chunk_that_belongs_to_nothing_fails_the_run_in_upstreams_words() {
    let chunk = json!({"type": "TEXT_MESSAGE_CHUNK", "delta": "x"});
    let events = run(Scripted(vec![chunk], None)).await;
    let end = json!({"type": "RUN_ERROR", "message": "First TEXT_MESSAGE_CHUNK must have a messageId",
                     "code": "INCOMPLETE_STREAM"});
    assert_eq!(events[1..], [end]);
}

#[tokio::test]
async fn an_agent_that_is_done_need_not_end_its_last_message() {
    let events = run(Scripted(
        vec![
            json!({"type": "TEXT_MESSAGE_CHUNK", "messageId": "m", "delta": "x"}),
            json!({"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": "f", "subagentRunId": "s"}),
        ],
        None,
    ))
    .await;
    assert_eq!(
        types(&events)[3..],
        [
            "TOOL_CALL_START",
            "TEXT_MESSAGE_END",
            "TOOL_CALL_END",
            "RUN_FINISHED"
        ]
    );
    assert_eq!(events[5]["subagentRunId"], "s");
}
