//! How long a store takes, and what it fails at.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::{Metrics, add};

/// The families of the store.
pub(super) struct StoreMetrics {
    took: Family<OperationLabels, Histogram, fn() -> Histogram>,
    failed: Family<ErrorLabels, Counter>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OperationLabels {
    operation: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ErrorLabels {
    operation: &'static str,
    error: &'static str,
}

impl StoreMetrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let it = Self {
            took: add(
                registry,
                "agui_store_operation_seconds",
                "How long the store took, by operation",
                Family::new_with_constructor(operations),
            ),
            failed: add(
                registry,
                "agui_store_errors",
                "Operations of the store that failed",
                Family::default(),
            ),
        };
        // What an alert asks for is there before it happens.
        for operation in ["start_run", "append_events", "end_run"] {
            let error = "backend";
            drop(it.failed.get_or_create(&ErrorLabels { operation, error }));
        }
        it
    }
}

fn operations() -> Histogram {
    Histogram::new([
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
    ])
}

impl Metrics {
    /// An operation of the store is done, or failed with this kind of error.
    pub(crate) fn stored(
        &self,
        operation: &'static str,
        took: Duration,
        error: Option<&'static str>,
    ) {
        let store = &self.0.store;
        let labels = OperationLabels { operation };
        let times = store.took.get_or_create(&labels);
        times.observe(took.as_secs_f64());
        if let Some(error) = error {
            let labels = ErrorLabels { operation, error };
            store.failed.get_or_create(&labels).inc();
        }
    }
}
