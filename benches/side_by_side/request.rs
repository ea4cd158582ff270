//! What upstream's clients ask, in each face's way.

use std::sync::LazyLock;

use serde::Serialize;
use uuid::Uuid;

/// Whom clients talk to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Face {
    /// Upstream's mutation of 1.10.6, over multipart.
    #[serde(rename = "GraphQL")]
    GraphQl,
    /// An AG-UI run, over server-sent events.
    #[serde(rename = "AG-UI")]
    AgUi,
}

/// The mutation, as it was recorded. It names no thread: the runtime makes one.
static MUTATION: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let golden: serde_json::Value = serde_json::from_str(include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/golden/graphql/a-text.json"
    )))
    .expect("the recording is JSON");
    let accept = golden["request"]["headers"]["accept"].as_str();
    let accept = accept.expect("the recording has an accept header");
    post("/copilotkit", accept, &golden["request"]["body"])
});

impl Face {
    pub fn name(self) -> &'static str {
        match self {
            Self::GraphQl => "GraphQL",
            Self::AgUi => "AG-UI",
        }
    }

    /// A request for a run on a thread of its own.
    pub fn request(self) -> Vec<u8> {
        match self {
            Self::GraphQl => MUTATION.clone(),
            Self::AgUi => run(),
        }
    }
}

fn run() -> Vec<u8> {
    let body = serde_json::json!({
        "threadId": Uuid::new_v4().to_string(), "runId": Uuid::new_v4().to_string(), "state": {}, "tools": [], "context": [],
        "messages": [{"id": Uuid::new_v4().to_string(), "role": "user", "content": "hello"}], "forwardedProps": {},
    });
    post("/copilotkit/agent/relayed/run", "text/event-stream", &body)
}

fn post(path: &str, accept: &str, body: &serde_json::Value) -> Vec<u8> {
    let body = body.to_string();
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\naccept: {accept}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}
