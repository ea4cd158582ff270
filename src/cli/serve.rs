//! `agui-runtime [serve]`.

use std::io::{IsTerminal, stderr};
use std::path::PathBuf;

use agui_runtime::config::{Config, LogFormat, TelemetrySection};
use agui_runtime::server::serve;
use tracing_subscriber::EnvFilter;

use super::failure::Failure;
use super::signals;

/// What may be said on the command line; the rest is in the file.
#[derive(Debug, clap::Args)]
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
    fn config(self) -> Result<Config, Failure> {
        let mut config = Config::load_to_serve(self.config.as_deref())?;
        config.server.host = self.host.unwrap_or(config.server.host);
        config.server.port = self.port.unwrap_or(config.server.port);
        Ok(config)
    }
}

pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let config = arguments.config()?;
    log(&config.telemetry)?;
    Ok(serve(config, signals::stop()?).await?)
}

/// To standard error: standard output is for answers.
fn log(telemetry: &TelemetrySection) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&telemetry.level).map_err(Failure::misused)?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        .with_ansi(stderr().is_terminal());
    match telemetry.format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().init(),
    }
    Ok(())
}
