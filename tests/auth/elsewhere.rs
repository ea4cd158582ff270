//! What an application brings along of its own, and addresses that requests name: nobody goes there.

use std::time::Duration;

use agui_runtime::agents::demo::DemoAgent;
use agui_runtime::server::HttpOptions;
use agui_runtime::server::auth::{Asking, Auth, AuthFailure, AuthResult, Authenticator, Known};
use agui_runtime::store::Owner;
use agui_runtime::{Principal, Runtime};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use poem::http::StatusCode;
use poem::{Endpoint, EndpointExt, Request, Response};
use serde_json::{Value, json};

use super::world::World;
use super::{GRAPHQL, RUN, ask};
use crate::support::server::{Binary, MODEL_KEY};
use crate::support::service::Service;

async fn served(auth: Auth) -> impl Endpoint<Output = Response> {
    let demo = DemoAgent::with_pause(Duration::ZERO);
    let runtime = Runtime::builder()
        .agent("default", demo)
        .build()
        .await
        .expect("a runtime");
    runtime
        .endpoint_with(HttpOptions {
            auth,
            ..HttpOptions::default()
        })
        .expect("an endpoint")
}

async fn threads(
    endpoint: &impl Endpoint<Output = Response>,
    headers: &[(&str, &str)],
) -> (u16, Value) {
    let mut request = Request::builder().uri_str("/api/copilotkit/threads");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = endpoint.call(request.finish()).await.expect("an answer");
    let status = response.status().as_u16();
    let body = response.into_body().into_bytes().await.expect("a body");
    (status, serde_json::from_slice(&body).expect("JSON"))
}

/// Knows the sessions `1` to `9`, if it can look them up.
struct Sessions;

impl Authenticator for Sessions {
    fn authenticate<'a>(&'a self, asking: Asking<'a>) -> BoxFuture<'a, AuthResult> {
        let session = asking.headers.get("x-session").map(|it| it.to_str());
        let said = match session {
            None => Ok(None),
            Some(Ok("down")) => Err(AuthFailure::Unavailable {
                reason: "no sessions".to_owned(),
                retry_after: Duration::from_secs(7),
            }),
            Some(Ok(session)) if session.len() == 1 => {
                let user = Principal::new(Owner::new(format!("user {session}")));
                Ok(Some(Known::by(user, "x-session".parse().expect("a name"))))
            }
            Some(_) => Err(AuthFailure::Refused("no session".to_owned())),
        };
        async { said }.boxed()
    }
}

#[tokio::test]
async fn an_application_knows_its_users_in_its_own_way() {
    let endpoint = served(Auth::default().with(Sessions)).await;
    assert_eq!(threads(&endpoint, &[("x-session", "1")]).await.0, 200);
    assert_eq!(threads(&endpoint, &[("x-session", "11")]).await.0, 401);
    assert_eq!(threads(&endpoint, &[]).await.0, 401);
    let (status, told) = threads(&endpoint, &[("x-session", "down")]).await;
    assert_eq!((status, &told["error"]), (503, &json!("auth_unavailable")));
}

#[tokio::test]
async fn a_middleware_may_say_who_asks() {
    let named = async |who: fn(&mut Request)| {
        let endpoint = served(Auth::default().with(Sessions)).await;
        let endpoint = endpoint.before(move |mut request: Request| {
            who(&mut request);
            async { Ok(request) }
        });
        threads(&endpoint, &[]).await.0
    };
    let knows = |request: &mut Request| {
        request.set_data(Principal::new(Owner::new("ann")));
    };
    assert_eq!(named(knows).await, 200);
    assert_eq!(named(|_| {}).await, 401);
}

#[tokio::test]
async fn nothing_is_asked_where_a_request_says() {
    let victim = Service::start(|_, _| async { (StatusCode::OK, "{}".to_owned()) }).await;
    let world = World::start().await;
    let url = victim.url("/latest/meta-data/");
    let servers =
        json!([{"endpoint": url, "url": url, "type": "http", "serverId": "s", "apiKey": "k"}]);
    let properties = json!({
        "mcpServers": servers, "mcpEndpoints": servers, "mcp_servers": servers, "remoteEndpoints": [{"url": url}],
        "url": url, "base_url": url, "baseUrl": url, "langgraph": {"deploymentUrl": url}, "config": {"url": url},
        "authorization": "Bearer x", "copilotCloudUrl": url, "jwks_url": url,
    });
    let key = ("x-api-key", world.ann.key.as_str());
    let run = json!({
        "threadId": "t", "runId": "r", "messages": [{"id": "u", "role": "user", "content": format!("look at {url}")}],
        "forwardedProps": properties, "context": [{"description": "url", "value": url}], "state": properties,
    });
    let host = victim.address.to_string();
    let headers = [
        key,
        ("x-forwarded-host", host.as_str()),
        ("referer", url.as_str()),
    ];
    let reply = ask(
        world.server.address,
        "POST /copilotkit/agent/default/run",
        &headers,
        run.to_string(),
    )
    .await;
    assert!(reply.text().contains("RUN_FINISHED"), "{reply:?}");
    let query = "mutation a($data: GenerateCopilotResponseInput!, $properties: JSONObject) { generateCopilotResponse(data: $data, properties: $properties) { threadId messages { ... on TextMessageOutput { content } } } }";
    let data = json!({
        "metadata": {"requestType": "Chat"}, "messages": [],
        "frontend": {"actions": [], "url": url}, "cloud": {"guardrails": {"inputValidationRules": {"allowList": [], "denyList": []}}},
    });
    let body = json!({"query": query, "variables": {"data": data, "properties": properties}});
    let cloud = ("x-copilotcloud-public-api-key", "ck_pub_1");
    let reply = ask(
        world.server.address,
        "POST /copilotkit",
        &[key, cloud, GRAPHQL],
        body.to_string(),
    )
    .await;
    assert_eq!(reply.code(), 200, "{reply:?}");
    for path in [&*url, "//evil.example/threads", "/\\evil.example/threads"] {
        let resource =
            json!({"method": "resource/request", "params": {"path": path, "httpMethod": "GET"}});
        let reply = ask(
            world.server.address,
            "POST /copilotkit",
            &[key],
            resource.to_string(),
        )
        .await;
        assert_eq!(reply.code(), 400, "{reply:?}");
    }
    assert_eq!(victim.count(), 0);
}

/// Everything that is asked over HTTP, at one server.
fn everything_at(upstream: &Service) -> String {
    let url = upstream.url("");
    format!(
        r#"
[server]
base_path = "/copilotkit"
[store]
url = "memory:"
[auth.jwt]
jwks_url = "{url}/keys"
[[auth.api_keys]]
name = "ann's"
owner = "ann"
key_env = "TEST_MODEL_KEY"
[agents.default]
type = "llm"
model = "openai/gpt-4o"
base_url = "{url}/model"
api_key_env = "TEST_MODEL_KEY"
[agents.remote]
type = "ag-ui"
url = "{url}/agent"
[agents.graph]
type = "langgraph"
url = "{url}/graph"
graph_id = "agent"
[[remote_endpoints]]
url = "{url}/endpoint"
[[mcp_servers]]
name = "new"
url = "{url}/tools"
[[mcp_servers]]
name = "old"
url = "{url}/events"
transport = "sse"
[hooks]
before_run = "{url}/before"
after_run = "{url}/after"
on_failure = "allow"
[guardrails]
url = "{url}/rails"
on_failure = "allow"
[transcription]
base_url = "{url}/speech"
"#
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_goes_where_a_redirect_leads() {
    let victim = Service::start(|_, _| async { (StatusCode::OK, "{}".to_owned()) }).await;
    let upstream = Service::redirecting(victim.url("/latest/meta-data/")).await;
    let server = Binary::start(&everything_at(&upstream)).await;
    let key = ("x-api-key", MODEL_KEY);
    for agent in ["default", "remote", "graph"] {
        let line = format!("POST /copilotkit/agent/{agent}/run");
        let reply = ask(server.address, &line, &[key], RUN).await;
        assert!(reply.text().contains("RUN_ERROR"), "{agent}: {reply:?}");
        assert!(!reply.text().contains("meta-data"), "{agent}: {reply:?}");
    }
    let recording = json!({"audio": "c291bmQ=", "mimeType": "audio/webm", "filename": "a.webm"});
    let line = "POST /copilotkit/transcribe";
    let reply = ask(server.address, line, &[key], recording.to_string()).await;
    assert!(!reply.text().contains("meta-data"), "{reply:?}");
    for path in [
        "/keys",
        "/model",
        "/agent",
        "/graph",
        "/endpoint",
        "/tools",
        "/events",
        "/before",
        "/after",
        "/rails",
        "/speech",
    ] {
        upstream.asked_at(path).await;
    }
    assert_eq!(victim.count(), 0);
}
