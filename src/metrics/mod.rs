//! What is counted and measured, for Prometheus and whoever reads its format.
//!
//! Nothing here is global: an application that embeds the runtime gets no recorder that it did not ask for, and two runtimes
//! in one process do not count for each other. That is why this is `prometheus-client`, with a registry of its own, and not
//! the `metrics` crate, whose macros find their recorder in a static.
//!
//! No label names what a client can make up: no owner, no thread, no run, no path. Names that come from elsewhere, such as
//! those of agents that are discovered, are [`Bounded`].

mod bounded;
mod http;
mod process;
mod runs;
mod store;
mod usage;

use std::fmt;
use std::sync::Arc;

use chrono::NaiveDate;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};

use crate::store::Owner;
use bounded::Bounded;
use http::HttpMetrics;
use process::Process;
use runs::RunMetrics;
use store::StoreMetrics;
use usage::{UsageReport, UsageTable};

pub(crate) use http::{HttpFace, RequestMeter};
pub(crate) use runs::{RefusedBy, RunMeter};

/// The media type of [`Metrics::encode`]: Prometheus tells by it how to read the text.
pub(crate) const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What a server counts and measures, since it started. Cheap to clone; all clones are one.
///
/// A runtime makes its own unless it is given one, which outlives it then.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    names: Bounded,
    runs: RunMetrics,
    http: HttpMetrics,
    store: StoreMetrics,
    usage: UsageTable,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::default();
        let build = Family::<BuildLabels, Gauge>::default();
        let build = add(
            &mut registry,
            "agui_build_info",
            "The binary that runs",
            build,
        );
        build.get_or_create(&BuildLabels::default()).set(1);
        registry.register_collector(Box::new(Process::new()));
        Self(Arc::new(Inner {
            names: Bounded::default(),
            runs: RunMetrics::new(&mut registry),
            http: HttpMetrics::new(&mut registry),
            store: StoreMetrics::new(&mut registry),
            usage: UsageTable::default(),
            registry,
        }))
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct BuildLabels {
    version: &'static str,
    os: &'static str,
    arch: &'static str,
}

impl Default for BuildLabels {
    fn default() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            os: std::env::consts::OS,
            arch: std::env::consts::ARCH,
        }
    }
}

impl Metrics {
    /// What was used from a day on, by this owner or by all.
    pub(crate) fn usage(&self, from: NaiveDate, owner: Option<&Owner>) -> UsageReport {
        self.0.usage.report(from, owner)
    }

    /// All of it as OpenMetrics text, and what `live` tells of this moment.
    pub(crate) fn encode(&self, live: impl Collector) -> Result<String, fmt::Error> {
        let mut text = String::with_capacity(32 << 10);
        encode_registry(&mut text, &self.0.registry)?;
        let mut now = Registry::default();
        now.register_collector(Box::new(live));
        encode_registry(&mut text, &now)?;
        encode_eof(&mut text)?;
        Ok(text)
    }
}

/// The metric, registered.
fn add<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
    registry.register(name, help, metric.clone());
    metric
}

/// A histogram with the bounds that suit what is waited for: from milliseconds to minutes.
pub(crate) fn waits() -> Histogram {
    Histogram::new([
        0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
    ])
}
