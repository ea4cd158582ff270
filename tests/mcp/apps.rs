//! MCP Apps: tools with an interface that AG-UI clients draw, and what such an interface may ask of its server.

use super::*;
use crate::support::http::Exchange;
use crate::support::mcp::Fault;

/// A tool with an interface; what its server says of it besides.
fn with_interface(name: &str, ui: Value) -> Value {
    let mut described = tool(name);
    described["_meta"] = json!({"ui": ui});
    described["_meta"]["ui"]["resourceUri"] = format!("ui://docs/{name}").into();
    described
}

/// For everybody, for models alone, for interfaces alone, and one from before the standard.
fn tools() -> Value {
    let mut old = tool("old");
    old["_meta"] = json!({"ui/resourceUri": "ui://docs/old"});
    json!([
        with_interface("picture", json!({})),
        with_interface("watched", json!({"visibility": ["model"]})),
        with_interface("button", json!({"visibility": ["app"]})),
        old,
        tool("plain"),
    ])
}

async fn world(server: &McpServer, more: &str) -> World {
    World::start(&format!("{}{more}\n", section("docs", server))).await
}

impl World {
    /// What the end of a run says that asks this for an interface.
    async fn asks(&self, server: &str, method: &str, params: Value) -> Value {
        let request =
            json!({"serverId": server, "serverHash": server, "method": method, "params": params});
        let request = self.request("", json!({ "__proxiedMCPRequest": request }));
        let events = events(&http::ask(self.binary.address, request).await);
        let kinds: Vec<_> = events.iter().map(|it| it["type"].clone()).collect();
        assert_eq!(kinds, ["RUN_STARTED", "RUN_FINISHED"]);
        events[1]["result"].clone()
    }
}

#[tokio::test]
async fn a_call_shows_the_tools_interface() {
    let server = McpServer::start(tools()).await;
    let world = world(&server, "apps = true").await;
    let ran = world.run("picture {\"size\":1}").await;
    // What is for interfaces alone is no model's.
    assert_eq!(ran.offered(), ["picture", "watched", "old", "plain"]);
    let at = |kind: &str| ran.events.iter().position(|it| it["type"] == kind);
    let (result, shown) = (
        at("TOOL_CALL_RESULT").unwrap(),
        at("ACTIVITY_SNAPSHOT").unwrap(),
    );
    assert_eq!(shown, result + 1);
    let shown = &ran.events[shown];
    assert_eq!(
        (&shown["activityType"], &shown["replace"]),
        (&json!("mcp-apps"), &json!(true))
    );
    let content = &shown["content"];
    assert_eq!(content["resourceUri"], "ui://docs/picture");
    assert_eq!(
        (&content["serverId"], &content["serverHash"]),
        (&json!("docs"), &json!("docs"))
    );
    assert_eq!(content["toolInput"], json!({"size": 1}));
    // The interface gets all of what the model gets notes of.
    assert_eq!(content["result"]["content"][0]["data"], "iVBORw0KGgo=");
    assert_eq!(content["result"]["_meta"], json!({"trace": "x"}));
    assert!(ran.result().contains("not shown"), "{}", ran.result());

    let ran = world.run("old {}").await;
    let shown = ran
        .events
        .iter()
        .find(|it| it["type"] == "ACTIVITY_SNAPSHOT");
    assert_eq!(shown.unwrap()["content"]["resourceUri"], "ui://docs/old");
    let ran = world.run("plain {}").await;
    assert!(
        !ran.events
            .iter()
            .any(|it| it["type"] == "ACTIVITY_SNAPSHOT")
    );

    let initialize = server.asked("initialize").await;
    let extensions = &initialize["params"]["capabilities"]["extensions"];
    let mime_types = &extensions["io.modelcontextprotocol/ui"]["mimeTypes"];
    assert_eq!(mime_types, &json!(["text/html;profile=mcp-app"]));
}

#[tokio::test]
async fn a_call_that_fails_is_shown_too() {
    let server = McpServer::start(json!([with_interface("boom", json!({}))])).await;
    let ran = world(&server, "apps = true").await.run("boom {}").await;
    let shown = ran
        .events
        .iter()
        .find(|it| it["type"] == "ACTIVITY_SNAPSHOT");
    assert_eq!(shown.unwrap()["content"]["result"]["isError"], true);
    assert!(ran.is_whole());
}

#[tokio::test]
async fn nothing_is_shown_unless_configured() {
    let server = McpServer::start(tools()).await;
    let world = world(&server, "").await;
    let ran = world.run("picture {}").await;
    assert!(
        !ran.events
            .iter()
            .any(|it| it["type"] == "ACTIVITY_SNAPSHOT")
    );
    let initialize = server.asked("initialize").await;
    assert_eq!(initialize["params"]["capabilities"], json!({}));
    // Nor may anything be asked: the request is an agent's like any other.
    let request = json!({"serverId": "docs", "method": "tools/call", "params": {"name": "plain"}});
    let ran = world
        .run_with("hi", json!({ "__proxiedMCPRequest": request }))
        .await;
    assert!(ran.is_whole() && ran.events.last().unwrap().get("result").is_none());
    assert_eq!(server.count("tools/call"), 1);
}

#[tokio::test]
async fn an_interface_reads_its_page_and_calls_tools() {
    let server = McpServer::start(tools()).await;
    let world = world(&server, "apps = true").await;
    let read = world
        .asks(
            "docs",
            "resources/read",
            json!({"uri": "ui://docs/picture"}),
        )
        .await;
    let page = &read["contents"][0];
    assert_eq!(
        (&page["uri"], &page["text"]),
        (&json!("ui://docs/picture"), &json!("<h1>Hi</h1>"))
    );
    assert_eq!(page["_meta"], json!({"ui": {"prefersBorder": true}}));
    for name in ["button", "picture", "plain"] {
        let params = json!({"name": name, "arguments": {"n": 7}});
        let called = world.asks("docs", "tools/call", params).await;
        assert!(called["content"].is_array(), "{name}: {called}");
    }
    assert_eq!(server.count("tools/call"), 3);
    // No model was asked, and no thread has a trace of it.
    let threads = "GET /copilotkit/threads?agentId=default HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let threads = http::ask(world.binary.address, threads.into()).await.json();
    assert_eq!(threads["threads"], json!([]), "{threads}");
}

#[tokio::test]
async fn an_interface_may_ask_for_nothing_else() {
    let mut all = tools();
    all.as_array_mut().unwrap().push(tool("hidden"));
    let server = McpServer::start(all).await;
    let other = McpServer::start(tools()).await;
    let sections = format!(
        "{}apps = true\ntools = [\"picture\", \"watched\"]\n{}",
        section("docs", &server),
        section("others", &other)
    );
    let world = World::start(&sections).await;
    for name in ["watched", "hidden", "plain", "nothing", ""] {
        let refused = world
            .asks("docs", "tools/call", json!({"name": name}))
            .await;
        let expected = format!("Error: MCP request failed: there is no tool '{name}' for apps");
        assert_eq!(refused, json!({"error": expected}));
    }
    for method in ["tools/list", "sampling/createMessage", "initialize", ""] {
        let refused = world.asks("docs", method, json!({})).await;
        let expected = format!("Error: MCP method not allowed for UI proxy: {method}");
        assert_eq!(refused, json!({"error": expected}));
    }
    for name in ["others", "nobody", ""] {
        let refused = world
            .asks(name, "tools/call", json!({"name": "plain"}))
            .await;
        assert_eq!(refused, json!({"error": format!("Unknown server: {name}")}));
    }
    assert_eq!(
        (server.count("tools/call"), other.count("tools/call")),
        (0, 0)
    );
}

/// The page of an interface comes while its run goes on.
#[tokio::test]
async fn an_interface_may_ask_while_its_thread_is_busy() {
    let server = McpServer::start(tools()).await;
    let world = world(&server, "apps = true").await;
    server.fails("tools/call", Fault::Silence);
    let request = |props: Value, text: &str| {
        let message = json!([{"id": "u", "role": "user", "content": text}]);
        let input =
            json!({"threadId": "t", "runId": "r", "messages": message, "forwardedProps": props});
        post("/agent/default/run", &input)
    };
    let busy = Exchange::start(world.binary.address, request(json!({}), "picture {}")).await;
    server.asked("tools/call").await;
    let read = json!({"serverId": "docs", "method": "resources/read", "params": {"uri": "ui://docs/picture"}});
    let reply = http::ask(
        world.binary.address,
        request(json!({"__proxiedMCPRequest": read}), ""),
    )
    .await;
    let end = events(&reply).pop().unwrap();
    assert_eq!(
        end["result"]["contents"][0]["text"], "<h1>Hi</h1>",
        "{reply:?}"
    );
    busy.hang_up();
}
