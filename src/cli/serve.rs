//! `agui-runtime [serve]`.

use std::path::PathBuf;

use agui_runtime::config::Config;

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
        let mut config = Config::load(self.config.as_deref())?;
        config.server.host = self.host.unwrap_or(config.server.host);
        config.server.port = self.port.unwrap_or(config.server.port);
        Ok(config)
    }
}

pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    agui_runtime::server::serve(arguments.config()?, stopped())
        .await
        .map_err(Failure::failed)
}

/// Resolves when the process is asked to stop: Ctrl-C, or SIGTERM where there is one.
async fn stopped() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = interrupted => {}
        () = terminated() => {}
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}
