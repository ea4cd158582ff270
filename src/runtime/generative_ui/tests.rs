//! Agents that are dressed, and the runs of such agents.
#![allow(clippy::unwrap_used)]

use futures_util::FutureExt;
use parking_lot::Mutex;
use serde_json::json;

use super::*;
use crate::agents::ModelParameters;
use crate::runtime::log::EndReason;
use crate::runtime::{Runtime, StartOptions, WhenBusy};
use crate::store::Owner;

/// Says these events, then perhaps nothing more for ever.
struct Scripted {
    events: Vec<Result<Value, &'static str>>,
    hangs: bool,
    /// What it was asked.
    asked: Arc<Mutex<Option<Arc<RunInput>>>>,
}

impl Agent for Scripted {
    fn run(&self, input: Arc<RunInput>) -> EventStream {
        *self.asked.lock() = Some(input);
        let events: Vec<Result<Event, AgentError>> = self
            .events
            .iter()
            .map(|said| match said {
                Ok(event) => Ok(serde_json::from_value(event.clone()).unwrap()),
                Err(error) => Err(AgentError::new(ErrorCode::Unknown, *error)),
            })
            .collect();
        let events = stream::iter(events);
        match self.hangs {
            true => events.chain(stream::pending()).boxed(),
            false => events.boxed(),
        }
    }
}

fn scripted(events: Vec<Result<Value, &'static str>>) -> Scripted {
    Scripted {
        events,
        hangs: false,
        asked: Arc::default(),
    }
}

const BOTH: GenerativeUi = GenerativeUi {
    a2ui: Some(true),
    sandbox: true,
};

fn request(props: Value) -> RunAgentInput {
    let request = json!({"threadId": "t", "runId": "r", "messages": [], "tools": [{"name": "render_a2ui", "description": "theirs"}],
        "context": [], "forwardedProps": props});
    serde_json::from_value(request).unwrap()
}

fn input(request: RunAgentInput) -> RunInput {
    RunInput {
        agents: Default::default(),
        owner: Owner::anonymous(),
        agent: "default".to_owned(),
        request,
        parameters: ModelParameters::default(),
        tools: Default::default(),
        properties: Default::default(),
        headers: Default::default(),
        frontend_url: None,
    }
}

/// What the agent is asked in place of this request.
fn asked(ui: GenerativeUi, props: Value) -> RunAgentInput {
    let agent = scripted(Vec::new());
    let asked = agent.asked.clone();
    let request = request(props);
    let _ = dress(Arc::new(agent), ui, &request).run(Arc::new(input(request)));
    let input = asked.lock().take().unwrap();
    input.request.clone()
}

/// The types of what is said, or the error.
async fn types(agent: Arc<dyn Agent>) -> Vec<String> {
    let events = agent.run(Arc::new(input(request(json!({})))));
    let told = events.map(|said| match said {
        Ok(event) => event.event_type().to_owned(),
        Err(error) => error.message,
    });
    told.collect().await
}

fn dressed(agent: Scripted) -> Arc<dyn Agent> {
    dress(Arc::new(agent), BOTH, &request(json!({})))
}

fn call(name: &str) -> Result<Value, &'static str> {
    Ok(json!({"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": name}))
}

fn args(delta: &str) -> Result<Value, &'static str> {
    Ok(json!({"type": "TOOL_CALL_ARGS", "toolCallId": "c", "delta": delta}))
}

#[test]
fn a_run_without_interface_gets_the_agent_itself() {
    let catalog = json!({"a2uiCatalogAvailable": true});
    let ui = |a2ui, sandbox| GenerativeUi { a2ui, sandbox };
    for (ui, props, same) in [
        (ui(None, false), json!({}), true),
        (
            ui(None, false),
            json!({"a2uiCatalogAvailable": "yes"}),
            true,
        ),
        (ui(Some(false), false), catalog.clone(), true),
        (ui(None, false), catalog, false),
        (ui(Some(true), false), json!({}), false),
        (ui(None, true), json!({}), false),
    ] {
        let agent: Arc<dyn Agent> = Arc::new(scripted(Vec::new()));
        let dressed = dress(agent.clone(), ui, &request(props.clone()));
        assert_eq!(Arc::ptr_eq(&agent, &dressed), same, "{ui:?} {props}");
    }
}

#[test]
fn the_tool_is_offered_where_the_frontend_has_a_catalog() {
    let offered = asked(
        GenerativeUi::default(),
        json!({"a2uiCatalogAvailable": true}),
    );
    let tools = offered.tools.unwrap();
    assert_eq!(tools.len(), 1);
    assert_ne!(tools[0].description, "theirs");
    assert_eq!(
        tools[0].parameters.as_ref().unwrap()["required"],
        json!(["surfaceId", "components"])
    );
    assert_eq!(offered.context.unwrap().len(), 1);
    assert_eq!(
        offered.forwarded_props.unwrap(),
        json!({"a2uiCatalogAvailable": true, "injectA2UITool": true})
    );
    assert_eq!(asked(BOTH, json!({})), request(json!({})));
}

#[test]
fn what_a_user_did_is_a_call_with_its_result() {
    let action =
        json!({"name": "buy", "surfaceId": "s", "sourceComponentId": "b", "context": {"n": 1}});
    let asked = asked(BOTH, json!({"a2uiAction": {"userAction": action}}));
    let messages = serde_json::to_value(&asked.messages).unwrap();
    let call = &messages[0]["toolCalls"][0];
    assert_eq!(call["function"]["name"], "log_a2ui_event");
    assert_eq!(call["function"]["arguments"], action.to_string());
    assert_eq!(messages[1]["toolCallId"], call["id"]);
    assert_eq!(
        messages[1]["content"],
        "User performed action \"buy\" on surface \"s\" (component: b). Context: {\"n\":1}"
    );
    assert_eq!(messages.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn chunks_become_interface_too() {
    let agent = scripted(vec![
        Ok(
            json!({"type": "TOOL_CALL_CHUNK", "toolCallId": "c", "toolCallName": "generateSandboxedUi", "delta": "{\"css\": \"x\""}),
        ),
        Ok(json!({"type": "TOOL_CALL_CHUNK", "delta": "}"})),
        Ok(json!({"type": "RUN_FINISHED", "threadId": "t", "runId": "r"})),
    ]);
    assert_eq!(
        types(dressed(agent)).await,
        [
            "ACTIVITY_SNAPSHOT",
            "TOOL_CALL_START",
            "TOOL_CALL_ARGS",
            "ACTIVITY_DELTA",
            "ACTIVITY_DELTA",
            "TOOL_CALL_ARGS",
            "ACTIVITY_DELTA",
            "TOOL_CALL_END",
            "RUN_FINISHED",
        ]
    );
    let lost = scripted(vec![Ok(json!({"type": "TOOL_CALL_CHUNK", "delta": "}"}))]);
    assert_eq!(
        types(dressed(lost)).await,
        ["First TOOL_CALL_CHUNK must have a toolCallId"]
    );
}

#[tokio::test]
async fn what_is_held_back_comes_before_an_error_and_before_the_end() {
    let mut events = vec![call("generateSandboxedUi"), args("{")];
    let held = ["TOOL_CALL_START", "TOOL_CALL_ARGS"];
    assert_eq!(types(dressed(scripted(events.clone()))).await, held);
    events.push(Err("broke"));
    assert_eq!(
        types(dressed(scripted(events))).await,
        [held[0], held[1], "broke"]
    );
}

#[tokio::test]
async fn a_stop_within_a_call_leaves_a_closed_stream() {
    let surface =
        "{\"surfaceId\": \"s\", \"components\": [{\"id\": \"root\", \"component\": \"Text\"}]";
    for (name, delta, last) in [
        ("render_a2ui", surface, "TOOL_CALL_ARGS"),
        ("generateSandboxedUi", "{\"css\": \"x\", ", "ACTIVITY_DELTA"),
        ("generateSandboxedUi", "{\"css", "RUN_STARTED"),
    ] {
        let mut agent = scripted(vec![
            Ok(json!({"type": "RUN_STARTED", "threadId": "t", "runId": "r"})),
            call(name),
            args(delta),
        ]);
        agent.hangs = true;
        let agent = dressed(agent);
        let runtime = Runtime::builder()
            .shared_agent("default", agent.clone())
            .build()
            .await
            .unwrap();
        let options = StartOptions {
            when_busy: WhenBusy::Reject,
            kept: true,
        };
        let run = runtime
            .start(agent, input(request(json!({}))), options)
            .await
            .unwrap();
        let mut follower = run.follow();
        let mut seen: Vec<String> = Vec::new();
        // All that it says before it hangs: the run's task is done with it when it does nothing more.
        while seen.last().is_none_or(|seen| seen != last) {
            let entry = follower.next().await.unwrap();
            seen.push(entry.event.event_type().to_owned());
        }
        run.cancel(EndReason::Stopped);
        let rest: Vec<String> = follower
            .map(|entry| entry.event.event_type().to_owned())
            .collect()
            .await;
        let open = seen
            .iter()
            .chain(&rest)
            .filter(|seen| *seen == "TOOL_CALL_START")
            .count();
        let ends = rest.iter().filter(|seen| *seen == "TOOL_CALL_END").count();
        assert_eq!(open, ends, "{name} {delta}: {seen:?} {rest:?}");
        assert_eq!(rest.last().unwrap(), "RUN_ERROR");
        run.ended().now_or_never().unwrap();
    }
}

#[tokio::test]
async fn a_thread_keeps_what_was_shown_and_what_was_asked() {
    let agent = scripted(vec![
        call("render_a2ui"),
        args("{\"surfaceId\":\"s\",\"components\":[{\"id\":\"root\",\"component\":\"Text\"}]}"),
        Ok(json!({"type": "TOOL_CALL_END", "toolCallId": "c"})),
    ]);
    let request = request(
        json!({"a2uiCatalogAvailable": true, "a2uiAction": {"userAction": {"name": "buy"}}}),
    );
    let agent = dress(Arc::new(agent), GenerativeUi::default(), &request);
    let runtime = Runtime::builder()
        .shared_agent("default", agent.clone())
        .build()
        .await
        .unwrap();
    let options = StartOptions {
        when_busy: WhenBusy::Reject,
        kept: true,
    };
    let run = runtime
        .start(agent, input(request.clone()), options)
        .await
        .unwrap();
    run.ended().await;
    let connection = runtime.connect(&run.thread).await.unwrap();
    let runs: Vec<_> = connection.history.collect().await;
    let history: Vec<Value> = runs
        .iter()
        .flat_map(|run| run.as_ref().unwrap().iter())
        .map(|event| serde_json::from_str(event.get()).unwrap())
        .collect();
    let types: Vec<&str> = history
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        types,
        [
            "RUN_STARTED",
            "ACTIVITY_SNAPSHOT",
            "TOOL_CALL_START",
            "TOOL_CALL_ARGS",
            "TOOL_CALL_END",
            "ACTIVITY_SNAPSHOT",
            "TOOL_CALL_RESULT",
            "RUN_FINISHED",
        ],
        "{history:#?}"
    );
    assert!(history[5]["content"]["a2ui_operations"].is_array());
    assert_eq!(history[0]["input"], serde_json::to_value(&request).unwrap());
}
