//! MCP over HTTP with server-sent events, as it was before streamable HTTP (2024-11-05), and as many servers still speak
//! it: one stream brings all that the server says, and its first event names where requests are posted.

use std::collections::HashMap;
use std::future::ready;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use rmcp::RoleClient;
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::Transport;
use rmcp::transport::streamable_http_client::StreamableHttpClient;
use url::Url;

/// The largest event that is taken, in bytes.
pub(super) const LARGEST: usize = 16 << 20;

/// What cannot be done over this transport.
#[derive(Debug, thiserror::Error)]
pub(super) enum SseError {
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    #[error(
        "its event stream does not begin with an endpoint; is it one for `transport = \"http\"`?"
    )]
    NoEndpoint,
    #[error("its endpoint is on another host, where no request goes")]
    Elsewhere,
    #[error("it cannot be posted to: {0}")]
    Post(#[from] reqwest::Error),
    #[error("it answered a post with {0}")]
    Refused(StatusCode),
}

/// The name and the data of an event.
type Event = (Option<String>, Option<String>);

/// The stream, and where to post.
pub(super) struct SseTransport {
    client: reqwest::Client,
    headers: HeaderMap,
    endpoint: Url,
    /// `None` once it is closed.
    events: Option<BoxStream<'static, Event>>,
}

impl SseTransport {
    /// Opens the stream and waits for its first event.
    pub(super) async fn open(
        client: &reqwest::Client,
        url: &str,
        headers: &HashMap<HeaderName, HeaderValue>,
    ) -> Result<Self, SseError> {
        let stream = client.get_stream_with_max_sse_event_size(
            url.into(),
            None,
            None,
            None,
            headers.clone(),
            LARGEST,
        );
        let stream = stream
            .await
            .map_err(|error| SseError::Unreachable(error.to_string()))?;
        let mut events = stream
            // After a failure comes the end.
            .filter_map(|event| ready(event.ok()))
            .map(|event| (event.event, event.data))
            .boxed();
        let endpoint = loop {
            match events.next().await {
                Some((Some(name), Some(data))) if name == "endpoint" => break data,
                // A comment or a retry time.
                Some((None, None)) => {}
                _ => return Err(SseError::NoEndpoint),
            }
        };
        Ok(Self {
            client: client.clone(),
            headers: headers.clone().into_iter().collect(),
            endpoint: endpoint_of(url, &endpoint)?,
            events: Some(events),
        })
    }
}

/// Where to post. The headers that go there may hold keys, so it must be where the configuration says.
fn endpoint_of(url: &str, told: &str) -> Result<Url, SseError> {
    let base = Url::parse(url).map_err(|error| SseError::Unreachable(error.to_string()))?;
    match base.join(told.trim()) {
        Ok(endpoint) if endpoint.origin() == base.origin() => Ok(endpoint),
        Ok(_) => Err(SseError::Elsewhere),
        Err(_) => Err(SseError::NoEndpoint),
    }
}

impl Transport<RoleClient> for SseTransport {
    type Error = SseError;

    fn send(
        &mut self,
        message: ClientJsonRpcMessage,
    ) -> impl Future<Output = Result<(), SseError>> + Send + 'static {
        let request = self.client.post(self.endpoint.clone());
        let request = request.headers(self.headers.clone()).json(&message);
        async move {
            // Without the address, which may hold a key: rmcp logs what it gets.
            let sent = request.send().await.map_err(reqwest::Error::without_url);
            let status = sent?.status();
            match status.is_success() {
                true => Ok(()),
                false => Err(SseError::Refused(status)),
            }
        }
    }

    async fn receive(&mut self) -> Option<ServerJsonRpcMessage> {
        loop {
            let (name, data) = self.events.as_mut()?.next().await?;
            let Some(data) = data.filter(|_| name.is_none_or(|name| name == "message")) else {
                continue;
            };
            match serde_json::from_str(&data) {
                Ok(message) => return Some(message),
                Err(error) => tracing::warn!(%error, "an MCP server sent what is no message"),
            }
        }
    }

    async fn close(&mut self) -> Result<(), SseError> {
        self.events = None;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn requests_are_posted_to_the_configured_host_only() {
        let of = |told| endpoint_of("https://a.example:8443/x/sse", told);
        let at = |told| of(told).unwrap().to_string();
        assert_eq!(at("/messages?s=1"), "https://a.example:8443/messages?s=1");
        assert_eq!(at("messages"), "https://a.example:8443/x/messages");
        assert_eq!(at("https://a.example:8443/m "), "https://a.example:8443/m");
        for told in [
            "https://b.example:8443/m",
            "//b.example/m",
            "http://a.example:8443/m",
            "https://a.example/m",
        ] {
            assert!(matches!(of(told), Err(SseError::Elsewhere)), "{told}");
        }
    }
}
