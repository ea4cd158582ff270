//! A server that is killed at any moment, under load, or the database under it: what clients were shown is there when they
//! are back, once, and no thread is left busy.
//!
//! `KILL_ROUNDS=200` asks for more than the few rounds of every day.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::support::agui::section;
use crate::support::client;
use crate::support::counting::{self, Told};
use crate::support::database::Database;
use crate::support::http::PATIENCE;
use crate::support::model::Model;
use crate::support::server::Binary;

const THREADS: usize = 16;
/// How long a run takes, about; something is killed before that.
const RUN: Duration = Duration::from_millis(900);
/// To which number each of its four parts counts.
const WORDS: &str = "40";

fn rounds() -> usize {
    let asked = std::env::var("KILL_ROUNDS").ok();
    asked.map_or(4, |rounds| rounds.parse().expect("a number of rounds"))
}

/// What is killed in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dies {
    Server,
    Database,
    Both,
}

/// What a client read of one run until its connection broke.
#[derive(Default)]
struct Read {
    thread: String,
    run: String,
    refused: bool,
    events: Vec<Value>,
}

/// Starts a run and reads what comes, until nothing does any more.
async fn read(address: SocketAddr, thread: String, run: String) -> Read {
    let mut raw = Vec::new();
    if let Ok(mut socket) = TcpStream::connect(address).await
        && let request = client::run(&thread, &run, WORDS)
        && socket.write_all(&request).await.is_ok()
    {
        // It ends with an error, when the server is killed.
        let _ = socket.read_to_end(&mut raw).await;
    }
    let text = String::from_utf8_lossy(&raw);
    Read {
        thread,
        run,
        refused: text.starts_with("HTTP/1.1 4"),
        events: client::events(&text),
    }
}

/// One database, and what was seen of it.
struct Rounds {
    database: Database,
    agent: Model,
    durability: &'static str,
    seen: Seen,
}

#[derive(Debug, Default)]
struct Seen {
    runs: usize,
    cut: usize,
    received: usize,
    kept: usize,
}

impl Rounds {
    async fn of(database: Database, durability: &'static str) -> Self {
        Self {
            database,
            agent: counting::agent(RUN / 160).await,
            durability,
            seen: Seen::default(),
        }
    }

    async fn server(&self) -> Binary {
        let url = format!("http://{}/", self.agent.address);
        Binary::start(&format!(
            "[server]\nbase_path = \"/copilotkit\"\n[store]\nurl = \"{}\"\ndurability = \"{}\"\nlease_seconds = 1\n{}",
            self.database.url,
            self.durability,
            section("default", &url, "retries = 0")
        ))
        .await
    }

    /// Kills so many times, and looks at what clients had been shown.
    async fn go(mut self) {
        let (begun, rounds) = (Instant::now(), rounds());
        let mut server = Some(self.server().await);
        for round in 0..rounds {
            let dies = match (self.database.is_server(), round % 4) {
                (true, 1) => Dies::Database,
                (true, 3) => Dies::Both,
                _ => Dies::Server,
            };
            let address = server.as_ref().expect("it was started").address;
            let clients: Vec<_> = (0..THREADS)
                .map(|n| tokio::spawn(read(address, format!("t{n}"), format!("{n} of {round}"))))
                .collect();
            // At some moment of the run, another one each time.
            sleep(RUN.mul_f64((0.03 + 0.618 * round as f64) % 1.0)).await;
            if dies != Dies::Database {
                server = None;
            }
            if dies != Dies::Server {
                tokio::task::block_in_place(|| {
                    self.database.crash();
                    self.database.resume();
                });
            }
            let now = match server.take() {
                Some(lives) => lives,
                None => self.server().await,
            };
            let clients = timeout(PATIENCE, join_all(clients)).await;
            for read in clients.expect("streams end") {
                self.look(&now, dies, read.unwrap()).await;
            }
            server = Some(now);
        }
        let (rounds, seconds) = (rounds, begun.elapsed().as_secs());
        eprintln!(
            "{}: {rounds} rounds, {seconds} s, {:?}",
            self.durability, self.seen
        );
    }

    /// That what a client read is there, and once.
    async fn look(&mut self, server: &Binary, dies: Dies, read: Read) {
        assert!(!read.refused, "the thread of {} is not free", read.run);
        let connected = client::connected(server.address, &read.thread).await;
        let kept = client::kept(server.address, &read.thread).await;
        for runs in [&connected, &kept] {
            for run in runs {
                let last = run[run.len() - 1]["type"].as_str().unwrap();
                let ended = ["RUN_ERROR", "RUN_FINISHED"].contains(&last);
                assert!(ended, "{run:?} goes on for ever");
            }
            let ids: Vec<_> = runs.iter().map(|run| &run[0]["runId"]).collect();
            let mut once = ids.clone();
            once.dedup();
            assert_eq!(ids, once, "no run is there twice");
        }
        let received = Told::by(&read.events);
        let finished = read
            .events
            .last()
            .is_some_and(|it| it["type"] == "RUN_FINISHED");
        self.seen.runs += 1;
        self.seen.cut += usize::from(!finished);
        self.seen.received += received.events();
        // One that could not even begin is told so, and nothing else.
        let refused = received.words() == 0
            && read
                .events
                .last()
                .is_some_and(|it| it["type"] == "RUN_ERROR");
        if dies == Dies::Database {
            assert!(
                finished || refused,
                "{} lives through it: {:?}",
                read.run,
                read.events
            );
        }
        if self.durability != "strict" || refused || read.events.is_empty() {
            return;
        }
        let mut there = 0;
        for runs in [&connected, &kept] {
            let of_run = |run: &&Vec<Value>| run[0]["runId"] == *read.run;
            let [run] = runs.iter().filter(of_run).collect::<Vec<_>>()[..] else {
                panic!("{} is not there once", read.run);
            };
            let told = Told::by(run);
            received.is_kept_by(&told);
            there = told.events();
        }
        self.seen.kept += there;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_shown_is_there_after_a_kill_on_sqlite() {
    Rounds::of(Database::sqlite(), "strict").await.go().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn threads_are_usable_after_a_kill_whatever_was_lost() {
    Rounds::of(Database::sqlite(), "batched").await.go().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_shown_is_there_after_a_kill_on_postgres() {
    let Some(database) = Database::postgres() else {
        return;
    };
    Rounds::of(database, "strict").await.go().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_shown_is_there_after_a_kill_on_redis() {
    let Some(database) = Database::redis() else {
        return;
    };
    Rounds::of(database, "strict").await.go().await;
}
