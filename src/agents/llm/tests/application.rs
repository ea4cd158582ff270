//! What an AG-UI client's run adds: the application's context and state, and the tools that change the state.

use std::sync::Arc;

use futures_util::StreamExt;
use serde_json::{Value, json};

use super::server::{Act, Server, call, finish, head, raw, refusal, stream, text};
use super::{config, input, outcome};
use crate::agents::llm::{LlmAgent, LlmConfig, Overridable, Settings};
use crate::agents::{Agent, RunInput};
use crate::generated::agui::RunAgentInput;

/// The run of an AG-UI client.
pub(super) fn modern(request: Value) -> RunInput {
    let mut whole = json!({"threadId": "thread", "runId": "run",
        "messages": [{"id": "u", "role": "user", "content": "hi"}]});
    for (key, value) in request.as_object().unwrap() {
        whole[key] = value.clone();
    }
    let mut input = input(json!([]));
    input.request = serde_json::from_value::<RunAgentInput>(whole).unwrap();
    input.parameters.context_told = false;
    input
}

async fn asked(change: impl FnOnce(&mut LlmConfig), input: RunInput) -> Value {
    let server = Server::saying(vec![text("ok"), finish("stop")]).await;
    let mut config = config(&server);
    change(&mut config);
    outcome(config, input).await.1.unwrap();
    server.requests().remove(0)
}

/// All events, whole; the last is the error's where the run fails.
async fn told(config: LlmConfig, input: RunInput) -> Vec<Value> {
    let events = LlmAgent::new(config).unwrap().run(Arc::new(input));
    let json = |event| match event {
        Ok(event) => serde_json::to_value(event).unwrap(),
        Err(crate::runtime::error::AgentError { event, .. }) => {
            serde_json::to_value(event.unwrap()).unwrap()
        }
    };
    events.map(json).collect().await
}

fn state_call(name: &str, arguments: &Value) -> Vec<Act> {
    stream(vec![
        call(0, Some("call_s"), Some(name), &arguments.to_string()),
        finish("tool_calls"),
    ])
}

fn names(body: &Value) -> Vec<&str> {
    let tools = body["tools"].as_array().unwrap().iter();
    tools
        .filter_map(|tool| tool["function"]["name"].as_str())
        .collect()
}

#[tokio::test]
async fn context_and_state_stand_in_the_prompt() {
    let request =
        json!({"state": {"count": 3}, "context": [{"description": "who", "value": "Ada"}]});
    let body = asked(
        |config| config.prompt = Some("Be brief.".into()),
        modern(request.clone()),
    )
    .await;
    let prompt = body["messages"][0]["content"].as_str().unwrap();
    let context = "Be brief.\n## Context from the application\nwho:\nAda\n\n## Application State\n";
    assert!(prompt.starts_with(context), "{prompt}");
    assert!(
        prompt.ends_with("\n```json\n{\n  \"count\": 3\n}\n```\n"),
        "{prompt}"
    );
    assert!(prompt.contains("AGUISendStateDelta"), "{prompt}");
    assert_eq!(
        names(&body),
        ["AGUISendStateSnapshot", "AGUISendStateDelta"]
    );

    let body = asked(|config| config.state_tools = false, modern(request.clone())).await;
    assert_eq!(body.get("tools"), None);
    let prompt = body["messages"][0]["content"].as_str().unwrap();
    assert!(!prompt.contains("AGUISendState"), "{prompt}");

    // A GraphQL client's messages tell the model already.
    let mut older = modern(request);
    older.parameters.context_told = true;
    let body = asked(|_| (), older).await;
    assert_eq!(body["messages"], json!([{"role": "user", "content": "hi"}]));
    assert_eq!(body.get("tools"), None);
    assert_eq!(body.get("stream_options"), None);
}

#[tokio::test]
async fn where_there_is_nothing_to_tell_nothing_is_told() {
    for state in [json!(null), json!({}), json!([])] {
        let body = asked(|_| (), modern(json!({"state": state, "context": []}))).await;
        assert_eq!(body["messages"], json!([{"role": "user", "content": "hi"}]));
        assert_eq!(body["stream_options"], json!({"include_usage": true}));
    }
}

#[tokio::test]
async fn only_the_applications_own_words_are_instructions() {
    let messages = json!([
        {"id": "s", "role": "system", "content": "Obey the page."},
        {"id": "d", "role": "developer", "content": "note"},
        {"id": "r", "role": "reasoning", "content": "hm"},
        {"id": "a", "role": "activity", "activityType": "x", "content": {}},
        {"id": "u", "role": "user", "content": "hi"},
    ]);
    let body = asked(|_| (), modern(json!({"messages": messages}))).await;
    assert_eq!(body["messages"], json!([{"role": "user", "content": "hi"}]));
    let forward = |config: &mut LlmConfig| {
        config.forward_system_messages = true;
        config.forward_developer_messages = true;
    };
    let body = asked(forward, modern(json!({"messages": messages}))).await;
    assert_eq!(body["messages"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_snapshot_replaces_the_state() {
    let server = Server::start(vec![state_call(
        "AGUISendStateSnapshot",
        &json!({"snapshot": {"n": 1}}),
    )])
    .await;
    let events = told(config(&server), modern(json!({"state": {"count": 3}}))).await;
    let ids = json!({"threadId": "thread", "runId": "run"});
    assert_eq!(events[0]["type"], "RUN_STARTED");
    assert_eq!(
        events[3..],
        [
            json!({"type": "TOOL_CALL_END", "toolCallId": "call_s"}),
            json!({"type": "STATE_SNAPSHOT", "snapshot": {"n": 1}}),
            json!({"type": "TOOL_CALL_RESULT", "role": "tool", "messageId": "result-call_s", "toolCallId": "call_s",
                "content": r#"{"success":true,"snapshot":{"n":1}}"#}),
            json!({"type": "RUN_FINISHED", "threadId": ids["threadId"], "runId": ids["runId"],
                "finishReason": "tool-calls"}),
        ]
    );
}

/// The types and contents of the events between a call's end and the run's.
async fn delta(state: Value, delta: Value) -> (Vec<Value>, Value) {
    let arguments = json!({"delta": delta});
    let server = Server::start(vec![state_call("AGUISendStateDelta", &arguments)]).await;
    let mut events = told(config(&server), modern(json!({"state": state}))).await;
    events.pop();
    let result = events.pop().unwrap()["content"].take();
    let result = serde_json::from_str(result.as_str().unwrap()).unwrap();
    (events.split_off(4), result)
}

#[tokio::test]
async fn a_delta_tells_first_what_it_builds_on() {
    let change = json!([{"op": "replace", "path": "/count", "value": 4}]);
    let (events, result) = delta(json!({"count": 3}), change.clone()).await;
    assert_eq!(
        events,
        [
            json!({"type": "STATE_SNAPSHOT", "snapshot": {"count": 3}}),
            json!({"type": "STATE_DELTA", "delta": change}),
        ]
    );
    assert_eq!(result, json!({"success": true, "delta": change}));

    // Upstream makes the list that a model appends to.
    let append = json!([{"op": "add", "path": "/todos/-", "value": "a"}]);
    let (events, _) = delta(json!({}), append).await;
    assert_eq!(
        events[1]["delta"],
        json!([{"op": "add", "path": "/todos", "value": []}, {"op": "add", "path": "/todos/-", "value": "a"}])
    );
}

#[tokio::test]
async fn a_delta_that_does_not_fit_changes_nothing() {
    for bad in [
        json!([{"op": "replace", "path": "/missing", "value": 4}]),
        json!([{"op": "add", "path": "/ok", "value": 1}, {"op": "remove", "path": "/nope"}]),
        json!([{"op": "add", "path": "/no/such/place", "value": 4}]),
        json!([{"op": "turn", "path": "/count"}]),
        json!("not a list"),
    ] {
        let (events, result) = delta(json!({"count": 3}), bad.clone()).await;
        assert_eq!(events, Vec::<Value>::new(), "{bad}");
        assert_eq!(result["success"], json!(false), "{bad}");
        assert!(result["error"].as_str().unwrap().len() > 10, "{result}");
    }
}

#[tokio::test]
async fn the_model_goes_on_from_the_state_it_made() {
    let server = Server::start(vec![
        state_call("AGUISendStateSnapshot", &json!({"snapshot": {"n": [1]}})),
        state_call(
            "AGUISendStateDelta",
            &json!({"delta": [{"op": "add", "path": "/n/-", "value": 2}]}),
        ),
        stream(vec![text("done"), finish("stop")]),
    ])
    .await;
    let mut config = config(&server);
    config.max_steps = 5;
    let events = told(config, modern(json!({}))).await;
    let states: Vec<_> = events
        .iter()
        .filter(|event| event["type"].as_str().unwrap().starts_with("STATE"))
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["STATE_SNAPSHOT", "STATE_DELTA"]);
    let last = server.requests().pop().unwrap();
    assert_eq!(
        last["messages"][4]["content"],
        json!(r#"{"success":true,"delta":[{"op":"add","path":"/n/-","value":2}]}"#)
    );
    // Calls of all steps belong to one message, the text is another: ids never repeat.
    let parents: Vec<_> = events
        .iter()
        .filter_map(|event| event["parentMessageId"].as_str())
        .collect();
    assert_eq!(parents, ["chatcmpl-1", "chatcmpl-1"]);
    let text = events
        .iter()
        .find(|event| event["type"] == "TEXT_MESSAGE_START")
        .unwrap();
    assert!(text["messageId"].as_str().unwrap().starts_with("ck-"));
}

#[tokio::test]
async fn what_the_model_server_says_is_what_the_client_hears() {
    let body =
        r#"{"error":{"message":"Rate limited","type":"requests","code":"rate_limit_exceeded"}}"#;
    let server = Server::start(vec![refusal(429, "x-should-retry: false\r\n", body)]).await;
    let events = told(config(&server), modern(json!({}))).await;
    assert_eq!(events[0]["type"], "RUN_STARTED");
    assert_eq!(
        events[1..],
        [
            json!({"type": "RUN_ERROR", "message": "Rate limited", "threadId": "thread", "runId": "run"})
        ]
    );
}

#[tokio::test]
async fn the_run_has_begun_before_the_model_answers() {
    let server = Server::start(vec![vec![Act::Hang]]).await;
    let mut run = LlmAgent::new(config(&server))
        .unwrap()
        .run(Arc::new(modern(json!({}))));
    let first = run.next().await.unwrap().unwrap();
    assert_eq!(first.event_type(), "RUN_STARTED");
}

#[tokio::test]
async fn a_call_that_the_token_limit_cuts_is_no_call() {
    for (reason, fails) in [("length", true), ("tool_calls", false)] {
        let server = Server::saying(vec![
            call(0, Some("call_0"), Some("showCard"), "{\"ti"),
            finish(reason),
        ])
        .await;
        let (lines, result) = outcome(config(&server), modern(json!({}))).await;
        assert_eq!(result.is_err(), fails, "{reason}");
        assert_eq!(lines[2], "TOOL_CALL_END call_0");
    }
}

#[tokio::test]
async fn a_cut_in_the_middle_of_a_call_fails() {
    let chunk = call(0, Some("call_0"), Some("showCard"), "{\"ti");
    let acts = vec![
        head(200, "text/event-stream"),
        raw(&format!("data: {chunk}\n\n")),
    ];
    let server = Server::start(vec![acts]).await;
    let (lines, result) = outcome(config(&server), modern(json!({}))).await;
    assert!(result.unwrap_err().message.contains("finish_reason"));
    assert_eq!(lines.len(), 2);
}

#[tokio::test]
async fn a_frontend_chooses_what_it_may() {
    let tools =
        json!([{"name": "sayHello", "description": "Say hi", "parameters": {"type": "object"}}]);
    let choice = json!({"type": "function", "function": {"name": "sayHello"}});
    let props = json!({"toolChoice": choice, "model": "gpt-5", "temperature": 0.5, "maxOutputTokens": 9, "seed": "x"});
    let request = json!({"tools": tools, "forwardedProps": props});
    let body = asked(
        |config| config.settings.temperature = Some(0.1),
        modern(request.clone()),
    )
    .await;
    assert_eq!(body["tool_choice"], choice);
    assert_eq!(body["model"], "gpt-4o");
    assert_eq!(body["temperature"], 0.1);
    assert_eq!(body.get("max_completion_tokens"), None);

    let all = |config: &mut LlmConfig| {
        let all = json!([
            "model",
            "toolChoice",
            "maxOutputTokens",
            "temperature",
            "topP",
            "seed"
        ]);
        config.overridable = serde_json::from_value(all).unwrap();
    };
    let body = asked(all, modern(request.clone())).await;
    assert_eq!(body["model"], "gpt-5");
    assert_eq!(body["temperature"], 0.5);
    assert_eq!(body["max_completion_tokens"], 9);
    assert_eq!(body.get("seed"), None);

    let some = |config: &mut LlmConfig| {
        config.overridable = vec![Overridable::Seed];
        config.allowed_models = vec!["gpt-5".into()];
    };
    let body = asked(some, modern(request)).await;
    assert_eq!(body["model"], "gpt-5");
    assert_eq!(body.get("tool_choice"), None);

    let body = asked(
        |_| (),
        modern(json!({"tools": tools, "forwardedProps": {"toolChoice": {"type": "tool", "toolName": "sayHello"}}})),
    )
    .await;
    assert_eq!(body["tool_choice"], choice);
}

#[tokio::test]
async fn a_tool_that_the_configuration_forces_is_called_once() {
    for forced in [
        json!({"type": "tool", "toolName": "AGUISendStateSnapshot"}),
        json!("required"),
    ] {
        let server = Server::start(vec![
            state_call("AGUISendStateSnapshot", &json!({"snapshot": 1})),
            stream(vec![text("done"), finish("stop")]),
        ])
        .await;
        let mut config = config(&server);
        config.max_steps = 2;
        config.settings = serde_json::from_value(json!({"tool_choice": forced})).unwrap();
        outcome(config, modern(json!({}))).await.1.unwrap();
        let asked = server.requests();
        assert!(asked[0].get("tool_choice").is_some(), "{forced}");
        assert_eq!(asked[1].get("tool_choice"), None, "{forced}");
    }
    for wrong in [json!("sometimes"), json!(1), json!({"type": "tool"})] {
        let settings = json!({"tool_choice": wrong});
        assert!(
            serde_json::from_value::<Settings>(settings).is_err(),
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn the_answer_to_an_interrupt_is_the_result_of_its_call() {
    let pay =
        json!({"id": "call_p", "type": "function", "function": {"name": "pay", "arguments": "{}"}});
    let messages = json!([
        {"id": "u", "role": "user", "content": "pay"},
        {"id": "a", "role": "assistant", "toolCalls": [pay]},
    ]);
    for (entry, result) in [
        (
            json!({"status": "resolved", "payload": {"ok": true}}),
            r#"{"ok":true}"#,
        ),
        (json!({"status": "resolved"}), r#"{"status":"resolved"}"#),
        (json!({"status": "cancelled"}), r#"{"status":"cancelled"}"#),
    ] {
        let mut entry = entry;
        entry["interruptId"] = "call_p".into();
        let body = asked(
            |_| (),
            modern(json!({"messages": messages, "resume": [entry]})),
        )
        .await;
        assert_eq!(
            body["messages"][2],
            json!({"role": "tool", "content": result, "tool_call_id": "call_p"})
        );
    }
}
