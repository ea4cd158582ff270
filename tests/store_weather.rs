//! A database in bad weather, under the built binary: away and back, slow, not there, full.
//!
//! `AWAY_SECONDS=30` keeps it away for longer than on every day; `SLOW_MILLIS=2000` makes each of its answers as slow.

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::support::agui::section;
use crate::support::client::{self, Stream};
use crate::support::counting::{self, Told};
use crate::support::external::skip;
use crate::support::http::{self, PATIENCE};
use crate::support::model::Model;
use crate::support::server::{Binary, free_address};
use crate::support::wire::Wire;
use crate::support::{postgres, redis};

/// How long each of a run's words takes, in milliseconds.
const PACE: u64 = 10;

fn asked(variable: &str, default: u64) -> u64 {
    let asked = std::env::var(variable).ok();
    asked.map_or(default, |it| it.parse().expect("a number"))
}

fn config(url: &str, durability: &str, agent: &Model) -> String {
    let agent = format!("http://{}/", agent.address);
    format!(
        "[server]\nbase_path = \"/copilotkit\"\n[store]\nurl = \"{url}\"\ndurability = \"{durability}\"\n{}",
        section("default", &agent, "")
    )
}

/// How many events of each come in so many milliseconds.
async fn read_for(streams: &mut [Stream], millis: u64) -> Vec<usize> {
    let time = Duration::from_millis(millis);
    join_all(streams.iter_mut().map(|stream| stream.read_for(time))).await
}

/// Runs go on while the database is away, or wait for it; either way all of them is there in the end, and their clients have it.
async fn away_and_back(url: Option<String>, durability: &str) {
    let Some(url) = url else { return };
    let away = Duration::from_secs(asked("AWAY_SECONDS", 2));
    let wire = Wire::to(&url).await;
    let agent = counting::agent(Duration::from_millis(PACE)).await;
    let server = Binary::start(&config(&wire.url, durability, &agent)).await;
    // Two seconds longer than it is away, in four parts.
    let words = (away.as_secs() + 2) * 1000 / PACE / 4;
    let mut streams = Vec::new();
    for n in 0..4 {
        let request = client::run(&format!("t{n}"), "r", &words.to_string());
        let mut stream = Stream::open(server.address, request).await;
        stream.words(5).await;
        streams.push(stream);
    }
    wire.cut();
    let back = sleep(away);
    // What was on its way.
    read_for(&mut streams, 300).await;
    let meanwhile = read_for(&mut streams, 500).await;
    let goes_on = durability == "batched";
    assert!(
        meanwhile.iter().all(|events| (*events > 0) == goes_on),
        "{meanwhile:?}"
    );
    let request =
        "GET /copilotkit/threads HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let list = tokio::spawn(http::ask(server.address, request.into()));
    back.await;
    wire.mend();
    let list = list.await.unwrap();
    if goes_on {
        let log = server.log();
        assert!(log.contains("the store takes no events"), "{log}");
    }
    // Some wait for it a while, others say at once that it is not there.
    assert!([200, 500, 503].contains(&list.code()), "{list:?}");
    assert!(!list.text().contains("127.0.0.1"), "{list:?}");
    let words = usize::try_from(words).unwrap();
    for (n, (last, said)) in join_all(streams.into_iter().map(Stream::rest))
        .await
        .into_iter()
        .enumerate()
    {
        assert_eq!(last, "RUN_FINISHED");
        assert!(Told::by(&said).is_all(words));
        let kept = client::connected(server.address, &format!("t{n}")).await;
        let [run] = &kept[..] else {
            panic!("{kept:?}");
        };
        assert!(Told::by(run).is_all(words));
        let again = Stream::open(server.address, client::run(&format!("t{n}"), "again", "1"));
        assert_eq!(again.await.rest().await.0, "RUN_FINISHED");
    }
    let check = agui_runtime::store::check(&url).await.unwrap();
    assert_eq!((check.threads, check.going_on), (4, 0));
}

/// Whatever the database takes for an answer, streams do not wait for it, and all is there in the end.
async fn slow(url: Option<String>) {
    let Some(url) = url else { return };
    let delay = Duration::from_millis(asked("SLOW_MILLIS", 100));
    let wire = Wire::to(&url).await;
    let agent = counting::agent(Duration::from_millis(PACE)).await;
    let server = Binary::start(&config(&wire.url, "batched", &agent)).await;
    wire.slow(delay);
    let runs = (0..4).map(|n| {
        let request = client::run(&format!("t{n}"), "r", "50");
        async { Stream::open(server.address, request).await.rest().await }
    });
    for (last, said) in join_all(runs).await {
        assert_eq!(last, "RUN_FINISHED");
        assert!(Told::by(&said).is_all(50));
    }
    // A run's end waits for the store, though not for ever.
    for n in 0..4 {
        let kept = until_kept(server.address, &format!("t{n}"), 1).await;
        assert!(Told::by(&kept[0]).is_all(50));
        let again = Stream::open(server.address, client::run(&format!("t{n}"), "again", "1"));
        assert_eq!(again.await.rest().await.0, "RUN_FINISHED");
    }
    wire.slow(Duration::ZERO);
    for n in 0..4 {
        until_kept(server.address, &format!("t{n}"), 2).await;
    }
    let check = agui_runtime::store::check(&url).await.unwrap();
    assert_eq!((check.threads, check.going_on), (4, 0));
}

/// The thread's runs, once there are so many of them.
async fn until_kept(address: SocketAddr, thread: &str, runs: usize) -> Vec<Vec<Value>> {
    let kept = async {
        loop {
            let kept = client::kept(address, thread).await;
            let is_over =
                |run: &Vec<Value>| run.last().is_some_and(|it| it["type"] == "RUN_FINISHED");
            if kept.len() == runs && kept.iter().all(is_over) {
                return kept;
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    let kept = tokio::time::timeout(2 * PATIENCE, kept).await;
    kept.unwrap_or_else(|_| panic!("{runs} runs of {thread} are not stored"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_outlive_a_postgres_that_is_away() {
    away_and_back(postgres::store(), "batched").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strict_runs_wait_for_a_postgres_that_is_away() {
    away_and_back(postgres::store(), "strict").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_outlive_a_redis_that_is_away() {
    away_and_back(redis::store(), "batched").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strict_runs_wait_for_a_redis_that_is_away() {
    away_and_back(redis::store(), "strict").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_postgres_slows_down_no_stream() {
    slow(postgres::store()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_redis_slows_down_no_stream() {
    slow(redis::store()).await;
}

/// What `serve` says when it does not start.
fn refusal(url: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let config = format!("[server]\nport = 0\n[store]\nurl = \"{url}\"\n");
    std::fs::write(folder.path().join("x.toml"), config).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_agui-runtime"))
        .args(["serve", "--config", "x.toml"])
        .current_dir(folder.path())
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[test]
fn a_database_that_is_not_there_is_told_at_start() {
    let nowhere = free_address();
    for (url, reason) in [
        (format!("postgres://me:geheim@{nowhere}/x"), "is it running"),
        (
            format!("redis://me:geheim@{nowhere}/0"),
            "nothing listens there",
        ),
        ("sqlite:/nowhere/x.db".to_owned(), "does not exist"),
    ] {
        let (code, said) = refusal(&url);
        assert!(code.is_some_and(|code| code > 0), "{code:?} {said}");
        assert!(said.contains(reason), "{said}");
        assert!(!said.contains("geheim"), "{said}");
    }
}

/// Mounts a small disk at the first argument, seen by nobody else, and becomes the rest of them.
const SMALL_DISK: &str = r#"mount -t tmpfs -o size=3m tmpfs "$0" && exec "$@""#;

/// What is too large for the disk goes on without it, and is stored once there is room.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_ends_no_run_and_keeps_nothing_for_ever() {
    let disk = tempfile::tempdir().unwrap();
    let path = disk.path().to_str().unwrap();
    let private = ["unshare", "--mount", "--map-root-user"];
    let small = [&private[..], &["sh", "-c", SMALL_DISK, path]].concat();
    let tried = Command::new(small[0])
        .args(&small[1..])
        .arg("true")
        .output();
    if !tried.is_ok_and(|tried| tried.status.success()) {
        return skip("this system lets nobody mount a small disk");
    }
    let agent = counting::agent(Duration::ZERO).await;
    let config = config(&format!("sqlite:{path}/x.db"), "batched", &agent);
    let mut server = Binary::start_by(&small, &config).await;
    let address = server.address;
    let run = async |thread: &str, run: &str, state: &Value| {
        let request = client::run_from(thread, run, "3", state);
        let (last, said) = Stream::open(address, request).await.rest().await;
        assert_eq!(last, "RUN_FINISHED");
        assert!(Told::by(&said).is_all(3));
    };
    run("before", "r", &json!({})).await;
    let ballast = format!("/proc/{}/root{path}/ballast", server.id());
    std::fs::write(&ballast, vec![0; 2 << 20]).unwrap();
    let large = json!({"large": "x".repeat(1 << 20)});
    run("during", "r", &large).await;
    assert!(
        server.log().contains("the disk is full"),
        "{}",
        server.log()
    );
    assert!(server.lives());
    assert_eq!(client::kept(address, "before").await.len(), 1);
    std::fs::remove_file(&ballast).unwrap();
    let kept = until_kept(address, "during", 1).await;
    assert!(Told::by(&kept[0]).is_all(3));
    for thread in ["before", "during"] {
        run(thread, "again", &json!({})).await;
        assert_eq!(client::kept(address, thread).await.len(), 2);
    }
}

/// Nobody hears later that Redis drops what it was given, or keeps it for the next second only.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_would_lose_something_is_told_at_start() {
    let settings = ["--maxmemory-policy", "allkeys-lru"];
    let Some(redis) = redis::Server::start(&settings) else {
        return;
    };
    let agent = counting::agent(Duration::ZERO).await;
    let server = Binary::start(&config(&redis.store(), "strict", &agent)).await;
    let log = server.log();
    assert!(log.contains("set `maxmemory-policy noeviction`"), "{log}");
    assert!(log.contains("set `appendfsync always`"), "{log}");
}
