//! What a remote endpoint is configured with: one `[[remote_endpoints]]` table.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::agents::agui::NO_LINE;
use crate::upstream::{
    Backoff, BreakerSettings, ConfigError, HeaderSource, LimitSettings, Seconds, Timeouts,
    UpstreamSettings, address, default_connect, header_mistakes,
};

/// Upstream's pauses between attempts (1.10.6).
const BACKOFF: Backoff = Backoff {
    first: Duration::from_secs(1),
    longest: Duration::from_secs(5),
};

/// The configuration of one [`RemoteEndpoint`](super::RemoteEndpoint).
///
/// ```
/// use agui_runtime::agents::remote::{RemoteEndpoint, RemoteEndpointConfig};
///
/// let config = RemoteEndpointConfig::new("http://localhost:8001/copilotkit");
/// assert!(RemoteEndpoint::new(&config).is_ok());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoteEndpointConfig {
    /// Where the endpoint is: the address before `/info`.
    #[schemars(example = &"http://localhost:8001/copilotkit")]
    pub url: String,
    /// Headers for every request. Those of a client that bear the same name do not reach the endpoint.
    #[serde(default)]
    #[schemars(example = serde_json::json!({"authorization": {"env": "ENDPOINT_AUTHORIZATION"}}))]
    pub headers: BTreeMap<String, HeaderSource>,
    /// Seconds after which the endpoint is asked again what it has.
    #[serde(
        default = "default_refresh",
        rename = "refresh_seconds",
        with = "Seconds"
    )]
    pub refresh: Duration,
    /// Seconds for which a request waits to learn what the endpoint has.
    #[serde(
        default = "default_discovery",
        rename = "discovery_seconds",
        with = "Seconds"
    )]
    pub discovery_timeout: Duration,
    /// Seconds to reach the endpoint.
    #[serde(
        default = "default_connect",
        rename = "connect_seconds",
        with = "Seconds"
    )]
    pub connect_timeout: Duration,
    /// Seconds until the endpoint begins to answer.
    #[serde(
        default = "default_wait",
        rename = "first_byte_seconds",
        with = "Seconds"
    )]
    pub first_byte_timeout: Duration,
    /// Seconds of silence in an answer that has begun.
    #[serde(default = "default_wait", rename = "idle_seconds", with = "Seconds")]
    pub idle_timeout: Duration,
    /// The longest line that an agent may send, in bytes: an event is one line, and holds the whole state.
    #[serde(default = "default_line_bytes")]
    pub line_bytes: usize,
    /// How often a request is tried again that failed before any of its answer came, and that can do no harm a second time.
    #[serde(default = "default_retries")]
    pub retries: u32,
    /// When an endpoint that fails is left alone.
    #[serde(default)]
    pub breaker: BreakerSettings,
    /// How many requests the endpoint gets at once.
    #[serde(default)]
    pub limit: LimitSettings,
}

impl RemoteEndpointConfig {
    /// This address, everything else by default.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            headers: BTreeMap::new(),
            refresh: default_refresh(),
            discovery_timeout: default_discovery(),
            connect_timeout: default_connect(),
            first_byte_timeout: default_wait(),
            idle_timeout: default_wait(),
            line_bytes: default_line_bytes(),
            retries: default_retries(),
            breaker: BreakerSettings::default(),
            limit: LimitSettings::default(),
        }
    }

    /// How the endpoint is asked.
    pub(super) fn settings(&self) -> UpstreamSettings {
        let timeouts = Timeouts {
            connect: self.connect_timeout,
            first_byte: self.first_byte_timeout,
            idle: self.idle_timeout,
        };
        UpstreamSettings {
            retries: self.retries,
            backoff: BACKOFF,
            breaker: self.breaker,
            limit: self.limit,
            ..UpstreamSettings::new(timeouts)
        }
    }

    /// What keeps the endpoint from being asked here and now, besides its address, by the keys to it.
    pub(crate) fn mistakes(&self) -> Vec<(Vec<&str>, String)> {
        let no_line = (self.line_bytes == 0).then(|| (vec!["line_bytes"], NO_LINE.to_owned()));
        let headers = header_mistakes(&self.headers);
        no_line.into_iter().chain(headers).collect()
    }

    /// What is wrong with the address, if something is.
    pub(crate) fn check_url(&self) -> Result<Url, RemoteConfigError> {
        let url = address(&self.url)?;
        match url.path().trim_end_matches('/').strip_suffix("/info") {
            None => Ok(url),
            Some(_) => Err(ConfigError::BadUrl(
                "ends before `/info`, which is added to it".to_owned(),
            )
            .into()),
        }
    }
}

/// A configuration that cannot work, and what would mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct RemoteConfigError(#[from] ConfigError);

fn default_refresh() -> Duration {
    Duration::from_secs(60)
}

fn default_discovery() -> Duration {
    Duration::from_secs(2)
}

/// What Node's `fetch` waits, and so upstream: an agent may think, or use a slow tool, for minutes.
fn default_wait() -> Duration {
    Duration::from_secs(300)
}

/// Upstream's Python SDK repeats the whole state in most of its events.
fn default_line_bytes() -> usize {
    32 << 20
}

/// Upstream's (1.10.6).
fn default_retries() -> u32 {
    3
}
