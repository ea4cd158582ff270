//! What is measured of requests and connections.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use tokio::time::Instant;

use super::{Metrics, add, waits};

/// The families of requests.
pub(super) struct HttpMetrics {
    requests: Family<RequestLabels, Counter>,
    active: Gauge,
    answered: Family<RouteLabels, Histogram, fn() -> Histogram>,
    bytes: Family<RouteLabels, Counter>,
    connections: Gauge,
    accepted: Counter,
}

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HttpFace {
    /// GraphQL's clients.
    Graphql,
    /// AG-UI's, by REST or envelope.
    Agui,
    /// Probes, pages about the server, and what is nowhere.
    Server,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    face: &'static str,
    route: &'static str,
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RouteLabels {
    face: &'static str,
    route: &'static str,
}

impl HttpFace {
    /// As a label, and in the log.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Graphql => "graphql",
            Self::Agui => "agui",
            Self::Server => "server",
        }
    }
}

impl HttpMetrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        Self {
            requests: add(
                registry,
                "agui_http_requests",
                "Requests whose answer began",
                Family::default(),
            ),
            active: add(
                registry,
                "agui_http_requests_active",
                "Requests whose answer has not ended",
                Gauge::default(),
            ),
            answered: add(
                registry,
                "agui_http_answer_seconds",
                "From a request's head to the beginning of its answer",
                Family::new_with_constructor(waits),
            ),
            bytes: add(
                registry,
                "agui_http_answer_bytes",
                "Bytes of the bodies of answers",
                Family::default(),
            ),
            connections: add(
                registry,
                "agui_http_connections",
                "Connections that are open",
                Gauge::default(),
            ),
            accepted: add(
                registry,
                "agui_http_connections_accepted",
                "Connections that were opened",
                Counter::default(),
            ),
        }
    }
}

impl Metrics {
    /// A request that came in.
    pub(crate) fn request(&self) -> RequestMeter {
        self.0.http.active.inc();
        RequestMeter {
            metrics: self.clone(),
            began: Instant::now(),
            answered: None,
        }
    }

    /// A connection, as long as this is kept.
    pub(crate) fn connection(&self) -> OpenConnection {
        self.0.http.accepted.inc();
        self.0.http.connections.inc();
        OpenConnection(self.clone())
    }
}

/// One request, as far as it is measured; dropped at the end of its answer.
pub(crate) struct RequestMeter {
    metrics: Metrics,
    began: Instant,
    answered: Option<RouteLabels>,
}

impl RequestMeter {
    /// The answer begins. Neither route nor method is in the client's words.
    pub(crate) fn answered(
        &mut self,
        face: HttpFace,
        route: &'static str,
        method: &'static str,
        status: u16,
    ) {
        let http = &self.metrics.0.http;
        let face = face.name();
        let labels = RouteLabels { face, route };
        let waited = http.answered.get_or_create(&labels);
        waited.observe(self.began.elapsed().as_secs_f64());
        drop(waited);
        self.answered = Some(labels);
        let labels = RequestLabels {
            face,
            route,
            method,
            status,
        };
        http.requests.get_or_create(&labels).inc();
    }

    /// How long it took so far, in milliseconds.
    pub(crate) fn milliseconds(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The answer ended after so many bytes.
    pub(crate) fn ended(&self, bytes: u64) {
        if let Some(labels) = &self.answered {
            let sent = self.metrics.0.http.bytes.get_or_create(labels);
            sent.inc_by(bytes);
        }
    }
}

impl Drop for RequestMeter {
    fn drop(&mut self) {
        self.metrics.0.http.active.dec();
    }
}

/// A connection that is open.
pub(crate) struct OpenConnection(Metrics);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.0.http.connections.dec();
    }
}
