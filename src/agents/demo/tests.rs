//! The demo does what it says.
#![allow(clippy::unwrap_used)]

use serde_json::json;
use tokio::time::Instant;

use super::*;
use crate::agents::ModelParameters;
use crate::generated::agui::RunAgentInput;
use crate::runtime::error::AgentError;
use crate::store::Owner;
use crate::tools::ToolSet;

fn input(request: serde_json::Value) -> RunInput {
    let mut whole = json!({"threadId": "t", "runId": "r", "messages": []});
    whole
        .as_object_mut()
        .unwrap()
        .extend(request.as_object().unwrap().clone());
    RunInput {
        owner: Owner::anonymous(),
        agent: "default".into(),
        request: serde_json::from_value::<RunAgentInput>(whole).unwrap(),
        parameters: ModelParameters::default(),
        tools: ToolSet::default(),
        agents: Default::default(),
        properties: serde_json::Map::new(),
        headers: http::HeaderMap::new(),
        frontend_url: None,
    }
}

fn user(text: &str) -> serde_json::Value {
    json!([{"id": "u", "role": "user", "content": text}])
}

async fn run(input: RunInput) -> Vec<Result<Event, AgentError>> {
    DemoAgent::new().run(Arc::new(input)).collect().await
}

/// The run's events as JSON; none may be an error.
async fn events(input: RunInput) -> Vec<serde_json::Value> {
    let events = run(input).await;
    events
        .into_iter()
        .map(|event| serde_json::to_value(event.unwrap()).unwrap())
        .collect()
}

fn joined(events: &[serde_json::Value], kind: &str) -> String {
    let of_kind = events.iter().filter(|event| event["type"] == kind);
    of_kind
        .filter_map(|event| event["delta"].as_str())
        .collect()
}

async fn text(input: RunInput) -> String {
    joined(&events(input).await, "TEXT_MESSAGE_CONTENT")
}

#[tokio::test(start_paused = true)]
async fn text_comes_word_by_word_at_a_pace() {
    let begun = Instant::now();
    let events = events(input(json!({"messages": user("hello there")}))).await;
    let words = events
        .iter()
        .filter(|event| event["type"] == "TEXT_MESSAGE_CONTENT")
        .count();
    assert!(words > 50, "{words}");
    // The timer rounds each pause up to a millisecond.
    let words = u32::try_from(words).unwrap();
    assert!(
        (WORD_PAUSE * words..=(WORD_PAUSE + Duration::from_millis(1)) * words)
            .contains(&begun.elapsed())
    );
    let text = joined(&events, "TEXT_MESSAGE_CONTENT");
    assert!(
        text.contains("I heard “hello there”") && text.contains("interrupt: I stop"),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn it_calls_the_tool_that_is_named_with_arguments_of_its_schema() {
    let tools = json!([
        {"name": "other", "description": "", "parameters": {}},
        {"name": "showCard", "description": "", "parameters": {"type": "object", "properties": {
            "city": {"type": "string"}, "unit": {"type": "string", "enum": ["c", "f"]}, "days": {"type": "integer", "minimum": 5},
            "at": {"type": "object", "properties": {"lat": {"type": "number"}}}, "tags": {"type": "array", "items": {"type": "string"}},
            "flag": {"type": ["boolean", "null"]}, "pick": {"anyOf": [{"const": 7}]}, "when": {"type": "string", "format": "date"}}}},
    ]);
    let events = events(input(
        json!({"messages": user("please SHOWCARD"), "tools": tools}),
    ))
    .await;
    let start = events
        .iter()
        .find(|event| event["type"] == "TOOL_CALL_START")
        .unwrap();
    assert_eq!(start["toolCallName"], "showCard");
    assert!(
        events
            .iter()
            .filter(|event| event["type"] == "TOOL_CALL_ARGS")
            .count()
            > 3
    );
    let arguments: serde_json::Value =
        serde_json::from_str(&joined(&events, "TOOL_CALL_ARGS")).unwrap();
    assert_eq!(
        arguments,
        json!({"city": "Oslo", "unit": "c", "days": 5, "at": {"lat": 3}, "tags": ["example"], "flag": true, "pick": 7,
            "when": "2026-05-17"})
    );
    assert_eq!(events.last().unwrap()["type"], "TOOL_CALL_END");
}

#[tokio::test(start_paused = true)]
async fn it_takes_any_tool_when_asked_for_one_and_the_forced_one_unasked() {
    let tools =
        json!([{"name": "first", "description": ""}, {"name": "second", "description": ""}]);
    let asked = |text: &str| input(json!({"messages": user(text), "tools": tools}));
    let called = |events: Vec<serde_json::Value>| {
        assert_eq!(joined(&events, "TOOL_CALL_ARGS"), "{}");
        events
            .iter()
            .find_map(|event| event["toolCallName"].as_str().map(str::to_owned))
            .unwrap()
    };
    assert_eq!(called(events(asked("use a tool")).await), "first");
    let mut forced = asked("hello");
    forced.parameters.tool_choice = Some("function".into());
    forced.parameters.tool_choice_function = Some("second".into());
    assert_eq!(called(events(forced).await), "second");
    assert!(
        text(input(json!({"messages": user("tool")})))
            .await
            .contains("offers no tool")
    );
}

#[test]
fn a_schema_that_nests_for_ever_is_cut_off() {
    let mut schema = json!({"type": "string"});
    for _ in 0..100 {
        schema = json!({"type": "object", "properties": {"inner": schema}});
    }
    let made = super::arguments::plausible(&schema);
    assert!(made.to_string().len() < 100, "{made}");
}

#[tokio::test(start_paused = true)]
async fn it_makes_something_of_a_tools_result() {
    let messages = json!([
        {"id": "u", "role": "user", "content": "use a tool"},
        {"id": "a", "role": "assistant", "toolCalls": [
            {"id": "call_1", "type": "function", "function": {"name": "showCard", "arguments": "{}"}}]},
        {"id": "r", "role": "tool", "toolCallId": "call_1", "content": "shown"},
    ]);
    let tools = json!([{"name": "showCard", "description": ""}]);
    let events = events(input(json!({"messages": messages, "tools": tools}))).await;
    assert!(
        joined(&events, "TEXT_MESSAGE_CONTENT").contains("Your tool showCard gave back `shown`")
    );
    assert!(
        !events
            .iter()
            .any(|event| event["type"] == "TOOL_CALL_START")
    );
}

#[tokio::test(start_paused = true)]
async fn its_state_keeps_what_came_in() {
    let state = json!({"mine": [1], "recipe": {"title": "soup", "cooked": 4}});
    let events = events(input(
        json!({"messages": user("show your state"), "state": state}),
    ))
    .await;
    let snapshot = events
        .iter()
        .find(|event| event["type"] == "STATE_SNAPSHOT")
        .unwrap()["snapshot"]
        .clone();
    assert_eq!(snapshot["mine"], json!([1]));
    assert_eq!(
        (&snapshot["recipe"]["title"], &snapshot["recipe"]["cooked"]),
        (&json!("soup"), &json!(5))
    );
    let deltas: Vec<_> = events
        .iter()
        .filter(|event| event["type"] == "STATE_DELTA")
        .collect();
    assert_eq!(deltas.len(), 4);
    for change in deltas
        .iter()
        .flat_map(|delta| delta["delta"].as_array().unwrap())
    {
        assert_eq!(change["op"], "replace");
        assert!(
            snapshot.pointer(change["path"].as_str().unwrap()).is_some(),
            "{change}"
        );
    }
    assert_eq!(deltas[3]["delta"][1]["value"], json!(100));

    // A state that is no object is nothing to build on.
    let odd = json!({"messages": user("state"), "state": [1, 2]});
    assert!(run(input(odd)).await.iter().all(Result::is_ok));
}

#[tokio::test(start_paused = true)]
async fn it_interrupts_and_goes_on_with_the_answer() {
    let interrupted = events(input(json!({"messages": user("interrupt")}))).await;
    let custom = &interrupted[interrupted.len() - 2];
    assert_eq!(
        (&custom["type"], &custom["name"]),
        (&json!("CUSTOM"), &json!("on_interrupt"))
    );
    assert!(custom["value"].is_string());
    let outcome = &interrupted.last().unwrap()["outcome"];
    assert_eq!(outcome["type"], "interrupt");
    assert_eq!(outcome["interrupts"][0]["message"], custom["value"]);

    let id = &outcome["interrupts"][0]["id"];
    let resumes = [
        (
            json!({"resume": [{"interruptId": id, "status": "resolved", "payload": "yes"}]}),
            "“yes”",
        ),
        (
            json!({"resume": [{"interruptId": id, "status": "cancelled"}]}),
            "to cancel",
        ),
        (
            json!({"forwardedProps": {"command": {"resume": {"ok": true}}}}),
            "`{\"ok\":true}`",
        ),
    ];
    for (mut request, answer) in resumes {
        request["messages"] = user("interrupt");
        let text = text(input(request)).await;
        assert!(
            text.contains(&format!("Your answer was {answer}")),
            "{text}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn it_fails_and_it_talks_on_request() {
    let failed = run(input(json!({"messages": user("error, please")}))).await;
    let error = failed.last().unwrap().as_ref().unwrap_err();
    assert!(error.message.contains("asked the demo agent for"));
    assert!(failed[..failed.len() - 1].iter().all(Result::is_ok));
    assert!(
        text(input(json!({"messages": user("something long")})))
            .await
            .split(' ')
            .count()
            > 800
    );
}
