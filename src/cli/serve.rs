//! `agui-runtime [serve]`.

use std::io::{IsTerminal, stderr};
use std::path::PathBuf;

use agui_runtime::config::{Argument, LogFormat, Source, TelemetrySection};
use agui_runtime::server::{Reload, serve_and_reload};
use futures_util::{Stream, StreamExt};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, reload};

use super::failure::Failure;
use super::signals;

/// What may be said on the command line; the rest is in the file.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// Configuration file [default: ./agui-runtime.toml, if it is there]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Address or name to listen on [default: 127.0.0.1]
    #[arg(long)]
    pub host: Option<String>,
    /// TCP port; 0 takes a free one [default: 8000]
    #[arg(long)]
    pub port: Option<u16>,
}

impl Arguments {
    /// File and environment, with the command line over both.
    pub fn source(&self) -> Source {
        let argument = |flag, key, value| Argument { flag, key, value };
        let host = self.host.clone();
        let host = host.map(|host| argument("--host", "server.host", host));
        let port = self.port.map(|port| port.to_string());
        let port = port.map(|port| argument("--port", "server.port", port));
        Source {
            file: self.config.clone(),
            arguments: host.into_iter().chain(port).collect(),
        }
    }
}

pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let source = arguments.source();
    let config = source.load_to_serve()?;
    let level = log(&config.telemetry)?;
    let (stop, hang_ups) = (signals::stop()?, signals::hang_ups()?);
    Ok(serve_and_reload(config, reloads(source, level, hang_ups), stop).await?)
}

/// What is read anew whenever the terminal hangs up, which is what a server is told that is to read its configuration again.
fn reloads(
    source: Source,
    level: reload::Handle<EnvFilter, Registry>,
    hang_ups: impl Stream<Item = ()> + Send + 'static,
) -> impl Stream<Item = Reload> + Send + 'static {
    hang_ups.map(move |()| {
        let level = level.clone();
        Reload {
            config: source.load_to_serve(),
            served: Box::new(move |config| set_level(&level, &config.telemetry)),
        }
    })
}

/// To standard error: standard output is for answers.
fn log(telemetry: &TelemetrySection) -> Result<reload::Handle<EnvFilter, Registry>, Failure> {
    let filter = EnvFilter::try_new(&telemetry.level).map_err(Failure::misused)?;
    let (filter, level) = reload::Layer::new(filter);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(stderr)
        .with_ansi(stderr().is_terminal());
    let log = tracing_subscriber::registry().with(filter);
    match telemetry.format {
        LogFormat::Text => log.with(lines).init(),
        LogFormat::Json => log.with(lines.json()).init(),
    }
    Ok(level)
}

fn set_level(level: &reload::Handle<EnvFilter, Registry>, telemetry: &TelemetrySection) {
    let filter = EnvFilter::try_new(&telemetry.level).map_err(|error| error.to_string());
    let set = filter.and_then(|filter| level.reload(filter).map_err(|error| error.to_string()));
    if let Err(error) = set {
        tracing::error!("telemetry.level stays as it was: {error}");
    }
}
