//! The console in a real browser: every view in both sizes and colour schemes, what a person does with it, what a hostile
//! agent does to it, and the way in.

use std::net::SocketAddr;
use std::path::Path;

use poem::endpoint::make;
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::{Endpoint, Request, Response, Server};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::support::agui::section;
use crate::support::external;
use crate::support::npm::{clients, drive_with};
use crate::support::server::Binary;

/// What would hurt, if anything made markup or an address of it.
const HOSTILE: &str = "<img src=x onerror=hurt=true><b>\"'`javascript:hurt=true</script>";
const STORE: &str = "[store]\nurl = \"memory:\"\n";
const DEMO: &str = "[agents.default]\ntype = \"demo\"\n";

/// Runs a mode of `console.cjs`; nothing if the machine has no browser.
async fn drive(url: String, mut job: Value) -> Option<Vec<Value>> {
    let chromium = external::chromium()?;
    if !clients() {
        return None;
    }
    let locked = job.get("key").is_some();
    job["url"] = url.into();
    job["chromium"] = json!(chromium);
    let lines = drive_with("console.cjs", job).await;
    let complaints = found(&lines, "complaints").as_array().expect("a list");
    // Browsers note each refusal, which is what a locked server is asked for.
    let expected = |it: &Value| locked && it.as_str().is_some_and(|text| text.contains("401"));
    assert!(complaints.iter().all(expected), "{lines:#?}");
    Some(lines)
}

fn found<'a>(lines: &'a [Value], key: &str) -> &'a Value {
    let line = lines.iter().find_map(|line| line.get(key));
    line.unwrap_or_else(|| panic!("nothing about {key} in {lines:#?}"))
}

/// A server with the demo agent, one that nobody reaches, and a thread or two.
async fn walked(size: [u32; 2], scheme: &str) {
    let shots = Path::new(env!("CARGO_TARGET_TMPDIR")).join("console");
    std::fs::create_dir_all(&shots).expect("a folder");
    let far = section(
        "researcher",
        "http://127.0.0.1:9/agent",
        "description = \"Looks things up\"",
    );
    let binary = Binary::start(&format!("{STORE}{DEMO}{far}")).await;
    let job = json!({"mode": "walk", "shots": shots, "size": size, "scheme": scheme});
    let Some(lines) = drive(format!("http://{}/", binary.address), job).await else {
        return;
    };
    let views: Vec<_> = lines
        .iter()
        .filter(|line| line.get("view").is_some())
        .collect();
    assert_eq!(views.len(), 12, "{lines:#?}");
    for view in views {
        assert_eq!(view["faults"], json!([]), "{view:#}");
        assert_eq!(view["wide"], 0, "{view:#}");
    }
}

#[tokio::test]
async fn every_view_is_fit_for_a_desk_by_day() {
    walked([1440, 900], "light").await;
}

#[tokio::test]
async fn every_view_is_fit_for_a_desk_by_night() {
    walked([1440, 900], "dark").await;
}

#[tokio::test]
async fn every_view_is_fit_for_a_phone_by_day() {
    walked([390, 844], "light").await;
}

#[tokio::test]
async fn every_view_is_fit_for_a_phone_by_night() {
    walked([390, 844], "dark").await;
}

#[tokio::test]
async fn a_person_chats_watches_and_tidies_up() {
    let binary = Binary::start(&format!("{STORE}{DEMO}")).await;
    let job = json!({"mode": "act"});
    let Some(lines) = drive(format!("http://{}/", binary.address), job).await else {
        return;
    };
    assert_eq!(found(&lines, "state")["recipe"]["progress"], 100);
    let resumed = found(&lines, "resumed").as_str().expect("a text");
    assert!(resumed.contains("{\"go\":\"on\"}"), "{resumed}");
    assert_eq!(found(&lines, "watched"), true);
    assert_eq!(found(&lines, "stopped"), 1);
    assert_eq!(found(&lines, "unarchived"), 1);
    let thread = found(&lines, "found").as_str().expect("a text");
    assert!(thread.contains("A recipe for two"), "{thread}");
    assert_eq!(found(&lines, "first"), "Skip to the content");
    assert_eq!(found(&lines, "theme"), "light");
}

#[tokio::test]
async fn nothing_that_anybody_says_becomes_markup() {
    let agent = Running::start(make(|request: Request| async {
        let input = request.into_body().into_json().await.unwrap_or_default();
        Response::builder()
            .content_type("text/event-stream")
            .body(said(&input))
    }))
    .await;
    let name = serde_json::to_string(HOSTILE).expect("a TOML key, too");
    let more = format!("description = {name}");
    let hostile = section(&name, &format!("http://{}/", agent.address), &more);
    let binary = Binary::start(&format!("{STORE}{DEMO}{hostile}")).await;
    let job = json!({"mode": "hostile", "agent": HOSTILE});
    let Some(lines) = drive(format!("http://{}/", binary.address), job).await else {
        return;
    };
    for shown in ["alert", "dialog"] {
        let text = found(&lines, shown).as_str().expect("a text");
        assert!(text.contains(HOSTILE), "{shown}: {text}");
    }
    assert_eq!(found(&lines, "named"), 200);
    assert_eq!(
        (found(&lines, "ran"), found(&lines, "markup")),
        (&json!(false), &json!(0))
    );
}

/// A run in which everything that a page shows is hostile.
fn said(input: &Value) -> String {
    let (thread, run) = (&input["threadId"], &input["runId"]);
    let asked = input["messages"].as_array().and_then(|all| all.last());
    let fails = asked.is_some_and(|it| it["content"] == "error");
    let mut events = vec![
        json!({"type": "RUN_STARTED", "threadId": thread, "runId": run}),
        json!({"type": "STEP_STARTED", "stepName": HOSTILE}),
        json!({"type": "STATE_SNAPSHOT", "snapshot": {HOSTILE: HOSTILE, "__proto__": {"hurt": true}}}),
        json!({"type": "STATE_DELTA", "delta": [{"op": "add", "path": "/__proto__/hurt", "value": true}]}),
        json!({"type": "TEXT_MESSAGE_START", "messageId": format!("m-{run}"), "role": "assistant"}),
        json!({"type": "TEXT_MESSAGE_CONTENT", "messageId": format!("m-{run}"), "delta": HOSTILE}),
        json!({"type": "TEXT_MESSAGE_END", "messageId": format!("m-{run}")}),
        json!({"type": "TOOL_CALL_START", "toolCallId": format!("c-{run}"), "toolCallName": HOSTILE}),
        json!({"type": "TOOL_CALL_ARGS", "toolCallId": format!("c-{run}"), "delta": HOSTILE}),
        json!({"type": "TOOL_CALL_END", "toolCallId": format!("c-{run}")}),
        json!({"type": "ACTIVITY_SNAPSHOT", "messageId": format!("a-{run}"), "activityType": HOSTILE, "content": {"x": HOSTILE}}),
        json!({"type": "CUSTOM", "name": HOSTILE, "value": HOSTILE}),
        json!({"type": "STEP_FINISHED", "stepName": HOSTILE}),
    ];
    events.push(match fails {
        true => json!({"type": "RUN_ERROR", "message": HOSTILE, "code": HOSTILE}),
        false => json!({"type": "RUN_FINISHED", "threadId": thread, "runId": run}),
    });
    events
        .iter()
        .map(|event| format!("data: {event}\n\n"))
        .collect()
}

#[tokio::test]
async fn a_server_that_wants_a_key_is_asked_with_one() {
    let config = format!("{STORE}{DEMO}{}{}", key("ann", ""), key("root", "admin"));
    let (ann, root) = (
        "key-of-ann-0123456789abcdef",
        "key-of-root-0123456789abcdef",
    );
    let env = [("KEY_OF_ANN", ann), ("KEY_OF_ROOT", root)];
    let binary = Binary::start_in(&config, &env).await;
    let url = format!("http://{}/", binary.address);
    let job = json!({"mode": "locked", "key": ann});
    let Some(lines) = drive(url.clone(), job).await else {
        return;
    };
    assert_eq!(found(&lines, "you"), "You are\nann");
    let address = found(&lines, "address").as_str().expect("an address");
    assert!(!address.contains(ann), "{address}");
    assert_eq!(found(&lines, "stored"), &json!([[ann], [], ""]));

    let job = json!({"mode": "admin", "key": root, "owner": "ann"});
    let lines = drive(url, job).await.expect("it was there before");
    assert_eq!(found(&lines, "you"), "You are\nroot (admin)");
    assert_eq!(found(&lines, "actions"), &json!(["Delete"]));
}

/// An `[[auth.api_keys]]` table.
fn key(owner: &str, role: &str) -> String {
    let variable = format!("KEY_OF_{}", owner.to_uppercase());
    let roles = if role.is_empty() { vec![] } else { vec![role] };
    format!(
        "[[auth.api_keys]]\nname = \"{owner}\"\nowner = \"{owner}\"\nkey_env = \"{variable}\"\nroles = {roles:?}\n"
    )
}

/// Something that answers HTTP until it is dropped.
struct Running {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Running {
    async fn start(endpoint: impl Endpoint<Output = Response> + 'static) -> Self {
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await;
        let acceptor = acceptor.expect("a free port");
        let address = acceptor.local_addr()[0].as_socket_addr().copied();
        let serving = tokio::spawn(async move {
            let _ = Server::new_with_acceptor(acceptor).run(endpoint).await;
        });
        Self {
            address: address.expect("an address"),
            serving,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
