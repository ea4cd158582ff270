//! Keys that are fetched: a set that is down, that changes, and that says nonsense.

use std::sync::Arc;
use std::time::Duration;

use agui_runtime::Runtime;
use agui_runtime::agents::demo::DemoAgent;
use agui_runtime::server::HttpOptions;
use agui_runtime::server::auth::{Auth, Jwt, JwtOptions, KeyCaches};
use parking_lot::Mutex;
use poem::http::{StatusCode, header};
use poem::{Endpoint, Request, Response};
use serde_json::{Value, json};

use super::tokens::{Ec, Rsa, claims, hs256, token};
use crate::support::service::Service;

/// A server of keys, and what it answers.
struct Issuer {
    service: Service,
    says: Arc<Mutex<(StatusCode, String)>>,
}

impl Issuer {
    async fn start() -> Self {
        let says = Arc::new(Mutex::new((StatusCode::SERVICE_UNAVAILABLE, String::new())));
        let said = says.clone();
        let service = Service::start(move |_, _| std::future::ready(said.lock().clone())).await;
        Self { service, says }
    }

    fn has(&self, keys: &[Value]) {
        *self.says.lock() = (StatusCode::OK, json!({"keys": keys}).to_string());
    }

    fn is_down(&self) {
        self.says.lock().0 = StatusCode::SERVICE_UNAVAILABLE;
    }

    fn says(&self, text: &str) {
        *self.says.lock() = (StatusCode::OK, text.to_owned());
    }

    /// A server that takes its tokens.
    async fn served(&self, caches: &KeyCaches) -> impl Endpoint<Output = Response> + use<> {
        let url = self.service.url("/keys");
        let jwt = Jwt::with_key_set(&url, caches, JwtOptions::default()).expect("tokens");
        let runtime = Runtime::builder()
            .agent("default", DemoAgent::default())
            .build()
            .await
            .expect("a runtime");
        let auth = Auth::default().with(jwt);
        runtime
            .endpoint_with(HttpOptions {
                auth,
                ..HttpOptions::default()
            })
            .expect("an endpoint")
    }
}

async fn answer(endpoint: &impl Endpoint<Output = Response>, token: &str) -> Response {
    let request = Request::builder().uri_str("/api/copilotkit/info");
    let request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    endpoint.call(request.finish()).await.expect("an answer")
}

async fn status(endpoint: &impl Endpoint<Output = Response>, token: &str) -> u16 {
    answer(endpoint, token).await.status().as_u16()
}

/// Time passes at once. Only while nothing is on its way: what waits would time out.
async fn later(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn before_its_keys_are_there_nobody_is_refused_for_good() {
    let (issuer, key) = (Issuer::start().await, Ec::new());
    let endpoint = issuer.served(&KeyCaches::default()).await;
    let good = key.token("a", &claims("ann"));
    let early = answer(&endpoint, &good).await;
    assert_eq!(early.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(early.header("retry-after"), Some("2"));
    assert_eq!(early.header("access-control-allow-origin"), Some("*"));
    let told: Value = early.into_body().into_json().await.expect("JSON");
    assert_eq!(told["error"], "auth_unavailable");
    assert!(
        !told
            .to_string()
            .contains(&issuer.service.address.to_string()),
        "{told}"
    );
    // Those that ask meanwhile do not make it ask again.
    let asked = issuer.service.count();
    assert_eq!(status(&endpoint, &good).await, 503);
    assert_eq!(issuer.service.count(), asked);
    issuer.has(&[key.jwk("a")]);
    later(3).await;
    assert_eq!(status(&endpoint, &good).await, 200);
    assert_eq!(status(&endpoint, "").await, 401);
}

#[tokio::test]
async fn keys_that_are_known_work_while_their_server_is_down() {
    let (issuer, key) = (Issuer::start().await, Ec::new());
    issuer.has(&[key.jwk("a")]);
    let caches = KeyCaches::default();
    let endpoint = issuer.served(&caches).await;
    let good = key.token("a", &claims("ann"));
    assert_eq!(status(&endpoint, &good).await, 200);
    for say in [
        Issuer::is_down as fn(&Issuer),
        |it| it.says("{"),
        |it| it.has(&[]),
        |it| it.has(&[json!({"kty": "oct", "k": "c2VjcmV0"})]),
    ] {
        say(&issuer);
        later(301).await;
        let asked = issuer.service.count();
        assert_eq!(status(&endpoint, &good).await, 200);
        assert!(issuer.service.count() > asked, "it was asked again");
    }
    // A configuration that is read anew finds them too.
    issuer.is_down();
    let reloaded = issuer.served(&caches).await;
    assert_eq!(status(&reloaded, &good).await, 200);
}

#[tokio::test]
async fn keys_come_and_go_with_their_set() {
    let (issuer, old, new, rsa) = (Issuer::start().await, Ec::new(), Ec::new(), Rsa::new());
    issuer.has(&[old.jwk("old")]);
    let endpoint = issuer.served(&KeyCaches::default()).await;
    let (with_old, with_new) = (
        old.token("old", &claims("ann")),
        new.token("new", &claims("ann")),
    );
    assert_eq!(status(&endpoint, &with_old).await, 200);
    assert_eq!(status(&endpoint, &with_new).await, 401);
    later(11).await;
    issuer.has(&[old.jwk("old"), new.jwk("new"), rsa.jwk("rsa")]);
    assert_eq!(status(&endpoint, &with_new).await, 200);
    assert_eq!(status(&endpoint, &with_old).await, 200);
    let header = json!({"alg": "RS256", "kid": "rsa"});
    let with_rsa = token(&header, &claims("ann"), |it| rsa.sign(it));
    assert_eq!(status(&endpoint, &with_rsa).await, 200);
    // What is no longer in the set opens nothing, once it has been asked for anew.
    issuer.has(&[new.jwk("new")]);
    later(301).await;
    assert_eq!(status(&endpoint, &with_new).await, 200);
    assert_eq!(status(&endpoint, &with_old).await, 401);
}

#[tokio::test]
async fn made_up_keys_do_not_make_the_server_ask_more_often() {
    let (issuer, key) = (Issuer::start().await, Ec::new());
    issuer.has(&[key.jwk("a")]);
    let endpoint = issuer.served(&KeyCaches::default()).await;
    assert_eq!(
        status(&endpoint, &key.token("a", &claims("ann"))).await,
        200
    );
    later(11).await;
    let before = issuer.service.count();
    for n in 0..50 {
        let made_up = key.token(&format!("made-up-{n}"), &claims("ann"));
        assert_eq!(status(&endpoint, &made_up).await, 401);
    }
    assert_eq!(issuer.service.count(), before + 1);
}

#[tokio::test]
async fn a_key_of_a_set_is_for_what_it_says() {
    let (issuer, key, rsa) = (Issuer::start().await, Ec::new(), Rsa::new());
    let mut encrypts = key.jwk("encrypts");
    encrypts["use"] = "enc".into();
    let secret = json!({"kty": "oct", "kid": "secret", "alg": "HS256", "k": super::tokens::encoded([7; 32])});
    let mut other = rsa.jwk("other");
    other["alg"] = "RS512".into();
    issuer.has(&[
        encrypts,
        secret,
        other,
        json!({"kty": "new kind"}),
        json!(7),
        rsa.jwk("good"),
    ]);
    let endpoint = issuer.served(&KeyCaches::default()).await;
    let of = |alg: &str, id: &str| json!({"alg": alg, "kid": id});
    let signed = |id: &str| token(&of("RS256", id), &claims("ann"), |it| rsa.sign(it));
    assert_eq!(status(&endpoint, &signed("good")).await, 200);
    for refused in [
        key.token("encrypts", &claims("ann")),
        token(&of("HS256", "secret"), &claims("ann"), hs256(&[7; 32])),
        // The key's own numbers as a secret, which everybody can read.
        token(
            &of("HS256", "good"),
            &claims("ann"),
            hs256(rsa.pem().as_bytes()),
        ),
        signed("other"),
    ] {
        assert_eq!(status(&endpoint, &refused).await, 401);
    }
}
