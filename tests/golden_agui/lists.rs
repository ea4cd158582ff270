//! Threads: listed, looked at, changed and cleared.

use serde_json::{Value, json};

use crate::support::recorded::agents::{Served, config_of_talkers};
use crate::support::recorded::session::{Session, load};
use crate::support::server::Binary;
use crate::support::upstream::Scripted;

/// The recorded thread `T-text` is there before each request, whatever the one before did to it.
pub async fn of_one_thread(names: &[String]) {
    let agents = Scripted::scenarios();
    let configuration = config_of_talkers(&agents, &["text"]);
    let mut session = None;
    for name in names {
        let binary = Binary::start(&configuration).await;
        let session = session.get_or_insert_with(|| Session::at(binary.address));
        session.server = binary.address;
        let input = load("run_text").part("request")["body"].clone();
        session.run("text", &input).await;
        session.replay(name).await;
    }
    if let Some(session) = session {
        session.finish(names);
    }
}

/// The listed threads are made one after the other, the last one first, by agents of the recorded names.
pub async fn of_recorded_threads(names: &[String]) {
    let agents = Scripted::scenarios();
    let mut session = None;
    for name in names {
        let golden = load(name);
        let answer = golden.part("response")["body"].as_str().expect("a body");
        let listed: Value = serde_json::from_str(answer).expect("JSON");
        let threads = listed["threads"].as_array().expect("threads");
        let text = |thread: &Value, key: &str| thread[key].as_str().expect("a text").to_owned();
        let owners: Vec<String> = threads
            .iter()
            .map(|thread| text(thread, "agentId"))
            .collect();
        let mut owners: Vec<&str> = owners.iter().map(String::as_str).collect();
        // One that must not be listed where a filter is recorded.
        owners.push("other");
        let binary = Binary::start(&config_of_talkers(&agents, &owners)).await;
        let session = session.get_or_insert_with(|| Session::at(binary.address));
        session.server = binary.address;
        if name.contains("filter") || name.starts_with("single") {
            session.run("other", &input("T-other")).await;
        }
        for thread in threads.iter().rev() {
            let input = input(&text(thread, "id"));
            session.run(&text(thread, "agentId"), &input).await;
        }
        session.replay(name).await;
    }
    if let Some(session) = session {
        session.finish(names);
    }
}

fn input(thread: &str) -> Value {
    json!({
        "threadId": thread, "runId": format!("run of {thread}"), "state": {}, "tools": [], "context": [], "forwardedProps": {},
        "messages": [{"id": "u", "role": "user", "content": "hello"}],
    })
}

/// A thread is there, and after the clearing it is not.
pub async fn cleared(names: &[String]) {
    let served = Served::start("").await;
    let mut session = Session::at(served.binary.address);
    session.run("text", &input("T-gone")).await;
    for name in [
        "threads_clear_get",
        "threads_clear",
        "threads_list_empty_after_clear",
    ] {
        session.replay(name).await;
    }
    session.finish(names);
}
