//! What limits refused, as metrics.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;

use crate::server::limits::{How, Kind, LimitFigures, What, Whose};

/// The figures of one moment.
#[derive(Debug)]
pub(super) struct Refused(pub(super) LimitFigures);

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabels {
    whose: &'static str,
    what: &'static str,
    how: &'static str,
}

impl From<Kind> for KindLabels {
    fn from(kind: Kind) -> Self {
        Self {
            whose: match kind.whose {
                Whose::Owner => "owner",
                Whose::Address => "address",
            },
            what: match kind.what {
                What::Requests => "requests",
                What::Runs => "runs",
            },
            how: match kind.how {
                How::Rate => "rate",
                How::AtOnce => "at_once",
            },
        }
    }
}

impl Collector for Refused {
    fn encode(&self, mut encoder: DescriptorEncoder) -> std::fmt::Result {
        let help = "Requests and runs that a limit refused";
        let kind = MetricType::Counter;
        let mut refused = encoder.encode_descriptor("agui_limit_refused", help, None, kind)?;
        for (kind, count) in &self.0.refused {
            let labels = KindLabels::from(*kind);
            ConstCounter::new(*count).encode(refused.encode_family(&labels)?)?;
        }
        for (name, help, count) in [
            (
                "agui_http_connections_refused",
                "Connections that were closed at once, as there were too many",
                self.0.connections_refused,
            ),
            (
                "agui_http_slow_clients",
                "Connections that were cut, as their clients took nothing for too long",
                self.0.slow_clients,
            ),
        ] {
            let counter = ConstCounter::new(count);
            let kind = counter.metric_type();
            counter.encode(encoder.encode_descriptor(name, help, None, kind)?)?;
        }
        Ok(())
    }
}
