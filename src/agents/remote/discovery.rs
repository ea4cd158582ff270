//! What an endpoint has: asked for in the background and on use, remembered for a while, and never a reason to fail.
//!
//! A request waits for an answer only where there is none from before, and not for long; while the endpoint does not answer
//! anybody, nobody waits. An endpoint may tell each caller of other agents, so what it said is remembered by what it was asked
//! with.

use std::sync::{Arc, Weak};
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
/// The longest time between two looks whether an endpoint that cannot be reached is back.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
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
    /// How somebody asks who is nobody in particular.
    nobody: String,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// By what was said to the endpoint; the oldest first.
    listings: IndexMap<String, Listing>,
    /// Since when, and why, the endpoint does not answer.
    unreachable: Option<(Instant, String)>,
    /// When it last answered anybody.
    answered: Option<Instant>,
}

/// What the endpoint has for one caller.
#[derive(Default)]
struct Listing {
    info: Arc<Info>,
    learned: Option<Instant>,
    /// When, and why, the last attempt failed.
    failed: Option<(Instant, String)>,
    /// Closes when the attempt that goes on is over.
    attempt: Option<Attempt>,
}

#[derive(Clone)]
struct Attempt {
    begun: Instant,
    over: watch::Receiver<()>,
}

impl Discovery {
    pub(super) fn new(transport: Arc<Transport>, config: &RemoteEndpointConfig) -> Self {
        Self(Arc::new(Inner {
            transport,
            refresh: config.refresh,
            patience: config.discovery_timeout,
            nobody: Said::nobody().key(),
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
        let mut attempt = match self.0.known(&key, said) {
            Ok(info) => return info,
            Err(attempt) => attempt,
        };
        // Nothing is ever sent: it ends when the attempt does.
        let over = timeout_at(attempt.begun + self.0.patience, attempt.over.changed()).await;
        let mut known = self.0.known.lock();
        if over.is_err() {
            self.0.too_slow(&mut known, attempt.begun);
        }
        self.0.told(&known, &key)
    }

    /// From now on asks as nobody in particular, every now and then, for as long as the endpoint is used. Waits for nothing.
    pub(super) fn keep_looking(&self) {
        tokio::spawn(keep_looking(Arc::downgrade(&self.0)));
    }
}

/// The pause gets longer while there is no answer, so that an endpoint that comes up is soon found, and one that is gone for
/// good costs little.
async fn keep_looking(endpoint: Weak<Inner>) {
    let nobody = Said::nobody();
    let mut failures = 0;
    loop {
        let Some(inner) = endpoint.upgrade() else {
            return;
        };
        if let Err(mut attempt) = inner.attempt(&inner.nobody, &nobody) {
            // Nothing is ever sent, as above.
            let _ = attempt.over.changed().await;
        }
        let pause = match inner.trouble() {
            None => {
                failures = 0;
                inner.refresh
            }
            Some(longest) => {
                failures += 1;
                let pause = PAUSE.saturating_mul(2_u32.saturating_pow(failures - 1));
                pause.min(longest).max(PAUSE)
            }
        };
        drop(inner);
        tokio::time::sleep(pause).await;
    }
}

impl Inner {
    /// What is known, or the attempt that is worth to be waited for.
    fn known(self: &Arc<Self>, key: &str, said: &Said) -> Result<Arc<Info>, Attempt> {
        let attempt = self.attempt(key, said);
        let known = self.known.lock();
        let learned = known.listings.get(key).and_then(|it| it.learned);
        match attempt {
            Err(attempt) if learned.is_none() && known.unreachable.is_none() => Err(attempt),
            _ => Ok(self.told(&known, key)),
        }
    }

    /// The attempt that goes on, begun now if it is time to ask. `Ok` if none does.
    fn attempt(self: &Arc<Self>, key: &str, said: &Said) -> Result<(), Attempt> {
        let now = Instant::now();
        let recent = |(at, _): &(Instant, String)| *at + PAUSE > now;
        let mut known = self.known.lock();
        known.make_room(key, &self.nobody);
        let down = known.unreachable.as_ref().is_some_and(recent);
        let listing = known.listings.entry(key.to_owned()).or_default();
        let fresh = listing.learned.is_some_and(|at| at + self.refresh > now);
        let paused = down || listing.failed.as_ref().is_some_and(recent);
        if !fresh && !paused && listing.attempt.is_none() {
            let over = self.clone().begin(key.to_owned(), said.clone());
            listing.attempt = Some(Attempt { begun: now, over });
        }
        listing.attempt.clone().map_or(Ok(()), Err)
    }

    fn begin(self: Arc<Self>, key: String, said: Said) -> watch::Receiver<()> {
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
        let mut body = json!({"properties": said.properties});
        if let Some(url) = &said.frontend_url {
            body["frontendUrl"] = url.as_str().into();
        }
        self.transport.look(said, &body).await.map(Arc::new)
    }

    /// What was last told to this caller. One who was told nothing, because the endpoint answers nobody, is taken for nobody in
    /// particular: better to be told that an agent cannot be reached than that there is none.
    fn told(&self, known: &Known, key: &str) -> Arc<Info> {
        let own = known.listings.get(key);
        let own = own.filter(|it| it.learned.is_some() || known.unreachable.is_none());
        let listing = own.or_else(|| known.listings.get(&self.nobody));
        listing.map(|it| it.info.clone()).unwrap_or_default()
    }

    /// The longest time to wait before the next look, if the last one was in vain.
    fn trouble(&self) -> Option<Duration> {
        let known = self.known.lock();
        if known.unreachable.is_some() {
            return Some(LONGEST_PAUSE);
        }
        let listing = known.listings.get(&self.nobody)?;
        listing.failed.as_ref().map(|_| self.refresh)
    }

    /// Takes note that an attempt of this age was waited for in vain. If nobody was answered meanwhile, it is the endpoint that
    /// does not answer, and not one caller who asks for much.
    fn too_slow(&self, known: &mut Known, begun: Instant) {
        if known.unreachable.is_some() || known.answered.is_some_and(|at| at >= begun) {
            return;
        }
        let reason = format!(
            "it did not tell what it has within {:?} (discovery_seconds)",
            self.patience
        );
        tracing::warn!(
            "the remote endpoint at {} is not waited for until it answers: {reason}",
            self.transport.origin()
        );
        known.unreachable = Some((Instant::now(), reason));
    }

    /// Takes note of what came of an attempt. The log hears of changes only.
    fn settle(&self, key: &str, answer: Result<Arc<Info>, AgentError>) {
        let now = Instant::now();
        let origin = self.transport.origin();
        let mut known = self.known.lock();
        let Known {
            listings,
            unreachable,
            answered,
        } = &mut *known;
        let mut gone = Listing::default();
        let listing = listings.get_mut(key).unwrap_or(&mut gone);
        listing.attempt = None;
        match answer {
            Ok(info) => {
                *answered = Some(now);
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
                    _ => {
                        *answered = Some(now);
                        *unreachable = None;
                        &mut listing.failed
                    }
                };
                let reason = error.to_string();
                let known_before = |failed: &Option<(Instant, String)>| {
                    failed.as_ref().is_some_and(|(_, before)| *before == reason)
                };
                let told = known_before(failed);
                *failed = Some((now, reason.clone()));
                // Others may have failed in the same way.
                let others = listings.iter().filter(|(other, _)| *other != key);
                if !told && !others.map(|(_, it)| &it.failed).any(known_before) {
                    tracing::warn!(
                        "what the remote endpoint at {origin} has is not known, it is asked again: {reason}"
                    );
                }
            }
        }
    }
}

impl Known {
    fn make_room(&mut self, key: &str, nobody: &str) {
        if self.listings.len() >= CALLERS && !self.listings.contains_key(key) {
            let first = self.listings.get_index(0);
            let kept = first.is_some_and(|(key, _)| key == nobody);
            self.listings.shift_remove_index(usize::from(kept));
        }
    }
}
