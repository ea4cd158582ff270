//! Keys that are fetched: a JSON web key set, kept for a while and fetched anew when it has changed.
//!
//! One request at a time fetches; the others go on with what is there. A server of keys that is down is noticed only by tokens
//! of keys that were never seen.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use http::{Method, header};
use jsonwebtoken::jwk::Jwk;
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::OwnedMutexGuard;
use tokio::time::{Instant, timeout};
use url::Url;

use super::super::AuthFailure;
use super::JwtError;
use super::keys::Key;
use super::options::JwtAlgorithm;
use crate::upstream::{
    Answer, Failed, Repeat, Timeouts, Upstream, UpstreamSettings, address, default_connect,
    innermost,
};

/// After this time a set is fetched anew: a key that was withdrawn is of no use any more.
const FRESH: Duration = Duration::from_secs(300);
/// The shortest time between two attempts: tokens with made-up keys do not make this server ask more often.
const PAUSE: Duration = Duration::from_secs(10);
/// The same, as long as there is no key at all.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// A request does not wait longer for keys.
const PATIENCE: Duration = Duration::from_secs(5);
const MAX_BYTES: usize = 1 << 20;
const MAX_KEYS: usize = 100;

/// The key sets by their addresses. Made once, it outlives a reload of the configuration: keys that were fetched are not lost.
#[derive(Clone, Default)]
pub struct KeyCaches(Arc<Mutex<HashMap<Url, Arc<KeySet>>>>);

impl KeyCaches {
    pub(super) fn at(&self, url: &str) -> Result<Arc<KeySet>, JwtError> {
        let bad = |error: crate::upstream::ConfigError| {
            let message = error.to_string();
            JwtError::Address(message.strip_prefix("url: ").unwrap_or(&message).to_owned())
        };
        let url = address(url).map_err(bad)?;
        let mut sets = self.0.lock();
        if let Some(set) = sets.get(&url) {
            return Ok(set.clone());
        }
        let set = Arc::new(KeySet::new(url.clone()).map_err(bad)?);
        sets.insert(url, set.clone());
        Ok(set)
    }

    /// Fetches in the background what is not there yet, so that nobody waits for it, and the log says what is wrong.
    pub fn fetch(&self) {
        for set in self.0.lock().values().cloned() {
            if set.url.scheme() == "http" && !is_loopback(&set.url) {
                let from = set.upstream.label();
                tracing::warn!(
                    "the keys of tokens come from {from} without TLS: whoever is in between can replace them"
                );
            }
            tokio::spawn(async move { drop(set.find(None, JwtAlgorithm::RS256).await) });
        }
    }
}

/// One set of keys.
pub(super) struct KeySet {
    url: Url,
    upstream: Upstream,
    state: Mutex<State>,
    /// Held by who fetches.
    fetching: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Default)]
struct State {
    keys: Arc<[Key]>,
    fetched: Option<Instant>,
    tried: Option<Instant>,
}

#[derive(Deserialize)]
struct Published {
    keys: Vec<Value>,
}

impl KeySet {
    fn new(url: Url) -> Result<Self, crate::upstream::ConfigError> {
        let timeouts = Timeouts {
            connect: default_connect(),
            first_byte: PATIENCE,
            idle: PATIENCE,
        };
        Ok(Self {
            upstream: Upstream::at(&url, UpstreamSettings::new(timeouts))?,
            url,
            state: Mutex::default(),
            fetching: Arc::default(),
        })
    }

    /// The keys that a token may have been signed with, fetched if need be.
    pub(super) async fn find(
        self: &Arc<Self>,
        id: Option<&str>,
        algorithm: JwtAlgorithm,
    ) -> Result<Vec<Key>, AuthFailure> {
        let asked = Instant::now();
        let found = self.known(id, algorithm);
        if found.is_empty() {
            // Who waits here finds what the one before has fetched.
            let turn = self.fetching.clone().lock_owned().await;
            if self.may_try(asked) {
                self.clone().fetch_on(turn).await;
            }
        } else if self.is_old() {
            if let Ok(turn) = self.fetching.clone().try_lock_owned()
                && self.may_try(asked)
            {
                self.clone().fetch_on(turn).await;
            }
        } else {
            return Ok(found);
        }
        let state = self.state.lock();
        if state.fetched.is_none() {
            return Err(AuthFailure::Unavailable {
                reason: "the keys of tokens could not be fetched".to_owned(),
                retry_after: FIRST_PAUSE,
            });
        }
        drop(state);
        Ok(self.known(id, algorithm))
    }

    fn known(&self, id: Option<&str>, algorithm: JwtAlgorithm) -> Vec<Key> {
        let keys = self.state.lock().keys.clone();
        let fitting = keys.iter().filter(|key| key.may_be(id, algorithm));
        fitting.cloned().collect()
    }

    fn is_old(&self) -> bool {
        let fetched = self.state.lock().fetched;
        fetched.is_none_or(|it| it.elapsed() >= FRESH)
    }

    /// Whether to ask for keys now, for somebody who came at this time.
    fn may_try(&self, asked: Instant) -> bool {
        let state = self.state.lock();
        let pause = match state.fetched {
            Some(_) => PAUSE,
            None => FIRST_PAUSE,
        };
        state
            .tried
            .is_none_or(|tried| tried < asked && tried.elapsed() >= pause)
    }

    /// Fetches to the end, even if who asked goes away meanwhile.
    async fn fetch_on(self: Arc<Self>, turn: OwnedMutexGuard<()>) {
        let fetching = tokio::spawn(async move {
            self.fetch().await;
            drop(turn);
        });
        let _ = fetching.await;
    }

    async fn fetch(&self) {
        self.state.lock().tried = Some(Instant::now());
        let fetched = timeout(PATIENCE, self.ask()).await;
        let fetched = fetched.unwrap_or_else(|_| Err(format!("no answer within {PATIENCE:?}")));
        let mut state = self.state.lock();
        match fetched {
            Ok(keys) => {
                state.keys = keys.into();
                state.fetched = Some(Instant::now());
            }
            Err(reason) => {
                let left = state.keys.len();
                let label = self.upstream.label();
                tracing::warn!(
                    "keys of tokens were not fetched from {label}: {reason}; {left} are known"
                );
            }
        }
    }

    async fn ask(&self) -> Result<Vec<Key>, String> {
        let request = || {
            let request = self.upstream.request(Method::GET, self.url.clone());
            request.header(header::ACCEPT, "application/json")
        };
        let answer = self.upstream.send(Repeat::Reads, request).await;
        let Answer {
            status, mut body, ..
        } = answer.map_err(|failed| match failed {
            Failed::Unreachable(error) => innermost(&error),
            Failed::Slow(patience) => format!("no answer within {patience:?}"),
            Failed::Refused(refusal) => format!("it {refusal}"),
        })?;
        if !status.is_success() {
            return Err(format!("its answer is {status}"));
        }
        let mut whole = Vec::new();
        while let Some(part) = body.next().await {
            whole.extend_from_slice(&part.map_err(|_| "its answer broke off")?);
            if whole.len() > MAX_BYTES {
                return Err(format!("its answer is longer than {MAX_BYTES} bytes"));
            }
        }
        usable(&whole)
    }
}

/// The keys of a set that check tokens; those of other kinds may be there too.
fn usable(set: &[u8]) -> Result<Vec<Key>, String> {
    let set: Published = serde_json::from_slice(set).map_err(|_| "its answer is no key set")?;
    let keys = set.keys.into_iter().take(MAX_KEYS);
    let keys = keys.filter_map(|key| Key::of_set(&serde_json::from_value::<Jwk>(key).ok()?));
    let keys: Vec<_> = keys.collect();
    match keys.is_empty() {
        true => Err("it has no key for RS256 or ES256".to_owned()),
        false => Ok(keys),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
