//! `/metrics` after runs on both faces that end in every way.

use super::samples::Samples;
use super::{SECRET, agent, config, get, model, run, stop};
use crate::support::http::{self, Exchange, Reply};
use crate::support::requests::chat;
use crate::support::server::Binary;

/// A server after: two GraphQL runs, of which one fails, three AG-UI runs, of which one is stopped, and a second run that a
/// busy thread refuses.
pub async fn after_runs() -> (Binary, Samples) {
    let (model, agent) = (model().await, agent().await);
    let server = Binary::start(&config(&model, &agent, "")).await;
    let ask = async |request| http::ask(server.address, request).await;
    assert!(ask(chat("hello")).await.complete);
    assert!(ask(chat("fail")).await.complete);
    assert!(
        ask(run("default", "owner-thread", "hello", ""))
            .await
            .complete
    );
    assert!(ask(run("remote", "t2", "hello", "")).await.complete);
    let mut hangs = Exchange::start(server.address, run("default", "t3", "hang", "")).await;
    hangs.head(&mut Reply::default()).await;
    while let Some(piece) = hangs.next().await {
        if String::from_utf8_lossy(&piece).contains("\"so\"") {
            break;
        }
    }
    let meanwhile = Samples::of(server.address).await;
    assert_eq!(meanwhile.sum("agui_runs_active", &[]), 1.0);
    assert_eq!(meanwhile.sum("agui_run_followers", &[]), 1.0);
    let active = [("kind", "agent"), ("upstream", "default")];
    assert_eq!(meanwhile.sum("agui_upstream_requests_active", &active), 1.0);
    assert!(meanwhile.sum("agui_http_connections", &[]) >= 2.0);
    assert_eq!(meanwhile.sum("agui_http_requests_active", &[]), 2.0);
    assert_eq!(ask(run("default", "t3", "hello", "")).await.code(), 409);
    assert_eq!(stop(server.address, "t3").await.code(), 200);
    while hangs.next().await.is_some() {}
    assert_eq!(ask(get("/no-such-page")).await.code(), 404);
    let samples = Samples::of(server.address).await;
    (server, samples)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_of_both_faces_are_counted_by_agent_and_outcome() {
    let (_server, samples) = after_runs().await;
    let default = ("agent", "default");
    assert_eq!(samples.sum("agui_runs_started_total", &[default]), 4.0);
    let ended = |agent: &str, outcome: &str| {
        let labels = [("agent", agent), ("outcome", outcome)];
        samples.sum("agui_runs_ended_total", &labels)
    };
    assert_eq!(ended("default", "completed"), 2.0);
    assert_eq!(ended("default", "failed"), 1.0);
    assert_eq!(ended("default", "stopped"), 1.0);
    assert_eq!(ended("remote", "completed"), 1.0);
    assert_eq!(samples.sum("agui_runs_active", &[]), 0.0);
    assert_eq!(
        samples.sum("agui_runs_refused_total", &[("reason", "busy")]),
        1.0
    );
    // Twice "one ", "two", and once "so".
    assert_eq!(samples.sum("agui_run_deltas_total", &[default]), 5.0);
    assert_eq!(
        samples.sum("agui_run_first_token_seconds_count", &[default]),
        3.0
    );
    assert_eq!(
        samples.sum("agui_run_duration_seconds_count", &[default]),
        4.0
    );
    let tokens = |direction| {
        let labels = [default, ("model", "gpt-4o"), ("direction", direction)];
        samples.sum("agui_model_tokens_total", &labels)
    };
    assert_eq!((tokens("input"), tokens("output")), (22.0, 4.0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_upstreams_store_and_process_are_told() {
    let (server, samples) = after_runs().await;
    let requests = |face, route, status| {
        let labels = [("face", face), ("route", route), ("status", status)];
        samples.sum("agui_http_requests_total", &labels)
    };
    assert_eq!(requests("graphql", "/", "200"), 2.0);
    assert_eq!(requests("agui", "/agent/{agent}/run", "200"), 3.0);
    assert_eq!(requests("agui", "/agent/{agent}/run", "409"), 1.0);
    assert_eq!(requests("agui", "/agent/{agent}/stop/{thread}", "200"), 1.0);
    assert_eq!(requests("server", "other", "404"), 1.0);
    assert!(samples.sum("agui_http_answer_bytes_total", &[("face", "agui")]) > 500.0);
    assert!(samples.sum("agui_http_answer_seconds_count", &[]) >= 7.0);
    let of = [("kind", "agent"), ("upstream", "default")];
    let outcome = |outcome| {
        let labels = [of[0], of[1], ("outcome", outcome)];
        samples.sum("agui_upstream_requests_total", &labels)
    };
    assert_eq!((outcome("answered"), outcome("refused")), (4.0, 0.0));
    let state = |state| samples.sum("agui_upstream_state", &[of[0], of[1], ("state", state)]);
    assert_eq!((state("ok"), state("open")), (1.0, 0.0));
    assert_eq!(samples.sum("agui_upstream_answer_seconds_count", &of), 4.0);
    assert_eq!(samples.sum("agui_upstream_retries_total", &of), 0.0);
    let operation =
        |name| samples.sum("agui_store_operation_seconds_count", &[("operation", name)]);
    assert_eq!((operation("start_run"), operation("end_run")), (5.0, 5.0));
    assert_eq!(samples.sum("agui_store_journal_backlog_events", &[]), 0.0);
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id()));
    if status.is_ok() {
        assert!(samples.sum("process_resident_memory_bytes", &[]) > 1e6);
        assert!(samples.sum("process_open_fds", &[]) > 3.0);
        assert!(samples.sum("process_cpu_seconds_total", &[]) > 0.0);
    }
    assert!(samples.sum("process_start_time_seconds", &[]) > 1.7e9);
    let version = ("version", env!("CARGO_PKG_VERSION"));
    assert_eq!(samples.sum("agui_build_info", &[version]), 1.0);
}

/// Each combination of labels is kept for ever, here and in Prometheus.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_clients_choose_is_a_label() {
    let (server, _) = after_runs().await;
    for n in 0..50 {
        let unknown = run(&format!("agent-{n}"), &format!("thread-{n}"), SECRET, "");
        http::ask(server.address, unknown).await;
        http::ask(server.address, get(&format!("/nowhere/{n}?key={SECRET}"))).await;
        let odd =
            format!("M{n} /copilotkit HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        http::ask(server.address, odd.into_bytes()).await;
    }
    let before = Samples::of(server.address).await;
    let labels = before.labels();
    for (key, value) in &labels {
        for word in [
            SECRET,
            "thread",
            "agent-",
            "nowhere",
            "M1",
            "path",
            "anonymous",
        ] {
            let pattern = value.contains('{');
            assert!(pattern || !value.contains(word), "{key}={value}");
        }
        assert!(
            !["owner", "thread", "run", "user"].contains(key),
            "{key}={value}"
        );
    }
    assert!(labels.len() < 120, "{labels:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_can_be_turned_off() {
    let (model, agent) = (model().await, agent().await);
    let off = config(&model, &agent, "[telemetry]\nmetrics = false\n");
    let server = Binary::start(&off).await;
    let reply = http::ask(server.address, get("/metrics")).await;
    assert_eq!(reply.code(), 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_limits_refuse_is_counted() {
    let (model, agent) = (model().await, agent().await);
    let limits = "[limits.owner]\nruns_per_second = 0.001\nruns_burst = 1\n";
    let server = Binary::start(&config(&model, &agent, limits)).await;
    let ask = async |thread| {
        let run = run("default", thread, "hello", "");
        http::ask(server.address, run).await.code()
    };
    assert_eq!((ask("t1").await, ask("t2").await), (200, 429));
    let samples = Samples::of(server.address).await;
    let refused = |whose, what, how| {
        let labels = [("whose", whose), ("what", what), ("how", how)];
        samples.sum("agui_limit_refused_total", &labels)
    };
    assert_eq!(refused("owner", "runs", "rate"), 1.0);
    assert_eq!(refused("address", "requests", "at_once"), 0.0);
    assert_eq!(samples.sum("agui_http_connections_refused_total", &[]), 0.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_store_drops_is_counted() {
    let (model, agent) = (model().await, agent().await);
    let limits = [
        ("AGUI_STORE__THREADS", "2"),
        ("AGUI_STORE__RUNS_PER_THREAD", "1"),
    ];
    let server = Binary::start_in(&config(&model, &agent, ""), &limits).await;
    for thread in ["t1", "t2", "t2", "t3"] {
        let reply = http::ask(server.address, run("default", thread, "hello", "")).await;
        assert!(reply.text().contains("RUN_FINISHED"), "{reply:?}");
    }
    let samples = Samples::of(server.address).await;
    for dropped in ["threads", "runs"] {
        let name = format!("agui_store_dropped_{dropped}_total");
        assert_eq!(samples.sum(&name, &[]), 1.0, "{name}");
    }
    assert_eq!(samples.sum("agui_store_compactions_total", &[]), 4.0);
    assert!(samples.sum("agui_store_compactions_seconds_total", &[]) > 0.0);
    assert_eq!(samples.sum("agui_store_tidied_failures_total", &[]), 0.0);
}
