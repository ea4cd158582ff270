//! One upstream, and the way of a request to it.
//!
//! Nothing here runs on its own: dropping the future, or the answer, closes the connection, frees the place, and says nothing
//! of how the upstream does.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};
use parking_lot::Mutex;
use prometheus_client::metrics::histogram::Histogram;
use tokio::time::{Instant, sleep, timeout};
use tracing::{Instrument, Span};
use url::Url;

use super::body::Body;
use super::breaker::{Breaker, Opened};
use super::client::client;
use super::config::{ConfigError, UpstreamSettings};
use super::health::{News, Outcome, Pass, Record, UpstreamStatus, wall};
use super::limit::{Full, Limit, Place};
use super::retry::{Repeat, asked_for};
use super::trace;

/// One server that this one asks. Clones are one.
#[derive(Debug, Clone)]
pub struct Upstream(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// For the log.
    label: String,
    /// Tells addresses apart, and shows nothing of what is secret in them; `None` where others know the address.
    address: Option<u64>,
    client: reqwest::Client,
    settings: UpstreamSettings,
    limit: Limit,
    record: Mutex<Record>,
}

/// An answer that has begun, whatever it says.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Failed {
    /// There is no connection, or it broke off before the answer.
    Unreachable(reqwest::Error),
    /// The answer did not begin in time.
    Slow(Duration),
    /// The request was not sent.
    Refused(Refusal),
}

/// Why a request was not sent, told of the upstream: `{upstream} {refusal}`.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// The upstream is left alone.
    #[error("{}", told(opened, error))]
    Open {
        /// Since when, until when.
        opened: Opened,
        /// What went wrong last.
        error: String,
    },
    /// There is no place.
    #[error(transparent)]
    Full(#[from] Full),
}

impl Upstream {
    /// The upstream at this address, of which the log hears only scheme, host and port.
    pub(crate) fn at(url: &Url, settings: UpstreamSettings) -> Result<Self, ConfigError> {
        let mut hasher = DefaultHasher::new();
        url.hash(&mut hasher);
        let label = url.origin().ascii_serialization();
        Self::new(label, Some(hasher.finish()), settings)
    }

    /// An upstream of this name.
    pub(crate) fn called(
        name: impl Into<String>,
        settings: UpstreamSettings,
    ) -> Result<Self, ConfigError> {
        Self::new(name.into(), None, settings)
    }

    fn new(
        label: String,
        address: Option<u64>,
        settings: UpstreamSettings,
    ) -> Result<Self, ConfigError> {
        Ok(Self(Arc::new(Inner {
            label,
            address,
            client: client(settings.timeouts.connect)?,
            limit: Limit::new(settings.limit),
            record: Mutex::new(Record::new(Breaker::new(settings.breaker))),
            settings,
        })))
    }

    /// How it does.
    pub fn status(&self) -> UpstreamStatus {
        let mut status = self.0.record.lock().status();
        status.counts.active = self.0.limit.taken();
        status.counts.waiting = self.0.limit.waiting();
        status
    }

    /// How long it took until answers began.
    pub(crate) fn answer_times(&self) -> Histogram {
        self.0.record.lock().answer_times.clone()
    }

    /// Whether both are one.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Whether both are asked at one address, as far as that is known here.
    pub(crate) fn is_at_address_of(&self, other: &Self) -> bool {
        self.0.address.is_some() && self.0.address == other.0.address
    }

    /// Takes over what is known of it from the one in whose place it comes.
    pub(crate) fn go_on_from(&self, before: &Self) {
        if !self.is(before) {
            let known = before.0.record.lock();
            self.0.record.lock().go_on_from(&known);
        }
    }

    /// Its name, or scheme, host and port.
    pub fn label(&self) -> &str {
        &self.0.label
    }

    /// How it is asked.
    pub(crate) fn settings(&self) -> &UpstreamSettings {
        &self.0.settings
    }

    /// The client, for a library that sends requests by itself.
    pub(crate) fn client(&self) -> &reqwest::Client {
        &self.0.client
    }

    /// A request to be sent with [`Self::send`].
    pub(crate) fn request(&self, method: Method, url: Url) -> reqwest::RequestBuilder {
        self.0.client.request(method, url)
    }

    /// Notes what it has, or how it is connected.
    pub(crate) fn tell(&self, detail: impl Into<String>) {
        self.0.record.lock().detail = Some(detail.into());
    }

    /// Notes what is wrong with it though it answers. It is shown to anybody: no secret may be in it.
    pub(crate) fn fails(&self, error: impl Into<String>) {
        let mut record = self.0.record.lock();
        record.fails(error.into(), Instant::now());
    }

    /// Sends a request until an answer begins, or there is no point in trying on. `request` makes it anew for each attempt.
    pub(crate) async fn send(
        &self,
        repeat: Repeat,
        request: impl Fn() -> reqwest::RequestBuilder,
    ) -> Result<Answer, Failed> {
        let place = self.enter().await?;
        let mut attempt = self.admit()?;
        let mut number = 0;
        let mut answer = loop {
            attempt.span = trace::span(&self.0.label, number);
            let outcome = self.once(attempt, request()).await;
            let last = number >= self.0.settings.retries || self.is_open();
            let pause = self.pause(repeat, &outcome, number);
            let Some(pause) = pause.filter(|_| !last) else {
                break outcome?;
            };
            tracing::debug!(number, ?pause, "{} is asked again", self.0.label);
            drop(outcome);
            sleep(pause).await;
            attempt = self.admit()?;
            number += 1;
            self.0.record.lock().counts.retried += 1;
        };
        answer.body.keep(place);
        Ok(answer)
    }

    /// Sends a request once, past limit and breaker: whoever sees how an upstream does must not be kept from it.
    pub(crate) async fn look(&self, request: reqwest::RequestBuilder) -> Result<Answer, Failed> {
        let attempt = Attempt {
            upstream: self.clone(),
            pass: Some(Pass::Free),
            span: trace::span(&self.0.label, 0),
        };
        self.once(attempt, request).await
    }

    /// Lets somebody ask who does so by other means, and tells what came of it.
    pub(crate) fn admit(&self) -> Result<Attempt, Refusal> {
        let mut record = self.0.record.lock();
        match record.admit(Instant::now()) {
            Ok(pass) => Ok(Attempt {
                upstream: self.clone(),
                pass: Some(pass),
                span: Span::none(),
            }),
            Err(opened) => Err(Refusal::Open {
                opened,
                error: record.error().to_owned(),
            }),
        }
    }

    /// A place for somebody who asks by other means.
    pub(crate) async fn enter(&self) -> Result<Place, Refusal> {
        let place = self.0.limit.enter().await;
        if place.is_err() {
            self.0.record.lock().counts.refused += 1;
        }
        Ok(place?)
    }

    async fn once(
        &self,
        mut attempt: Attempt,
        request: reqwest::RequestBuilder,
    ) -> Result<Answer, Failed> {
        let timeouts = self.0.settings.timeouts;
        let began = Instant::now();
        let request = request.headers(trace::headers(&attempt.span));
        let sent = request.send().instrument(attempt.span.clone());
        let response = match timeout(timeouts.first_byte, sent).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                let error = error.without_url();
                // What cannot be sent says nothing of the upstream.
                if !error.is_builder() {
                    attempt.failed(reason(&error, timeouts.connect));
                }
                return Err(Failed::Unreachable(error));
            }
            Err(_) => {
                attempt.failed(format!("no answer within {:?}", timeouts.first_byte));
                return Err(Failed::Slow(timeouts.first_byte));
            }
        };
        let status = response.status();
        let waited = began.elapsed().as_secs_f64();
        self.answer_times().observe(waited);
        let code = i64::from(status.as_u16());
        attempt.span.record("http.response.status_code", code);
        match status.as_u16() {
            502..=504 => attempt.failed(format!("HTTP {}", status.as_u16())),
            401 | 403 | 404 | 429 | 500.. => attempt.erred(format!("HTTP {}", status.as_u16())),
            // With the first bytes of the body.
            200..=299 => {}
            _ => attempt.worked(),
        }
        Ok(Answer {
            status,
            headers: response.headers().clone(),
            body: Body::new(response, attempt, timeouts.idle),
        })
    }

    fn is_open(&self) -> bool {
        self.0.record.lock().opened().is_some()
    }

    /// How long to wait before the next attempt, if there is a point in one.
    fn pause(
        &self,
        repeat: Repeat,
        outcome: &Result<Answer, Failed>,
        number: u32,
    ) -> Option<Duration> {
        let ours = || self.0.settings.backoff.pause(number);
        match outcome {
            Ok(answer) => {
                let again =
                    !answer.status.is_success() && repeat.after(answer.status, &answer.headers);
                again.then(|| asked_for(&answer.headers).unwrap_or_else(ours))
            }
            Err(Failed::Unreachable(error)) if !error.is_builder() => {
                repeat.after_no_answer(!error.is_connect()).then(ours)
            }
            // The upstream may be at work, and the user has waited long enough.
            Err(_) => None,
        }
    }
}

/// A request of which it is not known yet what comes of it. Dropped so, it counts neither as success nor as failure.
#[derive(Debug)]
pub(crate) struct Attempt {
    upstream: Upstream,
    /// Until its outcome is known.
    pass: Option<Pass>,
    /// Until the answer has ended.
    span: Span,
}

impl Attempt {
    /// The upstream answers.
    pub(crate) fn worked(&mut self) {
        if let Some(pass) = self.pass.take() {
            self.settle(pass, Outcome::Worked);
        }
    }

    /// The upstream answers, with an error. Nothing secret, as with [`Self::failed`].
    pub(crate) fn erred(&mut self, error: String) {
        if let Some(pass) = self.pass.take() {
            self.settle(pass, Outcome::Erred(error));
        }
    }

    /// The upstream does not answer, or not any more. What is said of it is shown to anybody: it holds no secret.
    pub(crate) fn failed(&mut self, error: String) {
        match self.pass.take() {
            Some(pass) => self.settle(pass, Outcome::Failed(error)),
            None => {
                trace::fails(&self.span, &error);
                self.upstream.0.record.lock().fails(error, Instant::now());
            }
        }
    }

    fn settle(&self, pass: Pass, outcome: Outcome) {
        if let Outcome::Erred(error) | Outcome::Failed(error) = &outcome {
            trace::fails(&self.span, error);
        }
        let Inner { label, record, .. } = &*self.upstream.0;
        let mut record = record.lock();
        match record.settle(pass, outcome, Instant::now()) {
            Some(News::GivenUp) => tracing::warn!(
                "{label} is left alone for {:?}, as it fails again and again: {}",
                self.upstream.0.settings.breaker.pause,
                record.error()
            ),
            Some(News::Back) => tracing::info!("{label} answers again"),
            None => {}
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if let Some(pass) = self.pass.take() {
            let mut record = self.upstream.0.record.lock();
            record.dropped(pass, Instant::now());
        }
    }
}

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Why there was no answer, without an address.
fn reason(error: &reqwest::Error, connect: Duration) -> String {
    if !error.is_connect() {
        "the connection broke off before an answer".to_owned()
    } else if error.is_timeout() {
        format!("no connection within {connect:?}")
    } else {
        innermost(error)
    }
}

/// The cause that says most: HTTP clients wrap "Connection refused" thrice.
pub(crate) fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

fn told(opened: &Opened, error: &str) -> String {
    let times = wall([opened.since, opened.until]);
    let [since, until] = times.map(|time| time.format("%H:%M:%S UTC"));
    match opened.half {
        false => format!(
            "has failed again and again and is left alone since {since}, until {until} (breaker): {error}"
        ),
        true => format!(
            "has failed again and again and is left alone since {since} (breaker); another request is trying it just now: {error}"
        ),
    }
}
