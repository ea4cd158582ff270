//! `agui-runtime [serve]`.

use std::path::PathBuf;

use agui_runtime::config::{Argument, Source};
use agui_runtime::server::telemetry::{self, LogLevel};
use agui_runtime::server::{Reload, serve_and_reload};
use futures_util::{Stream, StreamExt};

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
    let telemetry = telemetry::install(&config.telemetry).map_err(Failure::misused)?;
    let (stop, hang_ups) = (signals::stop()?, signals::hang_ups()?);
    let reloads = reloads(source, telemetry.level(), hang_ups);
    let served = serve_and_reload(config, reloads, stop).await;
    telemetry.shut_down().await;
    Ok(served?)
}

/// What is read anew whenever the terminal hangs up, which is what a server is told that is to read its configuration again.
fn reloads(
    source: Source,
    level: LogLevel,
    hang_ups: impl Stream<Item = ()> + Send + 'static,
) -> impl Stream<Item = Reload> + Send + 'static {
    hang_ups.map(move |()| {
        let level = level.clone();
        Reload {
            config: source.load_to_serve(),
            served: Box::new(move |config| level.set(&config.telemetry.level)),
        }
    })
}
