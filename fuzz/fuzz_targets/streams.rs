//! The streams of upstreams: whatever bytes a server answers with, an agent reads the same from them however they are cut into
//! pieces. AG-UI agents, LangGraph servers and models (server-sent events and AWS's frames), remote endpoints (lines of JSON).
#![no_main]

use std::cell::RefCell;
use std::sync::Arc;

use agui_runtime::agents::agui::{AgUiAgent, AgUiConfig};
use agui_runtime::agents::langgraph::{LangGraphAgent, LangGraphConfig};
use agui_runtime::agents::llm::{LlmAgent, LlmConfig};
use agui_runtime::agents::remote::{RemoteEndpoint, RemoteEndpointConfig};
use agui_runtime::agents::{Agent, AgentSource, Asker};
use futures_util::StreamExt;
use fuzzing::blank::blank_text;
use fuzzing::{Answer, Loopback, input};
use libfuzzer_sys::fuzz_target;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

struct World {
    clock: tokio::runtime::Runtime,
    server: Loopback,
    agents: Vec<Arc<dyn Agent>>,
}

fn config<T: DeserializeOwned>(server: &Loopback, path: &str, url: &str, mut keys: Value) -> T {
    keys[url] = json!(format!("http://{}{path}", server.address));
    keys["breaker"] = json!({"failures": 0});
    serde_json::from_value(keys).expect("a configuration")
}

async fn agents(server: &Loopback) -> Vec<Arc<dyn Agent>> {
    let lines = json!({"line_bytes": 2048, "retries": 0});
    let agui: AgUiConfig = config(server, "/agui", "url", lines.clone());
    let remote: RemoteEndpointConfig = config(server, "/remote", "url", lines.clone());
    let graph = json!({"line_bytes": 2048, "retries": 0, "graph_id": "agent"});
    let graph: LangGraphConfig = config(server, "/graphs", "url", graph);
    let mut agents: Vec<Arc<dyn Agent>> = vec![
        Arc::new(AgUiAgent::new(agui).expect("an agent")),
        Arc::new(LangGraphAgent::new(graph).expect("an agent")),
    ];
    for (model, api) in [
        ("openai/m", "chat"),
        ("openai/m", "responses"),
        ("anthropic/m", "anthropic"),
        ("google/m", "google"),
        ("bedrock/m", "bedrock"),
    ] {
        let keys = json!({"model": model, "api": api, "api_key": "k", "max_retries": 0, "region": "us-east-1"});
        let keys: LlmConfig = config(server, "/model", "base_url", keys);
        agents.push(Arc::new(LlmAgent::new(keys).expect("an agent")));
    }
    let remote = RemoteEndpoint::new(&remote).expect("an endpoint");
    let found = remote.agents(Asker::anonymous()).await;
    assert_eq!(found.len(), 2, "the endpoint has two agents");
    agents.extend(found.into_iter().map(|(_, agent)| agent));
    agents
}

thread_local! {
    static WORLD: RefCell<World> = RefCell::new({
        let clock = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let server = clock.block_on(Loopback::listen());
        let agents = clock.block_on(agents(&server));
        World { clock, server, agents }
    });
}

impl World {
    /// What an agent makes of an answer: its events, and how it failed if it did, a line each.
    fn read(&self, agent: usize, answer: Answer) -> Vec<String> {
        self.server.set(answer);
        let agent = &self.agents[agent % self.agents.len()];
        let read = |event| match event {
            Ok(event) => serde_json::to_string(&event).expect("every event can be written"),
            Err(error) => format!("failed: {error} {error:?}"),
        };
        let events = agent.run(Arc::new(input("t", "r"))).map(read);
        let events: Vec<String> = self.clock.block_on(events.collect());
        events
            .iter()
            .map(|event| without_ids(&blank_text(event)))
            .collect()
    }
}

/// The text without the ids that are made for calls which come without one: 32 hexadecimal digits.
fn without_ids(text: &str) -> String {
    let mut blanked = String::new();
    let mut digits = String::new();
    for next in text.chars().chain([' ']) {
        if next.is_ascii_hexdigit() {
            digits.push(next);
            continue;
        }
        blanked.push_str(if digits.len() == 32 { "<id>" } else { &digits });
        digits.clear();
        blanked.push(next);
    }
    blanked
}

/// The body cut into pieces of these sizes, over and over.
fn pieces(body: &[u8], sizes: &[u8]) -> Vec<Vec<u8>> {
    let mut sizes = sizes.iter().map(|size| 1 + usize::from(*size)).cycle();
    let mut rest = body;
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let size = sizes.next().unwrap_or(1).min(rest.len());
        let (piece, after) = rest.split_at(size);
        pieces.push(piece.to_vec());
        rest = after;
    }
    pieces
}

fuzz_target!(|data: &[u8]| {
    let [agent, kind, sizes @ ..] = data else {
        return;
    };
    let Some((sizes, body)) = sizes.split_at_checked(4) else {
        return;
    };
    let content_type = match (agent % 9, kind >> 1 & 3) {
        (6, _) => "application/vnd.amazon.eventstream",
        (7.., _) | (0, 1) => "application/json",
        (0, 2) => "text/plain",
        _ => "text/event-stream",
    };
    let answer = |pieces| Answer {
        content_type,
        pieces,
        cut: kind & 1 != 0,
    };
    let whole = if body.is_empty() {
        Vec::new()
    } else {
        vec![body.to_vec()]
    };
    WORLD.with_borrow(|world| {
        let whole = world.read((*agent).into(), answer(whole));
        let cut = world.read((*agent).into(), answer(pieces(body, sizes)));
        assert_eq!(cut, whole, "cut into pieces, it says something else");
    });
});
