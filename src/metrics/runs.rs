//! What is measured of runs. A token costs an addition to a number of the run's own.

use std::time::Duration;

use chrono::Utc;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use tokio::time::Instant;

use super::bounded::Of;
use super::{Metrics, add, waits};
use crate::generated::agui::TokenUsage;
use crate::store::Owner;

/// After so many deltas the counter that all runs share hears of them.
const TOLD_EVERY: u64 = 32;

/// The families of runs.
pub(super) struct RunMetrics {
    active: Family<AgentLabels, Gauge>,
    started: Family<AgentLabels, Counter>,
    ended: Family<EndLabels, Counter>,
    refused: Family<RefusedLabels, Counter>,
    duration: Family<AgentLabels, Histogram, fn() -> Histogram>,
    first_token: Family<AgentLabels, Histogram, fn() -> Histogram>,
    deltas: Family<AgentLabels, Counter>,
    tokens: Family<TokenLabels, Counter>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct AgentLabels {
    agent: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct EndLabels {
    agent: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RefusedLabels {
    reason: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct TokenLabels {
    agent: String,
    model: String,
    direction: &'static str,
}

/// Why a run did not start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefusedBy {
    /// Its thread has an active one.
    Busy,
    /// A hook.
    Hook,
}

impl RunMetrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        Self {
            active: add(
                registry,
                "agui_runs_active",
                "Runs that go on",
                Family::default(),
            ),
            started: add(
                registry,
                "agui_runs_started",
                "Runs that started",
                Family::default(),
            ),
            ended: add(
                registry,
                "agui_runs_ended",
                "Runs that ended, by outcome",
                Family::default(),
            ),
            refused: add(
                registry,
                "agui_runs_refused",
                "Runs that did not start",
                Family::default(),
            ),
            duration: add(
                registry,
                "agui_run_duration_seconds",
                "From a run's start to its end",
                Family::new_with_constructor(durations),
            ),
            first_token: add(
                registry,
                "agui_run_first_token_seconds",
                "From a run's start to the first piece of its answer",
                Family::new_with_constructor(waits),
            ),
            deltas: add(
                registry,
                "agui_run_deltas",
                "Pieces of text, reasoning and arguments that runs said",
                Family::default(),
            ),
            tokens: add(
                registry,
                "agui_model_tokens",
                "Tokens that models counted, as agents tell at the end of a run",
                Family::default(),
            ),
        }
    }
}

fn durations() -> Histogram {
    Histogram::new([
        0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0,
    ])
}

impl Metrics {
    /// A run that starts, as soon as it wants its thread.
    pub(crate) fn run_started(&self, agent: &str, owner: &Owner) -> RunMeter {
        let labels = AgentLabels {
            agent: self.0.names.label(Of::Agent, agent),
        };
        let runs = &self.0.runs;
        runs.started.get_or_create(&labels).inc();
        runs.active.get_or_create(&labels).inc();
        RunMeter {
            deltas: runs.deltas.get_or_create_owned(&labels),
            metrics: self.clone(),
            labels,
            owner: owner.clone(),
            began: Instant::now(),
            first_token: None,
            said: 0,
            told: 0,
            ended: false,
        }
    }

    /// A run that did not start.
    pub(crate) fn run_refused(&self, reason: RefusedBy) {
        let reason = match reason {
            RefusedBy::Busy => "busy",
            RefusedBy::Hook => "hook",
        };
        let labels = RefusedLabels { reason };
        self.0.runs.refused.get_or_create(&labels).inc();
    }
}

/// One run, as far as it is measured.
pub(crate) struct RunMeter {
    metrics: Metrics,
    labels: AgentLabels,
    owner: Owner,
    deltas: Counter,
    began: Instant,
    first_token: Option<Duration>,
    /// Deltas, and those of them that the counter has.
    said: u64,
    told: u64,
    ended: bool,
}

/// What one run came to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RunSummary {
    pub(crate) duration: Duration,
    pub(crate) first_token: Option<Duration>,
    pub(crate) deltas: u64,
}

impl RunMeter {
    /// Another piece of the answer.
    pub(crate) fn delta(&mut self) {
        self.said += 1;
        if self.first_token.is_none() {
            let waited = self.began.elapsed();
            self.first_token = Some(waited);
            let waits = &self.metrics.0.runs.first_token;
            let waits = waits.get_or_create(&self.labels);
            waits.observe(waited.as_secs_f64());
        }
        if self.said - self.told >= TOLD_EVERY {
            self.tell();
        }
    }

    fn tell(&mut self) {
        self.deltas.inc_by(self.said - self.told);
        self.told = self.said;
    }

    /// The run has ended, with what its agent says that models counted.
    pub(crate) fn end(&mut self, outcome: &'static str, usage: &[TokenUsage]) -> RunSummary {
        let duration = self.began.elapsed();
        if !std::mem::replace(&mut self.ended, true) {
            self.tell();
            let runs = &self.metrics.0.runs;
            runs.active.get_or_create(&self.labels).dec();
            let took = runs.duration.get_or_create(&self.labels);
            took.observe(duration.as_secs_f64());
            let agent = self.labels.agent.clone();
            let labels = EndLabels { agent, outcome };
            runs.ended.get_or_create(&labels).inc();
            usage.iter().for_each(|usage| self.count(usage));
            let (table, today) = (&self.metrics.0.usage, Utc::now().date_naive());
            table.add(today, &self.owner, &self.labels.agent, usage);
        }
        RunSummary {
            duration,
            first_token: self.first_token,
            deltas: self.said,
        }
    }

    fn count(&self, usage: &TokenUsage) {
        let model = usage.model.as_deref().unwrap_or("unknown");
        let model = self.metrics.0.names.label(Of::Model, model);
        for (direction, tokens) in [
            ("input", usage.input_tokens),
            ("output", usage.output_tokens),
        ] {
            let tokens = tokens.and_then(|tokens| u64::try_from(tokens).ok());
            let labels = TokenLabels {
                agent: self.labels.agent.clone(),
                model: model.clone(),
                direction,
            };
            let family = &self.metrics.0.runs.tokens;
            family.get_or_create(&labels).inc_by(tokens.unwrap_or(0));
        }
    }
}

impl Drop for RunMeter {
    /// However a run's task ends, it does not go on.
    fn drop(&mut self) {
        self.end("crashed", &[]);
    }
}
