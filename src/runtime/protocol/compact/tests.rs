#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::compact;
use crate::generated::agui::Event;
use crate::runtime::protocol::{Transcript, Verifier, Why};

fn events(events: Vec<Value>) -> Vec<Event> {
    let events = events.into_iter().map(serde_json::from_value);
    events.map(Result::unwrap).collect()
}

fn compacted(list: Vec<Value>) -> Vec<Value> {
    let compacted = compact(events(list));
    let values = compacted.iter().map(serde_json::to_value);
    values.map(Result::unwrap).collect()
}

#[test]
fn what_joined_events_carry_is_kept() {
    assert_eq!(
        compacted(vec![
            json!({"type": "TEXT_MESSAGE_START", "messageId": "m", "subagentRunId": "s"}),
            json!({"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "a", "timestamp": 1, "rawEvent": 1,
                   "subagentRunId": "s", "metadata": {"k": 1, "l": 1}, "x": 1}),
            json!({"type": "CUSTOM", "name": "n", "value": 1}),
            json!({"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "b", "timestamp": 2, "rawEvent": 2,
                   "subagentRunId": "s", "metadata": {"l": 2}, "x": 2, "y": 2}),
            json!({"type": "TEXT_MESSAGE_END", "messageId": "m"}),
        ]),
        [
            json!({"type": "TEXT_MESSAGE_START", "messageId": "m", "subagentRunId": "s"}),
            json!({"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "ab", "timestamp": 1, "rawEvent": 1,
                   "subagentRunId": "s", "metadata": {"k": 1, "l": 2}, "x": 1, "y": 2}),
            json!({"type": "TEXT_MESSAGE_END", "messageId": "m"}),
            json!({"type": "CUSTOM", "name": "n", "value": 1}),
        ]
    );
}

#[test]
fn what_another_subagent_says_of_an_item_stays_behind_what_made_it_its_own() {
    let run = vec![
        json!({"type": "RUN_STARTED", "threadId": "t", "runId": "r"}),
        json!({"type": "TEXT_MESSAGE_START", "messageId": "m", "subagentRunId": "a"}),
        json!({"type": "TOOL_CALL_RESULT", "messageId": "m", "toolCallId": "m", "content": "", "subagentRunId": "b"}),
        json!({"type": "TEXT_MESSAGE_END", "messageId": "m", "subagentRunId": "b"}),
    ];
    assert_eq!(verified(&events(run.clone())), Ok(()));
    assert_eq!(compacted(run.clone()), run);
}

#[test]
fn deltas_apply_to_the_state_that_the_run_began_with() {
    let input = json!({"threadId": "t", "runId": "r", "messages": [], "state": {"a": 1}});
    let run = vec![
        json!({"type": "RUN_STARTED", "threadId": "t", "runId": "r", "input": input}),
        json!({"type": "STATE_DELTA", "delta": [{"op": "add", "path": "/b", "value": 2}], "subagentRunId": "s"}),
        json!({"type": "STATE_DELTA", "delta": [{"op": "remove", "path": "/no"}]}),
        json!({"type": "RAW", "event": {}}),
        json!({"type": "RUN_FINISHED", "threadId": "t", "runId": "r"}),
    ];
    assert_eq!(
        compacted(run.clone()),
        [
            run[0].clone(),
            run[3].clone(),
            json!({"type": "STATE_SNAPSHOT", "snapshot": {"a": 1, "b": 2}}),
            run[4].clone(),
        ]
    );
}

#[test]
fn deltas_that_do_not_fit_leave_no_state_behind() {
    let misfit = json!({"type": "STATE_DELTA", "delta": [{"op": "remove", "path": "/no"}]});
    assert_eq!(compacted(vec![misfit]), [] as [Value; 0]);
}

#[test]
fn what_is_open_stays_before_the_end_of_its_run() {
    let run = vec![
        json!({"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": "n"}),
        json!({"type": "TEXT_MESSAGE_START", "messageId": "m"}),
        json!({"type": "TOOL_CALL_ARGS", "toolCallId": "c", "delta": "{"}),
        json!({"type": "RUN_ERROR", "message": "m"}),
    ];
    let order = [0, 2, 1, 3].map(|at: usize| run[at].clone());
    assert_eq!(compacted(run), order);
}

fn id() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("a"), Just("b")]
}

fn patch() -> impl Strategy<Value = Value> {
    prop_oneof![
        (id(), 0..9).prop_map(|(key, value)| json!({"op": "add", "path": format!("/{key}"), "value": value})),
        id().prop_map(|key| json!({"op": "remove", "path": format!("/{key}")})),
        id().prop_map(|key| json!({"op": "replace", "path": format!("/{key}"), "value": {}})),
        (id(), id()).prop_map(|(from, path)| json!({"op": "copy", "from": format!("/{from}"), "path": format!("/{path}/x")})),
        (id(), id()).prop_map(|(from, path)| json!({"op": "move", "from": format!("/{from}"), "path": format!("/{path}")})),
    ]
}

fn message() -> impl Strategy<Value = Value> {
    prop_oneof![
        id().prop_map(|id| json!({"role": "assistant", "id": id, "content": "s"})),
        id().prop_map(|id| json!({"role": "assistant", "id": id,
            "toolCalls": [{"id": id, "type": "function", "function": {"name": "f", "arguments": ""}}]})),
        id().prop_map(|id| json!({"role": "user", "id": id, "content": "u"})),
        id().prop_map(|id| json!({"role": "activity", "id": id, "activityType": "t", "content": {}})),
        id().prop_map(|id| json!({"role": "reasoning", "id": id, "content": "r"})),
    ]
}

fn streamed() -> impl Strategy<Value = Value> {
    prop_oneof![
        (id(), prop_oneof![Just("assistant"), Just("user")])
            .prop_map(|(id, role)| json!({"type": "TEXT_MESSAGE_START", "messageId": id, "role": role})),
        (id(), "[xy]").prop_map(|(id, delta)| json!({"type": "TEXT_MESSAGE_CONTENT", "messageId": id, "delta": delta,
                                                      "timestamp": 1, "metadata": {delta: 1}})),
        id().prop_map(|id| json!({"type": "TEXT_MESSAGE_END", "messageId": id, "metadata": {"x": 2}})),
        (id(), id()).prop_map(|(id, parent)| json!({"type": "TOOL_CALL_START", "toolCallId": id, "toolCallName": "f",
                                                     "parentMessageId": parent})),
        id().prop_map(|id| json!({"type": "TOOL_CALL_START", "toolCallId": id, "toolCallName": "g"})),
        (id(), "[xy]").prop_map(|(id, delta)| json!({"type": "TOOL_CALL_ARGS", "toolCallId": id, "delta": delta, "k": delta})),
        id().prop_map(|id| json!({"type": "TOOL_CALL_END", "toolCallId": id, "metadata": {"y": 2}})),
    ]
}

fn whole() -> impl Strategy<Value = Value> {
    prop_oneof![
        (id(), id()).prop_map(
            |(id, call)| json!({"type": "TOOL_CALL_RESULT", "messageId": format!("r{id}"),
                                                  "toolCallId": call, "content": "ok"})
        ),
        patch().prop_map(|patch| json!({"type": "STATE_DELTA", "delta": [patch]})),
        (id(), 0..9)
            .prop_map(|(key, value)| json!({"type": "STATE_SNAPSHOT", "snapshot": {key: value}})),
        proptest::collection::vec(message(), 0..4)
            .prop_map(|messages| json!({"type": "MESSAGES_SNAPSHOT", "messages": messages})),
        id().prop_map(|id| json!({"type": "REASONING_START", "messageId": id})),
        id().prop_map(
            |id| json!({"type": "REASONING_MESSAGE_START", "messageId": id, "role": "reasoning"})
        ),
        id().prop_map(
            |id| json!({"type": "REASONING_MESSAGE_CONTENT", "messageId": id, "delta": "z"})
        ),
        id().prop_map(|id| json!({"type": "REASONING_MESSAGE_END", "messageId": id})),
        id().prop_map(|id| json!({"type": "REASONING_END", "messageId": id})),
        id().prop_map(
            |id| json!({"type": "REASONING_ENCRYPTED_VALUE", "subtype": "message", "entityId": id,
                                  "encryptedValue": "e"})
        ),
        (id(), any::<bool>()).prop_map(
            |(id, replace)| json!({"type": "ACTIVITY_SNAPSHOT", "messageId": id,
            "activityType": "t", "content": {"a": 1}, "replace": replace})
        ),
        (id(), patch()).prop_map(
            |(id, patch)| json!({"type": "ACTIVITY_DELTA", "messageId": id, "activityType": "t",
                                                       "patch": [patch]})
        ),
        id().prop_map(|id| json!({"type": "CUSTOM", "name": id, "value": null})),
        id().prop_map(|id| json!({"type": "STEP_STARTED", "stepName": id})),
        id().prop_map(|id| json!({"type": "STEP_FINISHED", "stepName": id})),
        Just(json!({"type": "THINKING_START"})),
        Just(json!({"type": "THINKING_END"})),
    ]
}

fn bounds() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({"type": "RUN_STARTED", "threadId": "t", "runId": "r"})),
        Just(json!({"type": "RUN_FINISHED", "threadId": "t", "runId": "r"})),
        Just(json!({"type": "RUN_ERROR", "message": "m"})),
    ]
}

/// Any events at all.
fn stream() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![6 => streamed(), 3 => whole(), 1 => bounds()];
    proptest::collection::vec(event, 0..60).prop_map(events)
}

/// A run as the writer writes it: what is out of order is not in it, and its end closes what is open.
fn run() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![2 => streamed(), 1 => whole()];
    proptest::collection::vec(event, 0..60).prop_map(|list| {
        let input = json!({"threadId": "t", "runId": "r", "messages": [], "state": {"a": {}}});
        let started = json!({"type": "RUN_STARTED", "threadId": "t", "runId": "r", "input": input});
        let mut verifier = Verifier::default();
        let mut written = Vec::new();
        for event in events([vec![started], list].concat()) {
            for event in verifier.mend(&event).into_iter().chain([event]) {
                if verifier.check(&event).is_ok() {
                    written.push(event);
                }
            }
        }
        written.extend(verifier.close(Why::Stopped));
        written.extend(events(vec![json!({"type": "RUN_ERROR", "message": "m"})]));
        written
    })
}

/// What is kept of the state, and the messages as JSON.
fn fold(events: &[Event]) -> (Option<Value>, Vec<Value>) {
    let mut transcript = Transcript::new(Some(json!({"a": {}})), Vec::new());
    for event in events {
        transcript.apply(event);
    }
    let (state, messages) = transcript.into_parts();
    let messages = messages.iter().map(serde_json::to_value);
    (state, messages.map(Result::unwrap).collect())
}

fn verified(events: &[Event]) -> Result<(), String> {
    let mut verifier = Verifier::default();
    events.iter().try_for_each(|event| verifier.check(event))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_compact_stays_as_it_is(events in stream()) {
        let once = compact(events);
        prop_assert_eq!(compact(once.clone()), once);
    }

    #[test]
    fn compacted_events_make_the_same_messages_and_state(run in run()) {
        let compacted = compact(run.clone());
        prop_assert_eq!(fold(&compacted), fold(&run));
    }

    #[test]
    fn compacted_events_are_still_in_order(run in run()) {
        prop_assert_eq!(verified(&run), Ok(()));
        prop_assert_eq!(verified(&compact(run)), Ok(()));
    }
}
