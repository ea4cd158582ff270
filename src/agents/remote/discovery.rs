//! What an endpoint has: asked for on use, remembered for a while, and never a reason to fail.
//!
//! A request waits for an answer only where there is none from before, and not for long. An endpoint may tell each caller of
//! other agents, so what it said is remembered by what it was asked with.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::asked::Said;
use super::config::RemoteEndpointConfig;
use super::info::Info;
use super::transport::Transport;
use crate::runtime::error::{AgentError, ErrorCode};

/// How long an endpoint that failed is left alone.
const PAUSE: Duration = Duration::from_secs(1);
/// How long one attempt may take, whoever still waits for it.
const LONGEST_ATTEMPT: Duration = Duration::from_secs(30);
/// So many different callers are remembered, each by so many bytes at most.
const CALLERS: usize = 256;
const CALLER_BYTES: usize = 16 << 10;

pub(super) struct Discovery(Arc<Inner>);

struct Inner {
    transport: Arc<Transport>,
    refresh: Duration,
    patience: Duration,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// By what was said to the endpoint; the oldest first.
    listings: IndexMap<String, Listing>,
    /// Since when, and why, the endpoint cannot be reached.
    unreachable: Option<(Instant, String)>,
}

/// What the endpoint has for one caller.
#[derive(Default)]
struct Listing {
    info: Arc<Info>,
    learned: Option<Instant>,
    /// When, and why, the last attempt failed.
    failed: Option<(Instant, String)>,
    /// Closes when the attempt that goes on is over.
    attempt: Option<(Instant, watch::Receiver<()>)>,
}

impl Discovery {
    pub(super) fn new(transport: Arc<Transport>, config: &RemoteEndpointConfig) -> Self {
        Self(Arc::new(Inner {
            transport,
            refresh: config.refresh,
            patience: config.discovery_timeout,
            known: Mutex::default(),
        }))
    }

    /// What the endpoint has, as far as is known in time.
    pub(super) async fn info(&self, said: &Said) -> Arc<Info> {
        let key = said.key();
        if key.len() > CALLER_BYTES {
            let asked = tokio::time::timeout(self.0.patience, self.0.ask(said)).await;
            return asked.ok().and_then(Result::ok).unwrap_or_default();
        }
        let (begun, mut over) = match self.0.known(&key, said) {
            Ok(info) => return info,
            Err(attempt) => attempt,
        };
        // Nothing is ever sent: it ends when the attempt does.
        let _ = timeout_at(begun + self.0.patience, over.changed()).await;
        let known = self.0.known.lock();
        let listing = known.listings.get(&key);
        listing
            .map(|listing| listing.info.clone())
            .unwrap_or_default()
    }

    /// Begins to ask, and waits for nothing.
    pub(super) fn begin(&self, said: &Said) {
        drop(self.0.known(&said.key(), said));
    }
}

impl Inner {
    /// What is known, or the attempt that is worth to be waited for.
    fn known(
        self: &Arc<Self>,
        key: &str,
        said: &Said,
    ) -> Result<Arc<Info>, (Instant, watch::Receiver<()>)> {
        let now = Instant::now();
        let mut known = self.known.lock();
        known.make_room(key);
        let down = known
            .unreachable
            .as_ref()
            .is_some_and(|(since, _)| *since + PAUSE > now);
        let listing = known.listings.entry(key.to_owned()).or_default();
        let fresh = listing.learned.is_some_and(|at| at + self.refresh > now);
        let paused = down
            || listing
                .failed
                .as_ref()
                .is_some_and(|(at, _)| *at + PAUSE > now);
        if !fresh && !paused && listing.attempt.is_none() {
            listing.attempt = Some((now, self.clone().attempt(key.to_owned(), said.clone())));
        }
        match &listing.attempt {
            Some(attempt) if listing.learned.is_none() => Err(attempt.clone()),
            _ => Ok(listing.info.clone()),
        }
    }

    fn attempt(self: Arc<Self>, key: String, said: Said) -> watch::Receiver<()> {
        let (going_on, over) = watch::channel(());
        tokio::spawn(async move {
            let asked = tokio::time::timeout(LONGEST_ATTEMPT, self.ask(&said)).await;
            let answer = asked.unwrap_or_else(|_| {
                let upstream = self.transport.upstream();
                upstream.fails(format!(
                    "it did not tell what it has within {LONGEST_ATTEMPT:?}"
                ));
                Err(self.transport.failures.slow_to_begin(LONGEST_ATTEMPT))
            });
            self.settle(&key, answer);
            drop(going_on);
        });
        over
    }

    async fn ask(&self, said: &Said) -> Result<Arc<Info>, AgentError> {
        let body = json!({"properties": said.properties});
        self.transport.look(said, &body).await.map(Arc::new)
    }

    /// Takes note of what came of an attempt. The log hears of changes only.
    fn settle(&self, key: &str, answer: Result<Arc<Info>, AgentError>) {
        let now = Instant::now();
        let origin = self.transport.origin();
        let mut known = self.known.lock();
        let Known {
            listings,
            unreachable,
        } = &mut *known;
        let mut gone = Listing::default();
        let listing = listings.get_mut(key).unwrap_or(&mut gone);
        listing.attempt = None;
        match answer {
            Ok(info) => {
                if unreachable.take().is_some() | listing.failed.take().is_some() {
                    tracing::info!("the remote endpoint at {origin} is back");
                }
                tracing::debug!(
                    agents = info.agents.len(),
                    actions = info.actions.len(),
                    "asked the remote endpoint at {origin}"
                );
                self.transport.upstream().tell(format!(
                    "{} agents, {} actions",
                    info.agents.len(),
                    info.actions.len()
                ));
                (listing.info, listing.learned) = (info, Some(now));
            }
            Err(error) => {
                let failed = match error.code {
                    ErrorCode::NetworkError => unreachable,
                    _ => &mut listing.failed,
                };
                let reason = error.to_string();
                if failed.as_ref().is_none_or(|(_, before)| *before != reason) {
                    tracing::warn!(
                        "what the remote endpoint at {origin} has is not known, it is asked again on use: {reason}"
                    );
                }
                *failed = Some((now, reason));
            }
        }
    }
}

impl Known {
    fn make_room(&mut self, key: &str) {
        if self.listings.len() >= CALLERS && !self.listings.contains_key(key) {
            self.listings.shift_remove_index(0);
        }
    }
}
