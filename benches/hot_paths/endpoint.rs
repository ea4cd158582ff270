//! The runtime's endpoint in this process, and what upstream's clients ask of it.

use std::sync::Arc;

use agui_runtime::Runtime;
use agui_runtime::agents::Agent;
use poem::endpoint::{BoxEndpoint, EndpointExt};
use poem::{Body, Endpoint, Request, Response};
use serde_json::{Value, json};
use uuid::Uuid;

/// A runtime with one agent, `default`, that keeps threads in memory. Cheap to clone.
#[derive(Clone)]
pub struct Server(Arc<BoxEndpoint<'static, Response>>);

impl Server {
    pub async fn of(agent: impl Agent) -> Self {
        let runtime = Runtime::builder().agent("default", agent).build().await;
        let runtime = runtime.expect("one agent is enough");
        let endpoint = runtime.endpoint().expect("the schema fits");
        Self(Arc::new(endpoint.boxed()))
    }

    /// The whole answer to a request.
    pub async fn answer(&self, path: &str, accept: &str, body: String) -> Vec<u8> {
        let request = Request::builder()
            .method(http::Method::POST)
            .uri_str(format!("/api/copilotkit{path}"))
            .header(http::header::ACCEPT, accept)
            .content_type("application/json")
            .body(Body::from_string(body));
        let answer = self.0.get_response(request).await;
        let body = answer.into_body().into_vec().await;
        body.expect("the answer has a body")
    }

    /// The answer to a GraphQL client's request.
    pub async fn graphql(&self, body: String) -> Vec<u8> {
        self.answer("", ACCEPT, body).await
    }

    /// The answer to a new AG-UI run.
    pub async fn agui(&self) -> Vec<u8> {
        let run = json!({
            "threadId": Uuid::new_v4().to_string(), "runId": Uuid::new_v4().to_string(), "state": {}, "tools": [], "context": [],
            "messages": [{"id": Uuid::new_v4().to_string(), "role": "user", "content": "hello"}], "forwardedProps": {},
        });
        let path = "/agent/default/run";
        self.answer(path, "text/event-stream", run.to_string())
            .await
    }
}

/// What the client of 1.10.6 takes.
const ACCEPT: &str = "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed";

/// The client's `generateCopilotResponse`, as it was recorded.
pub fn mutation() -> Value {
    let golden: Value = serde_json::from_str(include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/golden/graphql/a-text.json"
    )))
    .expect("the recording is JSON");
    golden["request"]["body"].clone()
}

/// How often the scripted token is in an answer.
pub fn tokens(answer: &[u8]) -> usize {
    memchr::memmem::find_iter(answer, b"\"token \"").count()
}
