//! Agents of an endpoint as tools: of models, and of each other (upstream 1.10.6).

use tokio::sync::mpsc;

use super::*;
use crate::support::server::model_at;

/// An endpoint with two agents: `caller` calls the other, `called` says something.
async fn endpoint_with_two(tell: mpsc::Sender<Value>) -> Model {
    Model::start(move |mut call: Call| {
        let tell = tell.clone();
        async move {
            let lines = match call.body["name"].as_str() {
                None => vec![json!({"agents": [
                    {"name": "caller", "description": "calls", "type": "crewai"},
                    {"name": "called", "description": "is called", "type": "langgraph"},
                ]})],
                Some("caller") => vec![
                    json!({"type": "ActionExecutionStart", "actionExecutionId": "c1", "actionName": "called"}),
                    json!({"type": "ActionExecutionArgs", "actionExecutionId": "c1", "args": "{}"}),
                    json!({"type": "ActionExecutionEnd", "actionExecutionId": "c1"}),
                    json!({"type": "TextMessageContent", "messageId": "m1", "content": "over to you"}),
                ],
                Some(_) => vec![
                    json!({"event": "on_copilotkit_state_sync", "thread_id": "t", "run_id": "r", "agent_name": "called",
                        "node_name": "work", "active": true, "running": true, "state": {"of": "called"}}),
                    json!({"event": "on_custom_event", "name": "copilotkit_manually_emit_message",
                        "data": {"message_id": "m2", "message": "here I am"}}),
                ],
            };
            if call.body.get("name").is_some() {
                let _ = tell.try_send(call.body.clone());
            }
            let body: String = lines.iter().map(|line| format!("{line}\n")).collect();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            call.raw(format!("{head}{body}").as_bytes()).await;
        }
    })
    .await
}

fn kinds(answer: &Value) -> Vec<&str> {
    let messages = answer["messages"].as_array().unwrap().iter();
    messages
        .map(|it| it["__typename"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_hands_over_to_an_agent_of_an_endpoint() {
    let (tell, mut asked) = mpsc::channel(8);
    let remote = endpoint_with_two(tell).await;
    let (tell, mut offered) = mpsc::channel(8);
    let model = Model::start(move |mut call: Call| {
        let _ = tell.try_send(call.body["tools"].clone());
        async move { call.tool_call("called", "{}").await }
    })
    .await;
    let writer = model_at(&model.base_url()).replace("agents.default", "agents.writer");
    let tables = format!(
        "{}{writer}agents_as_tools = [\"called\"]\n[[remote_endpoints]]\nurl = \"http://{}/ck\"\n",
        model_at(&model.base_url()),
        remote.address
    );
    let server = Binary::start(&config(&tables)).await;
    let reply = http::ask(server.address, requests::chat("go")).await;
    let answer = merged(&reply);
    let names = |tools: Value| -> Vec<Value> {
        let tools = tools.as_array().unwrap().clone().into_iter();
        tools.map(|tool| tool["function"]["name"].clone()).collect()
    };
    assert_eq!(
        names(offered.recv().await.unwrap()),
        ["writer", "caller", "called"]
    );
    assert_eq!(asked.recv().await.unwrap()["name"], "called");
    let expected = [
        "ActionExecutionMessageOutput",
        "ResultMessageOutput",
        "AgentStateMessageOutput",
        "TextMessageOutput",
    ];
    assert_eq!(kinds(&answer), expected, "{answer}");
    assert_eq!(answer["messages"][1]["result"], "called agent started");
    assert_eq!(answer["messages"][2]["agentName"], "called");
    assert_eq!(answer["messages"][3]["content"][0], "here I am");
    assert_eq!(answer["status"]["code"], "Success");
    // For an AG-UI client it is offered where the configuration says so.
    let reply = http::ask(server.address, agui("writer")).await;
    let names = names(offered.recv().await.unwrap());
    assert!(
        names.contains(&json!("called")) && !names.contains(&json!("caller")),
        "{names:?}"
    );
    assert!(reply.text().contains("here I am"), "{}", reply.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_of_an_endpoint_hands_over_to_another() {
    let (tell, mut asked) = mpsc::channel(8);
    let remote = endpoint_with_two(tell).await;
    let server = Binary::start(&endpoint(remote.address)).await;
    let answer = merged(&http::ask(server.address, graphql("caller")).await);
    let first = asked.recv().await.unwrap();
    let offered: Vec<_> = first["actions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["name"])
        .collect();
    assert_eq!(offered, ["demo", "called"], "never itself");
    let second = asked.recv().await.unwrap();
    assert_eq!(second["name"], "called");
    assert_eq!(second["threadId"], first["threadId"]);
    assert_eq!(second["actions"], json!([]), "who was called calls nobody");
    let expected = [
        "ActionExecutionMessageOutput",
        "ResultMessageOutput",
        "TextMessageOutput",
        "AgentStateMessageOutput",
        "TextMessageOutput",
    ];
    assert_eq!(kinds(&answer), expected, "{answer}");
    assert_eq!(answer["messages"][1]["result"], "called agent started");
    assert_eq!(answer["messages"][3]["agentName"], "called");
    assert_eq!(answer["messages"][4]["content"][0], "here I am");
    assert_eq!(answer["status"]["code"], "Success");
    // AG-UI's clients know nothing of agents that start each other.
    let events = events(&http::ask(server.address, agui("caller")).await);
    assert_eq!(asked.recv().await.unwrap()["actions"], json!([]));
    assert_eq!(
        of_type(&events, "TOOL_CALL_RESULT").count(),
        0,
        "{events:?}"
    );
    assert_eq!(events.last().unwrap()["type"], "RUN_FINISHED");
}
