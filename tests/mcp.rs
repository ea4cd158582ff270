//! Tools of MCP servers, through the binary: what models are offered, what comes back from calls, and that a server which is
//! down, slow or odd costs a run its tools and nothing else.

mod apps;
mod failures;
mod real;
mod requested;

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{Receiver, channel};

use crate::support::http::{self, Reply};
use crate::support::mcp::{McpServer, recorded, tool};
use crate::support::model::{Call, Model};
use crate::support::server::{Binary, config, model_at};

/// A server under test and its model, which calls what the user tells it to: `NAME {ARGUMENTS}`.
struct World {
    binary: Binary,
    asked: Mutex<Receiver<Value>>,
    threads: AtomicUsize,
    _model: Model,
}

/// What a run was.
struct Ran {
    events: Vec<Value>,
    /// What the model was asked with.
    asked: Value,
}

impl World {
    /// With these sections besides a model.
    async fn start(sections: &str) -> Self {
        let (tell, asked) = channel(64);
        let model = Model::start(move |call| {
            let _ = tell.try_send(call.body.clone());
            obey(call)
        })
        .await;
        let model_section = model_at(&model.base_url());
        Self {
            binary: Binary::start(&config(&format!("{model_section}\n{sections}"))).await,
            asked: Mutex::new(asked),
            threads: AtomicUsize::new(0),
            _model: model,
        }
    }

    /// With these servers.
    async fn with(servers: &[(&str, &McpServer)]) -> Self {
        let sections = servers.iter().map(|(name, server)| section(name, server));
        Self::start(&sections.collect::<String>()).await
    }

    /// One run of an AG-UI client, on a thread of its own.
    async fn run(&self, text: &str) -> Ran {
        self.run_with(text, json!({})).await
    }

    async fn run_with(&self, text: &str, forwarded: Value) -> Ran {
        let reply = http::ask(self.binary.address, self.request(text, forwarded)).await;
        Ran {
            events: events(&reply),
            asked: self.asked().await,
        }
    }

    /// The request of a run.
    fn request(&self, text: &str, forwarded: Value) -> Vec<u8> {
        let thread = self.threads.fetch_add(1, Ordering::SeqCst);
        let input = json!({
            "threadId": format!("t{thread}"), "runId": "r", "state": {}, "tools": [], "context": [],
            "messages": [{"id": "u", "role": "user", "content": text}], "forwardedProps": forwarded,
        });
        post("/agent/default/run", &input)
    }

    /// What the model was asked with next.
    async fn asked(&self) -> Value {
        let mut asked = self.asked.lock().await;
        let asked = tokio::time::timeout(http::PATIENCE, asked.recv()).await;
        asked.expect("the model is asked").expect("the model lives")
    }
}

impl Ran {
    /// The names of the tools that the model was offered, but for those that change the state.
    fn offered(&self) -> Vec<&str> {
        let tools = self.asked["tools"].as_array().into_iter().flatten();
        let names = tools.map(|tool| tool["function"]["name"].as_str().unwrap());
        names.filter(|name| !name.starts_with("AGUI")).collect()
    }

    /// The result of the call that the model made.
    fn result(&self) -> &str {
        let mut events = self.events.iter();
        let result = events.find(|event| event["type"] == "TOOL_CALL_RESULT");
        let result = result.unwrap_or_else(|| panic!("no result in {:?}", self.events));
        result["content"].as_str().unwrap()
    }

    fn is_whole(&self) -> bool {
        self.events.last().unwrap()["type"] == "RUN_FINISHED"
    }
}

/// Does as the user says: calls, or says a word.
async fn obey(mut call: Call) {
    let text = call.text().to_owned();
    match text.split_once(' ') {
        Some((name, arguments)) if arguments.starts_with('{') => {
            call.tool_call(name, arguments).await;
        }
        _ => {
            call.begin().await;
            call.token("hello").await;
            call.end().await;
        }
    }
}

/// The table of a server.
fn section(name: &str, server: &McpServer) -> String {
    format!(
        "[[mcp_servers]]\nname = \"{name}\"\nurl = \"{}\"\n",
        server.url()
    )
}

fn post(path: &str, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    format!(
        "POST /copilotkit{path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn events(reply: &Reply) -> Vec<Value> {
    let frames = reply.text().split("\n\n");
    let data = frames.filter_map(|frame| frame.strip_prefix("data: "));
    data.map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

#[tokio::test]
async fn models_get_the_whole_schema_and_results_come_back() {
    let server = McpServer::start(recorded()).await;
    let world = World::with(&[("docs", &server)]).await;
    let ran = world.run("search {\"query\":\"abc\"}").await;
    assert_eq!(ran.offered(), ["search", "boom"]);
    assert_eq!(
        ran.asked["tools"][0]["function"]["parameters"],
        recorded()[0]["inputSchema"]
    );
    let messages = ran.asked["messages"].to_string();
    assert!(!messages.contains("MCP"), "the schema says all: {messages}");
    assert_eq!(
        ran.result(),
        r#"{"content":[{"type":"text","text":"found {\"query\":\"abc\"}"}]}"#
    );
    assert!(ran.is_whole());
    let ran = world.run("boom {}").await;
    assert_eq!(
        ran.result(),
        r#"{"error":{"code":"HANDLER_ERROR","message":"Execution failed for MCP tool 'boom': mcp tool failed"},"result":""}"#
    );
}

#[tokio::test]
async fn a_model_reads_notes_in_place_of_bytes() {
    let server = McpServer::start(json!([tool("picture")])).await;
    let world = World::with(&[("docs", &server)]).await;
    let ran = world.run("picture {}").await;
    let told: Value = serde_json::from_str(ran.result()).unwrap();
    let text = |text: &str| json!({"type": "text", "text": text});
    assert_eq!(
        told,
        json!({
            "content": [
                text("[image (image/png, 8 bytes), not shown]"),
                {"type": "resource", "resource": {"uri": "file:///a.txt", "text": "inside"}},
                text("[resource file:///a.bin (application/zip, 3 bytes), not shown]"),
            ],
            "structuredContent": {"width": 1},
        })
    );
}

#[tokio::test]
async fn of_two_tools_with_one_name_the_later_gets_its_servers() {
    let (one, two) = (
        McpServer::start(json!([tool("look"), tool("find")])).await,
        McpServer::start(json!([tool("look"), tool("a/b.c"), tool("hidden")])).await,
    );
    let sections = format!(
        "{}{}tools = [\"look\", \"a/b.c\"]\n",
        section("one", &one),
        section("two", &two)
    );
    let world = World::start(&sections).await;
    let ran = world.run("two_look {\"x\":1}").await;
    assert_eq!(ran.offered(), ["look", "find", "two_look", "a_b_c"]);
    let called = two.asked("tools/call").await;
    assert_eq!(called["params"]["name"], "look");
    assert_eq!(called["params"]["arguments"], json!({"x": 1}));
    assert_eq!(one.count("tools/call"), 0);
    // A name that is not offered is no tool, whatever the model says.
    let ran = world.run("hidden {}").await;
    assert!(ran.is_whole());
    assert_eq!(two.count("tools/call"), 1);
    let log = world.binary.log();
    assert_eq!(log.matches("offered as `two_look`").count(), 1, "{log}");
}

#[tokio::test]
async fn runs_share_a_connection() {
    let server = McpServer::start(recorded()).await;
    let world = World::with(&[("docs", &server)]).await;
    let runs = (0..20).map(|n| {
        let request = world.request(&format!("search {{\"query\":\"{n}\"}}"), json!({}));
        http::ask(world.binary.address, request)
    });
    let replies = futures_util::future::join_all(runs).await;
    for (n, reply) in replies.iter().enumerate() {
        let own = format!("found {{\\\\\\\"query\\\\\\\":\\\\\\\"{n}\\\\\\\"}}");
        assert!(reply.text().contains(&own), "{own} in {}", reply.text());
    }
    assert_eq!(server.count("initialize"), 1);
    assert_eq!(server.count("tools/list"), 1);
    assert_eq!(server.count("tools/call"), 20);
}

#[tokio::test]
async fn a_list_that_has_changed_is_read_again() {
    let server = McpServer::start(json!([tool("change")])).await;
    let world = World::with(&[("docs", &server)]).await;
    assert_eq!(world.run("hi").await.offered(), ["change"]);
    server.has(json!([tool("change"), tool("new")]));
    assert_eq!(world.run("change {}").await.offered(), ["change"]);
    assert_eq!(world.run("hi").await.offered(), ["change", "new"]);
    assert_eq!(server.count("initialize"), 1);
    assert_eq!(server.count("tools/list"), 2);
}

#[tokio::test]
async fn configured_headers_reach_the_server() {
    let server = McpServer::start(recorded()).await;
    let headers = "headers = { authorization = { env = \"TEST_MODEL_KEY\" }, x-team = \"a\" }\n";
    let world = World::start(&format!("{}{headers}", section("docs", &server))).await;
    assert_eq!(world.run("hi").await.offered().len(), 2);
    let head = server.head();
    assert!(head.contains("authorization: sk-mock\r\n"), "{head}");
    assert!(head.contains("x-team: a\r\n"), "{head}");
}
