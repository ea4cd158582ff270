//! What the clients of a soak share: the server, the threads that nobody uses at the moment, and a count of what came of what.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use rand::Rng;
use rand::rngs::StdRng;

use super::requests::{ADMIN, OWNERS, raw};
use super::truth::Thread;
use super::weather::Weather;
use crate::support::http::{self, Reply};

/// Threads that clients come back to; of others they forget that they are there.
const REMEMBERED: usize = 60;

/// One server, and what is known of it.
pub struct World {
    pub address: SocketAddr,
    pub weather: Weather,
    threads: Mutex<Vec<Thread>>,
    created: AtomicUsize,
    tally: Mutex<BTreeMap<String, u64>>,
}

impl World {
    pub fn of(address: SocketAddr) -> Self {
        Self {
            address,
            weather: Weather::default(),
            threads: Mutex::default(),
            created: AtomicUsize::new(0),
            tally: Mutex::default(),
        }
    }

    /// How many threads there have been.
    pub fn created(&self) -> usize {
        self.created.load(Ordering::SeqCst)
    }

    /// A thread that is there already, now and then, else a new one. Nobody else has it until it is [`Self::give_back`].
    pub fn thread(&self, rng: &mut StdRng) -> Thread {
        match rng.random_bool(0.5) {
            true => self.known(rng),
            false => None,
        }
        .unwrap_or_else(|| self.new_thread())
    }

    /// A thread that is there already, unless it was dropped meanwhile.
    pub fn known(&self, rng: &mut StdRng) -> Option<Thread> {
        let mut threads = self.threads.lock();
        match threads.len() {
            0 => None,
            length => {
                let mut thread = threads.swap_remove(rng.random_range(0..length));
                thread.may_be_gone(self.created());
                Some(thread)
            }
        }
    }

    /// A new thread. The other owner has one with the same id.
    pub fn new_thread(&self) -> Thread {
        let number = self.created.fetch_add(1, Ordering::SeqCst);
        Thread {
            owner: OWNERS[number % OWNERS.len()],
            id: format!("t{}", number / OWNERS.len()),
            runs: Vec::new(),
            changed_at: number,
        }
    }

    pub fn give_back(&self, thread: Thread) {
        let mut threads = self.threads.lock();
        threads.push(thread);
        if threads.len() > REMEMBERED {
            threads.remove(0);
        }
    }

    /// All threads that are known, for good.
    pub fn all_threads(&self) -> Vec<Thread> {
        let mut threads = std::mem::take(&mut *self.threads.lock());
        let created = self.created();
        threads.iter_mut().for_each(|it| it.may_be_gone(created));
        threads
    }

    pub fn count(&self, what: impl Into<String>) {
        *self.tally.lock().entry(what.into()).or_default() += 1;
    }

    pub fn tally(&self) -> BTreeMap<String, u64> {
        self.tally.lock().clone()
    }

    /// All that `/metrics` says, by name and labels.
    pub async fn metrics(&self) -> BTreeMap<String, f64> {
        let reply: Reply = http::ask(self.address, raw(ADMIN, "GET", "/metrics", "")).await;
        assert_eq!(reply.code(), 200, "{reply:?}");
        assert!(reply.text().ends_with("# EOF\n"), "it is cut off");
        let lines = reply.text().lines().filter(|line| !line.starts_with('#'));
        let sample = |line: &str| {
            let (series, value) = line.rsplit_once(' ')?;
            Some((series.to_owned(), value.parse().ok()?))
        };
        lines.filter_map(sample).collect()
    }
}
