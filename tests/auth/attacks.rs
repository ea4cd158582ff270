//! Credentials that are none: each is told what everybody is told who has none, on both faces, and the log keeps no secret.

use agui_runtime::server::auth::NewKey;
use serde_json::{Value, json};

use super::tokens::{Ec, at, but, claims, encoded, hs256, token};
use super::world::World;
use super::{GRAPHQL, HELLO, RUN, ask};
use crate::support::http::Reply;

type Headers = Vec<(&'static str, String)>;

/// What an answer is but for the time and the request's own number.
fn complete(reply: &Reply) -> (u16, Vec<(String, String)>, String) {
    let headers = reply
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()));
    (
        reply.code(),
        headers.cloned().collect(),
        reply.text().to_owned(),
    )
}

/// A run, a list and a query, asked with these headers.
async fn asked(world: &World, headers: &Headers) -> [Reply; 3] {
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let graphql = [&headers[..], &[GRAPHQL]].concat();
    let address = world.server.address;
    [
        ask(address, "POST /copilotkit/agent/default/run", &headers, RUN).await,
        ask(address, "GET /copilotkit/threads", &headers, "").await,
        ask(address, "POST /copilotkit", &graphql, HELLO).await,
    ]
}

fn bearer(token: impl std::fmt::Display) -> Headers {
    vec![("authorization", format!("Bearer {token}"))]
}

/// Keys that are none, and ways to send them that are none.
fn keys(world: &World) -> Vec<(&'static str, Headers)> {
    let key = &world.ann.key;
    let api_key = |key: &str| vec![("x-api-key", key.to_owned())];
    vec![
        ("a key that nobody made", api_key(&NewKey::generate().key)),
        ("the same as a bearer", bearer(NewKey::generate().key)),
        (
            "a key with something behind it",
            api_key(&format!("{key}x")),
        ),
        ("a key that lacks its end", api_key(&key[..key.len() - 1])),
        ("a key in other letters", api_key(&key.to_uppercase())),
        ("a key's hash", api_key(&world.ann.sha256)),
        ("a key's name", api_key("ann's")),
        ("a key that has expired", api_key(&world.old.key)),
        ("an empty key", api_key("")),
        ("an empty bearer", bearer("")),
        ("a key sent twice", [api_key(key), api_key(key)].concat()),
        (
            "a right key and a wrong one",
            [api_key(key), api_key("x")].concat(),
        ),
        (
            "a wrong key before a right bearer",
            [api_key("x"), bearer(key)].concat(),
        ),
        ("two bearers", [bearer(key), bearer("x")].concat()),
        ("a long key", api_key(&"x".repeat(17_000))),
        ("a key that is no text", api_key("k\u{e9}y")),
    ]
}

/// Tokens that are none.
fn tokens(world: &World) -> Vec<(&'static str, Headers)> {
    let rsa = &world.rsa;
    let good = claims("ann");
    let header = json!({"alg": "RS256", "typ": "JWT"});
    let changed = |changes: Value| bearer(rsa.token(&but(claims("ann"), changes)));
    let of = |header: Value| bearer(token(&header, &claims("ann"), |it| rsa.sign(it)));
    let unsigned = |alg: &str| bearer(token(&json!({"alg": alg}), &claims("ann"), |_| Vec::new()));
    let (own, pem) = (Ec::new(), rsa.pem());
    let mixed = {
        let (ann, boss) = (rsa.token(&good), rsa.token(&claims("boss")));
        let [a, b]: [Vec<&str>; 2] = [&ann, &boss].map(|it| it.split('.').collect());
        bearer([a[0], b[1], a[2]].join("."))
    };
    let confused = |secret: &[u8]| bearer(token(&json!({"alg": "HS256"}), &good, hs256(secret)));
    vec![
        ("alg none", unsigned("none")),
        ("alg None", unsigned("None")),
        ("alg nOnE", unsigned("nOnE")),
        ("no alg", of(json!({"typ": "JWT"}))),
        ("the public key as a secret", confused(pem.as_bytes())),
        (
            "the same without its line's end",
            confused(pem.trim_end().as_bytes()),
        ),
        ("no secret", confused(b"")),
        (
            "another algorithm of the key's",
            of(json!({"alg": "RS384"})),
        ),
        (
            "the key's own, padded otherwise",
            of(json!({"alg": "PS256"})),
        ),
        ("a key of another kind", bearer(own.token("k", &good))),
        ("a key that the token brings", {
            let header = json!({"alg": "ES256", "jwk": own.jwk("k")});
            bearer(token(&header, &good, |it| own.sign(it)))
        }),
        (
            "a key that the token points to",
            of(json!({"alg": "ES256", "jku": "http://127.0.0.1:1/keys"})),
        ),
        (
            "something that must be understood",
            of(json!({"alg": "RS256", "crit": ["exp"], "exp": 1})),
        ),
        (
            "no signature",
            bearer(token(&header, &good, |_| Vec::new())),
        ),
        ("another token's signature", mixed),
        (
            "a signature cut short",
            bearer(token(&header, &good, |it| rsa.sign(it)[..255].to_vec())),
        ),
        ("ended", changed(json!({"exp": at(-61)}))),
        ("never ending", changed(json!({"exp": null}))),
        ("ending in words", changed(json!({"exp": "tomorrow"}))),
        ("not yet begun", changed(json!({"nbf": at(120)}))),
        ("beginning in words", changed(json!({"nbf": "today"}))),
        ("for another", changed(json!({"aud": "other"}))),
        ("for nobody", changed(json!({"aud": null}))),
        (
            "by another",
            changed(json!({"iss": "https://id.example.evil"})),
        ),
        ("by nobody", changed(json!({"iss": null}))),
        ("whose it is not said", changed(json!({"sub": null}))),
        ("nobody's", changed(json!({"sub": ""}))),
        ("everybody's", changed(json!({"sub": "anonymous"}))),
        (
            "of a name that steers terminals",
            changed(json!({"sub": "ann\u{1b}[2J\n"})),
        ),
        ("of many names", changed(json!({"sub": ["ann", "bob"]}))),
        (
            "no JSON",
            bearer(format!("{}.{}.x", encoded("{"), encoded("}"))),
        ),
        (
            "two parts",
            bearer(rsa.token(&good).rsplit_once('.').unwrap().0),
        ),
        ("four parts", bearer(format!("{}.x", rsa.token(&good)))),
        ("dots", bearer("..")),
    ]
}

/// Names that only the proxy may say, and places where nobody looks.
fn elsewhere(world: &World) -> Vec<(&'static str, Headers)> {
    let key = &world.ann.key;
    let header = |name, value: &str| vec![(name, value.to_owned())];
    let named = || header("x-forwarded-user", "ann");
    vec![
        ("a user named from elsewhere", named()),
        (
            "the same in other letters",
            header("X-Forwarded-User", "ann"),
        ),
        (
            "the same as if from the proxy",
            [named(), header("x-forwarded-for", "10.0.0.1")].concat(),
        ),
        (
            "the same with a real key",
            [named(), header("x-api-key", key)].concat(),
        ),
        (
            "roles beside a real key",
            [
                header("x-forwarded-groups", "admin"),
                header("x-api-key", key),
            ]
            .concat(),
        ),
        (
            "the cloud's key, which is public",
            header("x-copilotcloud-public-api-key", key),
        ),
        (
            "a key in a cookie",
            header("cookie", &format!("x-api-key={key}; authorization={key}")),
        ),
        ("a key without its scheme", header("authorization", key)),
        (
            "a key by another scheme",
            header("authorization", &format!("Basic {key}")),
        ),
        (
            "a key for a proxy",
            header("proxy-authorization", &format!("Bearer {key}")),
        ),
    ]
}

#[tokio::test]
async fn what_is_no_credential_is_told_nothing() {
    let world = World::start().await;
    let nothing = asked(&world, &Vec::new()).await.map(|it| complete(&it));
    for (status, headers, body) in &nothing {
        assert_eq!(*status, 401);
        let challenge = (
            "www-authenticate".to_owned(),
            "Bearer realm=\"agui-runtime\"".to_owned(),
        );
        assert!(headers.contains(&challenge), "{headers:?}");
        assert!(
            body.contains("This server answers only those it knows."),
            "{body}"
        );
    }
    let attacks = [keys(&world), tokens(&world), elsewhere(&world)].concat();
    assert!(attacks.len() > 55);
    for (attack, headers) in &attacks {
        let told = asked(&world, headers).await.map(|it| complete(&it));
        for (told, nothing) in told.into_iter().zip(&nothing) {
            let (status, mut headers, body) = told;
            // The one thing that RFC 6750 has to say: that there was something.
            for (_, value) in &mut headers {
                *value = value.replace(", error=\"invalid_token\"", "");
            }
            assert_eq!(&(status, headers, body), nothing, "{attack}");
        }
    }
    // Those that are right have been right all the time.
    for key in [
        world.ann.key.as_str(),
        world.robot,
        &world.rsa.token(&claims("ann")),
    ] {
        for reply in asked(&world, &bearer(key)).await {
            assert_eq!(reply.code(), 200, "{reply:?}");
        }
    }
    keeps_secrets(&world, &attacks);
}

/// Nothing that was presented, and nothing that the configuration holds, is in the log.
fn keeps_secrets(world: &World, attacks: &[(&str, Headers)]) {
    let log = world.server.log();
    assert!(log.contains("the API key `old` has expired"), "{log}");
    let keys = [&world.ann, &world.boss, &world.old].map(|it| it.key.as_str());
    for secret in keys.into_iter().chain([world.robot]) {
        assert!(!log.contains(secret), "{secret}");
    }
    for (attack, headers) in attacks {
        for (_, value) in headers {
            // What is short may stand in any line.
            let value = value.trim_start_matches("Bearer ");
            assert!(
                value.len() < 16 || !log.contains(value),
                "{attack}: {value}"
            );
        }
    }
    assert!(!log.contains('\u{1b}') && !log.contains("[2J"));
}

#[tokio::test]
async fn a_lines_end_in_a_header_begins_no_other() {
    let world = World::start().await;
    for value in ["x\rx-forwarded-user: ann", "x\u{0}y", "x\u{7f}y"] {
        let reply = ask(
            world.server.address,
            "GET /copilotkit/threads",
            &[("x-api-key", value)],
            "",
        )
        .await;
        assert!([400, 401].contains(&reply.code()), "{value:?}: {reply:?}");
    }
    // Nor does one in a path begin one of the answer.
    let key = ("x-api-key", world.ann.key.as_str());
    for line in [
        "POST /copilotkit/agent/a%0d%0aset-cookie:%20a=b/stop/t%0d%0aset-cookie:%20a=b",
        "PATCH /copilotkit/threads/t%0d%0aset-cookie:%20a=b",
    ] {
        let reply = ask(world.server.address, line, &[key], "{}").await;
        assert_eq!(reply.header("set-cookie"), None, "{reply:?}");
        assert!([400, 404].contains(&reply.code()), "{reply:?}");
    }
}

#[tokio::test]
async fn a_path_leads_to_no_file_and_past_no_gate() {
    let world = World::start().await;
    let key = [("x-api-key", world.ann.key.as_str())];
    for path in [
        "/../../../../etc/passwd",
        "/docs/../../../../etc/passwd",
        "/docs/%2e%2e/%2e%2e/etc/passwd",
        "/docs/..%2f..%2fetc%2fpasswd",
        "/copilotkit/threads/..%2f..%2f..%2fetc%2fpasswd/messages",
        "/copilotkit/../health/../copilotkit/threads",
        "//copilotkit/threads",
        "/health/../copilotkit/threads",
        "/health/live/../../copilotkit/threads",
        "/openapi.json/../copilotkit/threads",
        "/docs/copilotkit/threads",
        "/copilotkit/health/../threads",
        "/copilotkit/threads?x=/health",
        "/copilotkit/threads/health",
        "/COPILOTKIT/threads",
        "http://localhost/copilotkit/threads",
    ] {
        let stranger = ask(world.server.address, &format!("GET {path}"), &[], "").await;
        assert_eq!(stranger.code(), 401, "{path}: {stranger:?}");
        let ann = ask(world.server.address, &format!("GET {path}"), &key, "").await;
        assert!(!ann.text().contains("root:"), "{path}: {ann:?}");
    }
}

#[tokio::test]
async fn a_stranger_is_refused_before_the_body_is_read() {
    let world = World::start().await;
    let address = world.server.address;
    let length = [
        ("content-type", "application/json"),
        ("content-length", "1000000000"),
    ];
    // It never comes.
    for line in ["POST /copilotkit", "POST /copilotkit/agent/default/run"] {
        let reply = ask(address, line, &length, "").await;
        assert_eq!(reply.code(), 401, "{reply:?}");
    }
    let key = ("x-api-key", world.ann.key.as_str());
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let run = RUN.replacen("\"t\"", &deep, 1);
    let query = json!({"query": format!("{}{}", "{ a ".repeat(50_000), "}".repeat(50_000))});
    for (line, body) in [
        ("POST /copilotkit", deep.clone()),
        (
            "POST /copilotkit",
            format!(r#"{{"method": "info", "params": {deep}}}"#),
        ),
        ("POST /copilotkit", query.to_string()),
        ("POST /copilotkit/agent/default/run", run),
        ("PATCH /copilotkit/threads/t", deep),
    ] {
        let reply = ask(address, line, &[key], body).await;
        assert!((200..500).contains(&reply.code()), "{line}: {reply:?}");
        assert!(
            reply.complete && reply.text().len() < 10_000,
            "{line}: {reply:?}"
        );
    }
    let large = ask(
        address,
        "POST /copilotkit",
        &[key, length[0], length[1]],
        "",
    )
    .await;
    assert_eq!(large.code(), 413, "{large:?}");
    assert_eq!(
        ask(address, "GET /copilotkit/info", &[key], "")
            .await
            .code(),
        200
    );
}
