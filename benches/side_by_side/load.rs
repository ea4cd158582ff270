//! Many clients at once: paced streams that come all at the same moment, or connections that ask again and again.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::client::{Answer, Client};
use super::request::Face;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whom the clients talk to, and what they must get.
#[derive(Clone, Copy)]
pub struct Target {
    pub address: SocketAddr,
    pub face: Face,
    /// Tokens of a run.
    pub tokens: usize,
}

/// What one round of streams brought.
pub struct Round {
    pub tokens: usize,
    /// Of each stream.
    pub first_token: Vec<Duration>,
    pub took: Duration,
}

impl Target {
    /// One run of this client, which has to bring all of its tokens.
    async fn run(self, client: &mut Client, told: impl FnMut(usize)) -> Result<Answer, String> {
        let answer = match timeout(PATIENCE, client.run(told)).await {
            Ok(answer) => answer?,
            Err(_) => return Err(format!("no whole answer within {} s", PATIENCE.as_secs())),
        };
        match answer.tokens == self.tokens {
            true => Ok(answer),
            false => Err(format!("{} of {} tokens came", answer.tokens, self.tokens)),
        }
    }

    /// So many streams at once, each of a client of its own.
    pub async fn round(self, streams: usize) -> Result<Round, String> {
        let started = Instant::now();
        let mut running = JoinSet::new();
        for _ in 0..streams {
            let mut client = Client::new(self.address, self.face);
            running.spawn(async move { self.run(&mut client, |_| ()).await });
        }
        let mut round = Round {
            tokens: 0,
            first_token: Vec::with_capacity(streams),
            took: Duration::ZERO,
        };
        let mut failures = Vec::new();
        while let Some(ended) = running.join_next().await {
            match ended.map_err(|error| error.to_string())? {
                Ok(answer) => {
                    round.tokens += answer.tokens;
                    round.first_token.push(answer.first_token);
                }
                Err(failure) => failures.push(failure),
            }
        }
        round.took = started.elapsed();
        match failures.first() {
            None => Ok(round),
            Some(first) => Err(format!("{} of {streams} streams: {first}", failures.len())),
        }
    }

    /// Connections that ask again as soon as they are answered, until this is dropped.
    pub fn again_and_again(self, connections: usize) -> Flood {
        let counts = Arc::new(Counts::default());
        let mut running = JoinSet::new();
        for _ in 0..connections {
            let counts = counts.clone();
            let mut client = Client::new(self.address, self.face);
            running.spawn(async move {
                loop {
                    let told = |tokens| {
                        counts.tokens.fetch_add(tokens, Ordering::Relaxed);
                    };
                    if let Err(failure) = self.run(&mut client, told).await {
                        return failure;
                    }
                    counts.runs.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        Flood { counts, running }
    }
}

#[derive(Default)]
struct Counts {
    tokens: AtomicUsize,
    runs: AtomicUsize,
}

/// Connections under load.
pub struct Flood {
    counts: Arc<Counts>,
    running: JoinSet<String>,
}

impl Flood {
    /// Lets them go on for a while, unless one of them fails.
    pub async fn go_on(&mut self, time: Duration) -> Result<(), String> {
        tokio::select! {
            () = sleep(time) => Ok(()),
            Some(failure) = self.running.join_next() => Err(failure.unwrap_or_else(|error| error.to_string())),
        }
    }

    /// Tokens that arrived so far, and runs that ended.
    pub fn so_far(&self) -> (usize, usize) {
        let Counts { tokens, runs } = &*self.counts;
        (tokens.load(Ordering::Relaxed), runs.load(Ordering::Relaxed))
    }
}
