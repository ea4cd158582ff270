//! `agui-runtime [serve]`.

use std::io::{IsTerminal, stderr};
use std::path::PathBuf;

use agui_runtime::config::{Config, ConfigError, LogFormat, TelemetrySection};
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
    fn config(&self) -> Result<Config, ConfigError> {
        let mut config = Config::load_to_serve(self.config.as_deref())?;
        if let Some(host) = &self.host {
            config.server.host.clone_from(host);
        }
        config.server.port = self.port.unwrap_or(config.server.port);
        Ok(config)
    }
}

pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let config = arguments.config()?;
    let level = log(&config.telemetry)?;
    let (stop, hang_ups) = (signals::stop()?, signals::hang_ups()?);
    Ok(serve_and_reload(config, reloads(arguments, level, hang_ups), stop).await?)
}

/// What is read anew whenever the terminal hangs up, which is what a server is told that is to read its configuration again.
fn reloads(
    arguments: Arguments,
    level: reload::Handle<EnvFilter, Registry>,
    hang_ups: impl Stream<Item = ()> + Send + 'static,
) -> impl Stream<Item = Reload> + Send + 'static {
    hang_ups.map(move |()| {
        let level = level.clone();
        Reload {
            config: arguments.config(),
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
