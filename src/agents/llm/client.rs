//! The HTTP client that all agents share, and what each sets on its requests.

use std::sync::{Once, OnceLock};
use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::config::{ConfigError, LlmConfig, Secret};

/// Where chat completions are asked for.
pub(super) fn completions_url(base_url: &str) -> Result<Url, ConfigError> {
    let bad = |reason: String| ConfigError::BadUrl {
        url: base_url.to_owned(),
        reason,
    };
    let mut url = Url::parse(base_url).map_err(|error| bad(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad("must begin with http:// or https://".to_owned()));
    }
    // Azure has a query after the path.
    let path = format!("{}/chat/completions", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Ok(url)
}

/// The headers of every request.
pub(super) fn headers(config: &LlmConfig, key: Option<&Secret>) -> Result<HeaderMap, ConfigError> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
    if let Some(key) = key {
        headers.insert(
            AUTHORIZATION,
            secret_value("authorization", &format!("Bearer {}", key.expose()))?,
        );
    }
    for (name, value) in &config.headers {
        let parsed =
            HeaderName::try_from(name).map_err(|_| ConfigError::BadHeader(name.clone()))?;
        headers.insert(parsed, secret_value(name, value.expose())?);
    }
    Ok(headers)
}

fn secret_value(name: &str, value: &str) -> Result<HeaderValue, ConfigError> {
    let mut value =
        HeaderValue::from_str(value).map_err(|_| ConfigError::BadHeader(name.to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The process's one client, with its pool of connections; another only where an agent has its own time to connect.
pub(crate) fn client(connect_timeout: Duration) -> Result<reqwest::Client, ConfigError> {
    static SHARED: OnceLock<(Duration, reqwest::Client)> = OnceLock::new();
    if let Some((timeout, client)) = SHARED.get()
        && *timeout == connect_timeout
    {
        return Ok(client.clone());
    }
    install_tls();
    let client = reqwest::Client::builder()
        .connect_timeout(connect_timeout)
        // A conversation goes where the configuration says, and nowhere else; headers with keys would go along.
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("agui-runtime/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| ConfigError::Client(error.to_string()))?;
    let (timeout, shared) = SHARED.get_or_init(|| (connect_timeout, client.clone()));
    Ok(if *timeout == connect_timeout {
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
