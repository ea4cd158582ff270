//! Three processes on one database, as behind a load balancer: any of them follows, stops and starts on any thread, and
//! one that freezes loses its runs to the others.
//!
//! `RACED_THREADS=1000` races for more threads than on every day.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::support::agui::section;
use crate::support::client::{self, Stream};
use crate::support::counting::{self, Told};
use crate::support::http;
use crate::support::model::{Call, Model};
use crate::support::server::Binary;
use crate::support::{postgres, redis};

/// Longer than any test takes.
const ENDLESS: &str = "1000000";
/// Threads that are raced for at once.
const AT_ONCE: usize = 50;

fn raced() -> usize {
    let asked = std::env::var("RACED_THREADS").ok();
    asked.map_or(200, |threads| threads.parse().expect("a number of threads"))
}

async fn servers(url: &str, lease: u32, agent: &Model) -> [Binary; 3] {
    let agent = format!("http://{}/", agent.address);
    let config = format!(
        "[server]\nbase_path = \"/copilotkit\"\n[store]\nurl = \"{url}\"\nlease_seconds = {lease}\n{}",
        section("default", &agent, "")
    );
    let (a, b, c) = tokio::join!(
        Binary::start(&config),
        Binary::start(&config),
        Binary::start(&config)
    );
    [a, b, c]
}

fn signal(server: &Binary, signal: &str) {
    let id = server.id().to_string();
    let sent = Command::new("kill").args([signal, &id]).status();
    assert!(sent.unwrap().success());
}

/// That the thread's runs are these, by id and last event, whichever server is asked.
async fn assert_kept(
    servers: &[Binary],
    thread: &str,
    expected: &[(&str, &str)],
) -> Vec<Vec<Value>> {
    let mut all = Vec::new();
    for server in servers {
        let runs = client::kept(server.address, thread).await;
        let ids = runs.iter().map(|run| {
            let last = run.last().expect("an event");
            (
                run[0]["runId"].as_str().unwrap(),
                last["type"].as_str().unwrap(),
            )
        });
        assert_eq!(ids.collect::<Vec<_>>(), expected);
        all.push(runs);
    }
    all.dedup();
    assert_eq!(all.len(), 1, "each server tells the same");
    all.remove(0)
}

async fn follow_stop_and_freeze(url: Option<String>) {
    let Some(url) = url else { return };
    let agent = counting::agent(Duration::from_millis(5)).await;
    let servers = servers(&url, 2, &agent).await;
    followed(&servers).await;
    stopped(&servers).await;
    frozen(&servers).await;
    let check = agui_runtime::store::check(&url).await.unwrap();
    assert_eq!((check.threads, check.going_on), (3, 0));
}

async fn followed(servers: &[Binary; 3]) {
    let [a, b, c] = servers.each_ref().map(|it| it.address);
    let mut run = Stream::open(a, client::run("followed", "r", "50")).await;
    run.words(1).await;
    let mut early = Stream::open(b, client::connect("followed")).await;
    early.words(100).await;
    let late = Stream::open(c, client::connect("followed")).await;
    let (last, said) = run.rest().await;
    assert_eq!(last, "RUN_FINISHED");
    assert!(Told::by(&said).is_all(50));
    for follower in [early, late] {
        let (_, read) = follower.rest().await;
        assert_eq!(read, said);
    }
    assert_kept(servers, "followed", &[("r", "RUN_FINISHED")]).await;
}

async fn stopped(servers: &[Binary; 3]) {
    let [a, b, c] = servers.each_ref().map(|it| it.address);
    let mut run = Stream::open(a, client::run("stopped", "r", ENDLESS)).await;
    run.words(1).await;
    let mut follower = Stream::open(c, client::connect("stopped")).await;
    follower.words(10).await;
    let busy = Stream::open(b, client::run("stopped", "busy", "1")).await;
    assert_eq!(busy.code, 409);
    let reply = client::stop(b, "stopped").await;
    assert_eq!(reply.code(), 200, "{reply:?}");
    let (last, said) = run.rest().await;
    let (_, followed) = follower.rest().await;
    assert_eq!(followed, said);
    let again = Stream::open(b, client::run("stopped", "again", "1")).await;
    assert_eq!(again.rest().await.0, "RUN_FINISHED");
    let kept = [("r", &*last), ("again", "RUN_FINISHED")];
    let kept = assert_kept(servers, "stopped", &kept).await;
    Told::by(&said).is_kept_by(&Told::by(&kept[0]));
}

/// SIGSTOP, past its lease, and SIGCONT.
async fn frozen(servers: &[Binary; 3]) {
    let [a, b, c] = servers.each_ref().map(|it| it.address);
    let mut run = Stream::open(a, client::run("frozen", "r", ENDLESS)).await;
    run.words(1).await;
    let mut follower = Stream::open(b, client::connect("frozen")).await;
    follower.words(10).await;
    signal(&servers[0], "-STOP");
    let (last, told) = follower.rest().await;
    assert_eq!(last, "RUN_ERROR");
    assert_eq!(told.last().unwrap()["code"], "INCOMPLETE_STREAM");
    let again = Stream::open(c, client::run("frozen", "again", "1")).await;
    assert_eq!(again.rest().await.0, "RUN_FINISHED");
    signal(&servers[0], "-CONT");
    let (last, _) = run.rest().await;
    assert_eq!(last, "RUN_ERROR", "its own client is told too");
    let kept = [("r", "RUN_ERROR"), ("again", "RUN_FINISHED")];
    let kept = assert_kept(servers, "frozen", &kept).await;
    let (told, kept) = (Told::by(&told), Told::by(&kept[0]));
    told.is_kept_by(&kept);
    assert_eq!(told.words(), kept.words(), "nothing was written after it");
}

/// Goes on until the test lets it.
async fn held(mut call: Call, gate: Arc<Semaphore>) {
    let ids = json!({"threadId": call.body["threadId"], "runId": call.body["runId"]});
    call.begin().await;
    for kind in ["RUN_STARTED", "RUN_FINISHED"] {
        let mut event = ids.clone();
        event["type"] = kind.into();
        call.chunk(format!("data: {event}\n\n").as_bytes()).await;
        if kind == "RUN_STARTED" {
            gate.acquire().await.unwrap().forget();
        }
    }
    call.raw(b"0\r\n\r\n").await;
}

/// Each thread is wanted by all three at the same instant.
async fn race(url: Option<String>) {
    let Some(url) = url else { return };
    let gate = Arc::new(Semaphore::new(0));
    let held_at = gate.clone();
    let agent = Model::start(move |call| held(call, held_at.clone())).await;
    let servers = servers(&url, 15, &agent).await;
    let addresses = servers.each_ref().map(|it| it.address);
    let threads: Vec<_> = (0..raced()).map(|n| format!("t{n}")).collect();
    for some in threads.chunks(AT_ONCE) {
        let starts = some.iter().flat_map(|thread| {
            addresses.iter().enumerate().map(move |(n, address)| {
                let request = client::run(thread, &format!("{n} of {thread}"), "x");
                tokio::spawn(Stream::open(*address, request))
            })
        });
        let started = join_all(starts).await.into_iter().map(Result::unwrap);
        let started: Vec<_> = started.collect();
        for three in started.chunks(3) {
            let mut codes: Vec<_> = three.iter().map(|stream| stream.code).collect();
            codes.sort_unstable();
            assert_eq!(codes, [200, 409, 409]);
        }
        gate.add_permits(some.len());
        let winners = started.into_iter().filter(|stream| stream.code == 200);
        for (last, _) in join_all(winners.map(Stream::rest)).await {
            assert_eq!(last, "RUN_FINISHED");
        }
    }
    // None is left locked.
    gate.add_permits(threads.len());
    for some in threads.chunks(AT_ONCE) {
        let again = some
            .iter()
            .enumerate()
            .map(|(n, thread)| http::ask(addresses[n % 3], client::run(thread, "again", "x")));
        for reply in join_all(again).await {
            assert!(reply.text().contains("RUN_FINISHED"), "{reply:?}");
        }
    }
    let check = agui_runtime::store::check(&url).await.unwrap();
    let threads = threads.len() as u64;
    assert_eq!((check.threads, check.going_on), (threads, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_is_followed_stopped_and_taken_over_from_other_processes_on_postgres() {
    follow_stop_and_freeze(postgres::store()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_is_followed_stopped_and_taken_over_from_other_processes_on_redis() {
    follow_stop_and_freeze(redis::store()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_three_processes_one_gets_each_thread_on_postgres() {
    race(postgres::store()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_three_processes_one_gets_each_thread_on_redis() {
    race(redis::store()).await;
}
