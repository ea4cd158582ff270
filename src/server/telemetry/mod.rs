//! Where log lines and traces go: set up once, by the program. An application that embeds the runtime has its own subscriber,
//! and finds the runtime's spans and lines there.

mod fields;
mod json;
mod level;
mod otlp;

use std::io::{IsTerminal, stderr};

use http::HeaderMap;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{Layer, fmt, registry};

use crate::config::{LogFormat, TelemetrySection};
use fields::PlainFields;
use json::JsonLines;

pub use level::LogLevel;

/// A log or traces that cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The level is none.
    #[error("telemetry.level: {0}")]
    Level(#[from] tracing_subscriber::filter::ParseError),
    /// Somebody has set up a log already.
    #[error("the log is set up already: {0}")]
    Twice(#[from] TryInitError),
    /// Traces cannot be sent as configured.
    #[error("telemetry.{key}: {reason}")]
    Otlp {
        /// The key.
        key: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

/// The log and the traces of this process.
#[must_use]
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
    level: LogLevel,
}

/// Writes log lines to standard error, since standard output is for answers, and sends traces where the configuration says.
/// Needs a Tokio runtime.
///
/// # Errors
/// If the configuration cannot be used, or another subscriber is installed.
pub fn install(section: &TelemetrySection) -> Result<Telemetry, TelemetryError> {
    let level = LogLevel::new(&section.level)?;
    let traces = otlp::provider(section)?;
    let lines = fmt::layer().with_writer(stderr);
    let lines = match section.format {
        LogFormat::Text => lines
            .with_ansi(stderr().is_terminal())
            .fmt_fields(PlainFields)
            .boxed(),
        LogFormat::Json => lines
            .fmt_fields(fmt::format::JsonFields::new())
            .event_format(JsonLines)
            .boxed(),
    };
    registry()
        .with(traces.as_ref().map(otlp::layer))
        .with(lines.with_filter(level.clone()))
        .try_init()?;
    Ok(Telemetry { traces, level })
}

impl Telemetry {
    /// What the log has.
    pub fn level(&self) -> LogLevel {
        self.level.clone()
    }

    /// Sends what was not sent yet, and waits for that a little.
    pub async fn shut_down(self) {
        if let Some(traces) = self.traces {
            // It blocks.
            let sent = tokio::task::spawn_blocking(move || otlp::shut_down(&traces));
            let _ = sent.await;
        }
    }
}

/// Puts a request's span below the one that its client says it is for (W3C Trace Context).
pub(super) fn continues(span: &Span, headers: &HeaderMap) {
    let told = TraceContextPropagator::new().extract(&HeaderExtractor(headers));
    if told.span().span_context().is_valid() {
        // Without anybody who collects traces there is no place for it.
        let _ = span.set_parent(told);
    }
}
