//! What a configuration turns on: header rules, keep-alive, debug events, transcription, generative UI.

use serde_json::{Value, json};

use crate::support::recorded::agents::{Served, config_with_default};
use crate::support::recorded::session::{Session, load};
use crate::support::recorded::transcriber;
use crate::support::server::free_address;

/// What a request of the forwarding scenarios says in headers that an agent might see.
const SENT: [&str; 15] = [
    "authorization",
    "x-custom",
    "x-forwarded-for",
    "x-real-ip",
    "x-request-id",
    "x-vercel-id",
    "x-copilotcloud-public-api-key",
    "x-amz-foo",
    "cookie",
    "x-only",
    "x-nope",
    "x-server",
    "traceparent",
    "x-tenant",
    "x-cloud-trace-context",
];

/// The answers as recorded, and beside them what each agent saw of the client's headers.
pub async fn forwarding(names: &[String]) {
    let rules = [
        (
            "fwd_default",
            "",
            json!({"authorization": "Bearer user", "x-custom": "c", "x-only": "only", "x-nope": "nope", "x-server": "client"}),
        ),
        (
            "fwd_server_wins",
            "",
            json!({"authorization": "Bearer server", "x-custom": "c", "x-only": "only", "x-nope": "nope", "x-server": "server"}),
        ),
        (
            "fwd_allowlist",
            "[headers]\nallow = [\"x-only\"]\n",
            json!({"x-only": "only"}),
        ),
    ];
    let mut session = None;
    for (name, configuration, expected) in rules {
        let served =
            Served::with(|agents| config_with_default("echo", agents, configuration)).await;
        let session = session.get_or_insert_with(|| Session::at(served.binary.address));
        session.server = served.binary.address;
        let golden = load(name);
        session.replay_in_order(&[name.to_owned()]).await;
        let run = golden.part("request")["body"]["runId"]
            .as_str()
            .expect("a run");
        assert_eq!(client_headers(&served, run), expected, "{name}");
    }
    if let Some(session) = session {
        session.finish(names);
    }
}

fn client_headers(served: &Served, run: &str) -> Value {
    let seen = served.agents.headers_of(run).expect("the agent was asked");
    SENT.iter()
        .filter_map(|name| Some(((*name).to_owned(), seen.get(*name)?.clone())))
        .collect()
}

/// Comments while the agent is silent, one every two seconds.
pub async fn keep_alive(names: &[String]) {
    let served = Served::start("[server]\nkeep_alive_seconds = 2\n").await;
    let mut session = Session::at(served.binary.address);
    let name = &names[0];
    let recorded = load(name).part("response")["body"]
        .as_str()
        .expect("a body")
        .to_owned();
    let mut live = session.open(name).await;
    live.until_times(": keep-alive\n\n", recorded.matches(": keep-alive").count())
        .await;
    session.check_cut(name, &live.hang_up(), |events| Ok(events.to_vec()));
    session.finish(names);
}

/// Somebody watches the events of all runs, each with the time when it was seen.
pub async fn debug_events(names: &[String]) {
    let served = Served::start("[telemetry]\ndebug_events = true\n").await;
    let mut session = Session::at(served.binary.address);
    let name = "debug_events_development";
    let mut live = session.open(name).await;
    live.until(": connected").await;
    session.run("text", &watched_run(name)).await;
    live.until("\"RUN_FINISHED\"").await;
    session.check_cut(name, &live.hang_up(), |events| {
        events.iter().map(without_time).collect()
    });
    session.replay("debug_events_post").await;
    session.finish(names);
}

/// The input of the run that was watched, from the first event that was seen.
fn watched_run(name: &str) -> Value {
    let golden = load(name);
    let body = golden.part("response")["body"].as_str().expect("a body");
    let first = body.split("data: ").nth(1).expect("an event").trim_end();
    serde_json::from_str::<Value>(first).expect("JSON")["event"]["input"].clone()
}

fn without_time(event: &Value) -> Result<Value, String> {
    let mut event = event.clone();
    if let Some(seen) = event.as_object_mut() {
        match seen.get_mut("timestamp") {
            Some(time) if time.as_u64().is_some_and(|time| time > 1_700_000_000_000) => {
                *time = "<time>".into();
            }
            _ => return Err(format!("no time in milliseconds: {seen:?}")),
        }
    }
    Ok(event)
}

/// Speech is sent on to a scripted provider, which fails when the sound tells it to.
pub async fn transcription(names: &[String]) {
    let provider = transcriber::start().await;
    let served = Served::start(&transcriber::config(provider.address)).await;
    let mut session = Session::at(served.binary.address);
    for name in names {
        session.replay(name).await;
    }
    session.finish(names);
}

/// The recorded server had transcription too, which `/info` tells.
pub async fn generative_ui(names: &[String]) {
    let provider = transcriber::start().await;
    let ui = "[server]\nkeep_alive_seconds = 2\n[generative_ui]\na2ui = true\nsandbox = true\n";
    let configuration = format!("{ui}{}", transcriber::config(provider.address));
    let served = Served::start(&configuration).await;
    let mut session = Session::at(served.binary.address);
    session.replay_in_order(names).await;
    session.finish(names);
}

/// An MCP server whose tools' interfaces are shown, and which is not there.
pub async fn apps_out_of_reach(names: &[String]) {
    let server = format!(
        "[[mcp_servers]]\nname = \"s\"\nurl = \"http://{}/mcp\"\napps = true\n",
        free_address()
    );
    let served = Served::start(&server).await;
    let mut session = Session::at(served.binary.address);
    session.replay_in_order(names).await;
    session.finish(names);
}
