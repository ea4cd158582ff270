//! Servers that a request names: only those that the configuration allows are ever called.

use serde_json::json;

use super::*;
use crate::support::requests;

#[tokio::test]
async fn a_server_that_a_request_names_is_not_called_unless_it_is_allowed() {
    let (configured, named) = (
        McpServer::start(json!([tool("own")])).await,
        McpServer::start(json!([tool("foreign")])).await,
    );
    let world = World::with(&[("docs", &configured)]).await;
    let servers = json!({"mcpServers": [{"endpoint": named.url(), "apiKey": "k"}, {"endpoint": "file:///etc"}, 7]});
    let ran = world.run_with("hi", servers).await;
    assert_eq!(ran.offered(), ["own"]);
    assert!(ran.is_whole());
    let mut body = requests::chat_body("hi");
    body["variables"]["properties"] = json!({"mcpEndpoints": [{"endpoint": named.url()}]});
    let reply = http::ask(world.binary.address, requests::post(&body.to_string())).await;
    assert!(reply.text().contains("hello"), "{}", reply.text());
    let told = world.asked().await["tools"].to_string();
    assert!(told.contains("own") && !told.contains("foreign"), "{told}");
    assert_eq!(named.head(), "", "no request came");
    let log = world.binary.log();
    assert!(
        log.contains("list its address in mcp.allow_from_requests"),
        "{log}"
    );
    assert!(log.contains(&named.url()), "{log}");
}

#[tokio::test]
async fn an_allowed_server_is_called_with_the_requests_key() {
    let named = McpServer::start(json!([tool("foreign")])).await;
    let allowed = format!(
        "[mcp]\nallow_from_requests = [\"http://{}/\"]\n",
        named.address
    );
    let world = World::start(&allowed).await;
    assert!(world.run("hi").await.offered().is_empty());
    let servers = json!({"mcpServers": [{"endpoint": named.url(), "apiKey": "key-1"}]});
    let ran = world.run_with("foreign {\"a\":1}", servers.clone()).await;
    assert_eq!(ran.offered(), ["foreign"]);
    assert!(ran.result().contains("found"), "{}", ran.result());
    let head = named.head();
    assert!(head.contains("authorization: bearer key-1\r\n"), "{head}");
    // The next run with the same key shares the connection, one with another key does not.
    world.run_with("hi", servers).await;
    assert_eq!(named.count("initialize"), 1);
    let other = json!({"mcpServers": [{"endpoint": named.url(), "apiKey": "key-2"}]});
    world.run_with("hi", other).await;
    assert_eq!(named.count("initialize"), 2);
    assert!(
        !world.binary.log().contains("key-1"),
        "{}",
        world.binary.log()
    );
    // Who names none has none.
    assert!(world.run("hi").await.offered().is_empty());
}
