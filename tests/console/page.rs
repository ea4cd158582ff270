//! The page and its files: where they are, how long browsers keep them, and what they may do there.

use std::net::SocketAddr;

use poem::http::{Method, StatusCode};
use serde_json::Value;

use super::{call, options, request, runtime};
use crate::support::http::{Reply, ask};
use crate::support::server::Binary;

const BROWSER: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

async fn get(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Reply {
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let request =
        format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n{headers}connection: close\r\n\r\n");
    ask(address, request.into_bytes()).await
}

/// The addresses of the page's files.
fn files(page: &str) -> Vec<String> {
    let links = page
        .split(['"'])
        .filter(|it| it.starts_with("console/assets/"));
    links.map(|it| format!("/{it}")).collect()
}

#[tokio::test]
async fn the_page_is_at_the_root_for_browsers_and_sealed() {
    let binary = Binary::start("[store]\nurl = \"memory:\"\n").await;
    let address = binary.address;
    let page = get(address, "/", &[("accept", BROWSER)]).await;
    assert_eq!(page.code(), 200);
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(page.header("access-control-allow-origin"), None);
    assert_eq!(page.header("x-frame-options"), Some("DENY"));
    let policy = page.header("content-security-policy").expect("a policy");
    for rule in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    ] {
        assert!(policy.contains(rule), "{policy}");
    }
    assert!(
        !policy.contains("unsafe") && !policy.contains("http"),
        "{policy}"
    );

    // A browser that has it is told so.
    let tag = page.header("etag").expect("a tag");
    let known = [("accept", BROWSER), ("if-none-match", tag)];
    assert_eq!(get(address, "/", &known).await.code(), 304);
    let same = get(address, "/console", &[]).await;
    assert_eq!(same.text(), page.text());
    let slash = get(address, "/console/", &[]).await;
    assert_eq!(
        (slash.code(), slash.header("location")),
        (308, Some("../console"))
    );
    // Programs find at the root what they found before.
    assert_eq!(get(address, "/", &[("accept", "*/*")]).await.code(), 404);
}

#[tokio::test]
async fn its_files_are_kept_for_good() {
    let binary = Binary::start("[store]\nurl = \"memory:\"\n").await;
    let page = get(binary.address, "/console", &[]).await;
    let files = files(page.text());
    assert!(files.len() >= 4, "{files:?}");
    for path in &files {
        let file = get(binary.address, path, &[]).await;
        assert_eq!(file.code(), 200, "{path}");
        let keep = file.header("cache-control").unwrap_or_default();
        assert!(keep.contains("immutable"), "{path}: {keep}");
        assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
        let tag = file.header("etag").expect("a tag");
        let known = get(binary.address, path, &[("if-none-match", tag)]).await;
        assert_eq!((known.code(), known.body.len()), (304, 0), "{path}");
    }
    let (folder, _) = files[0].rsplit_once('/').expect("a folder");
    for gone in [
        format!("{folder}/nothing.js"),
        format!("{folder}/../mod.rs"),
        "/console/assets/0000000000000000/app.js".to_owned(),
        "/console/assets/app.js".to_owned(),
    ] {
        assert_eq!(get(binary.address, &gone, &[]).await.code(), 404, "{gone}");
    }
}

#[tokio::test]
async fn it_can_be_turned_off() {
    let binary = Binary::start("[server]\nconsole = false\n[store]\nurl = \"memory:\"\n").await;
    for path in ["/", "/console", "/console/api/session"] {
        let reply = get(binary.address, path, &[("accept", BROWSER)]).await;
        assert_eq!(reply.code(), 404, "{path}");
    }
}

#[tokio::test]
async fn faces_at_the_root_keep_it() {
    let config = "[server]\nbase_path = \"/\"\n[store]\nurl = \"memory:\"\n";
    let binary = Binary::start(config).await;
    let root = get(binary.address, "/", &[("accept", BROWSER)]).await;
    assert!(root.text().contains("GraphiQL"), "{}", root.text());
    let console = get(binary.address, "/console", &[("accept", BROWSER)]).await;
    assert!(console.text().contains("name=\"base-path\" content=\".\""));
    assert_eq!(get(binary.address, "/info", &[]).await.code(), 200);
    let session = get(binary.address, "/console/api/session", &[]).await;
    assert_eq!(session.json()["server"]["store"], "memory");
}

#[tokio::test]
async fn an_application_that_has_a_page_of_its_own_keeps_it() {
    let runtime = runtime().await;
    let endpoint = runtime.endpoint().expect("an endpoint");
    let console = request(None, Method::GET, "/console", &Value::Null);
    assert_eq!(
        call(&endpoint, console).await.status(),
        StatusCode::NOT_FOUND
    );
    // Faces below the console's own place leave no room for it.
    let options = agui_runtime::server::HttpOptions {
        base_path: "/console".to_owned(),
        ..options()
    };
    let endpoint = runtime.endpoint_with(options).expect("an endpoint");
    let info = request(None, Method::GET, "/console/api/info", &Value::Null);
    assert_eq!(call(&endpoint, info).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn nobody_posts_to_a_page() {
    let endpoint = runtime()
        .await
        .endpoint_with(options())
        .expect("an endpoint");
    for path in ["/console", "/console/assets/x", "/console/api/session"] {
        let post = request(None, Method::POST, path, &Value::Null);
        let answer = call(&endpoint, post).await;
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(answer.header("allow"), Some("GET"));
    }
}
