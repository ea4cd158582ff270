//! What is known of an upstream from the requests to it: whether it answers, since when it does not, and why.
//!
//! Nobody is asked for this alone. An upstream that failed counts as failing until it has answered again.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use prometheus_client::metrics::histogram::Histogram;
use serde::{Serialize, Serializer};
use tokio::time::Instant;

use super::breaker::{Breaker, Opened, Ticket};
use super::request::Upstream;
use crate::metrics::waits;

/// What an upstream is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UpstreamKind {
    /// It answers runs: a model, or an agent elsewhere.
    Agent,
    /// It has agents and actions that are discovered there.
    RemoteEndpoint,
    /// It has tools.
    McpServer,
    /// It is a LangServe chain, and so a tool.
    Chain,
    /// It writes down what users say.
    Transcription,
    /// It has a say in runs, or is told of them.
    Webhook,
    /// It judges what users write.
    Guardrails,
}

impl UpstreamKind {
    /// As metrics call it.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::RemoteEndpoint => "remote_endpoint",
            Self::McpServer => "mcp_server",
            Self::Chain => "chain",
            Self::Transcription => "transcription",
            Self::Webhook => "webhook",
            Self::Guardrails => "guardrails",
        }
    }
}

impl fmt::Display for UpstreamKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Agent => "agent",
            Self::RemoteEndpoint => "remote endpoint",
            Self::McpServer => "MCP server",
            Self::Chain => "LangServe chain",
            Self::Transcription => "transcription server",
            Self::Webhook => "webhook",
            Self::Guardrails => "guardrails",
        })
    }
}

/// One upstream of a runtime.
#[derive(Debug, Clone)]
pub struct NamedUpstream {
    /// What it is for.
    pub kind: UpstreamKind,
    /// How the configuration calls it; where it has no name there, scheme, host and port.
    pub name: String,
    /// The upstream.
    pub upstream: Upstream,
}

/// One upstream of a runtime, and how it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UpstreamReport {
    /// What it is for.
    pub kind: UpstreamKind,
    /// How the configuration calls it; where it has no name there, scheme, host and port.
    pub name: String,
    /// How it does.
    #[serde(flatten)]
    pub status: UpstreamStatus,
}

/// How an upstream does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UpstreamStatus {
    /// In one word.
    pub state: UpstreamState,
    /// Since when it fails.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "seconds")]
    pub since: Option<DateTime<Utc>>,
    /// Until when requests are refused.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "seconds")]
    pub until: Option<DateTime<Utc>>,
    /// What went wrong last, if it fails: neither an address nor anything that the upstream said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What it has, or how it is connected, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Numbers, for metrics.
    #[serde(skip)]
    pub counts: UpstreamCounts,
}

/// How an upstream does, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UpstreamState {
    /// It has not been asked yet.
    Unknown,
    /// It has answered the last request.
    Ok,
    /// It has not.
    Failing,
    /// It has failed so often that requests are refused for a while.
    Open,
}

/// What an upstream was asked, since the server started, and what is under way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UpstreamCounts {
    /// Requests whose answer has not ended.
    pub active: usize,
    /// Requests that wait for their turn.
    pub waiting: usize,
    /// Requests that were answered.
    pub answered: u64,
    /// Requests that failed, or were answered with an error.
    pub failed: u64,
    /// Requests that were not sent, because it was left alone or had no place free.
    pub refused: u64,
    /// Requests that were tried again.
    pub retried: u64,
    /// How often it was given up for a while.
    pub opened: u64,
}

impl UpstreamCounts {
    /// Counts those that are over as well.
    fn add(&mut self, before: &Self) {
        self.answered += before.answered;
        self.failed += before.failed;
        self.refused += before.refused;
        self.retried += before.retried;
        self.opened += before.opened;
    }
}

impl UpstreamState {
    /// Whether one should do something about it.
    pub fn is_down(self) -> bool {
        matches!(self, Self::Failing | Self::Open)
    }
}

/// What requests have told of an upstream.
#[derive(Debug)]
pub(super) struct Record {
    breaker: Breaker,
    failing: Option<Failing>,
    pub(super) detail: Option<String>,
    pub(super) counts: UpstreamCounts,
    /// Until answers began.
    pub(super) answer_times: Histogram,
}

#[derive(Debug, Clone)]
struct Failing {
    since: Instant,
    error: String,
}

/// What came of a request.
#[derive(Debug)]
pub(super) enum Outcome {
    /// An answer.
    Worked,
    /// An answer that says what is wrong, with the upstream or with what it is sent.
    Erred(String),
    /// No answer, or one that says that the upstream is not there.
    Failed(String),
}

/// How a request was let out.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pass {
    /// By the breaker.
    Ticket(Ticket),
    /// Past it: to see how the upstream does.
    Free,
}

/// What the log should hear.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum News {
    GivenUp,
    Back,
}

impl Record {
    pub(super) fn new(breaker: Breaker) -> Self {
        Self {
            breaker,
            failing: None,
            detail: None,
            counts: UpstreamCounts::default(),
            answer_times: waits(),
        }
    }

    /// Takes the place of another one: what was learned before it counts as well.
    pub(super) fn go_on_from(&mut self, before: &Self) {
        self.breaker.go_on_from(&before.breaker);
        self.failing.clone_from(&before.failing);
        self.counts.add(&before.counts);
        self.answer_times = before.answer_times.clone();
    }

    pub(super) fn admit(&mut self, now: Instant) -> Result<Pass, Opened> {
        let ticket = self.breaker.admit(now);
        self.counts.refused += u64::from(ticket.is_err());
        ticket.map(Pass::Ticket)
    }

    pub(super) fn settle(&mut self, pass: Pass, outcome: Outcome, now: Instant) -> Option<News> {
        let was_open = self.breaker.opened().is_some();
        match &outcome {
            Outcome::Worked | Outcome::Erred(_) => match pass {
                Pass::Ticket(ticket) => self.breaker.worked(ticket),
                Pass::Free => self.breaker.close(),
            },
            Outcome::Failed(_) => {
                let opens = match pass {
                    Pass::Ticket(ticket) => self.breaker.failed(ticket, now),
                    Pass::Free => self.breaker.count(now),
                };
                self.counts.opened += u64::from(opens);
            }
        }
        match outcome {
            Outcome::Worked => {
                self.counts.answered += 1;
                self.failing = None;
            }
            Outcome::Erred(error) | Outcome::Failed(error) => self.fails(error, now),
        }
        match (was_open, self.breaker.opened().is_some()) {
            (false, true) => Some(News::GivenUp),
            (true, false) => Some(News::Back),
            _ => None,
        }
    }

    /// Something went wrong, though the upstream does answer.
    pub(super) fn fails(&mut self, error: String, now: Instant) {
        self.counts.failed += 1;
        let since = self.failing.take().map_or(now, |failing| failing.since);
        self.failing = Some(Failing { since, error });
    }

    pub(super) fn dropped(&mut self, pass: Pass, now: Instant) {
        if let Pass::Ticket(ticket) = pass {
            self.breaker.dropped(ticket, now);
        }
    }

    pub(super) fn opened(&self) -> Option<Opened> {
        self.breaker.opened()
    }

    /// What went wrong last.
    pub(super) fn error(&self) -> &str {
        self.failing.as_ref().map_or("", |failing| &failing.error)
    }

    pub(super) fn status(&self) -> UpstreamStatus {
        let opened = self.breaker.opened();
        let failing = self.failing.as_ref();
        let state = match (opened, failing) {
            (Some(_), _) => UpstreamState::Open,
            (None, Some(_)) => UpstreamState::Failing,
            (None, None) if self.counts.answered == 0 => UpstreamState::Unknown,
            (None, None) => UpstreamState::Ok,
        };
        let now = Instant::now();
        let since = failing.map(|failing| failing.since);
        let until = opened.map(|opened| opened.until);
        let [since_shown, until_shown] = wall([since, until].map(|time| time.unwrap_or(now)));
        UpstreamStatus {
            state,
            since: since.map(|_| since_shown),
            until: until.map(|_| until_shown),
            error: failing.map(|failing| failing.error.clone()),
            detail: self.detail.clone(),
            counts: self.counts,
        }
    }
}

/// What the clock on the wall shows at these times, by one look at it.
pub(super) fn wall<const N: usize>(times: [Instant; N]) -> [DateTime<Utc>; N] {
    let (now, shows) = (Instant::now(), Utc::now());
    let off = |duration| chrono::TimeDelta::from_std(duration).unwrap_or_default();
    times.map(|time| {
        shows + off(time.saturating_duration_since(now)) - off(now.saturating_duration_since(time))
    })
}

fn seconds<S: Serializer>(time: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
    let text = time.map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true));
    text.serialize(serializer)
}
