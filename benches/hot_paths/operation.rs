//! From a request's text to a plan, on upstream's `generateCopilotResponse` with its `@defer` and `@stream`.
//!
//! - `check`: the text is parsed and validated, and the variables are coerced. Nothing else.
//! - `known text`, `new text`: a whole request for an agent that is not there, so that nothing runs: reading its JSON, finding or
//!   making the plan, one resolver, the answer. Their difference is what a text costs when it comes for the first time: check,
//!   parse and plan.

use std::sync::atomic::{AtomicU64, Ordering};

use agui_runtime::agents::demo::DemoAgent;
use agui_runtime::graphql::document::{Checker, Limits};
use criterion::Criterion;
use serde_json::{Value, json};

use super::endpoint::{Server, mutation};

pub fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("operation");
    group.bench_function("check", |bench| {
        let sdl = [
            include_str!("../../schema/schema.graphql"),
            include_str!("../../schema/extensions.graphql"),
        ];
        let checker = Checker::new(&sdl, Limits::default()).expect("the schema can be read");
        let request = mutation();
        bench.iter(|| check(&checker, &request));
    });
    let tokio = tokio::runtime::Runtime::new().expect("a runtime");
    let server = tokio.block_on(Server::of(DemoAgent::default()));
    let request = for_nobody();
    let answer = tokio.block_on(server.graphql(request.to_string()));
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.contains("errors"), "somebody answers: {answer}");
    group.bench_function("known text", |bench| {
        let body = request.to_string();
        bench.to_async(&tokio).iter(|| server.graphql(body.clone()));
    });
    group.bench_function("new text", |bench| {
        let text = request["query"].as_str().unwrap_or_default();
        // The end of the text changes, and with it all of it is new.
        let mark = format!("{text}\n#         ");
        let mut request = request.clone();
        request["query"] = mark.clone().into();
        let body = request.to_string();
        let (before, after) = body.split_once("#         ").expect("the mark is there");
        let number = AtomicU64::new(0);
        bench.to_async(&tokio).iter(|| {
            let number = number.fetch_add(1, Ordering::Relaxed);
            server.graphql(format!("{before}#{number:09}{after}"))
        });
    });
    group.finish();
}

fn check(checker: &Checker, request: &Value) -> usize {
    let text = request["query"].as_str().unwrap_or_default();
    let document = checker.check(text).expect("the text can be parsed");
    let name = request["operationName"].as_str();
    let operation = document.operation(name).expect("the document is valid");
    let variables = request["variables"].as_object().cloned();
    let coerced = document.coerce(operation, variables.unwrap_or_default());
    coerced.expect("the variables fit").len()
}

/// The mutation, for an agent that is not there.
fn for_nobody() -> Value {
    let mut request = mutation();
    request["variables"]["data"]["agentSession"] = json!({"agentName": "nobody"});
    request
}
