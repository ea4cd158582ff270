//! `agui-runtime health`: for containers, whose images have nothing else to ask with.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use agui_runtime::client::{Client, Health};
use agui_runtime::config::{Config, ServerSection};
use tokio::time::{Instant, sleep};
use url::Url;

use super::failure::Failure;
use super::terminal::{plain, print};

/// What is asked where an address has no path.
const PROBE: &str = "/health/ready";

/// How long to the next question, while the server is waited for.
const PAUSE: Duration = Duration::from_millis(100);

/// Which server, and where its address is from.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The server's address, with /health/ready if it has no path [default: where the configuration says that it listens]
    #[arg(long)]
    url: Option<String>,
    /// Configuration file [default: ./agui-runtime.toml, if it is there]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Wait so long for it to become ready
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    wait: u32,
}

pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let url = match arguments.url {
        Some(url) => with_probe(&url),
        None => address(&Config::load(arguments.config.as_deref())?.server),
    };
    let client = Client::new(&url, &[])?;
    let deadline = Instant::now() + Duration::from_secs(arguments.wait.into());
    let health = loop {
        match ask(&client).await {
            Err(_) if Instant::now() < deadline => sleep(PAUSE).await,
            asked => break asked?,
        }
    };
    let mut told = "ready".to_owned();
    for missing in &health.missing {
        told.push_str(&format!("\nmissing: {}", plain(missing)));
    }
    print(&told)
}

/// What a server says that is ready.
async fn ask(client: &Client) -> Result<Health, Failure> {
    let health = client.health().await?;
    if health.ready {
        return Ok(health);
    }
    let reason = health.reason.unwrap_or_default();
    Err(Failure::failed(format!("not ready: {}", plain(&reason))))
}

/// The address with the probe's path, unless it has one of its own. What is no address is told by who asks there.
fn with_probe(url: &str) -> String {
    match Url::parse(url) {
        Ok(mut parsed) if parsed.path() == "/" && !parsed.cannot_be_a_base() => {
            parsed.set_path(PROBE);
            parsed.into()
        }
        _ => url.to_owned(),
    }
}

/// Where a server on this machine answers that listens as configured.
fn address(server: &ServerSection) -> String {
    let host = match server.host.parse::<IpAddr>() {
        Ok(IpAddr::V4(all)) if all.is_unspecified() => "127.0.0.1".to_owned(),
        Ok(IpAddr::V6(all)) if all.is_unspecified() => "[::1]".to_owned(),
        Ok(IpAddr::V6(one)) => format!("[{one}]"),
        _ => server.host.clone(),
    };
    let scheme = if server.tls.is_some() {
        "https"
    } else {
        "http"
    };
    format!("{scheme}://{host}:{}{PROBE}", server.port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_path_is_asked_at_the_probe() {
        for (url, asked) in [
            ("http://a:8000", "http://a:8000/health/ready"),
            ("http://a:8000/", "http://a:8000/health/ready"),
            ("http://a/health/live", "http://a/health/live"),
            ("a:8000", "a:8000"),
        ] {
            assert_eq!(with_probe(url), asked);
        }
    }

    #[test]
    fn a_server_that_listens_everywhere_is_asked_here() {
        for (host, asked) in [
            ("0.0.0.0", "127.0.0.1"),
            ("::", "[::1]"),
            ("::1", "[::1]"),
            ("10.0.0.7", "10.0.0.7"),
            ("localhost", "localhost"),
        ] {
            let server = ServerSection {
                host: host.to_owned(),
                ..ServerSection::default()
            };
            let asked = format!("http://{asked}:8000/health/ready");
            assert_eq!(address(&server), asked);
        }
    }
}
