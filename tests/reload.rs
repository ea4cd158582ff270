//! SIGHUP: another configuration is served, and nothing that goes on is touched.

mod load;
mod mcp;

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::support::http::{self, Exchange, Reply};
use crate::support::model::Model;
use crate::support::server::{Binary, config, free_address, model_at};

/// The log's word for a configuration that is served.
const RELOADED: &str = "the configuration was reloaded";

/// Serves this configuration, and waits until it does.
async fn reload(server: &Binary, config: &str) {
    let before = server.log().matches(RELOADED).count();
    server.write(config);
    server.signal("HUP");
    server.logged(RELOADED, before + 1).await;
}

/// A model that says its name at once, and its name again when it is let.
async fn model(name: &'static str, goes_on: Arc<Semaphore>) -> Model {
    Model::start(move |mut call| {
        let goes_on = goes_on.clone();
        async move {
            call.begin().await;
            call.token(name).await;
            let _goes_on = goes_on.acquire().await;
            call.token(name).await;
            call.end().await;
        }
    })
    .await
}

/// An AG-UI run of this agent.
fn run(agent: &str, thread: &str) -> Vec<u8> {
    let body = json!({
        "threadId": thread, "runId": format!("run-{thread}"), "state": {}, "tools": [], "context": [],
        "messages": [{"id": "1", "role": "user", "content": "Hello!"}], "forwardedProps": {},
    })
    .to_string();
    let length = body.len();
    let head = format!(
        "POST /copilotkit/agent/{agent}/run HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    );
    [head, body].concat().into_bytes()
}

fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").into_bytes()
}

/// Reads on until this is there.
async fn until(exchange: &mut Exchange, reply: &mut Reply, text: &str) {
    while !reply.text().contains(text) {
        let piece = exchange.next().await.expect("more of the answer");
        reply.body.extend_from_slice(&piece);
    }
}

#[tokio::test]
async fn a_stream_goes_on_with_its_agent_while_new_requests_get_the_new_one() {
    let (held, free) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(9)));
    let (old, new) = (model("old", held.clone()).await, model("new", free).await);
    let server = Binary::start(&config(&model_at(&old.base_url()))).await;
    let mut exchange = Exchange::start(server.address, run("default", "t1")).await;
    let mut told = Reply::default();
    exchange.head(&mut told).await;
    until(&mut exchange, &mut told, "old").await;

    reload(&server, &config(&model_at(&new.base_url()))).await;
    let answer = http::ask(server.address, run("default", "t2")).await;
    assert!(
        answer.text().contains("new") && !answer.text().contains("old"),
        "{}",
        answer.text()
    );
    // Its thread is still taken, whoever asks.
    let busy = http::ask(server.address, run("default", "t1")).await;
    assert!(busy.text().contains("active run"), "{}", busy.text());

    held.add_permits(1);
    until(&mut exchange, &mut told, "RUN_FINISHED").await;
    assert_eq!(told.text().matches("\"delta\":\"old\"").count(), 2);
    // Its end is in the thread that the new configuration serves.
    let again = http::ask(server.address, run("default", "t1")).await;
    assert!(again.text().contains("RUN_FINISHED"), "{}", again.text());
}

#[tokio::test]
async fn agents_come_and_go() {
    let demo = |name: &str| config(&format!("[agents.{name}]\ntype = \"demo\"\n"));
    let server = Binary::start(&demo("one")).await;
    let asked = |agent: &'static str| http::ask(server.address, run(agent, agent));
    assert_eq!(
        (asked("one").await.code(), asked("two").await.code()),
        (200, 404)
    );
    reload(&server, &demo("two")).await;
    assert_eq!(
        (asked("one").await.code(), asked("two").await.code()),
        (404, 200)
    );
}

#[tokio::test]
async fn other_pages_may_call_after_it() {
    let cors = |origin: &str| {
        config(&format!(
            "[agents.default]\ntype = \"demo\"\n[cors]\norigins = [\"{origin}\"]\n"
        ))
    };
    let request = "GET /copilotkit/info HTTP/1.1\r\nhost: localhost\r\norigin: https://b.example\r\nconnection: close\r\n\r\n";
    let server = Binary::start(&cors("https://a.example")).await;
    let allowed = async || {
        let reply = http::ask(server.address, request.into()).await;
        reply
            .header("access-control-allow-origin")
            .map(str::to_owned)
    };
    assert_ne!(allowed().await.as_deref(), Some("https://b.example"));
    reload(&server, &cors("https://b.example")).await;
    assert_eq!(allowed().await.as_deref(), Some("https://b.example"));
}

#[tokio::test]
async fn a_configuration_with_mistakes_changes_nothing_and_all_of_them_are_told() {
    let server = Binary::start(&config("[agents.one]\ntype = \"demo\"\n")).await;
    server.write("[server]\nprot = 1\n[agents.two]\ntype = \"dmeo\"\n");
    server.signal("HUP");
    server.logged("the configuration stays as it was", 1).await;
    for mistake in [
        "test.toml:2: unknown key `server.prot`; did you mean `server.port`?",
        "test.toml:4: `agents.two.type`: there is no `dmeo`; did you mean `demo`?",
    ] {
        server.logged(mistake, 1).await;
    }
    assert_eq!(http::ask(server.address, run("one", "t")).await.code(), 200);
    reload(&server, &config("[agents.two]\ntype = \"demo\"\n")).await;
    assert_eq!(http::ask(server.address, run("two", "t")).await.code(), 200);
}

#[tokio::test]
async fn keys_that_need_a_restart_are_named_and_the_rest_is_served() {
    let text = |server: &str, agent: &str| {
        format!(
            "[server]\n{server}\n[store]\nurl = \"memory:\"\n[agents.{agent}]\ntype = \"demo\"\n"
        )
    };
    let server = Binary::start(&text("base_path = \"/copilotkit\"", "one")).await;
    let changed = text(
        "base_path = \"/elsewhere\"\nhost = \"localhost\"\nkeep_alive_seconds = 1",
        "two",
    )
    .replace("memory:", "sqlite::memory:");
    reload(&server, &changed).await;
    let told = "need a restart, and stay as they were until then: server.host, server.base_path, store.url";
    server.logged(told, 1).await;
    // At the old path.
    assert_eq!(http::ask(server.address, run("two", "t")).await.code(), 200);
    // Nothing is said of what is as it was at the start.
    reload(&server, &text("base_path = \"/copilotkit\"", "one")).await;
    assert_eq!(server.log().matches("need a restart").count(), 1);
}

#[tokio::test]
async fn how_much_is_logged_changes_at_once() {
    let level = |level: &str| {
        config(&format!(
            "[telemetry]\nlevel = \"{level}\"\n[agents.one]\ntype = \"demo\"\n"
        ))
    };
    let server = Binary::start(&level("info")).await;
    // What is no HTTP is nobody's concern but of who looks for it.
    let odd = async || http::ask(server.address, b"odd\r\n\r\n".to_vec()).await;
    odd().await;
    reload(&server, &level("debug")).await;
    assert!(!server.log().contains("DEBUG"));
    odd().await;
    server.logged("a connection broke off", 1).await;
}

#[tokio::test]
async fn who_was_left_alone_still_is_if_it_is_at_the_same_address() {
    let gone = free_address();
    let agent = |address, more: &str| {
        config(&format!(
            "[agents.one]\ntype = \"ag-ui\"\nurl = \"http://{address}/\"\nbreaker = {{ failures = 1, seconds = 600 }}\n{more}\n"
        ))
    };
    let server = Binary::start(&agent(gone, "")).await;
    let state = async || {
        let ready = http::ask(server.address, get("/health/ready")).await.json();
        ready["upstreams"][0]["state"].clone()
    };
    http::ask(server.address, run("one", "t")).await;
    assert_eq!(state().await, "open");
    reload(&server, &agent(gone, "")).await;
    assert_eq!(state().await, "open", "nothing changed");
    reload(&server, &agent(gone, "idle_seconds = 7")).await;
    assert_eq!(state().await, "open", "its section changed");
    reload(&server, &agent(free_address(), "")).await;
    assert_eq!(state().await, "unknown", "it is somebody else");
}

#[tokio::test]
async fn the_end_of_a_run_is_told_by_the_hooks_that_it_began_with() {
    let (tell, mut heard) = tokio::sync::mpsc::channel(4);
    let hook = Model::start(move |mut call| {
        let tell = tell.clone();
        async move {
            let run: Value = call.body.clone();
            call.json("{}").await;
            let _ = tell.send(run).await;
        }
    })
    .await;
    let held = Arc::new(Semaphore::new(0));
    let model = model("slow", held.clone()).await;
    let agents = model_at(&model.base_url());
    let hooked = format!(
        "{agents}[hooks]\nafter_run = \"http://{}/\"\n",
        hook.address
    );
    let server = Binary::start(&config(&hooked)).await;
    let mut exchange = Exchange::start(server.address, run("default", "t1")).await;
    let mut told = Reply::default();
    exchange.head(&mut told).await;
    until(&mut exchange, &mut told, "slow").await;
    reload(&server, &config(&agents)).await;
    held.add_permits(1);
    until(&mut exchange, &mut told, "RUN_FINISHED").await;
    let heard = tokio::time::timeout(http::PATIENCE, heard.recv()).await;
    let heard = heard.expect("in time").expect("the hook is told");
    assert!(heard.to_string().contains("run-t1"), "{heard}");
}
