//! Agents that depend on who asks, as upstream's function of the request makes them.

use std::sync::Arc;
use std::time::Duration;

use agui_runtime::Runtime;
use agui_runtime::agents::demo::DemoAgent;
use agui_runtime::agents::{Agent, AgentSource, Asker};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::json;

use crate::support::embedded::Embedded;
use crate::support::http::{self, Reply};

/// One agent for each tenant, named after it.
struct OfTenant;

impl AgentSource for OfTenant {
    fn agents<'a>(&'a self, asker: Asker<'a>) -> BoxFuture<'a, Vec<(String, Arc<dyn Agent>)>> {
        let tenant = asker.headers.get("x-tenant");
        let tenant = tenant.and_then(|tenant| tenant.to_str().ok());
        let agents = tenant.map(|tenant| {
            let agent: Arc<dyn Agent> = Arc::new(DemoAgent::with_pause(Duration::ZERO));
            (format!("of {tenant}"), agent)
        });
        let agents = agents.into_iter().collect();
        async move { agents }.boxed()
    }
}

async fn ask(served: &Embedded, line: &str, tenant: &str, body: &str) -> Reply {
    let request = format!(
        "{line} HTTP/1.1\r\nhost: test\r\nx-tenant: {tenant}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    http::ask(served.address, request.into_bytes()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_request_has_the_agents_of_who_asks() {
    let demo = DemoAgent::with_pause(Duration::ZERO);
    let builder = Runtime::builder()
        .agent("default", demo)
        .agent_source(OfTenant);
    let served = Embedded::serve_at("/copilotkit", builder).await;
    for (tenant, other) in [("acme", "apex"), ("apex", "acme")] {
        let info = ask(&served, "GET /copilotkit/info", tenant, "")
            .await
            .json();
        let agents: Vec<_> = info["agents"].as_object().unwrap().keys().collect();
        assert_eq!(agents, ["default", &format!("of {tenant}")]);
        let input = json!({
            "threadId": tenant, "runId": "r", "state": {}, "tools": [], "context": [], "forwardedProps": {},
            "messages": [{"id": "u", "role": "user", "content": "hello"}],
        });
        let run = |whose: &str| format!("POST /copilotkit/agent/of%20{whose}/run");
        let ran = ask(&served, &run(tenant), tenant, &input.to_string()).await;
        assert!(ran.text().contains("RUN_FINISHED"), "{ran:?}");
        let refused = ask(&served, &run(other), tenant, &input.to_string()).await;
        assert_eq!(refused.code(), 404, "{refused:?}");
    }
}
