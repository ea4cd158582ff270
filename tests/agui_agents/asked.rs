//! What agents of GraphQL clients are asked besides AG-UI's own fields.

use tokio::sync::mpsc;

use super::*;

/// The `forwardedProps` of the agent for requests whose `data` has this in it, too.
async fn forwarded<const N: usize>(more: [Value; N]) -> [Value; N] {
    let (tell, mut asked) = mpsc::channel(N);
    let (_agent, server) = scripted("", move |call| answer(call, tell.clone())).await;
    let mut props = more;
    for props in &mut props {
        let mut body = requests::chat_body("hi");
        let data = body["variables"]["data"].as_object_mut().unwrap();
        data.extend(props.as_object().cloned().unwrap());
        let reply = http::ask(server.address, requests::post(&body.to_string())).await;
        assert!(reply.complete, "{reply:?}");
        *props = asked.recv().await.expect("the agent is asked");
    }
    props
}

async fn answer(mut call: Call, tell: mpsc::Sender<Value>) {
    call.begin().await;
    call.chunk(&started(&call)).await;
    call.chunk(&finished(&call)).await;
    call.raw(b"0\r\n\r\n").await;
    tell.send(call.body["forwardedProps"].clone())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_node_without_a_name_is_no_node() {
    let session = |node: Value| json!({"agentSession": {"agentName": "default", "nodeName": node}});
    let [named, empty, none] = forwarded([
        session(json!("plan")),
        session(json!("")),
        session(Value::Null),
    ])
    .await;
    assert_eq!(named["nodeName"], "plan", "{named}");
    assert_eq!(empty.get("nodeName"), None, "{empty}");
    assert_eq!(none.get("nodeName"), None, "{none}");
}

/// Found by the differential fuzzer: it was the first that there were any of.
#[tokio::test]
async fn the_settings_are_those_of_the_first_state_of_the_agent() {
    let states = |first: Value| {
        let second = json!({"agentName": "default", "state": "{}", "config": "{\"later\":1}"});
        json!({"agentStates": [first, second]})
    };
    let [with, without] = forwarded([
        states(json!({"agentName": "default", "state": "{}", "config": "{\"first\":1}"})),
        states(json!({"agentName": "default", "state": "{}"})),
    ])
    .await;
    assert_eq!(with["config"], json!({"first": 1}), "{with}");
    assert_eq!(without["config"], json!({}), "{without}");
}

/// Found by the differential fuzzer: there was no command where nobody had answered.
#[tokio::test]
async fn a_command_has_the_first_answer_to_an_interrupt_that_there_is() {
    let event = |response: Value| json!({"name": "LangGraphInterruptEvent", "value": "ask", "response": response});
    let events = |events: Value| json!({"metaEvents": events});
    let [none, unanswered, later] = forwarded([
        events(json!([])),
        events(json!([event(Value::Null)])),
        events(json!([event(Value::Null), event(json!("yes"))])),
    ])
    .await;
    assert_eq!(none.get("command"), None, "{none}");
    assert_eq!(unanswered["command"], json!({}), "{unanswered}");
    assert_eq!(later["command"], json!({"resume": "yes"}), "{later}");
}
