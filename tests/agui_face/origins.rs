//! Pages of origins that are not allowed: browsers send what a form could send as well without asking first.

use agui_runtime::server::{CorsOptions, HttpOptions, Origins};
use poem::http::{Method, StatusCode};
use serde_json::json;

use super::{builder, demo, input, serve};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const TEXT: (&str, &str) = ("content-type", "text/plain");
const EVIL: (&str, &str) = ("origin", "https://evil.example");

#[tokio::test]
async fn a_page_that_is_not_allowed_changes_nothing() {
    let options = HttpOptions {
        cors: CorsOptions {
            origins: Origins::List(vec!["https://app.example".to_owned()]),
            ..CorsOptions::default()
        },
        ..HttpOptions::default()
    };
    let face = serve(builder(), options).await;
    let said = face.run("t", "hello").await.events().await;
    let mut started = face.runtime.watch();
    let run = input("u", "x").to_string();
    let graphql = "query=mutation%20%7B%20__typename%20%7D";
    let call = json!({"method": "threads/clear"}).to_string();
    for (path, kind, body) in [
        ("/threads/clear", TEXT, ""),
        ("/agent/default/run", TEXT, &*run),
        ("/agent/default/stop/t", TEXT, ""),
        ("", TEXT, &*call),
        ("", FORM, graphql),
    ] {
        let refused = face.request(Method::POST, path, &[kind, EVIL], body).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(refused.header("access-control-allow-origin"), "");
        let told = refused.json().await;
        assert_eq!(told["error"], "origin_not_allowed");
        let message = told["message"].as_str().expect("a message");
        assert!(message.contains("`origins`"), "{message}");
    }
    assert!(started.try_recv().is_err(), "a run was started");
    let kept = face.connect("t").await.events().await;
    assert_eq!(kept.last(), said.last());
    // Who is no page, the server's own pages, and those that are listed may do all that.
    let own = [
        ("host", "localhost:4000"),
        ("origin", "http://localhost:4000"),
    ];
    let listed = [("origin", "https://app.example")];
    for headers in [&[][..], &own[..], &listed[..]] {
        let headers = [&[FORM][..], headers].concat();
        let answer = face.request(Method::POST, "", &headers, graphql).await;
        assert_eq!(answer.status, StatusCode::OK, "{headers:?}");
    }
    let read = face.request(Method::GET, "/info", &[EVIL], "").await;
    assert_eq!(read.status, StatusCode::OK);
}

/// Upstream's default.
#[tokio::test]
async fn without_a_list_every_page_may_ask() {
    let face = demo().await;
    let headers = [("content-type", "application/json"), EVIL];
    let run = input("t", "hello").to_string();
    let answer = face
        .request(Method::POST, "/agent/default/run", &headers, run)
        .await;
    assert!(!answer.events().await.is_empty());
}
