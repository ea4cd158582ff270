//! The order in which scenarios were recorded. Run ids count up; what was replayed of a thread tells of runs that were made
//! but not recorded themselves, and those are made again in their place.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::canonical::events;
use crate::support::golden::Golden;

/// One thing to do.
pub enum Step {
    /// Replay a scenario.
    Replay(Golden),
    /// Make a run that is only known from what was replayed of it: the agent's name, and the run's input.
    Prepare(String, Value),
}

/// What to do to replay these scenarios, in the recorded order. Requests without a run id come last, in the given order.
pub fn steps(goldens: Vec<Golden>) -> Vec<Step> {
    let recorded: BTreeSet<String> = goldens.iter().filter_map(run_of).collect();
    let mut prepared = BTreeSet::new();
    let mut steps: Vec<(Option<u64>, Step)> = Vec::new();
    for golden in goldens {
        for input in told_inputs(&golden) {
            let run = text(&input["runId"]);
            if !recorded.contains(&run) && prepared.insert(run.clone()) {
                let agent = agent_of(golden.line()).unwrap_or_default();
                steps.push((number(&run), Step::Prepare(agent, input)));
            }
        }
        let number = run_of(&golden).as_deref().and_then(number);
        steps.push((number, Step::Replay(golden)));
    }
    steps.sort_by_key(|(number, _)| number.unwrap_or(u64::MAX));
    steps.into_iter().map(|(_, step)| step).collect()
}

/// The agent in a REST path.
fn agent_of(line: &str) -> Option<String> {
    let after = line.split_once("/agent/")?.1;
    Some(after.split('/').next()?.to_owned())
}

fn run_of(golden: &Golden) -> Option<String> {
    let body = &golden.part("request")["body"];
    let run = body["runId"].as_str().or(body["body"]["runId"].as_str());
    run.map(str::to_owned)
}

/// The inputs of the runs that a recorded replay of a thread tells of.
fn told_inputs(golden: &Golden) -> Vec<Value> {
    let answer = golden.part("response")["body"].as_str().unwrap_or_default();
    if !golden.line().contains("/connect ") {
        return Vec::new();
    }
    let events = events(answer).unwrap_or_else(|error| panic!("{}: {error}", golden.name));
    if events.is_empty() && golden.name.starts_with("connect_after_") {
        // Upstream kept nothing of a run whose agent said nothing.
        return vec![silent_input(golden)];
    }
    let starts = events.iter().filter(|event| event["type"] == "RUN_STARTED");
    starts.map(|event| event["input"].clone()).collect()
}

/// The input of the run just before this request: they were all made alike.
fn silent_input(golden: &Golden) -> Value {
    let mut input = golden.part("request")["body"].clone();
    let run = text(&input["runId"]);
    let before = number(&run).map_or(0, |number| number - 1);
    input["runId"] = format!("run-{before}").into();
    input["messages"] = json!([{"id": format!("u{before}"), "role": "user", "content": "hello"}]);
    input
}

/// `run-17` is number 17, `mt2` number 2; an id of another kind has none.
fn number(run: &str) -> Option<u64> {
    let digits = run.rfind(|character: char| !character.is_ascii_digit())?;
    run[digits + 1..].parse().ok()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
