//! Incremental delivery: the payloads of any operation, merged as clients merge them, are the plain answer to the same operation
//! without `@defer` and `@stream`, however fast agents are; and a client that goes away in the middle has a beginning of it, and
//! leaves no run behind.
#![no_main]

use std::cell::RefCell;

use fuzzing::blank::blank;
use fuzzing::choices::Choices;
use fuzzing::operations::{Inputs, Operation};
use fuzzing::{Asked, World, steps};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

thread_local! {
    static WORLD: RefCell<World> = RefCell::default();
}

fn asked(operation: &Operation, incremental: bool, stream: bool) -> Asked {
    let accept = match (incremental, stream) {
        (false, _) => "application/json",
        (true, false) => "multipart/mixed, application/json",
        (true, true) => "text/event-stream",
    };
    Asked {
        method: "POST".to_owned(),
        path: "/api/copilotkit".to_owned(),
        accept: accept.to_owned(),
        content_type: "application/json".to_owned(),
        body: operation.body(incremental).to_string().into_bytes(),
    }
}

/// Whether one is the beginning of the other: lists may be shorter and fields missing, and nothing is different.
fn is_beginning(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => {
            let within = |(key, value): (&String, &Value)| {
                whole
                    .get(key)
                    .is_some_and(|whole| is_beginning(value, whole))
            };
            part.iter().all(within)
        }
        (Value::Array(part), Value::Array(whole)) => {
            part.len() <= whole.len()
                && part
                    .iter()
                    .zip(whole)
                    .all(|(part, whole)| is_beginning(part, whole))
        }
        (part, whole) => part == whole,
    }
}

/// What has the same fields in whatever order.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(key, _)| *key);
            fields
                .into_iter()
                .map(|(key, value)| (key.clone(), sorted(value)))
                .collect()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// Whether what came of an answer in parts ends with one of them.
fn ends_with_a_payload(text: &str) -> bool {
    let text = text.strip_suffix("\r\n").unwrap_or(text);
    text.ends_with("---") && text != "\r\n---"
}

fuzz_target!(|data: &[u8]| {
    let mut choices = Choices::of(data);
    let steps = steps(&mut choices);
    let pieces = choices.once_in(4).then(|| choices.below(12));
    let stream = choices.once_in(8);
    let operation = Operation::random(&mut choices, Inputs::Any);
    WORLD.with_borrow_mut(|world| {
        let owner = world.somebody(steps.clone());
        let plain = world
            .ask(&owner, asked(&operation, false, false), None)
            .expect("a request");
        let plain = sorted(&blank(&plain.checked()));
        let owner = world.somebody(steps);
        let late = world
            .ask(&owner, asked(&operation, true, stream), pieces)
            .expect("a request");
        if late.complete {
            let late = blank(&late.checked());
            let data = late.pointer("/merged/data").or_else(|| late.get("data"));
            assert_eq!(
                sorted(data.unwrap_or(&Value::Null)),
                plain["data"],
                "{}",
                operation.text(true)
            );
        } else if ends_with_a_payload(late.text()) {
            let late = blank(&late.checked());
            let data = late.pointer("/merged/data").unwrap_or(&Value::Null);
            assert!(
                is_beginning(data, &plain["data"]),
                "{late}\n{plain}\n{}",
                operation.text(true)
            );
        }
        assert_eq!(
            world.at_work(),
            0,
            "a run goes on: {}",
            operation.text(true)
        );
    });
});
