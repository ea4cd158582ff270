//! What happens while a run goes on: stops, a second run, a client that goes, a reader that comes.

use serde_json::{Value, json};

use crate::support::http;
use crate::support::recorded::agents::Served;
use crate::support::recorded::live::Live;
use crate::support::recorded::session::{Session, load, post, run_request};

/// How many tokens were recorded before something happened to the run.
fn tokens(name: &str) -> usize {
    let body = load(name).part("response")["body"].clone();
    body.as_str().unwrap_or_default().matches("\"tok").count()
}

async fn begin(configuration: &str) -> (Served, Session) {
    let served = Served::start(configuration).await;
    let session = Session::at(served.binary.address);
    (served, session)
}

/// Begins a scenario's run and waits for as many tokens as were recorded.
async fn run_until_recorded(session: &Session, name: &str) -> Live {
    let mut live = session.open(name).await;
    live.until_times("\"tok", tokens(name)).await;
    live
}

/// A stop without a body, a second one, and what remains.
pub async fn stop(names: &[String]) {
    let (_served, mut session) = begin("").await;
    let live = run_until_recorded(&session, "stop_1_run").await;
    session.replay("stop_2_stop").await;
    let least = tokens("stop_1_run");
    session.check_stopped(&load("stop_1_run"), &live.rest().await, least);
    session.replay("stop_3_stop_again").await;
    replay_stopped(&mut session, "stop_4_connect_after", least).await;
    session.finish(names);
}

/// Asks for what remains of a stopped run.
async fn replay_stopped(session: &mut Session, name: &str, least: usize) {
    let reply = session.open(name).await.rest().await;
    session.check_stopped(&load(name), &reply, least);
}

/// A stop of another run of the thread stops nothing, one of this run does.
pub async fn stop_by_id(names: &[String]) {
    let (_served, mut session) = begin("").await;
    let live = run_until_recorded(&session, "stop_b1_run_slowtool").await;
    session.replay("stop_b2_wrong_runid").await;
    let stop = post(
        "/api/copilotkit/agent/slowtool/stop/T-stop2",
        r#"{"runId":"RUN-B"}"#,
    );
    let stopped = http::ask(session.server, stop).await;
    assert_eq!(stopped.json()["stopped"], true, "{stopped:?}");
    let least = tokens("stop_b1_run_slowtool");
    session.check_stopped(&load("stop_b1_run_slowtool"), &live.rest().await, least);
    replay_stopped(&mut session, "stop_b4_connect", least).await;
    session.finish(names);
}

/// Stops that are refused leave the run going; `{}` stops it.
pub async fn bad_stops(names: &[String]) {
    let (_served, mut session) = begin("").await;
    let live = run_until_recorded(&session, "stop_n0_run").await;
    for name in [
        "stop_7_bad_body",
        "stop_8_bad_runid",
        "stop_9_nonjson",
        "stop_9b_array",
        "stop_9c_emptyobj",
    ] {
        session.replay(name).await;
    }
    session.check_stopped(
        &load("stop_n0_run"),
        &live.rest().await,
        tokens("stop_n0_run"),
    );
    session.finish(names);
}

/// The envelope's stop.
pub async fn stop_in_envelope(names: &[String]) {
    let (_served, mut session) = begin("").await;
    session.replay("single_stop_inactive").await;
    let live = run_until_recorded(&session, "single_stop_run").await;
    session.replay("single_stop_active").await;
    session.check_stopped(
        &load("single_stop_run"),
        &live.rest().await,
        tokens("single_stop_run"),
    );
    session.finish(names);
}

/// The client goes, the run stays: a second one is refused meanwhile, a reader follows to the end.
pub async fn abort(names: &[String]) {
    let (_served, mut session) = begin("").await;
    let first = "abort_1_run_client_disconnect";
    let cut = run_until_recorded(&session, first).await.hang_up();
    session.check_stopped_cut(first, &cut, tokens(first));
    session.replay("abort_2_second_run_while_detached").await;
    for name in [
        "abort_3_connect_bridges",
        "abort_4_connect_after",
        "abort_5_threads_events",
    ] {
        session.replay(name).await;
    }
    session.finish(names);
}

/// A second run on a busy thread, and a reader that joins in the middle.
pub async fn concurrent(names: &[String]) {
    let (_served, mut session) = begin("").await;
    let mut first = session.open("concurrent_1_first").await;
    first.until("tok1 ").await;
    session.replay("concurrent_2_second_same_thread").await;
    let joined = session.open("concurrent_3_connect_running").await;
    let (first, joined) = tokio::join!(first.rest(), joined.rest());
    session.check(&load("concurrent_1_first"), &first);
    session.check(&load("concurrent_3_connect_running"), &joined);
    session.replay("concurrent_4_connect_after").await;
    session.finish(names);
}

/// A newer run ends the one that its thread is busy with. The first was not recorded.
pub async fn supersede(names: &[String]) {
    let (_served, mut session) = begin("[runs]\nwhen_busy = \"supersede\"\n").await;
    let first = json!({
        "threadId": "T-super2", "runId": "SUP-1", "state": {}, "tools": [], "context": [], "forwardedProps": {},
        "messages": [{"id": "u910", "role": "user", "content": "hello"}],
    });
    let mut live = Live::open(session.server, run_request("slow", &first)).await;
    live.until("tok0 ").await;
    session.replay("supersede_2_second").await;
    let ended = live.rest().await;
    let last = ended.text().trim_end().rsplit("data: ").next();
    let last: Value = serde_json::from_str(last.unwrap_or_default()).expect("an event");
    assert_eq!(last["type"], "RUN_ERROR", "the first run: {ended:?}");
    let name = "supersede_3_connect";
    let reply = session.open(name).await.rest().await;
    session.check_stopped(&load(name), &reply, 0);
    session.finish(names);
}
