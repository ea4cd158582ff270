//! The HTTP client that all upstreams share.

use std::sync::{Once, OnceLock};
use std::time::Duration;

use super::config::ConfigError;

/// How long a connection is kept for the next request, as the `fetch` of Node.js keeps it: servers of agents close theirs after
/// five seconds (uvicorn, Node.js), and what is sent at that very moment is lost.
const IDLE: Duration = Duration::from_secs(4);

/// The process's one client, with its pool of connections; another only where an upstream has its own time to connect.
pub(crate) fn client(connect: Duration) -> Result<reqwest::Client, ConfigError> {
    static SHARED: OnceLock<(Duration, reqwest::Client)> = OnceLock::new();
    if let Some((timeout, client)) = SHARED.get()
        && *timeout == connect
    {
        return Ok(client.clone());
    }
    install_tls();
    let client = reqwest::Client::builder()
        .connect_timeout(connect)
        .pool_idle_timeout(IDLE)
        // A conversation goes where the configuration says, and nowhere else; headers with keys would go along.
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("agui-runtime/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| ConfigError::Client(error.to_string()))?;
    let (timeout, shared) = SHARED.get_or_init(|| (connect, client.clone()));
    Ok(if *timeout == connect {
        shared.clone()
    } else {
        client
    })
}

fn install_tls() {
    static INSTALLED: Once = Once::new();
    // An application that embeds the runtime may have installed its own: that one stays.
    INSTALLED.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}
