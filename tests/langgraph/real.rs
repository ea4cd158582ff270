//! LangGraph's own server, `langgraph dev`, with the graph in `tests/python/graph.py`: what a node does, the message says.

use uuid::Uuid;

use super::*;
use crate::support::python;
use crate::support::server::{Binary, config};
use crate::support::upstream::Scripted;

/// Both servers; nothing where there is no Python.
async fn both(more: &str) -> Option<(Scripted, Binary)> {
    python::langgraph_server()?;
    let graphs = Scripted::langgraph_dev();
    let server = Binary::start(&config(&section(graphs.address, more))).await;
    Some((graphs, server))
}

/// A new thread, by a UUID, which is the one on LangGraph's server too.
fn thread() -> String {
    Uuid::new_v4().to_string()
}

/// What LangGraph's server says.
async fn api(graphs: &Scripted, path: &str) -> Value {
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    http::ask(graphs.address, request.into_bytes()).await.json()
}

fn snapshot(events: &[Value]) -> &Value {
    &of_type(events, "STATE_SNAPSHOT").pop().expect("a state")["snapshot"]
}

fn messages(events: &[Value]) -> Vec<Value> {
    let last = of_type(events, "MESSAGES_SNAPSHOT")
        .pop()
        .expect("messages");
    last["messages"].as_array().expect("messages").clone()
}

fn interrupts(events: &[Value]) -> &Value {
    &events.last().expect("an end")["outcome"]["interrupts"]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_graph_streams_its_text_steps_state_and_messages() {
    let Some((_graphs, server)) = both("config = { configurable = { tone = 'dryly' } }").await
    else {
        return;
    };
    let thread = thread();
    let told = ask(
        server.address,
        agui(&thread, &[user("u1", "hi")], &json!({})),
    )
    .await;
    assert_eq!(text(&told), "you said hi dryly ");
    assert!(
        of_type(&told, "TEXT_MESSAGE_CONTENT").len() > 3,
        "it streams"
    );
    assert_eq!(of_type(&told, "STEP_STARTED")[0]["stepName"], "chat");
    // The graph's output has no `private`, and its state has what the client brought.
    assert_eq!(snapshot(&told)["count"], 1);
    assert!(snapshot(&told).get("private").is_none());
    let end = told.last().expect("an end");
    assert_eq!(
        (&end["type"], &end["usage"][0]["totalTokens"]),
        (&json!("RUN_FINISHED"), &json!(5))
    );
    let mut known = messages(&told);
    assert_eq!(
        known[0],
        json!({"id": "u1", "role": "user", "content": "hi"})
    );
    assert_eq!(
        known[1]["id"],
        of_type(&told, "TEXT_MESSAGE_START")[0]["messageId"]
    );

    // The next turn, with another tone and more state.
    known.push(user("u2", "more"));
    let more = json!({"state": {"count": 10}, "forwardedProps": {"config": {"configurable": {"tone": "wetly"}}}});
    let told = ask(server.address, agui(&thread, &known, &more)).await;
    assert_eq!(text(&told), "you said more wetly ");
    assert_eq!(snapshot(&told)["count"], 11);
    assert_eq!(snapshot(&told)["log"], json!(["hi", "more"]));
    assert_eq!(messages(&told).len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_graphql_client_sees_the_same_and_loads_the_thread_again() {
    let Some((graphs, server)) = both("").await else {
        return;
    };
    let thread = thread();
    let reply = http::ask(server.address, graphql(&thread, "tool", None)).await;
    let answer = merged(&reply);
    let messages = answer["messages"].as_array().expect("messages");
    let call = messages
        .iter()
        .find(|it| it["name"] == "showCard")
        .expect("a call");
    assert_eq!(
        call["arguments"],
        json!(["{\"title\":", "\"A\"}"]),
        "{answer}"
    );
    assert_eq!(answer["status"]["code"], "Success");
    let states = messages
        .iter()
        .filter(|it| it["__typename"] == "AgentStateMessageOutput");
    assert!(
        states
            .clone()
            .any(|it| it["nodeName"] == "tool" && it["active"] == true),
        "{answer}"
    );

    // A server that knows nothing of the thread asks LangGraph's.
    let load = json!({
        "query": "query($data: LoadAgentStateInput!) { loadAgentState(data: $data) { threadExists state messages } }",
        "variables": {"data": {"threadId": thread, "agentName": "lg"}},
    })
    .to_string();
    let other = Binary::start(&config(&section(graphs.address, ""))).await;
    for server in [server.address, other.address] {
        let reply = http::ask(server, requests::post(&load)).await.json();
        let loaded = &reply["data"]["loadAgentState"];
        assert_eq!(loaded["threadExists"], true, "{reply}");
        let told: Value =
            serde_json::from_str(loaded["messages"].as_str().expect("a text")).expect("JSON");
        let call = told.as_array().expect("a list").last().expect("a call");
        assert_eq!(
            (&call["name"], &call["arguments"]),
            (&json!("showCard"), &json!({"title": "A"})),
            "{reply}"
        );
        assert!(
            !loaded["state"]
                .as_str()
                .expect("a text")
                .contains("\"messages\""),
            "{reply}"
        );
    }
    let unknown = load.replace(&thread, &Uuid::new_v4().to_string());
    let reply = http::ask(other.address, requests::post(&unknown))
        .await
        .json();
    assert_eq!(
        reply["data"]["loadAgentState"]["threadExists"], false,
        "{reply}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frontends_tool_is_called_and_its_result_goes_back() {
    let Some((_graphs, server)) = both("").await else {
        return;
    };
    let thread = thread();
    let tools = json!({"tools": [{"name": "show", "description": "Shows", "parameters": {"type": "object"}}]});
    let told = ask(server.address, agui(&thread, &[user("u1", "tool")], &tools)).await;
    assert_eq!(of_type(&told, "TOOL_CALL_START")[0]["toolCallName"], "show");
    let arguments = of_type(&told, "TOOL_CALL_ARGS").into_iter();
    let arguments: String = arguments.filter_map(|it| it["delta"].as_str()).collect();
    assert_eq!(arguments, "{\"title\":\"A\"}");
    let mut known = messages(&told);
    known.push(json!({"id": "t1", "role": "tool", "toolCallId": "call-1", "content": "shown"}));
    let told = ask(server.address, agui(&thread, &known, &tools)).await;
    assert_eq!(text(&told), "you said shown plainly ");
    assert_eq!(messages(&told).len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupt_is_answered_through_either_face() {
    let Some((_graphs, server)) = both("").await else {
        return;
    };
    // AG-UI's answer, and the older one.
    let answers = [
        json!({"resume": [{"interruptId": "?", "status": "resolved", "payload": {"ok": true}}]}),
        json!({"forwardedProps": {"command": {"resume": "{\"ok\": true}"}}}),
    ];
    for mut answer in answers {
        let thread = thread();
        let told = ask(
            server.address,
            agui(&thread, &[user("u1", "ask")], &json!({})),
        )
        .await;
        let waits = &interrupts(&told)[0];
        assert_eq!(
            (&waits["reason"], &waits["message"]),
            (&json!("approval"), &json!("Approve?"))
        );
        let custom = of_type(&told, "CUSTOM")[0];
        assert_eq!(custom["name"], "on_interrupt");
        // Without an answer it asks again, and does not go on.
        let again = ask(
            server.address,
            agui(&thread, &[user("u1", "ask"), user("u2", "hm")], &json!({})),
        )
        .await;
        assert_eq!(interrupts(&again)[0]["id"], waits["id"]);
        if let Some(entry) = answer.pointer_mut("/resume/0/interruptId") {
            *entry = waits["id"].clone();
        }
        let told = ask(server.address, agui(&thread, &[user("u1", "ask")], &answer)).await;
        let said = messages(&told);
        assert_eq!(
            said.last().expect("an answer")["content"],
            "answered {'ok': True}"
        );
    }
    // A GraphQL client.
    let thread = thread();
    let reply = http::ask(server.address, graphql(&thread, "ask", None)).await;
    let asked = &merged(&reply)["metaEvents"];
    assert_eq!(
        asked[0]["value"],
        "{\"reason\":\"approval\",\"message\":\"Approve?\"}"
    );
    assert_eq!(asked.as_array().expect("a list").len(), 1, "{asked}");
    let reply = http::ask(server.address, graphql(&thread, "ask", Some("yes"))).await;
    let answer = merged(&reply).to_string();
    assert!(answer.contains("answered yes"), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_interrupts_at_once_get_an_answer_each() {
    let Some((_graphs, server)) = both("").await else {
        return;
    };
    let thread = thread();
    let ask_both = [user("u1", "ask and ask_again")];
    let told = ask(server.address, agui(&thread, &ask_both, &json!({}))).await;
    let waits = interrupts(&told).as_array().expect("a list");
    assert_eq!(waits.len(), 2, "{waits:?}");
    let entry = |it: &Value| {
        let payload = if it["reason"] == "approval" {
            "one"
        } else {
            "two"
        };
        json!({"interruptId": it["id"], "status": "resolved", "payload": payload})
    };
    let resume = json!({"resume": waits.iter().map(entry).collect::<Vec<_>>()});
    let told = ask(server.address, agui(&thread, &ask_both, &resume)).await;
    assert_eq!(snapshot(&told)["log"], json!(["again two"]));
    assert_eq!(
        messages(&told).last().expect("an answer")["content"],
        "answered one"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copilotkits_interrupt_takes_the_next_message_or_the_answer() {
    let Some((_graphs, server)) = both("").await else {
        return;
    };
    let first = [user("u1", "ask_by_message")];
    let told = {
        let thread = thread();
        let asked = ask(server.address, agui(&thread, &first, &json!({}))).await;
        let custom = of_type(&asked, "CUSTOM")[0];
        assert_eq!(custom["name"], "CopilotKitLangGraphInterruptEvent");
        assert_eq!(custom["value"]["value"], "What is your name?");
        assert_eq!(
            custom["value"]["messages"][0]["content"],
            "What is your name?"
        );
        let next = [first[0].clone(), user("u2", "Anna")];
        ask(server.address, agui(&thread, &next, &json!({}))).await
    };
    assert_eq!(
        messages(&told).last().expect("an answer")["content"],
        "hello Anna"
    );
    let thread = thread();
    let asked = ask(server.address, agui(&thread, &first, &json!({}))).await;
    let id = &interrupts(&asked)[0]["id"];
    let answer = json!({"resume": [{"interruptId": id, "status": "resolved", "payload": "Ben"}]});
    let told = ask(server.address, agui(&thread, &first, &answer)).await;
    assert_eq!(
        messages(&told).last().expect("an answer")["content"],
        "hello Ben"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answered_message_that_is_asked_again_is_answered_anew() {
    let Some((graphs, server)) = both("").await else {
        return;
    };
    let thread = thread();
    let first = ask(
        server.address,
        agui(&thread, &[user("u1", "one")], &json!({})),
    )
    .await;
    let mut known = messages(&first);
    known.push(user("u2", "two"));
    let second = ask(
        server.address,
        agui(&thread, &known, &json!({"state": {"count": 5}})),
    )
    .await;
    assert_eq!(snapshot(&second)["count"], 6);
    // Edited: what it brought comes along again, what came of it does not.
    known[2]["content"] = "edited".into();
    let edited = ask(server.address, agui(&thread, &known, &json!({}))).await;
    assert_eq!(text(&edited), "you said edited plainly ");
    let contents: Vec<Value> = messages(&edited)
        .iter()
        .map(|it| it["content"].clone())
        .collect();
    assert_eq!(
        contents,
        [
            "one",
            "you said one plainly ",
            "edited",
            "you said edited plainly "
        ]
    );
    assert_eq!(snapshot(&edited)["log"], json!(["one", "edited"]));
    assert_eq!(snapshot(&edited)["count"], 6);
    // Back to the very first message, from the branch that this made.
    let again = ask(
        server.address,
        agui(&thread, &[user("u1", "first")], &json!({})),
    )
    .await;
    assert_eq!(messages(&again).len(), 2);
    assert_eq!(snapshot(&again)["log"], json!(["first"]));
    // Nothing is lost on the server.
    let body = json!({"limit": 100}).to_string();
    let request = format!(
        "POST /threads/{thread}/history HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let history = http::ask(graphs.address, request.into_bytes()).await;
    assert!(
        history.text().contains("you said two plainly"),
        "{}",
        history.text()
    );
    // A message that the thread does not have goes on from where it is.
    known.push(user("u9", "on"));
    let on = ask(server.address, agui(&thread, &known, &json!({}))).await;
    assert_eq!(text(&on), "you said on plainly ");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_graph_hides_emits_nests_and_fails_with() {
    let Some((_graphs, server)) = both("").await else {
        return;
    };
    let run = |what: &'static str| {
        let request = agui(&thread(), &[user("u1", what)], &json!({}));
        ask(server.address, request)
    };
    let told = run("hidden").await;
    assert_eq!(text(&told), "");
    let told = run("by_hand").await;
    assert_eq!(text(&told), "by hand");
    let counts = of_type(&told, "STATE_SNAPSHOT").into_iter();
    let counts: Vec<_> = counts
        .filter_map(|it| it["snapshot"]["count"].as_i64())
        .collect();
    assert_eq!((counts[0], counts.last()), (41, Some(&42)));
    let told = run("sub").await;
    assert_eq!(text(&told), "from below ");
    let steps = of_type(&told, "STEP_STARTED").into_iter();
    assert!(
        steps.into_iter().any(|it| it["stepName"] == "inner"),
        "{told:?}"
    );
    assert_eq!(messages(&told).len(), 2);
    let told = run("boom").await;
    let end = told.last().expect("an end");
    assert_eq!(
        (&end["type"], &end["message"]),
        (&json!("RUN_ERROR"), &json!("the graph went boom"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_ends_the_run_on_the_server() {
    let Some((graphs, server)) = both("").await else {
        return;
    };
    let thread = thread();
    let request = agui(&thread, &[user("u1", "slow")], &json!({}));
    let mut exchange = http::Exchange::start(server.address, request).await;
    let mut reply = Reply::default();
    exchange.head(&mut reply).await;
    while let Some(chunk) = exchange.next().await {
        if String::from_utf8_lossy(&chunk).contains("TEXT_MESSAGE_END") {
            break;
        }
    }
    let stopped = http::ask(
        server.address,
        post(&format!("agent/lg/stop/{thread}"), &json!({})),
    )
    .await;
    assert_eq!(stopped.json()["stopped"], true);
    let started = std::time::Instant::now();
    loop {
        let runs = api(&graphs, &format!("/threads/{thread}/runs")).await;
        if runs[0]["status"] == "interrupted" {
            break;
        }
        assert!(started.elapsed() < http::PATIENCE, "{runs}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    // The thread can be used again.
    let told = ask(
        server.address,
        agui(
            &thread,
            &[user("u1", "slow"), user("u2", "now")],
            &json!({}),
        ),
    )
    .await;
    assert_eq!(text(&told), "you said now plainly ");
}
