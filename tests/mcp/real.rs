//! A real server from npm, `@modelcontextprotocol/server-everything`, over each transport.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::*;
use crate::support::golden::root;
use crate::support::npm;
use crate::support::server::free_address;

fn script() -> String {
    let script = root().join("tests/npm/node_modules/mcp-everything/dist/index.js");
    script.display().to_string()
}

/// The server as a process that listens; it ends with this value.
struct Everything(Child);

impl Everything {
    async fn start(transport: &str, address: SocketAddr) -> Self {
        let child = Command::new("node")
            .args([&script(), transport])
            .env("PORT", address.port().to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("node starts");
        let mut server = Self(child);
        let listens = async {
            while tokio::net::TcpStream::connect(address).await.is_err() {
                assert!(matches!(server.0.try_wait(), Ok(None)), "it ended");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let started = tokio::time::timeout(http::PATIENCE, listens).await;
        started.expect("the server listens");
        server
    }
}

impl Drop for Everything {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Its tools are offered as it tells them, and work.
async fn works(world: &World) {
    let ran = world.run("get-sum {\"a\":2,\"b\":3}").await;
    let offered = ran.offered();
    for name in [
        "echo",
        "get-sum",
        "get-tiny-image",
        "get-structured-content",
    ] {
        assert!(offered.contains(&name), "{name} in {offered:?}");
    }
    let tools = ran.asked["tools"].as_array().unwrap();
    let sum = tools
        .iter()
        .find(|tool| tool["function"]["name"] == "get-sum");
    let parameters = &sum.unwrap()["function"]["parameters"];
    assert_eq!(parameters["properties"]["a"]["type"], "number");
    assert_eq!(parameters["required"], json!(["a", "b"]));
    assert!(ran.result().contains("2 and 3 is 5"), "{}", ran.result());
    let ran = world.run("get-tiny-image {}").await;
    assert!(
        ran.result().contains("[image (image/png, "),
        "{}",
        ran.result()
    );
    let ran = world
        .run("get-structured-content {\"location\":\"New York\"}")
        .await;
    let told: Value = serde_json::from_str(ran.result()).unwrap();
    assert!(
        told["structuredContent"]["temperature"].is_number(),
        "{told}"
    );
    let ran = world.run("get-sum {\"a\":\"two\",\"b\":3}").await;
    assert!(ran.result().contains("HANDLER_ERROR"), "{}", ran.result());
    assert!(ran.is_whole());
}

#[tokio::test]
async fn over_stdio() {
    if !npm::clients() {
        return;
    }
    let world = World::start(&format!(
        "[[mcp_servers]]\nname = \"everything\"\ncommand = \"node\"\nargs = [\"{}\", \"stdio\"]\nenv = {{ GREETING = \"hi\" }}\n",
        script()
    ))
    .await;
    works(&world).await;
    let ran = world.run("get-env {}").await;
    assert!(ran.result().contains("GREETING"), "{}", ran.result());
    assert!(!ran.result().contains("TEST_MODEL_KEY"), "{}", ran.result());
}

#[tokio::test]
async fn over_streamable_http_and_after_a_restart() {
    if !npm::clients() {
        return;
    }
    let address = free_address();
    let everything = Everything::start("streamableHttp", address).await;
    let world = World::start(&format!(
        "[[mcp_servers]]\nname = \"everything\"\nurl = \"http://{address}/mcp\"\n"
    ))
    .await;
    works(&world).await;
    drop(everything);
    // It knows nothing of the session then, and the first call works all the same.
    let _everything = Everything::start("streamableHttp", address).await;
    works(&world).await;
}

#[tokio::test]
async fn over_server_sent_events_and_after_a_restart() {
    if !npm::clients() {
        return;
    }
    let address = free_address();
    let everything = Everything::start("sse", address).await;
    let world = World::start(&format!(
        "[[mcp_servers]]\nname = \"everything\"\nurl = \"http://{address}/sse\"\ntransport = \"sse\"\n"
    ))
    .await;
    works(&world).await;
    drop(everything);
    let _everything = Everything::start("sse", address).await;
    works(&world).await;
}

#[tokio::test]
async fn programs_end_with_the_server() {
    if !npm::clients() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    let mut world = World::start(&format!(
        "[[mcp_servers]]\nname = \"everything\"\ncommand = \"sh\"\nargs = [\"-c\", \"echo $$ > '{}'; exec node '{}' stdio\"]\n",
        file.display(),
        script()
    ))
    .await;
    assert!(world.run("hi").await.offered().contains(&"echo"));
    let id = std::fs::read_to_string(&file).unwrap();
    let lives = || std::path::Path::new("/proc").join(id.trim()).exists();
    assert!(lives());
    let server = world.binary.id().to_string();
    let told = Command::new("kill").args(["-TERM", &server]).status();
    assert!(told.unwrap().success());
    let ended = async {
        while world.binary.lives() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let ended = tokio::time::timeout(http::PATIENCE, ended).await;
    ended.expect("the server ends");
    assert!(!lives(), "{}", world.binary.log());
}
