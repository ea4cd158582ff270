//! A server with ann's threads in it, one of them live; bob, who has none; and an administrator, boss, who has none either.

use std::sync::Arc;
use std::time::Duration;

use agui_runtime::agents::demo::DemoAgent;
use agui_runtime::agents::{Agent, EventStream, RunInput};
use agui_runtime::generated::agui::{TextMessageContentEvent, TextMessageStartEvent};
use agui_runtime::server::auth::{ApiKey, ApiKeys, Auth};
use agui_runtime::server::{ConsoleOptions, HttpOptions};
use agui_runtime::store::Owner;
use agui_runtime::{Principal, Runtime};
use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream};
use poem::endpoint::BoxEndpoint;
use poem::http::Method;
use poem::{Endpoint, EndpointExt, Request, Response};
use regex::Regex;
use serde_json::{Value, json};

/// ann's thread, with words, a state and a name.
pub const THREAD: &str = "anns-thread-of-old";
/// ann's thread on which a run goes on.
pub const LIVE: &str = "anns-thread-so-new";
/// Nobody's.
pub const UNKNOWN: &str = "nobodys-thread-ever";

/// Who sends no key.
pub const STRANGER: &str = "";

/// What is to end has ended by then.
const PATIENCE: Duration = Duration::from_secs(10);

/// Begins to say something and never ends.
struct Endless;

impl Agent for Endless {
    fn run(&self, _: Arc<RunInput>) -> EventStream {
        let begun = [
            Ok(TextMessageStartEvent::new("m").into()),
            Ok(TextMessageContentEvent::new("m", "a treasure that is told now").into()),
        ];
        stream::iter(begun).chain(stream::pending()).boxed()
    }
}

/// Below this path are both faces.
pub const FACE: &str = "/api/copilotkit";

/// One request.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What the crawl calls it.
    pub route: String,
    pub method: Method,
    /// Below this path.
    pub root: &'static str,
    pub path: String,
    pub body: Option<Value>,
}

impl Asked {
    pub fn get(path: &str) -> Self {
        Self {
            route: path.to_owned(),
            method: Method::GET,
            root: FACE,
            path: path.to_owned(),
            body: None,
        }
    }

    pub fn post(route: &str, body: Value) -> Self {
        Self {
            route: route.to_owned(),
            method: Method::POST,
            root: FACE,
            path: String::new(),
            body: Some(body),
        }
    }

    pub fn name(&self) -> String {
        self.route.clone()
    }

    /// Whether it asks for what there is, and changes nothing.
    pub fn reads(&self) -> bool {
        let read = ["/connect", "loadAgentState"]
            .iter()
            .any(|it| self.route.contains(it));
        read || self.method == Method::GET || self.route.starts_with("resource GET")
    }
}

/// A whole answer.
pub struct Told {
    pub status: u16,
    headers: Vec<String>,
    pub text: String,
}

impl Told {
    /// All of it, but for the id that was asked for, ids that are made up on the spot, and times.
    pub fn told(&self, id: &str) -> String {
        let all = format!(
            "{}\n{}\n{}",
            self.status,
            self.headers.join("\n"),
            self.text
        );
        let made_up = Regex::new("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").expect("a pattern");
        let time = Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z|\b1[6-9]\d{11}\b")
            .expect("a pattern");
        let length = Regex::new(r"content-length: \d+").expect("a pattern");
        let uptime = Regex::new(r#""uptimeSeconds":\d+"#).expect("a pattern");
        let all = made_up.replace_all(&all, "MADE-UP");
        let all = time.replace_all(&all, "TIME");
        let all = uptime.replace_all(&all, "UPTIME");
        length
            .replace_all(&all, "content-length: N")
            .replace(id, "ID")
    }
}

/// What comes as it is made.
pub struct Stream(BoxStream<'static, String>);

impl Stream {
    fn of(response: Response) -> Self {
        let parts = response.into_body().into_bytes_stream();
        let text = |part: std::io::Result<Bytes>| {
            String::from_utf8_lossy(&part.expect("a part")).into_owned()
        };
        Self(parts.map(text).boxed())
    }

    /// All of it until this is said.
    pub async fn until(&mut self, end: &str) -> String {
        let mut said = String::new();
        let reading = async {
            while !said.contains(end) {
                said.push_str(&self.0.next().await.expect("it goes on"));
            }
        };
        let read = tokio::time::timeout(PATIENCE, reading).await;
        assert!(read.is_ok(), "{end} was never said");
        said
    }
}

pub struct Place {
    endpoint: BoxEndpoint<'static, Response>,
    /// ann's live run, whose client stays.
    _live: Option<Stream>,
}

impl Place {
    pub async fn start() -> Self {
        let demo = DemoAgent::with_pause(Duration::ZERO);
        let builder = Runtime::builder()
            .agent("default", demo)
            .agent("endless", Endless);
        let runtime = builder.build().await.expect("a runtime");
        let key = |name: &str| {
            let admin = name == "boss";
            let principal = Principal::new(Owner::new(name));
            ApiKey::new(name, &format!("{name}'s"), Principal { admin, ..principal })
        };
        let options = HttpOptions {
            auth: Auth::default().with(ApiKeys::new(["ann", "bob", "boss"].map(key))),
            debug_events: true,
            console: Some(ConsoleOptions::default()),
            ..HttpOptions::default()
        };
        let endpoint = runtime.endpoint_with(options).expect("an endpoint").boxed();
        let mut place = Self {
            endpoint,
            _live: None,
        };
        place.run("ann", THREAD, "default", "hello, treasure").await;
        let name = Asked {
            method: Method::PATCH,
            body: Some(json!({"name": "where the treasure is"})),
            ..Asked::get(&format!("/threads/{THREAD}"))
        };
        assert_eq!(place.ask("ann", &name).await.status, 200);
        let save = format!(
            r#"mutation {{ saveAgentState(data: {{threadId: "{THREAD}", agentName: "default", stateData: "{{\"treasure\": 1}}"}}) {{ version }} }}"#
        );
        let saved = place
            .ask("ann", &Asked::post("save", json!({ "query": save })))
            .await;
        assert!(saved.text.contains("\"version\""), "{}", saved.text);
        let mut live = place.stream("ann", &run_of(LIVE, "endless", "go")).await;
        live.until("told now").await;
        place._live = Some(live);
        place
    }

    pub async fn respond(&self, who: &str, asked: &Asked) -> Response {
        let path = format!("{}{}", asked.root, asked.path);
        let mut request = Request::builder()
            .method(asked.method.clone())
            .uri(path.parse().expect("a path"));
        if who != STRANGER {
            request = request.header("x-api-key", format!("{who}'s"));
        }
        if asked.body.is_some() {
            request = request.content_type("application/json");
        }
        let body = asked.body.as_ref().map(Value::to_string);
        let response = self
            .endpoint
            .call(request.body(body.unwrap_or_default()))
            .await;
        response.expect("an answer")
    }

    /// Asks, and reads to the end. What does not end in time is told so, but for what never does.
    pub async fn ask(&self, who: &str, asked: &Asked) -> Told {
        let response = self.respond(who, asked).await;
        let headers = response.headers().iter();
        let headers = headers.filter(|(name, _)| *name != "x-request-id");
        let headers = headers.map(|(name, value)| format!("{name}: {value:?}"));
        let (status, headers) = (response.status().as_u16(), headers.collect());
        let mut text = String::new();
        let mut parts = response.into_body().into_bytes_stream();
        loop {
            match tokio::time::timeout(PATIENCE, parts.next()).await {
                Ok(Some(part)) => text += &String::from_utf8_lossy(&part.expect("a part")),
                Ok(None) => break,
                Err(_) => {
                    text += "(it goes on)";
                    break;
                }
            }
            if asked.path.ends_with("/cpk-debug-events") {
                break;
            }
        }
        Told {
            status,
            headers,
            text,
        }
    }

    pub async fn stream(&self, who: &str, asked: &Asked) -> Stream {
        Stream::of(self.respond(who, asked).await)
    }

    pub async fn run(&self, who: &str, thread: &str, agent: &str, text: &str) {
        let told = self.ask(who, &run_of(thread, agent, text)).await;
        assert!(told.text.contains("RUN_FINISHED"), "{}", told.text);
    }

    /// All that ann sees of hers.
    pub async fn hers(&self) -> Vec<String> {
        let mut hers = Vec::new();
        let mut paths = vec!["/threads?includeArchived=true".to_owned()];
        for id in [THREAD, LIVE] {
            paths.extend(["messages", "events", "state"].map(|it| format!("/threads/{id}/{it}")));
        }
        for path in paths {
            let told = self.ask("ann", &Asked::get(&path)).await;
            assert_eq!(told.status, 200, "{path}");
            hers.push(told.text);
        }
        // The end of the run that goes on would be an event of its thread.
        hers
    }

    pub async fn document(&self) -> Value {
        let request = Request::builder().uri_str("/openapi.json").finish();
        let response = self.endpoint.call(request).await.expect("an answer");
        response.into_body().into_json().await.expect("JSON")
    }

    /// The scripts of the console, one after the other.
    pub async fn scripts(&self) -> String {
        let root = |path: &str| Asked {
            root: "",
            ..Asked::get(path)
        };
        let page = self.ask(STRANGER, &root("/console")).await.text;
        let first = Regex::new(r#"(console/assets/[^/"]+/)(\w+\.js)"#).expect("a pattern");
        let first = first.captures(&page).expect("the page has a script");
        let import = Regex::new(r#"from "\./(\w+\.js)""#).expect("a pattern");
        let (mut scripts, mut names) = (String::new(), vec![first[2].to_owned()]);
        let mut read = 0;
        while let Some(name) = names.get(read) {
            let path = format!("/{}{name}", &first[1]);
            let script = self.ask(STRANGER, &root(&path)).await.text;
            for found in import.captures_iter(&script) {
                if !names.contains(&found[1].to_owned()) {
                    names.push(found[1].to_owned());
                }
            }
            scripts += &script;
            read += 1;
        }
        scripts
    }

    pub async fn schema(&self) -> Value {
        let query = "{ __schema { queryType { fields { name } } mutationType { fields { name } } subscriptionType { name } } }";
        let told = self
            .ask("bob", &Asked::post("schema", json!({ "query": query })))
            .await;
        serde_json::from_str(&told.text).expect("JSON")
    }
}

fn run_of(thread: &str, agent: &str, text: &str) -> Asked {
    let body = json!({
        "threadId": thread, "runId": format!("run on {thread}"), "tools": [], "context": [],
        "messages": [{"id": "u", "role": "user", "content": text}],
    });
    Asked {
        path: format!("/agent/{agent}/run"),
        ..Asked::post("run", body)
    }
}
