//! The AG-UI face through the library's endpoint: every route, bad input, and what becomes of runs whose clients go or stop them.

mod bad_input;
mod debug;
mod origins;
mod runs;
mod threads;
mod transcription;

use agui_runtime::Runtime;
use agui_runtime::agents::demo::DemoAgent;
use agui_runtime::runtime::builder::RuntimeBuilder;
use agui_runtime::server::HttpOptions;
use futures_util::{Stream, StreamExt};
use poem::http::{Method, StatusCode, Uri};
use poem::{Endpoint, Request, Response};
use serde_json::{Value, json};

const BASE: &str = "/api/copilotkit";

/// A served runtime, without a network.
struct Face<E> {
    runtime: Runtime,
    endpoint: E,
}

async fn demo() -> Face<impl Endpoint<Output = Response>> {
    serve(builder(), HttpOptions::default()).await
}

fn builder() -> RuntimeBuilder {
    Runtime::builder().agent("default", DemoAgent::with_pause(std::time::Duration::ZERO))
}

async fn serve(
    builder: RuntimeBuilder,
    options: HttpOptions,
) -> Face<impl Endpoint<Output = Response>> {
    let runtime = builder.build().await.expect("a runtime");
    let endpoint = runtime.endpoint_with(options).expect("an endpoint");
    Face { runtime, endpoint }
}

/// A whole answer.
struct Answer {
    status: StatusCode,
    response: Response,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.response.header(name).unwrap_or_default()
    }

    async fn text(self) -> String {
        let body = self.response.into_body().into_string().await;
        body.expect("a body in UTF-8")
    }

    async fn json(self) -> Value {
        let text = self.text().await;
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// The events of a stream that ends.
    async fn events(self) -> Vec<Value> {
        assert_eq!(self.status, StatusCode::OK);
        assert_eq!(self.header("content-type"), "text/event-stream");
        assert_eq!(self.header("cache-control"), "no-cache");
        self.frames().map(|frame| event(&frame)).collect().await
    }

    /// The chunks of a stream as they come.
    fn frames(self) -> impl Stream<Item = String> + Unpin {
        let body = self.response.into_body().into_bytes_stream();
        body.map(|frame| String::from_utf8(frame.expect("a chunk").to_vec()).expect("UTF-8"))
            .boxed()
    }
}

/// The event in a frame, which has one.
fn event(frame: &str) -> Value {
    let json = frame
        .strip_prefix("data: ")
        .and_then(|it| it.strip_suffix("\n\n"));
    serde_json::from_str(json.unwrap_or_else(|| panic!("no frame: {frame:?}"))).expect("JSON")
}

fn types(events: &[Value]) -> Vec<&str> {
    let types = events.iter().map(|event| event["type"].as_str());
    types.map(|it| it.expect("a type")).collect()
}

impl<E: Endpoint<Output = Response>> Face<E> {
    /// Asks a route below the base path.
    async fn ask(&self, method: Method, path: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.request(method, path, &[("content-type", "application/json")], body)
            .await
    }

    async fn request(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Answer {
        let uri: Uri = format!("{BASE}{path}").parse().expect("a path");
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.endpoint.call(request.body(body.into())).await;
        let response = response.expect("an answer");
        Answer {
            status: response.status(),
            response,
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path, &[], "").await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask(Method::POST, path, body.to_string()).await
    }

    async fn envelope(&self, envelope: Value) -> Answer {
        self.post("", &envelope).await
    }

    /// Runs the default agent on a thread.
    async fn run(&self, thread: &str, text: &str) -> Answer {
        self.post("/agent/default/run", &input(thread, text)).await
    }

    async fn connect(&self, thread: &str) -> Answer {
        let body = json!({"threadId": thread, "runId": "connect", "messages": []});
        self.post("/agent/default/connect", &body).await
    }
}

fn input(thread: &str, text: &str) -> Value {
    json!({
        "threadId": thread, "runId": format!("run on {thread}"),
        "messages": [{"id": "m1", "role": "user", "content": text}],
        "tools": [], "context": [], "state": {}, "forwardedProps": {},
    })
}

#[tokio::test]
async fn a_run_over_rest_and_one_in_an_envelope_are_the_same() {
    let face = demo().await;
    let rest = face.run("rest", "hello").await.events().await;
    let call = json!({"method": "agent/run", "params": {"agentId": "default"}, "body": input("enveloped", "hello")});
    let enveloped = face.envelope(call).await.events().await;
    assert_eq!(types(&rest), types(&enveloped));
    assert_eq!(rest.len(), enveloped.len());
    let (first, last) = (&rest[0], &rest[rest.len() - 1]);
    assert_eq!(first["type"], "RUN_STARTED");
    assert_eq!(first["input"]["messages"][0]["content"], "hello");
    assert_eq!(last["type"], "RUN_FINISHED");
    assert!(
        rest.iter()
            .filter(|it| it["type"] == "TEXT_MESSAGE_CONTENT")
            .count()
            > 10
    );
}

#[tokio::test]
async fn who_comes_back_sees_what_was_said_and_a_stranger_nothing() {
    let face = demo().await;
    let said = face.run("t", "hello").await.events().await;
    let replayed = face.connect("t").await.events().await;
    assert_eq!(replayed[0], said[0]);
    assert_eq!(replayed.last(), said.last());
    let text = |events: &[Value]| -> String {
        let deltas = events.iter().filter_map(|event| event["delta"].as_str());
        deltas.collect()
    };
    assert_eq!(text(&replayed), text(&said));
    let none = face.connect("another").await.events().await;
    assert!(none.is_empty(), "{none:?}");
}

#[tokio::test]
async fn info_tells_what_there_is() {
    let face = demo().await;
    let rest = face.get("/info").await.json().await;
    assert_eq!(rest["version"], "1.75.0");
    assert_eq!(rest["agents"]["default"]["className"], "DemoAgent");
    assert_eq!(rest["audioFileTranscriptionEnabled"], false);
    let mut enveloped = face.envelope(json!({"method": "info"})).await.json().await;
    let single = enveloped
        .as_object_mut()
        .expect("an object")
        .remove("singleRoute");
    assert_eq!(single.expect("singleRoute")["resourceOperations"], true);
    assert_eq!(enveloped, rest);
    for path in ["/info/", "/any/thing/info", "//info"] {
        assert_eq!(face.get(path).await.json().await, rest, "{path}");
    }
    let misplaced = face.post("/any/thing", &json!({"method": "info"})).await;
    assert_eq!(misplaced.status, StatusCode::OK);
}

#[tokio::test]
async fn one_url_speaks_to_both_generations() {
    let face = demo().await;
    let graphql = json!({"query": "{ hello }"});
    let hello = face.post("", &graphql).await.json().await;
    assert_eq!(hello["data"]["hello"], "Hello World");
    let accept = ("accept", "application/graphql-response+json");
    let json_type = ("content-type", "application/json");
    // A GraphQL client's mistake is told in GraphQL, an AG-UI client's in AG-UI.
    let empty = face
        .request(Method::POST, "", &[accept, json_type], "{}")
        .await;
    assert!(empty.json().await["errors"].is_array());
    let empty = face.post("", &json!({})).await.json().await;
    assert_eq!(empty["message"], "Missing method field");
    let page = face
        .request(Method::GET, "", &[("accept", "text/html")], "")
        .await;
    assert!(page.text().await.contains("GraphiQL"));
    assert_eq!(face.get("/health").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_reference_is_served() {
    let face = demo().await;
    let served = |path: &'static str| {
        let request = Request::builder().uri(Uri::from_static(path)).finish();
        let answer = face.endpoint.call(request);
        async {
            answer
                .await
                .expect("an answer")
                .into_body()
                .into_string()
                .await
                .expect("text")
        }
    };
    let document: Value = serde_json::from_str(&served("/openapi.json").await).expect("JSON");
    assert_eq!(document["servers"][0]["url"], BASE);
    assert!(served("/docs").await.contains("SwaggerUIBundle"));
}

#[tokio::test]
async fn developers_see_events_where_that_is_switched_on() {
    let off = demo().await.get("/cpk-debug-events").await;
    assert_eq!(off.status, StatusCode::NOT_FOUND);
    assert_eq!(off.header("content-type"), "text/plain; charset=UTF-8");
    assert_eq!(off.text().await, "Not Found");

    let options = HttpOptions {
        debug_events: true,
        ..HttpOptions::default()
    };
    let face = serve(builder(), options).await;
    let mut feed = face.get("/cpk-debug-events").await.frames();
    assert_eq!(feed.next().await.as_deref(), Some(": connected\n\n"));
    let events = face.run("t", "hello").await.events().await;
    for expected in events {
        let seen = event(&feed.next().await.expect("an event"));
        assert_eq!(seen["event"], expected);
        assert_eq!(
            (&seen["agentId"], &seen["threadId"]),
            (&json!("default"), &json!("t"))
        );
        assert!(
            seen["timestamp"]
                .as_i64()
                .is_some_and(|it| it > 1_700_000_000_000)
        );
    }
}
