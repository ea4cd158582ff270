//! The programs in `examples/` do what they say: each is started on a free port and asked by clients of both faces.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use agui_runtime::Runtime;
use agui_runtime::agents::{Agent, EventStream, RunInput};
use agui_runtime::generated::agui::{TextMessageContentEvent, TextMessageStartEvent};
use futures_util::{StreamExt, stream};
use poem::listener::{Acceptor, Listener, TcpListener};
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};

use crate::support::http::{Exchange, Reply, ask};
use crate::support::model::{Call, Model};
use crate::support::requests;

/// A running example; it ends with this value.
struct Example {
    address: SocketAddr,
    base: String,
    child: Child,
    said: BufReader<std::process::ChildStdout>,
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where the examples are built: beside the binary.
fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let profile = Path::new(env!("CARGO_BIN_EXE_agui-runtime"));
        let profile = profile.parent().expect("a folder");
        let mut build = Command::new(env!("CARGO"));
        build
            .args(["build", "--quiet", "--examples", "--target-dir"])
            .arg(profile.parent().expect("a folder of targets"))
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        if profile.ends_with("release") {
            build.arg("--release");
        }
        assert!(
            build.status().expect("cargo").success(),
            "the examples do not build"
        );
        profile.join("examples")
    })
}

impl Example {
    fn start(name: &str, env: &[(&str, String)]) -> Self {
        let mut child = Command::new(
            built()
                .join(name)
                .with_extension(std::env::consts::EXE_EXTENSION),
        )
        .arg("0")
        // Keys of whoever runs the tests are none of theirs.
        .env_clear()
        .envs(env.iter().map(|(name, value)| (name, value)))
        .stdout(Stdio::piped())
        .spawn()
        .expect("an example");
        let mut said = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = String::new();
        said.read_line(&mut line).expect("a line");
        let place = line.trim().strip_prefix("listening on http://");
        let place = place.unwrap_or_else(|| panic!("{line}"));
        let address = place.split('/').next().unwrap_or_default();
        let address: SocketAddr = address
            .parse()
            .unwrap_or_else(|error| panic!("{line}: {error}"));
        let (_, base) = place.split_once(&address.to_string()).expect("a path");
        Self {
            address,
            base: base.to_owned(),
            child,
            said,
        }
    }

    fn post(&self, path: &str, body: &Value, accept: &str) -> Vec<u8> {
        let (path, body) = (format!("{}{path}", self.base), body.to_string());
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\naccept: {accept}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        (head + &body).into_bytes()
    }

    /// The events of a run that an AG-UI client asks for.
    async fn run(&self, agent: &str, text: &str) -> Vec<Value> {
        let input = json!({"threadId": "t", "runId": text, "messages": [{"id": "u", "role": "user", "content": text}],
            "tools": [], "context": []});
        let request = self.post(&format!("/agent/{agent}/run"), &input, "text/event-stream");
        let reply = ask(self.address, request).await;
        assert_eq!(reply.code(), 200, "{}", reply.text());
        let lines = reply.text().lines();
        lines
            .filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok())
            .collect()
    }

    /// What a GraphQL client is answered, all texts in one.
    async fn chat(&self, text: &str) -> String {
        let mut body = requests::chat_body(text);
        let query = body["query"].as_str().expect("a query");
        body["query"] = query.replace("@stream", "").replace("@defer", "").into();
        let reply = ask(self.address, self.post("", &body, "application/json")).await;
        let response = &reply.json()["data"]["generateCopilotResponse"];
        assert_eq!(response["status"]["code"], "Success", "{response}");
        let messages = response["messages"].as_array().expect("messages").iter();
        let pieces = messages.filter_map(|message| message["content"].as_array());
        pieces.flatten().filter_map(Value::as_str).collect()
    }
}

fn said(events: &[Value]) -> String {
    let texts = events
        .iter()
        .filter(|event| event["type"] == "TEXT_MESSAGE_CONTENT");
    texts.filter_map(|event| event["delta"].as_str()).collect()
}

#[tokio::test]
async fn the_agent_counts_down_and_shows_how_far_it_is() {
    let example = Example::start("agent", &[]);
    let events = example.run("default", "Count down from 2, please").await;
    assert_eq!(said(&events), "2… 1… Lift-off!");
    let states = events
        .iter()
        .filter(|event| event["type"] == "STATE_SNAPSHOT");
    let left: Vec<_> = states
        .map(|event| event["snapshot"]["left"].clone())
        .collect();
    assert_eq!(left, [2, 1, 0]);
    assert_eq!(
        events.last().map(|event| &event["type"]),
        Some(&json!("RUN_FINISHED"))
    );
    assert_eq!(example.chat("from 1").await, "1… Lift-off!");
}

#[tokio::test]
async fn the_tool_is_called_and_the_model_answers_with_what_it_gave() {
    let model = Model::start(|mut call: Call| async move {
        let messages = call.body["messages"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        match messages.iter().find(|message| message["role"] == "tool") {
            Some(result) => {
                let text = result["content"].to_string();
                call.begin().await;
                call.token(&text).await;
                call.end().await;
            }
            None => {
                let asked = messages.iter().any(|it| it.to_string().contains("lamp"));
                let article = if asked { "lamp" } else { "submarine" };
                let arguments = json!({"article": article}).to_string();
                call.tool_call("stock", &arguments).await;
            }
        }
    })
    .await;
    let env = [
        ("OPENAI_API_KEY", "key".to_owned()),
        ("OPENAI_BASE_URL", model.base_url()),
    ];
    let mut example = Example::start("tool", &env);
    let events = example.run("default", "How many lamps?").await;
    let result = events
        .iter()
        .find(|event| event["type"] == "TOOL_CALL_RESULT");
    let pieces = r#"{"article":"lamp","pieces":7}"#;
    assert_eq!(
        result.map(|event| &event["content"]),
        Some(&json!(pieces)),
        "{events:?}"
    );
    assert!(said(&events).contains("pieces"), "{events:?}");
    let mut line = String::new();
    example.said.read_line(&mut line).expect("a line");
    assert_eq!(line, "anonymous asks for lamp\n");
    let told = example.chat("How many submarines?").await;
    assert!(
        told.contains("the shop does not sell `submarine`"),
        "{told}"
    );
}

#[tokio::test]
async fn the_router_finds_who_can_help() {
    let example = Example::start("router", &[]);
    for (text, answer) in [
        ("I want my money back", "Your refund is on its way."),
        ("The lamp is broken", "Have you turned it off and on again?"),
    ] {
        assert_eq!(said(&example.run("default", text).await), answer);
        assert_eq!(example.chat(text).await, answer);
    }
    assert!(!said(&example.run("default", "Hello").await).is_empty());
    assert_eq!(
        said(&example.run("accounting", "Hello").await),
        "Your refund is on its way."
    );
}

#[tokio::test]
async fn the_runtime_is_nested_beside_an_applications_own_routes() {
    let example = Example::start("nested", &[]);
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n").into_bytes();
    let order = ask(example.address, get("/orders/7")).await;
    assert_eq!(order.text(), "order 7 is on its way\n");
    assert_eq!(ask(example.address, get("/nothing")).await.code(), 404);
    assert_eq!(example.base, "/ai");
    assert!(!said(&example.run("default", "Hello").await).is_empty());
    assert!(!example.chat("Hello").await.is_empty());
    let info = ask(example.address, get("/ai/info")).await;
    assert!(
        info.json()["agents"]["default"].is_object(),
        "{}",
        info.text()
    );
}

/// Says something whenever it is told to, and tells when it is not listened to any more.
struct Prompted {
    go: Arc<Notify>,
    gone: mpsc::Sender<()>,
}

struct Listened(mpsc::Sender<()>);

impl Drop for Listened {
    fn drop(&mut self) {
        let _ = self.0.try_send(());
    }
}

impl Agent for Prompted {
    fn run(&self, _: Arc<RunInput>) -> EventStream {
        let (go, listened) = (self.go.clone(), Listened(self.gone.clone()));
        let words = stream::unfold((go, listened), |(go, listened)| async move {
            go.notified().await;
            let word = TextMessageContentEvent::new("m", "word ");
            Some((Ok(word.into()), (go, listened)))
        });
        let start = TextMessageStartEvent::new("m");
        stream::iter([Ok(start.into())]).chain(words).boxed()
    }
}

/// What `examples/nested.rs` tells of Poem's own server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_an_application_a_gone_clients_run_ends_at_its_next_event() {
    let (go, (gone, mut told)) = (Arc::new(Notify::new()), mpsc::channel(1));
    let agent = Prompted {
        go: go.clone(),
        gone,
    };
    let runtime = Runtime::builder()
        .agent("default", agent)
        .build()
        .await
        .expect("a runtime");
    let endpoint = runtime.endpoint().expect("an endpoint");
    let acceptor = TcpListener::bind("127.0.0.1:0")
        .into_acceptor()
        .await
        .expect("a port");
    let address = *acceptor.local_addr()[0]
        .as_socket_addr()
        .expect("an address");
    let serving = tokio::spawn(poem::Server::new_with_acceptor(acceptor).run(endpoint));
    let request = String::from_utf8(requests::chat("hi")).expect("UTF-8");
    let request = request.replace("POST /copilotkit", "POST /api/copilotkit");
    let mut exchange = Exchange::start(address, request.into_bytes()).await;
    exchange.head(&mut Reply::default()).await;
    go.notify_one();
    while !String::from_utf8_lossy(&exchange.next().await.expect("an answer")).contains("word") {}
    exchange.hang_up();
    let ended = async {
        loop {
            go.notify_one();
            tokio::select! {
                it = told.recv() => break it,
                () = tokio::time::sleep(Duration::from_millis(20)) => {}
            }
        }
    };
    let ended = tokio::time::timeout(Duration::from_secs(10), ended).await;
    assert_eq!(ended, Ok(Some(())));
    serving.abort();
}
