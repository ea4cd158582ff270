//! Agents for some: to the others they are not there, whichever way they ask.

use std::sync::Arc;
use std::time::Duration;

use agui_runtime::agents::demo::DemoAgent;
use agui_runtime::agents::{Agent, EventStream, RunInput};
use agui_runtime::generated::agui::{
    TextMessageContentEvent, TextMessageEndEvent, TextMessageStartEvent,
};
use agui_runtime::runtime::{Access, Users};
use agui_runtime::server::HttpOptions;
use agui_runtime::server::auth::{ApiKey, ApiKeys, Auth};
use agui_runtime::store::Owner;
use agui_runtime::{Principal, Runtime};
use futures_util::{StreamExt, stream};
use poem::{Endpoint, Request, Response};
use serde_json::{Value, json};

/// Says whom it could hand over to, and what came along.
struct Knows;

impl Agent for Knows {
    fn run(&self, input: Arc<RunInput>) -> EventStream {
        let others: Vec<_> = input.agents.iter().map(|it| it.name().to_owned()).collect();
        let headers: Vec<_> = input
            .headers
            .keys()
            .map(|it| it.as_str().to_owned())
            .collect();
        let said = format!("others {others:?} headers {headers:?}");
        stream::iter([
            Ok(TextMessageStartEvent::new("m").into()),
            Ok(TextMessageContentEvent::new("m", said).into()),
            Ok(TextMessageEndEvent::new("m").into()),
        ])
        .boxed()
    }
}

fn known() -> Auth {
    let key = |name: &str, roles: &[&str]| {
        let whose = Principal::new(Owner::new(name)).with_roles(roles.iter().copied());
        ApiKey::new(name, &format!("{name}'s key"), whose)
    };
    let keys = [
        key("ann", &["analyst"]),
        key("bob", &[]),
        key("carl", &[]),
        key("boss", &["admin"]),
    ];
    Auth::default().with(ApiKeys::new(keys))
}

async fn serve(access: Access, options: HttpOptions) -> impl Endpoint<Output = Response> {
    let demo = || DemoAgent::with_pause(Duration::ZERO);
    let builder = Runtime::builder()
        .agent("default", Knows)
        .agent("secret", demo())
        .agent("open", demo());
    let runtime = builder.access(access).build().await.expect("a runtime");
    runtime
        .endpoint_with(HttpOptions {
            auth: known(),
            ..options
        })
        .expect("an endpoint")
}

async fn asked(
    endpoint: &impl Endpoint<Output = Response>,
    who: &str,
    path: &str,
    body: &Value,
) -> (u16, String) {
    let path = format!("/api/copilotkit{path}");
    let request = Request::builder()
        .method(poem::http::Method::POST)
        .uri(path.parse().expect("a path"))
        .header("x-api-key", format!("{who}'s key"))
        .header("authorization", "Bearer for the agent")
        .header("x-team", "red")
        .content_type("application/json");
    let response = endpoint
        .call(request.body(body.to_string()))
        .await
        .expect("an answer");
    (
        response.status().as_u16(),
        response.into_body().into_string().await.expect("text"),
    )
}

fn graphql(query: &str) -> Value {
    json!({ "query": query })
}

fn run_of(agent: &str) -> (String, Value) {
    let body = json!({"threadId": "t", "runId": "r", "messages": []});
    (format!("/agent/{agent}/run"), body)
}

fn for_analysts_and_carl() -> Access {
    Access::default().only("secret", Users::default().role("analyst").owner("carl"))
}

#[tokio::test]
async fn an_agent_is_there_for_those_it_is_for() {
    let served = serve(for_analysts_and_carl(), HttpOptions::default()).await;
    let (path, body) = run_of("secret");
    for who in ["ann", "carl", "boss"] {
        let (_, info) = asked(&served, who, "", &json!({"method": "info"})).await;
        assert!(info.contains("secret"), "{who}: {info}");
        assert_eq!(asked(&served, who, &path, &body).await.0, 200, "{who}");
        let (_, listed) = asked(
            &served,
            who,
            "",
            &graphql("{ availableAgents { agents { name } } runtimeInfo { agentsCount } }"),
        )
        .await;
        assert!(
            listed.contains("secret") && listed.contains("\"agentsCount\":2"),
            "{who}: {listed}"
        );
        assert!(
            asked(&served, who, "/agent/default/run", &body)
                .await
                .1
                .contains("secret")
        );
    }
    let hidden = [
        ("", json!({"method": "info"})),
        ("", graphql("{ availableAgents { agents { name } } }")),
        // Whom its agent may hand over to.
        ("/agent/default/run", body.clone()),
    ];
    for (path, body) in hidden {
        let (status, told) = asked(&served, "bob", path, &body).await;
        assert_eq!(status, 200);
        assert!(told.contains("open") && !told.contains("secret"), "{told}");
    }
}

#[tokio::test]
async fn for_the_others_it_is_as_one_that_was_never_there() {
    let served = serve(for_analysts_and_carl(), HttpOptions::default()).await;
    let body = json!({"threadId": "t", "runId": "r", "messages": []});
    let state = |agent: &str| {
        graphql(&format!(
            "{{ loadAgentState(data: {{threadId: \"t\", agentName: \"{agent}\"}}) {{ state }} }}"
        ))
    };
    let save = |agent: &str| {
        graphql(&format!(
            "mutation {{ saveAgentState(data: {{threadId: \"t\", agentName: \"{agent}\", stateData: \"{{}}\"}}) {{ state }} }}"
        ))
    };
    let ask = |agent: &str| {
        graphql(&format!(
            "mutation {{ generateCopilotResponse(data: {{metadata: {{requestType: Chat}}, frontend: {{actions: []}}, messages: [], agentSession: {{agentName: \"{agent}\"}}}}) {{ threadId }} }}"
        ))
    };
    let tries = async |agent: &str| {
        let enveloped = json!({"method": "agent/run", "params": {"agentId": agent}, "body": body});
        let mut told = Vec::new();
        for (path, body) in [
            (format!("/agent/{agent}/run"), body.clone()),
            (format!("/agent/{agent}/connect"), body.clone()),
            (format!("/agent/{agent}/suggest"), body.clone()),
            (format!("/agent/{agent}/stop/t"), json!({})),
            (String::new(), enveloped),
            (String::new(), state(agent)),
            (String::new(), save(agent)),
            (String::new(), ask(agent)),
        ] {
            let (status, text) = asked(&served, "bob", &path, &body).await;
            told.push((status, text.replace(agent, "NAME")));
        }
        told
    };
    let (hidden, absent) = (tries("secret").await, tries("absent").await);
    assert_eq!(hidden, absent);
    assert!(
        hidden.iter().all(|(_, text)| text.contains("NAME")),
        "{hidden:?}"
    );
    assert!(
        hidden[..4].iter().all(|(status, _)| *status == 404),
        "{hidden:?}"
    );
}

#[tokio::test]
async fn what_is_not_named_can_be_for_some_too() {
    let all = Access::default()
        .only("*", Users::default().owner("ann"))
        .only("open", Users::default().owner("bob"));
    let served = serve(all, HttpOptions::default()).await;
    let info = async |who: &str| {
        let (_, info) = asked(&served, who, "", &json!({"method": "info"})).await;
        let info: Value = serde_json::from_str(&info).expect("JSON");
        info["agents"]
            .as_object()
            .expect("agents")
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(info("ann").await, ["default", "secret"]);
    assert_eq!(info("bob").await, ["open"]);
    assert_eq!(info("carl").await, [""; 0]);
    assert_eq!(info("boss").await, ["default", "secret", "open"]);
    // Nobody is told that there is a default agent.
    let query = "mutation { generateCopilotResponse(data: {metadata: {requestType: Chat}, frontend: {actions: []}, messages: []}) { threadId } }";
    let (_, told) = asked(&served, "carl", "", &graphql(query)).await;
    assert!(told.contains("the runtime has no default one"), "{told}");
}

#[tokio::test]
async fn the_credential_stays_here_unless_its_header_is_named() {
    use agui_runtime::server::HeaderForwarding;
    let got = async |allow: Option<&[&str]>| {
        let allow = allow.map(|it| it.iter().map(|name| (*name).to_owned()).collect());
        let forward = HeaderForwarding::new(allow, Vec::new());
        let served = serve(
            Access::default(),
            HttpOptions {
                forward,
                ..HttpOptions::default()
            },
        )
        .await;
        let (path, body) = run_of("default");
        asked(&served, "ann", &path, &body).await.1
    };
    // What was not the credential passes as ever.
    let told = got(None).await;
    assert!(
        told.contains(r#"headers [\"authorization\", \"x-team\"]"#),
        "{told}"
    );
    for allow in [
        &["*"][..],
        &["x-*", "authorization"],
        &["x-api*", "x-team", "authorization"],
    ] {
        let told = got(Some(allow)).await;
        assert!(
            !told.contains("x-api-key") && told.contains("authorization"),
            "{told}"
        );
    }
    assert!(
        got(Some(&["x-api-key"]))
            .await
            .contains(r#"headers [\"x-api-key\"]"#)
    );
}
