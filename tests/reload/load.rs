//! Many reloads while many runs go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::support::http;
use crate::support::model::Model;
use crate::support::server::{Binary, config, model_at};

const RELOADS: usize = 100;
const CLIENTS: usize = 8;

/// How many files and sockets the process has open.
fn open_files(server: &Binary) -> usize {
    let open = std::fs::read_dir(format!("/proc/{}/fd", server.id()));
    open.expect("a system with /proc").count()
}

/// A model that says a few words, with pauses.
async fn model() -> Model {
    Model::start(|mut call| async move {
        call.begin().await;
        for _ in 0..5 {
            call.token("word ").await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        call.end().await;
    })
    .await
}

/// One run after the other until it is enough; how many.
async fn runs(server: Arc<Binary>, client: usize, enough: Arc<AtomicBool>, done: Arc<AtomicUsize>) {
    let mut number = 0;
    while !enough.load(Ordering::Relaxed) {
        number += 1;
        let thread = format!("c{client}-{number}");
        let reply = http::ask(server.address, super::run("default", &thread)).await;
        let (text, words) = (reply.text(), reply.text().matches("word ").count());
        assert!(
            reply.complete && words == 5 && text.contains("RUN_FINISHED"),
            "{thread}: {text}"
        );
        done.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_reloads_under_load_lose_no_run_and_leave_nothing_open() {
    let model = model().await;
    // Each says something else than the one before: the agent is made anew.
    let text = |n: usize| {
        config(&format!(
            "{}prompt = \"You are number {}.\"\n",
            model_at(&model.base_url()),
            n % 2
        ))
    };
    let server = Arc::new(Binary::start(&text(0)).await);
    let (enough, done) = (Arc::new(AtomicBool::new(false)), Arc::default());
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let (server, enough, done) = (server.clone(), enough.clone(), Arc::clone(&done));
            tokio::spawn(runs(server, client, enough, done))
        })
        .collect();
    for n in 1..=10 {
        super::reload(&server, &text(n)).await;
    }
    let before = open_files(&server);
    for n in 11..=RELOADS {
        super::reload(&server, &text(n)).await;
    }
    enough.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.expect("all runs are whole");
    }
    assert!(done.load(Ordering::Relaxed) > RELOADS, "there was load");
    // What was open for the runs closes behind them.
    let since = Instant::now();
    while open_files(&server) > before {
        assert!(
            since.elapsed() < Duration::from_secs(20),
            "{before} files were open after 10 reloads, {} are after {RELOADS}",
            open_files(&server)
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
