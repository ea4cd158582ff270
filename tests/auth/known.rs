//! Who is known: what they see, what everybody sees, and how a refusal is told to whom.

use serde_json::{Value, json};

use super::tokens::{at, but, claims, hs256, token};
use super::world::World;
use super::{GRAPHQL, HELLO, RUN, ask};
use crate::support::http::Reply;
use crate::support::npm::{clients, drive};
use crate::support::server::{Binary, config};

const DEMO: &str = "[agents.default]\ntype = \"demo\"";

#[tokio::test]
async fn keys_and_tokens_of_one_owner_open_the_same_threads() {
    let world = World::start().await;
    let address = world.server.address;
    let token = format!("Bearer {}", world.rsa.token(&claims("ann")));
    let key = world.ann.key.as_str();
    let as_bearer = format!("bearer {key}");
    let ways = [
        ("x-api-key", key),
        ("authorization", as_bearer.as_str()),
        ("authorization", token.as_str()),
    ];
    let run = ask(
        address,
        "POST /copilotkit/agent/default/run",
        &ways[..1],
        RUN,
    )
    .await;
    assert!(run.text().contains("RUN_FINISHED"), "{run:?}");
    for way in ways {
        let threads = ask(address, "GET /copilotkit/threads", &[way], "")
            .await
            .json();
        assert_eq!(threads["threads"][0]["id"], "t", "{way:?}");
    }
    // Not the administrator's own, and nobody else's either.
    let bob = format!("Bearer {}", world.rsa.token(&claims("bob")));
    for other in [
        ("x-api-key", world.boss.key.as_str()),
        ("x-api-key", world.robot),
        ("authorization", bob.as_str()),
    ] {
        let threads = ask(address, "GET /copilotkit/threads", &[other], "")
            .await
            .json();
        assert_eq!(threads["threads"], json!([]), "{other:?}");
    }
}

#[tokio::test]
async fn clocks_may_differ_a_little() {
    let world = World::start().await;
    for changes in [
        json!({"exp": at(-30)}),
        json!({"nbf": at(30)}),
        json!({"aud": "agui"}),
        json!({"sub": 7}),
    ] {
        let token = world.rsa.token(&but(claims("ann"), changes.clone()));
        let bearer = format!("Bearer {token}");
        let header = ("authorization", bearer.as_str());
        let reply = ask(world.server.address, "GET /copilotkit/info", &[header], "").await;
        assert_eq!(reply.code(), 200, "{changes}");
    }
}

#[tokio::test]
async fn a_shared_secret_checks_tokens_and_nothing_else() {
    const SECRET: &str = "a secret of the issuer and this server";
    let jwt = "[auth.jwt]\nsecret_env = \"SECRET\"\nowner_claim = \"user.name\"";
    let server = Binary::start_in(&format!("{}{jwt}", config(DEMO)), &[("SECRET", SECRET)]).await;
    let ask_with = async |alg: &str, secret: &[u8]| {
        let said = json!({"user": {"name": "ann"}, "exp": at(60)});
        let token = token(&json!({"alg": alg}), &said, hs256(secret));
        let bearer = format!("Bearer {token}");
        let header = ("authorization", bearer.as_str());
        // An API key is nothing here, and may be meant for an agent.
        let headers = [header, ("x-api-key", "the agent's")];
        ask(server.address, "GET /copilotkit/info", &headers, "")
            .await
            .code()
    };
    assert_eq!(ask_with("HS256", SECRET.as_bytes()).await, 200);
    for (alg, secret) in [
        ("HS512", SECRET),
        ("HS256", "another secret of 32 bytes or more"),
        ("HS256", "SECRET"),
        ("RS256", SECRET),
    ] {
        assert_eq!(
            ask_with(alg, secret.as_bytes()).await,
            401,
            "{alg} {secret}"
        );
    }
    assert!(!server.log().contains(SECRET));
}

#[tokio::test]
async fn a_proxy_nearby_is_believed() {
    let proxy = "[auth.proxy]\nowner_header = \"x-user\"\nroles_header = \"x-roles\"\nfrom = [\"127.0.0.0/8\"]\n\
                 [auth.agents]\ndefault = { roles = [\"staff\"] }";
    let server = Binary::start(&format!("{}{proxy}", config(DEMO))).await;
    let agents = async |headers: &[(&str, &str)]| {
        let info = ask(server.address, "GET /copilotkit/info", headers, "").await;
        (info.code(), info.text().contains("DemoAgent"))
    };
    assert_eq!(
        agents(&[("x-user", "ann"), ("x-roles", "x, staff")]).await,
        (200, true)
    );
    assert_eq!(agents(&[("x-user", "ann")]).await, (200, false));
    assert_eq!(agents(&[]).await, (401, false));
    assert_eq!(
        agents(&[("x-user", "ann"), ("x-user", "bob")]).await,
        (401, false)
    );
    assert_eq!(agents(&[("x-roles", "staff")]).await, (401, false));
}

#[tokio::test]
async fn probes_and_pages_without_data_are_everybodys() {
    let world = World::start().await;
    let address = world.server.address;
    let html = [("accept", "text/html")];
    for (path, headers) in [
        ("/health", &[][..]),
        ("/health/live", &[]),
        ("/health/ready", &[]),
        ("/health/startup", &[("authorization", "Bearer wrong")]),
        ("/copilotkit/health", &[]),
        ("/openapi.json", &[]),
        ("/docs", &[]),
        ("/copilotkit", &html),
    ] {
        let reply = ask(address, &format!("GET {path}"), headers, "").await;
        assert_eq!(reply.code(), 200, "{path}: {reply:?}");
        let names = path.starts_with("/health") && reply.text().contains("upstreams");
        assert!(!names, "{path}: {reply:?}");
    }
    for line in [
        "GET /copilotkit?query=%7Bhello%7D",
        "POST /docs",
        "GET /elsewhere",
        "GET /copilotkit/x",
    ] {
        assert_eq!(ask(address, line, &[], "").await.code(), 401, "{line}");
    }
    // How the agents' servers do is for administrators.
    let ready = async |key: &str| {
        ask(address, "GET /health/ready", &[("x-api-key", key)], "")
            .await
            .json()
    };
    assert_eq!(ready(&world.ann.key).await["upstreams"], Value::Null);
    assert_eq!(ready(&world.boss.key).await["upstreams"], json!([]));
}

#[tokio::test]
async fn pages_of_other_origins_read_a_refusal_and_no_more() {
    let world =
        World::with("[cors]\norigins = [\"https://app.example\"]\ncredentials = true").await;
    let address = world.server.address;
    let (app, evil) = (
        ("origin", "https://app.example"),
        ("origin", "https://evil.example"),
    );
    let asks = [
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization"),
    ];
    let preflight = ask(
        address,
        "OPTIONS /copilotkit/info",
        &[app, asks[0], asks[1]],
        "",
    )
    .await;
    assert_eq!(
        preflight.code(),
        204,
        "no credential comes with it: {preflight:?}"
    );
    assert_eq!(
        preflight.header("access-control-allow-headers"),
        Some("authorization")
    );
    for (line, body) in [
        ("POST /copilotkit/agent/default/run", RUN),
        ("POST /copilotkit", HELLO),
    ] {
        let allowed = |reply: &Reply| {
            reply
                .header("access-control-allow-origin")
                .map(str::to_owned)
        };
        let refused = ask(address, line, &[app, GRAPHQL], body).await;
        assert_eq!(
            (refused.code(), allowed(&refused).as_deref()),
            (401, Some("https://app.example"))
        );
        assert_eq!(
            refused.header("access-control-allow-credentials"),
            Some("true")
        );
        // A key that a page of another origin has somehow got is of no use to it.
        let foreign = ask(
            address,
            line,
            &[evil, ("x-api-key", world.ann.key.as_str())],
            body,
        )
        .await;
        assert_eq!(
            (foreign.code(), allowed(&foreign)),
            (403, None),
            "{foreign:?}"
        );
    }
    let preflight = ask(
        address,
        "OPTIONS /copilotkit/info",
        &[evil, asks[0], asks[1]],
        "",
    )
    .await;
    assert_eq!(preflight.header("access-control-allow-origin"), None);
    assert_eq!(preflight.header("access-control-allow-credentials"), None);
}

#[tokio::test]
async fn each_face_is_told_in_its_way() {
    let world = World::start().await;
    let address = world.server.address;
    let agui = ask(address, "POST /copilotkit", &[], r#"{"method": "info"}"#).await;
    assert_eq!(
        (agui.code(), &agui.json()["error"]),
        (401, &json!("unauthorized"))
    );
    let graphql = ask(address, "POST /copilotkit", &[GRAPHQL], HELLO).await;
    assert_eq!(graphql.code(), 401);
    assert!(graphql.header("x-copilotkit-runtime-version").is_some());
    let extensions = &graphql.json()["errors"][0]["extensions"];
    assert_eq!(extensions["code"], "AUTHENTICATION_ERROR");
    assert_eq!(
        (&extensions["statusCode"], &extensions["visibility"]),
        (&json!(401), &json!("banner"))
    );
    // Upstream's client shows what is in an answer of 200 only.
    let client = [
        GRAPHQL,
        ("x-copilotkit-runtime-client-gql-version", "1.10.6"),
    ];
    let shown = ask(address, "POST /copilotkit", &client, HELLO).await;
    assert_eq!(shown.code(), 200);
    assert_eq!(shown.json(), graphql.json());
}

#[tokio::test]
async fn whoever_has_no_credential_may_be_welcome() {
    let keyed = "[auth]\nallow_anonymous = true\n[auth.agents]\ndefault = { owners = [\"robot\"] }\n\
                 [[auth.api_keys]]\nname = \"k\"\nowner = \"robot\"\nkey_env = \"KEY\"";
    let server = Binary::start_in(
        &format!("{}{keyed}", config(DEMO)),
        &[("KEY", "robot's own key")],
    )
    .await;
    let info = async |headers: &[(&str, &str)]| {
        ask(server.address, "GET /copilotkit/info", headers, "").await
    };
    assert_eq!(info(&[]).await.json()["agents"], json!({}));
    assert!(
        info(&[("x-api-key", "robot's own key")]).await.json()["agents"]["default"].is_object()
    );
    assert_eq!(info(&[("x-api-key", "wrong")]).await.code(), 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upstreams_client_shows_a_refusal_and_sends_what_it_was_given() {
    if !clients() {
        return;
    }
    let world = World::start().await;
    let url = format!("http://{}/copilotkit", world.server.address);
    let job = json!({"version": "1.10.6", "url": url, "kind": "agents"});
    let told = drive(job.clone()).await;
    let error = &told[0]["error"]["gql"][0];
    let shown = error["message"].as_str().unwrap_or_default();
    assert!(
        shown.contains("This server answers only those it knows"),
        "{told:?}"
    );
    assert_eq!(error["extensions"]["code"], "AUTHENTICATION_ERROR");
    assert_eq!(error["extensions"]["visibility"], "banner");
    let bearer = format!("Bearer {}", world.ann.key);
    let told = drive(but(job, json!({"headers": {"Authorization": bearer}}))).await;
    assert!(told[0]["data"]["availableAgents"].is_object(), "{told:?}");
}
