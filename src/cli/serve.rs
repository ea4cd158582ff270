//! `agui-runtime [serve]`.

use std::path::PathBuf;

use agui_runtime::config::Config;
use agui_runtime::server::{serve, telemetry};

use super::failure::Failure;

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
    let telemetry = telemetry::install(&config.telemetry).map_err(Failure::misused)?;
    let served = serve(config, stop()?).await;
    telemetry.shut_down().await;
    Ok(served?)
}

/// Ctrl-C, or what service managers send.
#[cfg(unix)]
fn stop() -> Result<impl Future<Output = ()>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| {
        signal(kind).map_err(|error| Failure::failed(format!("cannot listen for signals: {error}")))
    };
    let (mut interrupt, mut terminate) = (
        listen(SignalKind::interrupt())?,
        listen(SignalKind::terminate())?,
    );
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ctrl-C.
#[cfg(not(unix))]
fn stop() -> Result<impl Future<Output = ()>, Failure> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
