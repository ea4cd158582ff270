//! What an endpoint has is found out in the background: no request waits for one that is dead, and one that comes back is
//! found without a request.

use super::*;

async fn hanging() -> Model {
    Model::start(|mut call: Call| async move { call.closed().await }).await
}

fn two(dead: SocketAddr, healthy: SocketAddr) -> String {
    let dead = endpoint(dead).replace("refresh_seconds = 0.1", "discovery_seconds = 0.5");
    format!("{dead}\n[[remote_endpoints]]\nurl = \"http://{healthy}/ck\"\n")
}

async fn logged(server: &Binary, text: &str) {
    let logged = async {
        while !server.log().contains(text) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let logged = tokio::time::timeout(PATIENCE, logged).await;
    logged.unwrap_or_else(|_| panic!("`{text}` is not in the log"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_endpoint_delays_nobody_who_does_not_need_it() {
    let (dead, healthy) = (hanging().await, echo(([127, 0, 0, 1], 0).into()).await);
    let server = Binary::start(&two(dead.address, healthy.address)).await;
    // The first to come wait for it, and not for long.
    http::ask(server.address, graphql("echo")).await;
    logged(&server, "is not waited for").await;
    for n in 0..6 {
        let request = match n % 2 {
            0 => graphql("echo"),
            _ => agui("echo"),
        };
        let started = Instant::now();
        let reply = http::ask(server.address, request).await;
        assert!(
            started.elapsed() < Duration::from_millis(400),
            "{n} took {:?}",
            started.elapsed()
        );
        assert!(
            !reply.text().contains("RUN_ERROR") && !reply.text().contains("Failed"),
            "{}",
            reply.text()
        );
        // A user at another page, whom nobody has asked for yet.
        let mut body = requests::chat_body("hi");
        body["variables"]["data"]["agentSession"] = json!({"agentName": "echo"});
        body["variables"]["data"]["frontend"]["url"] = format!("http://localhost/{n}").into();
        let started = Instant::now();
        let reply = http::ask(server.address, requests::post(&body.to_string())).await;
        assert!(
            started.elapsed() < Duration::from_millis(400),
            "{n} took {:?}",
            started.elapsed()
        );
        assert_eq!(merged(&reply)["messages"][0]["content"][0], "you said hi");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_comes_back_is_found_without_a_request() {
    let address = free_address();
    let server = Binary::start(&endpoint(address)).await;
    logged(&server, "cannot be reached").await;
    let _endpoint = echo(address).await;
    logged(&server, "is back").await;
    let reply = http::ask(server.address, graphql("echo")).await;
    assert_eq!(merged(&reply)["messages"][0]["content"][0], "you said hi");
}

/// Better than that there is no such agent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_known_agent_that_is_gone_is_told_as_such_to_those_who_come_later() {
    let address = free_address();
    let remote = echo(address).await;
    let config = format!("{}connect_seconds = 1\nretries = 0\n", endpoint(address));
    let server = Binary::start(&config).await;
    let reply = http::ask(server.address, graphql("echo")).await;
    assert_eq!(merged(&reply)["status"]["code"], "Success");
    drop(remote);
    logged(&server, "cannot be reached").await;
    let mut body = requests::chat_body("hi");
    body["variables"]["data"]["agentSession"] = json!({"agentName": "echo"});
    body["variables"]["data"]["frontend"]["url"] = "http://localhost/elsewhere".into();
    let reply = http::ask(server.address, requests::post(&body.to_string())).await;
    assert!(
        reply.text().contains("cannot be reached"),
        "{}",
        reply.text()
    );
}
