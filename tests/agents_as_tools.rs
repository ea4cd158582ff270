//! Agents as tools: who is offered which of them, and that a called one is the rest of the run, to its end, error or cancel.

use std::future::Future;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::support::agui::section;
use crate::support::canonical::canonical;
use crate::support::http::{self, Exchange, PATIENCE, Reply};
use crate::support::model::{Call, Model};
use crate::support::requests;
use crate::support::server::{Binary, config, model_at};

/// A model that calls the agent that the user names, and an agent, in a server of both.
struct World {
    server: Binary,
    /// What the model was asked.
    asked: mpsc::Receiver<Value>,
    _model: Model,
    _agent: Model,
}

impl World {
    /// `researcher` is the agent, `default` and `writer` are the model; `more` is for `default`, `runs` a table before all.
    async fn start<R>(
        runs: &str,
        more: &str,
        agent: impl Fn(Call) -> R + Send + Sync + 'static,
    ) -> Self
    where
        R: Future<Output = ()> + Send + 'static,
    {
        let (tell, asked) = mpsc::channel(64);
        let model = Model::start(move |mut call| {
            let _ = tell.try_send(call.body.clone());
            async move {
                let name = call.text().to_owned();
                call.tool_call(&name, "{}").await;
            }
        })
        .await;
        let agent = Model::start(agent).await;
        let default = model_at(&model.base_url());
        let writer = default.replace("agents.default", "agents.writer");
        let url = format!("http://{}/agent", agent.address);
        let researcher = section("researcher", &url, "description = \"Looks things up\"");
        // No model can be offered a tool of such a name.
        let odd = section("\"no tool's name\"", &url, "");
        let tables = format!(
            "{runs}\n{default}{more}\n{writer}agents_as_tools = [\"*\"]\n{researcher}{odd}"
        );
        Self {
            server: Binary::start(&config(&tables)).await,
            asked,
            _model: model,
            _agent: agent,
        }
    }

    async fn ask(&self, request: Vec<u8>) -> Reply {
        let reply = http::ask(self.server.address, request).await;
        assert!(reply.complete, "{}", reply.text());
        reply
    }

    /// The tools of the model's next request.
    async fn offered(&mut self) -> Vec<Value> {
        let asked = tokio::time::timeout(PATIENCE, self.asked.recv()).await;
        let body = asked.expect("the model is asked").expect("a request");
        let tools = body["tools"].as_array().into_iter().flatten();
        tools.map(|tool| tool["function"].clone()).collect()
    }

    async fn offered_names(&mut self) -> Vec<String> {
        let names = self.offered().await.into_iter();
        names
            .map(|tool| tool["name"].as_str().unwrap().to_owned())
            .filter(|name| !name.starts_with("AGUI"))
            .collect()
    }
}

/// A GraphQL request of a client that holds a state of two agents, and has one tool.
fn graphql(text: &str, session: Option<&str>) -> Vec<u8> {
    let mut body = requests::chat_body(text);
    let data = &mut body["variables"]["data"];
    let held = |name: &str| json!({"agentName": name, "state": json!({"of": name}).to_string(), "config": json!({"for": name}).to_string()});
    data["agentStates"] = json!([held("default"), held("researcher")]);
    data["frontend"]["actions"] =
        json!([{"name": "showCard", "description": "Show", "jsonSchema": "{}"}]);
    if let Some(name) = session {
        data["agentSession"] = json!({"agentName": name});
    }
    requests::post(&body.to_string())
}

fn agui(agent: &str, text: &str) -> Vec<u8> {
    let body = json!({
        "threadId": "thread", "runId": "run", "state": {"of": "thread"}, "tools": [], "context": [], "forwardedProps": {},
        "messages": [{"id": "u", "role": "user", "content": text}],
    })
    .to_string();
    let length = body.len();
    format!(
        "POST /copilotkit/agent/{agent}/run HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
    .into_bytes()
}

fn events(reply: &Reply) -> Vec<Value> {
    let text = reply.text();
    let data = text
        .split("\n\n")
        .filter_map(|event| event.strip_prefix("data: "));
    data.map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

fn types(events: &[Value]) -> Vec<&str> {
    let types = events.iter().map(|event| event["type"].as_str().unwrap());
    types.collect()
}

fn merged(reply: &Reply) -> Value {
    let answer = canonical(&reply.answer()).unwrap();
    answer["body"]["merged"]["data"]["generateCopilotResponse"].clone()
}

/// Sends these events as the answer of an agent, from its beginning to what its run ends with.
async fn say(mut call: Call, events: Value, end: Value) {
    let (thread, run) = (call.body["threadId"].clone(), call.body["runId"].clone());
    let of_run = |kind: &str| json!({"type": kind, "threadId": thread, "runId": run});
    let mut last = of_run("RUN_FINISHED");
    last.as_object_mut()
        .unwrap()
        .extend(end.as_object().unwrap().clone());
    call.begin().await;
    let said = events.as_array().unwrap().clone();
    for event in [of_run("RUN_STARTED")]
        .into_iter()
        .chain(said)
        .chain([last])
    {
        call.chunk(format!("data: {event}\n\n").as_bytes()).await;
    }
    call.raw(b"0\r\n\r\n").await;
}

fn text(text: &str) -> Value {
    json!([
        {"type": "TEXT_MESSAGE_START", "messageId": "m", "role": "assistant"},
        {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": text},
        {"type": "TEXT_MESSAGE_END", "messageId": "m"},
    ])
}

const CONFIGURED: &str = "agents_as_tools = [\"researcher\"]";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn graphql_offers_all_others_where_no_agent_is_named() {
    let mut world = World::start("", "", |call| say(call, text("found"), json!({}))).await;
    world.ask(graphql("nothing", None)).await;
    let offered = world.offered().await;
    let names: Vec<&Value> = offered.iter().map(|tool| &tool["name"]).collect();
    assert_eq!(names, ["researcher", "writer", "showCard"], "never itself");
    assert_eq!(offered[0]["description"], "Looks things up");
    let nothing = json!({"type": "object", "properties": {}, "required": []});
    assert_eq!(offered[0]["parameters"], nothing);
    world.ask(graphql("researcher", Some("default"))).await;
    assert_eq!(world.offered_names().await, ["showCard"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agui_offers_what_is_configured() {
    let mut world = World::start("", "", |call| say(call, text("found"), json!({}))).await;
    let reply = world.ask(agui("default", "researcher")).await;
    assert!(world.offered_names().await.is_empty());
    assert!(!reply.text().contains("found"), "{}", reply.text());
    world.ask(agui("writer", "nothing")).await;
    assert_eq!(world.offered_names().await, ["default", "researcher"]);
    let mut world = World::start("", CONFIGURED, |call| say(call, text("found"), json!({}))).await;
    world.ask(agui("default", "nothing")).await;
    assert_eq!(world.offered_names().await, ["researcher"]);
    world.ask(graphql("nothing", None)).await;
    assert_eq!(world.offered_names().await, ["researcher", "showCard"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_called_agent_is_offered_no_agents() {
    let more = "agents_as_tools = [\"writer\"]";
    let mut world = World::start("", more, |call| say(call, text("found"), json!({}))).await;
    for request in [agui("default", "writer"), graphql("writer", None)] {
        let reply = world.ask(request).await;
        assert_eq!(world.offered_names().await[0], "writer");
        // The writer's model wants the writer again: that is nobody's tool, and the end.
        let offered = world.offered_names().await;
        assert!(offered.iter().all(|name| name == "showCard"), "{offered:?}");
        let text = reply.text();
        assert_eq!(text.matches("writer agent started").count(), 1, "{text}");
        assert!(world.asked.try_recv().is_err(), "nobody is asked again");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_called_agent_is_the_rest_of_the_run() {
    let (tell, mut asked) = mpsc::channel(64);
    let outcome =
        json!({"type": "interrupt", "interrupts": [{"id": "i", "reason": "input_required"}]});
    let end = json!({"outcome": outcome});
    let world = World::start("", CONFIGURED, move |call| {
        let _ = tell.try_send(call.body.clone());
        say(call, text("found"), end.clone())
    })
    .await;
    let reply = world.ask(agui("default", "researcher")).await;
    let events = events(&reply);
    let expected = [
        "RUN_STARTED",
        "TOOL_CALL_START",
        "TOOL_CALL_ARGS",
        "TOOL_CALL_END",
        "TOOL_CALL_RESULT",
        "TEXT_MESSAGE_START",
        "TEXT_MESSAGE_CONTENT",
        "TEXT_MESSAGE_END",
        "RUN_FINISHED",
    ];
    assert_eq!(types(&events), expected);
    assert_eq!(events[4]["content"], "researcher agent started");
    assert_eq!(events[8]["runId"], "run");
    assert_eq!(events[8]["outcome"], outcome);
    let body = asked.recv().await.unwrap();
    assert_eq!(body["threadId"], "thread");
    assert_eq!(body["state"], json!({"of": "thread"}));
    assert_eq!(body["messages"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_called_agent_has_its_own_state() {
    let (tell, mut asked) = mpsc::channel(64);
    let world = World::start("", "", move |call| {
        let _ = tell.try_send(call.body.clone());
        let state = json!([{"type": "STATE_SNAPSHOT", "snapshot": {"found": 1}}]);
        say(call, state, json!({}))
    })
    .await;
    let answer = merged(&world.ask(graphql("researcher", None)).await);
    assert_eq!(answer["status"]["code"], "Success", "{answer}");
    let states = answer["messages"].as_array().unwrap().iter();
    let mut states = states.filter(|message| message["__typename"] == "AgentStateMessageOutput");
    let state = states.next().expect("a state");
    assert_eq!(state["agentName"], "researcher", "{state}");
    let body = asked.recv().await.unwrap();
    assert_eq!(body["state"], json!({"of": "researcher"}));
    assert_eq!(
        body["forwardedProps"]["config"],
        json!({"for": "researcher"})
    );
    assert_eq!(body["tools"][0]["name"], "showCard", "{body}");
    assert_eq!(body["tools"].as_array().unwrap().len(), 1, "{body}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_error_of_a_called_agent_is_the_runs() {
    let said = |call| {
        say(
            call,
            text("found"),
            json!({"type": "RUN_ERROR", "message": "lost it"}),
        )
    };
    let world = World::start("", CONFIGURED, said).await;
    fails_with("lost it", &world).await;
    let refused = |mut call: Call| async move {
        call.raw(b"HTTP/1.1 500 X\r\ncontent-length: 4\r\n\r\noops")
            .await;
    };
    let world = World::start("", CONFIGURED, refused).await;
    fails_with("500", &world).await;
}

async fn fails_with(reason: &str, world: &World) {
    let events = events(&world.ask(agui("default", "researcher")).await);
    let types = types(&events);
    assert_eq!(types.last(), Some(&"RUN_ERROR"), "{types:?}");
    assert!(!types.contains(&"RUN_FINISHED"), "{types:?}");
    let message = events.last().unwrap()["message"].as_str().unwrap();
    assert!(message.contains(reason), "{message}");
    let answer = merged(&world.ask(graphql("researcher", None)).await);
    assert_eq!(answer["status"]["code"], "Failed", "{answer}");
    let told = answer["status"]["details"]["description"].as_str().unwrap();
    assert!(told.contains(reason), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_goes_takes_the_called_agent_along() {
    for request in [graphql("researcher", None), agui("default", "researcher")] {
        let (begun, mut has_begun) = mpsc::channel(64);
        let (closed, mut was_closed) = mpsc::channel(64);
        let world = World::start("[runs]\nattached = true", CONFIGURED, move |mut call| {
            let (begun, closed) = (begun.clone(), closed.clone());
            async move {
                call.begin().await;
                let _ = begun.try_send(());
                call.closed().await;
                let _ = closed.try_send(Instant::now());
            }
        })
        .await;
        let exchange = Exchange::start(world.server.address, request).await;
        let begun = tokio::time::timeout(PATIENCE, has_begun.recv()).await;
        assert_eq!(begun, Ok(Some(())), "the agent is asked");
        let left = Instant::now();
        exchange.hang_up();
        let closed = tokio::time::timeout(PATIENCE, was_closed.recv()).await;
        let took = closed.unwrap().unwrap().saturating_duration_since(left);
        assert!(
            took < Duration::from_millis(500),
            "it was left for {took:?}"
        );
    }
}
