//! `agui-runtime health`: an image's health check, and what scripts wait for.

use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::tempdir;

use super::{BINARY, printed, run, told};
use crate::support::http::PATIENCE;
use crate::support::model::{Call, Model};
use crate::support::server::{Binary, config, free_address};

/// As [`run`], while this test's own servers go on.
async fn health(arguments: &[&str], env: &[(&str, &str)]) -> std::process::Output {
    let own = |texts: &[&str]| texts.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let arguments = own(arguments);
    let env: Vec<_> = env
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect();
    let asked = tokio::task::spawn_blocking(move || {
        let folder = tempdir().expect("a temporary folder");
        let arguments: Vec<&str> = std::iter::once("health")
            .chain(arguments.iter().map(String::as_str))
            .collect();
        let env: Vec<_> = env.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        run(folder.path(), &arguments, &env)
    });
    asked.await.expect("it ran")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_can_serve_is_ready() {
    let server = Binary::fresh().await;
    let url = format!("http://{}", server.address);
    let live = format!("{url}/health/live");
    let port = server.address.port().to_string();
    for (arguments, env) in [
        (&["--url", &*url][..], &[][..]),
        (&["--url", &*live], &[]),
        // As in the image: from the configuration, which is in the environment there.
        (
            &[],
            &[
                ("AGUI_SERVER__PORT", &*port),
                ("AGUI_SERVER__HOST", "0.0.0.0"),
                ("AGUI_AUTH__ALLOW_ANONYMOUS", "true"),
            ],
        ),
    ] {
        let asked = health(arguments, env).await;
        assert_eq!(printed(&asked), "ready\n", "{arguments:?} {env:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_down_is_told_and_keeps_nobody_from_being_ready() {
    let down = free_address();
    let demo = "[agents.default]\ntype = \"demo\"\n";
    let endpoint = format!("{demo}[[remote_endpoints]]\nurl = \"http://{down}/copilotkit\"\n");
    let server = Binary::start(&config(&endpoint)).await;
    let url = format!("http://{}", server.address);
    let started = Instant::now();
    // The endpoint is looked for behind everybody's back.
    let missing = loop {
        let asked = health(&["--url", &url], &[]).await;
        match printed(&asked).split_once('\n') {
            Some(("ready", missing)) if !missing.is_empty() => break missing.to_owned(),
            _ => assert!(started.elapsed() < PATIENCE, "{asked:?}"),
        }
    };
    let place = down.to_string();
    assert!(
        missing.starts_with("missing: ") && missing.contains(&place),
        "{missing}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_cannot_serve_says_why() {
    let closing = Model::start(|mut call: Call| async move {
        assert!(call.head.starts_with("get /health/ready "), "{}", call.head);
        let body = r#"{"status":"not_ready","reason":"the server shuts down","missing":[]}"#;
        call.answer("503 Service Unavailable", body).await;
    })
    .await;
    let asked = health(&["--url", &format!("http://{}", closing.address)], &[]).await;
    let expected = ("error: not ready: the server shuts down\n", Some(1));
    assert_eq!(told(&asked), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_there_and_who_is_something_else_is_told() {
    let nobody = free_address();
    let asked = health(&["--url", &format!("http://{nobody}")], &[]).await;
    let (error, code) = told(&asked);
    assert!(
        error.contains("cannot reach") && error.contains(&nobody.to_string()),
        "{error}"
    );
    assert_eq!(code, Some(1));
    let other = Model::start(|mut call: Call| async move {
        call.answer("404 Not Found", "no such page").await;
    })
    .await;
    let asked = health(&["--url", &format!("http://{}", other.address)], &[]).await;
    let (error, code) = told(&asked);
    assert!(
        error.contains("404") && error.contains("no such page"),
        "{error}"
    );
    assert_eq!(code, Some(1));
    let asked = health(&["--url", "localhost:8000"], &[]).await;
    assert_eq!(told(&asked).1, Some(2), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_starts_is_waited_for() {
    let address = free_address();
    let mut waiting = tokio::process::Command::new(BINARY)
        .args([
            "health",
            "--wait",
            "60",
            "--url",
            &format!("http://{address}"),
        ])
        .current_dir(Path::new("/"))
        .kill_on_drop(true)
        .spawn()
        .expect("it starts");
    // It has asked in vain by then, or has not begun: it waits in both cases.
    let early = tokio::time::timeout(Duration::from_millis(300), waiting.wait()).await;
    assert!(early.is_err(), "nobody is there yet: {early:?}");
    let _server = Model::start_at(address, |mut call: Call| async move {
        call.json(r#"{"status":"ready"}"#).await;
    })
    .await;
    let ended = tokio::time::timeout(PATIENCE, waiting.wait()).await;
    assert!(ended.expect("it ends").expect("it ran").success());
}
