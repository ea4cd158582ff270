//! Servers that are down, die, are slow or say what makes no sense.

use std::time::{Duration, Instant};

use super::*;
use crate::support::http::Exchange;
use crate::support::mcp::Fault;
use crate::support::server::free_address;

#[tokio::test]
async fn a_server_that_is_down_at_start_is_there_once_it_is_up() {
    let address = free_address();
    let other = McpServer::start(json!([tool("other")])).await;
    let docs =
        format!("[[mcp_servers]]\nname = \"docs\"\nurl = \"http://{address}/mcp?key=geheim\"\n");
    let world = World::start(&format!("{docs}{}", section("other", &other))).await;
    let ran = world.run("hi").await;
    assert_eq!(ran.offered(), ["other"]);
    assert!(ran.is_whole());
    let log = world.binary.log();
    assert!(
        log.contains("tools are not to be had: it cannot be reached"),
        "{log}"
    );
    assert!(log.contains("server=\"docs\""), "{log}");
    assert!(!log.contains("geheim"), "{log}");
    let _docs = McpServer::at(address, recorded()).await;
    let ran = world.run("search {\"query\":\"x\"}").await;
    assert_eq!(ran.offered(), ["search", "boom", "other"]);
    assert!(ran.result().contains("found"));
}

#[tokio::test]
async fn a_server_that_dies_is_connected_again_when_it_is_back() {
    let server = McpServer::start(recorded()).await;
    let world = World::with(&[("docs", &server)]).await;
    assert_eq!(world.run("hi").await.offered().len(), 2);
    let address = server.address;
    drop(server);
    // Nothing has told that it is gone: the call does.
    let ran = world.run("search {\"query\":\"x\"}").await;
    assert!(ran.result().contains("HANDLER_ERROR"), "{}", ran.result());
    let place = address.to_string();
    assert!(
        !ran.result().contains(&place),
        "where it is stays here: {}",
        ran.result()
    );
    let log = world.binary.log();
    assert!(
        log.contains("a call of the MCP tool \"search\" failed: "),
        "{log}"
    );
    assert!(log.contains("Connection refused"), "{log}");
    assert!(ran.is_whole());
    assert!(world.run("hi").await.offered().is_empty());
    let server = McpServer::at(address, json!([tool("fresh")])).await;
    let ran = world.run("fresh {}").await;
    assert_eq!(ran.offered(), ["fresh"]);
    assert!(ran.result().contains("found"));
    assert_eq!(server.count("initialize"), 1);
}

#[tokio::test]
async fn odd_answers_cost_the_run_its_tools_and_are_not_remembered() {
    let server = McpServer::start(recorded()).await;
    let world = World::with(&[("docs", &server)]).await;
    for fault in [Fault::Html, Fault::Half, Fault::Nonsense, Fault::Cut] {
        for method in ["initialize", "tools/list"] {
            server.fails(method, fault);
            let ran = world.run("hi").await;
            assert!(
                ran.offered().is_empty(),
                "{method} {fault:?}: {:?}",
                ran.offered()
            );
            assert!(ran.is_whole(), "{method} {fault:?}");
        }
    }
    server.heals();
    assert_eq!(world.run("hi").await.offered().len(), 2);
}

#[tokio::test]
async fn odd_answers_to_a_call_are_told_to_the_model() {
    let server = McpServer::start(recorded()).await;
    let world = World::with(&[("docs", &server)]).await;
    for fault in [Fault::Html, Fault::Half, Fault::Nonsense, Fault::Cut] {
        server.fails("tools/call", fault);
        let ran = world.run("search {\"query\":\"x\"}").await;
        let result: Value = serde_json::from_str(ran.result()).unwrap();
        let message = result["error"]["message"].as_str().unwrap_or_default();
        assert!(
            message.starts_with("Execution failed for MCP tool 'search': "),
            "{fault:?}: {result}"
        );
        assert!(ran.is_whole(), "{fault:?}");
        server.heals();
        let ran = world.run("search {\"query\":\"x\"}").await;
        assert!(
            ran.result().contains("found"),
            "{fault:?}: {}",
            ran.result()
        );
    }
}

#[tokio::test]
async fn a_slow_server_delays_the_first_run_only_and_never_for_long() {
    let (slow, quick) = (
        McpServer::start(recorded()).await,
        McpServer::start(json!([tool("quick")])).await,
    );
    slow.fails("tools/list", Fault::Silence);
    let sections = format!(
        "[mcp]\nwait_seconds = 2\n\n{}connect_seconds = 60\n{}",
        section("slow", &slow),
        section("quick", &quick)
    );
    let world = World::start(&sections).await;
    let timed = async |text: &str| {
        let started = Instant::now();
        let ran = world.run(text).await;
        assert_eq!(ran.offered(), ["quick"]);
        assert!(ran.is_whole());
        started.elapsed()
    };
    assert!(timed("hi").await >= Duration::from_secs(2));
    assert!(timed("quick {}").await < Duration::from_secs(2));
    assert_eq!(slow.count("tools/list"), 1, "one attempt for both");
    let log = world.binary.log();
    assert!(
        log.contains("not connected after 2 s (mcp.wait_seconds)"),
        "{log}"
    );
}

#[tokio::test]
async fn a_server_that_hung_is_not_waited_for_again_and_used_once_it_answers() {
    let server = McpServer::start(recorded()).await;
    server.fails("initialize", Fault::Silence);
    let sections = format!(
        "[mcp]\nwait_seconds = 30\n\n{}connect_seconds = 2\n",
        section("docs", &server)
    );
    let world = World::start(&sections).await;
    let started = Instant::now();
    assert!(world.run("hi").await.offered().is_empty());
    assert!(started.elapsed() >= Duration::from_secs(2));
    let started = Instant::now();
    assert!(world.run("hi").await.offered().is_empty());
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "{:?}",
        started.elapsed()
    );
    server.heals();
    let started = Instant::now();
    while world.run("hi").await.offered().len() != 2 {
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "it is found again"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_call_that_takes_too_long_is_given_up_and_the_server_is_told() {
    let server = McpServer::start(recorded()).await;
    let world = World::start(&format!("{}call_seconds = 0.2\n", section("docs", &server))).await;
    server.fails("tools/call", Fault::Silence);
    let ran = world.run("search {\"query\":\"x\"}").await;
    assert!(
        ran.result().contains("no answer within 0.2 s"),
        "{}",
        ran.result()
    );
    assert!(ran.is_whole());
    is_told_of(&server).await;
}

#[tokio::test]
async fn a_run_that_is_stopped_cancels_its_call() {
    let server = McpServer::start(recorded()).await;
    let world = World::with(&[("docs", &server)]).await;
    server.fails("tools/call", Fault::Silence);
    let run = world.request("search {\"query\":\"x\"}", json!({}));
    let run = tokio::spawn(http::ask(world.binary.address, run));
    server.asked("tools/call").await;
    let stop = post("/agent/default/stop/t0", &json!({}));
    let stopped = http::ask(world.binary.address, stop).await;
    assert_eq!(stopped.json()["stopped"], true);
    is_told_of(&server).await;
    let events = events(&run.await.unwrap());
    assert_eq!(events.last().unwrap()["type"], "RUN_ERROR");
    // Others go on.
    server.heals();
    assert!(
        world
            .run("search {\"query\":\"x\"}")
            .await
            .result()
            .contains("found")
    );
}

#[tokio::test]
async fn a_graphql_client_that_goes_cancels_its_call() {
    let server = McpServer::start(recorded()).await;
    let world = World::with(&[("docs", &server)]).await;
    server.fails("tools/call", Fault::Silence);
    let chat = crate::support::requests::chat("search {\"query\":\"x\"}");
    let exchange = Exchange::start(world.binary.address, chat).await;
    server.asked("tools/call").await;
    exchange.hang_up();
    is_told_of(&server).await;
}

/// Waits until the server has been told that nobody waits for its call any more.
async fn is_told_of(server: &McpServer) {
    let call = server.asked("tools/call").await;
    let cancelled = server.asked("notifications/cancelled").await;
    assert_eq!(cancelled["params"]["requestId"], call["id"]);
}

#[tokio::test]
async fn a_program_that_is_no_server_is_named_in_the_log() {
    let sections = "[[mcp_servers]]\nname = \"absent\"\ncommand = \"no-such-program\"\n\
                    [[mcp_servers]]\nname = \"brief\"\ncommand = \"sh\"\nargs = [\"-c\", \"echo no key for $WHO >&2; exit 3\"]\n\
                    env = { WHO = \"me\" }\n";
    let world = World::start(sections).await;
    let ran = world.run("hi").await;
    assert!(ran.offered().is_empty() && ran.is_whole());
    let log = world.binary.log();
    assert!(
        log.contains("the program `no-such-program` cannot be started"),
        "{log}"
    );
    assert!(log.contains("MCP server: no key for me"), "{log}");
}
