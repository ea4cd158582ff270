//! The log: each line of a request or run says of which, and none has a secret or what was said.

use serde_json::Value;

use super::{SECRET, agent, config, get, model, run};
use crate::support::http::{self, Exchange, PATIENCE, Reply};
use crate::support::model::Model;
use crate::support::requests::chat;
use crate::support::server::Binary;

const JSON: &str = "[telemetry]\nformat = \"json\"\n";

struct Logged {
    server: Binary,
    _upstreams: (Model, Model),
}

impl Logged {
    async fn start(more: &str) -> Self {
        let (model, agent) = (model().await, agent().await);
        let server = Binary::start(&config(&model, &agent, more)).await;
        Self {
            server,
            _upstreams: (model, agent),
        }
    }

    async fn ask(&self, request: Vec<u8>) -> Reply {
        http::ask(self.server.address, request).await
    }

    fn lines(&self) -> Vec<Value> {
        let log = self.server.log();
        let whole = log.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let read = |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        whole.lines().map(read).collect()
    }

    /// The line that says this of the request or run that `key` names, once it is there.
    async fn line(&self, message: &str, key: &str, value: &str) -> Value {
        let found = async {
            loop {
                let mut lines = self.lines().into_iter();
                let found = lines.find(|it| it["message"] == message && it[key] == value);
                if let Some(found) = found {
                    return found;
                }
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        let found = tokio::time::timeout(PATIENCE, found).await;
        found.unwrap_or_else(|_| panic!("no `{message}` with {key}={value}"))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_line_of_a_run_says_which_request_run_thread_and_owner() {
    let logged = Logged::start(JSON).await;
    let reply = logged
        .ask(run("default", "t1", "hello", "x-request-id: req-1\r\n"))
        .await;
    assert_eq!(reply.header("x-request-id"), Some("req-1"));
    let access = logged.line("answered", "request_id", "req-1").await;
    for (key, value) in [
        ("level", "INFO"),
        ("target", "agui_runtime::access"),
        ("face", "agui"),
        ("method", "POST"),
        ("route", "/agent/{agent}/run"),
        ("owner", "anonymous"),
    ] {
        assert_eq!(access[key], value, "{access}");
    }
    assert_eq!(access["status"], 200);
    assert_eq!(access["bytes"], reply.body.len());
    assert!(access["milliseconds"].is_u64() && access["timestamp"].is_string());
    let ended = logged.line("run ended", "run_id", "t1").await;
    for (key, value) in [
        ("request_id", "req-1"),
        ("thread_id", "t1"),
        ("owner", "anonymous"),
        ("agent", "default"),
        ("outcome", "completed"),
    ] {
        assert_eq!(ended[key], value, "{ended}");
    }
    assert_eq!(ended["deltas"], 2);
    assert!(ended["first_token_milliseconds"].is_u64(), "{ended}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_is_told_with_the_run_that_failed() {
    let logged = Logged::start(JSON).await;
    let reply = logged.ask(chat("fail")).await;
    let id = reply.header("x-request-id").expect("an id was made");
    assert_eq!(id.len(), 32);
    let ended = logged.line("run ended", "request_id", id).await;
    assert_eq!(ended["outcome"], "failed");
    let lines = logged.lines();
    let failed = |line: &&Value| {
        line["message"]
            .as_str()
            .is_some_and(|it| it.starts_with("run failed"))
    };
    let failed = lines.iter().find(failed).expect("the failure is told");
    assert_eq!(
        (&failed["request_id"], &failed["level"]),
        (&id.into(), &"WARN".into())
    );
    assert_eq!(failed["run_id"], ended["run_id"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_goes_away_is_told_so() {
    let logged = Logged::start(JSON).await;
    let request = run("default", "t1", "hang", "x-request-id: req-1\r\n");
    let mut exchange = Exchange::start(logged.server.address, request).await;
    exchange.head(&mut Reply::default()).await;
    exchange.next().await;
    exchange.hang_up();
    let gone = logged
        .line("the client went away", "request_id", "req-1")
        .await;
    assert_eq!(gone["status"], 200);
    assert!(gone["bytes"].as_u64() > Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_line_has_a_secret_or_what_was_said() {
    let logged =
        Logged::start("[telemetry]\nformat = \"json\"\nlevel = \"debug,hyper=info\"\n").await;
    let headers =
        format!("authorization: Bearer {SECRET}\r\nx-api-key: {SECRET}\r\ncookie: {SECRET}\r\n");
    logged
        .ask(run("default", "t1", &format!("hello {SECRET}"), &headers))
        .await;
    logged
        .ask(run("remote", "t2", &format!("hello {SECRET}"), &headers))
        .await;
    logged
        .ask(get(&format!("/copilotkit/info?token={SECRET}")))
        .await;
    logged.line("run ended", "run_id", "t2").await;
    let log = logged.server.log();
    assert!(log.contains("\"run_id\":\"t1\"") && log.contains("/info"));
    for word in [SECRET, "sk-mock", "one two", "hello"] {
        assert!(!log.contains(word), "{word} in:\n{log}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_is_logged_if_asked_for() {
    let logged = Logged::start("[telemetry]\nformat = \"json\"\nlog_content = true\n").await;
    logged.ask(run("default", "t1", "hello", "")).await;
    assert_eq!(logged.line("asked", "run_id", "t1").await["text"], "hello");
    let said = logged.line("answered", "run_id", "t1").await;
    assert_eq!(said["text"], "one two");
}

/// Whoever names a thread after a line of the log must not write one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_writes_lines_into_the_log() {
    let logged = Logged::start("").await;
    let thread = "t\n2026-01-01T00:00:00Z  INFO all is well\u{1b}[31m";
    let forged = "x-request-id: a b=c\r\n";
    let reply = logged.ask(run("default", thread, "hello", forged)).await;
    assert_ne!(reply.header("x-request-id"), Some("a b=c"));
    let log = logged.server.log();
    assert!(
        log.contains("run ended") && log.contains("all is well"),
        "{log}"
    );
    assert!(
        !log.contains("\n2026-01-01") && !log.contains('\u{1b}'),
        "{log}"
    );
    assert!(!log.contains("otel.") && !log.contains("http."), "{log}");
}
