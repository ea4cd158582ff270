//! Upstream's AG-UI clients from npm, unmodified, in Node.js: `HttpAgent` of both versions of AG-UI and CopilotKit's core run,
//! connect, stop, answer interrupts and call tools, over REST and over the envelope.

use serde_json::{Value, json};

use crate::support::golden::Golden;
use crate::support::http;
use crate::support::npm::{clients, drive, drive_with};
use crate::support::recorded::agents::Served;
use crate::support::recorded::live::Live;
use crate::support::recorded::session::{post, run_request};
use crate::support::server::{Binary, config};

/// Each client: the package in `tests/npm/package.json`, and how its requests travel.
const CLIENTS: [(&str, &str); 5] = [
    ("agui-0.0.59", "rest"),
    ("agui-1.0.0", "rest"),
    ("core-1.75.0", "rest"),
    ("core-1.75.0", "single"),
    ("core-1.75.0", "auto"),
];

/// What the client told after each step.
async fn talk(
    client: (&str, &str),
    url: &str,
    agent: &str,
    thread: &str,
    steps: Value,
) -> Vec<Value> {
    let (package, transport) = client;
    let count = steps.as_array().expect("steps").len();
    let job = json!({
        "client": package, "transport": transport, "url": url, "agent": agent, "thread": thread, "steps": steps,
    });
    let lines = drive_with("agui.cjs", job).await;
    assert_eq!(lines.len(), count, "{client:?}: {lines:#?}");
    lines
}

/// Asserts that nobody was told of an error.
fn well(line: &Value) {
    assert_eq!(line["ended"], "resolved", "{line:#}");
    assert_eq!(line["errors"], json!([]), "{line:#}");
    assert!(
        line.get("told").is_none_or(|told| *told == json!([])),
        "{line:#}"
    );
    assert_eq!(line["isRunning"], false, "{line:#}");
}

/// The text of the last message.
fn last_text(line: &Value) -> &str {
    let last = line["messages"].as_array().and_then(|all| all.last());
    last.and_then(|message| message["content"].as_str())
        .unwrap_or_default()
}

/// What is compared of messages that one client saw being written and another had replayed.
fn gist(line: &Value) -> Vec<Value> {
    let messages = line["messages"].as_array().expect("messages");
    messages
        .iter()
        .map(|message| {
            let keys = [
                "id",
                "role",
                "content",
                "toolCalls",
                "toolCallId",
                "activityType",
            ];
            keys.iter()
                .filter_map(|key| Some(((*key).to_owned(), message.get(*key)?.clone())))
                .collect()
        })
        .collect()
}

async fn demo() -> (Binary, String) {
    let server = Binary::start(&config("")).await;
    let url = format!("http://{}/copilotkit", server.address);
    (server, url)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_with_tools_interrupts_and_state() {
    if !clients() {
        return;
    }
    let (_server, url) = demo().await;
    for (number, client) in CLIENTS.into_iter().enumerate() {
        let steps = json!([
            {"run": "hello"}, {"run": "call a tool"}, {"run": "interrupt"}, {"resume": "go on"}, {"run": "state"},
            {"connect": true}, {"run": "hello again"},
        ]);
        let told = talk(client, &url, "default", &format!("t{number}"), steps).await;
        told.iter().for_each(well);
        assert!(last_text(&told[0]).starts_with("Hello!"), "{:#}", told[0]);
        let tool = last_text(&told[1]);
        assert!(
            tool.contains("sayHello gave back `Hello, "),
            "{client:?}: {tool}"
        );
        assert!(!tool.contains("undefined"), "{client:?}: {tool}");
        assert_eq!(
            told[2]["interrupts"].as_array().map(Vec::len),
            Some(1),
            "{:#}",
            told[2]
        );
        assert!(last_text(&told[3]).contains("“go on”"), "{:#}", told[3]);
        assert_eq!(told[4]["state"]["recipe"]["cooked"], 1, "{:#}", told[4]);
        assert_eq!(gist(&told[5]), gist(&told[4]), "{client:?}: replayed");
        assert_eq!(told[5]["state"], told[4]["state"], "{client:?}: replayed");
        assert_eq!(gist(&told[6]).len(), gist(&told[5]).len() + 2, "{client:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_agents_say_is_shown_and_replayed() {
    if !clients() {
        return;
    }
    let served = Served::start("").await;
    let url = format!("http://{}/api/copilotkit", served.binary.address);
    let agents = [
        "text",
        "frontendtool",
        "backendtool",
        "state",
        "msgsnapshot",
        "steps",
        "reasoning",
        "customraw",
        "activity",
        "unknownevent",
        "usage",
        "subagent",
        "legacyinterrupt",
        "echo",
    ];
    // "auto" comes down to one of the others.
    let clients = CLIENTS
        .into_iter()
        .filter(|(_, transport)| *transport != "auto");
    for (number, client) in clients.enumerate() {
        for agent in agents {
            let steps = json!([{"run": "hello"}, {"connect": true}]);
            let told = talk(client, &url, agent, &format!("{agent}{number}"), steps).await;
            told.iter().for_each(well);
            assert_eq!(
                gist(&told[1]),
                gist(&told[0]),
                "{client:?} {agent}: replayed"
            );
            assert_eq!(
                told[1]["state"], told[0]["state"],
                "{client:?} {agent}: replayed"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_are_told_and_what_was_said_stays() {
    if !clients() {
        return;
    }
    let served = Served::start("").await;
    let url = format!("http://{}/api/copilotkit", served.binary.address);
    let agents = [
        ("runerror", "partial"),
        ("noterminal", "partial"),
        ("destroy", "cut"),
        ("openend", "x"),
        ("http500", ""),
        ("refused", ""),
    ];
    for (number, client) in CLIENTS.into_iter().enumerate() {
        for (agent, said) in agents {
            let steps = json!([{"run": "hello"}]);
            let told = talk(client, &url, agent, &format!("{agent}{number}"), steps).await;
            let [line] = &told[..] else {
                unreachable!("one step")
            };
            assert_eq!(
                line["errors"].as_array().map(Vec::len),
                Some(1),
                "{client:?} {agent}: {line:#}"
            );
            assert_eq!(line["isRunning"], false, "{client:?} {agent}: {line:#}");
            let messages = gist(line);
            assert_eq!(
                messages[0]["content"], "hello",
                "{client:?} {agent}: {line:#}"
            );
            let kept = messages.iter().any(|message| message["content"] == said);
            assert!(kept || said.is_empty(), "{client:?} {agent}: {line:#}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_is_stopped() {
    if !clients() {
        return;
    }
    let served = Served::start("").await;
    let url = format!("http://{}/api/copilotkit", served.binary.address);
    for (number, client) in CLIENTS.into_iter().enumerate() {
        let steps = json!([{"run": "hello", "stopAfter": "tok1 "}, {"connect": true}]);
        let told = talk(client, &url, "slow", &format!("slow{number}"), steps).await;
        let [stopped, replayed] = &told[..] else {
            unreachable!("two steps")
        };
        assert_eq!(stopped["ended"], "resolved", "{client:?}: {stopped:#}");
        assert_eq!(
            stopped["errors"][0]["code"], "abort",
            "{client:?}: {stopped:#}"
        );
        // What a user is told: nothing, for it was the user who stopped it.
        assert!(
            stopped.get("told").is_none_or(|told| *told == json!([])),
            "{stopped:#}"
        );
        assert_eq!(stopped["isRunning"], false, "{client:?}: {stopped:#}");
        let text = last_text(stopped);
        assert!(
            text.starts_with("tok0 tok1 ") && !text.contains("tok19"),
            "{client:?}: {text}"
        );
        assert_eq!(gist(replayed), gist(stopped), "{client:?}: replayed");
    }
}

/// A second run on a thread that is busy: the promise of an `HttpAgent` fails, and the core tells its subscribers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_thread_is_told() {
    if !clients() {
        return;
    }
    let served = Served::start("").await;
    let url = format!("http://{}/api/copilotkit", served.binary.address);
    let input =
        json!({"threadId": "busy", "runId": "first", "messages": [], "tools": [], "context": []});
    for client in CLIENTS {
        let mut first = Live::open(served.binary.address, run_request("slow", &input)).await;
        first.until("tok0 ").await;
        let told = talk(client, &url, "slow", "busy", json!([{"run": "hello"}])).await;
        let [line] = &told[..] else {
            unreachable!("one step")
        };
        let error = match client.0.starts_with("core") {
            true => &line["told"][0]["message"],
            false => &line["error"],
        };
        let error = error.as_str().unwrap_or_default();
        assert!(error.contains("HTTP 409"), "{client:?}: {line:#}");
        assert!(error.contains("has an active run"), "{client:?}: {line:#}");
        assert_eq!(line["isRunning"], false, "{client:?}: {line:#}");
        assert_eq!(gist(line).len(), 1, "what the user typed is kept: {line:#}");
        let stop = post("/api/copilotkit/agent/slow/stop/busy", "{}");
        assert_eq!(
            http::ask(served.binary.address, stop).await.json()["stopped"],
            true
        );
        first.rest().await;
    }
}

/// A chat that a page of 2025 began is the same chat for a page of today, and the other way round for its state.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_thread_two_generations() {
    if !clients() {
        return;
    }
    let (_server, url) = demo().await;
    let golden = Golden::load("client-a-text-headers");
    let mut data = golden.part("request")["body"]["variables"]["data"].clone();
    data["messages"][1]["textMessage"]["content"] = "hello".into();
    for (number, client) in CLIENTS.into_iter().enumerate() {
        let thread = format!("both{number}");
        data["threadId"] = thread.as_str().into();
        let job = json!({"version": "1.10.6", "url": url, "kind": "chat", "data": data});
        let lines = drive(job).await;
        let older = lines.iter().rfind(|line| line.get("converted").is_some());
        let older = older.expect("an answer")["converted"]
            .as_array()
            .expect("messages")
            .clone();
        let steps = json!([{"connect": true}, {"run": "state"}]);
        let told = talk(client, &url, "default", &thread, steps).await;
        told.iter().for_each(well);
        let newer = gist(&told[0]);
        let answer = newer.last().expect("messages");
        assert_eq!(
            answer["content"], older[0]["content"],
            "{client:?}: {:#}",
            told[0]
        );
        assert_eq!(answer["id"], older[0]["id"], "{client:?}: {:#}", told[0]);
        let asked = newer.iter().find(|message| message["role"] == "user");
        assert_eq!(
            asked.expect("a question")["content"],
            "hello",
            "{client:?}: {:#}",
            told[0]
        );
        let job = json!({
            "version": "1.10.6", "url": url, "kind": "state", "data": {"threadId": thread, "agentName": "default"},
        });
        let loaded = drive(job).await[0]["data"]["loadAgentState"].clone();
        assert_eq!(loaded["threadExists"], true, "{client:?}: {loaded:#}");
        let state: Value =
            serde_json::from_str(loaded["state"].as_str().expect("a text")).expect("JSON");
        assert_eq!(state["recipe"], told[1]["state"]["recipe"], "{client:?}");
        assert_eq!(state["recipe"]["cooked"], 1, "{client:?}: {state:#}");
    }
}

/// What `useThreads` shows of the threads that upstream's store has then: ids, names, and whether there are more.
fn listed(line: &Value) -> (Vec<(&str, Option<&str>)>, bool) {
    assert_eq!(line["error"], Value::Null, "{line:#}");
    let threads = line["threads"].as_array().expect("threads").iter();
    let shown = threads.map(|it| (it["id"].as_str().expect("an id"), it["name"].as_str()));
    (shown.collect(), line["more"] == true)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn threads_are_listed_named_put_away_and_deleted() {
    if !clients() {
        return;
    }
    let (server, url) = demo().await;
    for thread in ["one", "two", "three"] {
        let input =
            json!({"threadId": thread, "runId": "r", "messages": [], "tools": [], "context": []});
        let run = post("/copilotkit/agent/default/run", &input.to_string());
        let ran = http::ask(server.address, run).await;
        assert!(ran.text().contains("RUN_FINISHED"), "{ran:?}");
    }
    let steps = json!([
        {"more": true}, {"rename": "one", "to": "First"}, {"archive": "two"}, {"archived": true}, {"unarchive": "two"},
        {"archived": false}, {"delete": "three"}, {"archived": true},
    ]);
    let job = json!({"client": "core-1.75.0", "url": url, "agent": "default", "limit": 2, "steps": steps});
    let told = drive_with("threads.cjs", job).await;
    let told: Vec<_> = told.iter().map(listed).collect();
    let (one, two, three) = (("one", None), ("two", None), ("three", None));
    let named = ("one", Some("First"));
    // What a thread was changed last by is how long ago it was: so it comes first.
    let expected = [
        (vec![three, two], true),
        (vec![three, two, one], false),
        (vec![three, two, named], false),
        (vec![three, named], false),
        (vec![two, named], true),
        (vec![two, named], true),
        (vec![two, named], true),
        (vec![two, named], true),
        (vec![two, named], false),
    ];
    assert_eq!(told, expected);
}
