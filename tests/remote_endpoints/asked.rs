//! What agents of an endpoint are asked, and what is made of odd answers, with an endpoint written in the test.

use tokio::sync::mpsc;

use super::*;

/// An endpoint with agents of both kinds, which tell a line each, and a server in front of it.
pub(super) struct World {
    server: Binary,
    /// The head and the body of each request to an agent.
    asked: mpsc::Receiver<(String, Value)>,
    _endpoint: Model,
}

impl World {
    /// Each agent answers with these lines; `keys` are for the endpoint, and then tables.
    async fn start(lines: &'static [u8], keys: &str) -> Self {
        let (tell, asked) = mpsc::channel(64);
        let endpoint = Model::start(move |mut call: Call| {
            let tell = tell.clone();
            async move {
                if call.body.get("name").is_none() {
                    let agents = json!([{"name": "graph", "type": "langgraph"}, {"name": "crew", "type": "crewai"}]);
                    return answer_with(&mut call, json!({ "agents": agents }).to_string().as_bytes()).await;
                }
                let _ = tell.try_send((call.head.clone(), call.body.clone()));
                answer_with(&mut call, lines).await;
            }
        })
        .await;
        let tables = format!(
            "[[remote_endpoints]]\nurl = \"http://{}/ck\"\n{keys}\n",
            endpoint.address
        );
        Self {
            server: Binary::start(&config(&tables)).await,
            asked,
            _endpoint: endpoint,
        }
    }

    async fn ask(&self, request: Vec<u8>) -> Vec<Value> {
        events(&http::ask(self.server.address, request).await)
    }

    /// The next request to an agent.
    async fn asked(&mut self) -> (String, Value) {
        let asked = tokio::time::timeout(PATIENCE, self.asked.recv()).await;
        asked.expect("in time").expect("a request")
    }
}

async fn answer_with(call: &mut Call, body: &[u8]) {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    call.raw(&[head.as_bytes(), body].concat()).await;
}

fn types_of(flat: &Value) -> Vec<&str> {
    let messages = flat.as_array().unwrap().iter();
    messages.map(|it| it["type"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_beside_calls_reaches_those_who_do_not_have_it() {
    let mut world = World::start(b"", "").await;
    let call =
        json!({"id": "c", "type": "function", "function": {"name": "f", "arguments": "{\"a\":1}"}});
    let messages = json!([
        {"id": "u", "role": "user", "content": "go"},
        {"id": "m", "role": "assistant", "content": "Let me see", "toolCalls": [call]},
        {"id": "r", "role": "tool", "toolCallId": "c", "content": "done"},
    ]);
    world
        .ask(agui_run("crew", "t", messages.clone(), json!({}), ""))
        .await;
    let (_, body) = world.asked().await;
    let flat = &body["messages"];
    let all = [
        "TextMessage",
        "TextMessage",
        "ActionExecutionMessage",
        "ResultMessage",
    ];
    assert_eq!(types_of(flat), all, "{flat}");
    assert_eq!(
        (&flat[1]["id"], &flat[1]["content"]),
        (&json!("m"), &json!("Let me see"))
    );
    // Under one id, the Python SDK would take both for calls.
    assert_eq!(flat[2]["parentMessageId"], "m-calls");
    world
        .ask(agui_run("graph", "t", messages, json!({}), ""))
        .await;
    let (_, body) = world.asked().await;
    let flat = &body["messages"];
    assert_eq!(
        types_of(flat),
        ["TextMessage", "ActionExecutionMessage", "ResultMessage"],
        "{flat}"
    );
    assert_eq!(flat[1]["parentMessageId"], "m");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_application_tells_of_itself_reaches_the_agent() {
    let mut world = World::start(b"", "").await;
    let context = json!([{"description": "The user's city", "value": "Oslo"}]);
    let more = json!({ "context": context });
    let system = json!({"id": "s", "role": "system", "content": "Be kind."});
    let user = json!({"id": "u", "role": "user", "content": "hi"});
    for messages in [json!([user]), json!([system, user])] {
        let count = messages.as_array().unwrap().len();
        world
            .ask(agui_run("graph", "t", messages, more.clone(), ""))
            .await;
        let (_, body) = world.asked().await;
        assert_eq!(body["context"], context);
        assert_eq!(body["messages"].as_array().unwrap().len(), 2, "{body}");
        let first = &body["messages"][0];
        assert_eq!(first["role"], "system");
        let text = first["content"].as_str().unwrap();
        assert!(text.contains("The user's city:\nOslo"), "{text}");
        assert_eq!(text.starts_with("Be kind."), count == 2);
    }
    world.ask(agui("graph")).await;
    let (_, body) = world.asked().await;
    assert!(
        body.get("context").is_none() && body["messages"].as_array().unwrap().len() == 1,
        "{body}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupt_of_copilotkits_own_is_answered_by_a_message() {
    let line = b"{\"event\":\"on_copilotkit_interrupt\",\"data\":{\"value\":\"May I?\",\"messages\":[]}}\n";
    let mut world = World::start(line, "").await;
    let events = world.ask(agui("graph")).await;
    let interrupt = &events.last().unwrap()["outcome"]["interrupts"][0];
    assert_eq!(interrupt["message"], "May I?", "{events:?}");
    world.asked().await;
    let resume = json!({"resume": [{"interruptId": interrupt["id"], "status": "resolved", "payload": {"ok": true}}]});
    let messages = json!([{"id": "u", "role": "user", "content": "hi"}]);
    world
        .ask(agui_run("graph", "thread", messages, resume, ""))
        .await;
    let (_, body) = world.asked().await;
    assert!(body.get("metaEvents").is_none(), "{body}");
    let last = body["messages"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["role"], &last["content"]),
        (&json!("user"), &json!("{\"ok\":true}"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_is_too_long_ends_the_run_with_what_would_help() {
    let line = b"{\"event\":\"on_custom_event\",\"name\":\"copilotkit_manually_emit_message\",\"data\":{\"message_id\":\"m\",\"message\":\"0123456789\"}}\n";
    let world = World::start(line, "line_bytes = 200").await;
    let events = world.ask(agui("graph")).await;
    assert_eq!(of_type(&events, "RUN_FINISHED").count(), 1, "{events:?}");
    let world = World::start(line, "line_bytes = 60").await;
    let events = world.ask(agui("graph")).await;
    let error = events.last().unwrap();
    assert_eq!(error["type"], "RUN_ERROR", "{events:?}");
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains("more than 60 bytes (line_bytes)"),
        "{message}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_of_a_crew_that_have_no_ids_get_them() {
    let lines = b"{\"type\":\"TextMessageStart\",\"messageId\":\"\"}\n{\"type\":\"TextMessageContent\",\"messageId\":\"\",\"content\":\"one\"}\n{\"type\":\"TextMessageEnd\",\"messageId\":\"\"}\n\
        {\"type\":\"ActionExecutionStart\",\"actionExecutionId\":\"c\",\"actionName\":\"f\",\"parentMessageId\":\"\"}\n{\"type\":\"ActionExecutionEnd\",\"actionExecutionId\":\"c\"}\n\
        {\"type\":\"TextMessageStart\",\"messageId\":\"\"}\n{\"type\":\"TextMessageContent\",\"messageId\":\"\",\"content\":\"two\"}\n{\"type\":\"TextMessageEnd\",\"messageId\":\"\"}\n";
    let world = World::start(lines, "").await;
    let events = world.ask(agui("crew")).await;
    let texts = of_type(&events, "TEXT_MESSAGE_CONTENT").map(|it| {
        (
            it["messageId"].as_str().unwrap(),
            it["delta"].as_str().unwrap(),
        )
    });
    let texts: Vec<_> = texts.collect();
    assert_eq!([texts[0].1, texts[1].1], ["one", "two"], "{events:?}");
    assert!(
        !texts[0].0.is_empty() && texts[0].0 != texts[1].0,
        "{events:?}"
    );
    let call = of_type(&events, "TOOL_CALL_START").next().unwrap();
    assert_eq!(call["parentMessageId"], "c");
    assert_eq!(events.last().unwrap()["type"], "RUN_FINISHED");
}

const SENT: &str = "authorization: Bearer user\r\nx-custom: c\r\nx-server: client\r\ncookie: a=b\r\nx-copilotcloud-public-api-key: ck\r\n";

/// Those headers of [`SENT`] that the agent got, by these rules.
async fn got(request: Vec<u8>, rules: &str) -> Vec<String> {
    let keys = format!("headers = {{ x-server = \"server\" }}\n{rules}");
    let mut world = World::start(b"", &keys).await;
    let request = String::from_utf8(request).unwrap();
    let request = request.replace(
        "connection: close\r\n",
        &format!("connection: close\r\n{SENT}"),
    );
    http::ask(world.server.address, request.into_bytes()).await;
    let (head, _) = world.asked().await;
    let watched = [
        "authorization",
        "x-custom",
        "x-server",
        "cookie",
        "x-copilotcloud",
    ];
    let lines = head
        .lines()
        .filter(|line| watched.iter().any(|name| line.starts_with(name)));
    let mut lines: Vec<String> = lines.map(str::to_owned).collect();
    lines.sort();
    lines
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_reach_agents_by_one_rule() {
    let own = "x-server: server";
    let by_default = ["authorization: bearer user", "x-custom: c", own];
    assert_eq!(got(agui("crew"), "").await, by_default);
    assert_eq!(got(graphql("graph"), "").await, [own]);
    let rules = "[headers]\nallow = [\"*\"]\ndeny = [\"x-custom\"]";
    assert_eq!(
        got(agui("graph"), rules).await,
        ["authorization: bearer user", own]
    );
    assert_eq!(
        got(graphql("crew"), rules).await,
        ["authorization: bearer user", own]
    );
    let rules = "[headers]\nallow = [\"cookie\"]";
    assert_eq!(got(graphql("graph"), rules).await, ["cookie: a=b", own]);
}
