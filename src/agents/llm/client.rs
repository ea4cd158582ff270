//! Where a model server is, and what is set on every request to it.

use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use url::Url;

use super::config::{ConfigError, LlmConfig, Secret};
use super::provider::{BEARER, Provider};
use crate::upstream::{self, header_map, sensitive};

/// The address of the server.
pub(super) fn server_url(base_url: &str) -> Result<Url, ConfigError> {
    let bad = |reason: String| ConfigError::BadUrl {
        url: base_url.to_owned(),
        reason,
    };
    let url = Url::parse(base_url).map_err(|error| bad(error.to_string()))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        _ => Err(bad("must begin with http:// or https://".to_owned())),
    }
}

/// The headers of every request.
pub(super) fn headers(
    config: &LlmConfig,
    provider: &Provider,
    key: Option<&Secret>,
) -> Result<HeaderMap, ConfigError> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
    if let Some(key) = key {
        let name = provider.key_header;
        let value = match name {
            BEARER => secret_value(name, &format!("Bearer {}", key.expose()))?,
            _ => secret_value(name, key.expose())?,
        };
        headers.insert(name, value);
    }
    for (name, value) in provider.headers {
        headers.insert(*name, HeaderValue::from_static(value));
    }
    for (name, value) in header_map(&config.headers)? {
        headers.extend(name.map(|name| (name, value)));
    }
    Ok(headers)
}

fn secret_value(name: &str, value: &str) -> Result<HeaderValue, ConfigError> {
    let value = sensitive(value);
    Ok(value.ok_or_else(|| upstream::ConfigError::BadHeader(name.to_owned()))?)
}
