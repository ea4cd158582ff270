//! Pages in a real browser: all that one page asked of the runtime, in its order.

use serde_json::Value;

use crate::support::golden::Golden;
use crate::support::recorded::agents::Served;
use crate::support::recorded::live::Live;
use crate::support::recorded::session::{Session, load, request};

/// Replays each recording against a server of its own.
pub async fn pages(names: &[String]) {
    let mut session = None;
    for name in names {
        let served = Served::start("").await;
        let session = session.get_or_insert_with(|| Session::at(served.binary.address));
        session.server = served.binary.address;
        page(session, name).await;
    }
    if let Some(session) = session {
        session.finish(names);
    }
}

/// One page. A run that was stopped is read on while the stop is sent; one that was left by a reload is left here too.
async fn page(session: &mut Session, name: &str) {
    let recording = load(name);
    let exchanges = recording.part("exchanges").as_array().expect("exchanges");
    let mut running: Option<(Golden, Live, usize)> = None;
    let mut tokens = 0;
    for (index, exchange) in exchanges.iter().enumerate() {
        let golden = Golden::of(&format!("{name}/{index}"), exchange.clone());
        if exchange["response"]["status"] == "" {
            leave(session, &golden).await;
        } else if is_stopped(exchange) {
            tokens = count(exchange);
            let mut live = Live::open(session.server, request(&golden)).await;
            live.until_times("\"tok", tokens).await;
            running = Some((golden, live, tokens));
        } else if replays_a_stopped_run(exchange) {
            let reply = Live::open(session.server, request(&golden))
                .await
                .rest()
                .await;
            session.check_stopped(&golden, &reply, tokens);
        } else {
            session.replay_golden(&golden).await;
            if is_stop(exchange)
                && let Some((golden, live, tokens)) = running.take()
            {
                session.check_stopped(&golden, &live.rest().await, tokens);
            }
        }
    }
    assert!(running.is_none(), "{name}: a run goes on");
}

/// The page went before the answer was complete; what came was not recorded.
async fn leave(session: &mut Session, golden: &Golden) {
    let mut live = Live::open(session.server, request(golden)).await;
    if golden.line().contains("/run ") {
        live.until("tok1 ").await;
    }
    live.hang_up();
}

fn answer(exchange: &Value) -> &str {
    exchange["response"]["body"].as_str().unwrap_or_default()
}

fn count(exchange: &Value) -> usize {
    answer(exchange).matches("\"tok").count()
}

fn is_stopped(exchange: &Value) -> bool {
    answer(exchange).contains("\"code\":\"abort\"") && count(exchange) > 1
}

fn replays_a_stopped_run(exchange: &Value) -> bool {
    answer(exchange).contains("\"code\":\"abort\"")
}

fn is_stop(exchange: &Value) -> bool {
    let request = &exchange["request"];
    let line = request["line"].as_str().unwrap_or_default();
    line.starts_with("POST") && line.contains("/stop/") || request["body"]["method"] == "agent/stop"
}
