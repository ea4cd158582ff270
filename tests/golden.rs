//! Upstream's recorded traffic, replayed: the same request gets the same answer, and the model is asked the same.
//!
//! What differs on purpose is in `golden/deviations.toml`, with a reason each.

mod world;

use std::net::SocketAddr;
use std::time::Duration;

use agui_runtime::agents::llm::{LlmConfig, Secret};
use serde_json::Value;

use crate::support::agui;
use crate::support::canonical::canonical;
use crate::support::deviations::{self, Deviation};
use crate::support::diff::diff;
use crate::support::embedded::Embedded;
use crate::support::external;
use crate::support::golden::{Golden, names, root};
use crate::support::hooks::{Throws, Told};
use crate::support::http::{self, PATIENCE, Reply};
use crate::support::introspection;
use crate::support::mcp::{self, McpServer};
use crate::support::payloads;
use crate::support::python;
use crate::support::requests;
use crate::support::server::{Binary, config, free_address, model_at};
use crate::support::upstream::Scripted;

use self::world::{Served, Upstreams, World};

/// Does what was done before the recording, for an agent that remembers it.
async fn prepare(golden: &Golden, server: SocketAddr, remote: &Scripted) {
    let (asked, before) = match &*golden.name {
        // The agent is asked by somebody else: what was said here is remembered here.
        "load-agent-state-py" => {
            let before = Golden::load("e-py-agent").remote()[0]["body"].to_string();
            let before = before.replace("<uuid>", "33333333-3333-4333-8333-333333333333");
            let path = "POST /copilotkit/agents/execute ";
            let request = requests::post(&before.replace("<time>", "2025-10-01T00:00:00.000Z"));
            let request = String::from_utf8(request).expect("text");
            let request = request.replacen("POST /copilotkit ", path, 1);
            (remote.address, request.into_bytes())
        }
        // The agent asks, and gets no answer yet.
        "e-py-interrupt-resume" => {
            let mut body = golden.part("request")["body"].clone();
            let data = body["variables"]["data"].as_object_mut().expect("data");
            data.shift_remove("metaEvents");
            data["agentSession"]
                .as_object_mut()
                .expect("a session")
                .shift_remove("nodeName");
            (server, requests::post(&body.to_string()))
        }
        _ => return,
    };
    let reply = http::ask(asked, before).await;
    assert!(reply.complete, "{reply:?}");
}

/// Replays some scenarios one after the other and reports all that fail.
async fn replay(wanted: &[&str]) {
    if !external::node() {
        return;
    }
    let list = deviations::load();
    let model = match wanted {
        ["anthropic-*"] => Scripted::anthropic(),
        _ => Scripted::model(),
    };
    let agents = Scripted::agents();
    let remote = Scripted::remote();
    let langgraph = Scripted::langgraph();
    let upstreams = (&model, &agents, &remote, &langgraph);
    let mut served: Vec<(World, Served)> = Vec::new();
    let mut failures = Vec::new();
    let mut replayed = 0;
    for golden in matching(wanted).into_iter().map(|name| Golden::load(&name)) {
        let world = World::of(&golden);
        if world == World::Python && python::interpreter().is_none() {
            continue;
        }
        if !served.iter().any(|(running, _)| *running == world) {
            served.push((world, world.serve(upstreams).await));
        }
        let (_, server) = served
            .iter()
            .find(|(running, _)| *running == world)
            .expect("just started");
        let upstreams = server.upstreams(upstreams);
        prepare(&golden, server.address(), upstreams.2).await;
        if let Err(failure) = replay_one(&golden, server, upstreams, &list).await {
            failures.push(format!("== {}\n{failure}", golden.name));
        }
        replayed += 1;
    }
    assert!(replayed > 0, "no golden matches {wanted:?}");
    assert!(
        failures.is_empty(),
        "{} of {replayed} scenarios differ\n{}",
        failures.len(),
        failures.join("\n")
    );
}

async fn replay_one(
    golden: &Golden,
    served: &Served,
    (model, agents, remote, langgraph): Upstreams<'_>,
    list: &[Deviation],
) -> Result<(), String> {
    let mut recorded = golden.canonical()?;
    recorded["agents"] = golden.agents();
    recorded["remote"] = golden.remote();
    recorded["langgraph"] = golden.langgraph();
    let server = served.address();
    let told = served.told().map(|told| (told, told.mark()));
    let cloud = served.cloud().map(|cloud| (cloud, cloud.mark()));
    let marks = [model, agents, remote, langgraph].map(Scripted::mark);
    let patience = golden
        .cut_after_ms()
        .map_or(PATIENCE, Duration::from_millis);
    let reply = http::ask_for(server, golden.request(), patience).await;
    if !reply.complete && golden.cut_after_ms().is_none() {
        return Err(format!(
            "the answer did not come to its end: {} {:?}",
            reply.status,
            reply.text()
        ));
    }
    let mut actual = ours(&reply)?;
    let asked = [
        ("upstream", model),
        ("agents", agents),
        ("remote", remote),
        ("langgraph", langgraph),
    ];
    for ((key, upstream), mark) in asked.into_iter().zip(marks) {
        let wanted = recorded[key].as_array().map_or(0, Vec::len);
        actual[key] = upstream.asked_since(mark, wanted).await;
    }
    if let Some((told, mark)) = told {
        recorded["hooks"] = golden.hooks();
        let wanted = recorded["hooks"].as_array().map_or(0, Vec::len);
        actual["hooks"] = told.since(mark, wanted).await;
    }
    if let Some((cloud, mark)) = cloud {
        recorded["cloud"] = golden.cloud();
        let wanted = recorded["cloud"].as_array().map_or(0, Vec::len);
        actual["cloud"] = cloud.asked_since(mark, wanted).await;
    }
    if golden.name == "introspection" {
        let extensions = std::fs::read_to_string(root().join("schema/extensions.graphql"))
            .expect("the extensions");
        actual["body"] = introspection::of_answer(&actual["body"], &recorded["body"], &extensions);
    }
    let expected = deviations::apply(&golden.name, &recorded, &actual, list)?;
    let differences = diff(&expected, &actual);
    differences
        .is_empty()
        .then_some(())
        .ok_or_else(|| differences.join("\n"))
}

/// Our answer in canonical form, after what can only be asked of ours: the parts' lengths.
fn ours(reply: &Reply) -> Result<Value, String> {
    let multipart = reply
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("multipart/"));
    if multipart && !payloads::lengths_are_right(reply.text()) {
        return Err(format!(
            "a part's Content-Length is wrong: {:?}",
            reply.text()
        ));
    }
    canonical(&reply.answer())
}

fn matching(wanted: &[&str]) -> Vec<String> {
    let matches = |name: &String| {
        wanted
            .iter()
            .any(|pattern| match pattern.strip_suffix('*') {
                Some(start) => name.starts_with(start),
                None => pattern == name,
            })
    };
    names().into_iter().filter(matches).collect()
}

/// Each test replays the scenarios of some patterns; together they must name every golden.
macro_rules! scenarios {
    ($($(#[$attribute:meta])* $name:ident: $($pattern:literal)+;)+) => {
        $($(#[$attribute])*
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            replay(&[$($pattern),+]).await;
        })+

        const REPLAYED: &[&str] = &[$($($pattern),+),+];
    };
}

scenarios! {
    text_streams: "a-*";
    frontend_tools_are_called: "b-*";
    server_tools_run: "c-*";
    one_json_without_directives: "g-*";
    accept_chooses_the_transport: "h-accept-*";
    a_silent_model_keeps_multipart_open: "h-multipart-idle";
    a_silent_model_keeps_sse_pinging: "h-sse-ping";
    unacceptable_accept_is_406: "i-*";
    tools_are_called_in_parallel: "j-*";
    images_go_in_and_reasoning_stays_out: "k-*";
    anthropic_is_asked_in_its_own_way: "anthropic-*";
    groq_is_asked_in_its_own_way: "groq-*";
    a_model_is_asked_as_it_is_set: "adapter-options";
    threads_have_ids: "m-thread-*";
    directives_and_selections_are_honoured: "q-*";
    odd_model_answers: "x-*";
    queries_are_answered: "hello*" "introspection*" "available-agents-*" "load-agent-state-*";
    other_integrations_are_replaced_too: "express-*";
    agents_may_be_all_there_is: "empty-adapter-*";
    get_and_graphiql: "get-*" "graphiql-*" "landing-*" "health*";
    methods_paths_and_content_types: "method-*" "path-*" "content-type-*";
    cors_lets_browsers_in: "cors-*";
    broken_requests_are_refused: "err-bad-date" "err-bad-enum" "err-bad-json*" "err-bad-properties*" "err-chunked*" "err-content*"
        "err-empty*" "err-json*" "err-mal*" "err-missing*" "err-mu*" "err-n*" "err-query*" "err-runtime*" "err-s*" "err-u*" "err-v*";
    failing_models_are_reported: "err-llm-*" "err-bad-action-args-json" "err-message-no-variant";
    parameters_reach_the_model: "forwarded-*" "extensions-*" "request-type-null";
    older_clients_are_served: "compat-*";
    mcp_tools_are_offered_and_called: "mcp-*";
    agents_elsewhere_are_asked: "f-agui-a*" "f-agui-c*" "f-agui-d*" "f-agui-e*" "f-agui-f*" "f-agui-h*" "f-agui-i*" "f-agui-l*" "f-agui-n*" "f-agui-persist-1-*"
        "f-agui-persist-2-*" "f-agui-predict" "f-agui-r*" "f-agui-t*" "f-agui-u*" "m-agent-*";
    hooks_are_asked_and_told: "hooks-middleware-throws" "hooks-no-key" "hooks-with-key*" "hooks3-*" "hooks4-*";
    guardrails_are_asked: "cloud-guardrails-*" "cloud-with-key-*";
    actions_of_remote_endpoints_run: "d-remote-*";
    agents_of_remote_endpoints_are_asked: "e-*";
    chains_are_tools: "langserve-*";
    agents_on_langgraph_servers_are_asked: "langgraph-platform-*";
}

/// Recordings with a test of their own: a client that goes, another agent asked before, or the real client's view.
const ELSEWHERE: &[&str] = &[
    "l-abort-*",
    "l-after-abort-*",
    "f-agui-persist-3-*",
    "client-*",
];

const NO_KEY: &str = "nobody needs the key of a cloud here: such a request is answered as any other, as tests/guardrails.rs shows";

/// Recordings of what cannot happen here, and why.
const NEVER: &[(&str, &str)] = &[
    (
        "f-agui-key-mismatch",
        "here an agent has one name, the one under which it is configured: there is no second one to differ from it",
    ),
    (
        "langchain-string",
        "the chain is a function of upstream's own process that gives a string, at which upstream fails: here a chain is an agent, or LangServe's",
    ),
    ("cloud-missing-key*", NO_KEY),
    ("hooks-missing-cloud-key-onerror", NO_KEY),
];

#[test]
fn no_golden_is_forgotten() {
    let mut known = matching(REPLAYED);
    let never: Vec<&str> = NEVER.iter().map(|(name, _)| *name).collect();
    known.extend(matching(&never));
    known.extend(matching(ELSEWHERE));
    known.sort();
    assert_eq!(known, names());
}

#[test]
fn every_deviation_names_a_golden_and_a_reason() {
    for deviation in deviations::load() {
        assert!(
            deviation.reason.len() > 20,
            "a reason is more than {:?}",
            deviation.reason
        );
        for pattern in &deviation.scenarios {
            assert!(
                !matching(&[pattern]).is_empty(),
                "{pattern}: no such golden"
            );
        }
    }
}
