//! What there is at this moment, for metrics: nobody counts it as it comes and goes, it is looked at when somebody asks.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use super::Runtime;
use crate::upstream::{NamedUpstream, UpstreamCounts, UpstreamState};

/// More upstreams than anybody configures. Each is a name in Prometheus for ever.
const MOST_UPSTREAMS: usize = 500;

/// The runtime, as metrics see it.
pub(crate) struct Figures(Runtime);

impl std::fmt::Debug for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Figures")
    }
}

impl Runtime {
    /// What there is at this moment.
    pub(crate) fn figures(&self) -> Figures {
        Figures(self.clone())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct UpstreamLabels {
    kind: &'static str,
    upstream: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabels {
    kind: &'static str,
    upstream: String,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    kind: &'static str,
    upstream: String,
    outcome: &'static str,
}

/// One upstream, and how it does.
struct Seen {
    labels: UpstreamLabels,
    upstream: NamedUpstream,
    state: UpstreamState,
    counts: UpstreamCounts,
}

impl From<NamedUpstream> for Seen {
    fn from(upstream: NamedUpstream) -> Self {
        let status = upstream.upstream.status();
        Self {
            labels: UpstreamLabels {
                kind: upstream.kind.label(),
                upstream: upstream.name.clone(),
            },
            state: status.state,
            counts: status.counts,
            upstream,
        }
    }
}

impl Collector for Figures {
    fn encode(&self, mut encoder: DescriptorEncoder) -> std::fmt::Result {
        self.runs(&mut encoder)?;
        self.store(&mut encoder)?;
        self.0.housekeeping().encode(&mut encoder)?;
        let upstreams = self.0.named_upstreams().into_iter();
        let seen: Vec<Seen> = upstreams.take(MOST_UPSTREAMS).map(Seen::from).collect();
        if seen.is_empty() {
            return Ok(());
        }
        states(&seen, &mut encoder)?;
        numbers(&seen, &mut encoder)
    }
}

impl Figures {
    fn runs(&self, encoder: &mut DescriptorEncoder) -> std::fmt::Result {
        let (mut followers, mut bytes, mut waiting) = (0, 0, 0);
        for runs in self.0.node().active.lock().values() {
            waiting += runs.len().saturating_sub(1);
            for run in runs {
                let (read_by, written) = run.log().weight();
                followers += read_by;
                bytes += written;
            }
        }
        gauge(
            encoder,
            "agui_run_followers",
            "Streams that follow runs of this server that go on",
            followers,
        )?;
        gauge(
            encoder,
            "agui_run_log_bytes",
            "About how many bytes the logs of runs that go on take",
            bytes,
        )?;
        gauge(
            encoder,
            "agui_runs_waiting",
            "Runs that wait for their turn on a thread",
            waiting,
        )?;
        let tasks = self.0.node().tasks.len();
        let help = "Tasks of runs: those that go on, and ends that are being stored";
        gauge(encoder, "agui_run_tasks", help, tasks)
    }

    fn store(&self, encoder: &mut DescriptorEncoder) -> std::fmt::Result {
        let backlog = self.0.node().journal.backlog();
        gauge(
            encoder,
            "agui_store_journal_runs",
            "Runs whose events are being kept",
            backlog.runs,
        )?;
        gauge(
            encoder,
            "agui_store_journal_backlog_events",
            "Events that were said and that the store does not have yet",
            backlog.events,
        )?;
        let late = ConstGauge::new(backlog.oldest.as_secs_f64());
        late.encode(encoder.encode_descriptor(
            "agui_store_journal_backlog_seconds",
            "For how long the store lacks what was said first of it",
            None,
            late.metric_type(),
        )?)
    }
}

fn gauge(
    encoder: &mut DescriptorEncoder,
    name: &str,
    help: &str,
    value: usize,
) -> std::fmt::Result {
    let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
    gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)
}

/// One gauge for each state, 1 for the one that it has: what alerts ask for.
fn states(seen: &[Seen], encoder: &mut DescriptorEncoder) -> std::fmt::Result {
    let mut metric = encoder.encode_descriptor(
        "agui_upstream_state",
        "How an upstream does: 1 for its state. `open` is left alone by the breaker",
        None,
        MetricType::Gauge,
    )?;
    for Seen { labels, state, .. } in seen {
        for (known, name) in [
            (UpstreamState::Unknown, "unknown"),
            (UpstreamState::Ok, "ok"),
            (UpstreamState::Failing, "failing"),
            (UpstreamState::Open, "open"),
        ] {
            let labels = StateLabels {
                kind: labels.kind,
                upstream: labels.upstream.clone(),
                state: name,
            };
            let gauge = ConstGauge::new(i64::from(known == *state));
            gauge.encode(metric.encode_family(&labels)?)?;
        }
    }
    Ok(())
}

fn numbers(seen: &[Seen], encoder: &mut DescriptorEncoder) -> std::fmt::Result {
    let help = "Requests to an upstream whose answer has not ended";
    let name = "agui_upstream_requests_active";
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for Seen { labels, counts, .. } in seen {
        let gauge = ConstGauge::new(i64::try_from(counts.active).unwrap_or(i64::MAX));
        gauge.encode(metric.encode_family(labels)?)?;
    }
    let help = "Requests to an upstream that wait for their turn";
    let name = "agui_upstream_requests_waiting";
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for Seen { labels, counts, .. } in seen {
        let gauge = ConstGauge::new(i64::try_from(counts.waiting).unwrap_or(i64::MAX));
        gauge.encode(metric.encode_family(labels)?)?;
    }
    let help = "Requests to an upstream: answered, failed, or refused by breaker or limit";
    let name = "agui_upstream_requests";
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for Seen { labels, counts, .. } in seen {
        for (outcome, count) in [
            ("answered", counts.answered),
            ("failed", counts.failed),
            ("refused", counts.refused),
        ] {
            let labels = OutcomeLabels {
                kind: labels.kind,
                upstream: labels.upstream.clone(),
                outcome,
            };
            ConstCounter::new(count).encode(metric.encode_family(&labels)?)?;
        }
    }
    let help = "Requests to an upstream that were tried again";
    let name = "agui_upstream_retries";
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for Seen { labels, counts, .. } in seen {
        ConstCounter::new(counts.retried).encode(metric.encode_family(labels)?)?;
    }
    let help = "How often an upstream was given up for a while";
    let name = "agui_upstream_breaker_opened";
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for Seen { labels, counts, .. } in seen {
        ConstCounter::new(counts.opened).encode(metric.encode_family(labels)?)?;
    }
    let help = "From a request to an upstream to the beginning of its answer";
    let name = "agui_upstream_answer_seconds";
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
    for Seen {
        labels, upstream, ..
    } in seen
    {
        let times = upstream.upstream.answer_times();
        times.encode(metric.encode_family(labels)?)?;
    }
    Ok(())
}
