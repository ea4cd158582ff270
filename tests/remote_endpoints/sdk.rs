//! CopilotKit's own Python SDK with LangGraph agents, through both faces: they chat, call tools of the frontend and of the
//! endpoint, share state, ask and go on, and stop when nobody wants them any more.

use futures_util::future::join_all;

use super::*;
use crate::support::python;
use crate::support::upstream::Scripted;

/// The endpoint, and a server in front of it.
struct World {
    python: Scripted,
    server: Binary,
}

impl World {
    async fn start() -> Option<Self> {
        Self::with("").await
    }

    /// With these tables besides. `None` where the SDK cannot be had.
    async fn with(tables: &str) -> Option<Self> {
        python::interpreter()?;
        let python = Scripted::python("graphs");
        let url = python.agent("copilotkit");
        let server = Binary::start(&config(&format!(
            "[[remote_endpoints]]\nurl = \"{url}\"\nheaders = {{ x-server = \"server\" }}\n{tables}"
        )))
        .await;
        Some(Self { python, server })
    }

    /// A run of an AG-UI client on this thread.
    async fn agui(&self, agent: &str, thread: &str, messages: Value, more: Value) -> Vec<Value> {
        let request = agui_run(agent, thread, messages, more, "");
        events(&http::ask(self.server.address, request).await)
    }

    /// A run of a GraphQL client on this thread, with these messages and this besides.
    async fn graphql(&self, agent: &str, thread: &str, messages: Value, more: Value) -> Value {
        let request = requests::post(&mutation(agent, thread, messages, more).to_string());
        merged(&http::ask(self.server.address, request).await)
    }
}

fn show_card() -> Value {
    json!([{"name": "showCard", "description": "Shows", "parameters": {"type": "object", "properties": {"title": {"type": "string"}}}}])
}

/// A GraphQL client's request: its messages are a text of the user each, or what is given as an object.
fn mutation(agent: &str, thread: &str, messages: Value, more: Value) -> Value {
    let mut body = requests::chat_body("");
    let data = &mut body["variables"]["data"];
    data["agentSession"] = json!({"agentName": agent});
    data["threadId"] = thread.into();
    data["frontend"]["actions"] = json!([{"name": "showCard", "description": "Shows", "jsonSchema": "{\"type\":\"object\"}"}]);
    data["messages"] = messages
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
        .map(|(n, message)| {
            let mut message = match message.as_str() {
                Some(text) => {
                    json!({"id": format!("u{n}"), "textMessage": {"content": text, "role": "user"}})
                }
                None => message.clone(),
            };
            message["createdAt"] = "2025-10-01T00:00:00.000Z".into();
            message
        })
        .collect();
    for (key, value) in more.as_object().unwrap() {
        data[key] = value.clone();
    }
    body
}

fn user(text: &str) -> Value {
    json!({"id": format!("user-{text}"), "role": "user", "content": text})
}

/// All that the agent said in this run.
fn said(events: &[Value]) -> String {
    let deltas = of_type(events, "TEXT_MESSAGE_CONTENT");
    deltas
        .map(|event| event["delta"].as_str().unwrap())
        .collect()
}

fn last_state(events: &[Value]) -> &Value {
    &of_type(events, "STATE_SNAPSHOT").last().unwrap()["snapshot"]
}

fn messages_of<'a>(answer: &'a Value, kind: &str) -> Vec<&'a Value> {
    let messages = answer["messages"].as_array().unwrap().iter();
    messages.filter(|it| it["__typename"] == kind).collect()
}

fn text_of(answer: &Value) -> String {
    let texts = messages_of(answer, "TextMessageOutput").into_iter();
    let chunks = texts.flat_map(|it| it["content"].as_array().unwrap());
    chunks.map(|chunk| chunk.as_str().unwrap()).collect()
}

fn state_of(answer: &Value) -> Value {
    let states = messages_of(answer, "AgentStateMessageOutput");
    serde_json::from_str(states.last().unwrap()["state"].as_str().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_chats_and_shares_its_state() {
    let Some(world) = World::start().await else {
        return;
    };
    let more = json!({"state": {"count": 4}});
    let events = world
        .agui("talker", "a", json!([user("hello there")]), more)
        .await;
    assert_eq!(said(&events), "You said hello there ");
    assert_eq!(events.last().unwrap()["type"], "RUN_FINISHED");
    let states: Vec<_> = of_type(&events, "STATE_SNAPSHOT")
        .map(|it| &it["snapshot"]["note"])
        .collect();
    assert!(states.contains(&&json!("thinking")), "{states:?}");
    assert_eq!(
        (&last_state(&events)["count"], &last_state(&events)["note"]),
        (&json!(5), &json!("done"))
    );
    let steps: Vec<_> = of_type(&events, "STEP_STARTED")
        .map(|it| &it["stepName"])
        .collect();
    assert_eq!(steps, ["work"]);
    let more = json!({"agentStates": [{"agentName": "talker", "state": "{\"count\":6}"}]});
    let answer = world
        .graphql("talker", "g", json!(["hello there"]), more)
        .await;
    assert_eq!(text_of(&answer), "You said hello there ");
    assert_eq!(answer["status"]["code"], "Success");
    let state = state_of(&answer);
    assert_eq!(
        (&state["count"], &state["note"]),
        (&json!(7), &json!("done"))
    );
    // What the agent keeps is loaded.
    let query = json!({"query": "{ loadAgentState(data: {threadId: \"g\", agentName: \"talker\"}) { threadExists state messages } }"});
    let loaded = http::ask(world.server.address, requests::post(&query.to_string()))
        .await
        .json();
    let loaded = &loaded["data"]["loadAgentState"];
    assert_eq!(loaded["threadExists"], true, "{loaded}");
    assert!(
        loaded["messages"]
            .as_str()
            .unwrap()
            .contains("You said hello there"),
        "{loaded}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_calls_tools_of_the_frontend_and_goes_on_with_their_results() {
    let Some(world) = World::start().await else {
        return;
    };
    let asked = user("showCard {\"title\": \"Rome\"}");
    let more = json!({"tools": show_card()});
    let events = world
        .agui("talker", "a", json!([asked]), more.clone())
        .await;
    let call = of_type(&events, "TOOL_CALL_START").next().unwrap();
    assert_eq!(call["toolCallName"], "showCard");
    let arguments: String = of_type(&events, "TOOL_CALL_ARGS")
        .map(|it| it["delta"].as_str().unwrap())
        .collect();
    assert_eq!(arguments, "{\"title\": \"Rome\"}");
    let (id, message) = (&call["toolCallId"], &call["parentMessageId"]);
    let conversation = json!([
        asked,
        {"id": message, "role": "assistant", "toolCalls": [{"id": id, "type": "function", "function": {"name": "showCard", "arguments": arguments}}]},
        {"id": "r", "role": "tool", "toolCallId": id, "content": "shown"},
    ]);
    let events = world.agui("talker", "a", conversation, more).await;
    assert_eq!(said(&events), "The tool said shown ", "{events:?}");

    let asked = "showCard {\"title\": \"Rome\"}";
    let answer = world
        .graphql("talker", "g", json!([asked]), json!({}))
        .await;
    let call = messages_of(&answer, "ActionExecutionMessageOutput")[0].clone();
    assert_eq!(call["name"], "showCard");
    let conversation = json!([
        asked,
        {"id": call["id"], "actionExecutionMessage": {"name": "showCard", "arguments": "{\"title\":\"Rome\"}", "parentMessageId": call["parentMessageId"]}},
        {"id": "r", "resultMessage": {"actionExecutionId": call["id"], "actionName": "showCard", "result": "shown"}},
    ]);
    let answer = world.graphql("talker", "g", conversation, json!({})).await;
    assert_eq!(text_of(&answer), "The tool said shown ", "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_calls_actions_of_its_endpoint() {
    let Some(world) = World::start().await else {
        return;
    };
    let asked = "add {\"a\": 2, \"b\": 3.5}";
    let events = world
        .agui("talker", "a", json!([user(asked)]), json!({}))
        .await;
    let result = of_type(&events, "TOOL_CALL_RESULT").next().unwrap();
    assert_eq!(result["content"], "5.5");
    let answer = world
        .graphql("talker", "g", json!([asked]), json!({}))
        .await;
    assert_eq!(
        messages_of(&answer, "ResultMessageOutput")[0]["result"],
        "5.5"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_asks_and_goes_on_with_the_answer() {
    let Some(world) = World::start().await else {
        return;
    };
    for agent in ["asker", "message_asker"] {
        let thread = format!("a-{agent}");
        let messages = json!([user("begin")]);
        let events = world
            .agui(agent, &thread, messages.clone(), json!({}))
            .await;
        let outcome = &events.last().unwrap()["outcome"];
        assert_eq!(outcome["type"], "interrupt", "{events:?}");
        let id = &outcome["interrupts"][0]["id"];
        let resume =
            json!({"resume": [{"interruptId": id, "status": "resolved", "payload": "yes"}]});
        let events = world.agui(agent, &thread, messages, resume).await;
        assert_eq!(last_state(&events)["note"], "answer=yes", "{events:?}");
        assert!(events.last().unwrap()["outcome"]["type"] != "interrupt");
    }
    let answer = world
        .graphql("asker", "g", json!(["begin"]), json!({}))
        .await;
    let asked = &answer["metaEvents"][0];
    assert_eq!(asked["name"], "LangGraphInterruptEvent", "{answer}");
    let response = json!({"metaEvents": [{"name": "LangGraphInterruptEvent", "value": asked["value"], "response": "yes"}]});
    let answer = world
        .graphql("asker", "g", json!(["begin"]), response)
        .await;
    assert_eq!(state_of(&answer)["note"], "answer=yes", "{answer}");
    // This kind is answered by what the user says next.
    let answer = world
        .graphql("message_asker", "gm", json!(["begin"]), json!({}))
        .await;
    let asked = &answer["metaEvents"][0];
    assert_eq!(
        asked["name"], "CopilotKitLangGraphInterruptEvent",
        "{answer}"
    );
    let answer = world
        .graphql("message_asker", "gm", json!(["begin", "yes"]), json!({}))
        .await;
    assert_eq!(state_of(&answer)["note"], "answer=yes", "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_shown_as_it_wants_and_fails_with_its_own_words() {
    let Some(world) = World::start().await else {
        return;
    };
    let events = world
        .agui("whisperer", "a", json!([user("hi")]), json!({}))
        .await;
    assert_eq!(said(&events), "out loud ");
    let left = of_type(&events, "CUSTOM").map(|it| &it["name"]);
    assert_eq!(left.collect::<Vec<_>>(), ["Exit"]);
    let answer = world
        .graphql("whisperer", "g", json!(["hi"]), json!({}))
        .await;
    assert_eq!(text_of(&answer), "out loud ");
    let events = world
        .agui("failing", "a", json!([user("hi")]), json!({}))
        .await;
    let error = events.last().unwrap();
    assert_eq!(
        (&error["type"], &error["message"]),
        (
            &json!("RUN_ERROR"),
            &json!("RuntimeError: the node exploded")
        )
    );
    let answer = world
        .graphql("failing", "g", json!(["hi"]), json!({}))
        .await;
    assert_eq!(
        answer["status"]["details"]["description"],
        "RuntimeError: the node exploded"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_run_is_cancelled_there() {
    let Some(world) = World::start().await else {
        return;
    };
    let request = agui_run("dawdler", "a", json!([user("hi")]), json!({}), "");
    let run = tokio::spawn(http::ask(world.server.address, request));
    world.python.notes("at work").await;
    let stop = "POST /copilotkit/agent/dawdler/stop/a HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let stopped = Instant::now();
    let reply = http::ask(world.server.address, stop.into()).await;
    assert_eq!(reply.json()["stopped"], true, "{}", reply.text());
    world.python.notes("cancelled").await;
    assert!(
        stopped.elapsed() < Duration::from_secs(1),
        "it took {:?}",
        stopped.elapsed()
    );
    let events = events(&run.await.unwrap());
    assert_eq!(events.last().unwrap()["type"], "RUN_ERROR", "{events:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_whose_client_goes_is_cancelled_there() {
    let Some(world) = World::start().await else {
        return;
    };
    let request = requests::post(&mutation("dawdler", "g", json!(["hi"]), json!({})).to_string());
    let exchange = Exchange::start(world.server.address, request).await;
    world.python.notes("at work").await;
    let left = Instant::now();
    exchange.hang_up();
    world.python.notes("cancelled").await;
    assert!(
        left.elapsed() < Duration::from_secs(1),
        "it took {:?}",
        left.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_learns_who_asks_and_no_secret_of_others() {
    let Some(world) = World::with("[headers]\nallow = [\"authorization\", \"x-*\", \"*\"]\n").await
    else {
        return;
    };
    let sent = "authorization: Bearer user\r\ncookie: a=b\r\nx-custom: c\r\nx-server: client\r\nx-copilotcloud-public-api-key: ck\r\n";
    let expected = json!({
        "headers": {"authorization": "Bearer user", "x-custom": "c", "x-server": "server"},
        "properties": {"tenant": "t1"},
    });
    let more = json!({"forwardedProps": {"tenant": "t1", "config": {}}});
    let request = agui_run("talker", "a", json!([user("whoami")]), more, sent);
    let events = events(&http::ask(world.server.address, request).await);
    let result = of_type(&events, "TOOL_CALL_RESULT").next().unwrap();
    let seen = |text: &Value| -> Value { serde_json::from_str(text.as_str().unwrap()).unwrap() };
    assert_eq!(seen(&result["content"]), expected);
    let mut body = mutation("talker", "g", json!(["whoami"]), json!({}));
    body["variables"]["properties"] = json!({"tenant": "t1"});
    let request = String::from_utf8(requests::post(&body.to_string())).unwrap();
    let request = request.replace(
        "connection: close\r\n",
        &format!("connection: close\r\n{sent}"),
    );
    let answer = merged(&http::ask(world.server.address, request.into_bytes()).await);
    let result = &messages_of(&answer, "ResultMessageOutput")[0]["result"];
    assert_eq!(seen(result), expected);
    // Where the user is, is told to who says what there is.
    let asked = world.python.noted("asked");
    let told = asked.iter().any(|it| {
        it["frontend_url"] == "http://localhost:3000/"
            && it["properties"] == json!({"tenant": "t1"})
    });
    assert!(told, "{asked:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_runs_at_once_stay_apart() {
    let Some(world) = World::start().await else {
        return;
    };
    let run = |n: usize| {
        let world = &world;
        async move {
            let (text, thread) = (format!("number {n}."), format!("thread-{n}"));
            match n % 2 {
                0 => said(
                    &world
                        .agui("talker", &thread, json!([user(&text)]), json!({}))
                        .await,
                ),
                _ => text_of(
                    &world
                        .graphql("talker", &thread, json!([text]), json!({}))
                        .await,
                ),
            }
        }
    };
    for (n, said) in join_all((0..24).map(run)).await.into_iter().enumerate() {
        assert_eq!(said, format!("You said number {n}. "));
    }
}
