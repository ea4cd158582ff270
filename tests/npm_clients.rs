//! Upstream's own clients from npm, unmodified, in Node.js: they yield with this server what they yield with upstream's.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::blank::blank;
use crate::support::deviations;
use crate::support::diff::diff;
use crate::support::embedded::Embedded;
use crate::support::golden::Golden;
use crate::support::http;
use crate::support::npm::{VERSIONS, clients, drive};
use crate::support::python;
use crate::support::requests;
use crate::support::server::{Binary, config, free_address, model_at};
use crate::support::upstream::Scripted;

/// What a client yielded, apart from timing: how its messages grew, where they ended, how the stream ended, what it reported.
fn canonical<'a>(lines: impl Iterator<Item = &'a Value> + Clone) -> Value {
    let yields = lines.clone().filter(|line| line.get("raw").is_some());
    // Whether a message that was just opened, or a state, shows before the next token comes depends on how payloads were batched.
    let mut states: Vec<Value> = yields
        .clone()
        .map(|line| grown(&line["raw"]))
        .filter(|messages| !just_opened(messages))
        .collect();
    states.dedup();
    let end = lines.clone().find(|line| {
        ["done", "threw", "data"]
            .iter()
            .any(|key| line.get(key).is_some())
    });
    let end = end.map(|line| {
        let mut end = line.clone();
        end.as_object_mut().expect("a line").shift_remove("t");
        end
    });
    let reported = |key: &str| -> Vec<Value> {
        lines
            .clone()
            .filter_map(|line| line.get(key).filter(|_| line.get("data").is_none()))
            .cloned()
            .collect()
    };
    blank(&json!({
        "states": states,
        "last": yields.last().map(|line| json!({"raw": line["raw"], "converted": line["converted"]})),
        "end": end,
        "errors": reported("error"),
        "warnings": reported("warning"),
    }))
}

fn grown(raw: &Value) -> Value {
    let messages = raw["generateCopilotResponse"]["messages"]
        .as_array()
        .into_iter()
        .flatten();
    messages
        .map(|message| {
            json!([
                message["__typename"],
                message["content"],
                message["arguments"],
                message["result"]
            ])
        })
        .collect()
}

fn just_opened(messages: &Value) -> bool {
    let last = messages.as_array().and_then(|messages| messages.last());
    last.is_some_and(|last| {
        if last[0] == "AgentStateMessageOutput" {
            return true;
        }
        [&last[1], &last[2]]
            .iter()
            .any(|chunks| chunks.as_array().is_some_and(Vec::is_empty))
    })
}

/// The recording in the same form.
fn recorded(golden: &Golden) -> Value {
    let yields = golden
        .part("client_yields")
        .as_array()
        .expect("yields")
        .clone();
    let errors = golden.part("client_errors")["errs"]
        .as_array()
        .expect("errors")
        .iter();
    let warnings = golden.part("client_errors")["warns"]
        .as_array()
        .expect("warnings")
        .iter();
    let reports: Vec<Value> = errors
        .map(|error| json!({"error": error}))
        .chain(warnings.map(|warning| json!({"warning": warning})))
        .collect();
    canonical(yields.iter().chain(reports.iter()))
}

fn job(golden: &Golden, version: &str, address: std::net::SocketAddr) -> Value {
    let request = golden.part("request");
    let variables = &request["body"]["variables"];
    let mut job = json!({
        "version": version,
        "url": format!("http://{address}/copilotkit"),
        "kind": "chat",
        "data": variables["data"],
        "properties": variables["properties"],
    });
    if golden.name == "client-abort" {
        // The last token before the recorded client aborted.
        job["abortAfter"] = json!("w3 ");
    }
    if golden.name.starts_with("client-load-state") {
        job["kind"] = json!("state");
    }
    job
}

/// What older clients report otherwise than the newest, whose words were recorded: they warn of the server's version, and
/// hand on no errors of queries.
fn reported_otherwise(golden: &Golden, version: &str) -> &'static [&'static str] {
    match (version, golden.name.as_str()) {
        ("1.10.6", _) => &[],
        (_, "client-load-state-err") => &["warnings", "errors"],
        _ => &["warnings"],
    }
}

/// Runs a recorded scenario with one version of the client and compares.
async fn compare(name: &str, version: &str, address: std::net::SocketAddr) {
    let golden = Golden::load(name);
    let mut recorded = recorded(&golden);
    let mut actual = canonical(drive(job(&golden, version, address)).await.iter());
    for key in reported_otherwise(&golden, version) {
        for side in [&mut recorded, &mut actual] {
            side.as_object_mut().expect("an object").shift_remove(*key);
        }
    }
    let expected = deviations::apply(name, &recorded, &actual, &deviations::load())
        .unwrap_or_else(|error| panic!("{name} {version}: {error}"));
    let differences = diff(&expected, &actual);
    assert!(
        differences.is_empty(),
        "{name} with client {version}\n{}",
        differences.join("\n")
    );
}

async fn against_a_model(scenarios: &[&str]) {
    if !clients() {
        return;
    }
    let model = Scripted::model();
    let demos = ["crew_agent", "lg_agent", "odd_agent"]
        .map(|name| format!("[agents.{name}]\ntype = \"demo\"\n"));
    let plain = Binary::start(&config(&model_at(&model.base_url()))).await;
    let agents = Binary::start(&config(&format!(
        "{}\n{}",
        model_at(&model.base_url()),
        demos.join("\n")
    )))
    .await;
    for scenario in scenarios {
        let server = if *scenario == "client-load-state-err" {
            &agents
        } else {
            &plain
        };
        for version in VERSIONS {
            compare(scenario, version, server.address).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chat_with_headers_and_properties() {
    against_a_model(&["client-a-text-headers"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frontend_tool_is_called() {
    against_a_model(&["client-b-tool"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_are_reported() {
    against_a_model(&[
        "client-err-llm-drop",
        "client-err-unknown-agent",
        "client-load-state-err",
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_abort_ends_the_stream() {
    against_a_model(&["client-abort"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_tool_is_run() {
    if !clients() {
        return;
    }
    let model = Scripted::model();
    let server = Embedded::with_tools(&model.base_url()).await;
    for version in VERSIONS {
        compare("client-c-server-action", version, server.address).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_are_listed() {
    if !clients() {
        return;
    }
    let agents = ["py_agent", "py_interrupt", "py_boom"];
    let tables = agents.map(|name| format!("[agents.{name}]\ntype = \"demo\"\n"));
    let server = Binary::start(&config(&tables.join("\n"))).await;
    let recorded = Golden::load("client-available-agents").part("client_yields")[0]["data"].clone();
    for version in VERSIONS {
        let lines = drive(json!({"version": version, "url": format!("http://{}/copilotkit", server.address), "kind": "agents"})).await;
        let listed = &lines[0]["data"];
        let names = |data: &Value| -> BTreeSet<String> {
            let agents = data["availableAgents"]["agents"]
                .as_array()
                .expect("agents");
            agents
                .iter()
                .map(|agent| agent["name"].to_string())
                .collect()
        };
        assert_eq!(names(listed), names(&recorded), "{version}");
        assert_eq!(shape(listed), shape(&recorded), "{version}");
    }
}

/// The value with every leaf replaced by its type: what can be compared of agents that are not the recorded ones.
fn shape(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::Object(entries) => entries
            .iter()
            .map(|(key, value)| (key.clone(), shape(value)))
            .collect(),
        Value::String(_) => "text".into(),
        other => other.clone(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_saved_state_is_loaded() {
    if !clients() {
        return;
    }
    let server = Binary::start(&config("[agents.keeper]\ntype = \"demo\"\n")).await;
    let save = json!({
        "query": "mutation($data: SaveAgentStateInput!) { saveAgentState(data: $data) { threadId } }",
        "variables": {"data": {"threadId": "t1", "agentName": "keeper", "stateData": "{\"count\":7,\"nested\":{\"a\":[1,2]}}"}},
    });
    let saved = http::ask(server.address, requests::post(&save.to_string())).await;
    assert!(
        saved.code() == 200 && saved.json().get("errors").is_none(),
        "{}",
        saved.text()
    );
    for version in VERSIONS {
        let url = format!("http://{}/copilotkit", server.address);
        let job = json!({"version": version, "url": url, "kind": "state", "data": {"threadId": "t1", "agentName": "keeper"}});
        let lines = drive(job).await;
        let loaded = &lines[0]["data"]["loadAgentState"];
        assert_eq!(loaded["threadExists"], true, "{version}: {lines:?}");
        let state: Value =
            serde_json::from_str(loaded["state"].as_str().expect("a text")).expect("JSON");
        assert_eq!(
            state,
            json!({"count": 7, "nested": {"a": [1, 2]}}),
            "{version}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_of_a_remote_endpoint_is_asked() {
    if !clients() {
        return;
    }
    let remote = Scripted::remote();
    let endpoint = format!("[[remote_endpoints]]\nurl = \"{}\"\n", remote.agent("ok"));
    let server = Binary::start(&config(&endpoint)).await;
    for version in VERSIONS {
        compare("client-e-crew-agent", version, server.address).await;
        compare("client-load-state", version, server.address).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_of_the_python_sdk_is_asked() {
    if !clients() || python::interpreter().is_none() {
        return;
    }
    for version in VERSIONS {
        // Each client has the thread for itself. As when it was recorded, the same has been asked on it before.
        let remote = Scripted::python("remote_py");
        let endpoint = remote.agent("copilotkit");
        let endpoint = format!("[[remote_endpoints]]\nurl = \"{endpoint}\"\n");
        let model = model_at(&format!("http://{}/v1", free_address()));
        let server = Binary::start(&config(&format!("{model}{endpoint}"))).await;
        let request = Golden::load("client-e-py-agent").part("request")["body"].to_string();
        let before = http::ask(server.address, requests::post(&request)).await;
        assert!(before.complete, "{before:?}");
        compare("client-e-py-agent", version, server.address).await;
    }
}
