//! Servers that a request names in its properties (upstream's `mcpServers` and `mcpEndpoints`). What a request says comes from
//! a browser: only addresses that the configuration allows are ever called.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use http::header::AUTHORIZATION;
use lru::LruCache;
use parking_lot::Mutex;
use serde_json::{Map, Value};
use url::Url;

use super::config::{McpTransport, address, settings};
use super::connection::Target;
use super::server::{Server, Setup, Shutdown};
use crate::store::Owner;
use crate::upstream::{Upstream, sensitive};

/// The most servers that one request may name.
const MOST: usize = 16;
/// The most connections that are kept for requests to come; those go first that were not used for the longest time.
const KEPT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(63);

const CONNECT: Duration = Duration::from_secs(10);
const CALL: Duration = Duration::from_secs(300);

/// The servers that requests have named, each owner's and each key's apart.
pub(super) struct Requested {
    allowed: Vec<Url>,
    servers: Mutex<LruCache<Key, Arc<Server>>>,
    shutdown: Shutdown,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    owner: Owner,
    url: String,
    api_key: Option<String>,
}

impl Requested {
    pub(super) fn new(allowed: Vec<Url>, shutdown: Shutdown) -> Self {
        Self {
            allowed,
            servers: Mutex::new(LruCache::new(KEPT)),
            shutdown,
        }
    }

    /// The servers that this request may use, without those that are configured. The others are refused in the log.
    pub(super) fn of(
        &self,
        owner: &Owner,
        properties: &Map<String, Value>,
        configured: impl Fn(&str) -> bool,
    ) -> Vec<Arc<Server>> {
        let named = ["mcpServers", "mcpEndpoints"];
        let named = named
            .iter()
            .find_map(|key| properties.get(*key)?.as_array());
        let named = named
            .into_iter()
            .flatten()
            .filter_map(Endpoint::of)
            .take(MOST);
        let wanted = named.filter(|endpoint| !configured(endpoint.url));
        wanted
            .filter_map(|endpoint| self.server(owner, &endpoint))
            .collect()
    }

    fn server(&self, owner: &Owner, endpoint: &Endpoint<'_>) -> Option<Arc<Server>> {
        let refuse = |why: &str| {
            // Debug escapes what could break a line of the log.
            tracing::warn!(url = ?endpoint.shown(), "a request names an MCP server {why}; the run goes on without it");
        };
        let Some(url) = address(endpoint.url).ok().filter(|url| self.allows(url)) else {
            refuse("that is not allowed: list its address in mcp.allow_from_requests");
            return None;
        };
        let key = Key {
            owner: owner.clone(),
            url: url.to_string(),
            api_key: endpoint.api_key.map(str::to_owned),
        };
        let mut servers = self.servers.lock();
        if let Some(server) = servers.get(&key) {
            return Some(server.clone());
        }
        let upstream = match Upstream::at(&url, settings(CONNECT, CALL)) {
            Ok(upstream) => upstream,
            Err(error) => {
                refuse(&format!("that cannot be asked: {error}"));
                return None;
            }
        };
        let Some(target) = target(&url, endpoint.api_key, &upstream) else {
            refuse("with a key that no header can hold");
            return None;
        };
        let setup = Setup {
            name: url.host_str().unwrap_or_default().to_owned(),
            target,
            allowed: None,
            has_apps: false,
            connect: CONNECT,
            call: CALL,
            upstream,
        };
        let server = Server::new(setup, self.shutdown.clone());
        servers.put(key, server.clone());
        Some(server)
    }

    fn allows(&self, url: &Url) -> bool {
        let plain = url.username().is_empty() && url.password().is_none();
        plain && self.allowed.iter().any(|allowed| covers(allowed, url))
    }
}

/// Nothing for a key that no header can hold.
fn target(url: &Url, api_key: Option<&str>, upstream: &Upstream) -> Option<Target> {
    let mut headers = HashMap::new();
    if let Some(key) = api_key {
        headers.insert(AUTHORIZATION, sensitive(&format!("Bearer {key}"))?);
    }
    // A request cannot say how its server speaks; addresses of the older kind end like this everywhere.
    let transport = match url.path().ends_with("/sse") {
        true => McpTransport::Sse,
        false => McpTransport::Http,
    };
    Some(Target::Url {
        url: url.to_string(),
        transport,
        headers,
        client: upstream.client().clone(),
    })
}

/// Whether an entry of the configuration allows this address: the very one, or one below it.
fn covers(allowed: &Url, url: &Url) -> bool {
    let below = allowed.path().ends_with('/') && url.path().starts_with(allowed.path());
    allowed.origin() == url.origin()
        && (below || (allowed.path() == url.path() && allowed.query() == url.query()))
}

/// One entry of the property.
struct Endpoint<'a> {
    url: &'a str,
    api_key: Option<&'a str>,
}

impl<'a> Endpoint<'a> {
    fn of(entry: &'a Value) -> Option<Self> {
        Some(Self {
            url: entry["endpoint"].as_str()?,
            api_key: entry["apiKey"].as_str().filter(|key| !key.is_empty()),
        })
    }

    /// The address without what may be secret in it, and no longer than a line.
    fn shown(&self) -> String {
        let end = self.url.find(['?', '#']).unwrap_or(self.url.len());
        self.url[..end].chars().take(200).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_listed_addresses_are_allowed() {
        let allowed = ["https://a.example/mcp", "https://b.example:8443/all/"];
        let requested = Requested::new(
            allowed.map(|url| Url::parse(url).unwrap()).into(),
            Shutdown::default(),
        );
        let allows = |url: &str| Url::parse(url).is_ok_and(|url| requested.allows(&url));
        for url in [
            "https://a.example/mcp",
            "https://a.example:443/mcp",
            "https://b.example:8443/all/of/it?x=1",
        ] {
            assert!(allows(url), "{url}");
        }
        for url in [
            "http://a.example/mcp",
            "https://a.example/mcp/",
            "https://a.example/mcp?x=1",
            "https://a.example/mcp2",
            "https://a.example.evil/mcp",
            "https://a.example@evil.example/mcp",
            "https://me:key@a.example/mcp",
            "https://b.example/all/x",
            "https://b.example:8443/all/../x",
            "https://b.example:8443/all/%2e%2e/x",
            "https://b.example:8443/all",
        ] {
            assert!(!allows(url), "{url}");
        }
    }
}
