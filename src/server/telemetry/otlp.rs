//! Traces by OTLP over HTTP, in protobuf. What OpenTelemetry's own variables (`OTEL_…`) say holds where the configuration says
//! nothing. A collector that is away costs memory for a bounded number of spans, and one line of the log.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tokio::runtime::Handle;
use tracing::{Level, Metadata, Subscriber};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use super::TelemetryError;
use crate::config::TelemetrySection;
use crate::upstream::{client, default_connect, innermost};

/// How long one request to the collector may take: OpenTelemetry's default.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a server that stops waits for its last spans to be taken.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// The path that is added to an endpoint (OTLP/HTTP).
const PATH: &str = "/v1/traces";

/// Sends the spans that it gets to the collector; `None` if nobody wants them.
pub(super) fn provider(
    section: &TelemetrySection,
) -> Result<Option<SdkTracerProvider>, TelemetryError> {
    let endpoint = section.otlp_endpoint.as_deref().map(with_path);
    let asked = [
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
    ];
    let asked = asked.into_iter().any(|name| said(name).is_some());
    let off = said("OTEL_SDK_DISABLED").is_some_and(|it| it.eq_ignore_ascii_case("true"))
        || said("OTEL_TRACES_EXPORTER").is_some_and(|it| it == "none");
    if off || (endpoint.is_none() && !asked) {
        return Ok(None);
    }
    let refuse = |reason: String| TelemetryError::Otlp {
        key: "otlp_endpoint",
        reason,
    };
    let client = client(default_connect()).map_err(|error| refuse(error.to_string()))?;
    let collector = Collector {
        client,
        runtime: Handle::current(),
        failing: AtomicBool::new(false),
    };
    let mut exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(collector)
        .with_headers(headers(section)?);
    if let Some(endpoint) = endpoint {
        exporter = exporter.with_endpoint(endpoint);
    }
    let exporter = exporter
        .build()
        .map_err(|error| refuse(error.to_string()))?;
    let mut provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource(section));
    if let Some(ratio) = section.sample_ratio {
        let sampler = Sampler::TraceIdRatioBased(ratio);
        provider = provider.with_sampler(Sampler::ParentBased(Box::new(sampler)));
    }
    Ok(Some(provider.build()))
}

fn said(variable: &str) -> Option<String> {
    let said = std::env::var(variable).ok()?;
    Some(said).filter(|it| !it.trim().is_empty())
}

/// As collectors want it; who has written it already is not told twice.
fn with_path(endpoint: &str) -> String {
    let endpoint = endpoint.trim_end_matches('/');
    match endpoint.ends_with(PATH) {
        true => endpoint.to_owned(),
        false => format!("{endpoint}{PATH}"),
    }
}

fn headers(section: &TelemetrySection) -> Result<HashMap<String, String>, TelemetryError> {
    let value = |(name, source): (&String, &crate::upstream::HeaderSource)| {
        let value = source.value().map_err(|error| TelemetryError::Otlp {
            key: "otlp_headers",
            reason: error.to_string(),
        })?;
        Ok((name.clone(), value.expose().to_owned()))
    };
    section.otlp_headers.iter().map(value).collect()
}

fn resource(section: &TelemetrySection) -> Resource {
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let resource = Resource::builder().with_attribute(version);
    let by_environment = said("OTEL_SERVICE_NAME").is_some()
        || said("OTEL_RESOURCE_ATTRIBUTES").is_some_and(|it| it.contains("service.name="));
    match (&section.service_name, by_environment) {
        (Some(name), _) => resource.with_service_name(name.clone()),
        (None, true) => resource,
        (None, false) => resource.with_service_name("agui-runtime"),
    }
    .build()
}

/// Makes OpenTelemetry's spans of the runtime's. What it is that is entered and left with every token is not measured.
pub(super) fn layer<S>(provider: &SdkTracerProvider) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    OpenTelemetryLayer::new(provider.tracer("agui-runtime"))
        .with_context_activation(false)
        .with_tracked_inactivity(false)
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_level(false)
        .with_filter(filter_fn(is_told))
}

/// The runtime's own spans, and what went wrong in them.
fn is_told(metadata: &Metadata<'_>) -> bool {
    let most = match metadata.is_span() {
        true => Level::INFO,
        false => Level::WARN,
    };
    metadata.target().starts_with("agui_runtime") && *metadata.level() <= most
}

pub(super) fn shut_down(provider: &SdkTracerProvider) {
    if let Err(error) = provider.shutdown_with_timeout(LAST_WORDS) {
        tracing::warn!(%error, "the last traces were not sent");
    }
}

/// The collector, as the exporter's own thread asks it.
#[derive(Debug)]
struct Collector {
    client: reqwest::Client,
    /// Where connections live.
    runtime: Handle,
    /// Whether the log knows.
    failing: AtomicBool,
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let mut request = reqwest::Request::try_from(request)?;
        *request.timeout_mut() = Some(PATIENCE);
        let client = self.client.clone();
        let sent = self.runtime.spawn(send(client, request)).await?;
        match &sent {
            Ok(answer) if answer.status().is_success() => {
                if self.failing.swap(false, Ordering::Relaxed) {
                    tracing::info!("the collector takes traces again");
                }
            }
            Ok(answer) => self.fails(&format!("it answers {}", answer.status())),
            Err(error) => self.fails(&innermost(error)),
        }
        Ok(sent?)
    }
}

impl Collector {
    fn fails(&self, reason: &str) {
        if !self.failing.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "the collector (telemetry.otlp_endpoint) takes no traces, and they are lost until it does: {reason}"
            );
        }
    }
}

async fn send(
    client: reqwest::Client,
    request: reqwest::Request,
) -> Result<Response<Bytes>, reqwest::Error> {
    let answer = client.execute(request).await;
    let answer = answer.map_err(reqwest::Error::without_url)?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = answer.bytes().await.map_err(reqwest::Error::without_url)?;
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    Ok(answer)
}
