//! Some recordings, replayed against one server in one go, and everything that differs.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use serde_json::Value;

use super::canonical::{blank_tokens, canonical};
use super::live::Live;
use super::multipart;
use super::order::{Step, steps};
use crate::support::canonical::Answer;
use crate::support::deviations::{self, Deviation};
use crate::support::diff::diff;
use crate::support::golden::Golden;
use crate::support::http::{self, Reply};

/// The list of deliberate deviations.
pub const DEVIATIONS: &str = "deviations-ag-ui.toml";

/// The folder of the recordings.
pub const FOLDER: &str = "ag-ui";

/// What was replayed against one server, or against several one after the other.
pub struct Session {
    /// The server under test.
    pub server: SocketAddr,
    list: Vec<Deviation>,
    failures: Vec<String>,
    replayed: BTreeSet<String>,
}

impl Session {
    /// Nothing yet, against this server.
    pub fn at(server: SocketAddr) -> Self {
        Self {
            server,
            list: deviations::load_from(DEVIATIONS),
            failures: Vec::new(),
            replayed: BTreeSet::new(),
        }
    }

    /// Replays one scenario to its end.
    pub async fn replay(&mut self, name: &str) {
        self.replay_golden(&load(name)).await;
    }

    /// Replays scenarios in their recorded order, and the runs that they need before them.
    pub async fn replay_in_order(&mut self, names: &[String]) {
        for step in steps(names.iter().map(|name| load(name)).collect()) {
            match step {
                Step::Replay(golden) => self.replay_golden(&golden).await,
                Step::Prepare(agent, input) => self.run(&agent, &input).await,
            }
        }
    }

    /// Replays one exchange to its end.
    pub async fn replay_golden(&mut self, golden: &Golden) {
        let reply = http::ask(self.server, request(golden)).await;
        self.check(golden, &reply);
    }

    /// Makes a run that is not compared.
    pub async fn run(&self, agent: &str, input: &Value) {
        let reply = http::ask(self.server, run_request(agent, input)).await;
        assert!(reply.complete && reply.code() == 200, "{agent}: {reply:?}");
    }

    /// Sends a scenario's request and reads its answer bit by bit.
    pub async fn open(&self, name: &str) -> Live {
        Live::open(self.server, request(&load(name))).await
    }

    /// Compares a whole answer.
    pub fn check(&mut self, golden: &Golden, reply: &Reply) {
        let outcome = if reply.complete {
            self.compare(golden, reply, |events| Ok(events.to_vec()))
        } else {
            Err(format!("the answer did not come to its end: {reply:?}"))
        };
        self.note(&golden.name, outcome);
    }

    /// Compares what came of an answer until the client went, its events seen through `view`.
    pub fn check_cut(
        &mut self,
        name: &str,
        reply: &Reply,
        view: impl Fn(&[Value]) -> Result<Vec<Value>, String>,
    ) {
        let outcome = self.compare(&load(name), reply, view);
        self.note(name, outcome);
    }

    /// Compares the answer of a run that was stopped, or of its replay, after at least so many tokens.
    pub fn check_stopped(&mut self, golden: &Golden, reply: &Reply, least: usize) {
        assert!(reply.complete, "no end: {reply:?}");
        let outcome = self.compare(golden, reply, |events| blank_tokens(events, least));
        self.note(&golden.name, outcome);
    }

    /// The same of an answer that the client did not read to its end.
    pub fn check_stopped_cut(&mut self, name: &str, reply: &Reply, least: usize) {
        self.check_cut(name, reply, |events| blank_tokens(events, least));
    }

    fn compare(
        &self,
        golden: &Golden,
        reply: &Reply,
        view: impl Fn(&[Value]) -> Result<Vec<Value>, String>,
    ) -> Result<(), String> {
        let mut recorded = recorded(golden)?;
        let mut actual = canonical(&reply.answer())?;
        if without_cors(golden)
            && let Some(headers) = actual["headers"].as_object_mut()
        {
            headers.remove(ALLOW_ORIGIN);
        }
        for side in [&mut recorded, &mut actual] {
            if let Some(list) = side["body"].as_array() {
                side["body"] = view(list)?.into();
            }
        }
        let expected = deviations::apply(&golden.name, &recorded, &actual, &self.list)?;
        let differences = diff(&expected, &actual);
        differences
            .is_empty()
            .then_some(())
            .ok_or_else(|| differences.join("\n"))
    }

    /// Notes that a scenario was replayed, and what came of it.
    pub fn note(&mut self, name: &str, outcome: Result<(), String>) {
        let scenario = name.split('/').next().unwrap_or(name);
        self.replayed.insert(scenario.to_owned());
        if let Err(failure) = outcome {
            self.failures.push(format!("== {name}\n{failure}"));
        }
    }

    /// Fails if anything differed, or if something else was replayed than these scenarios.
    pub fn finish(self, names: &[String]) {
        let wanted: BTreeSet<String> = names.iter().cloned().collect();
        let Self {
            failures, replayed, ..
        } = self;
        assert!(
            failures.is_empty(),
            "{} of {} differ\n{}",
            failures.len(),
            replayed.len(),
            failures.join("\n")
        );
        assert_eq!(replayed, wanted, "replayed, and said to be replayed");
    }
}

/// Reads a scenario.
pub fn load(name: &str) -> Golden {
    Golden::load_from(FOLDER, name)
}

/// The request of a scenario or an exchange, as it was sent.
pub fn request(golden: &Golden) -> Vec<u8> {
    match multipart::body(golden) {
        Some(body) => golden.request_with(&body),
        None => golden.request(),
    }
}

/// A run over REST.
pub fn run_request(agent: &str, input: &Value) -> Vec<u8> {
    post(
        &format!("/api/copilotkit/agent/{agent}/run"),
        &input.to_string(),
    )
}

/// A POST of JSON.
pub fn post(path: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

const ALLOW_ORIGIN: &str = "access-control-allow-origin";

/// Whether a recording is of a server that had no rules for other origins; ours always has some. A page's own request would
/// show them.
fn without_cors(golden: &Golden) -> bool {
    let has = |part: &str, name: &str| {
        let part = golden.part(part);
        let headers = part["headers"].as_object().into_iter().flatten();
        headers
            .map(|(key, _)| key)
            .any(|key| key.eq_ignore_ascii_case(name))
    };
    !has("request", "origin") && !has("response", ALLOW_ORIGIN)
}

/// A recorded answer in canonical form.
fn recorded(golden: &Golden) -> Result<Value, String> {
    let response = golden.part("response");
    let headers: Vec<(String, String)> = response["headers"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| {
            let value = value.as_str().unwrap_or_default();
            (name.to_lowercase(), value.to_owned())
        })
        .collect();
    canonical(&Answer {
        status: response["status"].as_str().unwrap_or_default(),
        headers: &headers,
        body: response["body"].as_str().unwrap_or_default(),
    })
}
