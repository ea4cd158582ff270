//! What GraphQL's clients see of a run, for any run: the messages that its events say, in their order, whole, each with its end,
//! whether they come at once or in parts.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use agui_runtime::Runtime;
use agui_runtime::agents::{Agent, EventStream, RunInput};
use agui_runtime::generated::agui::Event;
use agui_runtime::runtime::log::Origin;
use agui_runtime::runtime::{StartOptions, WhenBusy};
use futures_util::future::ready;
use futures_util::{StreamExt, stream};
use parking_lot::Mutex;
use poem::endpoint::BoxEndpoint;
use poem::{Body, Endpoint, EndpointExt, Request, Response};
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::runs::input;
use crate::support::choices::Choices;
use crate::support::payloads;
use crate::support::requests::ACCEPT;
use crate::support::script::{Vocabulary, script};

/// An agent that says this and is done.
#[derive(Clone, Default)]
struct Scripted(Arc<Mutex<Vec<Value>>>);

impl Agent for Scripted {
    fn run(&self, _: Arc<RunInput>) -> EventStream {
        let said = self.0.lock().clone();
        let event = |event| Ok(serde_json::from_value::<Event>(event).expect("an event"));
        stream::iter(said.into_iter().map(event)).boxed()
    }
}

struct World {
    agent: Scripted,
    runtime: Runtime,
    app: BoxEndpoint<'static, Response>,
    clock: tokio::runtime::Runtime,
    asked: Cell<usize>,
}

impl World {
    fn new() -> Self {
        let clock = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        let clock = clock.expect("a runtime");
        let agent = Scripted::default();
        let built = clock.block_on(Runtime::builder().agent("default", agent.clone()).build());
        let runtime = built.expect("it has an agent");
        let app = runtime.endpoint().expect("the schema fits");
        Self {
            agent,
            app: app.map_to_response().boxed(),
            runtime,
            clock,
            asked: Cell::new(0),
        }
    }

    fn ask(&self, path: &str, accept: &str, body: Value) -> String {
        let request = Request::builder()
            .method(http::Method::POST)
            .uri(path.parse().expect("a path"))
            .header("accept", accept)
            .header("content-type", "application/json")
            .body(Body::from_json(body).expect("JSON"));
        let app = &self.app;
        let answer = async {
            app.get_response(request)
                .await
                .into_body()
                .into_string()
                .await
        };
        let answer = async { timeout(Duration::from_secs(60), answer).await };
        let ended = self.clock.block_on(answer);
        ended.expect("an answer ends").expect("a whole answer")
    }

    /// What the agent says in a run, as far as it is in order, and the end of the run.
    fn events(&self) -> Vec<Value> {
        self.asked.set(self.asked.get() + 1);
        let input = input(&format!("t{}", self.asked.get()));
        let options = StartOptions {
            when_busy: WhenBusy::Reject,
            kept: true,
        };
        let agent: Arc<dyn Agent> = Arc::new(self.agent.clone());
        let events = async {
            let run = self
                .runtime
                .start(agent, input, options)
                .await
                .expect("nobody else runs");
            // What a run that fails leaves open is closed for readers of events; here it has failed.
            let said = run
                .follow()
                .filter(|entry| ready(!matches!(entry.origin, Origin::Closing)));
            said.map(|entry| serde_json::to_value(&entry.event).expect("JSON"))
                .collect()
                .await
        };
        self.clock.block_on(events)
    }

    /// The messages as a client of GraphQL gets them, in parts or at once.
    fn messages(&self, incremental: bool) -> Vec<Value> {
        let [stream, defer] = if incremental {
            ["@stream", "... @defer"]
        } else {
            ["", "..."]
        };
        let query = format!(
            "mutation($data: GenerateCopilotResponseInput!) {{ generateCopilotResponse(data: $data) {{ messages {stream} {{
                __typename ... on BaseMessageOutput {{ id }} {defer} {{ ... on BaseMessageOutput {{ status {{
                    ... on SuccessMessageStatus {{ code }} ... on FailedMessageStatus {{ code }} ... on PendingMessageStatus {{ code }} }} }} }}
                ... on TextMessageOutput {{ content {stream} }}
                ... on ActionExecutionMessageOutput {{ name arguments {stream} }}
                ... on ResultMessageOutput {{ actionExecutionId result }} }} }} }}"
        );
        let data = json!({"metadata": {}, "frontend": {"actions": []}, "messages": []});
        let body = json!({"query": query, "variables": {"data": data}});
        let data = if incremental {
            let answer = self.ask("/api/copilotkit", "multipart/mixed", body);
            let (parts, ended) = payloads::multipart(&answer).expect("multipart");
            payloads::canonical(&parts, ended).expect("payloads that fit")["merged"].clone()
        } else {
            let answer = self.ask("/api/copilotkit", "application/json", body);
            serde_json::from_str(&answer).expect("JSON")
        };
        let messages = &data["data"]["generateCopilotResponse"]["messages"];
        messages
            .as_array()
            .cloned()
            .unwrap_or_else(|| panic!("no messages: {data}"))
    }
}

/// What a message is, where events tell of it: kind, id, name or call, all its text, and how it ended.
type Told = (&'static str, String, String, String, &'static str);

/// What the client has, without the agent's states, which are no part of the conversation.
fn seen(messages: &[Value]) -> Vec<Told> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let joined = |value: &Value| value.as_array().into_iter().flatten().map(text).collect();
    let seen = messages.iter().filter_map(|message| {
        let status = match text(&message["status"]["code"]).as_str() {
            "Success" => "Success",
            "Failed" => "Failed",
            other => panic!("a message without an end: {other:?}"),
        };
        let id = text(&message["id"]);
        match message["__typename"].as_str()? {
            "TextMessageOutput" => Some((
                "text",
                id,
                String::new(),
                joined(&message["content"]),
                status,
            )),
            "ActionExecutionMessageOutput" => Some((
                "call",
                id,
                text(&message["name"]),
                joined(&message["arguments"]),
                status,
            )),
            "ResultMessageOutput" => {
                let call = text(&message["actionExecutionId"]);
                Some((
                    "result",
                    String::new(),
                    call,
                    text(&message["result"]),
                    status,
                ))
            }
            _ => None,
        }
    });
    seen.collect()
}

/// What the events say.
fn said(events: &[Value]) -> Vec<Told> {
    let mut said: Vec<Told> = Vec::new();
    let mut closed: Vec<bool> = Vec::new();
    let last = events.last().map(|event| event["type"].clone());
    let failed = last.is_some_and(|kind| kind == "RUN_ERROR");
    for event in events {
        let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
        let kind = event["type"].as_str().unwrap_or_default();
        let (id, what) = match kind.starts_with("TOOL") {
            true => (text("toolCallId"), "call"),
            false => (text("messageId"), "text"),
        };
        let open = said.iter().rposition(|told| told.0 == what && told.1 == id);
        match kind {
            "TEXT_MESSAGE_START" => {
                said.push(("text", id, String::new(), String::new(), "Success"))
            }
            "TOOL_CALL_START" => {
                said.push(("call", id, text("toolCallName"), String::new(), "Success"))
            }
            "TOOL_CALL_RESULT" => {
                said.push(("result", String::new(), id, text("content"), "Success"))
            }
            "TEXT_MESSAGE_CONTENT" | "TOOL_CALL_ARGS" => {
                if let Some(open) = open {
                    said[open].3.push_str(&text("delta"));
                }
            }
            "TEXT_MESSAGE_END" | "TOOL_CALL_END" => {
                if let Some(open) = open {
                    closed[open] = true;
                }
            }
            _ => {}
        }
        closed.resize(said.len(), false);
    }
    for (told, closed) in said.iter_mut().zip(closed) {
        if failed && !closed && told.0 != "result" {
            told.4 = "Failed";
        }
    }
    said
}

fn runs() -> ProptestConfig {
    ProptestConfig::with_cases(200)
}

#[test]
fn clients_see_the_messages_that_a_run_says_whole_or_in_parts() {
    let world = World::new();
    proptest!(runs(), |(seed in any::<u64>())| {
        let said_by_agent = script(&mut Choices::seeded(seed), Vocabulary::Any, 40);
        *world.agent.0.lock() = said_by_agent;
        let said = said(&world.events());
        prop_assert_eq!(&seen(&world.messages(false)), &said, "at once");
        prop_assert_eq!(&seen(&world.messages(true)), &said, "in parts");
    });
}

/// A selection of the answer to an agent that says one text.
fn selected(world: &World, selection: &str, accept: &str) -> String {
    *world.agent.0.lock() = vec![
        json!({"type": "TEXT_MESSAGE_START", "messageId": "m", "role": "assistant"}),
        json!({"type": "TEXT_MESSAGE_END", "messageId": "m"}),
        json!({"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": "f"}),
        json!({"type": "TOOL_CALL_END", "toolCallId": "c"}),
    ];
    answered(world, selection, accept)
}

/// A selection of the answer to the agent as it is.
fn answered(world: &World, selection: &str, accept: &str) -> String {
    let query = format!(
        "mutation($data: GenerateCopilotResponseInput!) {{ answer: generateCopilotResponse(data: $data) {{ {selection} }} }}"
    );
    let data = json!({"metadata": {}, "frontend": {"actions": []}, "messages": []});
    let body = json!({"query": query, "variables": {"data": data}});
    world.ask("/api/copilotkit", accept, body)
}

/// Found by the differential fuzzer: it was null, which took the other selections of the same field along.
#[test]
fn an_object_of_which_nothing_is_selected_is_empty_and_not_null() {
    let world = World::new();
    let empty = json!({});
    let call = json!({"id": "c"});
    for (selection, expected) in [
        (
            "status { ... on FailedResponseStatus { reason } }",
            json!({"status": empty}),
        ),
        (
            "status { ... on FailedResponseStatus { reason } } ... on CopilotResponse { status { ... on SuccessResponseStatus { code } } }",
            json!({"status": {"code": "Success"}}),
        ),
        (
            "messages { ... on ActionExecutionMessageOutput { id } }",
            json!({"messages": [empty, call]}),
        ),
        (
            "messages { id @skip(if: true) }",
            json!({"messages": [empty, empty]}),
        ),
    ] {
        let answer: Value =
            serde_json::from_str(&selected(&world, selection, "application/json")).expect("JSON");
        assert_eq!(answer, json!({"data": {"answer": expected}}), "{selection}");
    }
    let streamed = selected(
        &world,
        "messages @stream { ... on ActionExecutionMessageOutput { id } } ... @defer { status { ... on FailedResponseStatus { reason } } }",
        "multipart/mixed",
    );
    let (parts, ended) = payloads::multipart(&streamed).expect("multipart");
    let merged = payloads::canonical(&parts, ended).expect("payloads that fit");
    let expected = json!({"data": {"answer": {"messages": [empty, call], "status": empty}}});
    assert_eq!(merged["merged"], expected);
    assert!(!streamed.contains('@'), "{streamed}");
}

/// Found by the differential fuzzer: nothing of it was there.
#[test]
fn a_fragment_on_a_union_inside_of_one_on_its_member_is_read() {
    let world = World::new();
    let inside = "... on ResponseStatus { __typename ... on SuccessResponseStatus { code } }";
    let spread = "...All } } } } fragment All on ResponseStatus { ... on BaseResponseStatus { ...Some } } \
        fragment Some on ResponseStatus { __typename ... on SuccessResponseStatus { code";
    for selection in [
        format!("status {{ ... on SuccessResponseStatus {{ {inside} }} }}"),
        format!(
            "status {{ ... on BaseResponseStatus {{ ... on SuccessResponseStatus {{ {inside} }} }} }}"
        ),
        format!("status {{ ... on SuccessResponseStatus {{ {spread}"),
    ] {
        let answer: Value =
            serde_json::from_str(&selected(&world, &selection, "application/json")).expect("JSON");
        let status = json!({"__typename": "SuccessResponseStatus", "code": "Success"});
        let expected = json!({"data": {"answer": {"status": status}}});
        assert_eq!(answer, expected, "{selection}");
    }
}

/// Found by the differential fuzzer: it was an answer in parts, of which there was one.
#[test]
fn a_list_that_is_over_before_it_is_streamed_leaves_the_answer_in_one() {
    let body = selected(
        &World::new(),
        "messages @stream(initialCount: 3) { id }",
        ACCEPT,
    );
    let answer: Value = serde_json::from_str(&body).expect("JSON");
    let messages = json!([{"id": "m"}, {"id": "c"}]);
    assert_eq!(answer, json!({"data": {"answer": {"messages": messages}}}));
}

/// Found by the fuzzer: once the last message that the first payload wants was there, nobody read on for the other lists, and the
/// answer never began.
#[test]
fn a_list_that_has_enough_for_the_first_payload_leaves_the_rest_of_the_run_to_the_others() {
    let world = World::new();
    for count in 0..3 {
        let streamed = format!("messages @stream(initialCount: {count}) {{ id }}");
        for selection in [
            format!("metaEvents {{ name }} {streamed}"),
            format!("{streamed} metaEvents {{ name }}"),
            format!(
                "{streamed} all: messages {{ id }} metaEvents {{ name }} status {{ __typename }}"
            ),
            format!(
                "metaEvents {{ name }} {streamed} {streamed} ... @defer {{ status {{ __typename }} }}"
            ),
        ] {
            let answer = selected(&world, &selection, "multipart/mixed");
            let (parts, ended) = payloads::multipart(&answer).expect("multipart");
            let merged = payloads::canonical(&parts, ended).expect("payloads that fit");
            let answer = &merged["merged"]["data"]["answer"];
            assert_eq!(answer["metaEvents"], json!([]), "{selection}: {merged}");
            assert_eq!(
                answer["messages"],
                json!([{"id": "m"}, {"id": "c"}]),
                "{selection}: {merged}"
            );
        }
    }
}

/// Found by the differential fuzzer: it was the one that had ended.
#[test]
fn of_steps_that_overlap_the_agent_is_in_the_one_that_began_last() {
    let world = World::new();
    let step = |kind: &str, name: &str| json!({"type": kind, "stepName": name});
    *world.agent.0.lock() = vec![
        step("STEP_STARTED", "plan"),
        step("STEP_STARTED", "act"),
        step("STEP_FINISHED", "plan"),
        step("STEP_FINISHED", "act"),
    ];
    let selection = "messages { ... on AgentStateMessageOutput { nodeName active } }";
    let answer: Value =
        serde_json::from_str(&answered(&world, selection, "application/json")).expect("JSON");
    let at = |node: &str, active: bool| json!({"nodeName": node, "active": active});
    let messages = [
        at("plan", true),
        at("act", true),
        at("act", false),
        at("act", false),
    ];
    assert_eq!(answer, json!({"data": {"answer": {"messages": messages}}}));
}

#[test]
fn an_operation_of_which_nothing_is_selected_has_an_empty_answer() {
    let body = json!({"query": "{ hello @skip(if: true) }"});
    let answer = World::new().ask("/api/copilotkit", "application/json", body);
    assert_eq!(answer, "{\"data\":{}}");
}
